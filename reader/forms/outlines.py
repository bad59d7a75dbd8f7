"""Areas that hang together in a mask, by their outlines: several times as quick as labelling all pixels."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.int32]


def outlines(mask: NDArray[np.uint8]) -> tuple[list[Outline], NDArray[np.int32]]:
    """The areas of a mask that hang together, corner to corner too, those in the holes of others among them.

    Args:
        mask: (rows, columns) uint8, not 0 is area.

    Returns:
        The outer outline of each area, (points, 1, 2) as OpenCV has them, and the upright rectangles around them,
        (n, 4): left, top, width and height.
    """
    found, levels = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if levels is None:
        return [], np.zeros((0, 4), np.int32)
    outer = [np.asarray(outline, np.int32) for outline, level in zip(found, levels[0], strict=True) if level[3] < 0]
    return outer, np.array([cv2.boundingRect(outline) for outline in outer], np.int32).reshape(-1, 4)


def area_of(outline: Outline, box: Sequence[int] | NDArray[np.int32]) -> NDArray[np.bool_]:
    """The area within an outline, holes filled: (height, width) bool of its rectangle (left, top, width, height)."""
    left, top, width, height = (int(side) for side in box)
    area = np.zeros((height, width), np.uint8)
    cv2.drawContours(area, [outline], -1, 1, cv2.FILLED, offset=(-left, -top))
    return area > 0
