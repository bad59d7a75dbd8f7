"""The ledger of a batch: one SQLite file with every page that was read, by whom and from what, and what a person said.

One process writes, the one that shares out the pages. A page is written in one transaction, so it is in the ledger
wholly or not at all, whenever the program is killed.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from reader.results import duplicates, ledger_rows, schema, verified
from reader.results.reading import PageReading

Connection = sqlite3.Connection


@dataclass(frozen=True, slots=True)
class Key:
    """What a reading depends on besides the scan: hashes, from `reader.results.keys`."""

    forms: str
    model: str
    program: str


@dataclass(frozen=True, slots=True)
class About:
    """What a run is told by: nothing of it changes what is read.

    Attributes:
        version: of the program.
        model_name: of the model.
        layout: of the table.
        names: the columns of a wide table; none without a form.
        decimals: those of them that have a decimal point.
    """

    version: str
    model_name: str
    layout: str
    names: Sequence[str] = ()
    decimals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is being written."""

    number: int
    key: Key
    version: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a run: the how manieth file, its path, the hash of its content, the page in it from 1."""

    file_number: int
    file: str
    scan: str
    page: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a page.

    Attributes:
        reading: what was read.
        seconds: how long that took.
        fingerprint: of the handwriting, from `reader.results.fingerprint`; None where there is none.
        lasting: whether reading it again would give the same; not so where time or memory ran out, or the file could
            not be opened: such a page is tried again by the next run.
    """

    reading: PageReading
    seconds: float
    lasting: bool = True
    fingerprint: bytes | None = None


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All that is written in the block, or nothing.

    Raises:
        LedgerError: it cannot be written.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise schema.failed(place(connection), error) from error
        raise


def place(connection: Connection) -> str:
    """The file of an open ledger, empty for one that vanishes."""
    return str(connection.execute("PRAGMA database_list").fetchone()[2])


def begin(connection: Connection, key: Key, about: About) -> Run:
    """Begin a run."""
    lists = json.dumps(list(about.names)), json.dumps(list(about.decimals))
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO run (started, version, program, forms, model, model_name, layout, names, decimals)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (_now(), about.version, key.program, key.forms, key.model, about.model_name, about.layout, *lists),
        ).fetchone()
    return Run(row[0], key, about.version)


def finish(connection: Connection, run: Run) -> None:
    """Note that a run came to its end; the listings of those before it are not needed any more."""
    with transaction(connection):
        connection.execute("UPDATE run SET finished = ? WHERE id = ?", (_now(), run.number))
        older = "SELECT id FROM run WHERE finished IS NOT NULL AND id < ?"
        connection.execute(f"DELETE FROM listing WHERE run IN ({older})", (run.number,))


def pages_of(connection: Connection, key: Key, scan: str) -> int | None:
    """How many pages a file has, None where that is not known."""
    found = connection.execute("SELECT pages FROM scan WHERE hash = ? AND program = ?", (scan, key.program)).fetchone()
    return found[0] if found else None


def known(connection: Connection, key: Key, scan: str) -> dict[int, int]:
    """The pages of a file that need no reading: their rows by their number."""
    rows = connection.execute(
        "SELECT page, id FROM page WHERE scan = ? AND forms = ? AND model = ? AND program = ? AND lasting",
        (scan, key.forms, key.model, key.program),
    )
    return dict(rows.fetchall())


def keep(connection: Connection, run: Run, listed: Listed, entry: Entry, pages: int | None = None) -> None:
    """Write a page that was read, and how many pages its file has; what was read of it before is replaced."""
    values = _columns(run, listed, entry)
    replaced = ", ".join(f"{name} = excluded.{name}" for name in values)
    with transaction(connection):
        (row,) = connection.execute(
            f"INSERT INTO page ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
            f" ON CONFLICT (scan, page, forms, model, program) DO UPDATE SET {replaced} RETURNING id",
            list(values.values()),
        ).fetchone()
        ledger_rows.replace(connection, row, entry.reading.fields)
        if pages is not None and entry.lasting:
            connection.execute("INSERT OR REPLACE INTO scan VALUES (?, ?, ?)", (listed.scan, run.key.program, pages))
        _list(connection, run, listed, row)


