"""Rows of boxes are found by their walls whatever is written over them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.cells import find_cells
from reader.forms.level import Ruling, find_rulings, pairs_of
from reader.forms.rows import with_rows
from reader.forms.strips import with_strips
from reader.forms.tables import find_tables

WIDE, HIGH, LEFT, TOP = 44, 56, 120, 200


def sheet(count: int, gap: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A page with a row of boxes, and the boxes (n, 4) left, top, right, bottom."""
    page = np.full((1200, 900), 255, np.uint8)
    boxes = np.array([[LEFT + n * (WIDE + gap), TOP, LEFT + n * (WIDE + gap) + WIDE, TOP + HIGH] for n in range(count)])
    for left, top, right, bottom in boxes.tolist():
        cv2.rectangle(page, (left, top), (right, bottom), 60, 2)
    return page, boxes.astype(np.float64)


def found(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Left, top, right and bottom of what is found, from left to right."""
    quads = with_strips(find_cells(page)).quads
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
    return boxes[np.argsort(boxes[:, 0])]


@pytest.mark.parametrize("gap", [0, 9, 20])
def test_digits_from_wall_to_wall_hide_no_box(gap: int) -> None:
    page, boxes = sheet(7, gap)
    for n, (left, top, right, bottom) in enumerate(boxes.astype(int).tolist()):
        middle = ((left + right) // 2, (top + bottom) // 2)
        cv2.ellipse(page, middle, (WIDE // 2 - 6, HIGH // 2 - 2), 0, 0, 360, 0, 4)
        if n % 2:  # bars across, as those of a 4, a 5, a 7
            cv2.line(page, (left - 2, middle[1]), (right + 2, middle[1] - 2), 0, 4)
    assert found(page).shape == boxes.shape
    assert np.abs(found(page) - boxes).max() <= 4


def test_bars_alone_do_not_part_a_row() -> None:
    page, boxes = sheet(5)
    cv2.line(page, (LEFT + WIDE // 2, TOP + 3), (LEFT + WIDE // 2, TOP + HIGH - 3), 0, 5)
    assert np.abs(found(page) - boxes).max() <= 4


def test_a_frame_around_boxes_does_not_take_their_place() -> None:
    page, boxes = sheet(4, 12)
    cv2.rectangle(page, (LEFT - 60, TOP - 80), (LEFT + 420, TOP + 500), 60, 2)
    inner = [box for box in found(page) if box[3] - box[1] < 2 * HIGH]
    assert np.abs(np.array(inner) - boxes).max() <= 4


def test_a_box_that_a_dash_cuts_in_two_is_found_by_the_boxes_beside_it() -> None:
    page, boxes = sheet(5, 12)
    left, top, right, bottom = boxes[2].astype(int).tolist()
    cv2.line(page, (left - 4, (top + bottom) // 2), (right + 4, (top + bottom) // 2), 0, 4)
    cv2.line(page, ((left + right) // 2, top + 2), ((left + right) // 2, bottom - 2), 0, 4)
    quads = with_rows(with_strips(find_cells(page))).quads
    seen = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
    assert np.abs(seen[np.argsort(seen[:, 0])] - boxes).max() <= 4


def test_no_box_is_added_where_there_is_none() -> None:
    page, boxes = sheet(3, 12)
    cv2.putText(page, "units", (LEFT + 3 * (WIDE + 12), TOP + HIGH), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    cells = with_strips(find_cells(page))
    assert len(with_rows(cells).quads) == len(boxes)


def ruling(left: int, right: int, y: int) -> Ruling:
    return Ruling(np.array([left, right], float), np.array([y, y], float))


def test_rulings_with_others_between_are_no_top_and_bottom_of_a_row() -> None:
    top, bottom = ruling(100, 500, 100), ruling(100, 500, 200)
    parts = [ruling(100, 290, 150), ruling(310, 500, 151)]
    assert pairs_of([top, bottom]) == [(top, bottom)]
    assert (top, bottom) not in pairs_of([top, *parts, bottom])
    assert (top, bottom) in pairs_of([top, parts[0], bottom])


def test_strokes_near_the_ends_of_a_wide_box_do_not_make_it_narrower() -> None:
    page = np.full((1200, 900), 255, np.uint8)
    cv2.rectangle(page, (LEFT, TOP), (LEFT + 420, TOP + HIGH), 60, 2)
    for x in (LEFT + 12, LEFT + 408):  # two ones as high as the box
        cv2.line(page, (x, TOP), (x, TOP + HIGH), 0, 4)
    boxes = found(page)
    assert len(boxes) == 1
    assert np.abs(boxes[0] - [LEFT, TOP, LEFT + 420, TOP + HIGH]).max() <= 4


def test_small_boxes_with_thick_frames_are_found() -> None:
    page = np.full((1200, 900), 255, np.uint8)
    for n in range(8):
        cv2.rectangle(page, (LEFT + 51 * n, TOP), (LEFT + 51 * n + 36, TOP + 40), 0, 6)
        cv2.line(page, (LEFT + 51 * n + 18, TOP + 6), (LEFT + 51 * n + 15, TOP + 34), 0, 3)
    assert len(found(page)) == 8


def test_a_ruling_found_twice_is_one() -> None:
    page, _ = sheet(6)
    rulings = find_rulings(find_cells(page).across)
    assert len(rulings) == 2


def test_nothing_is_filled_in_beyond_the_page() -> None:
    """Beyond the edge of the picture there is no ruling, whatever the pixels along the edge are."""
    page = np.full((1700, 1300), 90, np.uint8)
    page[60:1640, 50:1250] = 250
    assert [table.shape for table in find_tables(find_cells(page))] == [(1, 1)]


def test_a_row_of_boxes_is_no_box_for_several_digits_where_walls_are_hard_to_see() -> None:
    page, boxes = sheet(9)
    cells = find_cells(page)
    down = cells.down.copy()
    left, right = (np.array([LEFT + WIDE // 2, LEFT + 9 * WIDE - WIDE // 2]) * cells.scale).astype(int)
    down[:, left:right] = 0
    assert len(with_strips(replace(cells, down=down)).quads) == len(boxes)


def test_cells_side_by_side_are_not_joined_in_pairs_where_every_other_wall_is_the_clearer_one() -> None:
    page, boxes = sheet(8)
    for _, top, right, bottom in boxes.astype(int).tolist()[:-1:2]:
        page[top + 4 : bottom - 3, right - 3 : right + 4] = 255
        page[top + 4 : bottom - 3 : 9, right] = 200
    corners = np.array([[0, 1], [2, 1], [2, 3], [0, 3]])
    cells = replace(find_cells(page), quads=boxes[[0, 1, 2, 3, 6], :][:, corners])
    assert len(with_strips(replace(cells, quads=cells.quads[:0])).quads) == 4
    assert len(with_strips(cells).quads) == 5


def test_a_corner_that_a_stroke_has_moved_is_put_where_the_other_cells_end() -> None:
    page = np.full((900, 900), 255, np.uint8)
    for line in range(5):
        cv2.line(page, (200, 200 + 60 * line), (440, 200 + 60 * line), 60, 2)
        cv2.line(page, (200 + 60 * line, 200), (200 + 60 * line, 440), 60, 2)
    cells = find_cells(page)
    moved = cells.quads.copy()
    (middle,) = np.flatnonzero((np.abs(moved.mean(axis=1) - 290) < 5).all(axis=1))
    moved[middle, :2, 1] += 13  # as the bar of a 7, from wall to wall, does
    (table,) = find_tables(replace(cells, quads=moved))
    assert table.shape == (4, 4)
    assert min(np.ptp(quad[:, 1]) for quad in table.cells.values()) > 55


def test_pale_dotted_walls_that_digits_touch_part_a_frame_from_end_to_end() -> None:
    """Those boxes that digits hid a wall of were not looked for beside five that were found."""
    page = np.full((1200, 900), 255, np.uint8)
    cv2.rectangle(page, (LEFT, TOP), (LEFT + 9 * WIDE, TOP + HIGH), 60, 3)
    for n in range(1, 9):
        for y in range(TOP + 2, TOP + HIGH, 6):
            cv2.line(page, (LEFT + n * WIDE, y), (LEFT + n * WIDE, y + 2), 205, 2)
    for n, digit in enumerate("986475950"):
        left = LEFT + n * WIDE + (18 if n < 4 else 3)
        cv2.putText(page, digit, (left, TOP + 50), cv2.FONT_HERSHEY_SIMPLEX, 1.7, 80, 5, cv2.LINE_AA)
    boxes = found(cv2.GaussianBlur(page, (0, 0), 1.0).astype(np.uint8))
    assert len(boxes) == 9
    assert np.abs(boxes[:, 0] - [LEFT + n * WIDE for n in range(9)]).max() <= 4


def test_no_box_as_wide_as_its_neighbour_lies_over_a_row_of_cells() -> None:
    """The cells of a register lay under a box as wide as the one with the name, and were gone."""
    page = np.full((1200, 900), 255, np.uint8)
    edges = [60, 110, 330, *range(385, 720, 55)]
    for y in range(200, 441, 40):
        cv2.line(page, (edges[0], y), (edges[-1], y), 150, 2)
    for x in edges:
        cv2.line(page, (x, 200), (x, 440), 150, 2)
    cells = find_cells(page)
    # As if the names had cells side by side: their step is that of a row of boxes.
    wide = np.array([[330, 240], [550, 240], [550, 280], [330, 280]], np.float64)
    kept = with_rows(
        replace(cells, quads=np.concatenate([cells.quads, wide[None] + [0, -300], wide[None] - [220, 300]]))
    )
    inside = (np.ptp(kept.quads[:, :, 0], axis=1) < 60) & (kept.quads[:, :, 0].min(axis=1) > 320)
    assert inside.sum() >= 6 * 7
