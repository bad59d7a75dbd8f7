"""Mistakes in a form file as one message: each with its line, its key and its cure."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from reader.forms.keys import ChoicesFile, FieldKeys, FormKeys, PageKeys, RuleKeys, TableKeys

Place = tuple[str | int, ...]

TABLES: dict[str, type[BaseModel]] = {"field": FieldKeys, "table": TableKeys, "page": PageKeys, "rule": RuleKeys}
"""The keys that stand under [[name]]."""
EXPECTED = {
    "name": 'a text such as name = "votes"',
    "image": 'the sheet\'s file, such as image = "blank.png"',
    "field": "at least one [[field]] with a name and its boxes or line",
    "table": "a [[table]] with name, rows, columns, and x and y or cell",
    "page": "[[page]] with an image, for each page of the form; in a field the number of its page",
    "rule": "a [[rule]] with sum and equals, with order, or with date",
    "boxes": "four numbers, in a list of boxes: boxes = [[x, y, width, height], ...]",
    "line": "four numbers: line = [x, y, width, height]",
    "digits": "two whole numbers: digits = [fewest, most]",
    "label": 'a text such as label = "Votes cast"',
    "decimals": "a whole number, 1 or more: decimals = 2",
    "mask": 'a text with # for each digit: mask = "##.##.####"',
    "blank": 'a text: blank = "0", or blank = "" for an unused box',
    "cross": 'a text: cross = "" for an unused box, or cross = "0"',
    "align": 'align = "left" or align = "right"',
    "min": "a number: min = 1",
    "max": "a number: max = 31",
    "length": "a whole number, length = 6, or two of them, length = [5, 6]",
    "pattern": "a regular expression: pattern = '19[0-9]{2}'",
    "choices": 'a list of texts, ["101", "102"], or { file = "roster.csv", column = "id" }',
    "check": 'one of "luhn", "mod10", "mod11", "mod97", "isbn", "verhoeff", "damm"',
    "date": 'the digits of a date, such as date = "DDMMYY"; in a [[rule]] the fields of day, month and year',
    "rows": 'names or a number: rows = ["north", "south"] or rows = 12',
    "columns": 'names or a number: columns = ["cast", "valid"] or columns = 4',
    "x": "numbers, one more than there are columns: x = [100, 160, 220]",
    "y": "numbers, one more than there are rows: y = [400, 460, 520]",
    "cell": "four numbers, those of the upper left cell: cell = [x, y, width, height]",
    "skip": 'names of cells: skip = ["r1_c2"]',
    "file": 'a CSV beside the form file: file = "roster.csv"',
    "column": 'the name of a column in the first line of the CSV: column = "id"',
    "sum": 'names of fields: sum = ["men", "women"]',
    "equals": 'the name of a field: equals = "total"',
    "order": 'names of fields, the least first: order = ["valid", "cast"]',
}
HEADING = re.compile(r"""\s*\[\[?\s*["']?[A-Za-z_][\w-]*["']?\s*\]\]?\s*(#.*)?""")
"""A line that begins a table of TOML: not one that goes on with a list of lists."""
BOXES_OF_CELL = "a whole number, the boxes in each cell: boxes = 3"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, at which key (as pydantic gives places), and what to do about it."""

    place: Place
    text: str


def explained(errors: list[ErrorDetails]) -> list[Mistake]:
    """Pydantic's findings in the words of a form's user, one for each key."""
    found: dict[Place, Mistake] = {}
    for error in errors:
        place = _known_part(error)
        found.setdefault(place, Mistake(place, _explained(error, place)))
    return list(found.values())


def _known_part(error: ErrorDetails) -> Place:
    """The place without the names of types that pydantic adds where a key may be of several."""
    place = tuple(error["loc"])
    if error["type"] == "extra_forbidden" or all(isinstance(part, int) or part in EXPECTED for part in place):
        return place
    last = max(n for n, part in enumerate(place) if part in EXPECTED)
    return place[: last + 1]


def _explained(error: ErrorDetails, place: Place) -> str:
    kind = error["type"]
    key = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        known = list(_keys_at(place).model_fields)
        near = difflib.get_close_matches(key, known, 1, 0.5)
        cure = f"did you mean `{near[0]}`?" if near else f"take it out; the keys here are {', '.join(known)}"
        return f"unknown key `{key}`: {cure}"
    expected = BOXES_OF_CELL if key == "boxes" and place[0] == "table" else EXPECTED.get(key, "something else")
    if kind == "missing":
        return f"`{key}` is missing: add {expected}"
    given = "" if isinstance(error["input"], (dict, list)) else f", not {error['input']!r}"
    number = place[place.index("boxes") + 1 :] if "boxes" in place else ()
    which = f"box {int(number[0]) + 1} of `{key}`" if number else f"`{key}`"
    return f"{which} should be {expected}{given}"


def _keys_at(place: Place) -> type[BaseModel]:
    """The keys that are known beside the one at a place."""
    if "choices" in place[:-1]:
        return ChoicesFile
    return TABLES.get(str(place[0]), FormKeys) if len(place) > 1 else FormKeys


def message(path: Path, text: str, mistakes: list[Mistake]) -> str:
    """One message for all mistakes, in the order of the file."""
    lines = [(_line_of(text, mistake.place), mistake.text) for mistake in mistakes]
    lines.sort(key=lambda each: each[0])
    if len(lines) == 1:
        line, said = lines[0]
        end = "" if said.endswith("?") else "."
        return f"{path}, line {line}: {said}{end}" if line else f"{path}: {said}{end}"
    shown = [f"  line {line}: {said}" if line else f"  {said}" for line, said in lines]
    return "\n".join([f"{path}: {len(lines)} mistakes in this form:", *shown])


def _line_of(text: str, place: Place) -> int:
    """The line, from 1, that a key's place is on; the line of its table where the key is not there; 0 if unknown."""
    lines = text.splitlines()
    tables = [n for n, line in enumerate(lines) if HEADING.fullmatch(line)]
    first, end, found = 0, tables[0] if tables else len(lines), 0
    keys = [part for part in place if isinstance(part, str)]
    if len(place) > 1 and place[0] in TABLES and isinstance(place[1], int):
        starts = [n for n in tables if re.match(rf"\s*\[\[\s*{place[0]}\s*\]\]", lines[n])]
        if place[1] >= len(starts):
            return 0
        first = starts[place[1]]
        end = next((n for n in tables if n > first), len(lines))
        found, keys = first + 1, keys[1:]
    for key in keys[:1]:
        given = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        headed = re.compile(rf"\s*\[\[?\s*{re.escape(key)}\s*\]")
        places = [n for n in range(first, end) if given.match(lines[n])] + [n for n in tables if headed.match(lines[n])]
        found = places[0] + 1 if places else found
    return found
