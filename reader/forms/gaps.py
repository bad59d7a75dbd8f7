"""Boxes side by side with so little paper between them that both walls were taken for one."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

SAME = 0.1
"""The walls of two boxes are taken for one if they are no farther from each other, in parts of a box's width."""
REACH = 0.25
"""How far to either side of a wall its true walls may be, in parts of a box's width."""
ROWS = np.linspace(0.15, 0.85, 21)
"""Where a wall is looked at, from its top to its bottom."""
VALLEY = 0.5
"""Between two walls it is at most so dark, in parts of the fainter one."""
ALIKE = 0.6
"""The fainter of the two is at least so dark, in parts of the other."""
FAINTEST = 12
"""Gray levels of darkness of a wall at the least."""
BREAK, THROUGHOUT = 0.2, 0.5
"""A wall is dark from its top to its bottom: all but this share of it at least so dark, in parts of its median."""

Quad = NDArray[np.float64]


def parted(gray: NDArray[np.uint8], row: list[Quad]) -> list[Quad]:
    """The boxes of a row, those that are apart from the next one brought to their own walls.

    The median darkness along a wall, which no digit moves, is looked at from one side of it to the other, without the
    strokes of digits: where there is light in its middle, and darkness on both sides, there are two. Where this shows
    for one wall of a row, another of it may have been taken for the wall of one of the two boxes: their gaps are alike.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        row: (4, 2) corners of each box from the top left clockwise, from left to right.
    """
    boxes = [box.copy() for box in row]
    shared = [pair for pair in itertools.pairwise(boxes) if _share_wall(*pair)]
    profiles = [_profile(gray, *pair) for pair in shared]
    found = [_walls(profile) for profile in profiles]
    gaps = [walls[1] - walls[0] for walls in found if walls]
    if gaps:
        usual = round(float(np.median(gaps)))
        found = [walls or _walls_apart(profile, usual) for walls, profile in zip(found, profiles, strict=True)]
    for (left, right), walls in zip(shared, found, strict=True):
        if walls:
            wall, step = (left[[1, 2]] + right[[0, 3]]) / 2, _step(left)
            left[[1, 2]], right[[0, 3]] = (wall + shift * step for shift in walls)
    return boxes


def _share_wall(left: Quad, right: Quad) -> bool:
    """Whether one box ends where the next one begins."""
    return bool(np.abs(left[[1, 2]] - right[[0, 3]]).max() <= SAME * np.linalg.norm(left[1] - left[0]))


def _step(box: Quad) -> NDArray[np.float64]:
    """(x, y) of one pixel to the right along a box."""
    across = box[1] + box[2] - box[0] - box[3]
    step: NDArray[np.float64] = across / np.linalg.norm(across)
    return step


def _profile(gray: NDArray[np.uint8], left: Quad, right: Quad) -> NDArray[np.float64]:
    """Median darkness (2 n + 1,) along the wall between two boxes, and along n steps to its left and right, of walls.

    A stroke is as dark as a wall in half of its rows or more, but not in nearly all: its darkness counts as none.
    """
    wall = (left[[1, 2]] + right[[0, 3]]) / 2
    count = max(2, round(REACH * float(np.linalg.norm(left[1] - left[0]))))
    down = wall[0] + ROWS[:, None] * (wall[1] - wall[0])
    points = (down[:, None] + np.arange(-count, count + 1)[:, None] * _step(left)).astype(np.float32)
    x, y = np.ascontiguousarray(points[..., 0]), np.ascontiguousarray(points[..., 1])
    looked = cv2.remap(gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    dark = 255 - looked.T.astype(np.float64)
    profile: NDArray[np.float64] = np.median(dark, axis=1)
    thick = np.asarray(cv2.dilate(dark, np.ones((3, 1))), np.float64)  # walls lean by a step
    return np.where(np.quantile(thick, BREAK, axis=1) >= THROUGHOUT * profile, profile, 0.0)


def _walls(profile: NDArray[np.float64]) -> tuple[float, float] | None:
    """Where two walls are, in steps from the middle between them; None where there is one, or none."""
    middle = len(profile) // 2
    one, other = profile[:middle], profile[middle + 1 :]
    fainter, darker = sorted((one.max(), other.max()))
    if fainter < max(FAINTEST, ALIKE * darker) or profile[middle - 1 : middle + 2].min() > VALLEY * fainter:
        return None
    before, after = (
        float(np.average(np.arange(len(side)), weights=np.maximum(side - side.max() / 2, 0))) for side in (one, other)
    )
    return before - middle, after + 1


def _walls_apart(profile: NDArray[np.float64], gap: int) -> tuple[float, float] | None:
    """Where two walls are that are `gap` steps apart, one of them in the middle; None where there are none."""
    middle = len(profile) // 2
    both = np.minimum(profile[:-gap], profile[gap:])
    near = [
        at for at in (*range(middle - gap - 2, middle - gap + 3), *range(middle - 2, middle + 3)) if 0 <= at < len(both)
    ]
    if not near:
        return None
    at = max(near, key=lambda place: float(both[place]))
    between = profile[at : at + gap + 1].min()
    if both[at] < max(FAINTEST, ALIKE * profile.max()) or between > VALLEY * both[at]:
        return None
    return float(at - middle), float(at + gap - middle)
