"""A wide frame parted by walls from its top to its bottom, two of them between boxes that stand close together."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.teeth import boxes_between

HEIGHT = 64
"""Rows of the frame as it is looked at."""
ROWS = slice(2, -2)
"""Those in which a wall is to be seen: it runs from the frame's upper edge to its lower one."""
BREAK = 0.1
"""But for this share of them, as a digit's edge or the raster may break it."""
FAINTEST = 12
"""Gray levels of darkness of the frame's edges at the least."""
DARK, THROUGHOUT = 0.45, 0.5
"""A wall is at least so dark, in parts of the darkness of the frame's edges, and in parts of its own median: a stroke
is darker than it is at its ends."""
TOGETHER = 0.15
"""Walls with no more paper between them than this, in heights of the frame, are those of two boxes side by side."""
PITCH = (0.45, 1.6)
"""Width of a box at the least and at the most, in heights of the frame."""
ALIKE = 0.12
"""By how much of it a box's width differs from the usual one at the most."""

Quad = NDArray[np.float64]


def split_at_walls(gray: NDArray[np.uint8], quad: Quad) -> list[Quad]:
    """The boxes of a wide frame, left to right, all about as wide, by the walls between them; the frame if it has none.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        quad: (4, 2) corners of the frame from the top left clockwise, on its edges, in pixels of the page.
    """
    across, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2, (quad[2] + quad[3] - quad[0] - quad[1]) / 2
    wide = round(HEIGHT * float(np.linalg.norm(across) / np.linalg.norm(down)))
    corners = np.array([[0, 0], [wide, 0], [wide, HEIGHT], [0, HEIGHT]], np.float32)
    straight = cv2.getPerspectiveTransform(quad.astype(np.float32), corners).astype(np.float64)
    dark = 255 - cv2.warpPerspective(gray, straight, (wide, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    thick = cv2.dilate(dark, np.ones((1, 3)))  # walls lean by a pixel or two
    edges = max(FAINTEST, float(np.median(np.minimum(thick[:3].max(axis=0), thick[-3:].max(axis=0)))))
    least = np.quantile(thick[ROWS], BREAK, axis=0)
    is_wall = (least >= DARK * edges) & (least >= THROUGHOUT * np.median(thick[ROWS], axis=0))
    flips = np.flatnonzero(np.diff(np.pad(is_wall, 1).astype(np.int8)))
    starts, ends = flips[::2], flips[1::2]
    is_next = np.flatnonzero(starts[1:] - ends[:-1] > TOGETHER * HEIGHT) + 1
    middles = [
        float(start[0] + end[-1] - 1) / 2
        for start, end in zip(np.split(starts, is_next), np.split(ends, is_next), strict=True)
        if len(start)
    ]
    inner = [at for at in middles if PITCH[0] * HEIGHT <= at <= wide - PITCH[0] * HEIGHT]
    cuts = np.array([0.0, *inner, wide])
    widths = np.diff(cuts)
    usual = float(np.median(widths))
    if not inner or np.abs(widths - usual).max() > ALIKE * usual or not PITCH[0] <= usual / HEIGHT <= PITCH[1]:
        return [quad]
    return boxes_between(cuts, (0, HEIGHT), np.linalg.inv(straight).astype(np.float64))
