"""The corners of areas that rulings enclose, on the middle of the rulings, whatever is written over these."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.outlines import Outline, area_of

ASKEW = 5.0
"""Degrees by which the sides of a cell lean apart at the most, on a page set upright; those of 58 did by 3 or less."""
RIDGE_WIDTHS = (2, 4, 9)
"""Pixels from the middle of a ruling to paper on either side: close to writing; thin and sharp; wide or blurred."""
STRAIGHT = 0.12
"""Share of a cell's side that lies on a straight line (strokes of digits that touch the frame do not)."""
BENT = 0.12
"""How far apart the ends of a side may lie in its length, or it is a digit that bends it."""
ANGULAR = 0.85
"""Share of its bounding box that a cell's convex hull fills at least."""
FILLED = 0.5
"""And that the cell itself fills."""

Vector = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Borders:
    """Where the areas end on n of their sides, pixel by pixel, in k places at the most.

    Attributes:
        along: (n, k) int64, the places: columns of an upper or lower side, rows of a left or right one.
        at: (n, k) int64, the area's last pixel there: its row, or its column.
        there: (n, k) bool, where there is a place: the others fill up the shorter sides.
        outward: (n, 1) int64, the way from the area to the ruling: -1 is up and left, 1 is down and right.
        is_level: (n, 1) bool, an upper or lower side.
    """

    along: Whole
    at: Whole
    there: Mask
    outward: Whole
    is_level: Mask

    def __post_init__(self) -> None:
        if not self.along.shape == self.at.shape == self.there.shape or not self.there.any(axis=1).all():
            raise ValueError("each border has a place, and something in each place")


