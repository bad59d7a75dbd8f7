"""A small training learns, is recorded, and what is exported answers as the trained model does."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from reader.digits.classifier import load
from training.data import pen_digits

keras = pytest.importorskip("keras", reason="training needs the extra `training`")
pytest.importorskip("tensorflow", reason="exporting needs TensorFlow")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, dict[str, list[float]], np.ndarray, np.ndarray]:
    from training.evaluate import cropped
    from training.train import fitted, scaled

    digits = pen_digits(40)
    crops, labels = cropped(digits.images), digits.labels
    options = argparse.Namespace(
        seed=1, start=None, architecture="residual", batch=20, rate=3e-3, epochs=3, minutes=None,
        output=tmp_path_factory.mktemp("run"),
    )  # fmt: skip
    model, history = fitted(crops, labels, (scaled(crops[:40]), labels[:40].astype(np.int32)), options)
    return model, history, crops, labels


def test_training_learns(trained: tuple[object, dict[str, list[float]], np.ndarray, np.ndarray]) -> None:
    _, history, _, _ = trained
    assert history["accuracy"][-1] > 0.5  # chance is 0.1
    assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_the_network_is_small(trained: tuple[object, dict[str, list[float]], np.ndarray, np.ndarray]) -> None:
    assert trained[0].count_params() <= 400_000  # type: ignore[attr-defined]


def test_the_exported_model_answers_as_the_trained_one(
    trained: tuple[object, dict[str, list[float]], np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    from training.export import export
    from training.train import scaled

    model, _, crops, _ = trained
    export(model, tmp_path / "small.tflite", 2.0, {"trained": "in a test"})
    logits = np.asarray(model.predict(scaled(crops[:50]), verbose=0)) / 2  # type: ignore[attr-defined]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(load(tmp_path / "small.tflite").probabilities(crops[:50]), expected, atol=1e-3)
    sidecar = json.loads((tmp_path / "small.json").read_text())
    assert sidecar["trained"] == "in a test"
    assert sidecar["temperature"] == 2.0
