"""Ledgers of shards that were read apart -> one."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from reader.errors import LedgerError, UsageError
from reader.results import ledger, ledger_rows, schema
from reader.results.contents import newest
from reader.results.ledger import About, Connection, Key, Run

COPIED = (
    *("scan", "page", "forms", "model", "program", "version", "file", "form", "status", "reason", "fit", "lasting"),
    *("seconds", "at", "fingerprint"),
)
"""The columns of the table `page`, but its number."""


def merge(sources: Sequence[Path], output: Path) -> None:
    """Put all that is in some ledgers into a new one, whose newest run has the pages of theirs, one after the other.

    Raises:
        LedgerError: one of them cannot be read, or was read with another form, model or program than the first.
        UsageError: there is a file at `output` already.
    """
    if output.exists():
        raise UsageError(f"{output}: there is a file of this name already; name another one for the merged ledger")
    try:
        with closing(schema.opened(output)) as connection:
            keys = [_key_and_about(source) for source in sources]
            for source, (key, _) in zip(sources, keys, strict=True):
                _check(source, key, sources[0], keys[0][0])
            run = ledger.begin(connection, keys[0][0], _joined([about for _, about in keys]))
            with ledger.transaction(connection):
                for source in sources:
                    _take(connection, run, source)
            ledger.finish(connection, run)
    except BaseException:
        output.unlink(missing_ok=True)
        raise


def _key_and_about(source: Path) -> tuple[Key, About]:
    """What the newest run of a ledger was read with."""
    with closing(schema.looked_into(source)) as connection:
        forms, model, program, version, model_name, layout, names, decimals = connection.execute(
            "SELECT forms, model, program, version, model_name, layout, names, decimals FROM run WHERE id = ?",
            (newest(connection, source),),
        ).fetchone()
    about = About(version, model_name, layout, json.loads(names), json.loads(decimals))
    return Key(forms, model, program), about


def _check(source: Path, key: Key, first: Path, expected: Key) -> None:
    """Refuse to mix what was read in different ways."""
    for what, one, other in (
        ("other forms", key.forms, expected.forms),
        ("another model", key.model, expected.model),
        ("another version of digit-reader", key.program, expected.program),
    ):
        if one != other:
            raise LedgerError(f"{source}: read with {what} than {first}; read both in the same way, then merge them")


def _joined(abouts: Sequence[About]) -> About:
    """What a run of all shards is told by."""
    first = abouts[0]
    names = list(dict.fromkeys(name for about in abouts for name in about.names))
    decimals = sorted({name for about in abouts for name in about.decimals})
    return About(first.version, first.model_name, first.layout, names, decimals)


def _take(connection: Connection, run: Run, source: Path) -> None:
    """Copy all pages of a ledger, what a person said of them, and the list of its newest run after those before."""
    with closing(schema.looked_into(source)) as other:
        rows = _copied_pages(connection, other)
        connection.executemany("INSERT OR REPLACE INTO scan VALUES (?, ?, ?)", other.execute("SELECT * FROM scan"))
        connection.executemany(
            "INSERT INTO verified VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (scan, page, form, field) DO UPDATE SET value = excluded.value,"
            " x = excluded.x, y = excluded.y, width = excluded.width, height = excluded.height, at = excluded.at"
            " WHERE excluded.at > at",  # of two who said something of a field, the later
            other.execute("SELECT * FROM verified"),
        )
        last = (
            connection.execute("SELECT max(file_number) FROM listing WHERE run = ?", (run.number,)).fetchone()[0] or 0
        )
        listed = other.execute(
            "SELECT file_number, page, page_id, file FROM listing WHERE run = ?", (newest(other, source),)
        )
        connection.executemany(
            "INSERT INTO listing VALUES (?, ?, ?, ?, ?)",
            ((run.number, last + number, page, rows[row], file) for number, page, row, file in listed),
        )


def _copied_pages(connection: Connection, other: sqlite3.Connection) -> dict[int, int]:
    """Copy the pages that are not there; the new number of each by its old one."""
    marks = ", ".join("?" * len(COPIED))
    rows: dict[int, int] = {}
    for number, *values in other.execute(f"SELECT id, {', '.join(COPIED)} FROM page"):
        there = connection.execute(
            "SELECT id, lasting FROM page WHERE (scan, page, forms, model, program) = (?, ?, ?, ?, ?)", values[:5]
        ).fetchone()
        if there and (there[1] or not values[COPIED.index("lasting")]):
            rows[number] = there[0]
            continue
        statement = f"INSERT OR REPLACE INTO page (id, {', '.join(COPIED)}) VALUES (?, {marks}) RETURNING id"
        (rows[number],) = connection.execute(statement, (there[0] if there else None, *values)).fetchone()
        ledger_rows.replace(connection, rows[number], ledger_rows.fields(other, number))
    return rows
