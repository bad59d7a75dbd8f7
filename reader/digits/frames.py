"""The ink of a box without its printed frame and without what overflows from the neighbours."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.patches import Patch
from reader.digits.sides import (
    INK,
    Inks,
    are_double,
    erase,
    run_on,
    sides_on_top,
    thinned,
    usual_thickness,
    written_along,
)

REACH = 0.14
"""How far from the edge of the box its frame may lie, in parts of the box's shorter side."""
SPECK = 0.08
"""A piece no longer than this, in parts of the box's shorter side, is dirt."""
FARTHEST = 0.35
"""Paper between the largest piece of a digit and another one half as large at the most, in parts of its size."""
RIVAL, TALL_RIVAL = 0.35, 0.6
"""A piece with this share of the ink of the largest one, and as high as this share of it, is never left out: with two
digits in a box neither is the answer, and what shows both is no digit."""
THIN_RIVAL, OFF_WALL = 0.7, 0.18
"""Nor is one as high as the first share of the largest one whose middle is so far from the box's left and right sides,
in parts of its width: a 1 has little ink, and what comes from the neighbours stays near the sides."""
CORNER = 0.18
"""How far from two sides of a box the middle of what is left of its corner lies, in parts of its shorter side."""
TALL, THIN = 0.3, 0.06
"""A piece of writing that an edge cuts is no lower and no narrower than this, in parts of the box's height."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of ink of n patches of one size, in all of them counted as one; the first one is the paper.

    Attributes:
        labels: (n, rows, columns) int32, the number of the piece that a pixel belongs to.
        stats: (pieces, 5) int32: left, top, width, height and area, in the patch.
        patch: (pieces,) int32, which patch it is in.
        inside: (pieces,) bool, whether it is written inside the frame.
    """

    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    patch: NDArray[np.int32]
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.stats.shape != (len(self.patch), 5) or self.inside.shape != self.patch.shape or self.inside[0]:
            raise ValueError(f"{len(self.patch)} pieces have no {self.stats.shape} measures")


def without_frame(patch: Patch, is_line: bool = False) -> NDArray[np.float32]:
    """The patch's ink with the printed frame taken out, (rows, columns) float32, as `without_frames` does."""
    free: NDArray[np.float32] = without_frames(patch.ink[None], patch.margin, is_line)[0]
    return free


def without_frames(inks: Inks, margin: int, are_lines: bool = False) -> Inks:
    """The ink of patches with the printed frame taken out, on all four sides where there is one.

    A side of the frame is the straight line with the most ink near the edge of the box. It is taken out in its own
    thickness, so what is written along it and makes it thicker stays; where a stroke of the box runs into the side,
    the stroke is kept up to the middle of the side. A side that is thicker from corner to corner is two boxes' walls.

    Args:
        inks: (n, rows, columns) float32, 0 is paper and 1 is full ink; boxes of one size are quickest taken together.
        margin: pixels between the edge of the patches and the edge of the boxes.
        are_lines: whether they are lines to write on rather than boxes: those may have no frame, and a 1 at their end
            that stands on a ruling is no wall.

    Returns:
        The same without the frames.
    """
    return freed(inks, margin, are_lines)[0]


