"""The line network learns lines, and what is written answers as what was trained; bad data is said before training."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from reader.digits.line_images import line_image, shown
from reader.errors import UsageError
from training.amounts import Line

keras = pytest.importorskip("keras", reason="training needs the extra `training`")


def _bars(digits: str, seed: int) -> Line:
    """A line in a script of our own: digit 1 is a thin upright bar, 2 a thick one, 0 a lying one."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((40, 34 * len(digits) + 10), np.float32)
    for place, digit in enumerate(digits):
        left, width = 10 + 34 * place + int(rng.integers(0, 5)), {"0": 22, "1": 4, "2": 14}[digit]
        top = 28 if digit == "0" else 4
        ink[top:36, left : left + width] = 1
    return Line(line_image(ink), digits)


def _lines(count: int, seed: int) -> list[Line]:
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(list("012"), int(rng.integers(1, 5)))) for _ in range(count)]
    # One upright bar at least, or the lines would differ in height.
    return [_bars(text + "1", seed * 1000 + number) for number, text in enumerate(texts)]


def _file(path: Path, learning: list[Line], testing: list[Line]) -> Path:
    arrays = {}
    for part, lines in (("train", learning), ("test", testing)):
        arrays |= {
            f"pictures_{part}": np.hstack([line.image for line in lines]),
            f"columns_{part}": np.array([line.image.shape[1] for line in lines]),
            f"digits_{part}": np.array([line.digits for line in lines]),
        }
    np.savez(path, **arrays)
    return path


def test_a_network_learns_to_spell_lines() -> None:
    from training.line_network import Plan, answered, fitted, line_network, spelled

    keras.utils.set_random_seed(1)
    model, testing, losses = line_network(width=8), _lines(60, 2), []
    fitted(model, _lines(400, 1), Plan(8, 4e-3, 1, 16), lambda _, loss: losses.append(loss))
    right = [spelled(said) == line.digits for said, line in zip(
        answered(model, [line.image for line in testing]), testing, strict=True)]  # fmt: skip
    assert len(losses) == 8
    assert losses[-1] < 0.3 * losses[0]
    assert np.mean(right) > 0.7  # chance is next to none


def test_what_is_written_answers_as_what_was_trained(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="exporting needs TensorFlow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow converts")
    from reader.digits.litert import opened
    from training.line_network import Plan, answered
    from training.line_training import train

    data = _file(tmp_path / "lines.npz", _lines(40, 1), _lines(12, 2))
    said: list[str] = []
    train([data], tmp_path / "small.tflite", Plan(1, 1e-3, 1, 8), say=said.append)
    record = json.loads((tmp_path / "small.json").read_text())
    assert record["measured"]["lines"] == 12
    assert record["trained"]["sha256"].keys() == {"lines.npz"}
    assert any("epoch 1 of 1" in line for line in said)
    model = keras.saving.load_model(tmp_path / "small.keras", compile=False)
    interpreter = opened((tmp_path / "small.tflite").read_bytes())
    takes, gives = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    for line in itertools.islice(_lines(12, 3), 4):  # of several widths
        picture = shown([line.image])
        interpreter.resize_tensor_input(takes, picture.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(takes, picture)
        interpreter.invoke()
        np.testing.assert_allclose(interpreter.get_tensor(gives)[0], answered(model, [line.image])[0], atol=1e-3)


def test_without_tensorflow_a_network_and_its_record_are_written(tmp_path: Path, monkeypatch) -> None:
    from training import line_training
    from training.line_network import Plan

    monkeypatch.setattr(line_training.keras.backend, "backend", lambda: "torch")
    data = _file(tmp_path / "lines.npz", _lines(40, 1), _lines(12, 2))
    said: list[str] = []
    line_training.train([data], tmp_path / "small.tflite", Plan(1, 1e-3, 1, 8), say=said.append)
    assert {path.name for path in tmp_path.iterdir()} == {"lines.npz", "small.keras", "small.record.json"}
    assert "export-lines" in said[-1]
    with pytest.raises(UsageError, match="TensorFlow"):
        line_training.export(tmp_path / "small.keras", tmp_path / "small.tflite")


def test_a_network_without_its_record_is_not_exported(tmp_path: Path) -> None:
    from training import line_training
    from training.line_network import line_network

    line_network(8).save(tmp_path / "a.keras")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow converts")
    with pytest.raises(UsageError, match=r"a\.record\.json.*train-lines"):
        line_training.export(tmp_path / "a.keras", tmp_path / "a.tflite")


@pytest.mark.parametrize("output", ["lines.h5", "nowhere/lines.tflite"])
def test_an_output_that_cannot_be_written_is_said_first(tmp_path: Path, output: str) -> None:
    from training.line_network import Plan
    from training.line_training import train

    with pytest.raises(UsageError, match="lines"):
        train([tmp_path / "none.npz"], tmp_path / output, Plan(1))


def test_a_network_for_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    from training.line_network import Plan
    from training.line_training import train

    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    other.save(tmp_path / "other.keras")
    data = _file(tmp_path / "lines.npz", _lines(4, 1), _lines(2, 2))
    with pytest.raises(UsageError, match="not a line network"):
        train([data], tmp_path / "x.tflite", Plan(1), tmp_path / "other.keras")


def test_lines_with_more_digits_than_steps_are_left_out() -> None:
    from training.line_training import fits

    assert fits(Line(np.zeros((32, 40), np.uint8), "1234"))
    assert not fits(Line(np.zeros((32, 4), np.uint8), "111111"))


def test_lines_that_cannot_be_what_they_are_called_are_left_out() -> None:
    from training.line_network import Plan, fitted, line_network
    from training.line_training import cleaned

    keras.utils.set_random_seed(1)
    model, lines = line_network(width=8), _lines(400, 1)
    fitted(model, lines, Plan(8, 4e-3, 1, 16))
    wrong = [Line(line.image, "02" * len(line.digits)) for line in lines[:40]]
    kept = {id(line) for line in cleaned([*lines, *wrong], model)}
    assert sum(id(line) in kept for line in lines) > 0.95 * len(lines)
    assert sum(id(line) in kept for line in wrong) < 0.2 * len(wrong)


def test_the_first_two_batches_show_how_much_widths_differ() -> None:
    from training.line_network import Batches

    data = Batches(_lines(100, 4), batch=5, seed=1)  # TensorFlow took the rest for alike, and stopped
    for _ in range(3):
        widths = [data[number][0].shape[2] for number in range(len(data))]
        assert widths[0] > widths[1]
        data.on_epoch_end()
