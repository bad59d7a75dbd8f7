"""The line network of the package reads lines of any width, and says what of it is missing."""

import cv2
import numpy as np
import pytest

from reader.digits import line_network
from reader.digits.ctc import likeliest
from reader.digits.line_network import VIEWS, load_lines
from reader.errors import ModelError
from training.pen import draw_digit, writer


def _number(digits: str, hand: int, height: int = 50) -> np.ndarray:
    rng = np.random.default_rng(hand)
    drawn = [draw_digit(int(digit), writer(hand), height, rng) for digit in digits]
    ink = np.zeros((height + 40, sum(one.shape[1] + 8 for one in drawn) + 20), np.float32)
    left = 10
    for one in drawn:
        part = ink[20 : 20 + one.shape[0], left : left + one.shape[1]]
        part[:] = one[: part.shape[0]]
        left += one.shape[1] + 8
    return ink


def test_numbers_that_a_pen_writes_are_spelled() -> None:
    answers, right = load_lines(), 0
    for hand in range(40):
        digits = "".join(str(d) for d in np.random.default_rng(900 + hand).integers(0, 10, 2 + hand % 6))
        right += likeliest(answers(_number(digits, 90_000 + hand))[0])[0] == tuple(map(int, digits))
    assert right >= 30


def test_every_view_gives_probabilities() -> None:
    found = load_lines()(_number("305", 7))
    assert len(found) == len(VIEWS)
    for view in found:
        assert view.shape[1] == 11
        np.testing.assert_allclose(np.exp(view).sum(axis=1), 1, atol=1e-6)


def test_size_makes_no_difference() -> None:
    answers, ink = load_lines(), _number("48", 11)
    large = cv2.resize(ink, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    assert likeliest(answers(ink)[0])[0] == likeliest(answers(large)[0])[0]


def test_no_ink_is_no_number() -> None:
    assert likeliest(load_lines()(np.zeros((60, 200), np.float32))[0])[0] == ()


def test_a_missing_network_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_network, "NAME", "nothing")
    with pytest.raises(ModelError, match="install digit-reader again"):
        load_lines()