def freed(inks: Inks, margin: int, are_lines: bool = False) -> tuple[Inks, Inks]:
    """As `without_frames`, and the same with those parts of the frames where strokes may lie on them, as a 7's bar."""
    free, barred = inks.copy(), inks.copy()
    reach = max(3, round(REACH * (min(inks.shape[1:]) - 2 * margin)))
    views, others = ([np.rot90(each, quarter, axes=(1, 2)) for quarter in range(4)] for each in (free, barred))
    found = [
        sides_on_top(np.ascontiguousarray(view), margin, reach, whole=are_lines and quarter % 2 == 1)
        for quarter, view in enumerate(views)
    ]
    usual = usual_thickness(np.array([sides.thickness for sides in found]))
    for number, sides in enumerate(found):
        if sides.thickness.any():
            view, other = views[number], others[number]
            whole = run_on(view, sides, margin) | are_double(view, sides, usual, margin)
            line, before = thinned(sides, usual, whole), view.copy()
            along = written_along(np.rot90(inks, number, axes=(1, 2)), line, usual, margin + reach // 2)[:, None]
            erase(view, line)
            other[(view < before) & ~along] = 0
    return free, barred


def glyph_of(ink: NDArray[np.float32], margin: int) -> NDArray[np.float32]:
    """What is written in one box, (rows, columns) float32, as `glyphs_of` finds it."""
    glyph: NDArray[np.float32] = glyphs_of(ink[None], margin)[0]
    return glyph


def glyphs_of(inks: Inks, margin: int) -> Inks:
    """What is written in each box: the strokes that have their centre in it, without specks and remains of the frame.

    Args:
        inks: (n, rows, columns) float32, the ink of patches without their frames.
        margin: pixels between the edge of the patches and the edge of the boxes.

    Returns:
        (n, rows, columns) float32; all 0 where the box is empty.
    """
    shorter = min(inks.shape[1:]) - 2 * margin
    pieces = _written(inks, margin)
    keep = pieces.inside & (pieces.stats[:, 2:4].max(axis=1) > SPECK * shorter)
    width = inks.shape[2] - 2 * margin
    place = (pieces.stats[:, 0] + pieces.stats[:, 2] / 2 - margin) / width
    keep &= _belong(pieces, keep, shorter, np.minimum(place, 1 - place))
    return _kept(inks, pieces.labels, keep)


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
    pieces = _written(ink[None], margin)
    inside = _kept(ink[None], pieces.labels, pieces.inside)[0, margin:-margin, margin:-margin]
    return np.ascontiguousarray(inside)


def _written(inks: Inks, margin: int) -> Pieces:
    """The pieces of ink of all patches (n, rows, columns), and which of them are written inside the frame."""
    rows, columns = inks.shape[1:]
    height, width = rows - 2 * margin, columns - 2 * margin
    shorter = min(height, width)
    # One below the other, a row of paper between them: the pieces of all patches are found at once.
    column = np.pad(inks > INK, ((0, 0), (0, 1), (0, 0))).reshape(-1, columns)
    _, numbers, found, centres = cv2.connectedComponentsWithStats(column.view(np.uint8), connectivity=8)
    labels, stats = np.asarray(numbers, np.int32).reshape(-1, rows + 1, columns)[:, :-1], np.asarray(found, np.int32)
    patch = stats[:, 1] // (rows + 1)
    stats[:, 1] -= patch * (rows + 1)
    left, top, across, down, area = stats.T
    x, y = centres.T - margin
    y -= patch * (rows + 1)
    within = labels[:, margin : margin + height, margin : margin + width]
    share = np.bincount(within.ravel(), minlength=len(stats)) / area
    # Distances of the far side of each piece from the four edges of the box: small where it lies wholly beside one.
    beside_wall = np.minimum(left + across - margin, margin + width - left) < REACH * shorter
    beside_line = np.minimum(top + down - margin, margin + height - top) < REACH * shorter
    remains = (beside_wall & (down < 0.4 * height)) | (beside_line & (across < 0.4 * width))
    remains |= (beside_wall & (across < 0.05 * shorter)) | (beside_line & (down < 0.05 * shorter))
    # Bars beside the box: a black heading above it, a thick wall that was found too far out.
    remains |= (across > 0.8 * width) & (down < 0.3 * height) & ((y < 0.25 * height) | (y > 0.75 * height))
    remains |= (down > 0.9 * height) & (across < 0.2 * width) & ((x < 0.12 * width) | (x > 0.88 * width))
    # Rounded corners hang on the side between them, or are left of it.
    aside, above = np.minimum(x, width - x), np.minimum(y, height - y)
    remains |= (down > 0.6 * height) & (across < 0.25 * shorter) & (aside < 0.08 * shorter)
    in_corner = np.maximum(aside, above) < CORNER * shorter
    remains |= in_corner & (np.maximum(across, down) < 0.3 * shorter)
    edge = 0.04 * shorter
    inside = (x > edge) & (x < width - edge) & (y > edge) & (y < height - edge) & ~remains
    # A stroke that overflows belongs to the box that has most of it; a bar that runs through belongs to none.
    through = (across > width + margin) | (down > height + margin)
    inside &= share > np.where(through, 0.85, 0.5)
    inside[0] = False
    return Pieces(labels, stats, patch, inside)


def _kept(inks: Inks, labels: NDArray[np.int32], keep: NDArray[np.bool_]) -> Inks:
    """The ink (n, rows, columns) of the pieces to keep alone."""
    own = keep[labels]
    # Anti-aliased edges reach a pixel beyond the strokes, but not into a stroke that is left out.
    edges = np.array([cv2.dilate(mask, np.ones((3, 3), np.uint8)) for mask in own.view(np.uint8)], bool)
    written: Inks = inks * (own | (edges & (labels == 0)))
    return written


def _belong(pieces: Pieces, keep: NDArray[np.bool_], shorter: int, off_wall: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pieces belong to the digit whose largest piece is the largest one to `keep` of the same patch.

    A bar or a broken stroke is near it, and the smaller a piece is the nearer it must be; dots of the frame, bits of a
    watermark and ends of the neighbours' strokes are apart. A second digit in the box belongs to it, too.

    Args:
        pieces: of all patches.
        keep: (pieces,) those among which the largest is.
        shorter: the shorter side of the boxes.
        off_wall: (pieces,) how far their middles are from the nearer one of the left and the right side of the box, in
            parts of its width.
    """
    left, top, across, down, area = pieces.stats.T
    largest = np.zeros(pieces.patch.max() + 1, np.intp)
    order = np.argsort(np.where(keep, -area, 0), kind="stable")[::-1]
    largest[pieces.patch[order]] = order  # the last one, which is the largest of its patch, stays
    main = largest[pieces.patch]
    aside = np.maximum(left - (left[main] + across[main]), left[main] - (left + across))
    above = np.maximum(top - (top[main] + down[main]), top[main] - (top + down))
    gap = np.hypot(np.maximum(aside, 0), np.maximum(above, 0))
    share = area / area[main]
    size = np.maximum(np.maximum(down[main], across[main]), 0.3 * shorter)
    near = (share >= 0.02) & (gap <= FARTHEST * np.sqrt(np.minimum(1, 2 * share)) * size)
    rival = (share >= RIVAL) & (down >= TALL_RIVAL * down[main])
    rival |= (off_wall >= OFF_WALL) & (down >= THIN_RIVAL * down[main])
    belong: NDArray[np.bool_] = near | rival
    return belong
