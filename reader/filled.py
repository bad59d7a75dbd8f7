"""A form's sheet that is filled in: which of the places on it are there for digits, by what is written in them."""

import re
from collections import defaultdict

from reader.digits.classifier import Classifier
from reader.forms.field import Field
from reader.pages.page import Page
from reader.pipeline import ANYWHERE, read_fields
from reader.results.fields import is_worth_keeping
from reader.results.reading import FieldReading

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
    lanes: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for field, reading in zip(fields, readings, strict=True):
        for lane in _lanes(field):
            lanes[lane].append(_is_no_number(field, reading))
    kept = []
    for field, reading in zip(fields, readings, strict=True):
        beside = [lanes[lane] for lane in _lanes(field)]
        if not beside:
            is_none = _is_no_number(field, reading)
        else:
            is_none = any(sum(lane) > MOST_REJECTED * len(lane) for lane in beside)
        if not is_none:
            kept.append(field)
    return tuple(kept)


def _lanes(field: Field) -> list[tuple[str, str]]:
    """The row and the column of its table that a cell is in."""
    found = re.fullmatch(r"(t\d+)_(r\d+)_(c\d+)", field.name)
    return [(found[1], found[2]), (found[1], found[3])] if found else []


def _is_no_number(field: Field, reading: FieldReading) -> bool:
    """Whether what is written in a field is for the most part no digits."""
    if field.kind == "line":
        return not is_worth_keeping(field, reading)
    doubtful = sum(digit.status in ("rejected", "review") for digit in reading.digits)
    rejected = sum(digit.status == "rejected" for digit in reading.digits)
    return rejected > 0 and doubtful > MOST_REJECTED * len(reading.digits)
