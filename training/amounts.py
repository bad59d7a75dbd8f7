"""Numbers as people write them without boxes, drawn, scanned and found again: what the line network learns from.

A line is written by one pen, with the spacing of one writer, and may hold what amounts hold: points and commas between
the digits, dashes behind them, a rest of a ruling or of a frame. One in LINES_OF_NO_DIGITS is a word or a scribble.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.line_images import line_image
from reader.digits.rulings import without_rulings
from training import pen
from training.augment import drawn, pen_radius
from training.data import GLYPH_LONGER_SIDE, RARE_HANDS
from training.flourishes import dash, dot, garland
from training.layers import string_layers
from training.mixture import Bank
from training.no_numbers import no_number
from training.recipe import PEN_HANDS
from training.strings import scanned_line

Ink = NDArray[np.float32]
LINES_OF_NO_DIGITS = 14
LENGTHS = np.array([0, 10, 9, 14, 17, 18, 13, 8, 5, 3, 3]) / 100
"""Shares of the numbers of digits, from 0 on."""
WRITERS = {"handwriting": 0.42, "hand": 0.38, "mixed": 0.15, "printed": 0.05}
"""Whose digits: MNIST's, one drawn hand's (the european glyphs begin with ten of each), of both, of fonts."""
ZEROS = 0.3
"""Share of the lines that end in zeros, as amounts do."""
MORE_RARE = 0.4
"""Share of the drawn hands that are taken from those with the rarer allographs, besides those that chance takes."""
GARLANDS, SMALLER = 0.2, 0.25
"""Shares of the lines that end in two zeros and more, in which these are drawn in one go, and smaller than the rest."""
SIZES = 13, 60
"""Heights in pixels at which digits are scanned."""
NEAT, NEAT_SIZE, NEAT_GAPS = 0.3, 24, (4, 14)
"""Share of the numbers that are written with care: digits of so many pixels at least, so far apart, and not in zeros
that are drawn in one go; so that the network is sure of what is plain to read."""
FAINTEST = 0.3
"""Ink from which on a pixel counts as written."""
BEFORE, BEHIND = 90, 110
"""Columns for what stands before and behind the digits."""
SIGNS = tuple("EFHKMNR")
RULED = np.array([0.2, 0.12, 0.12])
"""Shares of the lines with a ruling somewhere near the feet of the digits, right at them, and above the heads."""
MARGIN = 10
"""Paper around a line before it is scanned, for digits of 40 pixels."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to learn from: its picture (32, columns) uint8, and the digits in it, "" where there are none."""

    image: NDArray[np.uint8]
    digits: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number, its digits (56, 56) as one writer and pen make them, and the pen: stroke width in pixels of these."""

    text: str
    glyphs: list[Ink]
    thick: float


def line(store: Bank, rng: np.random.Generator) -> Line:
    """A line drawn by chance, of digits from a bank as `training.recipe.banks` makes it."""
    while True:
        neat = bool(rng.random() < NEAT)
        if rng.integers(LINES_OF_NO_DIGITS) == 0:
            ink, digits = no_number(rng), ""
        else:
            number = _number(store, rng)
            digits, ink = number.text, _written(number, rng, neat)
        ink = _leaning(_with_rulings(np.pad(ink, MARGIN), rng), rng)
        smallest, largest = (NEAT_SIZE if neat else SIZES[0]), SIZES[1]
        scale = np.exp(rng.uniform(*np.log((smallest, largest)))) / GLYPH_LONGER_SIDE
        small: Ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        found = scanned_line(small, rng)
        if _can_be_read(found, small):
            return Line(line_image(without_rulings(found) if rng.random() < 0.5 else found), digits)


def _can_be_read(found: Ink, written: Ink) -> bool:
    """Whether what was found of a line is most of what was written, and not the paper's ground."""
    strokes = written > FAINTEST
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return bool(found[strokes].sum() >= 0.65 * strokes.sum() and found[~near].sum() <= 0.3 * found.sum())


