"""Turn a page upright: rulings and lines of print parallel to its edges, perspective taken out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.page import Page, brought_down, warped

SEARCH_SIDE = 1150
"""Longer side, in pixels, at which line segments are looked for."""
SHORTEST = 0.025
"""Shortest line segment that has a say, in parts of the longer side."""
FEWEST = 12
"""Where a large page has fewer, it is looked at twice as closely for ones half as long: sides of small boxes."""
STEEPEST_SKEW = np.radians(30)
"""A page is turned by at most this much; a quarter turn is the orientation's business."""
TOLERANCE = np.radians(0.6)
"""A segment this far from an axis pulls half as hard as one close to it (Cauchy weights)."""

# How far each parameter (turn, shear, and the two of perspective) is expected to be from 0, in radians and in parts
# of the half page: a ridge that keeps a page with little evidence as it is.
_EXPECTED = np.array([0.3, 0.03, 0.15, 0.15])


def deskewed(page: Page) -> Page:
    """The page with rulings and print parallel to its edges; the same page where nothing says how it is turned.

    The homography (turn, shear, two terms of perspective) is the one that brings the line segments of the page
    (LSD: von Gioi et al., IEEE PAMI 2010) closest to the two axes, by iteratively reweighted least squares.
    """
    segments = _segments(page.gray)
    if len(segments) < 4:
        return page
    rows, columns = page.gray.shape
    to_unit = _to_unit(rows, columns)
    ends = (segments.reshape(-1, 2, 2) @ to_unit[:2, :2].T) + to_unit[:2, 2]
    parameters = _fitted(ends)
    if not _helps(ends, parameters):
        return page
    upright = np.linalg.inv(to_unit) @ _homography(parameters) @ to_unit
    return _framed(page, upright)


def turned(page: Page, quarters: int) -> Page:
    """The page turned clockwise by a number of quarter turns."""
    quarters %= 4
    if quarters == 0:
        return page
    rows, columns = page.gray.shape
    way = {
        1: (np.array([[0, -1, rows - 1], [1, 0, 0], [0, 0, 1]], np.float64), cv2.ROTATE_90_CLOCKWISE),
        2: (np.array([[-1, 0, columns - 1], [0, -1, rows - 1], [0, 0, 1]], np.float64), cv2.ROTATE_180),
        3: (np.array([[0, 1, 0], [-1, 0, columns - 1], [0, 0, 1]], np.float64), cv2.ROTATE_90_COUNTERCLOCKWISE),
    }
    to_new, code = way[quarters]
    return Page(cv2.rotate(page.gray, code).astype(np.uint8, copy=False), page.to_scan @ np.linalg.inv(to_new))


