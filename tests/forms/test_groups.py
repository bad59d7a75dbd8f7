"""Boxes in groups, as account numbers and dates have them, are found in all groups whatever hides their walls."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.cells import find_cells
from reader.forms.groups import boxes_of_groups, groups_of
from reader.forms.level import Ruling, find_rulings, pairs_of
from reader.forms.rakes import find_rakes
from reader.forms.strip import Strip
from reader.forms.strips import with_strips
from reader.forms.tables import find_tables

WIDE, HIGH, LEFT, TOP, GAP = 40, 56, 100, 200, 22


def sheet(*counts: int, shade: int = 140, high: int = HIGH) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A page with groups of boxes in thin frames, and the boxes (n, 4) left, top, right, bottom."""
    page = np.full((1200, 1100), 255, np.uint8)
    boxes, left = [], LEFT
    for count in counts:
        for _ in range(count):
            boxes.append([left, TOP, left + WIDE, TOP + high])
            cv2.rectangle(page, (left, TOP), (left + WIDE, TOP + high), shade, 1)
            left += WIDE
        left += GAP
    return page, np.array(boxes, np.float64)


def written(page: NDArray[np.uint8], boxes: NDArray[np.float64]) -> None:
    """A digit in each box that comes close to both its walls."""
    rng = np.random.default_rng(len(boxes))
    for left, _, right, bottom in boxes.astype(int).tolist():
        size = float(rng.uniform(1.2, 1.7))
        (wide, high), _ = cv2.getTextSize("0", cv2.FONT_HERSHEY_SIMPLEX, size, 5)
        foot = bottom - (HIGH - high) // 2 + int(rng.integers(-4, 5))
        at = ((left + right - wide) // 2 + int(rng.integers(-3, 4)), foot)
        cv2.putText(page, str(rng.integers(10)), at, cv2.FONT_HERSHEY_SIMPLEX, size, 0, 5)


def found(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    quads = with_strips(find_cells(page)).quads
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
    return boxes[np.argsort(boxes[:, 0])]


@pytest.mark.parametrize("counts", [(4, 4, 4, 4, 4), (2, 2, 4), (3, 3)])
@pytest.mark.parametrize("blur", [0.4, 1.2])
def test_thin_boxes_in_groups_are_all_found(counts: tuple[int, ...], blur: float) -> None:
    page, boxes = sheet(*counts)
    written(page, boxes)
    page = cv2.GaussianBlur(page, (0, 0), blur)
    assert found(page).shape == boxes.shape
    assert np.abs(found(page) - boxes).max() <= 4


def strip_of(page: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Strip]:
    cells = find_cells(page)
    pair = max(pairs_of(find_rulings(cells.across)), key=lambda pair: np.ptp(pair[0].x))
    return cells.across, cells.down, Strip(*pair)


def test_boxes_that_stand_alone_are_no_groups() -> None:
    page, _ = sheet(1, 1, 1, 1, shade=60)
    across, _, strip = strip_of(page)
    assert groups_of(across, strip) == [strip]


def test_groups_have_the_width_of_box_that_most_walls_bear_out() -> None:
    page, boxes = sheet(4, 4, 4)
    written(page, boxes)
    across, down, strip = strip_of(page)
    groups = groups_of(across, strip)
    assert len(groups) == 3
    assert [len(each) for each in boxes_of_groups(down, groups)] == [4, 4, 4]


def test_words_in_two_frames_are_no_boxes() -> None:
    page = np.full((1200, 1100), 255, np.uint8)
    for left in (100, 420):
        cv2.rectangle(page, (left, TOP), (left + 300, TOP + HIGH), 60, 2)
        cv2.putText(page, "Illinois will", (left + 12, TOP + 40), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    across, down, strip = strip_of(page)
    assert boxes_of_groups(down, groups_of(across, strip)) == []


def test_boxes_with_a_top_are_no_teeth_on_a_line() -> None:
    page, _ = sheet(4, shade=60, high=44)
    cells = find_cells(page)
    assert find_tables(cells)
    assert find_rakes(cells, []) == []
    without_top = page.copy()
    without_top[TOP - 2 : TOP + 12] = 255
    assert [len(rake) for rake in find_rakes(find_cells(without_top), [])] == [4]


def test_rulings_that_cross_hold_no_boxes() -> None:
    page = np.full((1200, 1100), 255, np.uint8)
    cv2.line(page, (100, 200), (900, 262), 0, 2)
    cv2.line(page, (100, 262), (900, 200), 0, 2)
    for x in (100, 300, 700, 900):
        cv2.line(page, (x, 200), (x, 262), 0, 2)
    assert (np.ptp(with_strips(find_cells(page)).quads[:, :, 1], axis=1) < 80).all()
    level = np.array([0.0, 100.0])
    assert Strip(Ruling(level, level), Ruling(level, 60 - level)).height < 13
