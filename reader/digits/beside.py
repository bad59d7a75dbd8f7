"""Digits right beside a field that are in no place to write in: one of its boxes was not found, or was missed."""

import numpy as np
from numpy.typing import NDArray

from reader.digits.candidates import Classifier
from reader.digits.crops import crop
from reader.forms.cells import sized_for_search
from reader.forms.free_lines import DARK
from reader.forms.outlines import outlines
from reader.forms.parentheses import bend
from reader.pages.binarize import as_shares

LOW, HIGH = 0.5, 1.2
"""Height of such a digit at the least and at the most, in heights of the boxes: print beside them is smaller."""
REACH, NARROW = 1.3, 0.6
"""How far from a box's edge its middle is at the most, in widths of the boxes; these are so many heights at least."""
CLOSE = 0.35
"""Pieces that are no farther from each other, in heights of the boxes, belong together."""
WALL = (0.9, 0.15)
"""Pieces of this height in that of the boxes, and no wider than this share of it, are their walls."""
LETTER, HIGHEST = 0.3, 2.0
"""Pieces of less height, in that of the boxes, are dots, and of more, no letters."""
MOST = 3
"""So many pieces together may be a part of the number; more are another one, or a word."""
FITS = 0.85
"""Between two places that are no farther apart than this, in widths of the boxes, there is no box, but a slash, a colon
or the like."""
SURELY = 0.9
"""Probability of a digit from which on a piece is one; where one of several is none, all are a word."""

Boxes = NDArray[np.float64]


def digits_beside(
    ink: NDArray[np.uint8], rows: list[NDArray[np.float64]], taken: NDArray[np.float64], classifier: Classifier
) -> list[bool]:
    """Which rows of boxes have a digit to their left or right, or between their boxes, that is in none.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
        rows: of each row its boxes (m, 4, 2), corners (x, y) in the page, from left to right.
        taken: (n, 4, 2) all places that are read, those in other rows too.
        classifier: reads crops.
    """
    small, scale = sized_for_search(ink)
    _, found = outlines((small > DARK).astype(np.uint8))
    pieces = np.hstack([found[:, :2], found[:, :2] + found[:, 2:4]]).astype(np.float64)
    heights = scale * np.array([np.median(np.ptp(row[:, :, 1], axis=1)) for row in rows])
    high = pieces[:, 3] - pieces[:, 1]
    pieces = pieces[(high >= LETTER * heights.min()) & (high <= HIGHEST * heights.max())]  # specks may be very many
    inner = (taken + 0.5) * scale - 0.5
    places = np.hstack([inner.min(axis=1), inner.max(axis=1)])
    pieces = pieces[~_are_in(pieces, places)]
    groups = [
        (number, group)
        for number, row in enumerate(rows)
        for group in _groups(pieces, (row + 0.5) * scale - 0.5)
        if _has_room(group, places, FITS * scale * float(np.median(np.ptp(row[:, :, 0], axis=1))))
    ]
    if not groups:
        return [False] * len(rows)
    shares = as_shares(small)
    asked = np.concatenate([group for _, group in groups]).astype(int)
    crops = np.array([crop(shares[y0:y1, x0:x1]) for x0, y0, x1, y1 in asked])
    sure = classifier.probabilities(crops)[:, :10].max(axis=1) >= SURELY
    sure &= [bend(small[y0:y1, x0:x1] > DARK) == 0 for x0, y0, x1, y1 in asked]
    by_group = np.split(sure, np.cumsum([len(group) for _, group in groups])[:-1])
    beside = {number for (number, _), each in zip(groups, by_group, strict=True) if each.all()}
    return [number in beside for number in range(len(rows))]


def _are_in(pieces: Boxes, places: Boxes) -> NDArray[np.bool_]:
    """Which pieces (n, 4: left, top, right, bottom) have their middle in one of the places (m, 4)."""
    middles = (pieces[:, None, :2] + pieces[:, None, 2:]) / 2
    beyond = np.maximum(places[:, :2] - middles, middles - places[:, 2:]).max(axis=2)
    return np.asarray(beyond.min(axis=1, initial=np.inf) <= 0, np.bool_)


def _groups(pieces: Boxes, row: NDArray[np.float64]) -> list[Boxes]:
    """Pieces side by side, as high as the digits of a row of boxes (m, 4, 2), close beside it or between them."""
    usual, high = (float(side) for side in np.median(np.ptp(row, axis=1), axis=0))
    wide = max(usual if len(row) > 1 else 0.0, NARROW * high)
    (left, top), (right, bottom) = row.min(axis=(0, 1)), row.max(axis=(0, 1))
    middles, heights = (pieces[:, :2] + pieces[:, 2:]) / 2, pieces[:, 3] - pieces[:, 1]
    walls = (heights >= WALL[0] * high) & (pieces[:, 2] - pieces[:, 0] <= WALL[1] * high)
    level = ~walls & (middles[:, 1] > top) & (middles[:, 1] < bottom) & (heights >= LETTER * high)
    level &= (middles[:, 0] > left - 2 * REACH * wide) & (middles[:, 0] < right + 2 * REACH * wide)
    near = pieces[level][np.argsort(pieces[level, 0])]
    if not len(near):
        return []
    gaps = near[1:, 0] - np.maximum.accumulate(near[:, 2])[:-1]
    groups = np.split(near, np.flatnonzero(gaps > CLOSE * high) + 1)
    return [group for group in groups if _may_be_missed(group, (left, right, high), REACH * wide)]


def _has_room(group: Boxes, places: Boxes, wide: float) -> bool:
    """Whether a box so wide might be where pieces (n, 4) are, between the places (m, 4) to their left and right."""
    middle, level = group[:, [0, 2]].mean(), group[:, [1, 3]].mean()
    beside = places[(places[:, 1] < level) & (level < places[:, 3])]
    left = beside[beside[:, 0] < middle, 2].max(initial=-np.inf)
    right = beside[beside[:, 2] > middle, 0].min(initial=np.inf)
    return bool(right - left >= wide)


def _may_be_missed(group: Boxes, row: tuple[float, float, float], reach: float) -> bool:
    """Whether pieces (n, 4) are few, as high as digits, and one is near a row with this left, right and height."""
    left, right, high = row
    heights, middles = group[:, 3] - group[:, 1], (group[:, 0] + group[:, 2]) / 2
    near = (middles > left - reach) & (middles < right + reach)
    as_high = (heights >= LOW * high) & (heights <= HIGH * high)
    return bool(len(group) <= MOST and near.any() and as_high.all())
