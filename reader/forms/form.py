"""A form: where the digits are on its sheet, read from a TOML file and checked to the last key."""

import difflib
import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Key
from pydantic_core import ErrorDetails

from reader.errors import FormError, ReaderError
from reader.forms.field import Field
from reader.pages.scan import read_scan

FIXED_COLUMNS = ("file", "page", "form", "status", "review")
"""Columns of the wide CSV that are there whatever the form: no field can have their names."""
NARROWEST_DIGIT = 1 / 3
"""Width of a digit, as a share of its line's height, below which few are written: for a line without `digits`."""

Rectangle = Annotated[list[float], Key(min_length=4, max_length=4)]


@dataclass(frozen=True, slots=True)
class Form:
    """One form, as its file says.

    Attributes:
        name: what the CSV calls it.
        file: the TOML file that it was read from, for messages.
        sheet: (rows, columns) uint8, the image that the fields are measured on, as stored; dark is ink.
        fields: the fields in the order of the file, their quads in pixels of the sheet.
    """

    name: str
    file: Path
    sheet: NDArray[np.uint8]
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if self.sheet.ndim != 2 or self.sheet.dtype != np.uint8 or self.sheet.size == 0:
            raise ValueError(f"a sheet is (rows, columns) uint8, not {self.sheet.shape} {self.sheet.dtype}")
        if not self.name or not self.fields:
            raise ValueError("a form has a name and at least one field")
        if len({field.name for field in self.fields}) < len(self.fields):
            raise ValueError("a form's fields have names of their own")


class _FieldKeys(BaseModel):
    """The keys of one [[field]]."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    name: str
    boxes: Annotated[list[Rectangle], Key(min_length=1)] | None = None
    line: Rectangle | None = None
    digits: Annotated[list[int], Key(min_length=2, max_length=2)] | None = None


class _FormKeys(BaseModel):
    """The keys of a form file."""

    model_config = ConfigDict(strict=True, extra="forbid")
    name: Annotated[str, Key(min_length=1)]
    image: Annotated[str, Key(min_length=1)]
    field: Annotated[list[_FieldKeys], Key(min_length=1)]


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What is wrong, at which key (as pydantic gives places), and what to do about it."""

    place: tuple[str | int, ...]
    text: str


def load(path: Path) -> Form:
    """Read a form file and the sheet beside it.

    Raises:
        FormError: anything wrong with either; one message names the file and every mistake in it with its line, its
            key and its cure.
    """
    text = _text_of(path)
    try:
        keys = _FormKeys.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"{path}: this is not TOML: {error}. Correct that line and try again.") from error
    except ValidationError as error:
        raise FormError(_message(path, text, [_explained(each) for each in error.errors()])) from error
    try:
        sheet = _sheet(path.parent / keys.image)
    except ReaderError as error:
        mistake = _Mistake(("image",), f"the sheet cannot be read: {error}")
        raise FormError(_message(path, text, [mistake, *_mistakes(keys, None)])) from error
    mistakes = list(_mistakes(keys, (sheet.shape[0], sheet.shape[1])))
    if mistakes:
        raise FormError(_message(path, text, mistakes))
    return Form(keys.name, path, sheet, tuple(_field(each) for each in keys.field))


def _text_of(path: Path) -> str:
    """The form file as text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FormError(f"{path}: there is no such form file. Check the name and the folder.") from error
    except UnicodeDecodeError as error:
        raise FormError(f"{path}: a form file is text in UTF-8, and this is not. Give the .toml file.") from error
    except OSError as error:
        raise FormError(f"{path}: the form file cannot be read ({error.strerror}). Give a .toml file.") from error


def _sheet(image: Path) -> NDArray[np.uint8]:
    """The first page of the sheet's image as (rows, columns) uint8.

    Raises:
        FormError: there is no such image.
        ScanError: it cannot be read.
    """
    if not image.is_file():
        raise FormError(f"there is no image {image}; put it beside the form file, or correct `image`")
    stored = read_scan(image).image
    gray = stored if stored.ndim == 2 else cv2.cvtColor(stored, cv2.COLOR_BGR2GRAY)
    return gray.astype(np.uint8, copy=False)


def _field(keys: _FieldKeys) -> Field:
    """The field that checked keys describe."""
    if keys.boxes is not None:
        return Field(keys.name, "boxes", np.array([_corners(each) for each in keys.boxes]), (0, len(keys.boxes)))
    if keys.line is None:
        raise ValueError(f"field {keys.name} has neither boxes nor line: that was to be refused before")
    _, _, width, height = keys.line
    most = max(1, math.ceil(width / (height * NARROWEST_DIGIT)))
    fewest, most = keys.digits or (1, most)
    return Field(keys.name, "line", np.array([_corners(keys.line)]), (fewest, most))


def _corners(rectangle: list[float]) -> NDArray[np.float64]:
    """The (4, 2) corners of x, y, width, height: top left, top right, bottom right, bottom left."""
    x, y, width, height = rectangle
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)


def _mistakes(keys: _FormKeys, size: tuple[int, int] | None) -> Iterator[_Mistake]:
    """What types alone do not show: names, sizes and places; `size` is the sheet's (rows, columns), if it is known."""
    first_of: dict[str, int] = {}
    for n, field in enumerate(keys.field):
        at = ("field", n)
        if field.name in first_of:
            first = first_of[field.name] + 1
            yield _Mistake((*at, "name"), f"field {first} is called `{field.name}` too: give each field its own name")
        first_of.setdefault(field.name, n)
        cure = _name_cure(field.name)
        if cure:
            yield _Mistake((*at, "name"), cure)
        if (field.boxes is None) == (field.line is None):
            which = "neither" if field.line is None else "both"
            yield _Mistake(
                at,
                f"field `{field.name}` has {which} of `boxes` and `line`: give `boxes` for a box each digit, or `line`",
            )
        if field.digits is not None:
            yield from _digits_mistakes((*at, "digits"), field)
        for m, rectangle in enumerate(field.boxes or []):
            yield from _rectangle_mistakes((*at, "boxes", m), rectangle, size)
        if field.line is not None:
            yield from _rectangle_mistakes((*at, "line"), field.line, size)


