"""The ink of a box without its printed frame and without what overflows from the neighbours."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.patches import Patch

REACH = 0.14
"""How far from the edge of the box its frame may lie, in parts of the box's shorter side."""
SLOPES = (-0.04, -0.02, 0.0, 0.02, 0.04)
"""How much a side of the frame may lean against the edge of the box, less where the side is long: paper is curled, and
boxes are found to a pixel."""
FRAME = 0.42
"""Mean ink along a straight line from which on the line is printed frame."""
END, CORNERED = (0.06, 0.17), 0.3
"""The end of a side, beyond the thickness of the side that it meets there, in parts of its length; and the least share
of the ink of its middle that it has."""
SPECK = 0.08
"""A piece no longer than this, in parts of the box's shorter side, is dirt."""
FARTHEST = 0.35
"""Paper between the largest piece of a digit and another one half as large at the most, in parts of its size."""
TALL, THIN = 0.3, 0.06
"""A piece of writing that an edge cuts is no lower and no narrower than this, in parts of the box's height."""
INK = 0.3
"""Soft ink from which on a pixel belongs to a stroke when strokes are told apart."""


@dataclass(frozen=True, slots=True)
class Side:
    """One printed side of a frame in a patch: at row `offset + slope * column`, `thickness` rows high."""

    offset: float
    slope: float
    thickness: float


