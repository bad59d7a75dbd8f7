"""What is exported answers as the network it was made of, as floats and as int8, and says what it is."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.errors import UsageError

keras = pytest.importorskip("keras", reason="training needs the extra `training`")
pytest.importorskip("tensorflow", reason="exporting needs TensorFlow")

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


def network(classes: int, softmax: bool) -> object:
    """A network with one convolution, fitted to nothing."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    last = [layers.Dense(classes), *([layers.Activation("softmax")] if softmax else [])]
    parts = [layers.Conv2D(4, 5, strides=3, activation="relu"), layers.Flatten(), *last]
    return keras.Sequential([keras.Input((28, 28, 1)), *parts], name="small")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, handwriting: Digits) -> Path:
    """A model ocr.h5 of ten classes with its record, and data."""
    folder = tmp_path_factory.mktemp("export")
    network(10, softmax=True).save(folder / "ocr.h5")  # type: ignore[attr-defined]
    (folder / "ocr.record.json").write_text(json.dumps({"temperature": 2.0, "settings": {"seed": 5}}))
    images, labels = handwriting[0][::10], handwriting[1][::10]
    np.savez(folder / "digits.npz", x_train=images, y_train=labels, x_test=images[:200], y_test=labels[:200])
    return folder


def test_float_and_int8_answer_as_the_keras_model(folder: Path, handwriting: Digits) -> None:
    from training.export import export_model

    said: list[str] = []
    keras_row, float_row, int8_row = export_model(
        str(folder / "ocr.h5"), folder / "ocr.tflite", (str(folder / "digits.npz"),), said.append
    )
    crops = handwriting[0][:50]
    expected, plain, small = (
        load(folder / name).probabilities(crops) for name in ("ocr.h5", "ocr.tflite", "ocr-int8.tflite")
    )
    np.testing.assert_allclose(plain, expected, atol=1e-4)
    np.testing.assert_allclose(small, expected, atol=0.1)
    assert (small != plain).any()
    assert (plain[:, 10] == 0).all()
    assert float_row.changed == 0
    assert float_row.largest < 1e-4 < int8_row.largest < 0.1
    assert float_row.accuracy == keras_row.accuracy
    assert int8_row.size < 0.6 * float_row.size
    assert "temperature 2.000" in said


def test_the_sidecar_says_what_it_is_and_the_network_beside_it_can_be_gone_on_with(
    folder: Path, handwriting: Digits
) -> None:
    from training.export import export, recorded
    from training.networks import logits, opened

    model = network(11, softmax=False)
    export(model, folder / "own.tflite", 1.5, {"trained": {"settings": {"seed": 5}}})
    sidecar = json.loads((folder / "own.json").read_text())
    assert sidecar["classes"] == [*"0123456789", "not_digit"]
    assert sidecar["temperature"] == 1.5
    assert sidecar["weights"] == "float32"
    assert recorded(folder / "own.tflite") == {"settings": {"seed": 5}, "temperature": 1.5}
    assert sorted(p.name for p in folder.glob("own*")) == ["own.json", "own.keras", "own.tflite"]
    crops = handwriting[0][:20]
    np.testing.assert_allclose(logits(opened(str(folder / "own.tflite")), crops), logits(model, crops), atol=1e-5)


def test_a_name_that_is_none_is_refused_before_any_work(folder: Path) -> None:
    from training.export import export_model

    with pytest.raises(UsageError, match=r"ocr\.onnx: expected a name that ends in \.tflite"):
        export_model(str(folder / "ocr.h5"), folder / "ocr.onnx")


def test_the_network_in_the_package_is_the_one_that_is_read_with(handwriting: Digits) -> None:
    from training.networks import SHIPPED, logits, opened

    crops = handwriting[0][::25]
    read_with, gone_on_with = load().probabilities(crops), logits(opened(SHIPPED), crops)
    assert (read_with.argmax(axis=1) == gone_on_with.argmax(axis=1)).mean() >= 0.99
