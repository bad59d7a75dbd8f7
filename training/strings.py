"""Strings of digits, scanned and taken apart by the reader itself: what its classifier is asked about on free lines.

The reader takes writing apart into pieces and asks about every run of neighbouring ones. Here it is known whose ink
each piece holds, so that each run has its label: a digit, or no digit where it is a part of one or more than one.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import FAINTEST, crop
from reader.digits.glyphs import Pieces, find_pieces
from reader.pages.binarize import soft_ink
from training.data import GLYPH_LONGER_SIDE, NOT_DIGIT
from training.layers import like_a_stroke, string_layers

Ink = NDArray[np.float32]
RUN = 4
"""Pieces in a run at the most."""
LOWEST = 0.3
"""The reader does not ask about what is lower than about this share of the writing."""
OTHERS = 1
"""Crops of what is no digit, taken from a string for each of its digits: more would be too much alike."""


def labelled_runs(digits: list[tuple[Ink, int]], rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], int]]:
    """Crops (28, 28) and labels of the runs of pieces that the reader finds in a string.

    Args:
        digits: ink (56, 56) of each digit, about 40 pixels high, and the digit.
        rng: chance.
    """
    scale = rng.uniform(22, 50) / GLYPH_LONGER_SIDE
    layers = string_layers([ink for ink, _ in digits], rng)
    layers = np.stack([cv2.resize(layer, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for layer in layers])
    ink = scanned_line(layers.max(axis=0), rng)
    if not (ink >= FAINTEST).any():
        return []
    pieces = find_pieces(ink)
    shares = _shares(pieces, layers, ink)
    found: tuple[list[tuple[NDArray[np.uint8], int]], ...] = ([], [])
    for first in range(len(pieces.boxes)):
        for last in range(first + 1, min(first + RUN, len(pieces.boxes)) + 1):
            label = _label(shares[first:last].sum(axis=0), [digit for _, digit in digits])
            run = ink * ((pieces.labels > first) & (pieces.labels <= last))
            rows = int((run >= FAINTEST).any(axis=1).sum())
            if label is None or rows < LOWEST * pieces.height or (label == NOT_DIGIT and like_a_stroke(run)):
                continue
            found[label == NOT_DIGIT].append((crop(np.asarray(run, np.float32)), label))
    others = rng.permutation(len(found[1]))[: round(OTHERS * len(digits))]
    return found[0] + [found[1][i] for i in others]


def scanned_line(covered: Ink, rng: np.random.Generator) -> Ink:
    """A line of writing on paper, at times with a printed ground, scanned, and its ink found by the reader."""
    blurred = cv2.GaussianBlur(np.pad(covered, 6), (0, 0), rng.uniform(0.4, 1.1))
    dark = np.asarray(blurred, np.float64) * rng.uniform(0.3, 0.9)
    if rng.random() < 0.5:
        dark = np.maximum(dark, _ground(blurred.shape, rng))
    noisy = rng.uniform(170, 245) * (1 - dark) + rng.normal(0, rng.uniform(1, 5), dark.shape)
    if rng.random() < 0.12:
        noisy = np.where(noisy < 0.62 * noisy.max(), 0, 255)
    return soft_ink(np.clip(noisy, 0, 255).astype(np.uint8))[6:-6, 6:-6]


def _ground(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Fine wavy lines, as they are printed on cheques; darkness (rows, columns)."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 9)
    bend = rng.uniform(0, 5) * np.sin((x * np.cos(angle + 1) + y * np.sin(angle + 1)) / rng.uniform(10, 40))
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle) + bend) * 2 * np.pi / period)
    return np.asarray((wave > rng.uniform(0.2, 0.8)) * rng.uniform(0.03, 0.16))


def _shares(pieces: Pieces, layers: Ink, ink: Ink) -> NDArray[np.float64]:
    """For each piece, which share of each digit's ink it holds; in a last column, what it holds of no digit.

    Returns:
        (pieces, digits + 1) float64.
    """
    owner = np.where(layers.max(axis=0) >= 0.3, layers.argmax(axis=0), len(layers))
    held = np.zeros((len(pieces.boxes) + 1, len(layers) + 1))
    np.add.at(held, (pieces.labels.ravel(), owner.ravel()), ink.ravel())
    whole = (ink[None] * (layers >= 0.3)).sum(axis=(1, 2)).mean()
    totals = np.append([(ink * (owner == i)).sum() for i in range(len(layers))], whole)
    shares: NDArray[np.float64] = held[1:] / np.maximum(totals, 1)
    return shares


def _label(shares: NDArray[np.float64], digits: list[int]) -> int | None:
    """The label of a run that holds these shares of the digits' ink; None between a digit and no digit."""
    best = int(shares[:-1].argmax())
    rest = shares.sum() - shares[best]
    if shares[best] > 0.88 and rest < 0.13:
        return digits[best]
    return NOT_DIGIT if shares[best] < 0.66 or rest > 0.4 else None
