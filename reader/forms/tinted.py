"""Boxes that no ruling frames: white ones on a tint, tinted ones on white, white ones within thick bars."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells, overlaps, walls
from reader.forms.framed import LOWEST, corners_of
from reader.forms.outlines import outlines
from reader.forms.strokes import are_strokes

LEVELS = (6, 20)
"""Gray levels by which a tint is darker than paper, at the least: pale ones first."""
TINT, BAR = (13, 0.0004), (6, 0.004)
"""Pixels that a tint with what is written on it, and a black bar, is wide at the least, and share of a page that is."""
HIGHEST = 120
"""Pixels of the size that cells are looked for in: height of a box for digits at the most, 15 mm on A5."""
STROKE = 7
"""Pixels that a stroke is narrower than: what sticks out of a tinted box is writing."""
DARKEST = 130
"""Gray levels by which a tint to write on is darker than paper, at the most."""
EVEN, EDGE = 0.6, 2
"""Its lightest places are this share as dark as the tint, at the least; but for so many pixels at its edges."""
WIDEST = 10
"""A band of more than this many of its heights across is a row of a striped table."""
HELD, SQUARE = 0.4, 0.93
"""Share of the rectangle around a box that it holds at the least, strokes cut into it, and share of its quadrilateral
that it would hold without these: loops of printed digits are rounder."""
LINE = 2.5
"""A box of so many of its heights across is for a number, and may be the only one of its size."""
MOSTLY = 0.6
"""Share of a side that is straight, where strokes run across it."""
FARTHEST, UPRIGHT = 2.5, 0.2
"""Steps from a box to the next one of its row, in parts of its width, and by how much of its height it is higher."""
INSIDE, AROUND, RIM = 0.5, 0.35, 3
"""Share of a box's tone within a box that strokes have cut up, at the least, and along each side in a rim of so many
pixels around it, at the most."""
NARROW = 1.25
"""A box of less than this many of its heights across is for one digit, whatever seems to part it."""
FULL, SLIVER = 0.8, 0.4
"""Cells as high and as wide as these shares of the height of a wider box that they are in part it, rightly."""
SAME = 0.12
"""Boxes, or a box and a cell, of which no size, or no end, differs by more than this share of the height are alike."""
MOST_OF_ROW = 0.7
"""Share of the frame of a row that its boxes take up: strokes may hide one of them."""
WITHIN, CUT = 0.6, 0.3
"""A cell with this share of its area in a box is part of it; with the lower share, it ends where strokes are."""
FLUSH, CUT_OFF, RULED = 0.25, 0.5, 0.75
"""A box that is so near to three sides of a cell, and so far from the fourth, in its heights, is a part of it that
strokes cut off, if so much of each side of the cell is ruling."""
HIGHER, WIDER, LARGER = 1.6, 1.8, 2.0
"""A cell around a box that is no more than so many times as high and wide is its frame, and stays if it is as far from
the box on both sides; one that is wider is the frame of a row; of one that is not so many times as wide and high, the
box is a part."""

Quad = NDArray[np.float64]
Mask = NDArray[np.uint8]


def with_tinted(cells: Cells) -> Cells:
    """The cells with boxes that differ from what is around them by their tone; what was found in these is strokes."""
    smooth = np.asarray(cv2.blur(cells.gray, (3, 3)), np.uint8)
    dark, black = ((smooth < 255 - level).view(np.uint8) for level in (LEVELS[0], DARKEST))
    has_tint = _has_wide(dark, TINT)
    if not has_tint and not _has_wide(black, BAR):
        return cells
    known = _ends((cells.quads + 0.5) * cells.scale - 0.5)
    found: list[Quad] = []
    for level in LEVELS if has_tint else LEVELS[1:]:
        dark = (smooth < 255 - level).view(np.uint8)
        found = _added(found, _boxes(1 - dark, known))
        if has_tint:
            tint = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((STROKE, STROKE), np.uint8)), np.uint8)
            found = _added(found, [quad for quad in _boxes(tint, known) if _is_tint(cells.gray, quad)])
    return _put_in(cells, np.array(found)) if found else cells


def _has_wide(mask: Mask, width_and_share: tuple[int, float]) -> bool:
    """Whether so much of a page is in areas of a mask that are so many pixels wide."""
    width, share = width_and_share
    return cv2.countNonZero(cv2.erode(mask, np.ones((width, width), np.uint8))) >= share * mask.size


def _boxes(mask: Mask, known: NDArray[np.float64]) -> list[Quad]:
    """The quadrilaterals (4, 2) of the size of boxes, nearly upright, among what hangs together in a mask.

    Those within the frames of cells are left out, whose left, top, right and bottom are `known`, (n, 4).
    """
    areas, places = outlines(mask)
    left, top, width, height = places.T
    fits = (height >= LOWEST) & (height <= HIGHEST) & (width >= LOWEST) & (width <= WIDEST * height)
    ends = np.stack([left, top, left + width - 1, top + height - 1], axis=1)
    fits[fits] = ~_are_framed(ends[fits], known).any(axis=1)
    found = []
    for index in np.flatnonzero(fits):
        if _beside(mask, ends[index].tolist()) > AROUND:
            continue
        outline, (across, down) = areas[index] - places[index, :2], places[index, 2:].tolist()
        if cv2.contourArea(outline) < HELD * across * down:
            continue
        whole = cv2.fillConvexPoly(np.zeros((down, across), np.uint8), cv2.convexHull(outline), 1)
        (around,), _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        corners = corners_of(around[:, 0].astype(np.int64), MOSTLY)
        if corners is None or cv2.contourArea(around) < SQUARE * cv2.contourArea(corners.astype(np.float32)):
            continue
        found.append(corners + places[index, :2])
    boxes = np.array(found).reshape(-1, 4, 2)
    wide, high = np.ptp(boxes, axis=1).T
    return _with_hidden(mask, list(boxes[(_are_alike(boxes).sum(axis=1) > 1) | (wide > LINE * high)]))


def _are_framed(ends: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether cells (m, 4) are the frames of boxes (n, 4) by their left, top, right and bottom: (n, m)."""
    high = (ends[:, 3] - ends[:, 1])[:, None]
    margins = (ends[:, None] - known) * [1, 1, -1, -1] / high[..., None]
    left, top, right, bottom = margins.transpose(2, 0, 1)
    near = (margins > -SAME / 2).all(axis=2) & (margins < (HIGHER - 1) / 2).all(axis=2)
    framed: NDArray[np.bool_] = near & (np.abs(left - right) < SAME) & (np.abs(top - bottom) < SAME)
    return framed


