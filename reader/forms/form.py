"""A form: where the digits are on its sheet and what they must keep, read from a TOML file, checked to the last key."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FormError, ReaderError
from reader.forms.field import Field
from reader.forms.keys import ChoicesFile, FieldKeys, FormKeys, RuleKeys, ValueKeys
from reader.forms.messages import Mistake, message
from reader.forms.mistakes import Size, find_mistakes, matching, placed_fields
from reader.forms.rules import Across, ValueRules
from reader.forms.salvage import checked, further
from reader.pages.scan import read_scan

NARROWEST_DIGIT = 1 / 3
"""Width of a digit, as a share of its line's height, below which few are written: for a line without `digits`."""

Choices = dict[int, frozenset[str]]
"""Of each field, by its number among all of the form, the values that may be."""


@dataclass(frozen=True, slots=True)
class Form:
    """One page of a form, as its file says.

    Attributes:
        name: what the CSV calls it.
        file: the TOML file that it was read from, for messages.
        sheet: (rows, columns) uint8, the image that the fields are measured on, as stored; dark is ink.
        fields: the fields in the order of the file, their quads in pixels of the sheet.
        rules: what the form says of the value of a field, by the field's name; nothing for those left out.
        across: what holds between fields.
        number: which page of the form this is, from 1.
    """

    name: str
    file: Path
    sheet: NDArray[np.uint8]
    fields: tuple[Field, ...]
    rules: Mapping[str, ValueRules] = field(default_factory=dict)
    across: tuple[Across, ...] = ()
    number: int = 1

    def __post_init__(self) -> None:
        if self.sheet.ndim != 2 or self.sheet.dtype != np.uint8 or self.sheet.size == 0:
            raise ValueError(f"a sheet is (rows, columns) uint8, not {self.sheet.shape} {self.sheet.dtype}")
        if not self.name or not self.fields or self.number < 1:
            raise ValueError("a form has a name and at least one field, and its pages count from 1")
        names = {each.name for each in self.fields}
        if len(names) < len(self.fields):
            raise ValueError("a form's fields have names of their own")
        if not {*self.rules, *(name for rule in self.across for name in rule.all_names)} <= names:
            raise ValueError("a form's rules are about its fields")


def load(path: Path) -> tuple[Form, ...]:
    """Read a form file and the sheets beside it; a form for each of its pages, most have one.

    Raises:
        FormError: anything wrong with them; one message names the file and every mistake in it with its line, its
            key and its cure.
    """
    text = text_of(path)
    keys, wrong = checked(path, text)
    images = [page.image for page in keys.page] if keys.page else [keys.image] if keys.image else []
    sheets: list[NDArray[np.uint8] | None] = []
    mistakes: list[Mistake] = []
    for n, image in enumerate(images):
        try:
            sheets.append(_sheet(path.parent / image))
        except ReaderError as error:
            place = ("page", n, "image") if keys.page else ("image",)
            mistakes.append(Mistake(place, f"the sheet cannot be read: {error}"))
            sheets.append(None)
    sizes: list[Size | None] = [None if sheet is None else (sheet.shape[0], sheet.shape[1]) for sheet in sheets]
    mistakes += find_mistakes(keys, sizes)
    choices = _choices(path, keys, mistakes)
    mistakes = wrong + further(mistakes, wrong)
    if mistakes:
        raise FormError(message(path, text, mistakes))
    whole = [sheet for sheet in sheets if sheet is not None]
    return tuple(_page(path, keys, sheet, n, choices) for n, sheet in enumerate(whole, start=1))


def keys_of(path: Path, text: str) -> FormKeys:
    """The keys of a form file, their types checked.

    Raises:
        FormError: it is no TOML, or not these keys.
    """
    keys, wrong = checked(path, text)
    if wrong:
        raise FormError(message(path, text, wrong))
    return keys


def text_of(path: Path) -> str:
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


def _choices(path: Path, keys: FormKeys, mistakes: list[Mistake]) -> Choices:
    """The values that fields may have; what is wrong with the files that list them is added to the mistakes."""
    found: Choices = {}
    said = set()
    for n, (place, each) in enumerate(placed_fields(keys)):
        if each.choices is None:
            continue
        try:
            found[n] = _valid(path.parent, each.choices)
        except FormError as error:
            if place not in said:
                mistakes.append(Mistake((*place, "choices"), str(error)))
            said.add(place)
    return found


def _valid(folder: Path, given: list[str] | ChoicesFile) -> frozenset[str]:
    """The values that `choices` lists, here or in a file."""
    return _column(folder, given) if isinstance(given, ChoicesFile) else frozenset(given)


def _column(folder: Path, given: ChoicesFile) -> frozenset[str]:
    """The values in a column of a CSV.

    Raises:
        FormError: the file cannot be read, or has no such column, or nothing in it.
    """
    file = folder / given.file
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            if given.column not in (table.fieldnames or []):
                known = ", ".join(table.fieldnames or []) or "none"
                raise FormError(f"{file} has no column `{given.column}`; its columns are {known}")
            values = frozenset((row[given.column] or "").strip() for row in table) - {""}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormError(f"{file} cannot be read as CSV in UTF-8 ({error}); put it beside the form file") from error
    if not values:
        raise FormError(f"{file} has nothing in its column `{given.column}`")
    return values


def _page(path: Path, keys: FormKeys, sheet: NDArray[np.uint8], number: int, choices: Choices) -> Form:
    """One page of the form that checked keys describe."""
    here = [(n, each) for n, (_, each) in enumerate(placed_fields(keys)) if (each.page or 1) == number]
    fields = tuple(_field(each) for _, each in here)
    rules = {each.name: _rules(each, choices.get(n)) for n, each in here}
    names = [each.name for each in fields]
    across = [rule for rule in (_across(each, names) for each in keys.rule or []) if set(rule.all_names) <= set(names)]
    return Form(keys.name, path, sheet, fields, rules, tuple(across), number)


def _field(keys: FieldKeys) -> Field:
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


def _rules(keys: ValueKeys, choices: frozenset[str] | None) -> ValueRules:
    """What checked keys say of a value."""
    lengths = [keys.length] if isinstance(keys.length, int) else keys.length
    return ValueRules(
        decimals=keys.decimals or 0,
        mask=keys.mask or "",
        blank=keys.blank,
        cross=keys.cross,
        align=keys.align or "",
        least=None if keys.min is None else Decimal(str(keys.min)),
        most=None if keys.max is None else Decimal(str(keys.max)),
        length=(lengths[0], lengths[-1]) if lengths else None,
        pattern=keys.pattern or "",
        choices=choices,
        check=keys.check,
        date=keys.date or "",
    )


def _across(keys: RuleKeys, names: list[str]) -> Across:
    """The rule between fields that checked keys describe, its stars replaced by names."""
    if keys.sum is not None and keys.equals is not None:
        parts = [name for name in matching(keys.sum, names) if name != keys.equals]
        return Across("sum", tuple(parts) or tuple(keys.sum), keys.equals)
    if keys.order is not None:
        return Across("order", tuple(matching(keys.order, names)) or tuple(keys.order))
    return Across("date", tuple(keys.date or ()))
