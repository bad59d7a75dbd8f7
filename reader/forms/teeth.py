"""Short upright strokes on a level line, as combs have them between their boxes: where they are and how long."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.page import transformed

HEIGHT = 64
"""Rows that a box is straightened to before teeth are looked for."""
MARGIN = 10
"""Rows beyond its frame that are looked at with it."""
FAINTEST = 9
"""Gray levels, of 255, by which a tooth is darker than the paper on both its sides."""
FILLED = 0.8
"""Share of a tooth's rows that are dark at the least, for noise."""
ROOT = 8
"""Rows above the frame in which a tooth has to begin."""


def upright_ridges(dark: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(rows, columns) bool: what is darker than the paper to its left and to its right, a pixel wider."""
    soft = cv2.blur(dark, (1, 3))
    ridge = np.zeros(dark.shape, bool)
    for reach in (4, 7, 12):
        wide = np.pad(soft, ((0, 0), (reach, reach)), mode="edge")
        beside = cv2.max(wide[:, : -2 * reach], wide[:, 2 * reach :])
        ridge |= cv2.subtract(soft, beside) > FAINTEST
    grown: NDArray[np.bool_] = cv2.dilate(ridge.astype(np.uint8), np.ones((1, 3), np.uint8)) > 0
    return grown


def boxes_between(
    cuts: NDArray[np.float64], rows: tuple[float, float], to_page: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """The boxes (4, 2) in the page between columns (n + 1,) of a patch, between two of its rows.

    Args:
        cuts: where the boxes begin and end, from left to right.
        rows: their top and their foot.
        to_page: (3, 3) from (x, y) in the patch to the page.
    """
    top, foot = rows
    corners = (np.array([[a, top], [b, top], [b, foot], [a, foot]], np.float64) for a, b in itertools.pairwise(cuts))
    return [transformed(box, to_page) for box in corners]


def lengths_of(upright: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(columns,) how far up from the bottom frame each column is dark, small gaps allowed, in pixels."""
    rows = upright[MARGIN : MARGIN + HEIGHT - 3][::-1]
    share = np.cumsum(rows, axis=0) / np.arange(1, len(rows) + 1)[:, None]
    dark = rows & (share >= FILLED) & (share[ROOT - 1] >= FILLED)
    lengths: NDArray[np.float64] = np.where(dark.any(axis=0), len(rows) - dark[::-1].argmax(axis=0), 0).astype(float)
    return lengths
