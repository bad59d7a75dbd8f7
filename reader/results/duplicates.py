"""Pages of a run that are there twice: the same scan, or another scan of the same filled-in sheet."""

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.results.ledger_rows import path

NEAR = 50
"""Bits of 256 in which two scans of one sheet differ at the most. Measured on drawn forms of 7 and 28 digits, 200 dpi,
skewed, blurred, upside-down: rescans 8 to 42 (n=48), the same values again in the same hand 69 to 114 (n=24)."""

Place = tuple[int, int]
"""Of a page in a run: which file, which page of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a run, as far as it tells duplicates: where it is listed, its row, and what it is known by."""

    place: Place
    row: int
    name: str
    scan: tuple[str, int]
    form: str
    fingerprint: bytes | None


def notes(connection: sqlite3.Connection, run: int) -> dict[Place, str]:
    """What is to be said of the pages of a run that are there already, further up in its order."""
    said: dict[Place, str] = {}
    first: dict[tuple[str, int], Page] = {}
    of_form: dict[str, list[Page]] = {}
    for page in _pages(connection, run):
        known = first.setdefault(page.scan, page)
        if known is not page:
            said[page.place] = f"the same scan as {known.name}"
        elif page.fingerprint and page.form:
            of_form.setdefault(page.form, []).append(page)
    for pages in of_form.values():
        for one, other in _near(pages):
            if other.place not in said and _agree(connection, one.row, other.row):
                said[other.place] = f"seems to be another scan of the sheet in {one.name}"
    return said


def told(connection: sqlite3.Connection, run: int) -> list[str]:
    """What is to be said of the pages of a run that are there already, each with its name."""
    said = notes(connection, run)
    return [f"{page.name}: {said[page.place]}" for page in _pages(connection, run) if page.place in said]


def _pages(connection: sqlite3.Connection, run: int) -> list[Page]:
    """The pages of a run in its order, but those of which there is no content."""
    rows = connection.execute(
        "SELECT listing.file_number, listing.page, page.id, listing.file, page.scan, page.form, page.fingerprint"
        " FROM listing JOIN page ON page.id = listing.page_id"
        " WHERE listing.run = ? AND page.scan NOT LIKE 'path:%' ORDER BY listing.file_number, listing.page",
        (run,),
    )
    return [
        Page((number, page), row, f"{path(file)} (page {page})" if page > 1 else path(file), (scan, page), form, bits)
        for number, page, row, file, scan, form, bits in rows
    ]


def _near(pages: list[Page]) -> list[tuple[Page, Page]]:
    """Pairs of pages whose fingerprints are near each other, the earlier one first."""
    words: NDArray[np.uint64] = np.array([np.frombuffer(page.fingerprint or b"", np.uint64) for page in pages])
    pairs = []
    for n in range(1, len(pages)):
        apart = np.bitwise_count(words[:n] ^ words[n]).sum(axis=1)
        pairs += [(pages[m], pages[n]) for m in np.flatnonzero(apart <= NEAR)]
    return pairs


def _agree(connection: sqlite3.Connection, one: int, other: int) -> bool:
    """Whether no sure digit of a page is another one on the other page."""
    (apart,) = connection.execute(
        "SELECT count(*) FROM digit JOIN field USING (page_id, number)"
        " JOIN field AS field2 ON field2.page_id = ? AND field2.name = field.name"
        " JOIN digit AS digit2 ON digit2.page_id = field2.page_id AND digit2.number = field2.number"
        " AND digit2.position = digit.position"
        " WHERE digit.page_id = ? AND digit.status = 'ok' AND digit2.status = 'ok' AND digit.digit != digit2.digit",
        (other, one),
    ).fetchone()
    return not apart
