"""Pieces and their probabilities -> the best reading of a field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reader.digits.both_ways import Agreed, agreed
from reader.digits.candidates import DIGIT_COST, LEAST_PROBABILITY, Classifier, box_of, ways_to_read
from reader.digits.glyphs import Pieces, find_pieces
from reader.digits.labels import without_colons, without_unit
from reader.digits.paths import Lattice, Path
from reader.digits.rulings import without_rulings
from reader.digits.signs import dollar_signs, slashes

NEVER = 2.0
"""No digit is so sure."""

DigitStatus = Literal["ok", "review", "blank", "rejected"]
Map = NDArray[np.float32]
Vector = NDArray[np.float64]

MOST_UNREAD = 0.15
"""Share of a line's ink that may be left out of all digits in an accepted line: more is a digit gone by, or words."""

SPECKS_APART, SPECKS_BELOW = 0.1, 0.3
"""Specks of one broken stroke are no farther apart than these shares of the writing height, from left to right and
downwards: a rest of a ruling above a comma is none."""
DIGIT_HIGH, DIGIT_WIDE = 0.75, 1.0
"""Specks that are together as high and no wider than these shares of the writing height may be a digit."""

NO_NUMBER = ((0.1, -15.0), (0.7, -6.0))
"""A line less like digits than the first of a pair, of which the line network finds it likelier than the second, as a
logarithm, that there is no digit (`Agreed.nothing`), holds none: of 41 drawn lines without digits all are left out by
these, of 497 with digits that are read right 5. Where a number is asked for, the first pair alone counts, and only if
a piece is not like a digit, or much is left out."""
LIKE_A_DIGIT = 0.5
"""Probability of its digit from which on a piece is like one."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit, or one empty or rejected box.

    Attributes:
        value: "0" to "9"; empty where the status is `blank` or `rejected`.
        confidence: probability, 0 to 1, that the value (or the blank, or the rejection) is right.
        second: the next best digit, empty where there is none.
        second_confidence: its probability.
        status: `ok`, `review`, `blank` or `rejected`.
        outline: (4, 2) float64, corners (x, y) of the rectangle around it, from the top left clockwise, in pixels of
            the image that it was read from.
    """

    value: str
    confidence: float
    second: str
    second_confidence: float
    status: DigitStatus
    outline: NDArray[np.float64]

    def __post_init__(self) -> None:
        if (self.value == "") != (self.status in ("blank", "rejected")):
            raise ValueError(f"a {self.status} digit cannot be {self.value!r}")
        if self.outline.shape != (4, 2):
            raise ValueError(f"an outline is (4, 2), not {self.outline.shape}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The number that a line is read as, and how sure each of its digits is: (digits,) float64."""

    pieces: Pieces
    lattice: Lattice
    number: Agreed
    sure: Vector


def read_line(
    ink: Map, digits: tuple[int, int], classifier: Classifier, is_asked_for: bool = False
) -> tuple[Digit, ...]:
    """Read a line of digits written without boxes.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink; one line of writing, rulings may be in it.
        digits: fewest and most digits that the line may hold.
        classifier: reads crops.
        is_asked_for: whether there is a number there, or nothing; else there may be words.

    Returns:
        The digits from left to right, their outlines in pixels of `ink`; nothing where there is no writing,
        or writing that is not like digits.
    """
    whole, ink = ink, without_unit(ink, classifier)
    has_unit = not np.array_equal(whole, ink)
    ink = without_colons(ink)
    cleared = without_rulings(ink)
    readings = [_read(cleared, digits, classifier)]
    if not np.array_equal(cleared, ink):
        readings.append(_read(ink, digits, classifier))  # flat strokes in a row may have been taken for a ruling
    found = [reading for reading in readings if reading is not None]
    if not found:
        return ()
    best = max(found, key=lambda reading: reading.number.weight)
    is_none = _is_no_number(best, NO_NUMBER[:1] if is_asked_for else NO_NUMBER)
    if is_none and not (is_asked_for and _is_of_digits(best)):
        return ()
    limit = classifier.limits.lines
    sure = best.number.certainty >= limit and not _leaves_out_a_digit(best.pieces, best.lattice, best.number.path)
    spans = [(int(first), int(last)) for first, last in best.lattice.spans[list(best.number.path.spans)]]
    doubtful, left_out = slashes(best.pieces, spans, best.number.path.values)
    accepted_from = 0.0 if sure else max(limit, float(best.sure.min(initial=1.0)) + 1e-9)
    dollars = dollar_signs(best.pieces, spans, best.number.path.values)
    left_out += dollars
    if len(best.sure) - len(left_out) < digits[0]:
        left_out = ()
    places = [place for place in range(len(best.sure)) if place not in left_out]
    return tuple(_digit(best, place, NEVER if doubtful or dollars or has_unit else accepted_from) for place in places)


def _is_no_number(reading: _Reading, limits: Sequence[tuple[float, float]]) -> bool:
    """Whether a line holds no digits: little in it is like one, by its pieces or as a whole."""
    like, nothing = _likeness(reading), reading.number.nothing
    return any(like < least and nothing > likely for least, likely in limits)


def _is_of_digits(reading: _Reading) -> bool:
    """Whether the pieces of a line are digits, each of them, and hardly any ink is left out, whatever the whole is."""
    path = reading.number.path
    scores = reading.lattice.scores[list(path.spans), list(path.values)]
    unread = reading.pieces.areas.sum() - _inks(reading).sum()
    plain = bool(scores.min(initial=0.0) >= np.log(LIKE_A_DIGIT) - DIGIT_COST)
    return plain and bool(unread <= MOST_UNREAD * reading.pieces.areas.sum())


def _inks(reading: _Reading) -> Vector:
    """The ink of each digit of a reading: (digits,) float64."""
    spans = reading.lattice.spans[list(reading.number.path.spans)]
    return np.array([reading.pieces.areas[slice(*span)].sum() for span in spans], np.float64)


def _likeness(reading: _Reading) -> float:
    """How much a line is like digits, 0 to 1: mean certainty of its digits (geometric), times the ink read."""
    if not len(reading.sure):
        return 0.0
    share = min(1.0, float(_inks(reading) @ reading.sure) / max(float(reading.pieces.areas.sum()), 1e-9))
    return share * float(np.exp(np.log(np.maximum(reading.sure, LEAST_PROBABILITY)).mean()))


def _leaves_out_a_digit(pieces: Pieces, lattice: Lattice, path: Path) -> bool:
    """Whether what belongs to no digit of the path may be one: much of the ink, or specks that are one stroke's."""
    left_out = np.ones(len(pieces.areas), bool)
    for span in path.spans:
        left_out[slice(*lattice.spans[span])] = False
    if pieces.areas[left_out].sum() > MOST_UNREAD * pieces.areas.sum():
        return True
    boxes = pieces.boxes[left_out][np.argsort(pieces.boxes[left_out, 1])]
    gaps = boxes[1:, 1] - np.maximum.accumulate(boxes[:, 3])[:-1]
    groups = np.split(boxes, np.flatnonzero(gaps > SPECKS_APART * pieces.height) + 1)
    return any(len(group) > 1 and _is_tall(group, pieces.height) for group in groups)


def _is_tall(boxes: NDArray[np.int64], height: float) -> bool:
    """Whether pieces with these boxes (n, 4) are together as high as a digit, no wider, and all along its height."""
    top, left = boxes[:, :2].min(axis=0)
    bottom, right = boxes[:, 2:].max(axis=0)
    downwards = boxes[np.argsort(boxes[:, 0])]
    gaps = downwards[1:, 0] - np.maximum.accumulate(downwards[:, 2])[:-1]
    as_large = bottom - top >= DIGIT_HIGH * height and right - left <= DIGIT_WIDE * height
    return bool(as_large and gaps.max() <= SPECKS_BELOW * height)


def _read(ink: Map, digits: tuple[int, int], classifier: Classifier) -> _Reading | None:
    """The best path through the ink as it is; None where there is nothing like a digit."""
    pieces = find_pieces(ink)
    lattice = ways_to_read(ink, pieces, classifier)
    if lattice is None:
        return None
    answers = classifier.columns(ink)
    number = agreed(lattice, answers, digits) or agreed(lattice, answers, (0, digits[1]))
    if number is None:
        return None
    sure = number.shares[np.arange(len(number.shares)), list(number.path.values)]
    return _Reading(pieces, lattice, number, sure)


def _digit(reading: _Reading, place: int, accepted_from: float) -> Digit:
    """One digit of the best path; `ok` from the probability `accepted_from` on."""
    first, last = reading.lattice.spans[reading.number.path.spans[place]]
    top, left, bottom, right = box_of(reading.pieces, int(first), int(last))
    outline = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    shares, value = reading.number.shares[place], reading.number.path.values[place]
    others = np.where(np.arange(10) == value, -1.0, shares)
    second = int(others.argmax())
    status: DigitStatus = "ok" if shares[value] >= accepted_from else "review"
    return Digit(str(value), float(shares[value]), str(second), float(others[second]), status, outline)
