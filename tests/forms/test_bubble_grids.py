"""Circles to mark, printed close together below the boxes of a number, and the black bar above them, are no fields."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.bubble_grids import grids
from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.pages.binarize import ink_levels, paper_evened
from training.scanning import Spoiling, degrade

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]
LEFT, TOP, PITCH, COLUMNS = 500, 300, 46, 7
BAR, BOX = 70, 74
"""Heights of the bar and of the boxes below it."""


def sheet(digits: Digits, tinted: bool) -> np.ndarray:
    """A page with the number of a student, in boxes and in circles below them: (rows, columns), 255 is paper."""
    page = np.full((1600, 1150), 255, np.uint8)
    right, base = LEFT + COLUMNS * PITCH, TOP + BAR + BOX
    bottom = base + 10 * PITCH + 20
    if tinted:
        for column in range(0, COLUMNS, 2):
            page[TOP:bottom, LEFT + column * PITCH : LEFT + (column + 1) * PITCH] = 225
    cv2.rectangle(page, (LEFT - 90, TOP), (right + 40, bottom), 0, 3)
    cv2.rectangle(page, (LEFT - 90, TOP), (right + 40, TOP + BAR), 0, -1)
    cv2.putText(page, "STUDENT NUMBER", (LEFT - 60, TOP + 48), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 255, 3, cv2.LINE_AA)
    cv2.line(page, (LEFT - 90, base), (right + 40, base), 0, 2)
    for column in range(COLUMNS + 1):
        cv2.line(page, (LEFT + column * PITCH, TOP + BAR), (LEFT + column * PITCH, base), 0, 2)
    cv2.line(page, (LEFT, base), (LEFT, bottom), 0, 2)
    cv2.line(page, (right, base), (right, bottom), 0, 2)
    for column in range(COLUMNS):
        glyph = cv2.resize(digits[0][digits[1] == column][5], (40, 40), interpolation=cv2.INTER_CUBIC)
        x = LEFT + column * PITCH + 3
        np.minimum(page[TOP + BAR + 16 :][:40, x : x + 40], 255 - glyph, out=page[TOP + BAR + 16 :][:40, x : x + 40])
        for row in range(10):
            middle = LEFT + column * PITCH + PITCH // 2, base + 10 + row * PITCH + PITCH // 2
            cv2.circle(page, middle, 19, 30, 2, cv2.LINE_AA)
            at = middle[0] - 8, middle[1] + 9
            cv2.putText(page, str(row), at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
            if row == column:
                cv2.circle(page, middle, 19, 70, -1, cv2.LINE_AA)
    return page


def fields_of(page: np.ndarray) -> tuple[Field, ...]:
    how = Spoiling(skew=0.7, blur=0.7, noise=4, jpeg=80, gray=True)
    image, _ = degrade(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), how, np.random.default_rng(3))
    gray = paper_evened(image)
    return find_fields(gray, ink_levels(gray))


@pytest.mark.parametrize("tinted", [False, True])
def test_of_a_number_with_circles_only_its_boxes_are_fields(tinted: bool, handwriting: Digits) -> None:
    boxes = [quad for field in fields_of(sheet(handwriting, tinted)) if field.kind == "boxes" for quad in field.quads]
    middles = np.array([quad.mean(axis=0) for quad in boxes])
    in_row = np.abs(middles[:, 1] - (TOP + BAR + BOX / 2)) < 30
    written = in_row & (middles[:, 0] > LEFT) & (middles[:, 0] < LEFT + COLUMNS * PITCH)
    assert written.sum() == COLUMNS
    high = np.array([np.ptp(quad[:, 1]) for quad in boxes])
    assert (in_row | (high > 400)).all()  # the frame has a high cell on either side of the circles


def test_handwriting_is_no_grid_of_circles(handwriting: Digits) -> None:
    """Zeros in rows and columns, as large as each other: the roundest 60 there are."""
    zeros = handwriting[0][handwriting[1] == 0]
    spread = [
        abs(np.ptp(np.nonzero(zero.max(axis=0) > 99)) - np.ptp(np.nonzero(zero.max(axis=1) > 99))) for zero in zeros
    ]
    page = np.zeros((600, 700), np.uint8)
    for n, zero in enumerate(zeros[np.argsort(spread, kind="stable")[:60]]):
        y, x = 50 + 45 * (n // 10), 60 + 45 * (n % 10)
        page[y : y + 36, x : x + 36] = cv2.resize(zero, (36, 36), interpolation=cv2.INTER_CUBIC)
    assert grids(page)[0].mean() < 0.02
