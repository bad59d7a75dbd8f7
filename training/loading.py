"""What a user names with `--data` -> sets of labelled crops, each with a part to measure with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reader.digits.classifier import CLASSES, NOT_DIGIT
from reader.errors import UsageError
from training import formats
from training.labelled import Labelled, held_back, joined

TEST_SHARE, VALIDATION_SHARE = 6, 12
"""One of so many images is held back for the test where a set has no test part of its own, and one of so many of those
that are learned from is kept for validation; always the same ones, so that no run learns another run's test images."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One set of data as a user named it.

    Attributes:
        name: as the user gave it.
        learning: to learn from.
        testing: to measure with, never learned from.
        own_test: the test part came with the data; otherwise every sixth image was held back.
        weight: each image to learn from is shown so many times in an epoch.
        sha256: of the file or of all files in it.
    """

    name: str
    learning: Labelled
    testing: Labelled
    own_test: bool
    weight: float
    sha256: str

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1000:
            raise ValueError(f"a weight is above 0 and at most 1000, not {self.weight}")

    @property
    def everything(self) -> Labelled:
        """What is learned from and what is measured with."""
        return joined([self.learning, self.testing])


def load(given: str, say: Callable[[str], None] = lambda _: None) -> DataSet:
    """The data that a user names: `mnist`, an .npz, a .csv or a folder, with @2 at the end to show it twice as often.

    Raises:
        UsageError: there is no such data, it cannot be read, or its shapes or labels are none that can be learned.
    """
    name, weight = _weighted(given)
    path = Path(name)
    if name == "mnist" and not path.exists():
        raw = formats.downloaded_mnist()
    elif path.suffix.lower() == ".npz":
        raw = formats.npz(path)
    elif path.suffix.lower() == ".csv":
        raw = formats.table(path)
    elif path.is_dir():
        raw = formats.idx_folder(path) if formats.has_idx(path) else formats.folder(path)
    elif path.exists():
        raise UsageError(f"{path}: expected mnist, an .npz, a .csv, a folder of IDX files or of pictures by label")
    else:
        raise UsageError(f"{path}: there is no such file or folder; {formats.HOW_TO_GIVE}")
    own_test = raw.testing is not None
    learning, testing = (raw.learning, raw.testing) if raw.testing is not None else held_back(raw.learning, TEST_SHARE)
    loaded = DataSet(name, learning, testing, own_test, weight, raw.sha256)
    say(f"{name}: {len(learning.labels)} images to learn from, {len(testing.labels)} for the test ({_counted(loaded)})")
    return loaded


def _weighted(given: str) -> tuple[str, float]:
    """A name and its weight, from `name@weight`."""
    name, _, weight = given.rpartition("@")
    if not name or Path(given).exists():
        return given, 1.0
    try:
        number = float(weight)
    except ValueError:
        return given, 1.0
    if not 0 < number <= 1000:
        raise UsageError(f"{given}: a weight is above 0 and at most 1000; @2 shows each image twice as often")
    return name, number


def _counted(loaded: DataSet) -> str:
    numbers = np.bincount(loaded.everything.labels, minlength=len(CLASSES))
    each = ", ".join(f"{name} {n}" for name, n in zip(CLASSES, numbers, strict=True) if n)
    return f"of each: {each}; the test is {'its own' if loaded.own_test else f'every {TEST_SHARE}th image'}"


def classes_in(sets: list[DataSet]) -> int:
    """10, or 11 where something that is no digit is among the data."""
    return 11 if any((part.labels == NOT_DIGIT).any() for s in sets for part in (s.learning, s.testing)) else 10