def without_frame(patch: Patch) -> NDArray[np.float32]:
    """The patch's ink with the printed frame taken out, on all four sides where there is one.

    A side of the frame is the straight line with the most ink near the edge of the box. It is taken out in its own
    thickness, so what is written along it and makes it thicker stays; where a stroke of the box runs into the side,
    the stroke is kept up to the middle of the side.

    Returns:
        (rows, columns) float32, 0 is paper and 1 is full ink.
    """
    ink = patch.ink.copy()
    shorter = min(ink.shape) - 2 * patch.margin
    reach = max(3, round(REACH * shorter))
    views = [np.rot90(ink, quarter) for quarter in range(4)]
    sides = [_side(view, patch.margin, reach) for view in views]
    thicknesses = sorted(side.thickness for side in sides if side is not None)
    for view, side in zip(views, sides, strict=True):
        if side is not None:
            usual = thicknesses[(len(thicknesses) - 1) // 2]
            _erase(view, side if _runs_on(view, side, patch.margin) else _thinned(side, usual))
    return ink


def _runs_on(ink: NDArray[np.float32], side: Side, margin: int) -> bool:
    """Whether a side is as thick beside the box as along it: so are rulings of a grid, writing along a side is not."""
    middle = side.offset + side.slope * ink.shape[1] / 2
    rows = slice(max(0, int(middle - side.thickness)), int(middle + side.thickness) + 1)
    wide = max(1, margin - 2)
    beside = [(part.mean(axis=1) > 0.5).sum() for part in (ink[rows, :wide], ink[rows, -wide:])]
    return bool(max(beside) >= 0.7 * side.thickness)


def _thinned(side: Side, usual: float) -> Side:
    """The side, no thicker than the others: what makes it thicker, on the inside, is written along it."""
    if side.thickness <= 1.6 * usual + 1:
        return side
    return Side(side.offset - (side.thickness - usual) / 2, side.slope, usual)


def _side(ink: NDArray[np.float32], margin: int, reach: int) -> Side | None:
    """The printed line near the top of a patch, or nothing where there is none."""
    span = ink[:, margin + reach : ink.shape[1] - margin - reach]
    if span.shape[1] < 6:
        return None
    columns = np.arange(span.shape[1])
    rows = np.arange(margin - reach, margin + reach + 1)
    slopes = np.array(SLOPES) * min(1.0, ink.shape[0] / ink.shape[1])
    shifts = np.round(slopes[:, None] * (columns - span.shape[1] / 2)).astype(np.intp)
    at = np.clip(rows[:, None] + shifts[:, None], 0, len(ink) - 1)
    profiles = span[at, columns].mean(axis=2)
    # Of two slopes that fit alike the level one.
    best = int((profiles.max(axis=1) - 0.01 * (slopes != 0)).argmax())
    profile, slope = profiles[best], float(slopes[best])
    peak = int(profile.argmax())
    if profile[peak] <= FRAME:
        return None
    above, below = profile[peak::-1] < 0.5 * profile[peak], profile[peak:] < 0.5 * profile[peak]
    first = int(above.argmax()) if above.any() else peak + 1
    last = int(below.argmax()) if below.any() else len(profile) - peak
    middle = float(rows[peak]) + (last - first) / 2
    side = Side(middle - slope * (margin + reach + span.shape[1] / 2), slope, first + last - 1)
    return side if _ends_in_corners(ink, side, margin, float(profile[peak])) else None


def _ends_in_corners(ink: NDArray[np.float32], side: Side, margin: int, usual: float) -> bool:
    """Whether a side as dark as `usual` goes on to the corners, to one at least: a stroke along the edge does not."""
    columns = np.arange(margin, ink.shape[1] - margin)
    rows = np.round(side.offset + side.slope * columns).astype(np.intp)
    along = ink[np.clip(rows + np.arange(-1, 2)[:, None], 0, len(ink) - 1), columns].max(axis=0)
    first, last = round(END[0] * len(along)), max(1, round(END[1] * len(along)))
    return bool(max(along[first:last].mean(), along[::-1][first:last].mean()) >= CORNERED * usual)


def _erase(ink: NDArray[np.float32], side: Side) -> None:
    """Take a side out of the ink, in place, but leave the half of it next to the box where a stroke runs into it."""
    rows, columns = ink.shape
    middle = side.offset + side.slope * np.arange(columns)
    half = side.thickness / 2 + 1
    distance = np.arange(rows)[:, None] - middle
    inside = np.clip(np.ceil(middle + half).astype(int) + 1, 0, rows - 1)
    stroke = ink[inside, np.arange(columns)] > INK
    line = np.abs(distance) <= half
    ink[line & ~(stroke & (distance > 0))] = 0


def glyph_of(ink: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """What is written in the box: the strokes that have their centre in it, without specks and remains of the frame.

    Args:
        ink: (rows, columns) float32, the ink of a patch without its frame.
        margin: pixels between the edge of the patch and the edge of the box.

    Returns:
        (rows, columns) float32; all 0 where the box is empty.
    """
    shorter = min(ink.shape) - 2 * margin
    labels, stats, keep = _written(ink, margin)
    keep &= stats[:, 2:4].max(axis=1) > SPECK * shorter
    if keep.any():
        keep &= _belong(stats, int(np.where(keep, stats[:, 4], 0).argmax()), shorter)
    return _kept(ink, labels, keep)


def is_cut_off(ink: NDArray[np.float32], margin: int) -> bool:
    """Whether the left or right edge of a box for several digits goes through writing: a part of it is not in the box.

    Args:
        ink: (rows, columns) float32, the ink of a patch without its frame.
        margin: pixels between the edge of the patch and the edge of the box.
    """
    height = ink.shape[0] - 2 * margin
    inner = (ink[margin : margin + height] > INK).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(inner, connectivity=8)
    left, _, across, down, _ = stats[1:].T
    tall = (down >= TALL * height) & (across > THIN * height)
    cut = [(left < edge - 1) & (left + across > edge + 2) for edge in (margin, ink.shape[1] - margin)]
    return bool((tall & (cut[0] | cut[1])).any())


def line_of(ink: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """What is written in a box for several digits, without remains of the frame: (rows, columns) float32, no margin.

    Args:
        ink: (rows, columns) float32, the ink of a patch without its frame.
        margin: pixels between the edge of the patch and the edge of the box.
    """
    labels, _, keep = _written(ink, margin)
    inside = _kept(ink, labels, keep)[margin:-margin, margin:-margin]
    return np.ascontiguousarray(inside)


def _written(ink: NDArray[np.float32], margin: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """The pieces of ink: labels, (n, 5) left, top, width, height and area, and which are written inside the frame."""
    height, width = ink.shape[0] - 2 * margin, ink.shape[1] - 2 * margin
    shorter = min(height, width)
    _, labels, stats, centres = cv2.connectedComponentsWithStats((ink > INK).astype(np.uint8), connectivity=8)
    left, top, across, down, area = stats.T
    x, y = centres.T - margin
    inside = np.bincount(labels[margin : margin + height, margin : margin + width].ravel(), minlength=len(stats)) / area
    # Distances of the far side of each piece from the four edges of the box: small where it lies wholly beside one.
    beside_wall = np.minimum(left + across - margin, margin + width - left) < REACH * shorter
    beside_line = np.minimum(top + down - margin, margin + height - top) < REACH * shorter
    remains = (beside_wall & (down < 0.4 * height)) | (beside_line & (across < 0.4 * width))
    remains |= (beside_wall & (across < 0.05 * shorter)) | (beside_line & (down < 0.05 * shorter))
    # Bars beside the box: a black heading above it, a thick wall that was found too far out.
    remains |= (across > 0.8 * width) & (down < 0.3 * height) & ((y < 0.25 * height) | (y > 0.75 * height))
    remains |= (down > 0.9 * height) & (across < 0.2 * width) & ((x < 0.12 * width) | (x > 0.88 * width))
    edge = 0.04 * shorter
    within = (x > edge) & (x < width - edge) & (y > edge) & (y < height - edge)
    # A stroke that overflows belongs to the box that has most of it; a bar that runs through belongs to none.
    through = (across > width + margin) | (down > height + margin)
    keep = within & ~remains & (inside > np.where(through, 0.85, 0.5))
    keep[0] = False
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32), keep


def _kept(ink: NDArray[np.float32], labels: NDArray[np.int32], keep: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The ink of the pieces to keep alone."""
    own = keep[labels]
    # Anti-aliased edges reach a pixel beyond the strokes, but not into a stroke that is left out.
    edge = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    written: NDArray[np.float32] = ink * (own | (edge & (labels == 0)))
    return written


def _belong(stats: NDArray[np.int32], main: int, shorter: int) -> NDArray[np.bool_]:
    """Which pieces (n, 5: left, top, width, height, area) belong to the digit whose largest piece is `main`.

    A bar or a broken stroke is near it, and the smaller a piece is the nearer it must be; dots of the frame, bits of a
    watermark and ends of the neighbours' strokes are apart.
    """
    left, top, across, down, area = stats.T
    aside = np.maximum(left - (left[main] + across[main]), left[main] - (left + across))
    above = np.maximum(top - (top[main] + down[main]), top[main] - (top + down))
    gap = np.hypot(np.maximum(aside, 0), np.maximum(above, 0))
    share = area / area[main]
    near: NDArray[np.bool_] = (share >= 0.02) & (
        gap <= (FARTHEST * np.sqrt(np.minimum(1, 2 * share))) * max(down[main], across[main], 0.3 * shorter)
    )
    return near
