"""Which way up a page is, by which way up its digits are digits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.digits.candidates import Classifier

CLEARLY = 0.12
"""A page is turned only if its digits are surer by this much, on average, than the way it lies."""
ALIKE = 0.02
"""Surer by less than this is as sure."""
FEWEST, CONVINCING = 3, 0.7
"""It takes so many glyphs that are digits this surely, on average, one way or another, to tell..."""
LEAD = 1.25
"""...or so many times as surely as any other way, ..."""
LEAST = 0.4
"""...but no less surely than this: what is no digit any way up does not tell."""
FIRST, PLAIN = 16, 0.3
"""So many are asked first, and no more where one way is ahead of all others by this much."""


@dataclass(frozen=True, slots=True)
class Upright:
    """How many quarter turns clockwise, 0 to 3, bring the writing upright, and whether that is in doubt."""

    quarters: int
    in_doubt: bool

    def __post_init__(self) -> None:
        if not 0 <= self.quarters <= 3:
            raise ValueError(f"quarter turns are 0 to 3, not {self.quarters}")


def to_upright(crops: NDArray[np.uint8], classifier: Classifier) -> Upright | None:
    """Which way up the writing is.

    A crop turned by a quarter is the crop of the turned glyph, so each is classified four ways. The mean probability
    of the best digit decides.

    Args:
        crops: (n, 28, 28) uint8, 0 is paper and 255 is ink.
        classifier: reads crops.

    Returns:
        How to turn it; None where the glyphs are too few, or no digits, whichever way. In doubt is what reads a little
        better when it is turned: it stays as it is.
    """
    if len(crops) < FEWEST:
        return None
    sure = _sure(crops[:: 1 + len(crops) // FIRST], classifier)
    if np.ptp(np.sort(sure)[-2:]) < PLAIN or sure.max() < CONVINCING:
        sure = _sure(crops, classifier)
    best, second = int(sure.argmax()), float(np.sort(sure)[-2])
    clearly = best == 0 or sure[best] > sure[0] + CLEARLY
    if sure[best] >= CONVINCING:
        return Upright(best if clearly else 0, not clearly and sure[best] > sure[0] + ALIKE)
    tells = clearly and sure[best] >= max(LEAST, LEAD * second)
    return Upright(best, False) if tells else None


def _sure(crops: NDArray[np.uint8], classifier: Classifier) -> NDArray[np.float64]:
    """How surely crops (n, 28, 28) are digits, on average, turned clockwise by 0 to 3 quarters: (4,)."""
    ways = [np.ascontiguousarray(np.rot90(crops, -quarters, axes=(1, 2))) for quarters in range(4)]
    return np.array([classifier.probabilities(way)[:, :10].max(axis=1).mean() for way in ways], np.float64)
