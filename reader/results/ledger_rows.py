"""The fields and digits of a page as rows of the ledger, and back."""

import os
import sqlite3
from collections.abc import Sequence

from reader.results.reading import Box, DigitReading, FieldReading


def replace(connection: sqlite3.Connection, row: int, fields: Sequence[FieldReading]) -> None:
    """Write the fields and digits of the page in this row, in place of those that were there."""
    connection.execute("DELETE FROM field WHERE page_id = ?", (row,))
    connection.execute("DELETE FROM digit WHERE page_id = ?", (row,))
    connection.executemany(
        "INSERT INTO field VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (row, n, f.name, f.value, f.confidence, f.status, text(f.reason), *_sides(f.box))
            for n, f in enumerate(fields)
        ],
    )
    connection.executemany(
        "INSERT INTO digit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row,
                n,
                *(d.position, d.digit, d.confidence, d.second_digit, d.second_confidence, d.status),
                *_sides(d.box),
            )
            for n, field in enumerate(fields)
            for d in field.digits
        ],
    )


def fields(connection: sqlite3.Connection, row: int) -> tuple[FieldReading, ...]:
    """The fields of a page as they were read."""
    digits: dict[int, list[DigitReading]] = {}
    found = connection.execute(
        "SELECT number, position, digit, confidence, second_digit, second_confidence, status, x, y, width, height"
        " FROM digit WHERE page_id = ? ORDER BY number, position",
        (row,),
    )
    for number, position, digit, sure, second, second_sure, status, *box in found:
        reading = DigitReading(position, digit, sure, second, second_sure, status, Box(*box))
        digits.setdefault(number, []).append(reading)
    rows = connection.execute(
        "SELECT number, name, value, confidence, status, reason, x, y, width, height"
        " FROM field WHERE page_id = ? ORDER BY number",
        (row,),
    )
    return tuple(
        FieldReading(name, value, sure, status, reason, Box(*box), tuple(digits.get(number, ())))
        for number, name, value, sure, status, reason, *box in rows
    )


def _sides(box: Box) -> tuple[int, int, int, int]:
    """A box as four columns."""
    return box.x, box.y, box.width, box.height


def text(said: str) -> str:
    """A text as the CSV will have it, what is no Unicode escaped."""
    return said.encode("utf-8", "backslashreplace").decode()


def stored(file: str) -> str | bytes:
    """A path as SQLite keeps it: as text, or, where it is none (a name on Unix may be any bytes), as bytes."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return os.fsencode(file)
    return file


def path(kept: str | bytes) -> str:
    """A path from what SQLite keeps of it."""
    return os.fsdecode(kept)
