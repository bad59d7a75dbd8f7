"""Grids of circles to mark, printed close together: what seems ruled among them is no cell to write in."""

from collections import Counter

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import sized_for_search
from reader.forms.tables import Spot, Table

FAINT = 60
"""Ink, of 255, of a thin circle in the size that cells are looked for in."""
ROUND = 0.06
"""By how much of its radius a circle's edge may lie off it, as standard deviation."""
SMALLEST, LARGEST = 8, 60
"""Pixels, in that size, of a circle's diameter."""
ALIKE, PIXELS = 0.1, 1.5
"""Circles of a grid differ in diameter by this share, or by so many pixels, at the most."""
NEAR = 2.0
"""Diameters between the middles of neighbours at the most: circles farther apart stand in cells of their own."""
NEIGHBOURS = 3
"""Circles around one of a grid at the least."""
FEWEST = 8
"""Circles of a grid, and cells of a table that may be one, at the least."""
GROWN, CLOSED = 1.3, 1.6
"""Side of the square that a circle takes up, and width of what is filled in between (marked ones), in diameters."""
COVERED = 0.5
"""Share of a cell that grids cover from which on it is theirs, and share of the cells of its row, at the least: a
zero in a box above may be as round."""
FRAME = 4
"""Squares of circles in a cell from which on it is a frame around a grid, whatever is beside it."""


def without_bubble_grids(tables: list[Table], ink: NDArray[np.uint8]) -> list[Table]:
    """The tables without the rows of cells that are spaces between circles, or circles; none without any cell.

    Args:
        tables: as found on the page.
        ink: (rows, columns) uint8 of the page, 0 is paper and 255 is full ink.
    """
    large = [quad for table in tables if len(table.cells) >= FEWEST for quad in table.cells.values()]
    if not large:
        return tables
    small, scale = sized_for_search(ink)
    corners = (np.array(large).reshape(-1, 2) + 0.5) * scale - 0.5
    left, top = np.maximum(corners.min(axis=0) - LARGEST, 0).astype(int).tolist()
    right, bottom = (corners.max(axis=0) + LARGEST).astype(int).tolist()
    covered = np.zeros(small.shape, np.uint8)
    covered[top:bottom, left:right], diameter = grids(small[top:bottom, left:right])
    if not covered.any():
        return tables
    frame = FRAME * (GROWN * diameter) ** 2
    return [rest for table in tables if (rest := table.without(_covered(table, covered, scale, frame))) is not None]


def grids(ink: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Where on a page grids of circles are: (rows, columns) uint8, 1 is there, of ink so large; their diameter."""
    found = np.zeros(ink.shape, np.uint8)
    circles = _circles(ink)
    away = np.abs(circles[:, None, :2] - circles[None, :, :2]).max(axis=2)
    sizes = np.maximum(circles[:, None, 2], circles[None, :, 2])
    alike = np.abs(circles[:, None, 2] - circles[None, :, 2]) <= np.maximum(ALIKE * sizes, PIXELS)
    beside = alike & (away <= NEAR * sizes) & (away > 0.5 * sizes)  # each has an inner edge and an outer one
    circles = circles[beside.sum(axis=1) >= NEIGHBOURS]
    if len(circles) < FEWEST:
        return found, 0.0
    half = GROWN / 2 * circles[:, 2:]
    for x0, y0, x1, y1 in np.round(np.hstack([circles[:, :2] - half, circles[:, :2] + half])).astype(int).tolist():
        found[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1] = 1
    usual = float(np.median(circles[:, 2]))
    gap = round(CLOSED * usual)
    padded = cv2.copyMakeBorder(found, gap, gap, gap, gap, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    return np.asarray(closed[gap:-gap, gap:-gap], np.uint8), usual


def _circles(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Middle (x, y) and diameter (n, 3) of each round edge: of rings, inner and outer, and of discs."""
    mask = cv2.threshold(ink, FAINT, 255, cv2.THRESH_BINARY)[1]
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    found = []
    for contour in contours:
        width, height = cv2.boundingRect(contour)[2:]
        if not SMALLEST <= min(width, height) <= max(width, height) <= min(LARGEST, 1.25 * min(width, height)):
            continue
        edge = contour.reshape(-1, 2)
        middle = (edge.min(axis=0) + edge.max(axis=0)) / 2
        radii = np.linalg.norm(edge - middle, axis=1)
        if radii.std() < ROUND * radii.mean():
            found.append((*middle, (width + height) / 2))
    return np.array(found, np.float64).reshape(-1, 3)


def _covered(table: Table, covered: NDArray[np.uint8], scale: float, frame: float) -> set[Spot]:
    """The cells that grids cover, in rows of which they cover most, and those of `frame` pixels or more."""
    theirs: set[Spot] = set()
    frames: set[Spot] = set()
    for spot, quad in table.cells.items():
        small = np.round((quad + 0.5) * scale - 0.5).astype(int)
        (left, top), (right, bottom) = np.maximum(small.min(axis=0), 0).tolist(), small.max(axis=0).tolist()
        part = covered[top : bottom + 1, left : right + 1]
        if part.size and part.mean() > COVERED:
            (frames if part.size >= frame else theirs).add(spot)
    in_row, own = Counter(row for row, _ in table.cells), Counter(row for row, _ in theirs | frames)
    return frames | {spot for spot in theirs if own[spot[0]] >= COVERED * in_row[spot[0]]}
