"""Readings -> CSV (RFC 4180, UTF-8), in three layouts."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from reader.errors import UsageError
from reader.results.reading import Box, DigitReading, FieldReading, PageReading

Layout = Literal["wide", "fields", "digits"]
Row = list[str]

WIDE = ("file", "page", "form", "status", "review")
FIELDS = ("file", "page", "form", "field", "value", "confidence", "status", "reason", "x", "y", "width", "height")
DIGITS = (
    *("file", "page", "form", "field", "position", "digit", "confidence", "second_digit", "second_confidence"),
    *("status", "x", "y", "width", "height"),
)
NO_BOX = [""] * 4
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV Injection)."""


def csv_text(readings: Sequence[PageReading], layout: Layout, field_names: Sequence[str] = ()) -> str:
    """The readings as a CSV table, header always, every page in it.

    Args:
        readings: the pages, in the order of the rows.
        layout: `wide`, one row a page; `fields`, one row a field; `digits`, one row a box or digit. A page without any
            has one row all the same.
        field_names: the columns of the wide layout in their order, as a form gives them; without them, the names of
            the fields that were found, in the order in which they came up.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_rows(readings, layout, field_names))
    return text.getvalue()


def save(text: str, output: Path) -> None:
    """Write a file whole or not at all: beside its place under another name, then put in its place at once.

    Raises:
        UsageError: it cannot be written; whatever was there before is unchanged.
    """
    place = output.resolve()  # a link stays a link, to the new file
    part = place if _is_device(place) else _part(place)
    try:
        part.write_bytes(text.encode("utf-8", errors="backslashreplace"))  # a file name need not be text on Unix
        if part != place:
            part.replace(place)
    except OSError as error:
        raise _unwritable(output, error) from error
    finally:
        if part != place:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def check_place(output: Path) -> None:
    """Make sure, before any work is done, that a file can be written at this path.

    Raises:
        UsageError: it cannot.
    """
    if output.is_dir():
        raise UsageError(f"{output}: this is a folder; name a file in it, such as {output / 'results.csv'}")
    place = output.resolve()
    if _is_device(place):
        return
    if not place.parent.is_dir():
        raise UsageError(f"{output}: there is no folder {place.parent}; create it, or name a file in another one")
    try:
        _part(place).touch()
        _part(place).unlink()
    except OSError as error:
        raise _unwritable(output, error) from error


def _part(place: Path) -> Path:
    """Where a file is written before it is whole; one for each process."""
    return place.with_name(f".digit-reader-{os.getpid()}.part")


def _is_device(place: Path) -> bool:
    """Whether a path is something like /dev/null, which must never be replaced by a file."""
    return place.exists() and not place.is_file()


def _unwritable(output: Path, error: OSError) -> UsageError:
    """What to say where a file cannot be written."""
    return UsageError(
        f"{output}: cannot be written ({error.strerror or error}); "
        "make room or get the right to write there, or name another file"
    )


def _rows(readings: Sequence[PageReading], layout: Layout, field_names: Sequence[str]) -> Iterator[Row]:
    """The header and the rows of a layout."""
    if layout == "wide":
        found = dict.fromkeys(field.name for reading in readings for field in reading.fields)
        names = list(field_names) or list(found)
        yield [*WIDE, *(_safe(name) for name in names)]
        yield from (_wide(reading, names) for reading in readings)
        return
    yield list(FIELDS if layout == "fields" else DIGITS)
    rows_of: Callable[[PageReading], list[Row]] = _field_rows if layout == "fields" else _digit_rows
    for reading in readings:
        yield from rows_of(reading)


def _wide(reading: PageReading, names: Sequence[str]) -> Row:
    """One row for a page. A rejected field has no value, as a blank one has none: a person should look at it too."""
    review = " ".join(field.name for field in reading.fields if field.status in ("review", "rejected"))
    values = {field.name: field.value for field in reading.fields}
    return [*_page(reading), reading.status, _safe(review), *(values.get(name, "") for name in names)]


def _field_rows(reading: PageReading) -> list[Row]:
    """One row for each field of a page."""
    if not reading.fields:
        return [[*_page(reading), "", "", "", reading.status, _safe(reading.reason), *NO_BOX]]
    return [[*_page(reading), *_field(field)] for field in reading.fields]


def _field(field: FieldReading) -> Row:
    """The cells of a field in the fields layout."""
    sure = f"{field.confidence:.4f}"
    return [_safe(field.name), field.value, sure, field.status, _safe(field.reason), *_box(field.box)]


def _digit_rows(reading: PageReading) -> list[Row]:
    """One row for each digit or box of a page; a field in which none was found has one row as well."""
    if not reading.fields:
        return [[*_page(reading), "", "", "", "", "", "", reading.status, *NO_BOX]]
    rows: list[Row] = []
    for field in reading.fields:
        start = [*_page(reading), _safe(field.name)]
        rows += [[*start, *_digit(digit)] for digit in field.digits] or [
            [*start, "", "", f"{field.confidence:.4f}", "", "", field.status, *_box(field.box)]
        ]
    return rows


def _digit(digit: DigitReading) -> Row:
    """The cells of a digit in the digits layout."""
    second = f"{digit.second_confidence:.4f}" if digit.second_digit else ""
    sure = f"{digit.confidence:.4f}"
    return [str(digit.position), digit.digit, sure, digit.second_digit, second, digit.status, *_box(digit.box)]


def _page(reading: PageReading) -> Row:
    """The three cells that every row begins with; `./` keeps a dangerous name harmless, and it stays the same path."""
    file = f"./{reading.file}" if reading.file.startswith(RUN_BY_SPREADSHEETS) else reading.file
    return [file, str(reading.page), _safe(reading.form)]


def _box(box: Box) -> Row:
    """The four cells that say where something is."""
    return [str(side) for side in (box.x, box.y, box.width, box.height)]


def _safe(cell: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe in front says that it is text."""
    return f"'{cell}" if cell.startswith(RUN_BY_SPREADSHEETS) else cell
