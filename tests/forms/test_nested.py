"""Boxes with a frame of their own in the cells of a table are the fields, not the cells around them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.pages.binarize import ink_levels
from reader.pages.deskew import deskewed
from reader.pages.page import page_of, transformed
from reader.pages.scan import Scan

ROWS, HIGH, BOX = 6, 71, (59, 55)
LEFT, TOP, FIRST = 120, 640, 990
"""Of the table; column of the first box of a row."""


def page(gap: int, boxes: int, degrees: float = 0.0) -> NDArray[np.uint8]:
    """A table with a number of boxes in the last cell of each row, as on sheets of election results."""
    gray = np.full((2339, 1654), 255, np.uint8)
    for row in range(ROWS + 1):
        cv2.line(gray, (LEFT, TOP + row * HIGH), (1500, TOP + row * HIGH), 0, 1)
    for x in (LEFT, 200, 945, 1500):
        cv2.line(gray, (x, TOP), (x, TOP + ROWS * HIGH), 0, 2)
    for row in range(ROWS):
        for x, y in corners(gap, boxes)[row]:
            cv2.rectangle(gray, (x, y), (x + BOX[0], y + BOX[1]), 0, 2)
        cv2.putText(gray, "Name", (220, TOP + row * HIGH + 48), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
    turn = cv2.getRotationMatrix2D((800, 1100), degrees, 1.0)
    return np.asarray(cv2.GaussianBlur(cv2.warpAffine(gray, turn, gray.shape[::-1], borderValue=255), (0, 0), 0.7))


def corners(gap: int, boxes: int) -> list[list[tuple[int, int]]]:
    """The upper left corner of each box of each row."""
    return [[(FIRST + n * (BOX[0] + gap), TOP + row * HIGH + 8) for n in range(boxes)] for row in range(ROWS)]


def found_on(gray: NDArray[np.uint8]) -> tuple[tuple[Field, ...], NDArray[np.float64]]:
    """The fields of a page, and what takes its pixels to those of the scan."""
    straight = deskewed(page_of(Scan("page.png", 1, gray)))
    return find_fields(straight.gray, ink_levels(straight.gray)), straight.to_scan


@pytest.mark.parametrize("degrees", [0.0, 1.3, -0.8])
@pytest.mark.parametrize(("gap", "boxes"), [(4, 3), (26, 2), (26, 1)])
def test_boxes_in_the_cells_of_a_table_are_found(gap: int, boxes: int, degrees: float) -> None:
    """They were read as a line of writing: its cell from side to side, the walls of the boxes as ones."""
    fields, to_scan = found_on(page(gap, boxes, degrees))
    turn = np.vstack([cv2.getRotationMatrix2D((800, 1100), degrees, 1.0), [0, 0, 1]])
    back = np.linalg.inv(turn) @ to_scan
    places = np.array([transformed(quad, back) for field in fields for quad in field.quads])
    for x, y in (corner for row in corners(gap, boxes) for corner in row):
        middle = np.array([x + BOX[0] / 2, y + BOX[1] / 2])
        (place,) = places[((places.min(axis=1) < middle) & (middle < places.max(axis=1))).all(axis=1)]
        assert np.abs(place.mean(axis=0) - middle).max() < 5
        assert np.abs(np.ptp(place, axis=0) - BOX).max() < 16


def test_loops_of_zeros_in_cells_are_no_boxes() -> None:
    gray = page(0, 0)
    for row in range(ROWS):
        for n in range(3):
            cv2.ellipse(gray, (1010 + 60 * n, TOP + row * HIGH + 36), (19, 25), 0, 0, 360, 20, 4)
    fields, _ = found_on(gray)
    cells = [field for field in fields if field.quads[0][0, 0] > 930]
    assert len(cells) == ROWS
    assert all(np.ptp(field.quads[0][:, 0]) > 500 for field in cells)
