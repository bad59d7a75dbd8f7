"""Find the cells that printed rulings enclose: single boxes, combs, tables and grids, on an upright page."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.outlines import outlines
from reader.forms.quadrilaterals import RIDGE_WIDTHS, area_within, quadrilaterals
from reader.pages.page import brought_down

SEARCH_SIDE = 1700
"""Longer side, in pixels, at which cells are looked for: 145 dpi for A4."""
SOLID = 115
"""Gray levels of darkness from which on a pixel may be ruling whatever is beside it (thick frames, black bars)."""
WINDOWS = {71: 4, 27: 9, 17: 9}
"""Windows of so many pixels, long ones first, in which a ruling fills `SHARE`, and by how many gray levels, of 255,
it is at least darker than the paper on both its sides: what runs far may be fainter."""
FAINTEST = 6
"""Gray levels for telling whether a wall is there once it is known where it would be."""
SHARE = 0.75
"""So broken and dotted rulings pass and the strokes of letters and digits, which are shorter and bent, do not."""
RULED = 0.7
"""Share of a cell's sides that is ruling: letters and circles enclose areas, too."""
SMALL, RULED_SMALL = 28, 0.92
"""The same for a cell of less height or width than this in pixels, as letters are."""
ANGULAR_ENDS = 0.6
"""Share of the sides' ends that is ruling: circles have no corners."""
RULED_LEAST = 0.35
"""And of each side."""
LOOP = 0.3
"""Cells in a cell that are higher than this share of it are loops of its digits; lower ones are cells in a frame."""
SMALLEST = 13
"""Pixels: inner width and height that a cell has at least."""


@dataclass(frozen=True, slots=True)
class Cells:
    """What rulings enclose on a page.

    Attributes:
        quads: (n, 4, 2) float64: corners (x, y) from the top left clockwise, along the middle of the rulings, in pixels
            of the page; none overlaps another by much; in no order.
        gray: (rows, columns) uint8, the page in the size that cells are looked for in, 255 is paper.
        across: (rows, columns) uint8, gray levels by which a pixel is darker than what is above and below it.
        down: the same for what is left and right of it.
        scale: pixels of these for each of the page.
    """

    quads: NDArray[np.float64]
    gray: NDArray[np.uint8]
    across: NDArray[np.uint8]
    down: NDArray[np.uint8]
    scale: float


def find_cells(gray: NDArray[np.uint8]) -> Cells:
    """The quadrilateral areas that rulings enclose.

    Rulings are ridges of darkness along a row or a column, measured in windows of several lengths, as a share: the
    rank filter of table recognition, which bridges gaps and dots. What they enclose is a cell if it is a quadrilateral.

    Args:
        gray: (rows, columns) uint8, 255 is paper, light evened out, rulings nearly parallel to the edges.
    """
    small, scale = sized_for_search(gray)
    across, down = _ridges(small)
    found: list[NDArray[np.float64]] = []
    for window, faintest in WINDOWS.items():
        rulings = filled(across, window, faintest) | filled(down, window, faintest, is_upright=True)
        found = _together(found, _enclosed(rulings, found))
    quads = (np.array(found).reshape(-1, 4, 2) + 0.5) / scale - 0.5
    cells = Cells(quads, small, across, down, scale)
    shares = walls(cells, quads)
    is_small = (quads.max(axis=1) - quads.min(axis=1)).min(axis=1) * scale < SMALL
    angular = walls(cells, quads, ENDS).mean(axis=1)
    ruled = (shares.mean(axis=1) >= np.where(is_small, RULED_SMALL, RULED)) & (shares.min(axis=1) >= RULED_LEAST)
    ruled &= angular >= ANGULAR_ENDS
    return replace(cells, quads=_unnested(quads[ruled]))


