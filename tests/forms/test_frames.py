"""Frames to lay a sheet on a page by, where scribbles hang on its table or a scanner lost half of its rulings."""

import cv2
import numpy as np

from reader.forms.frames import edged, frames
from reader.pages.page import transformed

ROWS, COLUMNS = 1100, 850
GRID = np.array([[150, 200], [700, 200], [700, 900], [150, 900]], np.float64)


def grid() -> np.ndarray:
    """A sheet with a table of 12 by 5 cells: (1100, 850) uint8, 255 is paper."""
    sheet = np.full((ROWS, COLUMNS), 255, np.uint8)
    for x in np.linspace(150, 700, 6).round().astype(int).tolist():
        cv2.line(sheet, (x, 200), (x, 900), 40, 3)
    for y in np.linspace(200, 900, 13).round().astype(int).tolist():
        cv2.line(sheet, (150, y), (700, y), 40, 3)
    return sheet


def turned(sheet: np.ndarray, degrees: float, beyond: int) -> tuple[np.ndarray, np.ndarray]:
    """The sheet turned and tilted a little on a ground of `beyond`, and the (3, 3) homography to there."""
    turn = np.vstack([cv2.getRotationMatrix2D((COLUMNS / 2, ROWS / 2), degrees, 0.75), [0, 0, 1]])
    view = np.array([[1, 0, 300], [0, 1, 120], [1e-4, -5e-5, 1]]) @ turn
    return cv2.warpPerspective(sheet, view, (1500, 1400), borderValue=beyond), view


def off(quads: np.ndarray, right: np.ndarray) -> float:
    """By how many pixels the corners of the nearest of (n, 4, 2) lie off a quadrilateral, wherever they begin."""
    turns = [np.abs(np.roll(quads, turn, axis=1) - right).max(axis=(1, 2)) for turn in range(4)]
    return float(np.min(turns))


def test_scribbles_that_hang_on_a_table_do_not_move_its_frame() -> None:
    page, view = turned(grid(), 40, 255)
    right = transformed(GRID[None], view)[0]
    for corner in right[:3]:
        stroke = corner + np.array([[-60, -50], [20, 10], [-30, 40], [50, -20]])
        cv2.polylines(page, [stroke.round().astype(np.int32)], False, 20, 6)
    found = frames(page)
    assert not len(found.outlined) or off(found.outlined, right) > 20
    assert off(found.ruled[:1], right) < 8


def test_dashes_that_are_left_of_rulings_span_their_frame() -> None:
    page, view = turned(grid(), -25, 255)
    rng = np.random.default_rng(4)
    for x, y in rng.integers(0, 1400, (2500, 2)).tolist():
        page[y : y + 14, x : x + 14] = 255
    assert off(frames(page).ruled, transformed(GRID[None], view)[0]) < 8


def test_the_edge_of_the_paper_shows_how_a_sheet_lies() -> None:
    page, view = turned(np.full((ROWS, COLUMNS), 255, np.uint8), 12, 0)
    guesses = edged(frames(grid()), frames(page))
    placed = np.array([transformed(GRID[None], guess)[0] for guess in guesses])
    assert np.abs(placed - transformed(GRID[None], view)[0]).max(axis=(1, 2)).min() < 30


def test_writing_without_rulings_has_no_frame() -> None:
    page = np.full((ROWS, COLUMNS), 255, np.uint8)
    for n in range(12):
        cv2.putText(page, "3 1 4 1 5", (100, 150 + 70 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 40, 3)
    assert len(frames(page).ruled) == 0
