"""The shipped model reads handwriting, rejects what is no digit, and answers the same however it is asked."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import NOT_DIGIT, Classifier, load
from reader.digits.crops import crop
from reader.errors import ModelError

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load()


@pytest.fixture(scope="module")
def crops(handwriting: Labelled) -> Labelled:
    """1,000 digits of real handwriting and their labels."""
    images, labels = handwriting
    return np.stack([crop(image.astype(np.float32) / np.float32(255)) for image in images[::5]]), labels[::5]


def _drawn(paint: str) -> NDArray[np.uint8]:
    ink = np.zeros((80, 80), np.uint8)
    if paint == "cross":
        cv2.line(ink, (15, 12), (66, 70), 255, 4, cv2.LINE_AA)
        cv2.line(ink, (64, 14), (13, 68), 255, 4, cv2.LINE_AA)
    else:
        cv2.line(ink, (15, 40), (66, 43), 255, 5, cv2.LINE_AA)
    return crop(ink.astype(np.float32) / 255)


def test_reads_handwriting(classifier: Classifier, crops: Labelled) -> None:
    images, labels = crops
    answers = classifier.probabilities(images)
    assert (answers.argmax(axis=1) == labels).mean() >= 0.99
    sure = answers[:, :NOT_DIGIT].max(axis=1) >= 0.95
    assert sure.mean() >= 0.9
    assert (answers.argmax(axis=1) == labels)[sure].mean() >= 0.995


@pytest.mark.parametrize("paint", ["cross", "dash"])
def test_rejects_what_is_no_digit(classifier: Classifier, paint: str) -> None:
    assert classifier.probabilities(_drawn(paint)[None])[0, NOT_DIGIT] > 0.9


def test_digits_run_together_are_no_digit(classifier: Classifier, crops: Labelled) -> None:
    images, labels = crops
    usual = images[labels != 1][:200]  # two ones side by side can be an 11 or an H
    pairs = [
        crop(np.hstack([a[:, 3:24], b[:, 4:25]]).astype(np.float32) / 255)
        for a, b in zip(usual[::2], usual[1::2], strict=True)
    ]
    answers = classifier.probabilities(np.stack(pairs))
    assert (answers[:, :NOT_DIGIT].max(axis=1) >= 0.95).mean() <= 0.05


@pytest.mark.parametrize("count", [0, 1, 31, 100])
def test_rows_sum_to_one_whatever_the_number(classifier: Classifier, crops: Labelled, count: int) -> None:
    answers = classifier.probabilities(crops[0][:count])
    assert answers.shape == (count, 11)
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


def test_company_does_not_change_an_answer(classifier: Classifier, crops: Labelled) -> None:
    some = crops[0][:70]
    together = classifier.probabilities(some)
    alone = np.concatenate([classifier.probabilities(some[i : i + 1]) for i in range(70)])
    np.testing.assert_array_equal(together, alone)


def test_other_shapes_are_refused(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="28, 28"):
        classifier.probabilities(np.zeros((3, 20, 20), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        classifier.probabilities(np.zeros((3, 28, 28), np.float32))  # type: ignore[arg-type]


def test_loading_is_silent_and_without_tensorflow() -> None:
    code = "import sys; from reader.digits.classifier import load; load(); sys.exit('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_missing_model_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"other\.tflite.*\.json beside it"):
        load(tmp_path / "other.tflite")


def test_a_file_that_is_no_model_is_said_by_name(tmp_path: Path) -> None:
    model = tmp_path / "text.tflite"
    model.write_text("not a model")
    with pytest.raises(ModelError, match=r"text\.json.*\.json beside it"):
        load(model)
    classes = [*"0123456789", "not_digit"]
    (tmp_path / "text.json").write_text(json.dumps({"classes": classes, "temperature": 1.0}))
    with pytest.raises(ModelError, match=r"text\.tflite.*export the model again"):
        load(model)


def test_a_model_for_other_classes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.tflite").write_bytes(b"")
    (tmp_path / "letters.json").write_text(json.dumps({"classes": ["a", "b"], "temperature": 1.0}))
    with pytest.raises(ModelError, match=r"letters\.json.*classes"):
        load(tmp_path / "letters.tflite")
