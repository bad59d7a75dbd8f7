"""A line read in two ways, taken apart and as a whole -> the number that is likely by both, and how sure it is.

The two are weighed as a product of experts (Hinton, Neural Computation 2002).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.digits.ctc import likeliest, log_probabilities
from reader.digits.paths import NEVER, Lattice, Path, best_path, log_weight, path_of

Logs = NDArray[np.float64]
LEAST, UNLIKELY = 1e-4, 3e-3
"""Neither way is so sure that what it leaves is less than this, nor so sure that it is no digit as to give it less."""
MOST = 8
"""Numbers that are weighed by both ways."""
TRUST = 2.0
"""Weight of what the line network says against the scores of the pieces."""
FARTHEST = 6.0
"""No number is worse than the best by more than this as far as the pieces go: they may have been cut wrongly."""
TINY = 1e-6
"""No way is surer than by this."""
FOR, AGAINST = 2.0, 12.0
"""Most that the pieces say for and against a number, as log-odds: in worn lines they are too sure of themselves."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The number that is likeliest by both ways.

    Attributes:
        path: its best way through the pieces.
        weight: log-weight by both; of two readings of a line the higher one is the likelier.
        certainty: probability that the number is right, what the line network says counted twice.
        shares: (digits, 10) float64, the same for each digit of the path.
        nothing: how much likelier than this number the line network finds that there is no digit, as a logarithm.
    """

    path: Path
    weight: float
    certainty: float
    shares: Logs
    nothing: float


def agreed(lattice: Lattice, answers: list[Logs], digits: tuple[int, int]) -> Agreed | None:
    """The number that is likeliest by both ways, or None where there is none with so many digits.

    Args:
        lattice: all ways to read the pieces of the line.
        answers: for each view of the line (steps, 11) float64, what the line network says of it, as logarithms of
            probabilities.
        digits: fewest and most digits.
    """
    best = best_path(lattice, digits)
    if best is None:
        return None
    others = [number for view in answers for number in likeliest(view) if digits[0] <= len(number) <= digits[1]]
    numbers = list(dict.fromkeys([best.values, *others]))
    views = log_probabilities(answers, [*numbers, ()])
    whole, nothing = views.mean(axis=0)[:-1], views.mean(axis=0)[-1]
    kept = np.union1d(0, np.argsort(-whole)[:MOST])
    numbers, whole, views = [numbers[i] for i in kept], whole[kept], views[:, kept]
    apart = np.array([log_weight(lattice, number) for number in numbers])
    weights = np.maximum(apart, apart.max() - FARTHEST) + TRUST * whole
    weights[apart < NEVER / 2] = NEVER  # the pieces cannot be read so: nobody could say where the digits are
    chosen = int(weights.argmax())
    path = best if chosen == 0 else path_of(lattice, numbers[chosen], digits) or best
    certainty = _certainty(path.probability, float(np.exp(views[:, chosen]).mean()))
    shares = _both(path.shares, _shares(numbers, np.exp(whole), path.values))
    return Agreed(path, float(weights[chosen]), certainty, shares, float(nothing - whole[chosen]))


def _certainty(apart: float, whole: float) -> float:
    """Probability that a number is right, from what the pieces and what the line network (mean of its views) say."""
    pieces, network = (float(np.log(sure / (1 - sure))) for sure in np.clip([apart, whole], TINY, 1 - TINY))
    return 1 / (1 + math.exp(-min(max(pieces, -AGAINST), FOR) - TRUST * network))


def _shares(numbers: list[tuple[int, ...]], probabilities: Logs, values: tuple[int, ...]) -> Logs:
    """Probability (digits, 10) of each digit at each place, among numbers of as many digits as `values` has."""
    shares = np.zeros((len(values), 10))
    for number, probability in zip(numbers, probabilities, strict=True):
        if len(number) == len(values):
            shares[np.arange(len(number)), list(number)] += probability
    return shares


def _both(one: Logs, other: Logs) -> Logs:
    """What two independent opinions make together: products, by row, against what neither says.

    Args:
        one: (..., n) float64, probabilities, at most 1 in a row.
        other: the same by another way.
    """
    products = one.clip(UNLIKELY) * other.clip(UNLIKELY)
    neither = (1 - one.sum(axis=-1)).clip(LEAST) * (1 - other.sum(axis=-1)).clip(LEAST)
    shares: Logs = products / (products.sum(axis=-1) + neither)[..., None]
    return shares
