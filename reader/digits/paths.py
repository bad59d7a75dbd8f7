"""Scores of all spans of neighbouring pieces -> the best path through a line, and how probable it is among all paths.

A path goes over the pieces from left to right; a step reads a span of pieces as one digit, or leaves a piece out. Its
weight is the exponential of the sum of its steps' scores (a semi-Markov model: Sarawagi and Cohen, NIPS 2004), so that
sums over all paths turn scores into probabilities (forward and backward sums: Rabiner, Proc. IEEE 1989).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
NEVER = -1e9
"""Score of what cannot be."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """All ways to read a line.

    Attributes:
        spans: (n, 2) int64, first piece of a span and the piece after its last.
        scores: (n, 10) float64, score of reading the span as each digit.
        skips: (pieces,) float64, score of leaving out each piece.
    """

    spans: NDArray[np.int64]
    scores: Vector
    skips: Vector

    def __post_init__(self) -> None:
        if self.spans.shape != (len(self.spans), 2) or self.scores.shape != (len(self.spans), 10):
            raise ValueError(f"spans {self.spans.shape} and scores {self.scores.shape} do not agree")
        if len(self.spans) and (self.spans[:, 0] >= self.spans[:, 1]).any():
            raise ValueError("a span has at least one piece")


@dataclass(frozen=True, slots=True)
class Path:
    """The best reading of a line.

    Attributes:
        spans: index in the lattice of each digit's span, from left to right.
        values: the digit read from each.
        score: sum of the scores of its steps.
        probability: of the digits of this path in this order, whatever their spans, among all paths.
        shares: (digits, 10) float64, probability of each digit where the path has this one.
    """

    spans: tuple[int, ...]
    values: tuple[int, ...]
    score: float
    probability: float
    shares: Vector


def best_path(lattice: Lattice, digits: tuple[int, int]) -> Path | None:
    """The path with the highest score, or None where no path has a number of digits within the limits.

    Args:
        lattice: all ways to read the line.
        digits: fewest and most digits.
    """
    return _best(lattice, lattice.scores.max(axis=1, initial=NEVER)[:, None], digits, digits)


def path_of(lattice: Lattice, values: tuple[int, ...], digits: tuple[int, int]) -> Path | None:
    """The path with the highest score of those that read these digits, or None where there is none.

    Args:
        lattice: all ways to read the line.
        values: the digits, from left to right.
        digits: fewest and most digits of the paths among which its probability is told.
    """
    if not digits[0] <= len(values) <= min(digits[1], len(lattice.skips)):
        return None
    weights = lattice.scores[:, np.array(values, np.int64)]
    return _best(lattice, weights, (len(values), len(values)), digits, values)


def _best(
    lattice: Lattice, weights: Vector, counts: tuple[int, int], digits: tuple[int, int], values: tuple[int, ...] = ()
) -> Path | None:
    """The path of the highest weight with a number of digits within `counts`.

    Args:
        lattice: all ways to read the line.
        weights: (spans, 1 or most digits) float64, weight of each span, as the first, second... digit.
        counts: fewest and most digits.
        digits: the same for the paths among which its probability is told.
        values: what the spans are read as; nothing: each as its best digit.
    """
    most = min(counts[1], len(lattice.skips))
    forward, came = _highest(lattice, weights, most)
    ends = forward[-1, counts[0] :]
    if not ends.size or ends.max() <= NEVER / 2:
        return None
    chosen: list[int] = []
    place, count = len(lattice.skips), counts[0] + int(ends.argmax())
    while place > 0:
        step = int(came[place, count])
        if step < 0:
            place -= 1
        else:
            chosen.append(step)
            place, count = int(lattice.spans[step, 0]), count - 1
    chosen.reverse()
    read = values or tuple(int(lattice.scores[span].argmax()) for span in chosen)
    score = float(ends.max())
    return Path(tuple(chosen), read, score, _probability(lattice, read, digits), _shares(lattice, chosen, digits))


def _highest(lattice: Lattice, weights: Vector, most: int) -> tuple[Vector, NDArray[np.int64]]:
    """Highest score to each place with each number of digits, and by which span one came (-1: a piece left out)."""
    size = len(lattice.skips)
    best = np.full((size + 1, most + 1), NEVER)
    came = np.full((size + 1, most + 1), -1, np.int64)
    best[0, 0] = 0.0
    counts = np.arange(most + 1)
    for place in range(1, size + 1):
        into, ways = _ways(lattice, best, weights, place)
        choice = ways.argmax(axis=0)
        best[place] = ways[choice, counts]
        came[place] = np.concatenate([[-1], into])[choice]
    return best, came


def _ways(lattice: Lattice, reached: Vector, weights: Vector, place: int) -> tuple[NDArray[np.int64], Vector]:
    """The spans that end at a place, and the weights with which they and, first, the piece left out lead there.

    Args:
        lattice: all ways to read the line.
        reached: (places, counts) float64, weight with which each place is reached with each number of digits.
        weights: (spans, 1 or counts - 1) float64, weight of each span, as the first, second... digit.
        place: the pieces before it have been used.
    """
    into = np.flatnonzero(lattice.spans[:, 1] == place)
    ways = np.full((len(into) + 1, reached.shape[1]), NEVER)
    ways[0] = reached[place - 1] + lattice.skips[place - 1]
    ways[1:, 1:] = reached[lattice.spans[into, 0], :-1] + weights[into]
    return into, ways


def _sums(lattice: Lattice, weights: Vector, most: int) -> Vector:
    """Log of the summed weights of all ways from the start to each place with each number of digits."""
    size = len(lattice.skips)
    total = np.full((size + 1, most + 1), NEVER)
    total[0, 0] = 0.0
    for place in range(1, size + 1):
        total[place] = np.logaddexp.reduce(_ways(lattice, total, weights, place)[1], axis=0)
    return total


def log_weight(lattice: Lattice, values: tuple[int, ...]) -> float:
    """Log of the summed weights of all paths that read exactly these digits; NEVER or so where there is none."""
    if len(values) > len(lattice.skips):
        return NEVER
    steps = lattice.scores[:, np.array(values, np.int64)]
    return float(_sums(lattice, steps, len(values))[-1, len(values)])


def _probability(lattice: Lattice, values: tuple[int, ...], digits: tuple[int, int]) -> float:
    """Share of the weight of all paths that goes to those which read exactly these digits."""
    most = min(digits[1], len(lattice.skips))
    everything = _sums(lattice, np.logaddexp.reduce(lattice.scores, axis=1)[:, None], most)[-1, digits[0] :]
    return float(np.exp(min(0.0, log_weight(lattice, values) - np.logaddexp.reduce(everything))))


def _shares(lattice: Lattice, chosen: list[int], digits: tuple[int, int]) -> Vector:
    """For each chosen span the probability of each digit there, from all spans that overlap it by more than half."""
    size, most = len(lattice.skips), min(digits[1], len(lattice.skips))
    weights = np.logaddexp.reduce(lattice.scores, axis=1)[:, None]
    before = _sums(lattice, weights, most)
    mirrored = Lattice(size - lattice.spans[:, ::-1], lattice.scores, lattice.skips[::-1])
    after = _sums(mirrored, weights, most)[::-1]
    everything = np.logaddexp.reduce(before[-1, digits[0] :])
    count = np.add.outer(np.arange(most + 1), np.arange(most + 1)) + 1
    within = (count >= digits[0]) & (count <= digits[1])
    shares = np.zeros((len(chosen), 10))
    for row, index in enumerate(chosen):
        first, last = lattice.spans[index]
        common = np.minimum(lattice.spans[:, 1], last) - np.maximum(lattice.spans[:, 0], first)
        union = np.maximum(lattice.spans[:, 1], last) - np.minimum(lattice.spans[:, 0], first)
        near = np.flatnonzero(2 * common > union)
        start, end = lattice.spans[near].T
        pairs = (before[start][:, :, None] + after[end][:, None, :])[:, within]
        through = np.logaddexp.reduce(pairs, axis=1, initial=NEVER)[:, None] - everything
        shares[row] = np.exp(np.minimum(0.0, through + lattice.scores[near])).sum(axis=0)
    return np.minimum(shares, 1.0)
