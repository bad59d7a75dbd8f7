"""A form's sheet that is filled in: which of the places on it are there for digits, by what is written in them."""

import re
from collections import defaultdict

from reader.digits.classifier import Classifier
from reader.forms.field import Field
from reader.pages.page import Page
from reader.pipeline import ANYWHERE, read_fields
from reader.results.fields import is_worth_keeping
from reader.results.reading import FieldReading

Lane = tuple[str, str]
"""A row or a column, by the names of its table and of it."""
MOST_REJECTED = 0.5
"""Share of a field's boxes, or of a table's row or column, that may hold writing that is no digit."""


def for_digits(page: Page, fields: tuple[Field, ...], classifier: Classifier) -> tuple[Field, ...]:
    """Those of the places found on a filled sheet that hold digits, or nothing: not words, not the holes of letters.

    A cell with something else in it stays where others of its row and of its column hold digits or nothing: it may be
    crossed out.

    Args:
        page: the sheet, upright.
        fields: what the layout found on it.
        classifier: reads crops.
    """
    readings = read_fields(page, fields, classifier, ANYWHERE)
    are_none = [_is_no_number(field, reading) for field, reading in zip(fields, readings, strict=True)]
    lanes = [_lanes(field) for field in fields]
    left_out: set[Lane] = set()
    for way in (1, 0):  # by columns, then by rows, in which labels do not count
        held: dict[Lane, list[bool]] = defaultdict(list)
        for lane, is_none in zip(lanes, are_none, strict=True):
            if lane and not left_out & set(lane):
                held[lane[way]].append(is_none)
        left_out |= {lane for lane, cells in held.items() if sum(cells) > MOST_REJECTED * len(cells)}
    return tuple(
        field
        for field, lane, is_none in zip(fields, lanes, are_none, strict=True)
        if (not left_out & set(lane) if lane else not is_none)
    )


def _lanes(field: Field) -> tuple[Lane, ...]:
    """The row and the column of its table that a cell is in."""
    found = re.fullmatch(r"(t\d+)_(r\d+)_(c\d+)", field.name)
    return ((found[1], found[2]), (found[1], found[3])) if found else ()


def _is_no_number(field: Field, reading: FieldReading) -> bool:
    """Whether what is written in a field is for the most part no digits."""
    if field.kind == "line":
        return not is_worth_keeping(field, reading)
    doubtful = sum(digit.status in ("rejected", "review") for digit in reading.digits)
    rejected = sum(digit.status == "rejected" for digit in reading.digits)
    return rejected > 0 and doubtful > MOST_REJECTED * len(reading.digits)
