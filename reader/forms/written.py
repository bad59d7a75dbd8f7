"""A proposal -> the text of a form file, with comments for the person who goes on with it."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.keys import SCHEMA
from reader.forms.proposal import Grid

INTRODUCTION = """\
# Proposed by `digit-reader form detect`. The picture {picture} shows what is called what.
# 1. Give the fields names that say what they are (one word each: they are the columns of the CSV).
# 2. Delete what is no field.
# 3. Say what you know of the values; each of these lines makes the reading surer:
#      min = 1 and max = 31    length = 6    pattern = '19[0-9]{{2}}'    choices = ["101", "102"]
#      choices = {{ file = "roster.csv", column = "id" }}    check = "luhn"    date = "DDMMYY"
#      decimals = 2 (a printed point before the last two boxes)    align = "right"
#      blank = "0" (an empty box is a nought)    cross = "" (a crossed-out box is not used)
#    and between fields:
#      [[rule]]
#      sum = ["men", "women"]
#      equals = "total"
# 4. digit-reader form check {file} SCAN   says what is wrong with this file, and shows how it lies on a scan.
"""


def form_text(name: str, image: str, things: Sequence[Field | Grid], file: str, picture: str) -> str:
    """A form file (TOML) with comments.

    Args:
        name: of the form.
        image: the sheet, beside the form file.
        things: the fields and tables in reading order.
        file: the name of the form file, for the comments.
        picture: the name of the picture with the names on it, for the comments.
    """
    lines = [f"#:schema {SCHEMA}", INTRODUCTION.format(file=file, picture=picture)]
    lines += [f"name = {json.dumps(name)}", f"image = {json.dumps(image)}"]
    for title, thing in zip(names_of(things), things, strict=True):
        lines += ["", *(_table(title, thing) if isinstance(thing, Grid) else _field(title, thing))]
    return "\n".join([*lines, ""])


def names_of(things: Sequence[Field | Grid]) -> list[str]:
    """field1, field2... and table1, table2... in reading order."""
    fields = tables = 0
    names = []
    for thing in things:
        if isinstance(thing, Grid):
            tables += 1
            names.append(f"table{tables}")
        else:
            fields += 1
            names.append(f"field{fields}")
    return names


def cell_names(name: str, grid: Grid) -> list[str]:
    """The names of a table's fields, row by row."""
    spots = [(row, column) for row in range(len(grid.y) - 1) for column in range(len(grid.x) - 1)]
    return [f"{name}_r{row + 1}_c{column + 1}" for row, column in spots if (row, column) not in grid.skip]


def _table(name: str, grid: Grid) -> list[str]:
    """A [[table]]."""
    rows, columns = len(grid.y) - 1, len(grid.x) - 1
    lines = [
        "[[table]]",
        f'name = "{name}"',
        f'rows = {rows}       # or their names: rows = ["north", "south"]',
        f"columns = {columns}       # or their names; a field is called {name}_row_column",
        f"x = {_numbers(grid.x)}",
        f"y = {_numbers(grid.y)}",
    ]
    if grid.skip:
        lines.append(f"skip = {json.dumps([f'r{row + 1}_c{column + 1}' for row, column in grid.skip])}")
    return lines


def _field(name: str, field: Field) -> list[str]:
    """A [[field]]."""
    boxes = [_numbers(_rectangle(quad)) for quad in field.quads]
    head = ["[[field]]", f'name = "{name}"']
    if field.kind == "line":
        return [*head, f"line = {boxes[0]}", f"digits = [0, {field.digits[1]}]   # fewest and most"]
    if len(boxes) == 1:
        return [*head, f"boxes = [{boxes[0]}]"]
    return [*head, "boxes = [", *(f"    {box}," for box in boxes), "]"]


def _rectangle(quad: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """x, y, width and height of an upright quadrilateral."""
    (x, y), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
    return x, y, right - x, bottom - y


def _numbers(numbers: Sequence[float]) -> str:
    """Numbers as TOML has them, to a tenth of a pixel."""
    return f"[{', '.join(f'{round(each, 1):g}' for each in numbers)}]"
