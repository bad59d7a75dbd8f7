"""Readings -> a Parquet file, for those who go on with pandas, R, DuckDB or Spark."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from reader.errors import UsageError
from reader.results.reading import PageReading
from reader.results.saving import saved_bytes
from reader.results.tables import Layout, header, numeric_columns, rows_of

SUFFIX = ".parquet"
ROWS_AT_ONCE = 50_000
"""Rows of one group; that many are in the memory."""
FRACTIONS = ("confidence", "second_confidence")


def save(readings: Iterable[PageReading], layout: Layout, field_names: Sequence[str], output: Path) -> None:
    """Write readings as a Parquet file, whole or not at all: the rows of the CSV, numbers as numbers, values as text.

    Args:
        readings: the pages, in the order of the rows.
        layout: of the table.
        field_names: the columns of the wide layout in their order.
        output: the file to write.

    Raises:
        UsageError: PyArrow is not installed, or the file cannot be written.
    """
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise UsageError(
            "a Parquet file needs the package PyArrow; install it with: pip install 'digit-reader[parquet]'"
        ) from error
    names, numbers = _distinct(header(layout, field_names)), numeric_columns(layout)
    kinds = {
        name: pyarrow.string() if number not in numbers else pyarrow.float64() if name in FRACTIONS else pyarrow.int32()
        for number, name in enumerate(names)
    }
    schema = pyarrow.schema(list(kinds.items()))
    rows = (row for reading in readings for row in rows_of(reading, layout, field_names))
    with saved_bytes(output) as stream, ParquetWriter(stream, schema) as writer:
        while group := list(islice(rows, ROWS_AT_ONCE)):
            columns = [
                [_number(cell) for cell in column] if number in numbers else [_text(cell) for cell in column]
                for number, column in enumerate(zip(*group, strict=True))
            ]
            arrays = [pyarrow.array(column, kind) for column, kind in zip(columns, kinds.values(), strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _number(cell: str) -> float | None:
    """A number, whole or not; None of an empty cell."""
    return float(cell) if cell else None


def _text(cell: str) -> str:
    """Text as Parquet holds it; a file name need not be text on Unix."""
    return cell.encode("utf-8", "backslashreplace").decode()


def _distinct(names: Sequence[str]) -> list[str]:
    """The names of columns, with a number where a form calls a field like a column that every table has."""
    distinct: list[str] = []
    for name in map(_text, names):
        twins = (f"{name}_{number}" for number in range(2, len(names) + 2))
        distinct.append(name if name not in distinct else next(twin for twin in twins if twin not in names))
    return distinct
