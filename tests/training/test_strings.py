"""Runs of pieces get the label of the digit whose ink they are."""

import numpy as np
import pytest

from reader.digits.crops import crop
from training.augment import likeness
from training.data import NOT_DIGIT, pen_digits
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
