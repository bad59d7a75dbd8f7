"""A [[table]] of a form file -> the keys of its fields, one for each cell."""

from itertools import pairwise

from reader.forms.keys import FieldKeys, TableKeys, ValueKeys

WIDE = 1.5
"""A cell wider than this many of its heights is for digits written free, unless the form says how many boxes it has."""


def names_of(given: list[str] | int, letter: str) -> list[str]:
    """The names of rows or columns; r1, r2... where only their number is given."""
    return [f"{letter}{n + 1}" for n in range(given)] if isinstance(given, int) else given


def edges_of(table: TableKeys) -> tuple[list[float], list[float]]:
    """Where the rulings of a table are, in x and in y."""
    if table.cell is None:
        return table.x or [], table.y or []
    x, y, width, height = table.cell
    columns, rows = len(names_of(table.columns, "c")), len(names_of(table.rows, "r"))
    return [x + n * width for n in range(columns + 1)], [y + n * height for n in range(rows + 1)]


def fields_of(table: TableKeys) -> list[FieldKeys]:
    """The fields of a table whose keys are right, row by row; each is called name_row_column."""
    x, y = edges_of(table)
    skipped = set(table.skip or [])
    said = {key: getattr(table, key) for key in ValueKeys.model_fields if key != "digits"}
    fields = []
    for row, (top, bottom) in zip(names_of(table.rows, "r"), pairwise(y), strict=False):
        for column, (left, right) in zip(names_of(table.columns, "c"), pairwise(x), strict=False):
            if f"{row}_{column}" in skipped:
                continue
            width, height = right - left, bottom - top
            free = table.digits is not None or (table.boxes is None and width > WIDE * height)
            boxes = table.boxes or 1
            places = [[left + n * width / boxes, top, width / boxes, height] for n in range(boxes)]
            # Keys that were checked once are not checked again.
            fields.append(
                FieldKeys.model_construct(
                    **said,
                    name=f"{table.name}_{row}_{column}",
                    boxes=None if free else places,
                    line=[left, top, width, height] if free else None,
                    digits=table.digits,
                )
            )
    return fields
