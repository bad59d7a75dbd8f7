"""Readings -> an Excel workbook: the table, and a sheet of what a person should look at, each with its picture."""

import io
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from reader.errors import UsageError
from reader.pages.scan import Scan
from reader.results.clippings import HEIGHT, WIDEST, clipping, quarters_to_upright, stored
from reader.results.reading import PageReading
from reader.results.saving import saved_bytes
from reader.results.tables import FIELDS, Layout, Row, header, numeric_columns, rows_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

SUFFIX = ".xlsx"
MOST_ROWS, LONGEST_CELL = 1_048_576, 32_767
"""What a sheet and a cell of Excel hold (Microsoft, Excel specifications and limits)."""
REVIEW = FIELDS[: FIELDS.index("x")]
REVIEW_NUMBERS = (FIELDS.index("page"), FIELDS.index("confidence"))
WIDTHS = (30, 6, 12, 20, 14, 11, 9, 40, WIDEST // 7)
"""Of the columns of the review sheet and of its pictures, in characters of 7 pixels."""
LOOKED_AT = ("review", "rejected")


@dataclass(slots=True)
class Sheets:
    """A workbook that is being written.

    Attributes:
        table: the sheet with all rows.
        review: the sheet with a row for each field to look at.
        text: the format of cells.
        output: the file, for messages.
        rows: of the table so far.
        looks: rows of the review sheet so far.
    """

    table: "Worksheet"
    review: "Worksheet"
    text: "Format"
    output: Path
    rows: int = 1
    looks: int = 1


def save(
    readings: Iterable[PageReading],
    layout: Layout,
    field_names: Sequence[str],
    output: Path,
    scan_of: Callable[[PageReading], Scan | None] = stored,
) -> None:
    """Write readings as a workbook, whole or not at all.

    The sheet `table` has the rows of the CSV. The sheet `review` has a row for each field that a person should look at,
    with the part of the scan that it was read from.

    Args:
        readings: the pages, in the order of the rows.
        layout: of the table.
        field_names: the columns of the wide layout in their order.
        output: the file to write.
        scan_of: finds the scan of a page; None gives no pictures. Without pictures: `lambda _: None`.

    Raises:
        UsageError: XlsxWriter is not installed, there is more than a sheet holds, or the file cannot be written.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise UsageError(
            "an Excel file needs the package XlsxWriter; install it with: pip install 'digit-reader[excel]'"
        ) from error
    with saved_bytes(output) as stream:
        # Rows go to the disk one by one; nothing that looks like a formula, a number or a link is made one.
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(stream, options) as workbook:
            sheets = _begun(workbook, layout, field_names, output)
            numbers = numeric_columns(layout)
            for reading in readings:
                for row in rows_of(reading, layout, field_names):
                    _write(sheets, sheets.table, sheets.rows, row, numbers)
                    sheets.rows += 1
                _add_review(sheets, reading, scan_of)


def _begun(workbook: "Workbook", layout: Layout, field_names: Sequence[str], output: Path) -> Sheets:
    """The two sheets with their first rows."""
    text, bold = workbook.add_format({"num_format": "@", "valign": "vcenter"}), workbook.add_format({"bold": True})
    sheets = Sheets(workbook.add_worksheet("table"), workbook.add_worksheet("review"), text, output)
    for number, width in enumerate(WIDTHS):
        sheets.review.set_column(number, number, width)
    for sheet, names in ((sheets.table, header(layout, field_names)), (sheets.review, [*REVIEW, "picture"])):
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            sheet.write_string(0, column, _cell(name), bold)
    return sheets


def _add_review(sheets: Sheets, reading: PageReading, scan_of: Callable[[PageReading], Scan | None]) -> None:
    """The rows of the fields of a page that a person should look at."""
    doubtful = [field for field in reading.fields if field.status in LOOKED_AT]
    scan = scan_of(reading) if doubtful else None
    rows = rows_of(replace(reading, fields=tuple(doubtful)), "fields", ()) if doubtful else []
    for field, row in zip(doubtful, rows, strict=True):
        _write(sheets, sheets.review, sheets.looks, row[: len(REVIEW)], REVIEW_NUMBERS)
        sheets.review.set_row_pixels(sheets.looks, HEIGHT + 4)
        if scan:
            picture = clipping(scan, field.box, quarters_to_upright(reading))
            png = io.BytesIO(cv2.imencode(".png", picture)[1].tobytes())
            place = {"image_data": png, "x_offset": 2, "y_offset": 2, "object_position": 1}
            sheets.review.insert_image(sheets.looks, len(REVIEW), "field.png", place)
        sheets.looks += 1


def _write(sheets: Sheets, sheet: "Worksheet", number: int, row: Row, numbers: Container[int]) -> None:
    """Write a row of a sheet."""
    if number >= MOST_ROWS:
        why = f"a sheet of Excel holds {MOST_ROWS:,} rows and not more"
        raise UsageError(f"{sheets.output}: {why}; write a CSV, or export fewer pages")
    for column, cell in enumerate(row):
        if column in numbers and cell:
            sheet.write_number(number, column, float(cell), sheets.text)
        elif cell:
            sheet.write_string(number, column, _cell(cell), sheets.text)


def _cell(text: str) -> str:
    """Text as a cell holds it; a file name need not be text on Unix."""
    return text.encode("utf-8", "backslashreplace").decode()[:LONGEST_CELL]
