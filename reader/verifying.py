"""What a person corrected in the table of fields -> the ledger, where it stands above whatever is read."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reader.errors import UsageError
from reader.results import ledger, ledger_rows, schema, tables, verified
from reader.results.contents import newest
from reader.results.ledger import Connection
from reader.results.reading import FieldReading

NEEDED = ("file", "page", "field", "value", "status")
"""The columns that a corrected table must have."""
Key = tuple[str, int, str]
"""File, page and field."""
MOST_TOLD = 10
"""Mistakes that are told at once."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The value that a person read in a field; file, page and field as they stand in the table."""

    file: str
    page: int
    field: str
    value: str


def corrections_in(table: Path) -> list[Correction]:
    """The rows with the status `verified` of a table in the layout `fields`, as a spreadsheet may have saved it.

    Raises:
        UsageError: it cannot be read, or has not its columns.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            stream.seek(0)
            rows = csv.DictReader(stream, delimiter=max(",;\t", key=head.count))
            lacking = [name for name in NEEDED if name not in (rows.fieldnames or [])]
            if lacking:
                raise UsageError(
                    f"{table}: there is no column {', '.join(lacking)}; give a table of the layout fields, "
                    "in which you set the status of the rows that you checked to verified"
                )
            return [
                Correction(row["file"], int(row["page"]), row["field"], (row["value"] or "").strip())
                for row in rows
                if (row["status"] or "").strip() == "verified"
            ]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{table}: cannot be read as CSV in UTF-8 ({error}); save it as that") from error


def verify(place: Path, corrections: Sequence[Correction], literally: bool = False) -> int:
    """Keep what a person read, all of it or, where there is a mistake, nothing.

    Args:
        place: the ledger.
        corrections: fields of its newest run.
        literally: whether a value that is the one that was read but for leading zeros is meant so; otherwise it is
            taken for a spreadsheet's doing, which drops them.

    Returns:
        How many fields have another value now than before.

    Raises:
        LedgerError: there is no ledger, or nothing in it.
        UsageError: there is no such field, or a value has lost its zeros.
    """
    wanted = {(each.file, each.page, each.field): each.value for each in corrections}
    mistakes, changed = [], 0
    with closing(schema.looked_into(place)) as connection:
        connection.execute("PRAGMA synchronous = FULL")  # what a person said is on the disk when this is done
        with ledger.transaction(connection):
            for keys, row, field in _fields(connection, newest(connection, place)):
                key = next((key for key in keys if key in wanted), None)
                if key is None:
                    continue
                value = wanted.pop(key)
                if not literally and value not in ("", field.value) and value == field.value.lstrip("0"):
                    mistakes.append(f"{_told(key)}: {field.value} became {value}; have the zeros kept, as text")
                changed += value != field.value
                verified.verify(connection, row, field, value)
            mistakes += [f"{_told(key)}: the ledger has no such field" for key in wanted]
            if mistakes:
                more = [f"and {len(mistakes) - MOST_TOLD} more"] if len(mistakes) > MOST_TOLD else []
                raise UsageError("\n".join([f"{place}: nothing was changed:", *mistakes[:MOST_TOLD], *more]))
    return changed


def _fields(connection: Connection, run: int) -> Iterator[tuple[tuple[Key, Key], int, FieldReading]]:
    """All fields of a run: what each is called in tables and by itself, the row of its page, and its reading."""
    rows = connection.execute(
        "SELECT page_id, file FROM listing WHERE run = ? ORDER BY file_number, page", (run,)
    ).fetchall()
    for row, name in rows:
        page = ledger.reading_of(connection, row, ledger_rows.path(name))
        cells = tables.rows_of(page, "fields", ())
        for field, cell in zip(page.fields, cells, strict=False):
            yield ((cell[0], page.page, cell[3]), (page.file, page.page, field.name)), row, field


def _told(key: Key) -> str:
    """A field as people find it."""
    file, page, field = key
    return f"{file} page {page}, {field}"
