"""The best path and its probability are what counting all paths one by one gives."""

import itertools

import numpy as np
import pytest

from reader.digits.paths import Lattice, best_path


def _lattice(seed: int, pieces: int = 3) -> Lattice:
    random = np.random.default_rng(seed)
    spans = [(first, last) for first in range(pieces) for last in range(first + 1, min(first + 3, pieces) + 1)]
    random.shuffle(spans)
    scores = np.log(random.dirichlet(np.full(10, 0.2), len(spans)) + 1e-6) - random.uniform(0, 2, (len(spans), 1))
    return Lattice(np.array(spans), scores, -random.uniform(0.2, 3, pieces))


def _all_paths(lattice: Lattice):
    """Every way through the lattice: the spans used, and the score of the pieces left out."""

    def onward(place):
        if place == len(lattice.skips):
            yield (), 0.0
            return
        for rest, score in onward(place + 1):
            yield rest, score + lattice.skips[place]
        for index, (first, last) in enumerate(lattice.spans):
            if first == place:
                for rest, score in onward(last):
                    yield (index, *rest), score

    return list(onward(0))


def _counted(lattice: Lattice, digits: tuple[int, int]):
    """Weight of each reading, and the best (score, spans, values), by looking at every path and every digit."""
    weights: dict[tuple[int, ...], float] = {}
    best = (-np.inf, (), ())
    for spans, skipped in _all_paths(lattice):
        if not digits[0] <= len(spans) <= digits[1]:
            continue
        for values in itertools.product(range(10), repeat=len(spans)):
            score = skipped + sum(lattice.scores[span, value] for span, value in zip(spans, values, strict=True))
            weights[values] = weights.get(values, 0.0) + np.exp(score)
            best = max(best, (score, spans, values))
    return weights, best


@pytest.mark.parametrize("digits", [(0, 9), (2, 2), (3, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_best_path_and_probability_agree_with_counting_all_paths(seed, digits):
    lattice = _lattice(seed)
    weights, (score, spans, values) = _counted(lattice, digits)
    path = best_path(lattice, digits)
    assert path is not None
    assert (path.spans, path.values) == (spans, values)
    assert path.score == pytest.approx(score)
    assert path.probability == pytest.approx(weights[values] / sum(weights.values()))


def test_a_digit_is_as_probable_as_all_the_paths_that_read_it_there():
    lattice = Lattice(
        np.array([[0, 1], [0, 1], [1, 2]]),
        np.log(np.array([[0.6] + [1e-9] * 9, [1e-9, 0.3] + [1e-9] * 8, [1e-9] * 5 + [1.0] + [1e-9] * 4])),
        np.log(np.array([0.1, 1e-12])),
    )
    path = best_path(lattice, (0, 2))
    assert path is not None
    assert path.values == (0, 5)
    assert path.shares[0, :2] == pytest.approx([0.6, 0.3], abs=1e-6)
    assert path.shares[1, 5] == pytest.approx(1.0, abs=1e-6)


def test_no_path_where_too_few_digits_are_there():
    assert best_path(_lattice(1), (4, 9)) is None
    assert best_path(Lattice(np.zeros((0, 2), np.int64), np.zeros((0, 10)), np.array([-1.0])), (1, 9)) is None


def test_lattices_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least one piece"):
        Lattice(np.array([[1, 1]]), np.zeros((1, 10)), np.zeros(2))
    with pytest.raises(ValueError, match="do not agree"):
        Lattice(np.array([[0, 1]]), np.zeros((2, 10)), np.zeros(2))
