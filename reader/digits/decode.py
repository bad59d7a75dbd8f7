"""Pieces and their probabilities -> the best reading of a field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from reader.digits.both_ways import Agreed, agreed
from reader.digits.crops import crop
from reader.digits.glyphs import Pieces, find_pieces
from reader.digits.limits import Limits
from reader.digits.paths import Lattice, Path
from reader.digits.rulings import without_rulings

DigitStatus = Literal["ok", "review", "blank", "rejected"]
Map = NDArray[np.float32]
Vector = NDArray[np.float64]

MOST_PIECES = 7
"""Neighbouring pieces that one digit may consist of."""
WIDEST = 1.7
"""A digit is no wider than this many writing heights."""
WIDEST_GAP = 0.3
"""Pieces of one digit leave no open column wider than this share of the writing height between them."""
LEAST_HEIGHT = 0.2
"""A digit is no lower than this share of the writing height: dots, commas and dashes are."""
LEAST_PROBABILITY = 1e-4
"""The classifier is trusted no further than to this: one bad digit must not outweigh all the others."""
TRUST = (1.7, 0.45)
"""Weight of a log-probability: for any span, and more for each stroke as long as the writing is high (to 3 of them)."""
DIGIT_COST = 1.2
"""Cost of a digit: of two ways to explain the same ink the one with fewer digits is the likelier."""
CUT_COST = 0.32
"""Cost of a stroke width of ink cut through at either end of a digit, in units of log-probability."""
DEEP_CUT_COST = 0.18
"""Cost that grows with the square of what is cut beyond one stroke width: digits touch in one place."""
SHARED_COST = 0.6
"""Cost of a stroke that belongs to two digits."""
GAP_COST = 1.6
"""Cost of a gap inside a digit of one writing height."""
SIZE_COST = 3.5
"""Cost of a digit half as high, or twice, as the writing, or even less so."""
MARK_COST = 0.3
"""Cost of each dot or comma that is taken for a part of a digit."""
SKIP_COST = 0.5
"""Cost of leaving out a stroke that is as long as the writing is high."""
TALL_SKIP_COST = 11.0
"""Cost of leaving out a piece as tall as the writing: dots, commas and dashes are low, digits are not."""
LOW = 0.2
"""A piece no taller than this share of the writing height is low."""


MOST_UNREAD = 0.15
"""Share of a line's ink that may be left out of all digits in an accepted line: more is a digit gone by, or words."""

NO_NUMBER = ((0.1, -15.0), (0.7, -6.0))
"""A line less like digits than the first of a pair, of which the line network finds it likelier than the second, as a
logarithm, that there is no digit (`Agreed.nothing`), holds none: of 41 drawn lines without digits all are left out by
these, of 497 with digits that are read right 5. Where a number is asked for, the first pair alone counts."""