def _are_alike(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (n, 4, 2) are as wide and as high as which others: (n, n)."""
    sizes = np.ptp(boxes, axis=1)
    alike: NDArray[np.bool_] = (np.abs(sizes[:, None] - sizes) < SAME * sizes[:, 1, None, None]).all(axis=2)
    return alike


def _with_hidden(mask: Mask, boxes: list[Quad]) -> list[Quad]:
    """Boxes, and those before, between and after them, in even steps, that strokes cut up."""
    found = list(boxes)
    for box, step in zip(boxes, _steps(np.array(boxes).reshape(-1, 4, 2)), strict=True):
        for way in (-step, step) if step.any() else ():
            following = box + way
            while len(_added(found, [following])) > len(found) and _is_hidden(mask, following, found, way):
                found.append(following)
                following = following + way
    return found


def _steps(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far, (n, 2) in (x, y), the nearest box of the same size in its row is from each; 0 where there is none."""
    middles, sizes = boxes.mean(axis=1), np.ptp(boxes, axis=1)
    moves = middles - middles[:, None]
    across, down = np.abs(moves / sizes[:, None]).transpose(2, 0, 1)
    across[~_are_alike(boxes) | (down > UPRIGHT) | np.eye(len(boxes), dtype=bool)] = np.inf
    steps: NDArray[np.float64] = np.zeros((len(boxes), 2))
    for index, nearest in enumerate(across.argmin(axis=1) if len(boxes) else ()):
        if across[index, nearest] < FARTHEST:
            steps[index] = moves[index, nearest]
    return steps


def _is_hidden(mask: Mask, quad: Quad, boxes: list[Quad], way: NDArray[np.float64]) -> bool:
    """Whether there is the tone of a box in a quadrilateral and not around it, unless a box follows `way` from it."""
    left, top, right, bottom = _ends(quad[None])[0].round().astype(int).clip(0).tolist()
    inside = mask[top : bottom + 1, left : right + 1]
    if not inside.size or float(inside.mean()) < INSIDE:
        return False
    middle, near = quad.mean(axis=0) + way, SAME * np.ptp(quad[:, 1])
    is_between = any((np.abs(other.mean(axis=0) - middle) < near).all() for other in boxes)
    return is_between or _beside(mask, (left, top, right, bottom)) <= AROUND


def _beside(mask: Mask, ends: Sequence[int]) -> float:
    """Share of the tone of a box in the rim around its left, top, right and bottom, on the side that has most of it.

    It is 1 at the edge of the mask.
    """
    left, top, right, bottom = ends
    if min(left, top) < RIM + 1 or right + RIM >= mask.shape[1] or bottom + RIM >= mask.shape[0]:
        return 1.0
    rows, columns = slice(top, bottom + 1), slice(left, right + 1)
    above, below = mask[top - RIM : top - 1, columns], mask[bottom + 2 : bottom + RIM + 1, columns]
    before, after = mask[rows, left - RIM : left - 1], mask[rows, right + 2 : right + RIM + 1]
    return max(float(side.mean()) for side in (above, below, before, after))


def _is_tint(gray: NDArray[np.uint8], quad: Quad) -> bool:
    """Whether what is in a box is an even tint that can be written on, not a black bar and not bold words."""
    (left, top), (right, bottom) = quad.min(axis=0).astype(int) + EDGE, quad.max(axis=0).astype(int) - EDGE
    lightest, usual = 255 - np.percentile(gray[max(0, top) : bottom, max(0, left) : right], (95, 50))
    return bool(EVEN * usual < lightest and usual <= DARKEST)


def _added(some: list[Quad], more: list[Quad]) -> list[Quad]:
    """Boxes, and those others that overlap with none of them."""
    if not some or not more:
        return some or more
    common = overlaps(np.array(more), np.array(some)).max(axis=1)
    return some + [quad for quad, shared in zip(more, common, strict=True) if shared == 0]


def _put_in(cells: Cells, boxes: NDArray[np.float64]) -> Cells:
    """The cells with boxes (n, 4, 2), in pixels of `cells.gray`, put in where there are no cells as they are."""
    known = (cells.quads + 0.5) * cells.scale - 0.5
    common, area, known_area = overlaps(boxes, known), _areas(boxes)[:, None], _areas(known)
    inside, around = common > WITHIN * known_area, common > WITHIN * area
    (wide, high), (across, down) = (np.ptp(quads, axis=1).T[..., None] for quads in (boxes, known))
    across, down = across.T, down.T
    frames = around & (across < WIDER * wide) & (down < HIGHER * high)
    rows = around & (across >= WIDER * wide) & (down < LARGER * high)
    is_row = (rows.sum(axis=0) > 1) & ((rows * wide).sum(axis=0) > MOST_OF_ROW * across[0])
    parts = inside & (down >= FULL * high) & (across >= SLIVER * high)
    rightly = (rows & ~is_row) | (around & ~frames & ~rows & (known_area < LARGER**2 * area))
    cut = _cut_from(_ends(boxes), _ends(known)) & (walls(cells, cells.quads).min(axis=1) >= RULED)
    for box, cell in np.argwhere(cut):
        cut[box, cell] = are_strokes(cells, (boxes[box] + 0.5)[None] / cells.scale - 0.5, cells.quads[cell])
    new = ~(rightly | cut).any(axis=1) & ((wide < NARROW * high)[:, 0] | ~parts.any(axis=1))
    drop = ((common > CUT * known_area) | frames | (rows & is_row))[new].any(axis=0)
    return replace(cells, quads=np.concatenate([cells.quads[~drop], (boxes[new] + 0.5) / cells.scale - 0.5]))


def _cut_from(boxes: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether boxes (n, 4) fill cells (m, 4) but for their left or their right part, by their ends: (n, m)."""
    high = (boxes[:, 3] - boxes[:, 1])[:, None]
    gaps = (boxes[:, None] - known) * [1, 1, -1, -1] / high[..., None]
    left, top, right, bottom = gaps.transpose(2, 0, 1)
    within = (gaps > -SAME).all(axis=2) & (top < FLUSH) & (bottom < FLUSH)
    cut: NDArray[np.bool_] = within & (np.minimum(left, right) < FLUSH) & (np.maximum(left, right) > CUT_OFF)
    return cut


def _ends(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Left, top, right and bottom (n, 4) of quadrilaterals (n, 4, 2)."""
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)


def _areas(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels of the upright rectangles around (n, 4, 2) quadrilaterals."""
    areas: NDArray[np.float64] = np.ptp(quads, axis=1).prod(axis=1)
    return areas
