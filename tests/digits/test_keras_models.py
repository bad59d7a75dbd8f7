"""`read --model` takes a network as Keras saves it, the ten classes of ocr.h5 among them."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.errors import ModelError

keras: ModuleType = pytest.importorskip("keras", reason="running Keras's networks needs the extra `training`")


def saved(path: Path, classes: int, softmax: bool, shape: tuple[int, ...] = (28, 28, 1)) -> object:
    keras.utils.set_random_seed(3)
    last = keras.layers.Dense(classes, activation="softmax" if softmax else None)
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), last])
    model.save(path)
    return model


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (7, 28, 28)).astype(np.uint8)


@pytest.mark.parametrize("name", ["ocr.h5", "ocr.keras"])
@pytest.mark.parametrize("softmax", [True, False])
def test_ten_classes_never_say_no_digit(name: str, softmax: bool, tmp_path: Path, images: NDArray[np.uint8]) -> None:
    model = saved(tmp_path / name, 10, softmax)
    answers = load(tmp_path / name).probabilities(images)
    said = np.asarray(model(images[..., None] / np.float32(255)))  # type: ignore[operator]
    expected = said if softmax else np.exp(said) / np.exp(said).sum(axis=1, keepdims=True)
    assert answers.shape == (7, 11)
    np.testing.assert_allclose(answers[:, :10], expected, atol=1e-5)
    assert (answers[:, 10] == 0).all()


def test_eleven_classes_and_images_without_a_channel(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    saved(tmp_path / "own.keras", 11, softmax=True, shape=(28, 28))
    answers = load(tmp_path / "own.keras").probabilities(images)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    assert (answers[:, 10] > 0).all()
    assert load(tmp_path / "own.keras").probabilities(images[:0]).shape == (0, 11)


def test_the_recorded_temperature_is_used(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    saved(tmp_path / "own.keras", 11, softmax=False)
    sharp = load(tmp_path / "own.keras").probabilities(images)
    (tmp_path / "own.record.json").write_text('{"temperature": 2.0}')
    soft = load(tmp_path / "own.keras").probabilities(images)
    expected = np.sqrt(sharp) / np.sqrt(sharp).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soft, expected, atol=1e-5)


def test_what_cannot_be_used_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.h5: there is no such file"):
        load(tmp_path / "gone.h5")
    (tmp_path / "text.keras").write_text("not a network")
    with pytest.raises(ModelError, match=r"text\.keras: not a network that Keras can open"):
        load(tmp_path / "text.keras")
    saved(tmp_path / "letters.keras", 26, softmax=True)
    with pytest.raises(ModelError, match=r"letters\.keras.*expected \(28, 28, 1\) and 10 or 11 classes"):
        load(tmp_path / "letters.keras")
