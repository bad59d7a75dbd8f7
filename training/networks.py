"""Networks as files, and what they answer: opening them, telling logits from probabilities, predicting."""

from importlib import resources
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import SIZE
from reader.errors import ModelError

SHIPPED = "shipped"
"""The name by which a user means the model in the package."""
PREDICTED = 500
"""Crops to a step when answers are wanted."""
FLOOR = 1e-7
"""A probability below this is taken as this where logits are wanted."""
NEVER = -100.0
"""The logit of a class that a network does not know."""


def opened(given: str) -> keras.Model:
    """The network that a user names: a .keras or .h5 file, the .keras beside a .tflite, or `shipped`.

    Raises:
        ModelError: there is none, or it takes or gives something else.
    """
    if given == SHIPPED:
        with resources.as_file(resources.files("reader.digits") / "model" / "digits.keras") as path:
            return _opened(path)
    path = Path(given)
    return _opened(path.with_suffix(".keras") if path.suffix.lower() == ".tflite" else path)


def _opened(path: Path) -> keras.Model:
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; give a network saved as .keras or .h5, or the word {SHIPPED}")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path}: not a network that Keras can open ({reason}); save it again") from error
    takes, gives = model.input_shape, model.output_shape
    if tuple(takes[1:]) not in ((SIZE, SIZE, 1), (SIZE, SIZE)) or len(gives) != 2 or gives[1] not in (10, 11):
        raise ModelError(
            f"{path}: takes {takes} and gives {gives}; expected ({SIZE}, {SIZE}, 1) and 10 digits, "
            "or 11 with what is no digit"
        )
    return model


def gives_logits(model: keras.Model) -> bool:
    """Whether the last layer is no softmax."""
    last: Any = model.layers[-1]
    is_softmax = isinstance(last, keras.layers.Softmax)
    return not (is_softmax or getattr(last, "activation", None) is keras.activations.softmax)


def logits(model: keras.Model, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a network says of crops, before the softmax, up to a constant in each row.

    Args:
        model: of 10 or 11 classes, ending in a softmax or before it.
        crops: (n, 28, 28) uint8, 0 is paper.

    Returns:
        (n, 11) float32; what is no digit has next to no chance where the network does not know it.
    """
    shape = model.input_shape[1:]
    said = np.full((len(crops), 11), NEVER, np.float32)
    for start in range(0, len(crops), PREDICTED):
        part = crops[start : start + PREDICTED]
        inputs = part.reshape(len(part), *shape).astype(np.float32) / np.float32(255)
        given = np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)), np.float32)
        given = given if gives_logits(model) else np.log(np.maximum(given, FLOOR))
        said[start : start + len(part), : given.shape[1]] = given - given.max(axis=1, keepdims=True)
    return said


def softmax(said: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (n, classes) -> probabilities, rows sum to 1."""
    raised = np.exp(said - said.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def without_softmax(model: keras.Model) -> keras.Model:
    """The same network, giving logits; a softmax that is a layer's own activation is taken off."""
    if gives_logits(model):
        return model
    last: Any = model.layers[-1]
    if not isinstance(last, keras.layers.Dense):
        return keras.Model(model.inputs[0], last.input, name=model.name)
    bare = keras.layers.Dense(last.units, name="logits")
    copy = keras.Model(model.inputs[0], bare(last.input), name=model.name)
    bare.set_weights(last.get_weights())
    return copy
