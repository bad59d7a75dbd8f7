"""Two opinions about a line make one: surer where they agree, less sure where they do not, the surer one decides."""

import numpy as np
import pytest

from reader.digits.both_ways import agreed
from reader.digits.paths import Lattice, best_path


def _pieces(*opinions: dict[int, float]) -> Lattice:
    """Pieces that are a digit each, with the probabilities of what they may be."""
    shares = np.full((len(opinions), 10), 1e-4)
    for row, opinion in zip(shares, opinions, strict=True):
        for digit, share in opinion.items():
            row[digit] = share
    spans = np.array([(i, i + 1) for i in range(len(opinions))])
    return Lattice(spans, np.log(shares), np.full(len(opinions), -12.0))


def _columns(*opinions: dict[int, float]) -> list[np.ndarray]:
    """What the line network says of one view: before, between and after the digits nothing."""
    said = np.full((2 * len(opinions) + 1, 11), 1e-6)
    said[::2, 0] = 1
    for row, opinion in zip(said[1::2], opinions, strict=True):
        for digit, share in opinion.items():
            row[digit + 1] = share
    return [np.log(said / said.sum(axis=1, keepdims=True))]


UNSURE = {1: 0.6, 7: 0.4}


def test_two_that_agree_are_surer_than_one():
    pieces, columns = _pieces({3: 0.9}, {1: 0.8, 7: 0.2}), _columns({3: 0.95}, {1: 0.8, 7: 0.2})
    alone = best_path(pieces, (1, 5))
    together = agreed(pieces, columns, (1, 5))
    assert together is not None
    assert together.path.values == (3, 1)
    assert together.certainty > alone.probability
    assert together.shares[1, 1] > 0.9 > together.shares[1, 7]


def test_a_sure_opinion_decides_what_the_other_is_unsure_of():
    found = agreed(_pieces({3: 0.99}, UNSURE), _columns({3: 0.99}, {7: 0.99, 1: 0.01}), (1, 5))
    assert found is not None
    assert found.path.values == (3, 7)


def test_two_sure_opinions_that_differ_make_a_line_unsure():
    found = agreed(_pieces({3: 0.99}, {1: 0.97}), _columns({3: 0.99, 8: 0.01}, {7: 0.97, 2: 0.03}), (1, 5))
    assert found is not None
    assert found.certainty < 0.6
    assert found.shares[0, 3] > 0.95
    assert found.shares[1].max() < 0.7


def test_only_as_many_digits_as_may_be():
    columns = _columns({3: 0.9}, {1: 0.9}, {4: 0.9})
    found = agreed(_pieces({3: 0.9}, {1: 0.9}, {4: 0.5}), columns, (1, 2))
    assert found is not None
    assert len(found.path.values) <= 2
    assert agreed(_pieces({3: 0.9}), columns, (2, 3)) is None


def test_shares_are_probabilities():
    found = agreed(_pieces(UNSURE, UNSURE), _columns(UNSURE, {2: 0.5, 7: 0.5}), (1, 5))
    assert found is not None
    assert (found.shares >= 0).all()
    assert found.shares.sum(axis=1).max() <= 1 + 1e-9
    assert found.certainty == pytest.approx(min(found.certainty, 1.0))


def test_pieces_alone_do_not_make_a_line_sure():
    """In worn lines the pieces are sure of what they read wrongly: what the line network leaves open stays so."""
    sure, half = _pieces({3: 0.9999}, {1: 0.9999}), _columns({3: 0.999}, {1: 0.55, 7: 0.45})
    found = agreed(sure, half, (1, 5))
    assert found is not None
    assert found.path.values == (3, 1)
    assert found.certainty < 0.95
