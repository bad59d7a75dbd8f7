"""Boxes on a page -> what is written in each."""

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import FAINTEST, crop
from reader.digits.decode import Classifier, Digit, DigitStatus
from reader.digits.frames import glyph_of, without_frame
from reader.digits.patches import cut

HEIGHT = 72
"""Rows of a box in its patch: three times what a crop needs."""
SURE = 0.97
"""Probability from which on a digit needs no review."""
NO_DIGIT = 0.8
"""Probability of being no digit from which on writing is rejected; below it, the best digit is given for review."""


def read_boxes(ink: NDArray[np.float32], quads: NDArray[np.float64], classifier: Classifier) -> list[Digit]:
    """Read one digit from each box.

    Args:
        ink: (rows, columns) float32, ink of the page, 0 is paper and 1 is full ink.
        quads: (n, 4, 2) float64, corners (x, y) of the boxes in the page, from the top left of the writing clockwise.
        classifier: reads crops.

    Returns:
        n digits, in the order of the boxes, the outline of each is its box.
    """
    crops, written = box_crops(ink, quads)
    digits = [Digit("", 1.0, "", 0.0, "blank", quad) for quad in quads]
    for index, probabilities in zip(np.flatnonzero(written), classifier.probabilities(crops), strict=True):
        digits[index] = _digit(probabilities, quads[index])
    return digits


def box_crops(ink: NDArray[np.float32], quads: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The crops of what is written in boxes.

    Returns:
        (m, 28, 28) uint8, 0 is paper and 255 is ink; and (n,) bool, which m of the n boxes are not empty.
    """
    glyphs = []
    for quad in quads:
        patch = cut(ink, quad, HEIGHT)
        glyphs.append(glyph_of(without_frame(patch), patch.margin))
    written = np.array([(glyph >= FAINTEST).any() for glyph in glyphs], bool)
    crops = [crop(glyph) for glyph, there in zip(glyphs, written, strict=True) if there]
    return np.array(crops, np.uint8).reshape(-1, 28, 28), written


def _digit(probabilities: NDArray[np.float32], quad: NDArray[np.float64]) -> Digit:
    """What (11,) probabilities of the digits and of no digit say about a box."""
    if probabilities[10] >= NO_DIGIT:
        return Digit("", float(probabilities[10]), "", 0.0, "rejected", quad)
    second, best = np.argsort(probabilities[:10])[-2:]
    status: DigitStatus = "ok" if probabilities[best] >= SURE else "review"
    return Digit(str(best), float(probabilities[best]), str(second), float(probabilities[second]), status, quad)
