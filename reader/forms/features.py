"""First guesses at how a sheet lies on a page: homographies from matched features."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 500
"""Pixels of the longer side on which features are looked for: the shapes of words and cells, not of letters."""
MOST_FEATURES = 600
NEAREST = 3
"""Sheet features that one page feature may stand for: in a table every cell looks like its neighbours."""
CLEAR = 0.85
"""A nearest neighbour is clear when it is closer than this share of the second (Lowe, IJCV 2004, has 0.8)."""
FEWEST_MATCHES = 8
STRETCH = 0.13
"""Stretch that is let pass: apps that make a Letter page out of a photograph of an A4 one stretch by a tenth."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is there to match on one image.

    Attributes:
        points: (n, 2) float64, (x, y) in pixels of the image given.
        angles: (n,) float64 radians, the orientation of each.
        sizes: (n,) float64, the diameter of each in pixels of the image given.
        descriptors: (n, 128) float32 of unit length (RootSIFT: Arandjelovic and Zisserman, CVPR 2012).
        size: (rows, columns) of the image given.
    """

    points: NDArray[np.float64]
    angles: NDArray[np.float64]
    sizes: NDArray[np.float64]
    descriptors: NDArray[np.float32]
    size: tuple[int, int]


def features(gray: NDArray[np.uint8]) -> Features:
    """Find SIFT features.

    Args:
        gray: (rows, columns) uint8, 255 is paper.
    """
    small, scale = brought_small(gray)
    found, described = cv2.SIFT.create(MOST_FEATURES).detectAndCompute(small, None)
    descriptors = np.zeros((0, 128), np.float32) if described is None else np.asarray(described, np.float32)
    descriptors = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Features(
        points=np.array([each.pt for each in found], np.float64).reshape(-1, 2) / scale,
        angles=np.radians([each.angle for each in found]),
        sizes=np.array([each.size for each in found], np.float64) / scale,
        descriptors=descriptors,
        size=(gray.shape[0], gray.shape[1]),
    )


def brought_small(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The image with a longer side of SIDE or less, a little blurred, and its scale."""
    scale = min(SIDE / max(gray.shape), 1.0)
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    resized = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(resized, (0, 0), 0.8), np.uint8), scale


def matched(sheet: Features, page: Features) -> list[NDArray[np.float64]]:
    """The homography sheet -> page that clear matches agree on by MAGSAC++ (Barath et al., CVPR 2020), if any."""
    if len(sheet.points) < FEWEST_MATCHES or len(page.points) < FEWEST_MATCHES:
        return []
    likeness = page.descriptors @ sheet.descriptors.T
    every = np.arange(len(likeness))
    nearest = likeness.argmax(axis=1)
    first = np.sqrt(np.maximum(2 - 2 * likeness[every, nearest], 0))
    likeness[every, nearest] = -1
    second = np.sqrt(np.maximum(2 - 2 * likeness.max(axis=1), 0))
    clear = np.flatnonzero(first < CLEAR * second)
    found = [_homography(sheet.points[nearest[clear]], page.points[clear], page.size)]
    return [each for each in found if each is not None]


def voted(sheet: Features, page: Features, most: int = 6) -> list[NDArray[np.float64]]:
    """Homographies sheet -> page from all near matches that agree on a turn, a scale and a shift.

    For repeated structure, where no match is clear; the vote is that of Lowe's recognition (IJCV 2004).
    """
    if len(sheet.points) < FEWEST_MATCHES or len(page.points) < FEWEST_MATCHES:
        return []
    likeness = page.descriptors @ sheet.descriptors.T
    count = min(NEAREST, likeness.shape[1] - 1)
    to_sheet = np.argpartition(-likeness, count, axis=1)[:, :count].ravel()
    of_page = np.repeat(np.arange(len(page.points)), count)
    turn = page.angles[of_page] - sheet.angles[to_sheet]
    zoom = page.sizes[of_page] / sheet.sizes[to_sheet]
    middle = np.array([sheet.size[1], sheet.size[0]]) / 2
    arm = (middle - sheet.points[to_sheet]) * zoom[:, None]
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.column_stack([cos * arm[:, 0] - sin * arm[:, 1], sin * arm[:, 0] + cos * arm[:, 1]])
    place = (page.points[of_page] + turned) / (0.08 * max(page.size))
    keys = np.column_stack([np.mod(turn, 2 * np.pi) / (np.pi / 8), np.log2(zoom) / 0.5, place])
    found: list[NDArray[np.float64]] = []
    free = np.ones(len(keys), bool)
    for _ in range(most):
        near = free & _around_densest(keys, free)
        if near.sum() < FEWEST_MATCHES:
            break
        free &= ~near
        guess = _homography(sheet.points[to_sheet[near]], page.points[of_page[near]], page.size)
        if guess is not None:
            found.append(guess)
    return found


