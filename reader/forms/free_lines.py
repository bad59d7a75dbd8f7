"""Lines of writing outside of all boxes that may be digits."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import sized_for_search
from reader.forms.columns import by_columns, in_columns
from reader.forms.outlines import Outline, outlines
from reader.forms.words import MOST_GLYPHS, Boxes, apart, is_within

DARK, FAINT = 102, 30
"""Ink, of 255, from which on a pixel belongs to a stroke, and to a line to write on: dots are small, and often gray."""
FRAME, THICK = 0.08, 3
"""How far around a cell its frame is, in parts of its shorter side and in pixels besides."""
LOWEST_LINE = 0.008
"""Height of a digit on a free line at the least, in parts of the page's longer side: 2.4 mm on A4."""
LOWEST_BESIDE_CELLS = 0.3
"""And in parts of the usual height of the cells, where there are cells."""
HIGHEST_LINE = 0.12
"""Height of a free line at the most, in parts of the page's longer side."""
FEWEST_GLYPHS, SEVERAL = 2, 1.1
"""A line of fewer pieces, less than so many of its heights across, is a single digit, or a mark or a speck unless it is
underlined, or numbers stand above or below it."""
FEWEST_ROUND, ROUND, ALIKE = 3, 0.15, 0.08
"""So many pieces in a row as wide as high, give or take this share, and of one size, give or take this, are bubbles."""
NEIGHBOURS, NEAR, LEVEL = 3, 8.0, 0.2
"""And one with so many others of its size, no farther than so many sizes above, below or beside it, and level with it
within this share of its size."""
BELOW = (-0.15, 0.7)
"""Where an underline is looked for, from the foot of the writing on, in heights of it."""
FRAME_SIZE, FRAME_INK = 3.0, 0.06
"""Width and height of a piece that is a frame at the least, in heights of the lowest digit, and its share of ink at the
most."""
RULING = 5
"""Width of a piece that is more than digits which touch each other, in its heights."""
UNDERLINED, UNDERLINED_ASIDE = 0.85, 0.6
"""Share of the width of the writing and of a quarter of its height on either side of it that is underlined, and of the
sides alone: the feet of letters end where the word ends."""

Quad = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of writing.

    Attributes:
        quad: its rectangle (4, 2) on the page.
        underlined: whether it stands on a ruled or dotted line.
        single: whether it is of one piece, no wider than a digit.
    """

    quad: Quad
    underlined: bool
    single: bool = False

    def __post_init__(self) -> None:
        if self.quad.shape != (4, 2):
            raise ValueError(f"a line has four corners, not {self.quad.shape}")


def find_lines(ink: NDArray[np.uint8], taken: list[Quad]) -> list[Line]:
    """Runs of pieces of ink outside of the cells that may be digits written free, in no order.

    Args:
        ink: (rows, columns) uint8, ink of the upright page, 0 is paper and 255 is full ink.
        taken: (4, 2) corners (x, y) of the cells.
    """
    small, scale = sized_for_search(ink)
    inked = small.copy()
    for quad in taken:
        middle, size = quad.mean(axis=0), np.ptp(quad, axis=0)
        beyond = FRAME * size.min() + THICK / scale  # on each side
        grown = middle + (1 + 2 * beyond / size) * (quad - middle)
        cv2.fillConvexPoly(inked, ((grown + 0.5) * scale - 0.5).round().astype(np.int32), 0)
    heights = [np.ptp(quad[:, 1]) * scale for quad in taken]
    free, ruled = ((inked > level).astype(np.uint8) for level in (DARK, FAINT))
    lowest = max(LOWEST_LINE * max(free.shape), LOWEST_BESIDE_CELLS * float(np.median(heights)) if taken else 0.0)
    around, pieces = outlines(free)
    pieces = pieces[[not _is_frame(free, *piece, lowest) for piece in zip(around, pieces, strict=True)]]
    pieces = np.column_stack([pieces[:, :4], _in_grids_of_bubbles(pieces, lowest)])
    chains = by_columns(_chains(pieces, lowest, HIGHEST_LINE * max(free.shape)))
    found = [
        (line, len(words) < len(chain))
        for chain in chains
        for words in apart(chain)
        if (line := _line(words, ruled, lowest)) and (line.underlined or not is_within(words, chain))
    ]
    alone = np.array([line.single and not line.underlined for line, _ in found], bool)
    stand = in_columns(np.array([line.quad for line, _ in found]).reshape(-1, 4, 2), alone)
    # The number of a question stands in a column, too, but has words beside it.
    kept = [
        line
        for (line, has_words), single, fits in zip(found, alone, stand, strict=True)
        if not single or (fits and not has_words)
    ]
    return [replace(line, quad=(line.quad + 0.5) / scale - 0.5) for line in kept]


def _line(members: Boxes, ruled: NDArray[np.uint8], lowest: float) -> Line | None:
    """Pieces (n, 5) side by side as a line, if they may be digits; `ruled` shows the lines to write on."""
    left, top, width, height = members[:, :4].T
    right, bottom = (left + width).max(), (top + height).max()
    # What the edge of the picture cuts off cannot be read.
    whole = left.min() > 1 and top.min() > 1 and right < ruled.shape[1] - 1 and bottom < ruled.shape[0] - 1
    tall = (height >= lowest) & (height > 0.5 * height.max())
    if not whole or not tall.any() or len(members) > MOST_GLYPHS or height.max() < 0.6 * (bottom - top.min()):
        return None
    if _are_bubbles(members[tall]) or members[tall, 4].mean() >= 0.5:
        return None
    own = width <= RULING * height  # a line to write on hangs together with digits that touch it
    free = own if own.any() else ~own
    start, end = left[free].min(), (left + width)[free].max()
    underlined = _is_underlined(ruled, np.array([start, top.min(), end, bottom]))
    is_single = bool(tall.sum() < FEWEST_GLYPHS and end - start < SEVERAL * (bottom - top.min()))
    pad = 0.15 * (bottom - top.min())
    return Line(rectangle(left.min() - pad, top.min() - pad, right + pad, bottom + pad), underlined, is_single)


def _is_frame(free: NDArray[np.uint8], outline: Outline, box: NDArray[np.int32], lowest: float) -> bool:
    """Whether a piece of the mask `free` is rulings, with much paper between: writing amid them is no part of it."""
    left, top, width, height = box.tolist()
    if height < FRAME_SIZE * lowest or width < FRAME_SIZE * lowest:
        return False
    _, labels = cv2.connectedComponents(free[top : top + height, left : left + width], connectivity=8)
    column, row = outline[0, 0] - (left, top)
    return bool((labels == labels[row, column]).mean() < FRAME_INK)


def _are_bubbles(members: Boxes) -> bool:
    """Whether pieces (n, 4) are circles to be filled in: all of one size, and as wide as high."""
    sizes = members[:, 2:4].astype(np.float64)
    if len(sizes) < FEWEST_ROUND:
        return False
    usual = np.median(sizes, axis=0)
    return bool(abs(usual[0] / usual[1] - 1) <= ROUND and _alike(sizes, usual).mean() > 0.8)


def _alike(sizes: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether sizes (..., 2) are another size (..., 2), or a pixel and a half off it."""
    near: NDArray[np.bool_] = np.all(
        np.abs(sizes / usual - 1) <= np.maximum(ALIKE, 1.5 / usual), axis=-1, keepdims=True
    )
    return near[..., 0]


