"""A page as the later stages see it: gray, its light evened out, with the way back to the stored image."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.binarize import paper_evened
from reader.pages.scan import Scan

LONGEST_SIDE = 3600
"""Pixels: a larger image (A4 at more than 300 dpi) is brought down to this, digits lose nothing by it."""
SHORTEST_SIDE = 1000
"""Pixels: a small cut-out is enlarged towards this, at most `MOST_ENLARGED` times, so that lines have some width."""
COARSE, ENLARGED = 1400, 1700
"""Pixels: a whole page of less (A4 at 120 dpi) is enlarged to this, or its rulings would be too thin to be told."""
MOST_ENLARGED = 4.0
NEARLY_WHOLE = 0.06
"""Off by no more than this, an image is brought down by a whole number, for which OpenCV has a way 30 times as fast."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page to read from.

    Attributes:
        gray: (rows, columns) uint8, 255 is paper, darker is ink; uneven light is taken out.
        to_scan: (3, 3) float64 homography from (x, y) in this page to (x, y) in the image as stored.
    """

    gray: NDArray[np.uint8]
    to_scan: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.gray.ndim != 2 or self.gray.dtype != np.uint8 or self.gray.size == 0:
            raise ValueError(f"a page is (rows, columns) uint8, not {self.gray.shape} {self.gray.dtype}")
        if self.to_scan.shape != (3, 3) or not np.isfinite(self.to_scan).all():
            raise ValueError("to_scan is a finite (3, 3) homography")
        if abs(np.linalg.det(self.to_scan)) < 1e-12:
            raise ValueError("to_scan cannot be inverted")


def page_of(scan: Scan) -> Page:
    """The scan as a gray page with its light evened out, in a size that is good to work with."""
    gray = scan.image if scan.image.ndim == 2 else cv2.cvtColor(scan.image, cv2.COLOR_BGR2GRAY)
    gray = _squared(gray.astype(np.uint8, copy=False), scan.oblong)
    wide, high = (one / many for one, many in zip(scan.image.shape[1::-1], gray.shape[1::-1], strict=True))
    side = max(gray.shape)
    scale = min(1.0, LONGEST_SIDE / side) if side > SHORTEST_SIDE else min(MOST_ENLARGED, SHORTEST_SIDE / side)
    if SHORTEST_SIDE < side < COARSE:
        scale = ENLARGED / side
    if scale != 1:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=how)
    # The middle of the first pixel is at (0, 0): enlarging by s moves a point p to s (p + 1/2) - 1/2.
    across, down = wide / scale, high / scale
    to_scan = np.array([[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5], [0, 0, 1]])
    return Page(paper_evened(gray.astype(np.uint8, copy=False)), to_scan)


def _squared(gray: NDArray[np.uint8], oblong: float) -> NDArray[np.uint8]:
    """An image (rows, columns) with as many rows or columns more as make its pixels square."""
    if oblong == 1:
        return gray
    size = (round(gray.shape[1] * max(1.0, 1 / oblong)), round(gray.shape[0] * max(1.0, oblong)))
    return cv2.resize(gray, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def brought_down(image: NDArray[np.uint8], side: int) -> tuple[NDArray[np.uint8], float]:
    """An image (rows, columns) with its longer side brought down to about `side` pixels, and by how much.

    A smaller image stays as it is; the last rows and columns that make no whole pixel are left out.
    """
    times = max(image.shape) / side
    if times <= 1:
        return image, 1.0
    whole = round(times)
    if abs(times / whole - 1) < NEARLY_WHOLE:
        image, times = image[: image.shape[0] // whole * whole, : image.shape[1] // whole * whole], whole
    small = cv2.resize(image, None, fx=1 / times, fy=1 / times, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False), 1 / times


def warped(page: Page, to_new: NDArray[np.float64], size: tuple[int, int]) -> Page:
    """The page under a homography, filled up with paper.

    Args:
        page: the page.
        to_new: (3, 3) homography from (x, y) in the page to (x, y) in the new one.
        size: (rows, columns) of the new page.
    """
    rows, columns = size
    gray = cv2.warpPerspective(page.gray, to_new, (columns, rows), flags=cv2.INTER_LINEAR, borderValue=255)
    return Page(gray.astype(np.uint8, copy=False), page.to_scan @ np.linalg.inv(to_new))


def transformed(points: NDArray[np.float64], homography: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (..., 2) in (x, y) order under a (3, 3) homography."""
    flat = points.reshape(-1, 2)
    ends = np.hstack([flat, np.ones((len(flat), 1))]) @ homography.T
    moved: NDArray[np.float64] = (ends[:, :2] / ends[:, 2:]).reshape(points.shape)
    return moved
