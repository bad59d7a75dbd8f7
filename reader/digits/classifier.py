"""Crops -> probabilities, by the trained model in this package, run with LiteRT, TensorFlow's runtime for models.

A network saved by Keras is run by Keras, where that is installed: slower, and for trying out.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import SIZE
from reader.digits.limits import STANDARD, Limits, limits_of
from reader.digits.line_network import Answers, load_lines
from reader.digits.litert import opened, silent_stderr
from reader.errors import ModelError

NOT_DIGIT = 10
"""Column of the probability that a crop shows no digit."""
CLASSES = [*"0123456789", "not_digit"]
SHIPPED = "digits.tflite"
KERAS_FILES = (".keras", ".h5")
BACKENDS = ("tensorflow", "jax", "torch")
"""What Keras can run on, the first that is installed is taken."""
KERAS_BATCH = 500
"""Crops that Keras is asked about at a time."""
LEAST_PROBABILITY = 1e-7
"""A network that gives probabilities is trusted no further than to this."""

Crops = NDArray[np.uint8]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Classifier:
    """A model ready to classify; not to be shared between threads.

    Attributes:
        name: of the model, for records.
        temperature: the logits are divided by it, so that a probability of 0.9 is right nine times in ten (Guo et
            al., "On calibration of modern neural networks", ICML 2017).
        logits: crops (n, 28, 28) uint8 -> (n, 10) or (n, 11) float32, what the model says of them.
        columns: of a line of writing, as `reader.digits.line_network.load_lines` gives it.
        limits: of what needs no review.
    """

    name: str
    temperature: float
    logits: Callable[[Crops], Scores]
    columns: Answers
    limits: Limits = STANDARD

    def __post_init__(self) -> None:
        if not 0.05 < self.temperature < 20:
            raise ValueError(f"a temperature is between 0.05 and 20, not {self.temperature}")

    def probabilities(self, crops: Crops) -> Scores:
        """What the crops show.

        Args:
            crops: (n, 28, 28) uint8, 0 is paper and 255 is ink, as `reader.digits.crops.crop` makes them; n may be 0.

        Returns:
            (n, 11) float32, rows sum to 1: the digits 0 to 9, then NOT_DIGIT, which is 0 with a model of ten classes.
        """
        if crops.ndim != 3 or crops.shape[1:] != (SIZE, SIZE) or crops.dtype != np.uint8:
            raise ValueError(f"crops are (n, 28, 28) uint8, not {crops.shape} {crops.dtype}")
        shares = _softmax(self.logits(crops) / np.float32(self.temperature))
        return np.pad(shares, ((0, 0), (0, len(CLASSES) - shares.shape[1])))


def load(model: Path | None = None, max_error: float | None = None) -> Classifier:
    """A model ready to classify.

    Args:
        model: a .tflite file with its .json beside it, or, where Keras is installed, a .keras or .h5 file; None is
            the one in this package.
        max_error: of the fields that need no review, how many may be wrong; None is what the model's table has first.

    Raises:
        ModelError: a file is missing, is something else, or is a model for something else; or nothing, or no such
            small error, was measured of it.
    """
    if model is not None:
        return _of_keras(model, max_error) if model.suffix.lower() in KERAS_FILES else _loaded(model, max_error)
    with resources.as_file(resources.files("reader.digits") / "model") as folder:
        return _loaded(folder / SHIPPED, max_error)


def _loaded(model: Path, max_error: float | None) -> Classifier:
    sidecar = model.with_suffix(".json")
    try:
        content, about = model.read_bytes(), json.loads(sidecar.read_text("utf-8"))
    except OSError as error:
        raise ModelError(
            f"{error.filename}: {error.strerror}; a model is a .tflite file with its .json beside it"
        ) from error
    except ValueError as error:
        raise ModelError(f"{sidecar}: not JSON ({error}); export the model again") from error
    if (
        not isinstance(about, dict)
        or about.get("classes") not in (CLASSES, CLASSES[:NOT_DIGIT])
        or not isinstance(about.get("temperature"), float)
    ):
        raise ModelError(f"{sidecar}: needs a temperature and the classes {', '.join(CLASSES)}; export the model again")
    try:
        logits = _of_interpreter(_interpreter(content, len(about["classes"])))
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{model}: not a model for digits ({error}); export the model again") from error
    limits = limits_of(about.get("limits", []), str(model), max_error)
    return Classifier(str(about.get("name", model.stem)), about["temperature"], logits, load_lines(), limits)


def _of_interpreter(interpreter: Any) -> Callable[[Crops], Scores]:
    """What asks an interpreter, its input (batch, 28, 28, 1) float32."""
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    batch = np.zeros(takes["shape"], np.float32)

    def ask(crops: Crops) -> Scores:
        logits = np.empty((len(crops), int(gives["shape"][1])), np.float32)
        for start in range(0, len(crops), len(batch)):
            part = crops[start : start + len(batch)]
            batch[: len(part), :, :, 0] = part / np.float32(255)
            interpreter.set_tensor(takes["index"], batch)
            interpreter.invoke()
            logits[start : start + len(part)] = interpreter.get_tensor(gives["index"])[: len(part)]
        return logits

    return ask


def _interpreter(content: bytes, classes: int) -> Any:
    """LiteRT with a model of crops."""
    interpreter = opened(content)
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if tuple(takes["shape"][1:]) != (SIZE, SIZE, 1) or takes["dtype"] != np.float32:
        given = f"{tuple(takes['shape'].tolist())} {takes['dtype'].__name__}"
        raise ValueError(f"its input is {given}, not (n, {SIZE}, {SIZE}, 1) float32")
    if tuple(gives["shape"]) != (takes["shape"][0], classes):
        raise ValueError(f"its output is {tuple(gives['shape'].tolist())}, not (n, {classes})")
    return interpreter


def _of_keras(path: Path, max_error: float | None) -> Classifier:
    """A network as Keras saves it, with the temperature that its training recorded, if it did."""
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; give a .tflite, .keras or .h5 file")
    backends = [name for name in BACKENDS if find_spec(name)]
    if not find_spec("keras") or not backends:
        raise ModelError(
            f"{path}: only Keras can run it, which is not installed: pip install 'digit-reader[training]', "
            "or have it exported to .tflite with digit-reader export-model"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", backends[0])
    with silent_stderr():
        import keras

        keras.ops.zeros(1)

    try:
        network = keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{path}: not a network that Keras can open ({reason}); save it again") from error
    takes, gives = tuple(network.input_shape[1:]), tuple(network.output_shape[1:])
    if takes not in ((SIZE, SIZE, 1), (SIZE, SIZE)) or gives not in ((len(CLASSES),), (NOT_DIGIT,)):
        raise ModelError(f"{path}: takes {takes} and gives {gives}; expected (28, 28, 1) and 10 or 11 classes")

    def ask(crops: Crops) -> Scores:
        inputs = crops.reshape(len(crops), *takes).astype(np.float32) / np.float32(255)
        answers = [np.zeros((0, *gives), np.float32)]
        for start in range(0, len(inputs), KERAS_BATCH):
            part = network(inputs[start : start + KERAS_BATCH], training=False)
            answers.append(np.asarray(keras.ops.convert_to_numpy(part), np.float32))
        return _as_logits(np.concatenate(answers))

    return Classifier(path.stem, _recorded_temperature(path), ask, load_lines(), limits_of([], str(path), max_error))


def _recorded_temperature(path: Path) -> float:
    """What the record of a training beside the model says; 1 where there is none."""
    try:
        found = json.loads(path.with_suffix(".record.json").read_text("utf-8"))["temperature"]
        return float(found)
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0


def _as_logits(answers: Scores) -> Scores:
    """Answers before the softmax: their logarithms where the network itself ends in one."""
    if len(answers) and answers.min() >= 0 and np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        return np.log(np.maximum(answers, np.float32(LEAST_PROBABILITY)))
    return answers


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return shares