def _around_densest(keys: NDArray[np.float64], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the (n, 4) votes lie around the fullest cell of the free ones; the first number is an angle of 16."""
    cells = np.floor(keys[free]).astype(np.int64)
    _, first, counts = np.unique(cells, axis=0, return_index=True, return_counts=True)
    middle = cells[first[counts.argmax()]] + 0.5
    away = np.abs(keys - middle)
    away[:, 0] = np.minimum(away[:, 0], 16 - away[:, 0])
    near: NDArray[np.bool_] = (away < 1.5).all(axis=1)
    return near


def _homography(
    of_sheet: NDArray[np.float64], of_page: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64] | None:
    """The homography most matches agree on, within 1/200 of the page; None if there is none."""
    if len(of_sheet) < FEWEST_MATCHES:
        return None
    found, agree = cv2.findHomography(of_sheet, of_page, cv2.USAC_MAGSAC, max(size) / 200, None, 2000, 0.999)
    if found is None or int(agree.sum()) < FEWEST_MATCHES - 2:
        return None
    return np.asarray(found, np.float64)


def plausible(guess: NDArray[np.float64], sheet: tuple[int, int], page: tuple[int, int]) -> bool:
    """Whether a homography could be a camera's or scanner's view of a sheet: not mirrored, tilted far or stretched.

    Args:
        guess: (3, 3) sheet -> page.
        sheet: (rows, columns) of the sheet.
        page: (rows, columns) of the page.
    """
    rows, columns = sheet
    corners = np.array([[0, 0, 1], [columns, 0, 1], [columns, rows, 1], [0, rows, 1]], np.float64) @ guess.T
    if not np.isfinite(corners).all() or (corners[:, 2] * np.sign(guess[2, 2]) <= 0).any():
        return False
    quad = corners[:, :2] / corners[:, 2:]
    edges = np.roll(quad, -1, axis=0) - quad
    before = np.roll(edges, 1, axis=0)
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    turns = (before[:, 0] * edges[:, 1] - before[:, 1] * edges[:, 0]) / np.maximum(np.roll(lengths, 1) * lengths, 1e-9)
    scales = np.concatenate([lengths[[0, 2]] / columns, lengths[[1, 3]] / rows])
    sizes = np.array([scales.min(), scales.max()]) * max(sheet) / max(page)
    if (turns < 0.6).any() or scales.max() > 2.5 * scales.min() or sizes[1] < 0.1 or sizes[1] > 6:
        return False
    return stretch(guess, page) < STRETCH


def stretch(guess: NDArray[np.float64], page: tuple[int, int]) -> float:
    """By how much a view is stretched or sheared beyond what any camera could have done: 0.1 is a tenth.

    A camera with square pixels and the page's middle on its axis sees the sheet's two directions, taken back through
    its focal length, at a right angle and equally long (Zhang, "A flexible new technique for camera calibration",
    PAMI 2000); the focal length that comes nearest is taken. A scanner is a camera far away.
    """
    middle = np.array([[1, 0, -page[1] / 2], [0, 1, -page[0] / 2], [0, 0, 1]])
    directions = (middle @ guess)[:, :2]
    least = np.inf
    for focal in max(page) * np.array([0.6, 0.75, 0.9, 1.1, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0]):
        one, other = (directions / np.array([[focal], [focal], [1]])).T
        lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
        sheared = abs(float(one @ other)) / (lengths[0] * lengths[1])
        least = min(least, max(abs(np.log(lengths[0] / lengths[1])), sheared))
    return float(least)
