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
from training.data import GLYPH_LONGER_SIDE
from training.filling import WORDS
from training.mixture import Bank
from training.recipe import PEN_HANDS
from training.shapes import shape, string_layers
from training.strings import scanned_line

Ink = NDArray[np.float32]
LINES_OF_NO_DIGITS = 14
LENGTHS = np.array([0, 5, 7, 14, 18, 20, 14, 9, 6, 4, 3]) / 100
"""Shares of the numbers of digits, from 0 on."""
WRITERS = {"handwriting": 0.5, "hand": 0.28, "mixed": 0.17, "printed": 0.05}
"""Whose digits: MNIST's, one drawn hand's (the european glyphs begin with ten of each), of both, of fonts."""
ZEROS = 0.3
"""Share of the lines that end in zeros, as amounts do."""
SIZES = 13, 60
"""Heights in pixels at which digits are scanned."""
FAINTEST = 0.3
"""Ink from which on a pixel counts as written."""
BEFORE, BEHIND = 40, 60
"""Columns for what stands before and behind the digits."""
SIGNS = tuple("EFHKMNR")
MARGIN = 10
"""Paper around a line before it is scanned, for digits of 40 pixels."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line to learn from: its picture (32, columns) uint8, and the digits in it, "" where there are none."""

    image: NDArray[np.uint8]
    digits: str


def line(store: Bank, rng: np.random.Generator) -> Line:
    """A line drawn by chance, of digits from a bank as `training.recipe.banks` makes it."""
    while True:
        if rng.integers(LINES_OF_NO_DIGITS) == 0:
            ink, digits = _no_digits(rng), ""
        else:
            digits, glyphs = _number(store, rng)
            ink = _written(glyphs, rng)
        ink = _leaning(_with_rulings(np.pad(ink, MARGIN), rng), rng)
        scale = np.exp(rng.uniform(*np.log(SIZES))) / GLYPH_LONGER_SIDE
        small: Ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        found = scanned_line(small, rng)
        if _can_be_read(found, small):
            return Line(line_image(without_rulings(found) if rng.random() < 0.5 else found), digits)


def _can_be_read(found: Ink, written: Ink) -> bool:
    """Whether what was found of a line is most of what was written, and not the paper's ground."""
    strokes = written > FAINTEST
    near = cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return bool(found[strokes].sum() >= 0.65 * strokes.sum() and found[~near].sum() <= 0.3 * found.sum())


