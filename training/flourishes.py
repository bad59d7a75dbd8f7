"""What pens put between and behind the digits of a number: points, dashes, and zeros drawn in one go."""

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel
DASHES = 8, 80
"""Lengths of dashes, for digits of 40 pixels."""
FINE = 4
"""How many times as large a garland is drawn."""


def dot(ink: Ink, x: float, y: float, rng: np.random.Generator) -> None:
    """A point or a comma, in place."""
    radius = rng.uniform(1.2, 3.2)
    if rng.random() < 0.6:
        cv2.circle(ink, (round(x), round(y)), max(1, round(radius)), 1.0, -1, cv2.LINE_AA)
    else:
        end = (round(x - rng.uniform(1, 5)), round(y + rng.uniform(4, 10)))
        cv2.line(ink, (round(x), round(y)), end, 1.0, max(1, round(radius * 1.3)), cv2.LINE_AA)


def dash(ink: Ink, x: float, y: float, rng: np.random.Generator, way: int = 1) -> None:
    """A dash, two, a long or a wavy one, or one struck through, as they close an amount; in place.

    It goes to the right of x, or, where `way` is -1, to the left.
    """
    length, thick = float(np.exp(rng.uniform(*np.log(DASHES)))), max(1, round(rng.uniform(1, 5)))
    tilt, wave = rng.uniform(-0.25, 0.25) * min(length, 25), rng.uniform(1, 5) * (rng.random() < 0.25)
    along = np.linspace(0, 1, 16)
    for level in (0, rng.uniform(6, 12))[: 1 + (rng.random() < 0.3)]:
        path = np.column_stack([x + way * along * length, y + level + tilt * along + wave * np.sin(2 * np.pi * along)])
        _drawn_through(ink, path, thick)
    if rng.random() < 0.2:
        for aside in (0.35, 0.6)[: 1 + (rng.random() < 0.7)]:
            middle, lean, high = x + way * aside * length, rng.uniform(0, 8), rng.uniform(7, 15)
            _drawn_through(ink, np.array([[middle + lean, y - high], [middle - lean, y + high]]), thick)


def _drawn_through(ink: Ink, path: NDArray[np.float64], thick: int) -> None:
    points = (path * 2**_SHIFT).round().astype(np.int32)
    cv2.polylines(ink, [points], False, 1.0, thick, cv2.LINE_AA, _SHIFT)


def garland(zeros: int, height: float, thick: float, rng: np.random.Generator) -> Ink:
    """Zeros that a hurried pen makes without being lifted: loops, joined to the next at the top or at the foot.

    Args:
        zeros: 2 or more.
        height: of a loop, in pixels.
        thick: width of the stroke in pixels.
        rng: chance.

    Returns:
        (rows, columns) float32, a loop's height and a margin of 4 pixels high.
    """
    wide = height * rng.uniform(0.6, 1.3)
    step = wide * rng.uniform(1.05, 1.7)
    # The pen goes round counter-clockwise, once and a little more, then on to the next loop.
    start, over = np.pi / 2 * rng.choice([-1, 1]), rng.uniform(0.3, 0.9)
    path: list[NDArray[np.float64]] = []
    for zero in range(zeros):
        angle = start - np.linspace(0, 2 * np.pi + over, 40)
        size = np.exp(rng.normal(0, 0.1, 2)) * (wide / 2, height / 2)
        middle = zero * step + rng.normal(0, 0.05 * wide), rng.normal(0, 0.04 * height)
        path.append(np.column_stack([np.cos(angle), np.sin(angle)]) * size + middle)
    if rng.random() < 0.3:  # and away
        path.append(path[-1][-1] + np.array([[rng.uniform(0.2, 1) * wide, rng.uniform(-0.3, 0.3) * height]]))
    points = np.vstack(path)
    points -= points.min(axis=0) - 4
    columns, rows = np.ceil(points.max(axis=0) + 4).astype(int)
    canvas = np.zeros((FINE * int(rows), FINE * int(columns)), np.uint8)
    drawn = (points * FINE * 2**_SHIFT).round().astype(np.int32)
    cv2.polylines(canvas, [drawn], False, 255, max(1, round(thick * FINE)), cv2.LINE_AA, _SHIFT)
    small = cv2.resize(canvas, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)
