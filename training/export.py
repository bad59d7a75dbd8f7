"""A trained Keras model -> the LiteRT files, float and int8, and the sidecars that the reader uses.

This is the one place of the project that needs TensorFlow itself, to convert.
"""

import contextlib
import hashlib
import io
import json
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import CLASSES, load
from reader.digits.crops import SIZE
from reader.errors import UsageError
from training.labelled import Labelled, joined
from training.loading import load as load_data
from training.networks import logits, opened, softmax, without_softmax

BATCH = 4
"""Crops at a time, fixed in the file: of 1, 4, 8, 16, 32 and 64 fastest for 60 crops, and quick for one."""
CALIBRATED_ON = 1000
"""Crops that show the converter how large the numbers inside the network get."""
TIMED = 4000
"""Crops on which the speed is measured."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One model file and how it compares with the Keras model that it was made of.

    Attributes:
        path: the .tflite file; the Keras model itself in the first row of a table.
        size: bytes.
        accuracy: share of the test images answered right.
        changed: test images that get another answer than from the Keras model.
        largest: the largest difference of a probability.
        per_second: crops answered in a second on one thread.
    """

    path: Path
    size: int
    accuracy: float
    changed: int
    largest: float
    per_second: float


def export_model(
    given: str, output: Path, data: tuple[str, ...] = ("mnist",), say: Callable[[str], None] = lambda _: None
) -> list[Exported]:
    """Write a Keras model as OUTPUT.tflite and OUTPUT-int8.tflite with their sidecars, and compare the answers.

    Args:
        given: a .keras or .h5 file, or `shipped`.
        output: the float .tflite file.
        data: what int8 is calibrated on (its images to learn from) and the answers are compared on (its test images).
        say: is told each step.

    Returns:
        How the Keras model, the float and the int8 file do on the test images.

    Raises:
        UsageError, ModelError: the model, the data or the name of the output cannot be used.
    """
    if output.suffix.lower() != ".tflite" or not output.parent.is_dir():
        raise UsageError(f"{output}: expected a name that ends in .tflite, in a folder that there is")
    model = opened(given)
    sets = [load_data(name, say) for name in data]
    learning, testing = (joined([getattr(one, part) for one in sets]) for part in ("learning", "testing"))
    some = np.random.default_rng(0).permutation(len(learning.labels))[:CALIBRATED_ON]
    record = recorded(Path(given))
    temperature = float(record.get("temperature", 1.0))
    say(f"temperature {temperature:.3f}" + ("" if "temperature" in record else ": no record beside the model says one"))
    small = output.with_name(f"{output.stem}-int8.tflite")
    export(model, output, temperature, {"trained": record})
    export(model, small, temperature, {"trained": record}, learning.crops[some])
    began = time.perf_counter()
    expected = softmax(logits(model, testing.crops) / np.float32(temperature))
    speed = len(testing.labels) / (time.perf_counter() - began)
    right = float((expected.argmax(axis=1) == testing.labels).mean())
    size = Path(given).stat().st_size if Path(given).exists() else 0
    compared = [Exported(Path(given), size, right, 0, 0.0, speed)]
    return compared + [_compared(path, testing, expected) for path in (output, small)]


def _compared(path: Path, testing: Labelled, expected: NDArray[np.float32]) -> Exported:
    classifier = load(path)
    answers = classifier.probabilities(testing.crops)
    timed = testing.crops[:TIMED]
    began = time.perf_counter()
    classifier.probabilities(timed)
    speed = len(timed) / (time.perf_counter() - began)
    changed = int((answers.argmax(axis=1) != expected.argmax(axis=1)).sum())
    right = float((answers.argmax(axis=1) == testing.labels).mean())
    return Exported(path, path.stat().st_size, right, changed, float(np.abs(answers - expected).max()), speed)


def recorded(model: Path) -> dict[str, Any]:
    """The record of the training beside a model, or in the sidecar of a .tflite; empty where there is none."""
    try:
        if model.suffix.lower() != ".tflite":
            found: dict[str, Any] = json.loads(model.with_suffix(".record.json").read_text("utf-8"))
            return found
        about = json.loads(model.with_suffix(".json").read_text("utf-8"))
        return {**about.get("trained", {}), "temperature": about["temperature"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def learned_by(model: Path) -> set[str]:
    """Hashes of the data that a model learned from, as far as its record says."""
    data = recorded(model).get("data", {})
    return {str(one["sha256"]) for one in data.values() if isinstance(one, dict) and "sha256" in one}


def export(
    model: keras.Model,
    output: Path,
    temperature: float,
    record: dict[str, Any],
    calibration: NDArray[np.uint8] | None = None,
) -> None:
    """Write the model as LiteRT and its sidecar .json beside it, each whole or not at all.

    Args:
        model: crops (n, 28, 28, 1) float32, 0 to 1 -> logits or probabilities (n, 10) or (n, 11).
        output: the .tflite file; for a float model the network goes beside it as .keras, to train it further.
        temperature: the logits are divided by it before the softmax.
        record: how it was trained and what was measured, for the sidecar.
        calibration: crops (n, 28, 28) uint8; with them the network is quantized to int8 (Jacob et al., CVPR 2018).
    """
    bare = without_softmax(model)
    content = _converted(bare, calibration)
    classes = CLASSES[: int(bare.output_shape[-1])]
    sidecar = {
        "name": f"{model.name}-{hashlib.sha256(content).hexdigest()[:8]}",
        "parameters": model.count_params(),
        "weights": "float32" if calibration is None else "int8",
        "classes": classes,
        "temperature": round(temperature, 4),
        "input": f"({BATCH}, 28, 28, 1) float32, crops as reader.digits.crops.crop makes them, divided by 255",
        "output": f"({BATCH}, {len(classes)}) float32 logits",
        **record,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    if calibration is None:
        network = output.with_name(f".part-{output.stem}.keras")
        bare.save(network)
        network.replace(output.with_suffix(".keras"))
    for path, whole in (
        (output, content),
        (output.with_suffix(".json"), (json.dumps(sidecar, indent=2) + "\n").encode()),
    ):
        part = path.with_suffix(path.suffix + ".part")
        part.write_bytes(whole)
        part.replace(path)


def _converted(bare: keras.Model, calibration: NDArray[np.uint8] | None) -> bytes:
    """The content of a .tflite file with a fixed number of crops at a time."""
    inputs = keras.Input(batch_shape=(BATCH, SIZE, SIZE, 1), name="crops")
    shaped = inputs if len(bare.input_shape) == 4 else keras.layers.Reshape((SIZE, SIZE))(inputs)
    converter = converter_of(keras.Model(inputs, bare(shaped)))
    if calibration is not None:
        import tensorflow as tf

        def shown() -> Iterator[list[NDArray[np.float32]]]:
            for start in range(0, len(calibration) - BATCH + 1, BATCH):
                yield [(calibration[start : start + BATCH, :, :, None] / np.float32(255)).astype(np.float32)]

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = shown
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    return content_of(converter)


def converter_of(model: keras.Model) -> Any:
    """TensorFlow's converter of a model to LiteRT.

    Raises:
        UsageError: Keras runs on something else.
    """
    if keras.backend.backend() != "tensorflow":
        raise UsageError("only TensorFlow converts to LiteRT: install it, and set KERAS_BACKEND=tensorflow")
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_keras_model(model)


def content_of(converter: Any) -> bytes:
    """The content of a .tflite file; the converter's chatter is kept off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        content: bytes = converter.convert()
    return content