def _number(store: Bank, rng: np.random.Generator) -> tuple[str, list[Ink]]:
    """A number, and its digits (56, 56) as one writer and pen make them."""
    text = "".join(str(d) for d in rng.integers(0, 10, int(rng.choice(len(LENGTHS), p=LENGTHS))))
    if rng.random() < ZEROS:
        zeros = int(rng.integers(1, len(text) + 1))
        text = text[:-zeros] + "0" * zeros
    writers = str(rng.choice(list(WRITERS), p=list(WRITERS.values())))
    radius = pen_radius(rng) if rng.random() < 0.85 else None
    first = 10 * int(rng.integers(min(PEN_HANDS, len(store.labels["european"]) // 10)))
    glyphs = []
    for digit in text:
        kind = {"hand": "european", "mixed": str(rng.choice(["handwriting", "european"]))}.get(writers, writers)
        fitting = np.flatnonzero(store.labels[kind] == int(digit))
        at = first + int(digit) if writers == "hand" else int(rng.choice(fitting))
        seen = drawn(store.images[kind][at], store.lines[kind][at], rng, radius)
        glyphs.append(seen if (seen > FAINTEST).any() else store.images[kind][at].astype(np.float32) / 255)
    return text, glyphs


def _written(glyphs: list[Ink], rng: np.random.Generator) -> Ink:
    """Digits in a row with what amounts have between, before and behind them, (rows, columns)."""
    usual, spread = (rng.uniform(-3, 14), rng.uniform(1, 5)) if rng.random() < 0.6 else (0.5, 4)
    gaps, points = rng.normal(usual, spread, len(glyphs)), np.zeros(len(glyphs), bool)
    if rng.random() < 0.35:  # before every third digit from the end, and where chance wants it
        points[1:] = (np.arange(len(glyphs), 0, -1)[1:] % 3 == 0) | (rng.random(len(glyphs) - 1) < 0.1)
        gaps[points] += rng.integers(3, 13, points.sum())
    layers = np.pad(string_layers(glyphs, rng, gaps), ((0, 0), (0, 10), (BEFORE, BEHIND)))
    inked: NDArray[np.bool_] = np.any(layers > FAINTEST, axis=1)
    starts, ends = inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)
    ink = layers.max(axis=0)
    base = float(np.flatnonzero((ink > FAINTEST).any(axis=1))[-1])
    for place in np.flatnonzero(points):
        _dot(ink, (ends[place - 1] + starts[place]) / 2 + rng.uniform(-2, 2), base - rng.uniform(-2, 5), rng)
    end = float(ends.max())
    if rng.random() < 0.3:
        end += rng.uniform(4, 12)
        if rng.random() < 0.5:
            _dot(ink, end, base - rng.uniform(-2, 5), rng)
            end += 8
        if rng.random() < 0.75:
            _dash(ink, end, base - rng.uniform(8, 24), rng)
    if rng.random() < 0.06:  # a letter in front, as of a currency
        sign = pen.draw_letter(str(rng.choice(SIGNS)), pen.writer(int(rng.integers(999))), 34, rng)
        left = max(0, int(starts.min()) - 4 - sign.shape[1])
        part = ink[8 : 8 + sign.shape[0], left : left + sign.shape[1]]
        np.maximum(part, sign[: part.shape[0], : part.shape[1]], out=part)
    used = np.flatnonzero((ink > FAINTEST).any(axis=0))
    written: Ink = ink[:, used[0] : used[-1] + 1]
    return written


def _dot(ink: Ink, x: float, y: float, rng: np.random.Generator) -> None:
    """A point or a comma, in place."""
    radius = rng.uniform(1.2, 3.2)
    if rng.random() < 0.6:
        cv2.circle(ink, (round(x), round(y)), max(1, round(radius)), 1.0, -1, cv2.LINE_AA)
    else:
        end = (round(x - rng.uniform(1, 5)), round(y + rng.uniform(4, 10)))
        cv2.line(ink, (round(x), round(y)), end, 1.0, max(1, round(radius * 1.3)), cv2.LINE_AA)


def _dash(ink: Ink, x: float, y: float, rng: np.random.Generator) -> None:
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


def _no_digits(rng: np.random.Generator) -> Ink:
    """A word, or shapes that are no digits, in a row; (rows, columns), about 40 rows high."""
    if rng.random() < 0.6:
        word = str(rng.choice(WORDS)) if rng.random() < 0.5 else "".join(rng.choice(list("aehkmnruvwxy"), 6))
        return pen.draw_word(word, pen.writer(int(rng.integers(5000))), 40, rng)
    return np.hstack([shape(rng) for _ in range(int(rng.integers(1, 4)))])


def _with_rulings(ink: Ink, rng: np.random.Generator) -> Ink:
    """At times a line beneath or above the writing, or an upright one beside it, as far as fields have them."""
    ruled = np.ascontiguousarray(ink)
    rows, columns = ruled.shape
    dark, thick = float(rng.uniform(0.4, 1)), max(1, round(rng.uniform(0.8, 3)))
    if rng.random() < 0.25:
        y, tilt = rows - MARGIN + rng.uniform(-10, 8), rng.uniform(-2, 2)
        y = y if rng.random() < 0.75 else rng.uniform(1, MARGIN)
        left, right = sorted(rng.uniform(0, columns, 2)) if rng.random() < 0.3 else (0, columns)
        cv2.line(ruled, (round(left), round(y)), (round(right), round(y + tilt)), dark, thick, cv2.LINE_AA)
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
