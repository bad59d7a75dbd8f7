"""A line of writing, not taken apart -> what is written in its columns, by the line network in this package.

It reads a line in another way than the classifier does with the pieces of it, so that where both agree, both are
likely right: as with two people who type the same form.
"""

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.ctc import logs_of
from reader.digits.line_images import HEIGHT, line_image, shown
from reader.digits.litert import opened
from reader.errors import ModelError

NAME = "lines"
SYMBOLS = 11
"""No digit, then 0 to 9."""

VIEWS = ((1.0, 0.0), (0.86, 0.0), (1.16, 0.0), (1.0, -0.12), (1.0, 0.12))
"""A line is looked at as it is, narrower, wider, and leaning to either side: columns for one, and for each row down."""

Answers = Callable[[NDArray[np.float32]], list[NDArray[np.float64]]]
"""The ink of a line (rows, columns) float32 -> for each view (steps, 11) float64, logarithms of the probabilities."""


def load_lines() -> Answers:
    """The line network of this package, ready to be asked; not to be shared between threads.

    Raises:
        ModelError: its files are missing or are something else.
    """
    with resources.as_file(resources.files("reader.digits") / "model") as folder:
        model, sidecar = folder / f"{NAME}.tflite", folder / f"{NAME}.json"
        try:
            content, temperature = model.read_bytes(), float(json.loads(sidecar.read_text("utf-8"))["temperature"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{model}: cannot be used ({error}); install digit-reader again") from error
    try:
        return _of_interpreter(_interpreter(content), temperature)
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{model}: not a network for lines ({error}); install digit-reader again") from error


def _interpreter(content: bytes) -> Any:
    interpreter = opened(content)
    takes, gives = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if takes["shape"][1] != HEIGHT or takes["dtype"] != np.float32 or gives["shape"][-1] != SYMBOLS:
        raise ValueError(f"it takes {takes['shape'].tolist()} and gives {gives['shape'].tolist()}")
    return interpreter


def _of_interpreter(interpreter: Any, temperature: float) -> Answers:
    takes, gives = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    columns = 0

    def seen(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
        nonlocal columns
        inputs = shown([picture])
        if inputs.shape[2] != columns:
            columns = inputs.shape[2]
            interpreter.resize_tensor_input(takes, inputs.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(takes, inputs)
        interpreter.invoke()
        return logs_of(interpreter.get_tensor(gives)[0].astype(np.float64) / temperature)

    def answers(ink: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        picture = line_image(ink)
        return [seen(_bent(picture, *view)) for view in VIEWS]

    return answers


def _bent(picture: NDArray[np.uint8], wide: float, lean: float) -> NDArray[np.uint8]:
    """A line (32, columns) so many times as wide, leaning by so many columns for each row."""
    if lean:
        columns = picture.shape[1] + round(abs(lean) * HEIGHT)
        aside = (columns - picture.shape[1]) / 2 - lean * HEIGHT / 2
        matrix = np.array([[1, lean, aside], [0, 1, 0]], np.float64)
        return np.asarray(cv2.warpAffine(picture, matrix, (columns, HEIGHT)), np.uint8)
    columns = max(1, round(picture.shape[1] * wide))
    how = cv2.INTER_AREA if wide < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (columns, HEIGHT), interpolation=how), np.uint8)
