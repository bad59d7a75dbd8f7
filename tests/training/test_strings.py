"""Runs of pieces get the label of the digit whose ink they are."""

import cv2
import numpy as np
import pytest

from reader.digits.crops import crop
from training import layers
from training.augment import likeness
from training.data import NOT_DIGIT, pen_digits
from training.layers import string_layers
from training.strings import labelled_runs


@pytest.fixture(scope="module")
def written() -> list[tuple[np.ndarray, int]]:
    digits = pen_digits(6)
    return [
        (image.astype(np.float32) / np.float32(255), int(label))
        for image, label in zip(digits.images, digits.labels, strict=True)
    ]


def test_a_run_with_a_label_looks_like_that_digit(written: list[tuple[np.ndarray, int]]) -> None:
    rng = np.random.default_rng(1)
    alike, digits, others = [], 0, 0
    for start in range(0, 24, 4):
        string = written[start : start + 4]
        for image, label in labelled_runs(string, rng):
            if label == NOT_DIGIT:
                others += 1
                continue
            digits += 1
            assert label in [digit for _, digit in string]
            alike.append(max(likeness(image, crop(ink)) for ink, digit in string if digit == label))
    assert digits > 5
    assert others > 8
    assert np.median(alike) > 0.9


def test_two_digits_together_are_no_digit(written: list[tuple[np.ndarray, int]]) -> None:
    rng = np.random.default_rng(2)
    for start in range(0, 15, 3):
        pair = [written[start], written[start + 2]]
        together = crop(np.hstack([pair[0][0], pair[1][0]]))
        for image, label in labelled_runs(pair, rng):
            if likeness(image, together) > 0.93:
                assert label == NOT_DIGIT


def joined_share(written: list[tuple[np.ndarray, int]]) -> float:
    """Share of pairs of digits that hang together when they are put side by side."""
    rng, joined = np.random.default_rng(3), 0
    for n in range(40):
        layers = string_layers([written[n % 10][0], written[(n + 3) % 10][0]], rng)
        joined += cv2.connectedComponents((layers.max(axis=0) > 0.3).astype(np.uint8), connectivity=8)[0] == 2
    return joined / 40


def test_a_stroke_joins_some_digits_to_the_next(
    written: list[tuple[np.ndarray, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "LIGATURES", 0.0)
    apart = joined_share(written)
    monkeypatch.setattr(layers, "LIGATURES", 1.0)
    assert joined_share(written) > apart + 0.2


def test_digits_of_a_string_differ_in_size_in_half_of_the_strings(written: list[tuple[np.ndarray, int]]) -> None:
    rng = np.random.default_rng(4)
    lowest = []
    for _ in range(40):
        layers = string_layers([written[1][0]] * 4, rng)
        heights = [np.ptp(np.flatnonzero((layer > 0.3).any(axis=1))) for layer in layers]
        lowest.append(min(heights) / np.ptp(np.flatnonzero((written[1][0] > 0.3).any(axis=1))))
    assert 0.3 < np.mean(np.array(lowest) > 0.97) < 0.7
    assert min(lowest) > 0.6