class Classifier(Protocol):
    """What the decoder needs of a classifier."""

    @property
    def limits(self) -> Limits:
        """From which probability on a digit needs no review."""
        ...

    def probabilities(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, 28, 28) crops -> (n, 11) probabilities of "0" to "9" and of no digit."""
        ...

    def columns(self, ink: Map) -> list[Vector]:
        """The ink of a line -> for some views of it (steps, 11), logarithms of the probabilities of no digit, 0 to 9.

        `reader.digits.line_network` says more.
        """
        ...


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
    cleared = without_rulings(ink)
    readings = [_read(cleared, digits, classifier)]
    if not np.array_equal(cleared, ink):
        readings.append(_read(ink, digits, classifier))  # flat strokes in a row may have been taken for a ruling
    found = [reading for reading in readings if reading is not None]
    if not found:
        return ()
    best = max(found, key=lambda reading: reading.number.weight)
    if _is_no_number(best, NO_NUMBER[:1] if is_asked_for else NO_NUMBER):
        return ()
    limit = classifier.limits.lines
    sure = best.number.certainty >= limit and _unread(best.pieces, best.lattice, best.number.path) <= MOST_UNREAD
    accepted_from = 0.0 if sure else max(limit, float(best.sure.min(initial=1.0)) + 1e-9)
    return tuple(_digit(best, place, accepted_from) for place in range(len(best.sure)))


def _is_no_number(reading: _Reading, limits: Sequence[tuple[float, float]]) -> bool:
    """Whether a line holds no digits: little in it is like one, by its pieces or as a whole."""
    like, nothing = _likeness(reading), reading.number.nothing
    return any(like < least and nothing > likely for least, likely in limits)


def _likeness(reading: _Reading) -> float:
    """How much a line is like digits, 0 to 1: mean certainty of its digits (geometric), times the ink read."""
    if not len(reading.sure):
        return 0.0
    inks = [reading.pieces.areas[slice(*reading.lattice.spans[span])].sum() for span in reading.number.path.spans]
    share = min(1.0, float(np.dot(inks, reading.sure)) / max(float(reading.pieces.areas.sum()), 1e-9))
    return share * float(np.exp(np.log(np.maximum(reading.sure, LEAST_PROBABILITY)).mean()))


def _unread(pieces: Pieces, lattice: Lattice, path: Path) -> float:
    """Share of the ink that belongs to no digit of the path."""
    read = np.zeros(len(pieces.areas), bool)
    for span in path.spans:
        read[slice(*lattice.spans[span])] = True
    return float(pieces.areas[~read].sum() / max(pieces.areas.sum(), 1e-9))


def _read(ink: Map, digits: tuple[int, int], classifier: Classifier) -> _Reading | None:
    """The best path through the ink as it is; None where there is nothing like a digit."""
    pieces = find_pieces(ink)
    spans = _spans(pieces)
    if not len(spans):
        return None
    crops = np.stack([crop(_glyph(ink, pieces, span)) for span in spans])
    probabilities = classifier.probabilities(crops)
    scores = _scores(pieces, spans, probabilities)
    sharing = np.flatnonzero([_may_share(pieces, *span) for span in spans])
    steps = np.vstack([spans, spans[sharing] + [1, 0]])
    lattice = Lattice(steps, np.vstack([scores, scores[sharing] - SHARED_COST]), _skips(pieces))
    answers = classifier.columns(ink)
    number = agreed(lattice, answers, digits) or agreed(lattice, answers, (0, digits[1]))
    if number is None:
        return None
    sure = number.shares[np.arange(len(number.shares)), list(number.path.values)]
    return _Reading(pieces, lattice, number, sure)


def _may_share(pieces: Pieces, first: int, last: int) -> bool:
    """Whether the first piece of a run may be a stroke that the digit before has too, as in two touching zeros."""
    tall = pieces.boxes[first, 2] - pieces.boxes[first, 0] >= LEAST_HEIGHT * pieces.height
    return bool(tall and last - first >= 2 and _gap(pieces, first, last) <= 0)


def _spans(pieces: Pieces) -> NDArray[np.int64]:
    """All runs of neighbouring pieces that may be one digit: (n, 2), first piece and the piece after the last."""
    found: list[tuple[int, int]] = []
    for first in range(len(pieces.boxes)):
        for last in range(first + 1, min(first + MOST_PIECES, len(pieces.boxes)) + 1):
            top, left, bottom, right = _box(pieces, first, last)
            if right - left > WIDEST * pieces.height:
                break
            if bottom - top >= LEAST_HEIGHT * pieces.height and _gap(pieces, first, last) <= WIDEST_GAP * pieces.height:
                found.append((first, last))
    return np.array(found, np.int64).reshape(-1, 2)


def _marks(pieces: Pieces, first: int, last: int) -> int:
    """How many pieces of a run are like dots or commas: small in both directions and cut off from nothing."""
    sides = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1)
    uncut = (pieces.joined == 0) & (np.append(pieces.joined[1:], 0.0) == 0)
    return int((uncut & (sides <= LEAST_HEIGHT * pieces.height))[first:last].sum())


def _box(pieces: Pieces, first: int, last: int) -> tuple[int, int, int, int]:
    """First row and column, and row and column after the last, of a run of pieces."""
    boxes = pieces.boxes[first:last]
    top, left = boxes[:, :2].min(axis=0)
    bottom, right = boxes[:, 2:].max(axis=0)
    return int(top), int(left), int(bottom), int(right)


def _gap(pieces: Pieces, first: int, last: int) -> int:
    """Widest stretch of columns, in pixels, that no piece of a run covers."""
    boxes = pieces.boxes[first:last]
    order = np.argsort(boxes[:, 1])
    reached = np.maximum.accumulate(boxes[order, 3])
    return int(max(0, (boxes[order, 1][1:] - reached[:-1]).max(initial=0)))


def _glyph(ink: Map, pieces: Pieces, span: NDArray[np.int64]) -> Map:
    """The ink of a run of pieces alone."""
    first, last = int(span[0]), int(span[1])
    top, left, bottom, right = _box(pieces, first, last)
    labels = pieces.labels[top:bottom, left:right]
    glyph: Map = ink[top:bottom, left:right] * ((labels > first) & (labels <= last))
    return glyph


def _scores(pieces: Pieces, spans: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Vector:
    """Score of reading each run of pieces as each digit: log-probability less what speaks against the shape."""
    scores = np.log(np.maximum(probabilities[:, :10].astype(np.float64), LEAST_PROBABILITY))
    cut = np.append(pieces.joined, 0.0) / pieces.stroke
    cut_cost = CUT_COST * cut + DEEP_CUT_COST * np.maximum(cut - 1, 0) ** 2
    for row, (first, last) in enumerate(spans):
        top, _, bottom, _ = _box(pieces, first, last)
        cost = DIGIT_COST + GAP_COST * _gap(pieces, first, last) / pieces.height
        cost += SIZE_COST * min(1.0, np.log2((bottom - top) / pieces.height) ** 2)
        cost += MARK_COST * _marks(pieces, first, last)
        strokes = min(3.0, pieces.areas[first:last].sum() / (pieces.stroke * pieces.height))
        scores[row] *= TRUST[0] + TRUST[1] * strokes
        scores[row] -= cost + 0.5 * (cut_cost[first] + cut_cost[last])
    return scores


def _skips(pieces: Pieces) -> Vector:
    """Score of leaving out each piece: the more ink and the taller, the worse."""
    strokes = pieces.areas / (pieces.stroke * pieces.height)
    tall = np.maximum((pieces.boxes[:, 2] - pieces.boxes[:, 0]) / pieces.height - LOW, 0)
    skips: Vector = -SKIP_COST * strokes - TALL_SKIP_COST * tall
    return skips


def _digit(reading: _Reading, place: int, accepted_from: float) -> Digit:
    """One digit of the best path; `ok` from the probability `accepted_from` on."""
    first, last = reading.lattice.spans[reading.number.path.spans[place]]
    top, left, bottom, right = _box(reading.pieces, int(first), int(last))
    outline = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    shares, value = reading.number.shares[place], reading.number.path.values[place]
    others = np.where(np.arange(10) == value, -1.0, shares)
    second = int(others.argmax())
    status: DigitStatus = "ok" if shares[value] >= accepted_from else "review"
    return Digit(str(value), float(shares[value]), str(second), float(others[second]), status, outline)
