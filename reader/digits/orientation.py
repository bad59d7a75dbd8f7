"""Which way up a page is, by which way up its digits are digits."""

import numpy as np
from numpy.typing import NDArray

from reader.digits.decode import Classifier

CLEARLY = 0.12
"""A page is turned only if its digits are surer by this much, on average, than the way it lies."""
FEWEST, CONVINCING = 3, 0.7
"""It takes so many glyphs that are digits this surely, on average, one way or another, to tell..."""
LEAD = 1.25
"""...or so many times as surely as any other way."""


def quarters_to_upright(crops: NDArray[np.uint8], classifier: Classifier) -> int | None:
    """How many quarter turns clockwise bring the writing upright.

    A crop turned by a quarter is the crop of the turned glyph, so each is classified four ways. The mean probability
    of the best digit decides.

    Args:
        crops: (n, 28, 28) uint8, 0 is paper and 255 is ink.
        classifier: reads crops.

    Returns:
        0, 1, 2 or 3; None where they are too few, or no digits, whichever way.
    """
    if len(crops) < FEWEST:
        return None
    ways = [np.ascontiguousarray(np.rot90(crops, -quarters, axes=(1, 2))) for quarters in range(4)]
    sure = np.array([classifier.probabilities(way)[:, :10].max(axis=1).mean() for way in ways])
    best, second = int(sure.argmax()), float(np.sort(sure)[-2])
    clearly = best == 0 or sure[best] > sure[0] + CLEARLY
    if sure[best] >= CONVINCING:
        return best if clearly else 0
    return best if clearly and sure[best] >= LEAD * second else None