def _number(store: Bank, rng: np.random.Generator) -> Number:
    """A number by chance, written by one hand of the bank, or printed."""
    text = "".join(str(d) for d in rng.integers(0, 10, int(rng.choice(len(LENGTHS), p=LENGTHS))))
    if rng.random() < ZEROS:
        zeros = int(rng.integers(1, len(text) + 1))
        text = text[:-zeros] + "0" * zeros
    writers = str(rng.choice(list(WRITERS), p=list(WRITERS.values())))
    radius = pen_radius(rng)
    own = radius if rng.random() < 0.85 else None
    hand = int(rng.integers(min(PEN_HANDS, len(store.labels["european"]) // 10)))
    first = 10 * (hand - hand % RARE_HANDS if rng.random() < MORE_RARE else hand)
    glyphs = []
    for digit in text:
        kind = {"hand": "european", "mixed": str(rng.choice(["handwriting", "european"]))}.get(writers, writers)
        fitting = np.flatnonzero(store.labels[kind] == int(digit))
        at = first + int(digit) if writers == "hand" else int(rng.choice(fitting))
        seen = drawn(store.images[kind][at], store.lines[kind][at], rng, own)
        glyphs.append(seen if (seen > FAINTEST).any() else store.images[kind][at].astype(np.float32) / 255)
    if _ending(text) and rng.random() < SMALLER:
        scale, rise = rng.uniform(0.42, 0.85), rng.uniform(0, 1)
        last = len(text) - _ending(text)
        glyphs[last:] = [_smaller(glyph, scale, rise) for glyph in glyphs[last:]]
    return Number(text, glyphs, 2 * radius)


def _ending(text: str) -> int:
    """Zeros at the end of a number, behind another digit: none, or two and more."""
    zeros = min(len(text) - len(text.rstrip("0")), len(text) - 1)
    return zeros if zeros >= 2 else 0


def _smaller(glyph: Ink, scale: float, rise: float) -> Ink:
    """A digit (56, 56) made smaller: on the base line where `rise` is 0, level with the head of the others where 1."""
    side = glyph.shape[0]
    free = (1 - scale) * GLYPH_LONGER_SIDE / 2
    move = np.array([[scale, 0, side * (1 - scale) / 2], [0, scale, side * (1 - scale) / 2 + free * (1 - 2 * rise)]])
    return np.asarray(cv2.warpAffine(glyph, move, glyph.shape[::-1], flags=cv2.INTER_AREA), np.float32)


def _written(number: Number, rng: np.random.Generator, neat: bool) -> Ink:
    """A number with what amounts have between, before and behind the digits, (rows, columns)."""
    joined = _ending(number.text) if rng.random() < GARLANDS and not neat else 0
    glyphs = number.glyphs[: len(number.glyphs) - joined]
    if neat:
        usual, spread = rng.uniform(*NEAT_GAPS), rng.uniform(1, 3)
    else:
        usual, spread = (rng.uniform(-3, 14), rng.uniform(1, 5)) if rng.random() < 0.6 else (0.5, 4)
    gaps, points = rng.normal(usual, spread, len(glyphs)), np.zeros(len(glyphs), bool)
    if rng.random() < 0.35:  # before every third digit from the end, and where chance wants it
        before = np.arange(len(glyphs), 0, -1)[1:] + joined
        points[1:] = (before % 3 == 0) | (rng.random(len(glyphs) - 1) < 0.1)
        gaps[points] += rng.integers(3, 13, points.sum())
    tail = garland(joined, GLYPH_LONGER_SIDE * rng.uniform(0.3, 0.95), number.thick, rng) if joined else None
    behind = BEHIND + (BEHIND + tail.shape[1] if tail is not None else 0)
    layers = np.pad(string_layers(glyphs, rng, gaps), ((0, 0), (0, 10), (BEFORE, behind)))
    inked: NDArray[np.bool_] = np.any(layers > FAINTEST, axis=1)
    starts, ends = inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)
    ink = layers.max(axis=0)
    base = float(np.flatnonzero((ink > FAINTEST).any(axis=1))[-1])
    for place in np.flatnonzero(points):
        dot(ink, (ends[place - 1] + starts[place]) / 2 + rng.uniform(-2, 2), base - rng.uniform(-2, 5), rng)
    end = float(ends.max())
    if tail is not None:
        end = _joined(ink, tail, end, base, rng)
    _closed(ink, end, base, rng)
    _begun(ink, float(starts.min()), base, rng)
    used = np.flatnonzero((ink > FAINTEST).any(axis=0))
    written: Ink = ink[:, used[0] : used[-1] + 1]
    return written


def _joined(ink: Ink, tail: Ink, end: float, base: float, rng: np.random.Generator) -> float:
    """Put zeros drawn in one go behind digits that end at a column, in place; the column where these end."""
    gap = rng.uniform(0, 6)
    if rng.random() < 0.5:
        dot(ink, end + gap + 3, base - rng.uniform(-2, 5), rng)
        gap += rng.uniform(5, 12)
    left = round(end + gap)
    top = max(0, round(base + 4 - tail.shape[0] - rng.uniform(-3, 10)))
    part = ink[top : top + tail.shape[0], left : left + tail.shape[1]]
    np.maximum(part, tail[: part.shape[0], : part.shape[1]], out=part)
    return float(left + tail.shape[1] - 4)


def _closed(ink: Ink, end: float, base: float, rng: np.random.Generator) -> None:
    """At times a point and a dash, or a letter, behind a number that ends at a column, in place."""
    if rng.random() < 0.03:
        _put(ink, _sign(rng), round(end) + 5)
        return
    if rng.random() >= 0.3:
        return
    end += rng.uniform(4, 12)
    if rng.random() < 0.5:
        dot(ink, end, base - rng.uniform(-2, 5), rng)
        end += 8
    if rng.random() < 0.75:
        dash(ink, end, base - rng.uniform(8, 24), rng)


def _begun(ink: Ink, start: float, base: float, rng: np.random.Generator) -> None:
    """At times a letter, as of a currency, or a dash before a number that begins at a column, in place."""
    if rng.random() < 0.06:
        sign = _sign(rng)
        _put(ink, sign, int(start) - 4 - sign.shape[1])
    elif rng.random() < 0.05:
        dash(ink, start - rng.uniform(5, 12), base - rng.uniform(8, 24), rng, -1)


def _sign(rng: np.random.Generator) -> Ink:
    """A letter that nobody takes for a digit."""
    return pen.draw_letter(str(rng.choice(SIGNS)), pen.writer(int(rng.integers(999))), 34, rng)


def _put(ink: Ink, sign: Ink, left: int) -> None:
    """A letter on the base line at a column, in place."""
    left = max(0, left)
    part = ink[8 : 8 + sign.shape[0], left : left + sign.shape[1]]
    np.maximum(part, sign[: part.shape[0], : part.shape[1]], out=part)


def _with_rulings(ink: Ink, rng: np.random.Generator) -> Ink:
    """At times a line beneath or above the writing, or an upright one beside it, as far as fields have them."""
    ruled = np.ascontiguousarray(ink)
    rows, columns = ruled.shape
    dark, thick = float(rng.uniform(0.4, 1)), max(1, round(rng.uniform(0.8, 3)))
    for level in np.flatnonzero(rng.random(3) < RULED):
        y = (rows - MARGIN + rng.uniform(-10, 8), rows - MARGIN + rng.uniform(-3, 3), rng.uniform(1, MARGIN + 3))[level]
        left, right = sorted(rng.uniform(0, columns, 2)) if rng.random() < 0.3 else (0, columns)
        end = (round(right), round(y + rng.uniform(-2, 2)))
        cv2.line(ruled, (round(left), round(y)), end, dark, thick, cv2.LINE_AA)
    if rng.random() < 0.08:
        x = rng.uniform(0, 5) if rng.random() < 0.5 else columns - rng.uniform(1, 5)
        top, bottom = (0, rows) if rng.random() < 0.6 else sorted(rng.uniform(0, rows, 2))
        cv2.line(ruled, (round(x), round(top)), (round(x), round(bottom)), dark, thick, cv2.LINE_AA)
    return np.maximum(ink, ruled)


def _leaning(ink: Ink, rng: np.random.Generator) -> Ink:
    """The line with a writer's slant, width and rise."""
    rows, columns = ink.shape
    slant, wide, rise = rng.normal(0, 0.13), np.exp(rng.normal(0, 0.16)), rng.normal(0, 0.025)
    corners = np.array([[0, 0], [columns, 0], [0, rows], [columns, rows]], np.float64)
    matrix = np.array([[wide, -slant], [rise * wide, 1]])
    there = corners @ matrix.T
    low, high = there.min(axis=0), there.max(axis=0)
    shift = np.column_stack([matrix, -low])
    size = np.ceil(high - low).astype(int)
    return np.asarray(cv2.warpAffine(ink, shift, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR), np.float32)
