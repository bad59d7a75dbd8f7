"""The printed sides of the frame around a box: where they are in a patch, and how they are taken out."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SLOPES = (-0.04, -0.02, 0.0, 0.02, 0.04)
"""How much a side of the frame may lean against the edge of the box, less where the side is long: paper is curled, and
boxes are found to a pixel."""
FRAME = 0.42
"""Mean ink along a straight line from which on the line is printed frame."""
END, CORNERED = (0.06, 0.17), 0.3
"""The end of a side, beyond the thickness of the side that it meets there, in parts of its length; and the least share
of the ink of its middle that it has."""
DOUBLE = 2.0
"""Both ends of the inner of two walls have CORNERED of this ink at the least: it is dark from corner to corner."""
THICKER, ALONG = 1.15, 1.5
"""A stroke lies on a side where this is so many times as thick as usual, and so many pixels."""
MOSTLY = 0.8
"""A side is as thick as it is there in more than this share of it."""
LONG = 0.5
"""And between two such places no farther from each other, in parts of the side."""
INK = 0.3
"""Soft ink from which on a pixel belongs to a stroke when strokes are told apart."""

Inks = NDArray[np.float32]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sides:
    """One printed side of the frame in each of n patches: at row `offset + slope * column`, `thickness` rows high.

    Attributes:
        offset: (n,) float64.
        slope: (n,) float64.
        thickness: (n,) float64, 0 where there is no such side.
    """

    offset: Vector
    slope: Vector
    thickness: Vector

    def __post_init__(self) -> None:
        if not self.offset.shape == self.slope.shape == self.thickness.shape or self.offset.ndim != 1:
            raise ValueError("sides have an offset, a slope and a thickness each")


def usual_thickness(thickness: NDArray[np.float64]) -> Vector:
    """The lower median (n,) of the thickness of the sides that there are, of (4, n), 0 where there is none."""
    count = (thickness > 0).sum(axis=0)
    ordered = np.sort(np.where(thickness > 0, thickness, np.inf), axis=0)
    usual: Vector = ordered[np.maximum(count - 1, 0) // 2, np.arange(len(count))]
    return usual


def run_on(inks: Inks, sides: Sides, margin: int) -> NDArray[np.bool_]:
    """Which sides are as thick beside the box as along it: so are rulings of a grid, writing along a side is not."""
    middle = sides.offset + sides.slope * inks.shape[2] / 2
    rows = np.arange(inks.shape[1])
    near = (rows >= np.trunc(middle - sides.thickness)[:, None]) & (rows <= np.trunc(middle + sides.thickness)[:, None])
    wide = max(1, margin - 2)
    beside = [((part.mean(axis=2) > 0.5) & near).sum(axis=1) for part in (inks[:, :, :wide], inks[:, :, -wide:])]
    found: NDArray[np.bool_] = np.maximum(*beside) >= 0.7 * sides.thickness
    return found


def are_double(inks: Inks, sides: Sides, usual: Vector, margin: int) -> NDArray[np.bool_]:
    """Which sides are two walls with hardly any paper between: thicker than is usual (n,), from corner to corner."""
    row = sides.offset + sides.thickness / 2 - (np.minimum(usual, sides.thickness) + 1) / 4
    inner = Sides(row, sides.slope, sides.thickness)
    ends = _ends_in_corners(inks, inner, margin, np.full(len(inks), DOUBLE, np.float32))
    return np.asarray(ends.all(axis=0))


def thinned(sides: Sides, usual: Vector, kept: NDArray[np.bool_]) -> Sides:
    """The sides, no thicker than is usual (n,) in their box: what makes them thicker, on the inside, is written along.

    Those `kept` (n,) stay as they are.
    """
    thick = ~kept & (sides.thickness > 1.6 * usual + 1)
    offset = np.where(thick, sides.offset - (sides.thickness - usual) / 2, sides.offset)
    return Sides(offset, sides.slope, np.where(thick, usual, sides.thickness))


def sides_on_top(inks: Inks, margin: int, reach: int, whole: bool = False) -> Sides:
    """The printed lines near the top of patches (n, rows, columns); `whole`: those alone that go to both corners."""
    count, height, width = inks.shape
    columns = np.arange(margin + reach, width - margin - reach)
    if len(columns) < 6:
        return Sides(np.zeros(count), np.zeros(count), np.zeros(count))
    rows, every = np.arange(margin - reach, margin + reach + 1), np.arange(count)
    slopes = np.array(SLOPES) * min(1.0, height / width)
    shifts = np.round(slopes[:, None] * (columns - width / 2)).astype(np.intp)
    at = (rows[:, None] + shifts[:, None]).clip(0, height - 1) * width + columns
    profiles = inks.reshape(count, -1).take(at, axis=1).mean(axis=3)
    # Of two slopes that fit alike the level one.
    best = (profiles.max(axis=2) - 0.01 * (slopes != 0)).argmax(axis=1)
    profile, slope = profiles[every, best], slopes[best]
    peak, number = profile.argmax(axis=1), np.arange(len(rows))
    darkest = profile[every, peak]
    faint = profile < 0.5 * darkest[:, None]
    above = np.where(faint & (number < peak[:, None]), number, -1).max(axis=1)
    below = np.where(faint & (number > peak[:, None]), number, len(rows)).min(axis=1)
    offset = (above + below) / 2 + rows[0] - slope * width / 2
    first, last = _ends_in_corners(inks, Sides(offset, slope, below - above - 1.0), margin, darkest)
    ends = first & last if whole else first | last
    return Sides(offset, slope, np.where((darkest > FRAME) & ends, below - above - 1.0, 0.0))


def _ends_in_corners(inks: Inks, sides: Sides, margin: int, usual: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which sides, as dark as `usual`, go on to the left corner, and which to the right one (2, n): strokes do not."""
    columns = np.arange(margin, inks.shape[2] - margin)
    rows = np.round(sides.offset[:, None] + sides.slope[:, None] * columns).astype(np.intp)
    near = (rows[:, None] + np.arange(-1, 2)[:, None]).clip(0, inks.shape[1] - 1)
    along = inks[np.arange(len(inks))[:, None, None], near, columns].max(axis=1)
    first, last = round(END[0] * len(columns)), max(1, round(END[1] * len(columns)))
    ends = np.array([part[:, first:last].mean(axis=1) for part in (along, along[:, ::-1])])
    found: NDArray[np.bool_] = ends >= CORNERED * usual
    return found


