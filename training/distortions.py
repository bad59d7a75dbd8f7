"""What scanning and writers do to a crop, each with its strength in one table: `digit-reader train --augment`.

A crop is enlarged to a glyph (56, 56), written again, spoiled, and cut out by the reader's own crop function; what the
cutting would take back, a shift and a scale, comes last. All chance comes from the generator that is given.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import FAINTEST, SIZE, crop
from reader.errors import UsageError
from training.augment import likeness
from training.data import GLYPH_LONGER_SIDE, GLYPH_SIZE
from training.degradations import moved_outline, neighbour_tip, ruling_piece, turned, with_noise

Ink = NDArray[np.float32]
Rng = np.random.Generator

STRENGTHS = {
    "shift": 0.7,  # pixels of the crop, to each side
    "scale": 0.06,  # share of its size
    "shear": 0.12,  # columns for a row
    "rotation": 6.0,  # degrees
    "elastic": 1.1,  # pixels of a glyph 40 pixels high
    "stroke width": 1.4,  # fortieths of the height, added or taken away all around
    "broken strokes": 0.3,  # chance of a gap
    "blur": 1.3,  # fortieths of the height
    "low resolution": 0.5,  # of the pixels lost: 1 leaves 10 for the height
    "noise": 0.12,  # of the contrast
    "ruling": 0.15,  # chance of a remnant
    "neighbour": 0.12,  # chance of a stroke's end
}
"""How strong each distortion is: the spread or the most of what it does, or its chance."""
COLUMNS, ENLARGED, LABEL_WIDTH = 20, 2, 150
"""Of the sheet: crops in a row, how often each pixel is repeated, pixels left for the names."""
LEFT_ALONE = 0.15
"""Share of the crops that stay as they are."""
READABLE = 0.72
"""A distorted crop less like itself than this is not shown: it stays as it is."""


def strengths(changes: list[str]) -> dict[str, float]:
    """The table with some strengths changed, each as NAME=VALUE.

    Raises:
        UsageError: there is no such distortion, or its strength is no number from 0 on.
    """
    table = dict(STRENGTHS)
    for change in changes:
        name, _, value = change.partition("=")
        try:
            table[name.strip()] = float(value)
        except ValueError as error:
            raise UsageError(f"--strength {change}: expected NAME=NUMBER, such as rotation=10") from error
        if name.strip() not in STRENGTHS or not 0 <= table[name.strip()] < 1e3:
            raise UsageError(f"--strength {change}: expected a number from 0 on for one of {', '.join(STRENGTHS)}")
    return table


def augmented(crops: NDArray[np.uint8], table: dict[str, float], rng: Rng) -> NDArray[np.uint8]:
    """Crops (n, 28, 28) uint8, 0 is paper, each distorted in its own way by the strengths of a table."""
    return np.stack([image if rng.random() < LEFT_ALONE else _distorted(image, table, rng) for image in crops])


def draw_sheet(crops: NDArray[np.uint8], table: dict[str, float], seed: int, path: Path) -> None:
    """Write a .png: crops as they are, then a row with each distortion alone, then a row with all of them.

    Raises:
        UsageError: the file cannot be written.
    """
    rng = np.random.default_rng(seed)
    shown = crops[rng.permutation(len(crops))[:COLUMNS]]
    alone = {name: augmented(shown, {name: strength}, rng) for name, strength in table.items()}
    rows = {"as it is": shown, **alone, "all": augmented(shown, table, rng)}
    strips = []
    for name, images in rows.items():
        strip = np.repeat(np.repeat(255 - np.hstack(list(images)), ENLARGED, axis=0), ENLARGED, axis=1)
        label = np.full((strip.shape[0], LABEL_WIDTH), 255, np.uint8)
        cv2.putText(label, name, (6, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
        strips.append(np.hstack([label, strip]))
    try:
        path.write_bytes(cv2.imencode(".png", np.vstack(strips))[1].tobytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); give another name") from error


def _distorted(image: NDArray[np.uint8], table: dict[str, float], rng: Rng) -> NDArray[np.uint8]:
    ink = enlarged(image)
    full = _full(ink[ink > 0.1])
    ink = np.asarray(np.clip(ink / full, 0, 1), np.float32)  # what is distorted is written in full ink
    for name, distort in WRITTEN.items():
        if table.get(name, 0) > 0:
            ink = distort(ink, table[name], rng)
        if not (ink > 0.5).any():
            return image
    ink = np.asarray(np.clip(ink * full / _full(ink[ink > 0.3]), 0, 1), np.float32)
    if not (ink >= FAINTEST).any():  # what is hardly to be seen may vanish
        return image
    seen = crop(ink)
    if likeness(seen, image) < READABLE:
        return image
    return _placed(seen, table.get("shift", 0), table.get("scale", 0), rng)


def _full(ink: Ink) -> np.float32:
    """The ink (n,) that nine tenths of it do not exceed; five times as quick as np.percentile."""
    at = int(0.9 * len(ink))
    return np.float32(np.partition(ink, at)[at])


def enlarged(image: NDArray[np.uint8]) -> Ink:
    """A crop (28, 28) uint8 -> ink (56, 56) float32, twice the size."""
    large = cv2.resize(image, (GLYPH_SIZE, GLYPH_SIZE), interpolation=cv2.INTER_CUBIC)
    return large.astype(np.float32) / np.float32(255)


def _placed(image: NDArray[np.uint8], shift: float, scale: float, rng: Rng) -> NDArray[np.uint8]:
    """A crop moved by up to `shift` pixels and scaled by about the share `scale`."""
    if not shift and not scale:
        return image
    size = float(np.exp(rng.normal(0, scale)))
    middle = (SIZE - 1) / 2
    at = middle * (1 - size) + rng.uniform(-shift, shift, 2)
    matrix = np.array([[size, 0, at[0]], [0, size, at[1]]])
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _shear(ink: Ink, strength: float, rng: Rng) -> Ink:
    return turned(ink, np.array([[1, rng.normal(0, strength)], [0, 1]]))


def _rotation(ink: Ink, strength: float, rng: Rng) -> Ink:
    angle = np.radians(rng.normal(0, strength))
    return turned(ink, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def _elastic(ink: Ink, strength: float, rng: Rng) -> Ink:
    """A hand that is not steady (Simard, Steinkraus and Platt, ICDAR 2003): a smooth field of small moves."""
    rows, columns = ink.shape
    knots = rng.normal(0, strength, (4, 4, 2)).astype(np.float32)
    field = np.asarray(cv2.resize(knots, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)
    field[..., 0] += np.arange(columns, dtype=np.float32)
    field[..., 1] += np.arange(rows, dtype=np.float32)[:, None]
    x, y = np.ascontiguousarray(field[..., 0]), np.ascontiguousarray(field[..., 1])
    return np.asarray(cv2.remap(ink, x, y, cv2.INTER_LINEAR), np.float32)


def _stroke_width(ink: Ink, strength: float, rng: Rng) -> Ink:
    """Wider, or narrower but never so much that strokes vanish."""
    by = rng.uniform(-strength, strength)
    moved = moved_outline(ink, by)
    return moved if by > 0 or moved.sum() > 0.4 * ink.sum() else ink


def _broken(ink: Ink, strength: float, rng: Rng) -> Ink:
    """A gap of up to three fortieths of the height across the strokes, as taking out a ruling leaves it."""
    if rng.random() >= strength:
        return ink
    out = ink.copy()
    view = out if rng.random() < 0.5 else out.T
    there = np.flatnonzero((view > 0.5).any(axis=1))
    if there.size > 8:
        at = int(rng.integers(there[0] + 3, there[-1] - 3))
        view[at : at + int(rng.integers(1, 4))] *= rng.uniform(0, 0.4)
    return out


def _blur(ink: Ink, strength: float, rng: Rng) -> Ink:
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.05, 1) * strength), np.float32)


def _low_resolution(ink: Ink, strength: float, rng: Rng) -> Ink:
    """Scanned with 30 pixels for the height of the digit down to 30 - 20 * strength."""
    height = rng.uniform(max(6.0, 30 - 20 * strength), 30)
    scale = height / GLYPH_LONGER_SIDE
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, ink.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _noise(ink: Ink, strength: float, rng: Rng) -> Ink:
    return with_noise(ink, rng.uniform(0, strength), rng)


def _ruling(ink: Ink, strength: float, rng: Rng) -> Ink:
    return ruling_piece(ink, rng.uniform(0.15, 0.5), rng) if rng.random() < strength else ink


def _neighbour(ink: Ink, strength: float, rng: Rng) -> Ink:
    return neighbour_tip(ink, rng.uniform(2, 10), rng) if rng.random() < strength else ink


WRITTEN: dict[str, Callable[[Ink, float, Rng], Ink]] = {
    "shear": _shear, "rotation": _rotation, "elastic": _elastic, "stroke width": _stroke_width,
    "broken strokes": _broken, "ruling": _ruling, "neighbour": _neighbour, "blur": _blur,
    "low resolution": _low_resolution, "noise": _noise,
}  # fmt: skip
"""In the order in which they happen: the hand and the pen, what stands around, the scanner."""
