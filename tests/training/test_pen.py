from collections.abc import Callable

import numpy as np
import pytest

from reader.digits import classifier as classifiers
from reader.digits.crops import crop
from training import data, pen
from training.skeletons import DIGITS, LETTERS, RARE

MARKS: list[Callable[..., pen.Ink]] = [pen.draw_cross, pen.draw_dash, pen.draw_scribble]
NO_DIGITS: list[Callable[..., pen.Ink]] = [pen.draw_cross, pen.draw_dash, pen.draw_check, pen.draw_scribble]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def likeness(left: pen.Ink, right: pen.Ink) -> float:
    """Correlation of two crops."""
    return float(np.corrcoef(crop(left).ravel(), crop(right).ravel())[0, 1])


def test_a_seed_draws_the_same_digit_each_time_and_another_seed_another() -> None:
    first, again = (pen.draw_digit(5, pen.writer(11), 40, rng(2)) for _ in range(2))
    assert np.array_equal(first, again)
    other = pen.draw_digit(5, pen.writer(12), 40, rng(2))
    assert first.shape != other.shape or not np.array_equal(first, other)


@pytest.mark.parametrize("height", [8, 20, 60, 200])
def test_a_digit_is_as_high_as_asked_and_full_of_ink(height: int) -> None:
    for digit in range(10):
        ink = pen.draw_digit(digit, pen.writer(digit), height, rng())
        assert ink.dtype == np.float32
        assert 0.75 * height < ink.shape[0] < 1.5 * height + 4
        assert 0 <= ink.min() < 0.1
        assert 0.35 < ink.max() <= 1
        edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
        assert edges.max() < 0.75, "the stroke is cut off"


def test_a_writer_writes_a_digit_alike_but_not_the_same() -> None:
    alike = []
    for seed in range(20):
        writer, dice = pen.writer(seed), rng(seed)
        first, second = (pen.draw_digit(3, writer, 40, dice) for _ in range(2))
        assert first.shape != second.shape or not np.array_equal(first, second)
        stranger = pen.draw_digit(3, pen.writer(seed + 500), 40, dice)
        alike.append(likeness(first, second) - likeness(first, stranger))
    assert np.mean(alike) > 0.1


def test_a_wider_pen_leaves_more_ink_and_a_slant_leans() -> None:
    thin, thick = (
        pen.Writer(7, 0.0, width, 1.0, 0.0, 0.0, 0.5, 0.01, 0.0, 1.0, 0.0, (0,) * 10) for width in (0.05, 0.14)
    )
    assert pen.draw_digit(1, thick, 60, rng()).sum() > 2 * pen.draw_digit(1, thin, 60, rng()).sum()
    leaning = pen.Writer(7, 0.4, 0.08, 1.0, 0.0, 0.0, 0.5, 0.01, 0.0, 1.0, 0.0, (0,) * 10)
    ink = pen.draw_digit(1, leaning, 100, rng())
    rows = np.arange(ink.shape[0])
    centres = (ink * np.arange(ink.shape[1])).sum(axis=1)[5:-5] / ink.sum(axis=1)[5:-5]
    lean = -np.polyfit(rows[5:-5], centres, 1)[0]
    assert 0.2 < lean < 0.6


def test_all_allographs_and_letters_can_be_drawn() -> None:
    base = pen.writer(0)
    for digit, forms in enumerate(DIGITS):
        for style in range(len(forms)):
            styles = tuple(style if d == digit else 0 for d in range(10))
            hand = pen.Writer(0, base.slant, 0.08, 1.0, 0.0, 0.0, 0.5, 0.01, 0.0, 1.0, 0.0, styles)
            assert pen.draw_digit(digit, hand, 40, rng()).sum() > 40
    for letter in LETTERS:
        assert pen.draw_letter(letter, base, 40, rng()).sum() > 2
    assert pen.draw_letter("", base, 40, rng()).sum() > 40


@pytest.mark.parametrize("draw", NO_DIGITS)
def test_marks_have_ink_and_follow_their_seed(draw: Callable[..., pen.Ink]) -> None:
    first, again = (draw(pen.writer(3), 40, rng(4)) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.sum() > 20


def test_a_word_is_wider_than_high() -> None:
    word = pen.draw_word("meter", pen.writer(4), 40, rng())
    assert word.shape[1] > 2 * word.shape[0]


def test_a_pen_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="allograph"):
        pen.Writer(0, 0.0, 0.08, 1.0, 0.0, 0.0, 0.5, 0.01, 0.0, 1.0, 0.0, (99,) * 10)
    with pytest.raises(ValueError, match="pixels"):
        pen.draw_digit(1, pen.writer(0), 2, rng())


def test_the_shipped_model_reads_drawn_digits_of_most_writers_and_rejects_marks() -> None:
    classifier = classifiers.load()
    dice = rng(5)
    crops, labels = [], []
    for seed in range(700, 720):
        writer = pen.writer(seed)
        for digit in range(10):
            ink = pen.draw_digit(digit, writer, 36, dice)
            crops.append(crop((ink / ink.max()).astype(np.float32)))
            labels.append(digit)
    read = classifier.probabilities(np.array(crops)).argmax(axis=1)
    assert (read == labels).mean() > 0.95
    marks = [crop((ink / ink.max()).astype(np.float32)) for ink in (_mark(draw, dice) for draw in MARKS * 15)]
    assert (classifier.probabilities(np.array(marks)).argmax(axis=1) == classifiers.NOT_DIGIT).mean() > 0.9


def _mark(draw: Callable[..., pen.Ink], dice: np.random.Generator) -> pen.Ink:
    return draw(pen.writer(int(dice.integers(700, 720))), 36, dice)


@pytest.mark.parametrize("digit", range(10))
def test_a_rare_digit_is_drawn_like_another_only_by_the_same_hand(digit: int) -> None:
    first, again = (pen.draw_rare_digit(digit, pen.writer(11), 40, rng(2)) for _ in range(2))
    assert np.array_equal(first, again)
    drawn = [pen.draw_rare_digit(digit, pen.writer(seed), 40, rng(2)) for seed in range(24)]
    assert all(ink.max() > 0.35 and 20 < ink.shape[0] < 80 for ink in drawn)
    assert len(RARE[digit]) > 1
    assert min(likeness(drawn[0], other) for other in drawn[1:]) < 0.8


def test_one_hand_in_some_writes_rare_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "draw_rare_digit", lambda *_: np.ones((9, 9), np.float32))
    digits = data.pen_digits(2 * data.RARE_HANDS)
    solid = [bool((image > 200).sum() > 1000) for image in digits.images]
    assert solid == [n // 10 % data.RARE_HANDS == 0 for n in range(20 * data.RARE_HANDS)]
