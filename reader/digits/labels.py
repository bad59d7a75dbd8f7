"""Print beside a number in its box, by its size: a small label above the writing, a unit behind it, colons in it."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.candidates import Classifier
from reader.digits.classifier import NOT_DIGIT
from reader.digits.crops import crop

Map = NDArray[np.float32]

INKED = 0.5
"""Ink from which on a pixel belongs to a piece."""
LARGE, SMALL = 0.6, 0.55
"""A piece of this share of the height of the highest is writing; one of less than this share of the usual height of
the writing may be print."""
LOWEST = 0.1
"""Height of a letter at the least, in parts of the line's: lower ones are dots, commas and the bars of fives."""
FLAT = 1.7
"""And its width at the most, in its heights: the bar of a five is flatter."""
BROKEN = 0.08
"""Paper between a piece and the writing right below it that it belongs to, at the most, in heights of the writing."""
ABOVE = 0.3
"""How far down into the writing a label above it may reach, in parts of the writing's height."""
LEVEL = 0.3
"""By how much the feet of the letters of a label differ, in parts of its height, but for a third of them."""
LONG = 1.2
"""Width of a label at the least, in its heights."""
CORNER = (3.5, 2.0)
"""A label as short as a number of one or two digits is in the upper left corner: its right and lower ends are no
farther from it, in its heights."""
GAP = 0.35
"""Paper before a unit, in heights of the writing."""
LOWER, FOOT = 0.8, 0.25
"""Height of a unit at the most, and how far its foot is from that of the writing, in parts of the writing's height."""
SURELY = 0.9
"""Probability of being no digit from which on a piece of a unit tells it from digits."""
DOT, ROUND = (0.06, 0.3), 1.7
"""Smaller and larger side of a dot of a colon at the least and at the most, in heights of the writing, and how many
times as long as the other one a side of it is at the most."""
SAME, ABOVE_EACH_OTHER, BETWEEN = 0.35, 0.08, (0.1, 0.6)
"""By how much of it the size of the two dots differs, by how much they are off each other aside, and paper between
them, in heights of the writing."""


def without_label(ink: Map) -> Map:
    """A line of writing without a printed label above it: small letters side by side.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink; what is written in a box.

    Returns:
        The same where there is none.
    """
    labels, boxes = _pieces(ink)
    if not len(boxes):
        return ink
    top, high = boxes[:, 1], boxes[:, 3]
    large = high >= LARGE * high.max()
    usual, upper = float(np.median(high[large])), float(np.median(top[large]))
    small = (high < SMALL * usual) & (top + high < upper + ABOVE * usual)
    broken = small & _hangs_on(boxes, large, BROKEN * usual)
    letters = boxes[small & ~broken & (high >= LOWEST * len(ink)) & (boxes[:, 2] <= FLAT * high)]
    if not len(letters) or not (_is_text(letters) or _is_in_corner(letters)):
        return ink
    return _without(ink, labels, boxes[small & ~broken, 4])


def without_unit(ink: Map, classifier: Classifier) -> Map:
    """A line of digits without a printed unit behind it, as kg or %: lower than the digits, apart, and no digits.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        classifier: reads crops.

    Returns:
        The same where there is none.
    """
    labels, boxes = _pieces(ink)
    high = boxes[:, 3]
    tall = boxes[high >= LARGE * high.max(initial=0)]
    if len(tall) < 2:
        return ink
    usual, foot = float(np.median(tall[:, 3])), float(np.median(tall[:, 1] + tall[:, 3]))
    order = np.argsort(boxes[:, 0])
    ends = np.maximum.accumulate((boxes[:, 0] + boxes[:, 2])[order])
    gaps = np.flatnonzero(boxes[order[1:], 0] - ends[:-1] >= GAP * usual)
    if not len(gaps):
        return ink
    unit = boxes[order[gaps[-1] + 1 :]]
    letters = unit[unit[:, 3] >= LOWEST * len(ink)]
    feet = letters[:, 1] + letters[:, 3]
    if not len(letters) or letters[:, 3].max() > LOWER * usual or (np.abs(feet - foot) > FOOT * usual).all():
        return ink
    crops = [crop(ink[y : y + h, x : x + w] * (labels[y : y + h, x : x + w] == n)) for x, y, w, h, n in letters]
    together = crop(np.where(np.isin(labels, letters[:, 4]), ink, np.float32(0)))  # a digit may be broken
    none = classifier.probabilities(np.array([*crops, together]))[:, NOT_DIGIT] >= SURELY
    return _without(ink, labels, unit[:, 4]) if none[:-1].any() and none[-1] else ink


