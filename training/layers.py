"""Digits (56, 56) put side by side as in a string, and pieces cut from it; ink is float32, 0 is paper, 1 is ink."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data import GLYPH_SIZE

Ink = NDArray[np.float32]
LIGATURES = 0.15
"""Share of neighbouring digits in a string that a stroke joins."""
LONGEST_LIGATURE = 24
"""Columns that such a stroke bridges at the most."""
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece cut out of a string of digits.

    Attributes:
        ink: (rows, columns) float32.
        whole: index in the string of the one digit that is wholly in it with next to nothing else; -1 for none.
        unclear: between a digit and a part of one: no label is right.
    """

    ink: Ink
    whole: int
    unclear: bool


def string_layers(
    digits: list[Ink], rng: np.random.Generator, gaps: NDArray[np.float64] | None = None
) -> NDArray[np.float32]:
    """Digits (56, 56) put side by side so that they touch or nearly do.

    Args:
        digits: the digits.
        rng: chance.
        gaps: columns of paper before each of them, the first one's is not used; None lets chance choose.

    Returns:
        (digits, 56, columns) float32, a layer for each digit.
    """
    layers = np.zeros((len(digits), GLYPH_SIZE, GLYPH_SIZE * len(digits)), np.float32)
    at = 0
    edge: NDArray[np.float64] | None = None  # where the ink so far ends, for each row
    uneven = rng.random() < 0.5
    for i, even in enumerate(digits):
        ink = _resized(even, rng) if uneven else even
        there = ink > 0.3
        columns = np.flatnonzero(there.any(axis=0))
        left = np.where(there.any(axis=1), there.argmax(axis=1), 1e3)
        if edge is not None and columns.size:
            widened = cv2.dilate(edge.astype(np.float32)[:, None], np.ones((9, 1), np.uint8))[:, 0]
            gap = (left - widened)[there.any(axis=1)].min()
            room = rng.uniform(-4, 5) if gaps is None else gaps[i]
            at = round(float(np.clip(-gap + room, 0, layers.shape[2] - GLYPH_SIZE)))
        layers[i, :, at : at + GLYPH_SIZE] = ink
        if i and rng.random() < LIGATURES:
            _join(layers[i - 1], layers[i], rng)
        right = np.where(there.any(axis=1), GLYPH_SIZE - there[:, ::-1].argmax(axis=1), -1e3) + at
        edge = right.astype(np.float64) if edge is None else np.maximum(edge, right)
    return layers


def _resized(digit: Ink, rng: np.random.Generator) -> Ink:
    """A digit (56, 56) somewhat smaller and higher or lower, as writing without a line beneath it is."""
    scale, middle = rng.uniform(0.7, 1), GLYPH_SIZE / 2
    shift = np.array([[scale, 0, middle * (1 - scale)], [0, scale, middle * (1 - scale) + rng.normal(0, 2.5)]])
    return np.asarray(cv2.warpAffine(digit, shift, digit.shape[::-1], flags=cv2.INTER_AREA), np.float32)


def _join(before: Ink, after: Ink, rng: np.random.Generator) -> None:
    """Draw a stroke from a digit to the next, as a pen that is not lifted does; each gets the half on its side."""
    third = before.shape[0] // 3
    low = rng.random() < 0.3
    band = slice(-third, None) if low else slice(None, third)
    ends, begins = np.argwhere(before[band] > 0.3), np.argwhere(after[band] > 0.3)
    if not len(ends) or not len(begins):
        return
    (y0, x0), (y1, x1) = ends[ends[:, 1].argmax()], begins[begins[:, 1].argmin()]
    if not 2 <= x1 - x0 <= LONGEST_LIGATURE:
        return
    along = np.linspace(0, 1, 9)
    sag = rng.uniform(-0.2, 0.35) * (x1 - x0) * 4 * along * (1 - along)
    points = np.column_stack([x0 + along * (x1 - x0), y0 + along * (y1 - y0) + sag])
    points[:, 1] += before.shape[0] - third if low else 0
    drawn = np.zeros(before.shape, np.uint8)
    places = np.round(points * 2**_SHIFT).astype(np.int32)
    cv2.polylines(drawn, [places], False, 255, int(rng.integers(1, 5)), cv2.LINE_AA, _SHIFT)
    stroke = drawn.astype(np.float32) / 255
    middle = (x0 + x1 + 1) // 2
    before[:, :middle] = np.maximum(before[:, :middle], stroke[:, :middle])
    after[:, middle:] = np.maximum(after[:, middle:], stroke[:, middle:])