def _name_cure(name: str) -> str:
    """What is wrong with a field's name; empty if nothing is."""
    if name in FIXED_COLUMNS:
        return f"`{name}` is a column that the CSV always has: choose another name, such as `{name}_number`"
    if not name or re.search(r"\s|[^\x20-\U0010ffff]", name):
        return f"a field's name is one word, not {name!r}: join words with `_`"
    if name[0] in "=+-@":
        return f"the name `{name}` would be run as a formula by a spreadsheet: begin it with a letter"
    return ""


def _digits_mistakes(place: tuple[str | int, ...], field: _FieldKeys) -> Iterator[_Mistake]:
    """Limits on the digits that cannot be kept."""
    fewest, most = field.digits or (0, 0)
    if field.line is None:
        yield _Mistake(place, "`digits` goes with `line`: boxes are counted already, take it out")
    elif not 0 <= fewest <= most or most < 1:
        yield _Mistake(place, f"`digits` is [fewest, most], such as [1, 6], not [{fewest}, {most}]")


def _rectangle_mistakes(
    place: tuple[str | int, ...], rectangle: list[float], size: tuple[int, int] | None
) -> Iterator[_Mistake]:
    """A rectangle of no size, or off the sheet."""
    x, y, width, height = rectangle
    key = next(part for part in reversed(place) if isinstance(part, str))
    shown = f"[{', '.join(f'{each:g}' for each in rectangle)}]"
    if width <= 0 or height <= 0:
        yield _Mistake(place, f"{shown} has no size: it is [x, y, width, height], width and height above 0")
    elif size is not None and (x < 0 or y < 0 or x + width > size[1] or y + height > size[0]):
        sheet = f"the sheet, which is {size[1]} wide and {size[0]} high"
        yield _Mistake(place, f"{key}: {shown} is off {sheet}: measure it again")


def _explained(error: ErrorDetails) -> _Mistake:
    """One of pydantic's findings in the words of a form's user."""
    place, kind = tuple(error["loc"]), error["type"]
    key = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        known = list(_FieldKeys.model_fields if place[0] == "field" and len(place) > 1 else _FormKeys.model_fields)
        near = difflib.get_close_matches(key, known, 1, 0.5)
        cure = f"did you mean `{near[0]}`?" if near else f"take it out; the keys here are {', '.join(known)}"
        return _Mistake(place, f"unknown key `{key}`: {cure}")
    if kind == "missing":
        return _Mistake(place, f"`{key}` is missing: add {_EXPECTED[key]}")
    given = "" if isinstance(error["input"], (dict, list)) else f", not {error['input']!r}"
    number = place[place.index("boxes") + 1 :] if "boxes" in place else ()
    which = f"box {int(number[0]) + 1} of `{key}`" if number else f"`{key}`"
    return _Mistake(place, f"{which} should be {_EXPECTED.get(key, 'something else')}{given}")


_EXPECTED: dict[str, Any] = {
    "name": 'a text such as name = "votes"',
    "image": 'the sheet\'s file, such as image = "blank.png"',
    "field": "at least one [[field]] with a name and its boxes or line",
    "boxes": "four numbers, in a list of boxes: boxes = [[x, y, width, height], ...]",
    "line": "four numbers: line = [x, y, width, height]",
    "digits": "two whole numbers: digits = [fewest, most]",
}


def _message(path: Path, text: str, mistakes: list[_Mistake]) -> str:
    """One message for all mistakes, in the order of the file."""
    lines = [(_line_of(text, mistake.place), mistake.text) for mistake in mistakes]
    lines.sort(key=lambda each: each[0])
    if len(lines) == 1:
        line, said = lines[0]
        return f"{path}, line {line}: {said}." if line else f"{path}: {said}."
    shown = [f"  line {line}: {said}" if line else f"  {said}" for line, said in lines]
    return "\n".join([f"{path}: {len(lines)} mistakes in this form:", *shown])


def _line_of(text: str, place: tuple[str | int, ...]) -> int:
    """The line, from 1, that a key's place is on; the line of its table where the key is not there; 0 if unknown."""
    lines = text.splitlines()
    tables = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[?", line) and "=" not in line.split("#")[0]]
    first, end, found = 0, tables[0] if tables else len(lines), 0
    keys = [part for part in place if isinstance(part, str)]
    if place[:1] == ("field",) and len(place) > 1 and isinstance(place[1], int):
        starts = [n for n in tables if re.match(r"\s*\[\[\s*field\s*\]\]", lines[n])]
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
