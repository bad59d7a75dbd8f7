"""A search keeps its trials, goes on with them, and says how to train the best."""

from pathlib import Path

import numpy as np
import pytest

from reader.errors import UsageError
from training.data import pen_digits

pytest.importorskip("keras", reason="training needs the extra `training`")
pytest.importorskip("optuna", reason="training needs the extra `training`")


def test_trials_are_kept_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import searching
    from training.evaluate import cropped
    from training.telling import Teller

    keras = searching.keras
    small = {"lenet": lambda classes, **_: keras.Sequential([keras.Input((28, 28, 1)), *parts(classes)])}

    def parts(classes: int) -> list[object]:
        return [keras.layers.Flatten(), keras.layers.Dense(classes, activation="softmax")]

    monkeypatch.setattr(searching, "ARCHITECTURES", small)
    digits = pen_digits(30)
    np.savez(tmp_path / "pen.npz", x=cropped(digits.images), y=digits.labels)
    data = (str(tmp_path / "pen.npz"),)
    wanted = searching.Search(data, tmp_path / "s.sqlite", minutes=5, trials=1, images=100, epochs=1)
    first = searching.search(wanted)
    said: list[str] = []
    both = searching.search(wanted, Teller(said.append))
    assert [len(first.trials), len(both.trials)] == [2, 2]  # one storage
    assert both.trials[0].params != both.trials[1].params
    assert any("going on after 1 trials" in line for line in said)
    assert len(searching.table_of(both).splitlines()) == 4
    command = searching.command_of(both, wanted)
    assert command.startswith(f"digit-reader train --data {data[0]} --architecture lenet --batch-size ")
    assert "--network filters=" in command
    with pytest.raises(UsageError, match="holds a search with"):
        searching.search(searching.Search(data, tmp_path / "s.sqlite", images=200))
    with pytest.raises(UsageError, match="no trial ended within"):
        searching.search(searching.Search(data, tmp_path / "late.sqlite", minutes=1e-6, images=100))


def test_a_search_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    from training.searching import Search

    with pytest.raises(UsageError, match="--minutes above 0"):
        Search(("mnist",), tmp_path / "s.sqlite", minutes=0)
    with pytest.raises(UsageError, match="there is no such folder"):
        Search(("mnist",), tmp_path / "gone" / "s.sqlite")
