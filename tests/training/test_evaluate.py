"""The figures mean what they say."""

import numpy as np

from reader.digits.classifier import NOT_DIGIT
from training.evaluate import calibration_error, digit_figures, fitted_temperature, not_digit_figures


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def test_the_temperature_that_was_put_in_is_found() -> None:
    rng = np.random.default_rng(1)
    honest = rng.normal(0, 3, (4000, 11)).astype(np.float32)
    labels = np.array([rng.choice(11, p=row / row.sum()) for row in _softmax(honest).astype(np.float64)], np.uint8)
    assert abs(fitted_temperature(honest, labels) - 1) < 0.05
    assert abs(fitted_temperature(honest * 2, labels) - 2) < 0.1


def test_an_honest_model_is_calibrated_and_a_boaster_is_not() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 10, 5000).astype(np.uint8)
    answers = np.full((5000, 11), 0.02, np.float32)
    wrong = rng.random(5000) < 0.2
    answers[np.arange(5000), np.where(wrong, (labels + 1) % 10, labels)] = 0.8
    assert calibration_error(answers, labels) < 0.02
    assert abs(calibration_error(_softmax(np.log(answers) * 5), labels) - 0.2) < 0.03


def test_a_rejected_digit_counts_against_accuracy_and_not_as_accepted() -> None:
    answers = np.zeros((4, 11), np.float32)
    answers[[0, 1, 2, 3], [3, 3, NOT_DIGIT, 5]] = 1
    measured = digit_figures(answers, np.array([3, 4, 5, 5], np.uint8))
    assert measured["accuracy"] == 0.5
    assert measured["called_not_digit"] == 0.25
    assert measured["accepted"] == 0.75
    assert abs(measured["wrong_among_accepted"] - 1 / 3) < 1e-6


def test_what_is_no_digit_counts_when_it_is_called_a_sure_digit() -> None:
    answers = np.full((4, 11), 0.0, np.float32)
    answers[0, NOT_DIGIT], answers[1, 7], answers[2, 7], answers[2, NOT_DIGIT], answers[3, NOT_DIGIT] = (
        1,
        1,
        0.6,
        0.4,
        1,
    )
    measured = not_digit_figures(answers)
    assert measured["rejected"] == 0.5
    assert measured["called_sure_digit"] == 0.25