def cut_piece(layers: NDArray[np.float32], rng: np.random.Generator) -> Piece:
    """A piece of a string between two cuts, and what it is.

    Args:
        layers: (digits, rows, columns), a layer of ink for each digit.
        rng: chance.
    """
    if rng.random() < 0.42:
        return _with_remnants(layers, rng)
    ink = layers.max(axis=0)
    spans = [np.flatnonzero((layer > 0.3).any(axis=0)) for layer in layers]
    spans = [s if s.size else np.array([0, 1]) for s in spans]
    middle = int(rng.integers(len(layers)))
    how = rng.random()
    low, high = spans[middle][0], spans[middle][-1] + 1
    width = high - low
    if how < 0.55:  # about one digit, cut a little too wide or too narrow
        cuts = low + rng.normal(-0.02, 0.06) * width, high + rng.normal(0.02, 0.06) * width
    elif how < 0.75:  # a part
        share = rng.uniform(0.2, 0.75) * width
        cuts = (low - 1, low + share) if rng.random() < 0.5 else (high - share, high + 1)
    else:  # more than one
        other = spans[min(middle + 1, len(layers) - 1)]
        cuts = low - rng.uniform(0, 0.1) * width, other[0] + rng.uniform(0.4, 1.1) * (other[-1] - other[0] + 1)
    x = np.arange(ink.shape[1])[None, :] - (np.arange(ink.shape[0])[:, None] - ink.shape[0] / 2) * rng.normal(0, 0.12)
    inside = (x >= min(cuts)) & (x < max(cuts))
    kept = (layers * inside).sum(axis=(1, 2))
    full = layers.sum(axis=(1, 2)) + 1e-6
    share = kept / full
    best = int(share.argmax())
    rest = (kept.sum() - kept[best]) / full[best]
    whole = best if share[best] > 0.96 and rest < 0.07 else -1
    unclear = whole < 0 and share[best] > 0.72 and rest < 0.3
    return Piece((ink * inside).astype(np.float32), whole, unclear or kept.sum() < 40)


def _with_remnants(layers: NDArray[np.float32], rng: np.random.Generator) -> Piece:
    """One whole digit cut out along its own outline, with what of its neighbours is within a few pixels of it."""
    middle = int(rng.integers(len(layers)))
    own = layers[middle]
    reach = 2 * int(rng.integers(0, 4)) + 1
    near = cv2.dilate((own > 0.3).astype(np.uint8), np.ones((reach, reach), np.uint8))
    ink = np.maximum(own, np.delete(layers, middle, axis=0).max(axis=0) * near)
    rest = (ink.sum() - own.sum()) / (own.sum() + 1e-6)
    return Piece(np.asarray(ink, np.float32), middle if rest < 0.09 else -1, unclear=bool(rest >= 0.09))


def like_a_stroke(ink: Ink) -> bool:
    """Whether ink is one straight stroke that is not lying: what is left of many a digit, and a 1 to any reader."""
    rows, columns = np.nonzero(ink >= 0.3)
    if rows.size < 3:
        return True
    values, vectors = np.linalg.eigh(np.cov(np.stack([columns, rows]).astype(np.float64)))
    return bool(values[0] < 0.075 * values[1] and abs(vectors[1, 1]) > 0.4)
