"""The tables of a ledger, and how one of an earlier version is brought up to date."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from reader.errors import LedgerError

APPLICATION = 0x64697274
"""What SQLite keeps in the file's head to say whose it is (PRAGMA application_id): "dirt", digit-reader's table."""
PATIENCE = 60.0
"""Seconds to wait for another process that writes to the same ledger."""

FIRST = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    finished TEXT,
    version TEXT NOT NULL,
    program TEXT NOT NULL,
    forms TEXT NOT NULL,
    model TEXT NOT NULL,
    model_name TEXT NOT NULL,
    layout TEXT NOT NULL,
    names TEXT NOT NULL,
    decimals TEXT NOT NULL
);
CREATE TABLE scan (
    hash TEXT NOT NULL,
    program TEXT NOT NULL,
    pages INTEGER NOT NULL,
    PRIMARY KEY (hash, program)
) WITHOUT ROWID;
CREATE TABLE page (
    id INTEGER PRIMARY KEY,
    scan TEXT NOT NULL,
    page INTEGER NOT NULL,
    forms TEXT NOT NULL,
    model TEXT NOT NULL,
    program TEXT NOT NULL,
    version TEXT NOT NULL,
    file NOT NULL,
    form TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    fit REAL,
    lasting INTEGER NOT NULL,
    seconds REAL NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (scan, page, forms, model, program)
);
CREATE TABLE field (
    page_id INTEGER NOT NULL REFERENCES page (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    confidence REAL NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    PRIMARY KEY (page_id, number)
) WITHOUT ROWID;
CREATE TABLE digit (
    page_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    digit TEXT NOT NULL,
    confidence REAL NOT NULL,
    second_digit TEXT NOT NULL,
    second_confidence REAL NOT NULL,
    status TEXT NOT NULL,
    x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    PRIMARY KEY (page_id, number, position)
) WITHOUT ROWID;
CREATE TABLE listing (
    run INTEGER NOT NULL REFERENCES run (id),
    file_number INTEGER NOT NULL,
    page INTEGER NOT NULL,
    page_id INTEGER NOT NULL REFERENCES page (id),
    file NOT NULL,
    PRIMARY KEY (run, file_number, page)
) WITHOUT ROWID;
CREATE TABLE verified (
    scan TEXT NOT NULL,
    page INTEGER NOT NULL,
    form TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (scan, page, form, field)
) WITHOUT ROWID;
"""
"""run: one call of the program. scan: how many pages a file has. page, field, digit: what was read; a page is `lasting`
unless something outside it failed. listing: the pages of a run in their order, under the names that their files had
then. verified: what a person said of a field; nothing but a person changes it. A name that is no text is a blob."""
SECOND = "ALTER TABLE page ADD COLUMN fingerprint BLOB"
"""Of the handwriting, to find sheets that were scanned twice."""
STEPS = (FIRST, SECOND)
"""What brings a ledger from each version, 0 being an empty file, to the next one."""


def opened(file: Path | None) -> sqlite3.Connection:
    """Open a ledger for writing; it is made, or brought up to date, if need be.

    Args:
        file: the ledger; None is one that vanishes when it is closed, kept on the disk when it grows.

    Raises:
        LedgerError: it cannot be opened, is something else, or was written by a later version of this program.
    """
    name = str(file) if file else ""
    connection = None
    try:
        connection = sqlite3.connect(name, timeout=PATIENCE, isolation_level=None)
        version = _version(connection, name)
        if file:
            # A commit is on the disk after the next checkpoint: a power cut may cost pages, which are read again.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        for step in range(version, len(STEPS)):
            _carry_out(connection, step)
    except (sqlite3.Error, LedgerError) as error:
        if connection:
            connection.close()
        raise failed(name, error) from error
    return connection


def looked_into(file: Path) -> sqlite3.Connection:
    """Open a ledger that is there; one of an earlier version is brought up to date.

    Raises:
        LedgerError: there is none, or as `opened`.
    """
    if not file.is_file():
        raise LedgerError(f"{file}: there is no such ledger; it lies beside the CSV, such as results.sqlite")
    return opened(file)


def failed(name: str, error: Exception) -> LedgerError:
    """What to say where a ledger fails."""
    if isinstance(error, LedgerError):
        return error
    said = str(error)
    if "not a database" in said:
        cure = "this file is no ledger; move it away, or give the CSV another name"
    elif "full" in said or "disk I/O" in said:
        cure = "the disk is full or broken; make room and run again, all that was finished is kept"
    elif "locked" in said:
        cure = "another process writes to it; wait until that is done"
    else:
        cure = "check that you may write to this file and its folder"
    return LedgerError(f"{name or 'ledger'}: cannot be used ({said}); {cure}")


def _version(connection: sqlite3.Connection, name: str) -> int:
    """The version of an open ledger, 0 for a new one.

    Raises:
        LedgerError: this is something else, or too new.
    """
    (version,), (whose,) = (
        connection.execute(f"PRAGMA {key}").fetchone() for key in ("user_version", "application_id")
    )
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and whose != APPLICATION:
        raise LedgerError(f"{name}: this is another program's database; move it away, or give the CSV another name")
    if version > len(STEPS):
        raise LedgerError(f"{name}: written by a later version of digit-reader; install that one, or name another CSV")
    return int(version)


def _carry_out(connection: sqlite3.Connection, step: int) -> None:
    """Bring a ledger one version further, wholly or not at all; another process may have done it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        with closing(connection.execute("PRAGMA user_version")) as found:
            if found.fetchone() == (step,):
                for statement in STEPS[step].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {step + 1}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
