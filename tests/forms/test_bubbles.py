"""Circles to mark are no zeros, and zeros are no circles to mark."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.pages.binarize import ink_levels, paper_evened
from training.scanning import Spoiling, degrade

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]
ROWS, COLUMNS, SIDE = 7, 6, 90
CIRCLE = 16


def table() -> np.ndarray:
    """A page with a table of empty cells."""
    page = np.full((1100, 900), 255, np.uint8)
    for row in range(ROWS):
        for column in range(COLUMNS):
            corner = 120 + column * SIDE, 150 + row * SIDE
            cv2.rectangle(page, corner, (corner[0] + SIDE, corner[1] + SIDE), 40, 2)
    return page


def middle(row: int, column: int) -> tuple[int, int]:
    return 120 + column * SIDE + SIDE // 2, 150 + row * SIDE + SIDE // 2


def written(page: np.ndarray, image: np.ndarray, at: tuple[int, int]) -> None:
    """Write a digit (28, 28), 255 is ink, in the middle of a cell."""
    glyph = cv2.resize(image, (46, 46), interpolation=cv2.INTER_CUBIC)
    x, y = at[0] - 23, at[1] - 23
    part = page[y : y + 46, x : x + 46]
    np.minimum(part, 255 - glyph, out=part)


def fields_of(page: np.ndarray) -> tuple[Field, ...]:
    how = Spoiling(skew=0.5, blur=0.6, noise=4, jpeg=80, gray=True)
    image, _ = degrade(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), how, np.random.default_rng(2))
    gray = paper_evened(image)
    return find_fields(gray, ink_levels(gray))


@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_only_the_boxes_above_the_circles_are_fields(thickness: int, handwriting: Digits) -> None:
    """As on the answer sheets of exams: a number in boxes, below each digit the circles that say it again."""
    page = table()
    for column in range(COLUMNS):
        written(page, handwriting[0][handwriting[1] == column][3], middle(0, column))
        for row in range(1, ROWS):
            cv2.circle(page, middle(row, column), CIRCLE, 60, thickness, cv2.LINE_AA)
        cv2.circle(page, middle(1 + column, column), CIRCLE + 2, 30, -1, cv2.LINE_AA)
    fields = fields_of(page)
    assert [len(field.quads) for field in fields] == [COLUMNS]
    assert fields[0].quads[:, :, 1].max() < 150 + 1.5 * SIDE


def test_a_table_full_of_handwritten_zeros_stays(handwriting: Digits) -> None:
    zeros = handwriting[0][handwriting[1] == 0]
    page = table()
    for row in range(ROWS):
        for column in range(COLUMNS):
            written(page, zeros[row * COLUMNS + column], middle(row, column))
    assert sum(len(field.quads) for field in fields_of(page)) == ROWS * COLUMNS


def test_a_table_of_circles_alone_is_no_place_to_write() -> None:
    page = table()
    for row in range(ROWS):
        for column in range(COLUMNS):
            cv2.circle(page, middle(row, column), CIRCLE, 60, 2, cv2.LINE_AA)
    assert fields_of(page) == ()
