"""The commands of training answer at once, say what is missing, and give exit codes that scripts can rely on."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import run
from training import starting
from training.data import pen_digits


@pytest.fixture
def digits_file(tmp_path: Path) -> Path:
    digits = pen_digits(3)
    np.savez(tmp_path / "pen.npz", x=digits.images, y=digits.labels)
    return tmp_path / "pen.npz"


def test_declaring_the_commands_brings_in_nothing_slow() -> None:
    code = (
        "import sys; from reader.cli import app; print([c.name for c in app.registered_commands]); "
        "print(sorted({'keras', 'tensorflow', 'sklearn', 'matplotlib', 'optuna', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    names, slow = done.stdout.splitlines()
    assert all(f"'{name}'" in names for name in ("train", "search", "evaluate", "export-model", "make-crops"))
    assert slow == "[]"


@pytest.mark.parametrize("command", ["train", "search", "evaluate"])
def test_without_the_extra_it_says_how_to_install_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "find_spec", lambda _: None)
    code, out, err = run(command)
    assert (code, out) == (2, "")
    assert "pip install 'digit-reader[training]'" in err
    assert "keras" in err


def test_a_backend_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("keras", reason="training needs the extra `training`")
    monkeypatch.setattr(starting, "find_spec", lambda name: None if name in ("tensorflow", "jax") else name)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(starting, "_start_keras", lambda: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    starting.need()
    assert os.environ["KERAS_BACKEND"] == "torch"


def test_the_sheet_of_distortions_is_drawn_and_nothing_trained(digits_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras", reason="training needs the extra `training`")
    code, _, err = run(
        "train", "--data", digits_file, "--show-augmented", tmp_path / "sheet.png", "--output", tmp_path / "ocr.h5"
    )
    assert code == 0
    assert "nothing was trained" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pen.npz", "sheet.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--data", "{folder}/gone.npz"], "gone.npz"),
        (["train", "--data", "{data}", "--output", "{folder}/model.tflite"], "saved as .h5 or .keras"),
        (["train", "--data", "{data}", "--strength", "spin=3"], "--strength spin=3"),
        (["train", "--data", "{data}", "--network", "depth=3"], "lenet has the sizes filters, units, dropout"),
        (["train", "--data", "{data}", "--freeze", "convolutions"], "give --from as well"),
        (["search", "--data", "{data}", "--minutes", "0"], "--minutes above 0"),
        (["evaluate", "--data", "{data}", "--model", "{folder}/gone.h5"], "gone.h5"),
        (["export-model", "{folder}/gone.h5", "-o", "{folder}/a.tflite", "--data", "{data}"], "gone.h5"),
        (["make-crops", "{folder}", "-o", "{folder}/crops.npz"], "no sources in it"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], words: str, digits_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras", reason="training needs the extra `training`")
    code, out, err = run(*(a.format(data=digits_file, folder=tmp_path) for a in arguments))
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["pen.npz"]


def test_the_shipped_model_is_measured(digits_file: Path, tmp_path: Path) -> None:
    pytest.importorskip("keras", reason="training needs the extra `training`")
    code, out, _ = run("evaluate", "--data", digits_file, "--output", tmp_path / "report")
    assert code == 0
    assert "precision" in out
    assert "pen.npz (all of it)" in out
    assert len(list((tmp_path / "report").iterdir())) == 5
