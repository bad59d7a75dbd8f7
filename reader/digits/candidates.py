"""Runs of neighbouring pieces of a line that may be a digit, and what speaks for each: the ways to read the line."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import crop
from reader.digits.glyphs import Pieces
from reader.digits.limits import Limits
from reader.digits.paths import Lattice

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


def ways_to_read(ink: Map, pieces: Pieces, classifier: Classifier) -> Lattice | None:
    """All ways to take the pieces of a line for digits; None where no run of them is like one.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink, that the pieces were found in.
        pieces: of the line.
        classifier: reads crops.
    """
    spans = _spans(pieces)
    if not len(spans):
        return None
    crops = np.stack([crop(_glyph(ink, pieces, span)) for span in spans])
    scores = _scores(pieces, spans, classifier.probabilities(crops))
    sharing = np.flatnonzero([_may_share(pieces, *span) for span in spans])
    steps = np.vstack([spans, spans[sharing] + [1, 0]])
    return Lattice(steps, np.vstack([scores, scores[sharing] - SHARED_COST]), _skips(pieces))


def _may_share(pieces: Pieces, first: int, last: int) -> bool:
    """Whether the first piece of a run may be a stroke that the digit before has too, as in two touching zeros."""
    tall = pieces.boxes[first, 2] - pieces.boxes[first, 0] >= LEAST_HEIGHT * pieces.height
    return bool(tall and last - first >= 2 and _gap(pieces, first, last) <= 0)


def _spans(pieces: Pieces) -> NDArray[np.int64]:
    """All runs of neighbouring pieces that may be one digit: (n, 2), first piece and the piece after the last."""
    found: list[tuple[int, int]] = []
    for first in range(len(pieces.boxes)):
        for last in range(first + 1, min(first + MOST_PIECES, len(pieces.boxes)) + 1):
            top, left, bottom, right = box_of(pieces, first, last)
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


def box_of(pieces: Pieces, first: int, last: int) -> tuple[int, int, int, int]:
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


def mask_of(pieces: Pieces, first: int, last: int) -> NDArray[np.bool_]:
    """The pixels of a run of pieces, (rows, columns) of the rectangle around it."""
    top, left, bottom, right = box_of(pieces, first, last)
    labels = pieces.labels[top:bottom, left:right]
    return np.asarray((labels > first) & (labels <= last), np.bool_)


def _glyph(ink: Map, pieces: Pieces, span: NDArray[np.int64]) -> Map:
    """The ink of a run of pieces alone."""
    first, last = int(span[0]), int(span[1])
    top, left, bottom, right = box_of(pieces, first, last)
    glyph: Map = ink[top:bottom, left:right] * mask_of(pieces, first, last)
    return glyph


def _scores(pieces: Pieces, spans: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Vector:
    """Score of reading each run of pieces as each digit: log-probability less what speaks against the shape."""
    scores = np.log(np.maximum(probabilities[:, :10].astype(np.float64), LEAST_PROBABILITY))
    cut = np.append(pieces.joined, 0.0) / pieces.stroke
    cut_cost = CUT_COST * cut + DEEP_CUT_COST * np.maximum(cut - 1, 0) ** 2
    for row, (first, last) in enumerate(spans):
        top, _, bottom, _ = box_of(pieces, first, last)
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
