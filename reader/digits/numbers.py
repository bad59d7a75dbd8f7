"""Boxes as wide as for one digit that hold numbers of two or three, as the cells of registers and mark sheets do."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.boxes import PART_OF_STROKE, Views, is_a_pair
from reader.digits.candidates import Classifier
from reader.digits.decode import Digit
from reader.digits.lines import read_free

SEVERAL = (2, 3)
"""Digits of such a number."""
LIKELY = 0.6
"""Probability of each of its digits from which on it is told instead of a single one that is as wide as high."""
ON_THE_WALL = 0.15
"""The middle of each is at least so far from the box's walls, in parts of its width."""
MOST_PIECES = 8
"""Pieces of ink of a number in a box at the most, broken strokes among them: many are noise."""
FEWEST, SHARE = 3, 0.15
"""So many boxes, and this share of those that are as large and written in, hold numbers for sure where boxes in doubt
may hold some, too."""
AS_LARGE = 0.3
"""By how much of it the size of such boxes differs from that of those that hold numbers."""

Digits = tuple[Digit, ...]


def read_numbers(
    ink: NDArray[np.uint8],
    quads: NDArray[np.float64],
    digits: list[Digit],
    views: list[Views],
    classifier: Classifier,
) -> list[Digits]:
    """What is in boxes of which one digit each was read: the digit, or the number where it is one.

    What is in doubt may be a cross or a scribble, and is no number; but where other boxes as large hold numbers it is
    one, for review, and so is a single digit as wide as high that may be two which touch.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
        quads: (n, 4, 2) float64, corners (x, y) of the boxes in the page, from the top left of the writing clockwise.
        digits: what was read in each.
        views: how each looks, from `views_of`.
        classifier: reads crops.
    """
    asked = [_may_be_several(digit, seen) for digit, seen in zip(digits, views, strict=True)]
    numbers = [_number(ink, quad, classifier) if ask else () for ask, quad in zip(asked, quads, strict=True)]
    sure = np.array([len(number) > 1 and all(digit.status == "ok" for digit in number) for number in numbers], bool)
    like = _like(quads, sure, np.array([bool(seen) for seen in views], bool))
    for place in np.flatnonzero(like & ~np.array(asked, bool)):
        if digits[place].status == "review" or _is_wide(views[place][0]):
            number = _number(ink, quads[place], classifier)
            if all(digit.confidence >= LIKELY for digit in number):
                numbers[place] = tuple(replace(digit, status="review") for digit in number)
    kept = [len(number) > 1 and is_number for number, is_number in zip(numbers, sure | like, strict=True)]
    return [number if keep else (digit,) for number, keep, digit in zip(numbers, kept, digits, strict=True)]


def _like(quads: NDArray[np.float64], sure: NDArray[np.bool_], written: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which boxes (n, 4, 2) may hold numbers: such as are written in, where enough others about as large surely do."""
    like = np.zeros(len(quads), bool)
    if sure.sum() < FEWEST:
        return like
    places = np.flatnonzero(written)
    sizes = np.ptp(quads[places], axis=1)
    alike = (np.abs(sizes[:, None] / sizes - 1) <= AS_LARGE).all(axis=2)
    numbers = alike[:, sure[places]].sum(axis=1)
    like[places] = (numbers >= FEWEST) & (numbers >= SHARE * alike.sum(axis=1))
    return like


def _is_wide(view: NDArray[np.uint8]) -> bool:
    """Whether what a crop (28, 28), 255 is ink, shows is as wide as high."""
    inked = view >= PART_OF_STROKE
    return bool(inked.any(axis=0).sum() >= inked.any(axis=1).sum())


def _may_be_several(digit: Digit, seen: Views) -> bool:
    """Whether there may be a number in a box, by what was read as one digit and how the box looks."""
    if digit.status == "rejected":
        count, _ = cv2.connectedComponents((seen[0] >= PART_OF_STROKE).view(np.uint8), connectivity=8)
        return count - 1 <= MOST_PIECES
    return digit.status == "review" and is_a_pair(seen[0])  # a pair is never sure


def _number(ink: NDArray[np.uint8], quad: NDArray[np.float64], classifier: Classifier) -> Digits:
    """The number in a box (4, 2); nothing where there is none, or what is on a wall, for that is the neighbour's."""
    found = read_free(ink, quad, SEVERAL, classifier)
    if any(digit.value == "" for digit in found):
        return ()
    across = (quad[1] + quad[2] - quad[0] - quad[3]) / 2
    middles = np.array([digit.outline.mean(axis=0) for digit in found]) - (quad[0] + quad[3]) / 2
    places = middles @ across / (across @ across)
    return found if (np.abs(places - 0.5) <= 0.5 - ON_THE_WALL).all() else ()
