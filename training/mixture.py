"""Sources of glyphs -> the crops that a model is trained on and checked with, by a recipe of shares."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import crop
from training.augment import drawn, likeness, middle_lines, pen_radius, scanned
from training.data import NOT_DIGIT, Glyphs
from training.layers import cut_piece, like_a_stroke, string_layers
from training.shapes import shape
from training.strings import labelled_runs

Ink = NDArray[np.float32]
Made = TypeVar("Made")
RECIPE = {
    "plain": 0.08,  # handwriting as it is, only cropped
    "handwriting": 0.30,
    "european": 0.15,
    "printed": 0.2,
    "pieces": 0.10,  # cut from strings: whole digits with a neighbour's rest, parts, digits run together
    "runs": 0.18,  # the same as the reader itself takes strings apart
    "characters": 0.05,
    "shapes": 0.06,
    "letters": 0.04,
    "turned": 0.02,
}
"""Kinds of examples and their shares."""
QUARTERS = {2: (1, 3), 3: (1, 2, 3), 4: (1, 2, 3), 5: (1, 3), 6: (1, 3), 7: (1, 2, 3), 9: (1, 3)}
"""Quarter turns after which a digit is no digit any more; 0, 1 and 8 stay what they are, 6 and 9 change places."""
READABLE = 0.62
"""A degraded digit less like itself than this is not shown as a digit."""

PART = 4000
"""Examples that a process makes at a time."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Glyphs ready to be written: with their middle lines, sorted by what they serve for.

    Attributes:
        images: for each name, (n, 56, 56) uint8.
        lines: for each name, (n, 56, 56) bool middle lines.
        labels: for each name, (n,) uint8.
    """

    images: dict[str, NDArray[np.uint8]]
    lines: dict[str, NDArray[np.bool_]]
    labels: dict[str, NDArray[np.uint8]]

    def __post_init__(self) -> None:
        missing = {"handwriting", "european", "printed", "characters", "letters"} - set(self.images)
        if missing or not self.images.keys() == self.lines.keys() == self.labels.keys():
            raise ValueError(f"a bank needs glyphs, lines and labels of every kind; missing: {sorted(missing)}")


def bank(glyphs: dict[str, Glyphs]) -> Bank:
    """Glyphs of every kind, their middle lines found."""
    return Bank(
        {name: g.images for name, g in glyphs.items()},
        {name: middle_lines(g.images) for name, g in glyphs.items()},
        {name: g.labels for name, g in glyphs.items()},
    )


def crops_of(store: Bank, count: int, seed: int, workers: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Training crops by the recipe.

    Args:
        store: the glyphs.
        count: of crops.
        seed: the same seed and bank give the same crops, with any number of workers.
        workers: processes.

    Returns:
        Crops (count, 28, 28) uint8, 0 is paper, and labels (count,) uint8, 0 to 10.
    """
    results = in_parts(_part, store, count, (seed,), workers)
    return np.concatenate([r[0] for r in results]), np.concatenate([r[1] for r in results])


def in_parts(
    make: Callable[[Bank, int, np.random.Generator], Made], store: Bank, count: int, seed: tuple[int, ...], workers: int
) -> list[Made]:
    """What a function of a module makes of a bank, in parts of so many examples, the same with any number of workers.

    Args:
        make: takes the bank, how many examples to make, and chance.
        store: the glyphs.
        count: of examples in all.
        seed: of the first part; each has where it starts besides.
        workers: processes.
    """
    jobs = [(make, min(PART, count - start), (*seed, start)) for start in range(0, count, PART)]
    if workers <= 1 or len(jobs) == 1:
        return [make(store, number, np.random.default_rng(own)) for _, number, own in jobs]
    # Spawned, not forked: a fork of a process whose OpenCV has threads waits for these for ever.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_take, initargs=(store,)) as pool:
        return list(pool.map(_of_taken, *zip(*jobs, strict=True)))


_taken: list[Bank] = []


def _take(store: Bank) -> None:
    cv2.setNumThreads(1)
    _taken[:] = [store]


def _of_taken(make: Callable[[Bank, int, np.random.Generator], Made], count: int, seed: tuple[int, ...]) -> Made:
    return make(_taken[0], count, np.random.default_rng(seed))


def _part(store: Bank, count: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    kinds = rng.choice(list(RECIPE), size=count, p=np.array(list(RECIPE.values())) / sum(RECIPE.values()))
    runs: list[tuple[NDArray[np.uint8], int]] = []
    while len(runs) < (kinds == "runs").sum():
        runs += _runs(store, rng)
    made = [runs.pop() if kind == "runs" else example(store, str(kind), rng) for kind in kinds]
    return np.stack([image for image, _ in made]), np.array([label for _, label in made], np.uint8)


def _runs(store: Bank, rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], int]]:
    """Crops and labels from one string of two to five digits, mostly by one pen."""
    pen = pen_radius(rng) if rng.random() < 0.7 else None
    return labelled_runs([_drawn(store, _digits(rng), rng, pen) for _ in range(int(rng.integers(2, 6)))], rng)


def example(store: Bank, kind: str, rng: np.random.Generator) -> tuple[NDArray[np.uint8], int]:
    """One crop (28, 28) of a kind and its label; tries again while chance makes it unreadable or unclear."""
    while True:
        if kind == "plain":
            i = int(rng.integers(len(store.labels["handwriting"])))
            return crop(store.images["handwriting"][i].astype(np.float32) / 255), int(store.labels["handwriting"][i])
        made = _ink(store, kind, rng)
        if made is None:
            continue
        ink, label = made
        found = scanned(ink, rng)
        if (found >= 0.2).sum() < 6:
            continue
        seen = crop(found)
        if label != NOT_DIGIT and likeness(seen, crop(ink)) < READABLE:
            continue
        return seen, label


def _ink(store: Bank, kind: str, rng: np.random.Generator) -> tuple[Ink, int] | None:
    """The ink of an example before it is scanned, and its label; None where chance made nothing useful."""
    if kind == "shapes":
        ink, label = shape(rng), NOT_DIGIT
    elif kind == "pieces":
        pen = pen_radius(rng) if rng.random() < 0.6 else None
        digits = [_drawn(store, _digits(rng), rng, pen) for _ in range(int(rng.integers(2, 4)))]
        piece = cut_piece(string_layers([ink for ink, _ in digits], rng), rng)
        if piece.unclear:
            return None
        ink, label = piece.ink, digits[piece.whole][1] if piece.whole >= 0 else NOT_DIGIT
        if label == NOT_DIGIT and like_a_stroke(ink):
            return None
    elif kind == "turned":
        ink, digit = _drawn(store, _digits(rng), rng)
        if digit not in QUARTERS:
            return None
        ink, label = np.ascontiguousarray(np.rot90(ink, int(rng.choice(QUARTERS[digit])))), NOT_DIGIT
    else:
        ink, label = _drawn(store, kind, rng)
    return (ink, label) if (ink >= 0.2).any() else None


def _digits(rng: np.random.Generator) -> str:
    """The kind of digits that a string is written with."""
    return str(rng.choice(["handwriting", "european", "printed"], p=[0.64, 0.28, 0.08]))


def _drawn(store: Bank, kind: str, rng: np.random.Generator, pen: float | None = None) -> tuple[Ink, int]:
    i = int(rng.integers(len(store.labels[kind])))
    return drawn(store.images[kind][i], store.lines[kind][i], rng, pen), int(store.labels[kind][i])