def _in_grids_of_bubbles(pieces: Boxes, lowest: float) -> NDArray[np.bool_]:
    """(n,) which pieces (n, 4) are circles with others of their size around them: no hand writes zeros so."""
    sizes = pieces[:, 2:4].astype(np.float64)
    middles = pieces[:, :2] + sizes / 2
    found = np.zeros(len(pieces), bool)
    round_ones = np.flatnonzero(
        (sizes.min(axis=1, initial=1e9) >= 0.5 * lowest) & (np.abs(sizes[:, 0] / sizes[:, 1] - 1) <= ROUND)
    )
    for index in round_ones:
        away = np.abs(middles[round_ones] - middles[index]) / sizes[index].max()
        beside = (away.min(axis=1) <= LEVEL) & (away.max(axis=1) <= NEAR) & _alike(sizes[round_ones], sizes[index])
        found[index] = beside.sum() > NEIGHBOURS  # itself among them
    return found


def _is_underlined(ruled: NDArray[np.uint8], box: NDArray[np.int32]) -> bool:
    """Whether a ruled or dotted line runs below a rectangle (left, top, right, bottom)."""
    left, top, right, bottom = box.tolist()
    height = bottom - top
    rows = slice(max(0, round(bottom + BELOW[0] * height)), round(bottom + BELOW[1] * height) + 1)
    beside = max(2, height // 4)
    band = ruled[rows, max(0, left - beside) : right + beside]
    if band.size == 0:
        return False
    reach = max(5, height // 3)
    padded = cv2.copyMakeBorder(band, 2, 2, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((2, reach), np.uint8))[2:-2, reach:-reach]
    aside = np.concatenate([closed[:, :beside], closed[:, -beside:]], axis=1).mean(axis=1)
    return bool(((closed.mean(axis=1) >= UNDERLINED) & (aside >= UNDERLINED_ASIDE)).any())


def _chains(boxes: Boxes, lowest: float, highest: float) -> list[Boxes]:
    """Pieces (n, 5: left, top, width, height, in a grid of bubbles or not) that follow each other on a line, as groups.

    Pieces half as high as the lowest digit belong to a line, too: where there are many, it is text.
    """
    size = boxes[:, 2:4].max(axis=1)
    fits = (size >= 0.5 * lowest) & (boxes[:, 3] <= highest) & (boxes[:, 2] <= 3 * highest)
    pieces = boxes[fits]
    order = np.argsort(pieces[:, 0], kind="stable")
    groups: list[list[int]] = []
    # Of each group its right end, the top, bottom and height of its last tall piece, and the height of the tallest.
    ends = np.zeros((0, 5))
    for index in order:
        left, top, width, height = pieces[index, :4]
        overlap = np.minimum(ends[:, 2], top + height) - np.maximum(ends[:, 1], top)
        near = (overlap > 0.4 * np.minimum(ends[:, 3], height)) & (
            left - ends[:, 0] < 1.2 * np.maximum(ends[:, 4], height)
        )
        now = np.array([left + width, top, top + height, height, height])
        if near.any():
            group = int(np.flatnonzero(near)[0])
            groups[group].append(int(index))
            before = ends[group].copy()
            ends[group] = now if height > 0.6 * before[3] else before
            ends[group, [0, 4]] = np.maximum(before, now)[[0, 4]]
        else:
            groups.append([int(index)])
            ends = np.vstack([ends, now])
    return [pieces[group] for group in groups]


def rectangle(left: float, top: float, right: float, bottom: float) -> Quad:
    """The corners (4, 2) of an upright rectangle, from the top left clockwise."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
