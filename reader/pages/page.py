"""A page as the later stages see it: gray, its light evened out, with the way back to the stored image."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


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
