"""The ink of a line of writing -> the picture of it that the line network reads, in training as in reading."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT = 32
"""Rows of the picture."""
WRITING = 24
"""Rows that the writing takes up in it."""
WIDEST = 512
"""Columns at the most; a longer line is made smaller."""
OUTLIERS = 0.02
"""Share of the ink above, and below, what counts as the height of the writing: tails, commas, rests of rulings."""
WIDEST_GAP = 0.6
"""Paper between two digits at the most, in heights of the writing: what is wider is closed up to this."""
EDGE, BUCKET = 4, 32
"""Columns of paper before a line when it is shown to the network, and what the columns are rounded up to then."""
LEAST = 0.3
"""Soft ink from which on a column belongs to the writing."""


def line_image(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A line of writing, brought to one height and put in the middle.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.

    Returns:
        (32, columns) uint8, 0 is paper and 255 is full ink, at most 512 columns; one column where there is no ink.
    """
    there = np.flatnonzero((ink >= LEAST).any(axis=0))
    if not there.size:
        return np.zeros((HEIGHT, 1), np.uint8)
    written = ink[:, there[0] : there[-1] + 1]
    below = np.cumsum(written.sum(axis=1, dtype=np.float64))
    first, last = np.searchsorted(below, below[-1] * np.array([OUTLIERS, 1 - OUTLIERS]))
    written = _closed_up(written, round(WIDEST_GAP * (last - first + 1)))
    scale = min(WRITING / (last - first + 1), WIDEST / written.shape[1])
    reach = HEIGHT / scale / 2
    middle = (first + last + 1) / 2
    top, bottom = round(middle - reach), round(middle + reach)
    window = np.pad(written, ((max(0, -top), max(0, bottom - len(written))), (0, 0)))[max(0, top) :][: bottom - top]
    size = (max(1, round(written.shape[1] * scale)), HEIGHT)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(np.round(np.clip(cv2.resize(window, size, interpolation=how), 0, 1) * 255), np.uint8)


def _closed_up(ink: NDArray[np.float32], widest: int) -> NDArray[np.float32]:
    """The ink (rows, columns) with columns of paper taken out wherever there are more than so many in a row."""
    places = np.arange(ink.shape[1])
    is_written = (ink >= LEAST).any(axis=0)
    before = np.maximum.accumulate(np.where(is_written, places, -1))  # the last column of writing so far
    return ink[:, places - before <= widest]


def shown(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Pictures (32, columns) of lines as the network takes them, paper before and behind each.

    Returns:
        (n, 32, columns of the widest and more, 1) float32, 0 is paper and 1 is full ink.
    """
    widest = max(image.shape[1] for image in images) + 2 * EDGE
    together = np.zeros((len(images), HEIGHT, -(-widest // BUCKET) * BUCKET, 1), np.float32)
    for image, row in zip(images, together, strict=True):
        row[:, EDGE : EDGE + image.shape[1], 0] = image / np.float32(255)
    return together
