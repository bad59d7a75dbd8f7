"""Readings -> CSV (RFC 4180, UTF-8), in three layouts."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TextIO

from reader.results.reading import Box, DigitReading, FieldReading, PageReading

Layout = Literal["wide", "fields", "digits"]
Row = list[str]

WIDE = ("file", "page", "form", "status", "review")
FIELDS = ("file", "page", "form", "field", "value", "confidence", "status", "reason", "x", "y", "width", "height")
DIGITS = (
    *("file", "page", "form", "field", "position", "digit", "confidence", "second_digit", "second_confidence"),
    *("status", "x", "y", "width", "height"),
)
NUMBERS = {"page", "position", "confidence", "second_confidence", "x", "y", "width", "height"}
"""Columns of these tables that hold numbers; whatever a form calls its fields, their values are text."""
NO_BOX = [""] * 4
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV Injection)."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is written, for programs that expect it otherwise than RFC 4180.

    Attributes:
        delimiter: what stands between cells.
        decimal: the decimal point of confidences, and of the values of these fields:
        decimals: names of fields whose values have a decimal point.
    """

    delimiter: str = ","
    decimal: str = "."
    decimals: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n' or self.decimal not in (".", ","):
            raise ValueError("a delimiter is one character that is no quote, a decimal point is . or ,")


PLAIN = Style()


def csv_text(readings: Sequence[PageReading], layout: Layout, field_names: Sequence[str] = ()) -> str:
    """The readings as a CSV table, as `write` does."""
    found = dict.fromkeys(field.name for reading in readings for field in reading.fields)
    text = io.StringIO(newline="")
    write(text, readings, layout, list(field_names) or list(found))
    return text.getvalue()


def write(
    stream: TextIO,
    readings: Iterable[PageReading],
    layout: Layout,
    field_names: Sequence[str],
    style: Style = PLAIN,
) -> None:
    """Write readings as a CSV table, header always, every page in it, one page in memory at a time.

    Args:
        stream: opened with newline="".
        readings: the pages, in the order of the rows.
        layout: `wide`, one row a page; `fields`, one row a field; `digits`, one row a box or digit. A page without any
            has one row all the same.
        field_names: the columns of the wide layout in their order.
        style: how cells are set apart and what decimal points look like.
    """
    writer = csv.writer(stream, delimiter=style.delimiter, lineterminator="\r\n")
    writer.writerow(header(layout, field_names))
    for reading in readings:
        writer.writerows(rows_of(reading, layout, field_names, style))


def header(layout: Layout, field_names: Sequence[str]) -> Row:
    """The names of the columns."""
    if layout == "wide":
        return [*WIDE, *(_safe(name) for name in field_names)]
    return list(FIELDS if layout == "fields" else DIGITS)


def numeric_columns(layout: Layout) -> frozenset[int]:
    """Which columns, counted from 0, hold numbers; leading zeros of all others are to be kept."""
    names = WIDE if layout == "wide" else FIELDS if layout == "fields" else DIGITS
    return frozenset(number for number, name in enumerate(names) if name in NUMBERS)


def rows_of(reading: PageReading, layout: Layout, field_names: Sequence[str], style: Style = PLAIN) -> list[Row]:
    """The rows of a page."""
    local = _localized(reading, style)
    if layout == "wide":
        return [_wide(local, field_names)]
    return (_field_rows if layout == "fields" else _digit_rows)(local, style.decimal)


def _localized(reading: PageReading, style: Style) -> PageReading:
    """The page with the decimal points of its values as the style has them."""
    if style.decimal == "." or not style.decimals:
        return reading
    fields = (
        replace(field, value=field.value.replace(".", style.decimal)) if field.name in style.decimals else field
        for field in reading.fields
    )
    return replace(reading, fields=tuple(fields))


def _wide(reading: PageReading, names: Sequence[str]) -> Row:
    """One row for a page. A rejected field has no value, as a blank one has none: a person should look at it too."""
    review = " ".join(field.name for field in reading.fields if field.status in ("review", "rejected"))
    values = {field.name: field.value for field in reading.fields}
    return [*_page(reading), reading.status, _safe(review), *(values.get(name, "") for name in names)]


def _field_rows(reading: PageReading, point: str) -> list[Row]:
    """One row for each field of a page."""
    if not reading.fields:
        return [[*_page(reading), "", "", "", reading.status, _safe(reading.reason), *NO_BOX]]
    return [[*_page(reading), *_field(field, point)] for field in reading.fields]


def _field(field: FieldReading, point: str) -> Row:
    """The cells of a field in the fields layout."""
    return [
        _safe(field.name),
        field.value,
        _sure(field.confidence, point),
        field.status,
        _safe(field.reason),
        *_box(field.box),
    ]


def _digit_rows(reading: PageReading, point: str) -> list[Row]:
    """One row for each digit or box of a page; a field in which none was found has one row as well."""
    if not reading.fields:
        return [[*_page(reading), "", "", "", "", "", "", reading.status, *NO_BOX]]
    rows: list[Row] = []
    for field in reading.fields:
        start = [*_page(reading), _safe(field.name)]
        rows += [[*start, *_digit(digit, point)] for digit in field.digits] or [
            [*start, "", "", _sure(field.confidence, point), "", "", field.status, *_box(field.box)]
        ]
    return rows


def _digit(digit: DigitReading, point: str) -> Row:
    """The cells of a digit in the digits layout."""
    second = _sure(digit.second_confidence, point) if digit.second_digit else ""
    sure = _sure(digit.confidence, point)
    return [str(digit.position), digit.digit, sure, digit.second_digit, second, digit.status, *_box(digit.box)]


def _sure(confidence: float, point: str) -> str:
    """A confidence as a cell."""
    return f"{confidence:.4f}".replace(".", point)


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
