"""A ledger -> a table of the pages of its newest run, or of some of them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from reader.results import ledger, saving, schema, tables
from reader.results.contents import newest
from reader.results.reading import FieldReading, PageReading
from reader.results.tables import Layout, Style


@dataclass(frozen=True, slots=True)
class Export:
    """What to write of a ledger, and how.

    Attributes:
        ledger: the ledger's file.
        output: the file to write: .xlsx and .parquet are what they say, all others CSV; or a stream opened with
            newline="", for CSV.
        layout: of the table; None is that of the run.
        statuses: of the pages, fields (with the layout `digits`: digits) to write; none writes all.
        delimiter: between the cells of a CSV.
        decimal: the decimal point in a CSV.
        fetch: whether scans that were read at addresses are fetched for their pictures in an .xlsx.
    """

    ledger: Path
    output: Path | TextIO
    layout: Layout | None = None
    statuses: Sequence[str] = ()
    delimiter: str = ","
    decimal: str = "."
    fetch: bool = False


def export(job: Export) -> None:
    """Write a table of the newest run of a ledger.

    Raises:
        LedgerError: there is no ledger, or nothing in it.
        UsageError: the table cannot be written.
    """
    with closing(schema.looked_into(job.ledger)) as connection:
        run = newest(connection, job.ledger)
        layout, names, decimals = connection.execute(
            "SELECT layout, names, decimals FROM run WHERE id = ?", (run,)
        ).fetchone()
        layout = job.layout or layout
        columns = json.loads(names) or (ledger.field_names(connection, run) if layout == "wide" else [])
        pages = _wanted(ledger.readings(connection, run), layout, frozenset(job.statuses))
        style = Style(job.delimiter, job.decimal, frozenset(json.loads(decimals)))
        if isinstance(job.output, Path):
            saving.check_place(job.output)
            _save(job.output, pages, layout, columns, style, job.fetch)
        else:
            tables.write(job.output, pages, layout, columns, style)


def _save(
    output: Path, pages: Iterator[PageReading], layout: Layout, columns: Sequence[str], style: Style, fetch: bool
) -> None:
    """Write pages in the format that the name of the file asks for."""
    if output.suffix.lower() == ".xlsx":
        from reader.results import clippings, excel

        scan_of = clippings.stored_or_fetched if fetch else clippings.stored
        excel.save(pages, layout, columns, output, scan_of)
    elif output.suffix.lower() == ".parquet":
        from reader.results import parquet

        parquet.save(pages, layout, columns, output)
    else:
        with saving.saved(output) as stream:
            tables.write(stream, pages, layout, columns, style)


def _wanted(pages: Iterator[PageReading], layout: Layout, statuses: frozenset[str]) -> Iterator[PageReading]:
    """The pages, fields or digits of these statuses; all where there is none."""
    for page in pages:
        if not statuses or page.status in statuses:
            yield page
            continue
        fields = [each for each in (_part(field, layout, statuses) for field in page.fields) if each]
        if fields:
            yield page if layout == "wide" else replace(page, fields=tuple(fields))


def _part(field: FieldReading, layout: Layout, statuses: frozenset[str]) -> FieldReading | None:
    """What of a field has one of these statuses: all, in the layout `digits` those digits; None where nothing has."""
    if layout != "digits" or not field.digits:
        return field if field.status in statuses else None
    digits = tuple(digit for digit in field.digits if digit.status in statuses)
    return replace(field, digits=digits) if digits else None
