"""Labelled crops to train on and to measure with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import NOT_DIGIT
from reader.digits.crops import SIZE


@dataclass(frozen=True, slots=True)
class Labelled:
    """Crops and what they show.

    Attributes:
        crops: (n, 28, 28) uint8, 0 is paper.
        labels: (n,) uint8, 0 to 9 or 10 for what is no digit.
    """

    crops: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.crops.shape != (len(self.labels), SIZE, SIZE) or self.crops.dtype != np.uint8:
            raise ValueError(f"{len(self.labels)} labels need as many crops, not {self.crops.shape} {self.crops.dtype}")
        if self.labels.ndim != 1 or (len(self.labels) and self.labels.max() > NOT_DIGIT):
            raise ValueError("labels are (n,), 0 to 10")

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Labelled":
        """Those that a mask (n,) or indices choose."""
        return Labelled(self.crops[chosen], self.labels[chosen])


def joined(parts: list[Labelled]) -> Labelled:
    """Several as one."""
    return Labelled(np.concatenate([p.crops for p in parts]), np.concatenate([p.labels for p in parts]))


def held_back(all_of_it: Labelled, share: int) -> tuple[Labelled, Labelled]:
    """What is left after one of `share` images was taken out, and these; the same images whenever it is asked."""
    order = np.random.default_rng(0).permutation(len(all_of_it.labels))
    taken = np.zeros(len(order), np.bool_)
    taken[order[::share]] = len(order) > 1
    return all_of_it.where(~taken), all_of_it.where(taken)