def without_colons(ink: Map) -> Map:
    """A line of digits without the colons of times: two dots one above the other, alone in their columns.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.

    Returns:
        The same where there is none.
    """
    labels, boxes = _pieces(ink)
    wide, high = boxes[:, 2], boxes[:, 3]
    tall = high >= LARGE * high.max(initial=0)
    if tall.sum() < 2:
        return ink
    usual = float(np.median(high[tall]))
    small, large = np.minimum(wide, high), np.maximum(wide, high)
    dots = boxes[(small >= DOT[0] * usual) & (large <= DOT[1] * usual) & (large <= ROUND * small)]
    gone = [dot[4] for pair in itertools.permutations(dots, 2) if _are_colon(*pair, boxes, usual) for dot in pair]
    return _without(ink, labels, np.array(gone)) if gone else ink


def _are_colon(upper: NDArray[np.int64], lower: NDArray[np.int64], boxes: NDArray[np.int64], usual: float) -> bool:
    """Whether two dots (5,) of a line with these pieces (n, 5) and height of digits are a colon between digits."""
    alike = (np.abs(upper[2:4] - lower[2:4]) <= SAME * np.maximum(upper[2:4], lower[2:4]) + 1).all()
    aside = abs(upper[0] + upper[2] / 2 - lower[0] - lower[2] / 2)
    between = lower[1] - upper[1] - upper[3]
    if not (alike and aside <= ABOVE_EACH_OTHER * usual and BETWEEN[0] * usual <= between <= BETWEEN[1] * usual):
        return False
    first, last = min(upper[0], lower[0]), max(upper[0] + upper[2], lower[0] + lower[2])
    others = boxes[(boxes[:, 4] != upper[4]) & (boxes[:, 4] != lower[4])]
    before, behind = others[:, 0] + others[:, 2] <= first, others[:, 0] >= last
    return bool(before.any() and behind.any() and (before | behind).all())


def _pieces(ink: Map) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The number of the piece that each pixel belongs to, and left, top, width, height, and number of the pieces."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > INKED).view(np.uint8), connectivity=8)
    numbers = np.arange(1, len(stats))[:, None]
    return np.asarray(labels, np.int32), np.hstack([stats[1:, :4], numbers]).astype(np.int64)


def _hangs_on(boxes: NDArray[np.int64], large: NDArray[np.bool_], near: float) -> NDArray[np.bool_]:
    """Which pieces (n, 5) are right above a large one, by no more than so many pixels: the upper part of a stroke."""
    left, top, wide, high, _ = boxes.T
    gap = top[large] - (top + high)[:, None]
    beside = np.minimum((left + wide)[large], (left + wide)[:, None]) - np.maximum(left[large], left[:, None])
    hangs: NDArray[np.bool_] = ((gap <= near) & (beside > 0.5 * wide[:, None])).any(axis=1)
    return hangs


def _is_text(letters: NDArray[np.int64]) -> bool:
    """Whether pieces (n, 5) stand side by side on one line, but for those that reach below it."""
    feet, high = letters[:, 1] + letters[:, 3], float(letters[:, 3].max())
    level = np.abs(feet - np.median(feet)) <= LEVEL * high
    long = (letters[:, 0] + letters[:, 2]).max() - letters[:, 0].min() >= LONG * high
    return bool(len(letters) > 1 and long and level.mean() >= 2 / 3)


def _is_in_corner(letters: NDArray[np.int64]) -> bool:
    """Whether pieces (n, 5), one or two, are in the upper left corner, side by side, as the day of a calendar is."""
    left, top, wide, high, _ = letters.T
    across, down = ((ends.max() / high.max()) for ends in (left + wide, top + high))
    return bool(across <= CORNER[0] and down <= CORNER[1] and len(letters) <= 2)


def _without(ink: Map, labels: NDArray[np.int32], gone: NDArray[np.int64]) -> Map:
    """The ink without the pieces of some numbers, and without the faint edges of these."""
    mask = np.isin(labels, gone).astype(np.uint8)
    kept = cv2.dilate(((labels > 0) & (mask == 0)).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    near = cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0
    return np.where(near & ~kept, np.float32(0), ink)
