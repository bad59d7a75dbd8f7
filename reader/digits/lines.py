"""A free line on a page -> the digits written on it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reader.digits.decode import Classifier, Digit, read_line
from reader.digits.frames import without_frame
from reader.digits.patches import cut
from reader.digits.rulings import without_rulings
from reader.pages.page import transformed

HEIGHT = 80
"""Rows of a line in its patch."""


EMPTY = 0.002
"""Share of a line's pixels that is ink at the most where nothing is written."""


def read_free(
    ink: NDArray[np.float32], quad: NDArray[np.float64], digits: tuple[int, int], classifier: Classifier
) -> tuple[Digit, ...]:
    """Read the digits that are written free in a quadrilateral of a page.

    Args:
        ink: (rows, columns) float32, ink of the page, 0 is paper and 1 is full ink.
        quad: (4, 2) float64, corners (x, y) in the page, from the top left of the writing clockwise.
        digits: fewest and most digits.
        classifier: reads crops.

    Returns:
        The digits in reading order, their outlines in the page; or one that is blank or rejected, its outline the
        quadrilateral, where nothing or no digit is written.
    """
    patch = cut(ink, quad, HEIGHT)
    inside = np.ascontiguousarray(without_frame(patch)[patch.margin : -patch.margin, patch.margin : -patch.margin])
    found = read_line(inside, digits, classifier)
    if found:
        return tuple(
            replace(digit, outline=transformed(digit.outline + patch.margin, patch.to_page)) for digit in found
        )
    if (without_rulings(inside) > 0.5).mean() <= EMPTY:
        return (Digit("", 1.0, "", 0.0, "blank", quad),)
    return (Digit("", 1.0, "", 0.0, "rejected", quad),)
