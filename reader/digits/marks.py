"""Decimal points and commas that are written between the digits of a free line."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.frames import line_of, without_frame
from reader.digits.patches import cut
from reader.digits.rulings import without_rulings
from reader.pages.page import transformed

HEIGHT = 88
"""Rows of the line in its patch."""
SMALL = (0.35, 0.55)
"""Width and height of a mark at the most, in parts of the digits' height: a comma is higher than a point."""
LEAST = 0.05
"""And of its greater side at the least: less is dirt."""
LOW = 0.68
"""Its middle is at least so far down from the digits' top, in parts of their height."""
TALL = 0.3
"""Pieces of this share of the line's height are digits, or parts of them."""


def marks_between(ink: NDArray[np.uint8], quad: NDArray[np.float64], middles: NDArray[np.float64]) -> tuple[int, ...]:
    """Before which digits of a line a point or comma is written, each told by how many digits stand before it.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
        quad: (4, 2) float64, corners (x, y) of the line in the page, from the top left of the writing clockwise.
        middles: (n, 2) float64, (x, y) of the middles of its digits in the page, from the first to the last.
    """
    patch = cut(ink, quad, HEIGHT)
    free = without_rulings(line_of(without_frame(patch), patch.margin))
    across = transformed(middles, np.asarray(np.linalg.inv(patch.to_page), np.float64))[:, 0] - patch.margin
    _, _, stats, _ = cv2.connectedComponentsWithStats((free > 0.5).astype(np.uint8), connectivity=8)
    pieces = stats[1:, :4].astype(np.float64)
    tall = pieces[pieces[:, 3] > TALL * HEIGHT]
    if not len(tall):
        return ()
    high = float(np.median(tall[:, 3]))
    top = float(np.median(tall[:, 1]))
    found = set()
    for left, upper, wide, deep in pieces:
        small = wide < SMALL[0] * high and deep < SMALL[1] * high and max(wide, deep) > LEAST * high
        low = upper + deep / 2 > top + LOW * high
        inside = ((tall[:, 0] < left + wide / 2) & (left + wide / 2 < tall[:, 0] + 0.8 * tall[:, 2])).any()
        before = int((across < left + wide / 2).sum())
        if small and low and not inside and 0 < before < len(across):
            found.add(before)
    return tuple(sorted(found))
