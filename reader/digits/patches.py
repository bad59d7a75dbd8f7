"""Cut one box or line out of a page, upright and in a size that suits the later stages."""

from dataclasses import dataclass
from math import ceil, dist, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.binarize import ink_levels
from reader.pages.page import Page

Point = tuple[int, int]
U8 = np.dtype(np.uint8)
MARGIN = 0.25
"""Paper around a box that is cut out with it, in parts of its shorter side: strokes do overflow."""


@dataclass(frozen=True, slots=True)
class Inked:
    """A page ready to be read from.

    Attributes:
        ink: (rows, columns) uint8, 0 is paper and 255 is full ink, texture taken out.
        dark: (rows, columns) uint8, 0 is white and 255 is black, as scanned.
    """

    ink: NDArray[np.uint8]
    dark: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.ink.shape != self.dark.shape or self.ink.ndim != 2 or {self.ink.dtype, self.dark.dtype} != {U8}:
            raise ValueError(f"ink and darkness are uint8 of one page, not {self.ink.shape} and {self.dark.shape}")


def inked(page: Page) -> Inked:
    """The page with its ink told from its paper."""
    return Inked(ink_levels(page.gray), ~page.gray)


@dataclass(frozen=True, slots=True)
class Patch:
    """The ink of one quadrilateral of a page, made upright and rectangular, with a margin around it.

    Attributes:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        margin: pixels between the edge of the patch and the edge of the quadrilateral, on all four sides.
        to_page: (3, 3) homography from (x, y) in the patch to (x, y) in the page.
    """

    ink: NDArray[np.float32]
    margin: int
    to_page: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.ink.ndim != 2 or self.ink.dtype != np.float32:
            raise ValueError(f"the ink of a patch is (rows, columns) float32, not {self.ink.shape} {self.ink.dtype}")
        if min(self.ink.shape) <= 2 * self.margin:
            raise ValueError(f"a patch of {self.ink.shape} has no room for a margin of {self.margin}")


def cut(ink: NDArray[np.uint8], quad: NDArray[np.float64], height: int) -> Patch:
    """The ink inside a quadrilateral, upright, its height brought to `height` pixels, its shape kept.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
        quad: (4, 2) float64, corners (x, y) in the page, from the top left of the writing clockwise.
        height: rows of the box in the patch, without the margin.

    Returns:
        The patch; outside the page it is paper.
    """
    points = quad.tolist()
    upper, right, lower, left = (dist(points[corner - 1], points[corner]) for corner in (1, 2, 3, 0))
    across, down = (upper + lower) / 2, (right + left) / 2
    width = max(8, round(height * across / max(down, 1e-6)))
    margin = round(MARGIN * min(width, height))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + margin
    to_page = cv2.getPerspectiveTransform(corners, quad.astype(np.float32)).astype(np.float64)
    size = (width + 2 * margin + 1, height + 2 * margin + 1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shrink = down / height
    around, corner = _around(ink, quad, (MARGIN + 0.1) * min(across, down) + shrink)
    # Bilinear sampling alone would skip strokes when it shrinks by more than two.
    source = cv2.blur(around, (round(shrink), round(shrink))) if shrink >= 2 else around
    to_source = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]], [0, 0, 1]]) @ to_page
    patch = cv2.warpPerspective(source, to_source, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return Patch(patch.astype(np.float32) * np.float32(1 / 255), margin, to_page)


def _around(ink: NDArray[np.uint8], quad: NDArray[np.float64], beyond: float) -> tuple[NDArray[np.uint8], Point]:
    """The part of the ink around a quadrilateral, `beyond` pixels on each side, and (x, y) of its first pixel."""
    (left, top), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
    rows, columns = ink.shape
    first = (min(max(floor(left - beyond), 0), columns - 1), min(max(floor(top - beyond), 0), rows - 1))
    last = (min(max(ceil(right + beyond), first[0]), columns - 1), min(max(ceil(bottom + beyond), first[1]), rows - 1))
    return ink[first[1] : last[1] + 1, first[0] : last[0] + 1], first
