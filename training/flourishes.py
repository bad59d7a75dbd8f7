"""What pens put between and behind the digits of a number: points, dashes, and zeros drawn in one go."""

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel
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


def dash(ink: Ink, x: float, y: float, rng: np.random.Generator) -> None:
    """A dash, two, or a dash struck through, as they close an amount; in place."""
    length, thick, tilt = rng.uniform(8, 34), max(1, round(rng.uniform(1, 5))), rng.uniform(-5, 5)
    for level in (0, 9)[: 1 + (rng.random() < 0.3)]:
        start, end = (round(x), round(y + level)), (round(x + length), round(y + level + tilt))
        cv2.line(ink, start, end, 1.0, thick, cv2.LINE_AA)
    if rng.random() < 0.15:
        for aside in (0.4, 0.65):
            middle = x + aside * length
            ends = (round(middle + 4), round(y - 9)), (round(middle - 4), round(y + 9))
            cv2.line(ink, *ends, 1.0, thick, cv2.LINE_AA)


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
