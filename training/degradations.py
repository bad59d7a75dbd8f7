"""Single degradations at three strengths, to see what each of them costs a model.

Each takes ink (56, 56) float32, 0 is paper, 1 is ink, a digit about 40 pixels high, a strength and a generator, and
gives ink (rows, columns) float32. Strength 1 is an ordinary scan, 2 a poor one, 3 about what a person can still read.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]


def turned(ink: Ink, matrix: NDArray[np.float64]) -> Ink:
    """Ink turned, sheared or scaled about its middle by a matrix (2, 2) that maps (x, y)."""
    middle = (np.array(ink.shape[::-1]) - 1) / 2
    shift = middle - matrix @ middle
    placed = np.hstack([matrix, shift[:, None]])
    return np.asarray(cv2.warpAffine(ink, placed, ink.shape[::-1], flags=cv2.INTER_LINEAR), np.float32)


def rotation(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """Turned by 5, 10 or 15 degrees, either way."""
    angle = np.radians(5 * strength) * rng.choice([-1, 1])
    return turned(ink, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def slant(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """Sheared by 0.1, 0.2 or 0.3, either way."""
    return turned(ink, np.array([[1, 0.1 * strength * rng.choice([-1, 1])], [0, 1]]))


def moved_outline(ink: Ink, by: float) -> Ink:
    """The outline of the strokes moved outward by so many pixels, inward if negative."""
    mask = (ink >= 0.5).astype(np.uint8)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    return np.asarray(np.clip(inside + by + 0.5, 0, 1), np.float32)


def thick(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:  # noqa: ARG001
    """Strokes wider by 1.4, 2.8 or 4.2 fortieths of the height."""
    return moved_outline(ink, 0.7 * strength)


def thin(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:  # noqa: ARG001
    """Strokes narrower by 1, 2 or 3 fortieths of the height, never less than a third of a pixel in the crop."""
    mask = (ink >= 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 0.3) & (depth > 0)
    return np.maximum(moved_outline(ink, -0.5 * strength), np.asarray(ridge * 0.8, np.float32))


def blur(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:  # noqa: ARG001
    """Out of focus: a Gaussian of 2.5, 5 or 7.5% of the height."""
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), 1.0 * strength), np.float32)


def low_resolution(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:  # noqa: ARG001
    """16, 11 or 8 pixels high."""
    scale = (16, 11, 8)[strength - 1] / 40
    return np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)


def one_bit(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:  # noqa: ARG001
    """Black and white at 24, 16 or 12 pixels height."""
    scale = (24, 16, 12)[strength - 1] / 40
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.4, np.float32)


def noise(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """Sensor noise of 8, 16 or 24% of the contrast at 20 pixels height, where there is ink or next to it."""
    return with_noise(ink, 0.08 * strength, rng)


def with_noise(ink: Ink, spread: float, rng: np.random.Generator) -> Ink:
    """Noise of a spread, in parts of the contrast, at 20 pixels height, where there is ink or next to it."""
    small = cv2.resize(ink, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    dark = small + spread * rng.standard_normal(small.shape)
    near = cv2.dilate((small > 0.3).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(np.clip(dark, 0, 1) * near, np.float32)


def erased(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """A band of 1, 2 or 3 fortieths of the height taken out with a ruling."""
    out = ink.copy()
    rows = np.flatnonzero((ink > 0.5).any(axis=1))
    at = int(rng.integers(rows[0] + 3, max(rows[0] + 4, rows[-1] - 3)))
    out[at : at + strength] = 0
    return out


def ruling(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """A piece of a ruling, 20, 40 or 60% of the width, left beneath or above the digit, touching it."""
    return ruling_piece(ink, 0.2 * strength, rng)


def ruling_piece(ink: Ink, share: float, rng: np.random.Generator) -> Ink:
    """A piece of a ruling, so long in parts of the width, beneath or above the digit, touching it."""
    out = ink.copy()
    rows, columns = np.flatnonzero((ink > 0.5).any(axis=1)), np.flatnonzero((ink > 0.5).any(axis=0))
    length = max(3, round(share * len(columns)))
    start = int(rng.integers(columns[0], max(columns[0] + 1, columns[-1] - length)))
    at = rows[-1] if rng.random() < 0.5 else max(0, rows[0] - 1)
    out[at : at + 2, start : start + length] = 1
    return out


def neighbour(ink: Ink, strength: int, rng: np.random.Generator) -> Ink:
    """The end of a neighbour's stroke, 10, 20 or 30% of the height, at one side, not touching."""
    return neighbour_tip(ink, 4 * strength, rng)


def neighbour_tip(ink: Ink, length: float, rng: np.random.Generator) -> Ink:
    """The end of a neighbour's stroke, so many pixels long, at one side, not touching."""
    columns = np.flatnonzero((ink > 0.3).any(axis=0))
    padded = np.pad(ink, ((0, 0), (8, 8)))
    x = columns[0] + 8 - 5 if rng.random() < 0.5 else columns[-1] + 8 + 5
    y = int(rng.integers(14, 42))
    tip = (int(x + rng.integers(-1, 2)), int(y + length))
    return np.asarray(cv2.line(np.ascontiguousarray(padded), (int(x), y), tip, 1.0, 3, cv2.LINE_AA), np.float32)


DEGRADATIONS: dict[str, Callable[[Ink, int, np.random.Generator], Ink]] = {
    "rotation": rotation,
    "slant": slant,
    "thick": thick,
    "thin": thin,
    "blur": blur,
    "low resolution": low_resolution,
    "one bit": one_bit,
    "noise": noise,
    "erased band": erased,
    "ruling": ruling,
    "neighbour": neighbour,
}
"""By the name in the table of `training.evaluate`."""