def sized_for_search(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """An image (rows, columns) brought down to the size that cells and lines are looked for in, and by how much."""
    return brought_down(image, SEARCH_SIDE)


ALONG = np.linspace(0.08, 0.92, 22)
ENDS = np.array([0.05, 0.08, 0.11, 0.14, 0.86, 0.89, 0.92, 0.95])
"""Where along a side it is looked at, in parts of the side: all of it, and its ends."""


def walls(cells: Cells, quads: NDArray[np.float64], where: NDArray[np.float64] = ALONG) -> NDArray[np.float64]:
    """How much of each side of quadrilaterals (n, 4, 2) is ruling: (n, 4), top, right, bottom, left, each 0 to 1."""
    corners = ((quads + 0.5) * cells.scale - 0.5)[:, :, None]
    points = corners + where[:, None] * (np.roll(corners, -1, axis=1) - corners)
    shares = []
    for side in range(4):
        rulings, aside = (cells.across, (0, 1)) if side % 2 == 0 else (cells.down, (1, 0))
        near = points[:, side, None] + np.arange(-1, 2)[:, None, None] * np.array(aside)
        x, y = np.clip(near.round().astype(int), 0, np.array(rulings.shape[::-1]) - 1).transpose(3, 0, 1, 2)
        shares.append((rulings[y, x] > FAINTEST).max(axis=1).mean(axis=1))
    return np.stack(shares, axis=1)


def _ridges(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """By how much each pixel is darker than both sides of a ruling through it: one that runs across, one down.

    Returns:
        Two (rows, columns) uint8, 0 to 255 gray levels; a ruling is a pixel wider than it is.
    """
    dark = np.asarray(cv2.blur(255 - gray, (3, 3)), np.uint8)
    solid = cv2.threshold(dark, SOLID, 255, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)
    sides: list[NDArray[np.uint8]] = []
    for axis in (0, 1):
        ridge = solid
        for width in RIDGE_WIDTHS:
            up, left = (width, 0) if axis == 0 else (0, width)
            wide = cv2.copyMakeBorder(dark, up, up, left, left, cv2.BORDER_REPLICATE)
            one, other = (wide[: dark.shape[0], : dark.shape[1]], wide[2 * up :, 2 * left :])
            ridge = cv2.max(ridge, cv2.subtract(dark, cv2.max(one, other))).astype(np.uint8, copy=False)
        grown = cv2.dilate(ridge, np.ones((3, 1) if axis == 0 else (1, 3), np.uint8))
        sides.append(np.asarray(grown, np.uint8))
    return sides[0], sides[1]


def filled(ridges: NDArray[np.uint8], window: int, faintest: int, is_upright: bool = False) -> NDArray[np.uint8]:
    """(rows, columns) uint8: 1 along rows, or columns, where `SHARE` of a window is ridge, gaps in it closed."""
    size, grown = ((1, window), (window // 2, 1)) if is_upright else ((window, 1), (1, window // 2))
    _, ruling = cv2.threshold(ridges, faintest, 255, cv2.THRESH_BINARY)
    share = cv2.blur(ruling, size, borderType=cv2.BORDER_CONSTANT)
    _, middle = cv2.threshold(share, 255 * SHARE, 1, cv2.THRESH_BINARY)
    return np.asarray(cv2.dilate(middle, np.ones(grown, np.uint8)), np.uint8)


def _enclosed(rulings: NDArray[np.uint8], known: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Quadrilaterals (4, 2) wholly enclosed by rulings, corners on the middle of them; without those known already."""
    rows, columns = rulings.shape
    closed = rulings.copy()  # areas must not hang together by their corners
    closed[1:, 1:] |= rulings[:-1, 1:] & rulings[1:, :-1]
    closed[1:, :-1] |= rulings[:-1, :-1] & rulings[1:, 1:]
    found, boxes = outlines(1 - closed)
    x, y, width, height = boxes.T
    fits = (x > 0) & (y > 0) & (x + width < columns) & (y + height < rows) & (np.minimum(width, height) >= SMALLEST)
    if known:
        cells = np.array([[*quad.min(axis=0), *quad.max(axis=0)] for quad in known])
        ends = np.stack([x, y, x + width, y + height], axis=1)
        slack = 0.15 * np.minimum(width, height) + max(RIDGE_WIDTHS)
        fits &= ~(np.abs(ends[:, None] - cells).max(axis=2) < slack[:, None]).any(axis=1)
    chosen = np.flatnonzero(fits)
    return quadrilaterals([found[index] for index in chosen], boxes[chosen], closed)


def _together(large: list[NDArray[np.float64]], small: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Both lists without overlaps: a large cell gives way to small ones where these fill it evenly."""
    if not large or not small:
        return large or small
    areas = np.array([area_within(cell) for cell in small])
    common = overlaps(np.array(large), np.array(small))
    dropped = np.zeros(len(small), bool)
    kept = []
    for cell, shared in zip(large, common, strict=True):
        inside = (shared > 0.5 * areas) & ~dropped
        area = area_within(cell)
        same = inside.sum() == 1 and areas[inside][0] > 0.8 * area
        tiled = inside.sum() > 1 and areas[inside].sum() > 0.85 * area and np.ptp(np.log(areas[inside])) < np.log(2.5)
        if not same and not tiled:
            dropped |= inside
            kept.append(cell)
    return kept + [cell for cell, gone in zip(small, dropped, strict=True) if not gone]


def _unnested(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cells (n, 4, 2) without those inside others: loops of digits in a box; or without the frame around cells."""
    sizes = quads.max(axis=1) - quads.min(axis=1)
    areas = sizes.prod(axis=1)
    inside = (overlaps(quads, quads) > 0.8 * areas) & (areas < 0.9 * areas[:, None])
    drop = np.zeros(len(quads), bool)
    for outer in np.argsort(-areas):
        inner = np.flatnonzero(inside[outer] & ~drop)
        if drop[outer] or not len(inner):
            continue
        tall = np.median(sizes[inner, 1]) > LOOP * sizes[outer, 1]
        if tall and areas[inner].sum() < 0.5 * areas[outer]:
            drop[inner] = True
        else:
            drop[outer] = True
    return quads[~drop]


def overlaps(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m): the area that the upright rectangles around (n, 4, 2) and (m, 4, 2) quadrilaterals have in common."""
    low = np.maximum(some.min(axis=1)[:, None], others.min(axis=1))
    high = np.minimum(some.max(axis=1)[:, None], others.max(axis=1))
    common: NDArray[np.float64] = np.maximum(high - low, 0).prod(axis=2)
    return common