def _segments(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Straight line segments (n, 4) as x1, y1, x2, y2 in pixels of `gray`, the long ones."""
    found = _detected(gray, SEARCH_SIDE, SHORTEST)
    is_small = max(gray.shape) <= SEARCH_SIDE
    return found if is_small or len(found) >= FEWEST else _detected(gray, 2 * SEARCH_SIDE, SHORTEST / 2)


def _detected(gray: NDArray[np.uint8], side: int, shortest: float) -> NDArray[np.float64]:
    """Segments (n, 4) of a picture brought down to a longer side, no shorter than a part of it."""
    small, scale = brought_down(gray, side)
    found = cv2.createLineSegmentDetector().detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    segments = found.reshape(-1, 4).astype(np.float64)
    lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    keep: NDArray[np.float64] = segments[lengths >= shortest * max(small.shape)] / scale
    return keep


def _to_unit(rows: int, columns: int) -> NDArray[np.float64]:
    """The (3, 3) map from pixels to coordinates with the middle at 0 and the longer half side at 1."""
    half = max(rows, columns) / 2
    return np.array([[1 / half, 0, -columns / 2 / half], [0, 1 / half, -rows / 2 / half], [0, 0, 1]])


def _homography(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (3, 3) homography of (turn, shear, perspective along x, perspective along y) in unit coordinates."""
    turn, shear, along_x, along_y = parameters
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    sheared = np.array([[1, shear, 0], [0, 1, 0], [0, 0, 1]])
    perspective = np.array([[1, 0, 0], [0, 1, 0], [along_x, along_y, 1]])
    homography: NDArray[np.float64] = sheared @ rotation @ perspective
    return homography


def _deviations(ends: NDArray[np.float64], parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle (n,) of each segment (n, 2, 2) to the nearest axis after the homography, in radians, -45 to 45 degrees."""
    homography = _homography(parameters)
    moved = ends @ homography[:2, :2].T + homography[:2, 2]
    moved = moved / np.maximum(ends @ homography[2, :2] + 1, 0.05)[..., None]
    run = moved[:, 1] - moved[:, 0]
    angle = np.arctan2(run[:, 1], run[:, 0])
    deviation: NDArray[np.float64] = (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4
    return deviation


def _fitted(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """The parameters that bring the segments closest to the axes."""
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    parameters = np.array([_dominant_turn(ends, length), 0.0, 0.0, 0.0])
    for tolerance in TOLERANCE * np.array([8, 8, 6, 4, 4, 2, 2, 1, 1, 1]):
        deviation = _deviations(ends, parameters)
        weight = length / (1 + (deviation / tolerance) ** 2)
        slopes = (
            np.stack([_deviations(ends, parameters + step) - deviation for step in np.eye(4) * 1e-4], axis=1) / 1e-4
        )
        ridge = np.diag((0.02 / _EXPECTED) ** 2) * 0.1
        normal = (slopes * weight[:, None]).T @ slopes + ridge
        pull = (slopes * weight[:, None]).T @ deviation + ridge @ np.append(0, parameters[1:])
        parameters = parameters - np.linalg.solve(normal, pull)
    return parameters


def _dominant_turn(ends: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """The turn in radians after which most of the segments' length lies along the axes."""
    deviation = _deviations(ends, np.zeros(4))
    bins = np.linspace(-np.pi / 4, np.pi / 4, 181)
    share, _ = np.histogram(deviation, bins, weights=length)
    share = np.convolve(np.concatenate([share[-4:], share, share[:4]]), np.hanning(9), mode="valid")
    middles = (bins[:-1] + bins[1:]) / 2
    share[np.abs(middles) > STEEPEST_SKEW] = 0
    return -float(middles[int(share.argmax())])


def _helps(ends: NDArray[np.float64], parameters: NDArray[np.float64]) -> bool:
    """Whether the homography is a sane one and lays clearly more of the segments along the axes than none does."""
    if abs(parameters[1]) > 0.3 or np.abs(parameters[2:]).sum() > 0.6:
        return False
    before, after = _aligned(ends, np.zeros(4)), _aligned(ends, parameters)
    return after > 0.3 and after > before


def _aligned(ends: NDArray[np.float64], parameters: NDArray[np.float64]) -> float:
    """How much of the segments' length lies along the axes after the homography, 0 to 1 (Cauchy weights)."""
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    close = 1 / (1 + (_deviations(ends, parameters) / TOLERANCE) ** 2)
    return float((length * close).sum() / length.sum())


def _framed(page: Page, upright: NDArray[np.float64]) -> Page:
    """The page under a homography, shifted and scaled so that all of it is on the new sheet at about the same size."""
    rows, columns = page.gray.shape
    corners = np.array([[0, 0, 1], [columns, 0, 1], [columns, rows, 1], [0, rows, 1]], np.float64) @ upright.T
    corners = corners[:, :2] / corners[:, 2:]
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = min(1.0, 1.5 * max(rows, columns) / (high - low).max())
    shift = np.array([[scale, 0, -low[0] * scale], [0, scale, -low[1] * scale], [0, 0, 1]])
    width, height = np.ceil((high - low) * scale).astype(int)
    return warped(page, shift @ upright, (int(height), int(width)))
