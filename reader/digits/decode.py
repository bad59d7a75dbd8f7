"""Pieces and their probabilities -> the best reading of a field."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DigitStatus = Literal["ok", "review", "blank", "rejected"]


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit, or one empty or rejected box.

    Attributes:
        value: "0" to "9"; empty where the status is `blank` or `rejected`.
        confidence: probability, 0 to 1, that the value (or the blank, or the rejection) is right.
        second: the next best digit, empty where there is none.
        second_confidence: its probability.
        status: `ok`, `review`, `blank` or `rejected`.
        outline: (4, 2) float64, corners (x, y) of the rectangle around it, from the top left clockwise, in pixels of
            the image that it was read from.
    """

    value: str
    confidence: float
    second: str
    second_confidence: float
    status: DigitStatus
    outline: NDArray[np.float64]

    def __post_init__(self) -> None:
        if (self.value == "") != (self.status in ("blank", "rejected")):
            raise ValueError(f"a {self.status} digit cannot be {self.value!r}")
        if self.outline.shape != (4, 2):
            raise ValueError(f"an outline is (4, 2), not {self.outline.shape}")
