"""What a person said of a field: it stands above whatever is read, now and later, and only a person changes it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reader.results.reading import Box, DigitReading, FieldReading

SAME = 0.5
"""Two boxes are the same place where they share this part of what they cover together, at the least."""


@dataclass(frozen=True, slots=True)
class Said:
    """The value that a person gave to a field; where the field was then, in pixels of the stored image."""

    field: str
    value: str
    box: Box


def verify(connection: sqlite3.Connection, row: int, field: FieldReading, value: str) -> None:
    """Keep what a person says of a field of the page in this row, in the transaction of the caller."""
    scan, page, form = connection.execute("SELECT scan, page, form FROM page WHERE id = ?", (row,)).fetchone()
    box = (field.box.x, field.box.y, field.box.width, field.box.height)
    connection.execute(
        "INSERT OR REPLACE INTO verified VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (scan, page, form, field.name, value, *box, datetime.now(UTC).isoformat(timespec="seconds")),
    )


def said(connection: sqlite3.Connection, scan: str, page: int, form: str) -> list[Said]:
    """What a person said of a page with this content, as a page of this form."""
    rows = connection.execute(
        "SELECT field, value, x, y, width, height FROM verified WHERE scan = ? AND page = ? AND form = ?"
        " ORDER BY y, x, field",
        (scan, page, form),
    )
    return [Said(field, value, Box(*box)) for field, value, *box in rows]


def applied(fields: Sequence[FieldReading], words: Sequence[Said], form: str) -> tuple[FieldReading, ...]:
    """The fields with what a person said of them; a field that was not found this time is put in with it.

    Without a form a field is known by its place, for its name is a number that may be another's the next time; with
    one by its name.
    """
    there = list(fields)
    for each in words:
        spot = _named(there, each) if form else _placed(there, each)
        if spot is None:
            there.append(FieldReading(each.field, each.value, 1.0, "verified", "", each.box, ()))
        else:
            there[spot] = _with(there[spot], each.value)
    return tuple(there)


def _named(fields: Sequence[FieldReading], said_of: Said) -> int | None:
    """The field of this name."""
    return next((n for n, field in enumerate(fields) if field.name == said_of.field), None)


def _placed(fields: Sequence[FieldReading], said_of: Said) -> int | None:
    """The field in this place."""
    shares = [_shared(field.box, said_of.box) for field in fields]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= SAME else None


def _shared(one: Box, other: Box) -> float:
    """What two boxes share, over what they cover together."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one.width * one.height + other.width * other.height - wide * high)


def _with(field: FieldReading, value: str) -> FieldReading:
    """A field with the value that a person gave it, and its digits as far as the value says which is which."""
    figures = [each for each in value if each.isdigit()]
    written = [digit for digit in field.digits if digit.status != "blank"]
    if len(figures) == len(field.digits):
        told = dict(zip((digit.position for digit in field.digits), figures, strict=True))
    elif len(figures) == len(written):
        told = dict(zip((digit.position for digit in written), figures, strict=True))
    else:
        return FieldReading(field.name, value, 1.0, "verified", "", field.box, ())
    digits = tuple(_digit(digit, told.get(digit.position, "")) for digit in field.digits)
    return replace(field, value=value, confidence=1.0, status="verified", reason="", digits=digits)


def _digit(digit: DigitReading, figure: str) -> DigitReading:
    """A digit that a person read; one that is not in the value stays blank."""
    if not figure:
        return digit
    return replace(digit, digit=figure, confidence=1.0, second_digit="", second_confidence=0.0, status="verified")
