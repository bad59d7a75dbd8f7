"""Long strokes of digits part no cells: they stop short of the rulings, as walls do not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.cells import find_cells
from reader.forms.layout import find_fields
from reader.forms.strokes import are_strokes, rejoined
from reader.pages.binarize import ink_levels, paper_evened

WIDTHS, HIGH, LEFT, TOP, ROWS = (92, 266, 266, 266), 62, 150, 200, 6


def table(strokes: dict[tuple[int, int], tuple[int, ...]]) -> NDArray[np.uint8]:
    """A page with a table, and upright strokes in some cells, (row, column): so many pixels from their left wall."""
    page = np.full((1600, 1200), 255, np.uint8)
    edges = LEFT + np.concatenate([[0], np.cumsum(WIDTHS)])
    for row in range(ROWS + 1):
        cv2.line(page, (LEFT, TOP + row * HIGH), (int(edges[-1]), TOP + row * HIGH), 0, 2)
    for edge in edges.tolist():
        cv2.line(page, (edge, TOP), (edge, TOP + ROWS * HIGH), 0, 2)
    for (row, column), places in strokes.items():
        for place in places:
            x, top = int(edges[column]) + place, TOP + row * HIGH
            cv2.line(page, (x, top + 9), (x - 2, top + HIGH - 9), 40, 4)
    return page


def cells_of(page: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """The rounded width and height of all fields of a page."""
    gray = paper_evened(page)
    quads = np.concatenate([field.quads for field in find_fields(gray, ink_levels(gray))])
    return [tuple(size) for size in np.ptp(quads, axis=1).round(-1).astype(int).tolist()]


@pytest.mark.parametrize(
    "strokes",
    [
        {(2, 1): (92, 184)},
        {(1, 1): (92,), (3, 2): (133,)},
        {(5, 3): (90, 178)},
        {(2, 1): (60, 92, 130, 184), (3, 1): (88,)},
    ],
)
def test_upright_strokes_part_no_cell_of_a_table(strokes: dict[tuple[int, int], tuple[int, ...]]) -> None:
    assert sorted(cells_of(table(strokes))) == sorted(cells_of(table({})))
    assert len(cells_of(table({}))) == ROWS * len(WIDTHS)


@pytest.mark.parametrize(("reach", "strokes"), [(HIGH - 9, True), (HIGH, False)])
def test_what_stands_on_both_rulings_is_a_wall(reach: int, strokes: bool) -> None:
    page = table({})
    x, top = LEFT + WIDTHS[0] + 100, TOP + 2 * HIGH
    cv2.line(page, (x, top + HIGH - reach), (x, top + reach), 0, 2)
    cell = np.array([[242, top], [508, top], [508, top + HIGH], [242, top + HIGH]], np.float64)
    left, right = cell.copy(), cell.copy()
    left[[1, 2], 0], right[[0, 3], 0] = x, x
    assert are_strokes(find_cells(page), np.array([left, right]), cell) == strokes


def test_cells_that_walls_part_are_not_put_together() -> None:
    page = table({})
    for column in (1, 2, 3):
        x = LEFT + WIDTHS[0] + 266 * column - 133
        cv2.line(page, (x, TOP + 2 * HIGH), (x, TOP + 3 * HIGH), 0, 2)
    cells = find_cells(page)
    np.testing.assert_array_equal(rejoined(cells.quads, cells), cells.quads)


def test_strokes_part_no_wide_box_close_below_another() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    for row in range(4):
        cv2.rectangle(page, (300, 200 + 71 * row), (614, 263 + 71 * row), 0, 2)
    for x in (440, 520):
        cv2.line(page, (x + 6, 200 + 71 * 2 + 8), (x, 263 + 71 * 2 - 7), 40, 4)
    assert sorted(width for width, _ in cells_of(page)) == [310] * 4


def test_strokes_below_each_other_between_rulings_are_no_cells() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    for row in range(5):
        cv2.line(page, (150, 300 + 55 * row), (1050, 300 + 55 * row), 120, 1)
    for row in range(4):
        for x in (400, 540, 680):
            cv2.line(page, (x, 310 + 55 * row), (x, 345 + 55 * row), 30, 5)
    gray = paper_evened(page)
    fields = find_fields(gray, ink_levels(gray))
    assert not [field.name for field in fields if field.name.startswith("t")]
