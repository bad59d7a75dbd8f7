"""Lines that are no numbers are words and shapes of about the height of digits."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from training.no_numbers import PRINTED, no_number, printed_word, word_by_chance


def test_words_are_of_letters_only():
    words = [word_by_chance(np.random.default_rng(seed)) for seed in range(200)]
    assert all(word.rstrip(":.,").isalpha() for word in words)
    assert {3, 9} <= {len(word.rstrip(":.,")) for word in words}
    assert any(word.rstrip(":.,").isupper() for word in words)
    assert any(word.islower() for word in words)


def test_printed_words_are_cut_to_their_ink_and_longer_with_more_letters():
    short, long = (printed_word(word, np.random.default_rng(1)) for word in ("Sum", "Temperature"))
    for ink in (short, long):
        assert 0.4 * PRINTED < ink.shape[0] < 1.3 * PRINTED
        assert all((ink[edge] > 0.3).any() for edge in (0, -1))
        assert all((ink[:, edge] > 0.3).any() for edge in (0, -1))
    assert long.shape[1] > 2 * short.shape[1]


def test_fonts_differ():
    drawn = {printed_word("Sum", np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert len(drawn) > 5


def test_lines_that_are_no_numbers_have_ink():
    for seed in range(60):
        ink = no_number(np.random.default_rng(seed))
        assert ink.dtype == np.float32
        assert 15 <= ink.shape[0] <= 90, seed
        assert (ink > 0.3).sum() > 30, seed
