"""The part of a page that a sheet can be on, in a size that it is looked for in."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.fit import scaling

NEARLY_WHOLE = 0.25
"""A part is brought down by a whole number that is at most so much more than what it needs."""


def printed_part(page: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns of the page that have anything on them, with some paper around: a slip on a large glass."""
    whole = max(1, max(page.shape) // 300)
    small, factor = averaged(page, whole), 1 / whole
    ink = cv2.morphologyEx((np.asarray(small) < 225).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink)
    large = stats[1:][stats[1:, cv2.CC_STAT_AREA] > 12]
    if not len(large):
        return slice(0, page.shape[0]), slice(0, page.shape[1])
    low, high = large[:, :2].min(axis=0), (large[:, :2] + large[:, 2:4]).max(axis=0)
    margin = 5 + 0.05 * (high - low)
    left, top = np.maximum((low - margin) / factor, 0).astype(int).tolist()
    right, bottom = np.ceil((high + margin) / factor).astype(int).tolist()
    return slice(top, min(bottom, page.shape[0])), slice(left, min(right, page.shape[1]))


def averaged(image: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """An image (rows, columns) uint8 brought down by a whole number: OpenCV does that many times as fast as another.

    The last rows and columns that make no whole pixel are left out.
    """
    rows, columns = (max(1, length // times) for length in image.shape)
    whole = image[: rows * times, : columns * times]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def shrunk(
    page: NDArray[np.uint8], part: tuple[slice, slice], side: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A part of the page with a longer side of about that many pixels or fewer, and the homography from the page."""
    cut = page[part]
    to_part = np.array([[1, 0, -part[1].start], [0, 1, -part[0].start], [0, 0, 1]])
    times = int(max(cut.shape) / side + NEARLY_WHOLE)
    if times > 1:
        return averaged(cut, times), scaling(1 / times, 1 / times) @ to_part
    factor = min(1.0, side / max(cut.shape))
    rows, columns = (max(1, round(length * factor)) for length in cut.shape)
    small = cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA) if factor < 1 else cut
    return np.asarray(small, np.uint8), scaling(columns / cut.shape[1], rows / cut.shape[0]) @ to_part
