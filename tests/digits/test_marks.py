"""Points and commas between written digits: found where they are, and not where there are none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.marks import marks_between

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]
TOP, HIGH, STEP = 30, 56, 50


def line(handwriting: Digits, seed: int, marks: dict[int, str]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A line of five real digits with marks before some: the page's ink, and the digits' middles."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((120, 400), np.float32)
    middles, x = [], 40
    for n, index in enumerate(rng.integers(0, len(handwriting[0]), 5)):
        if n in marks:
            foot = TOP + HIGH - 8
            if marks[n] == ".":
                cv2.circle(ink, (x + 4, foot), 3, 1.0, -1)
            else:
                cv2.line(ink, (x + 6, foot - 4), (x, foot + 12), 1.0, 4)
            x += 14
        rows = np.flatnonzero(handwriting[0][index].any(axis=1))
        glyph = cv2.resize(handwriting[0][index][rows[0] : rows[-1] + 1], (40, HIGH - 8)) / 255
        ink[TOP : TOP + HIGH - 8, x : x + 40] = np.maximum(ink[TOP : TOP + HIGH - 8, x : x + 40], glyph)
        middles.append([x + 20, TOP + HIGH / 2 - 4])
        x += STEP - 4
    return (ink * 255).astype(np.uint8), np.array(middles, np.float64)


QUAD = np.array([[10, 10], [390, 10], [390, 110], [10, 110]], np.float64)


@pytest.mark.parametrize("mark", [".", ","])
def test_marks_are_found_where_they_are(handwriting: Digits, mark: str) -> None:
    found = [marks_between(ink, QUAD, middles) for ink, middles in (line(handwriting, n, {3: mark}) for n in range(40))]
    assert sum(each == (3,) for each in found) >= 36


def test_no_marks_are_found_between_digits_alone(handwriting: Digits) -> None:
    found = [marks_between(*rest) for rest in ((i, QUAD, m) for i, m in (line(handwriting, n, {}) for n in range(40)))]
    assert sum(each == () for each in found) >= 38
