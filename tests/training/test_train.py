"""A training learns, is recorded, goes on after an interruption as if there had been none, and says what it does."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reader.errors import UsageError
from training.data import pen_digits
from training.settings import Settings
from training.telling import NOBODY, Step, Teller

keras = pytest.importorskip("keras", reason="training needs the extra `training`")

Run = tuple[Settings, dict[str, object], list[str], list[Step]]


@pytest.fixture(scope="module")
def digits_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An .npz of digits that the pen draws."""
    from training.evaluate import cropped

    digits = pen_digits(60)
    path = tmp_path_factory.mktemp("data") / "pen.npz"
    np.savez(path, x=cropped(digits.images), y=digits.labels)
    return str(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, digits_file: str) -> Run:
    from training.train import train

    said: list[str] = []
    steps: list[Step] = []
    output = tmp_path_factory.mktemp("run") / "ocr.h5"
    settings = Settings((digits_file,), output, epochs=5, batch_size=20, learning_rate=3e-3)
    done = train(settings, Teller(said.append, steps.append))
    return settings, {"report": done.report, "accuracy": done.accuracy, "model": done.model}, said, steps


def test_training_learns(run: Run, digits_file: str) -> None:
    assert run[1]["accuracy"][digits_file] > 0.7  # type: ignore[index]  # chance is 0.1
    ends = [step for step in run[3] if step.checked]
    assert len(ends) == 5
    assert ends[-1].loss < 0.5 * ends[0].loss


def test_the_report_is_by_digit_and_each_step_is_said(run: Run) -> None:
    report = str(run[1]["report"])
    assert all(f"\n           {digit} " in report for digit in range(10))
    said = "\n".join(run[2])
    for words in ("loading", "[0, 1]", "LabelBinarizer", "lenet", "Adam", "5 epochs, batch size 20", "saved the model"):
        assert words in said


def test_what_is_saved_answers_as_what_was_trained(run: Run) -> None:
    from training.networks import logits, opened

    images = np.random.default_rng(1).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    saved, trained = (logits(model, images) for model in (opened(str(run[0].output)), run[1]["model"]))
    np.testing.assert_allclose(saved, trained, atol=1e-4)


def test_the_record_says_how_to_do_it_again(run: Run) -> None:
    record = json.loads(run[0].record.read_text())
    assert record["settings"]["seed"] == 1
    assert record["settings"]["batch_size"] == 20
    assert len(record["data"]["pen.npz"]["sha256"]) == 64
    assert record["data"]["pen.npz"]["learned"] > record["data"]["pen.npz"]["tested"] > 0
    assert len(record["history"]["val_accuracy"]) == 5
    assert 0.2 < record["temperature"] < 5
    assert "keras" in record["versions"]
    assert record["figures"]["pen.npz"]["accuracy"] > 0.7
    assert not run[0].checkpoint.exists()


def small_network() -> object:
    layers = keras.layers
    parts = [layers.Flatten(), layers.Dense(16, activation="relu"), layers.Dropout(0.3), layers.Dense(10)]
    return keras.Sequential([keras.Input((28, 28, 1)), *parts])


def test_a_resumed_run_ends_as_one_that_was_not_interrupted(tmp_path: Path, digits_file: str) -> None:
    from training.fitting import fitted
    from training.loading import load

    data = load(digits_file)
    settings = Settings((digits_file,), tmp_path / "a.keras", epochs=3, batch_size=50, schedule="cosine")

    def go(settings: Settings, tell: Teller = NOBODY) -> tuple[object, dict[str, list[float]]]:
        keras.utils.set_random_seed(1)
        return fitted(small_network(), [data], data.testing, settings, tell)

    whole, history = go(settings)

    def interrupt(step: Step) -> None:
        if step.epoch == 3:
            raise KeyboardInterrupt

    other = replace(settings, output=tmp_path / "b.keras")
    with pytest.raises(KeyboardInterrupt):
        go(other, Teller(step=interrupt))
    with pytest.raises(UsageError, match=r"b\.checkpoint: holds an interrupted run; add --resume"):
        go(other)
    with pytest.raises(UsageError, match="was begun with batch_size 50"):
        go(replace(other, resume=True, batch_size=10))
    resumed, history_too = go(replace(other, resume=True))
    np.testing.assert_allclose(history_too["loss"], history["loss"], atol=1e-4)
    for one, two in zip(whole.get_weights(), resumed.get_weights(), strict=True):  # type: ignore[attr-defined]
        np.testing.assert_allclose(one, two, atol=1e-4)
    with pytest.raises(UsageError, match="no checkpoint to go on from"):
        go(replace(other, output=tmp_path / "c.keras", resume=True))


def test_a_weight_shows_images_so_much_oftener(digits_file: str) -> None:
    from training.fitting import lesson
    from training.loading import load

    settings = Settings()
    once, often = load(digits_file), load(f"{digits_file}@2.5")
    count = len(once.learning.labels)
    shown = lesson([often], settings, 0)
    assert len(shown.labels) == round(2.5 * count)
    times = np.unique(shown.crops.reshape(len(shown.labels), -1), axis=0, return_counts=True)[1]
    assert set(times) == {2, 3}
    assert (lesson([once], settings, 0).labels != lesson([once], settings, 1).labels).any()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"output": Path("model.tflite")}, r"saved as \.h5 or \.keras"),
        ({"output": Path("no/such/folder/ocr.h5")}, "there is no such folder"),
        ({"epochs": 0}, "--epochs 0"),
        ({"learning_rate": 3.0}, "--learning-rate 3.0: expected above 0"),
        ({"freeze": "convolutions"}, "give --from as well"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replace(Settings(), **changed)  # type: ignore[arg-type]


def test_lenet_is_two_sets_of_each() -> None:
    from training.architectures import lenet

    layers = [type(layer).__name__ for layer in lenet().layers]
    assert layers == [
        *["Conv2D", "Activation", "MaxPooling2D"] * 2, "Flatten", *["Dense", "Activation", "Dropout"] * 2,
        "Dense", "Activation",
    ]  # fmt: skip
