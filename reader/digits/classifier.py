"""Crops -> probabilities, by the trained model in this package, run with LiteRT, TensorFlow's runtime for models."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import SIZE
from reader.errors import ModelError

NOT_DIGIT = 10
"""Column of the probability that a crop shows no digit."""
CLASSES = [*"0123456789", "not_digit"]
SHIPPED = "digits.tflite"


@dataclass(frozen=True, slots=True)
class Classifier:
    """A model ready to classify; not to be shared between threads.

    Attributes:
        name: of the model, for records.
        temperature: the logits are divided by it, so that a probability of 0.9 is right nine times in ten (Guo et
            al., "On calibration of modern neural networks", ICML 2017).
        interpreter: LiteRT's, its input (batch, 28, 28, 1) float32.
    """

    name: str
    temperature: float
    interpreter: Any

    def __post_init__(self) -> None:
        if not 0.05 < self.temperature < 20:
            raise ValueError(f"a temperature is between 0.05 and 20, not {self.temperature}")

    def probabilities(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What the crops show.

        Args:
            crops: (n, 28, 28) uint8, 0 is paper and 255 is ink, as `reader.digits.crops.crop` makes them; n may be 0.

        Returns:
            (n, 11) float32, rows sum to 1: the digits 0 to 9, then NOT_DIGIT.
        """
        if crops.ndim != 3 or crops.shape[1:] != (SIZE, SIZE) or crops.dtype != np.uint8:
            raise ValueError(f"crops are (n, 28, 28) uint8, not {crops.shape} {crops.dtype}")
        takes, gives = self.interpreter.get_input_details()[0], self.interpreter.get_output_details()[0]
        batch = np.zeros(takes["shape"], np.float32)
        logits = np.empty((len(crops), len(CLASSES)), np.float32)
        for start in range(0, len(crops), len(batch)):
            part = crops[start : start + len(batch)]
            batch[: len(part), :, :, 0] = part / np.float32(255)
            self.interpreter.set_tensor(takes["index"], batch)
            self.interpreter.invoke()
            logits[start : start + len(part)] = self.interpreter.get_tensor(gives["index"])[: len(part)]
        return _softmax(logits / np.float32(self.temperature))


def load(model: Path | None = None) -> Classifier:
    """A model ready to classify.

    Args:
        model: a .tflite file with its .json beside it; None is the one in this package.

    Raises:
        ModelError: a file is missing, is something else, or is a model for something else.
    """
    if model is not None:
        return _loaded(model)
    with resources.as_file(resources.files("reader.digits") / "model") as folder:
        return _loaded(folder / SHIPPED)


def _loaded(model: Path) -> Classifier:
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
        or about.get("classes") != CLASSES
        or not isinstance(about.get("temperature"), float)
    ):
        raise ModelError(f"{sidecar}: needs a temperature and the classes {', '.join(CLASSES)}; export the model again")
    try:
        return Classifier(str(about.get("name", model.stem)), about["temperature"], _interpreter(content))
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{model}: not a model for digits ({error}); export the model again") from error


def _interpreter(content: bytes) -> Any:
    """LiteRT on one thread: pages are shared out to processes."""
    from ai_edge_litert.interpreter import Interpreter

    with _silent_stderr():
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if tuple(takes["shape"][1:]) != (SIZE, SIZE, 1) or takes["dtype"] != np.float32:
        given = f"{tuple(takes['shape'].tolist())} {takes['dtype'].__name__}"
        raise ValueError(f"its input is {given}, not (n, {SIZE}, {SIZE}, 1) float32")
    if tuple(gives["shape"]) != (takes["shape"][0], len(CLASSES)):
        raise ValueError(f"its output is {tuple(gives['shape'].tolist())}, not (n, {len(CLASSES)})")
    return interpreter


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Nothing written to standard error meanwhile: LiteRT announces its delegate there, and no setting stops it."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return shares
