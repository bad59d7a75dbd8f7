"""The digits of a field -> its reading: value, status and reason, with boxes in the stored image."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reader.digits.decode import Digit
from reader.forms.columns import column_mates
from reader.forms.field import Field
from reader.pages.page import transformed
from reader.results.reading import Box, DigitReading, FieldReading, Status

CONVINCING = 0.8
"""A line that no form asks for is digits where they are this sure, on (geometric) average; else it is words."""
CONVINCING_IN_BOX = 0.5
"""And in a box for several digits where they are this sure, on (arithmetic) average."""
CELL = re.compile(r"t(?P<table>\d+)_r(?P<row>\d+)_c(?P<column>\d+)")
"""The name of a cell of a table."""
FEWEST_NUMBERS = 2
"""Numbers in a column of which the rest is taken for numbers, too, unless more of it is words."""


def field_reading(
    field: Field, digits: Sequence[Digit], to_scan: NDArray[np.float64], size: tuple[int, int]
) -> FieldReading:
    """Put the digits of a field together.

    Args:
        field: where they were read.
        digits: one for each box, or those found on a line; one at least.
        to_scan: (3, 3) homography from the pixels of the page to those of the stored image.
        size: rows and columns of the stored image, which boxes do not leave.
    """
    # A line stands or falls as a whole: where one digit is in doubt, so is where the others begin and end.
    doubtful = field.kind == "line" and any(digit.status == "review" for digit in digits)
    readings = tuple(
        DigitReading(
            place,
            digit.value,
            digit.confidence,
            digit.second,
            digit.second_confidence,
            "review" if doubtful and digit.status == "ok" else digit.status,
            _box(transformed(digit.outline, to_scan), size),
        )
        for place, digit in enumerate(digits)
    )
    status, reason = _status(readings, field.kind == "boxes")
    value = "".join(digit.digit for digit in readings)
    confidence = float(np.prod([digit.confidence for digit in readings]))
    box = _box(transformed(field.quads, to_scan).reshape(-1, 2), size)
    return FieldReading(field.name, value, confidence, status, reason, box, readings)


def doubted(reading: FieldReading, reason: str) -> FieldReading:
    """The reading of a field for review, its digits too, for a reason that lies outside of them."""
    if reading.status not in ("ok", "review"):
        return reading
    digits = tuple(replace(digit, status="review") if digit.status == "ok" else digit for digit in reading.digits)
    reasons = "; ".join(filter(None, (reason, reading.reason)))
    return replace(reading, status="review", reason=reasons, digits=digits)


def is_worth_keeping(field: Field, reading: FieldReading) -> bool:
    """Whether a field that no form asked for is one: a lone box or a line of words is not."""
    if field.kind == "boxes":
        return len(field.quads) > 1 or reading.status != "rejected" or field.name.startswith("t")
    if reading.status == "blank":
        return True
    sure = [digit.confidence for digit in reading.digits if digit.digit]
    if field.digits[0] == 0:
        return bool(sure) and float(np.mean(sure)) >= CONVINCING_IN_BOX
    return len(sure) >= min(2, field.digits[1]) and float(np.exp(np.mean(np.log(np.maximum(sure, 1e-6))))) >= CONVINCING


def worth_keeping(fields: Sequence[Field], readings: Sequence[FieldReading]) -> tuple[FieldReading, ...]:
    """The readings of those fields that no form asked for that are fields, in their order.

    Writing in a column of numbers stays, rejected: no number is missing without a word. The first row of a table has
    headings.
    """
    numbers, words = Counter[str](), Counter[str]()
    columns = [_column(field) for field in fields]
    worth = [is_worth_keeping(field, reading) for field, reading in zip(fields, readings, strict=True)]
    among_numbers = _among_numbers(fields, readings, worth)
    for column, reading, is_worth in zip(columns, readings, worth, strict=True):
        if column and reading.status != "blank":
            (numbers if is_worth and reading.value else words)[column] += 1
    return tuple(
        reading
        for column, reading, is_worth, is_among in zip(columns, readings, worth, among_numbers, strict=True)
        if is_worth or is_among or (column and numbers[column] >= max(FEWEST_NUMBERS, words[column]))
    )


def _among_numbers(fields: Sequence[Field], readings: Sequence[FieldReading], worth: Sequence[bool]) -> list[bool]:
    """Which fields are free lines in a column, a number above each, of which no fewer are numbers than words."""
    free = [place for place, field in enumerate(fields) if field.kind == "line" and field.digits[0] > 0]
    quads = np.array([fields[place].quads[0] for place in free]).reshape(-1, 4, 2)
    mates, level = column_mates(quads), quads[:, :, 1].mean(axis=1)
    is_number = np.array([worth[place] and bool(readings[place].value) for place in free], bool)
    numbers, words = (mates & is_number).sum(axis=1), (mates & ~is_number).sum(axis=1)
    is_heading = ~(mates & is_number & (level < level[:, None])).any(axis=1)
    kept = {free[at] for at in np.flatnonzero((numbers >= np.maximum(FEWEST_NUMBERS, words)) & ~is_heading)}
    return [place in kept for place in range(len(fields))]


def _column(field: Field) -> str:
    """The table and the column that a cell for a number is in; nothing for other fields and for headings."""
    cell = CELL.fullmatch(field.name) if field.kind == "line" else None
    return f"{cell['table']} {cell['column']}" if cell and cell["row"] != "1" else ""


def _status(digits: Sequence[DigitReading], boxed: bool) -> tuple[Status, str]:
    """The status of a field and why a person should look at it."""
    if all(digit.status == "blank" for digit in digits):
        return "blank", ""
    if not any(digit.digit for digit in digits):
        return "rejected", "there is writing, but no digit"
    what = "box" if boxed else "digit"
    doubts = []
    for digit in digits:
        if digit.status == "rejected":
            doubts.append(f"{what} {digit.position + 1} holds no digit")
        elif digit.status == "review":
            other = f" or {digit.second_digit} ({digit.second_confidence:.2f})" if digit.second_digit else ""
            doubts.append(f"{what} {digit.position + 1} may be {digit.digit} ({digit.confidence:.2f}){other}")
    return ("review", "; ".join(doubts)) if doubts else ("ok", "")


def _box(points: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """The upright rectangle around points (n, 2), as far as it lies in an image of `size` (rows, columns)."""
    last = np.array([size[1] - 1, size[0] - 1])
    left, top = np.clip(np.floor(points.min(axis=0)), 0, last).astype(int)
    right, bottom = np.clip(np.ceil(points.max(axis=0)), 1, last + 1).astype(int)
    return Box(int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top)))
