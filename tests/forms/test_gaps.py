"""Boxes with little paper between them end at their own walls; a comb's wall and a 1 beside it are not two walls."""

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.gaps import parted

WIDE, HIGH, LEFT, TOP = 40, 50, 60, 80


def page(gap: int, count: int = 5) -> tuple[NDArray[np.uint8], list[NDArray[np.float64]]]:
    """Separate boxes with walls 5 pixels wide, and quadrilaterals from the middle of one gap to that of the next."""
    gray = np.full((220, 400), 255, np.uint8)
    pitch = WIDE + gap
    for n in range(count):
        cv2.rectangle(gray, (LEFT + n * pitch, TOP), (LEFT + n * pitch + WIDE, TOP + HIGH), 70, 5)
    edges = [LEFT, *(LEFT + n * pitch - gap / 2 for n in range(1, count)), LEFT + count * pitch - gap]
    pairs = itertools.pairwise(edges)
    return gray, [np.array([[a, TOP], [b, TOP], [b, TOP + HIGH], [a, TOP + HIGH]], np.float64) for a, b in pairs]


@pytest.mark.parametrize("gap", [10, 13])
def test_each_box_ends_at_its_own_walls(gap: int) -> None:
    gray, row = page(gap)
    row[2][[1, 2], 0] += gap / 2  # one taken for the wall of the next box
    row[3][[0, 3], 0] += gap / 2
    for n, box in enumerate(parted(gray, row)):
        left = LEFT + n * (WIDE + gap)
        assert np.abs(box[:, 0] - [left, left + WIDE, left + WIDE, left]).max() <= 2


def test_a_comb_stays_as_it_is_with_a_stroke_beside_its_wall() -> None:
    gray, row = page(0)
    for n in range(5):
        cv2.line(gray, (LEFT + n * WIDE + 9, TOP + 6), (LEFT + n * WIDE + 9, TOP + HIGH - 6), 40, 4)
    for box, before in zip(parted(gray, row), row, strict=True):
        np.testing.assert_array_equal(box, before)


def test_a_stroke_that_ends_above_the_foot_of_a_wall_is_no_second_one() -> None:
    """Where a wall is found a little beside its place, the middle of a 5 and the wall looked like two walls."""
    gray, row = page(0, 2)
    row[0][[1, 2], 0] += 5
    row[1][[0, 3], 0] += 5
    cv2.line(gray, (LEFT + WIDE + 11, TOP + 6), (LEFT + WIDE + 11, TOP + 28), 90, 5)
    cv2.line(gray, (LEFT + WIDE + 13, TOP + 8), (LEFT + WIDE + 30, TOP + 8), 90, 5)
    for box, before in zip(parted(gray, row), row, strict=True):
        np.testing.assert_array_equal(box, before)
