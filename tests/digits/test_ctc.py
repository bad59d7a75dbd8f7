"""Numbers and their probabilities are what counting all sequences of answers one by one gives."""

import itertools

import numpy as np
import pytest

from reader.digits.ctc import likeliest, log_probabilities


def _answers(seed: int, steps: int, digits: int) -> np.ndarray:
    """Answers (steps, 11) in which only nothing and the first few digits are likely."""
    said = np.random.default_rng(seed).normal(0, 2, (steps, 11))
    said[:, digits + 1 :] = -40
    return said - np.logaddexp.reduce(said, axis=1)[:, None]


def _counted(answers: np.ndarray, digits: int) -> dict[tuple[int, ...], float]:
    """Probability of each number, by looking at every sequence."""
    found: dict[tuple[int, ...], float] = {}
    for sequence in itertools.product(range(digits + 1), repeat=len(answers)):
        kept = [symbol for symbol, _ in itertools.groupby(sequence) if symbol]
        number = tuple(symbol - 1 for symbol in kept)
        weight = float(np.exp(sum(step[symbol] for step, symbol in zip(answers, sequence, strict=True))))
        found[number] = found.get(number, 0.0) + weight
    return found


@pytest.mark.parametrize("seed", range(4))
def test_probability_is_the_sum_over_all_sequences(seed):
    answers = _answers(seed, 5, 3)
    counted = _counted(answers, 3)
    assert sum(counted.values()) == pytest.approx(1)
    numbers = list(counted)
    longer = np.vstack([answers, np.full((4, 11), -50.0)])
    longer[5:, 0] = 0.0  # the same with paper behind it
    found = np.exp(log_probabilities([answers, longer], numbers))
    assert found[0] == pytest.approx(list(counted.values()), abs=1e-9)
    assert found[1] == pytest.approx(found[0], abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_likeliest_numbers_come_first(seed):
    answers = _answers(seed, 6, 2)
    counted = _counted(answers, 2)
    expected = sorted(counted, key=lambda number: -counted[number])[:3]
    assert likeliest(answers, 40)[:3] == expected


def test_the_same_digit_twice_needs_nothing_between():
    together, apart = np.full((2, 11), -30.0), np.full((3, 11), -30.0)
    together[:, 5] = apart[[0, 2], 5] = apart[1, 0] = 0.0
    assert likeliest(together)[0] == (4,)
    assert likeliest(apart)[0] == (4, 4)
    assert log_probabilities([together], [(4, 4)]) < -20


def test_more_digits_than_steps_are_impossible():
    assert log_probabilities([_answers(0, 3, 3)], [(0, 1, 2, 1)]) == -np.inf
