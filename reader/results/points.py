"""Points that a writer put into a number: where the form has decimals in a free line, and what they say."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reader.digits.marks import marks_between
from reader.forms.field import Field
from reader.forms.rules import ValueRules
from reader.pages.page import transformed
from reader.results.reading import FieldReading

THOUSANDS = 3
"""Digits between two points, but for the last, that part thousands."""


def written_points(
    ink: NDArray[np.uint8],
    to_scan: NDArray[np.float64],
    fields: Sequence[Field],
    readings: Sequence[FieldReading],
    rules: Mapping[str, ValueRules],
) -> dict[str, tuple[int, ...]]:
    """The marks between the digits of each free line that may have decimals.

    Args:
        ink: (rows, columns) uint8 of the page, 0 is paper and 255 is full ink.
        to_scan: (3, 3) homography from the page to the stored image.
        fields: where they are on the page.
        readings: of the fields, boxes in the stored image.
        rules: what the form says of them.
    """
    found: dict[str, tuple[int, ...]] = {}
    from_scan = np.asarray(np.linalg.inv(to_scan), np.float64)
    for field, reading in zip(fields, readings, strict=True):
        boxes = [digit.box for digit in reading.digits if digit.digit]
        known = rules.get(field.name)
        if field.kind == "line" and known is not None and known.decimals and boxes:
            middles = np.array([[box.x + box.width / 2, box.y + box.height / 2] for box in boxes])
            found[field.name] = marks_between(ink, field.quads[0], transformed(middles, from_scan))
    return found


def decimals_of(marks: tuple[int, ...], digits: int, said: int) -> tuple[int, str]:
    """How many digits are behind the point, and what is in doubt about it.

    Args:
        marks: how many digits stand before each point or comma.
        digits: how many there are.
        said: how many the form says are behind the point.
    """
    if not marks:
        return 0, "no decimal point is seen"
    behind = digits - marks[-1]
    parts = np.diff([*marks[:-1], marks[-1]])
    if (parts != THOUSANDS).any():
        return behind, f"{len(marks)} points or commas are seen"
    return behind, "" if behind == said else f"{behind} digits are seen behind the point, and the form says {said}"