def relist(connection: Connection, run: Run, listed: Listed, row: int) -> None:
    """Note that a page that is in the ledger is part of this run too, under the name that its file has now."""
    with transaction(connection):
        _list(connection, run, listed, row)


def newest(connection: Connection) -> int | None:
    """The newest run; None in a ledger without any."""
    found: tuple[int | None] = connection.execute("SELECT max(id) FROM run").fetchone()
    return found[0]


def readings(connection: Connection, run: int) -> Iterator[PageReading]:
    """The pages of a run in the order of its inputs, one at a time, with what a person said."""
    twice = duplicates.notes(connection, run)
    rows = connection.execute(
        "SELECT file_number, page, page_id, file FROM listing WHERE run = ? ORDER BY file_number, page", (run,)
    )
    for number, page, row, file in rows:
        reading = reading_of(connection, row, ledger_rows.path(file))
        note = twice.get((number, page))
        yield _noted(reading, note) if note else reading


def field_names(connection: Connection, run: int) -> list[str]:
    """The names of all fields of a run, in the order in which they come up."""
    return list(dict.fromkeys(field.name for reading in readings(connection, run) for field in reading.fields))


def counted(pages: Iterable[PageReading], counts: Counter[tuple[str, str]]) -> Iterator[PageReading]:
    """The same pages; how many pages ("page", status), fields and digits have each status is added to the counts."""
    for reading in pages:
        counts["page", reading.status] += 1
        counts.update(("field", field.status) for field in reading.fields)
        counts.update(("digit", digit.status) for field in reading.fields for digit in field.digits)
        yield reading


def reading_of(connection: Connection, row: int, file: str) -> PageReading:
    """One page, its file under the name that it has now, with what a person said."""
    scan, page, then, form, status, reason, fit = connection.execute(
        "SELECT scan, page, file, form, status, reason, fit FROM page WHERE id = ?", (row,)
    ).fetchone()
    then = ledger_rows.path(then)
    if then != file and reason.startswith(then):
        reason = file + reason[len(then) :]
    read = PageReading(file, page, form, status, reason, ledger_rows.fields(connection, row), fit)
    return replace(read, fields=verified.applied(read.fields, verified.said(connection, scan, page, form), form))


def beside(output: Path) -> Path:
    """Where the ledger of a table lies."""
    return output.with_name(f"{output.stem}.sqlite")


def _noted(reading: PageReading, note: str) -> PageReading:
    """The page with something more to know, which each of its fields says too, for it may be seen by itself."""
    fields = (replace(field, reason="; ".join(filter(None, (field.reason, note)))) for field in reading.fields)
    return replace(reading, reason="; ".join(filter(None, (reading.reason, note))), fields=tuple(fields))


def _columns(run: Run, listed: Listed, entry: Entry) -> dict[str, str | bytes | float | None]:
    """A page as a row of the table `page`."""
    key, reading = run.key, entry.reading
    return {
        **{"scan": listed.scan, "page": listed.page, "forms": key.forms, "model": key.model, "program": key.program},
        **{"version": run.version, "file": ledger_rows.stored(reading.file), "form": reading.form},
        **{"status": reading.status, "reason": ledger_rows.text(reading.reason), "fit": reading.fit},
        **{"fingerprint": entry.fingerprint, "lasting": entry.lasting, "seconds": entry.seconds, "at": _now()},
    }


def _list(connection: Connection, run: Run, listed: Listed, row: int) -> None:
    """Note that a page is part of a run."""
    values = (run.number, listed.file_number, listed.page, row, ledger_rows.stored(listed.file))
    connection.execute("INSERT OR REPLACE INTO listing VALUES (?, ?, ?, ?, ?)", values)


def _now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