def quadrilaterals(
    found: list[Outline], boxes: NDArray[np.int32], rulings: NDArray[np.uint8]
) -> list[NDArray[np.float64]]:
    """The corners (4, 2) of those areas that are quadrilaterals, from the top left clockwise.

    Args:
        found: the outlines of areas that rulings enclose.
        boxes: (n, 4) int32, left, top, width and height of the rectangles around them.
        rulings: (rows, columns) uint8, 1 is ruling.
    """
    quads = np.zeros((len(found), 4, 2))
    fit = np.zeros(len(found), bool)
    may = [_fills(outline, box) for outline, box in zip(found, boxes, strict=True)]
    # Areas of about one size together, for all borders are filled up to the longest.
    sizes = np.where(may, np.log2(boxes[:, 2:].max(axis=1, initial=1)) // 2, -1)
    for size in np.unique(sizes[sizes >= 0]):
        alike = np.flatnonzero(sizes == size)
        borders = _borders([area_of(found[index], boxes[index]) for index in alike], boxes[alike])
        sides, straight = _sides(borders, rulings)
        quads[alike] = _crossings(sides.reshape(-1, 4, 2, 2))
        low, extent = boxes[alike, None, :2], boxes[alike, None, 2:]
        slack = 2 * max(RIDGE_WIDTHS) + 0.05 * extent.max(axis=(1, 2))
        out = np.maximum(low - quads[alike], quads[alike] - low - extent).max(axis=(1, 2))
        fit[alike] = straight.reshape(-1, 4).all(axis=1) & (out < slack)
    return list(quads[fit & are_upright(quads)])


def are_upright(quads: NDArray[np.float64]) -> Mask:
    """Which of (n, 4, 2) corners are those of quadrilaterals with sides along the axes, give or take 17 degrees."""
    runs = quads[:, [1, 2, 3, 0]] - quads
    along = runs[:, range(4), [0, 1, 0, 1]] * [1, 1, -1, -1]
    aside = np.abs(runs[:, range(4), [1, 0, 1, 0]])
    return np.asarray(((along > 0) & (aside < 0.3 * along)).all(axis=1), np.bool_)


def is_upright(quad: NDArray[np.float64]) -> bool:
    """The same of one (4, 2)."""
    return bool(are_upright(quad[None])[0])


def is_askew(quad: NDArray[np.float64]) -> bool:
    """Whether the left and the right side of one (4, 2) lean apart more than walls do: these are strokes of digits."""
    down = (quad[3] - quad[0]), (quad[2] - quad[1])
    left, right = (math.degrees(math.atan2(side[0], side[1])) for side in down)
    return abs(left - right) > ASKEW


def area_within(quad: NDArray[np.float64]) -> float:
    """The area of a quadrilateral (4, 2), in pixels."""
    return float(cv2.contourArea(quad.astype(np.float32)))


def _fills(outline: Outline, box: NDArray[np.int32]) -> bool:
    """Whether an area fills enough of the rectangle around it (left, top, width, height): a circle's hull 0.79."""
    _, _, width, height = box.tolist()
    if cv2.contourArea(outline) < FILLED * width * height:
        return False
    return bool(cv2.contourArea(cv2.convexHull(outline)) >= ANGULAR * max(1, (width - 1) * (height - 1)))


def _borders(areas: list[Mask], boxes: NDArray[np.int32]) -> Borders:
    """The borders of areas, each in its rectangle (left, top, width, height): upper, right, lower and left ones.

    The ends of a side lie in corners that may be rounded or blotted: the middle three quarters tell where it is.
    """
    along, at = np.zeros((2, 4 * len(areas), int(boxes[:, 2:].max())), np.int64)
    there = np.zeros(along.shape, bool)
    for number, (area, (left, top, width, height)) in enumerate(zip(areas, boxes.tolist(), strict=True)):
        x, y = slice(width // 8, width - width // 8), slice(height // 8, height - height // 8)
        columns, rows = np.arange(x.start, x.stop) + left, np.arange(y.start, y.stop) + top
        inside = area[:, x], area[y]
        borders = (
            (columns, inside[0].argmax(axis=0) + top),
            (rows, width - 1 - inside[1][:, ::-1].argmax(axis=1) + left),
            (columns, height - 1 - inside[0][::-1].argmax(axis=0) + top),
            (rows, inside[1].argmax(axis=1) + left),
        )
        for side, (places, ends) in enumerate(borders, start=4 * number):
            along[side, : len(places)], at[side, : len(places)], there[side, : len(places)] = places, ends, True
    outward = np.tile([-1, 1, 1, -1], len(areas))[:, None]
    return Borders(along, at, there, outward, np.tile([True, False], 2 * len(areas))[:, None])


def _sides(borders: Borders, rulings: NDArray[np.uint8]) -> tuple[NDArray[np.float64], Mask]:
    """The middle of the ruling beyond each border: two points (n, 2, 2) of (x, y); and (n,) whether it is straight."""
    along, there, outward = borders.along.astype(np.float64), borders.there, borders.outward
    length, number = there.sum(axis=1), np.arange(there.shape[1])
    outer = _outer(borders.at * outward, there)
    thickness = _median(_thickness(borders, outer, rulings), outer)
    middle = borders.at + outward * (thickness[:, None] + 1) / 2
    first = number < (length // 2)[:, None]
    points = []
    for half in (there & first, there & ~first):
        own = _outer(middle * outward, half)
        points.append((_median(along, own), _median(middle, own)))
    places, ends = (np.stack(side, axis=1) for side in zip(*points, strict=True))
    # A digit that covers half of the side bends it: where it is straight, it is straight along the edge.
    bent = np.abs(np.diff(ends)) > BENT * length[:, None]
    whole = np.stack([along[:, 0], np.take_along_axis(along, length[:, None] - 1, axis=1)[:, 0]], axis=1)
    places, ends = np.where(bent, whole, places), np.where(bent, _median(middle, outer)[:, None], ends)
    run, rise = np.diff(places), np.diff(ends)
    offset = np.abs((middle - ends[:, :1]) * run - (along - places[:, :1]) * rise) / np.hypot(run, rise)
    straight = ((offset <= 2 + 0.02 * length[:, None]) & there).sum(axis=1) >= STRAIGHT * length
    level = borders.is_level
    return np.stack([np.where(level, places, ends), np.where(level, ends, places)], axis=2), straight


def _thickness(borders: Borders, outer: Mask, rulings: NDArray[np.uint8]) -> Vector:
    """How many pixels of ruling (n, k) there are beyond the outer places of the borders, up to the first of paper.

    What is thicker than any ruling is a black bar beside the cell, which then ends at its edge.
    """
    side, place = np.nonzero(outer)
    steps = borders.at[side, place, None] + borders.outward[side] * np.arange(1, 2 * max(RIDGE_WIDTHS) + 1)
    along, is_level = borders.along[side, place, None], borders.is_level[side]
    y, x = np.where(is_level, steps, along), np.where(is_level, along, steps)
    rows, columns = rulings.shape
    beyond = rulings[y.clip(0, rows - 1), x.clip(0, columns - 1)]
    thickness = np.zeros(outer.shape)
    thickness[side, place] = np.where(beyond.all(axis=1), 3, beyond.argmin(axis=1))
    return thickness


def _outer(far: NDArray[np.int64] | Vector, there: Mask) -> Mask:
    """Which places (n, k) lie outermost, a fifth at least: digits that touch a frame bend its border inwards."""
    ordered = np.sort(np.where(there, far, np.inf), axis=1)
    fifth = np.take_along_axis(ordered, (0.8 * there.sum(axis=1, keepdims=True)).astype(np.intp), axis=1)
    outer: Mask = there & (far >= fifth - 1)
    return outer


def _median(values: Vector, there: Mask) -> Vector:
    """The upper median (n,) of those values (n, k) that are there."""
    ordered = np.sort(np.where(there, values, np.inf), axis=1)
    middle: Vector = np.take_along_axis(ordered, there.sum(axis=1, keepdims=True) // 2, axis=1)[:, 0]
    return middle


def _crossings(sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners (n, 4, 2) where each of four lines (n, 4, 2, 2), two points each, crosses the one before it."""
    before = sides[:, [3, 0, 1, 2]]
    run, other = before[:, :, 1] - before[:, :, 0], sides[:, :, 1] - sides[:, :, 0]
    gap = sides[:, :, 0] - before[:, :, 0]
    share = _cross(gap, other) / _cross(run, other)
    corners: NDArray[np.float64] = before[:, :, 0] + share[..., None] * run
    return corners


def _cross(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cross product (...) of vectors (..., 2)."""
    product: NDArray[np.float64] = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return product
