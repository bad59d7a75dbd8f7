"""Small boxes are found by the outline of their frame, whatever is written in them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.framed import with_frames

BOX = np.array([[120, 200], [160, 200], [160, 250], [120, 250]], float)


def page_with_a_box(skew: float = 0.0) -> np.ndarray:
    """A box of 40 x 50 pixels with strokes all over it, as a bold digit has them."""
    page = np.full((1600, 1200), 255, np.uint8)
    corners = BOX.copy()
    corners[:, 1] += skew * (corners[:, 0] - 140)
    cv2.polylines(page, [corners.round().astype(np.int32)], True, 30, 3)
    for stroke in ([[126, 214], [153, 212]], [[140, 210], [139, 243]], [[127, 232], [154, 230]]):
        cv2.polylines(page, [np.array(stroke, np.int32)], False, 40, 6)
    return page


def found(page: np.ndarray, none_before: bool = True) -> np.ndarray:
    cells = find_cells(page)
    return with_frames(replace(cells, quads=cells.quads[:0]) if none_before else cells).quads


@pytest.mark.parametrize("skew", [0.0, 0.04, -0.04])
def test_a_box_is_where_the_middle_of_its_frame_is(skew: float) -> None:
    (box,) = found(page_with_a_box(skew))
    expected = BOX.copy()
    expected[:, 1] += skew * (expected[:, 0] - 140)
    assert np.abs(box - expected).max() < 2.5


def test_strokes_in_a_box_part_it_no_more() -> None:
    cells = find_cells(page_with_a_box())
    halves = np.array(
        [[[120, 200], [160, 200], [160, 230], [120, 230]], [[120, 230], [160, 230], [160, 250], [120, 250]]]
    )
    assert len(with_frames(replace(cells, quads=halves.astype(float))).quads) == 1


def test_the_boxes_of_a_comb_stay() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.rectangle(page, (120, 200), (320, 250), 30, 3)
    boxes = []
    for wall in range(5):
        cv2.line(page, (120 + 40 * wall, 200), (120 + 40 * wall, 250), 30, 3)
        boxes.append(BOX + np.array([40 * wall, 0]))
    cells = replace(find_cells(page), quads=np.array(boxes))
    np.testing.assert_array_equal(with_frames(cells).quads, cells.quads)


def test_letters_bars_and_rings_are_no_boxes() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.putText(page, "BOQDR08", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 20, 5, cv2.LINE_AA)
    cv2.rectangle(page, (100, 300), (300, 350), 20, -1)
    cv2.circle(page, (200, 500), 28, 20, 4, cv2.LINE_AA)
    cv2.rectangle(page, (100, 600), (900, 900), 20, 3)  # around a text
    assert len(found(page)) == 0
