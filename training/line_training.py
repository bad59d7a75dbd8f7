"""Lines -> the line network as the reader takes it: fitted, calibrated, measured, written as LiteRT."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from reader.digits.ctc import log_probabilities, logs_of
from reader.digits.line_images import EDGE, HEIGHT
from reader.errors import UsageError
from reader.results.saving import saved_bytes
from training.amounts import Line
from training.data import sha256
from training.export import content_of, converter_of
from training.line_files import load
from training.line_network import Plan, answered, fitted, line_network, spelled, surprises
from training.train import surroundings, written

HARDLY_POSSIBLE = 9.0
"""Negative logarithm of the probability of a number above which a line is not worth learning."""
NARROWEST = 0.8
"""How narrow a line may get where it is bent to learn from."""
TEMPERATURES = np.exp(np.linspace(np.log(0.7), np.log(3.0), 24))
"""What the logits may be divided by."""


def train(
    data: Sequence[Path],
    output: Path,
    plan: Plan,
    start: Path | None = None,
    clean_with: Path | None = None,
    say: Callable[[str], None] = print,
) -> float:
    """Train a line network and write it as .keras with its record, and, where TensorFlow is, as .tflite.

    Args:
        data: files of lines (`training.line_files`).
        output: the .tflite file; the .keras and the .record.json are named like it.
        plan: how it is fitted.
        start: a .keras file to go on from; None begins with a new network.
        clean_with: an earlier network, which takes out lines whose number it finds hardly possible.
        say: is told each step.

    Returns:
        Share of the lines to measure with that are read right.

    Raises:
        UsageError: the data, the start or the name of the output cannot be used; said before any training.
    """
    if output.suffix.lower() != ".tflite" or not output.parent.is_dir():
        raise UsageError(f"{output}: expected a name that ends in .tflite, in a folder that there is")
    learning, testing = _lines_of(data, clean_with, say)
    keras.utils.set_random_seed(plan.seed)
    model = _opened(start) if start else line_network()
    say(f"{len(learning)} lines to learn from, {len(testing)} to measure with, {model.count_params():,} parameters")
    network, began = output.with_suffix(".keras"), time.monotonic()

    def after(epoch: int, loss: float) -> None:
        model.save(network)
        left = (time.monotonic() - began) / epoch * (plan.epochs - epoch) / 60
        say(f"epoch {epoch} of {plan.epochs}: loss {loss:.3f}; {_right(model, testing):.2%} right; {left:.0f} min left")

    fitted(model, learning, plan, after)
    temperature = fitted_temperature(model, testing)
    right = _right(model, testing)
    hashes = {path.name: sha256(path) for path in data}
    how = {
        "epochs": plan.epochs,
        "learning_rate": plan.learning_rate,
        "seed": plan.seed,
        "from": start and start.name,
        "clean_with": clean_with and clean_with.name,
    }
    record = {
        "temperature": round(temperature, 4),
        "trained": {"how": how, "lines": len(learning), "sha256": hashes, **surroundings()},
        "measured": {"lines": len(testing), "right": round(right, 4)},
    }
    written(_record_of(network), json.dumps(record, indent=2) + "\n")
    say(f"{network}: {right:.2%} of {len(testing)} lines right, temperature {temperature:.2f}")
    if keras.backend.backend() == "tensorflow":
        export(network, output)
    else:
        say(f"{output} was not made: it needs TensorFlow; where that is: digit-reader export-lines {network}")
    return right


def _lines_of(
    data: Sequence[Path], clean_with: Path | None, say: Callable[[str], None]
) -> tuple[list[Line], list[Line]]:
    """The lines of files to learn from, without those that cannot be learned, and those to measure with."""
    learning, testing = ([line for path in data for line in load(path, part)] for part in ("train", "test"))
    learning = [line for line in learning if fits(line)]
    if not clean_with:
        return learning, testing
    kept = cleaned(learning, _opened(clean_with))
    say(f"{len(learning) - len(kept)} lines taken out, for {clean_with} finds their number hardly possible")
    return kept, testing


def _record_of(network: Path) -> Path:
    return network.with_suffix(".record.json")


def fits(line: Line) -> bool:
    """Whether a line, made as narrow as it may get, has steps enough for its digits."""
    repeated: int = sum(one == other for one, other in zip(line.digits, line.digits[1:], strict=False))
    needed: int = len(line.digits) + repeated
    return bool(needed <= (NARROWEST * line.image.shape[1] + 2 * EDGE) / 2)


def cleaned(lines: Sequence[Line], network: keras.Model) -> list[Line]:
    """Lines without those whose number a network finds hardly possible (Northcutt et al., JAIR 2021).

    Of what a bad pen and a bad scan leave of a line nobody could say what it was.
    """
    surprising = surprises(network, lines)
    return [line for line, surprise in zip(lines, surprising, strict=True) if surprise <= HARDLY_POSSIBLE]


def _opened(path: Path) -> keras.Model:
    try:
        model = keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(f"{path}: not a network that Keras can open ({reason})") from error
    expected = line_network()
    if model.input_shape != expected.input_shape or model.output_shape != expected.output_shape:
        raise UsageError(f"{path}: takes {model.input_shape} and gives {model.output_shape}; not a line network")
    return model


def _right(model: keras.Model, lines: Sequence[Line]) -> float:
    answers = answered(model, [line.image for line in lines])
    return sum(spelled(said) == line.digits for said, line in zip(answers, lines, strict=True)) / len(lines)


def fitted_temperature(model: keras.Model, lines: Sequence[Line], most: int = 1000) -> float:
    """What the logits are divided by so that the true numbers of lines become likeliest."""
    some = lines[:most]
    answers = answered(model, [line.image for line in some])
    numbers = [tuple(int(digit) for digit in line.digits) for line in some]

    def likelihood(temperature: float) -> float:
        logs = (logs_of(said / temperature) for said in answers)
        # No line weighs more than one that is read hopelessly wrong: its label may be.
        return sum(
            max(-12.0, log_probabilities([log], [number]).item()) for log, number in zip(logs, numbers, strict=True)
        )

    return float(max(TEMPERATURES, key=likelihood))


def export(network: Path, output: Path) -> None:
    """Write a line network as LiteRT, for lines of any width, with its sidecar .json.

    Args:
        network: the .keras file that `train` wrote, its .record.json beside it.
        output: the .tflite file.

    Raises:
        UsageError: there is no such network or record, or Keras runs on something else than TensorFlow, which alone
            converts.
    """
    if output.suffix.lower() != ".tflite" or not output.parent.is_dir():
        raise UsageError(f"{output}: expected a name that ends in .tflite, in a folder that there is")
    model = _opened(network)
    try:
        record = json.loads(_record_of(network).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{_record_of(network)}: cannot be read; it is written by train-lines ({error})") from error
    lines = keras.Input(batch_shape=(1, HEIGHT, None, 1), name="line")
    content = content_of(converter_of(keras.Model(lines, model(lines))))
    sidecar = {
        "name": f"lines-{hashlib.sha256(content).hexdigest()[:8]}",
        "parameters": model.count_params(),
        "input": "(1, 32, columns, 1) float32, lines as reader.digits.line_images makes them",
        "output": "(1, columns / 2, 11) float32 logits: no digit, 0 to 9",
        **record,
    }
    with saved_bytes(output) as stream:
        stream.write(content)
    written(output.with_suffix(".json"), json.dumps(sidecar, indent=2) + "\n")