def written_along(inks: Inks, sides: Sides, usual: Vector, ends: int) -> NDArray[np.bool_]:
    """Where a stroke may lie on a side: from where it makes it thicker to where it does again, (n, columns) bool.

    Args:
        inks: (n, rows, columns) with the sides in them.
        sides: one of each.
        usual: (n,) how thick sides of the box are.
        ends: columns at the ends of the patches that are not looked at.
    """
    count, rows, columns = inks.shape
    middle = np.round(sides.offset[:, None] + sides.slope[:, None] * np.arange(columns)).astype(np.intp)
    steps = np.arange(1, math.ceil(float(sides.thickness.max()) * THICKER + ALONG))[:, None, None]
    every, across = np.arange(count)[:, None], np.arange(columns)
    thick = np.ones((count, columns), np.intp)
    for way in (-1, 1):
        there = inks[every, (middle + way * steps).clip(0, rows - 1), across] > INK
        thick += np.logical_and.accumulate(there, axis=0).sum(axis=0)
    there = (inks[every, middle.clip(0, rows - 1), across] > INK) & (sides.thickness > 0)[:, None]
    there &= (across >= ends) & (across < columns - ends)
    found = there & (thick >= (THICKER * np.minimum(sides.thickness, usual) + ALONG)[:, None])
    found &= (found.sum(axis=1) <= MOSTLY * (columns - 2 * ends))[:, None]  # more is the side itself
    between = np.ones((1, max(1, round(LONG * (columns - 2 * ends)))), np.uint8)
    padded = np.pad(found.view(np.uint8), ((0, 0), (columns, columns)))
    return np.asarray(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, between)[:, columns:-columns], bool)


def erase(inks: Inks, sides: Sides) -> None:
    """Take sides out of the ink, in place, but leave the half of them next to the box where a stroke runs into it."""
    count, rows, columns = inks.shape
    middle = sides.offset[:, None] + sides.slope[:, None] * np.arange(columns)
    half = (sides.thickness / 2 + 1)[:, None]
    inside = np.ceil(middle + half).astype(np.intp) + 1
    stroke = inks[np.arange(count)[:, None], inside.clip(0, rows - 1), np.arange(columns)] > INK
    last = middle + np.where(stroke, 0, half)  # row that is taken out
    there = (sides.thickness > 0)[:, None]
    number = np.arange(min(rows, int(inside[there[:, 0]].max())))[:, None]
    line = (number >= (middle - half)[:, None]) & (number <= last[:, None]) & there[:, None]
    inks[:, : len(number)][line] = 0
