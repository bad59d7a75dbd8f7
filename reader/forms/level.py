"""Level rulings on an upright page, and which of them may be the top and the bottom of a row of boxes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import SMALLEST, WINDOWS, filled
from reader.forms.outlines import area_of, outlines

WINDOW, SHORT_WINDOW = sorted(WINDOWS)[-1], sorted(WINDOWS)[-2]
"""Pixels, of the size that cells are looked for in, that rulings are long at the least: those above and below a whole
row of boxes, and those of a single one."""
LEVEL = 0.1
"""Height of a ruling at the most, in parts of its length: more is no straight line."""
UNEVEN = 0.35
"""How far apart the ends of the rulings above and below a row may be, in parts of its height."""
SAME = 2
"""Pixels by which the ends of a ruling differ at the most where it is found twice."""
NEAREST = 2
"""Rulings below one, with the same ends, that are tried with it."""
INNER, PARTED = 0.25, 0.8
"""Two rulings are no top and bottom of a row where others in the middle, so far from both in parts of the height, are
together this share as long: they part two rows."""
PITCH_LEAST = 0.35
"""Width of a row in its height at the least."""
WIDEST_GAP = 0.7
"""Between two boxes is at most this many box widths of paper."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A long, nearly level ruling: `y` (n,) float64, its middle at `x` (n,) float64, from its left to its right end."""

    x: Vector
    y: Vector

    def __post_init__(self) -> None:
        if self.x.shape != self.y.shape or len(self.x) < 2 or (np.diff(self.x) <= 0).any():
            raise ValueError("a ruling goes from left to right")


def find_rulings(across: NDArray[np.uint8]) -> list[Ruling]:
    """The rulings that run across a page: long ones, and those in a row, as boxes apart have, as one."""
    long = _segments(across, WINDOW)
    found, known = list(long), np.array([_ends(ruling) for ruling in long]).reshape(-1, 4)
    for row in _in_rows(long) + _in_rows(_segments(across, SHORT_WINDOW)):
        ends = _ends(row)
        if not (np.abs(known - ends).max(axis=1) <= SAME).any():
            found.append(row)
            known = np.concatenate([known, ends[None]])
    return found


def _ends(ruling: Ruling) -> Vector:
    """Where a ruling begins and ends: (4,) float64."""
    return np.array([ruling.x[0], ruling.x[-1], ruling.y[0], ruling.y[-1]])


def _segments(across: NDArray[np.uint8], window: int) -> list[Ruling]:
    """The pieces of level rulings, at least `window` pixels long."""
    mask = filled(across, window, WINDOWS[window])
    rulings = []
    for outline, box in zip(*outlines(mask), strict=True):
        left, top, width, height = box.tolist()
        if width < 0.8 * window or height > LEVEL * width + SMALLEST:
            continue
        x, middles = _middles(area_of(outline, box), max(2, width // WINDOW + 1))
        first, last = ((middles[1] - middles[0]) / (x[1] - x[0]), (middles[-1] - middles[-2]) / (x[-1] - x[-2]))
        line = np.concatenate([middles[:1] - first * x[0], middles, middles[-1:] + last * x[0]])
        rulings.append(Ruling(np.concatenate([[0], x, [width - 1]]) + left, line + top))
    return rulings


def _middles(area: NDArray[np.bool_], count: int) -> tuple[Vector, Vector]:
    """The middle columns (count,) of parts of an area (rows, columns), about as wide, and its mean row in each."""
    width = area.shape[1]
    number = np.arange(count + 1)
    starts = number * (width // count) + np.minimum(number, width % count)
    inked, rows = area.sum(axis=0), np.arange(len(area), dtype=np.float64) @ area
    middles = np.add.reduceat(rows, starts[:-1]) / np.add.reduceat(inked, starts[:-1])
    return (starts[:-1] + starts[1:] - 1) / 2, middles


def _in_rows(segments: list[Ruling]) -> list[Ruling]:
    """Rulings that follow each other on a line, as one ruling."""
    rows: list[Ruling] = []
    ends = np.zeros((len(segments), 2))  # (x, y) of the right ends of the rows
    for piece in sorted(segments, key=lambda ruling: float(ruling.x[0])):
        gap, step = np.array([[piece.x[0]], [piece.y[0]]]) - ends[: len(rows)].T
        width = piece.x[-1] - piece.x[0]
        follows = np.flatnonzero((gap > 0) & (gap <= WIDEST_GAP * width) & (np.abs(step) <= 2 + 0.05 * gap))
        if len(follows):
            index = int(follows[np.abs(step[follows]).argmin()])
            rows[index] = Ruling(np.append(rows[index].x, piece.x), np.append(rows[index].y, piece.y))
        else:
            index = len(rows)
            rows.append(piece)
        ends[index] = piece.x[-1], piece.y[-1]
    return rows


def pairs_of(rulings: list[Ruling]) -> list[tuple[Ruling, Ruling]]:
    """Rulings that lie one below the other, with the same ends: each with the nearest few."""
    if not rulings:
        return []
    left, right = (np.array([ruling.x[end] for ruling in rulings]) for end in (0, -1))
    level = np.array([ruling.y.mean() for ruling in rulings])
    pairs = []
    for index, upper in enumerate(rulings):
        gap = level - level[index]
        off = np.maximum(np.abs(left - left[index]), np.abs(right - right[index]))
        width = np.minimum(right - left, right[index] - left[index])
        fits = np.flatnonzero((gap >= SMALLEST) & (gap <= width / PITCH_LEAST) & (off <= UNEVEN * gap + 4))
        for other in fits[gap[fits].argsort()][:NEAREST]:
            inner = (gap > INNER * gap[other]) & (gap < (1 - INNER) * gap[other]) & (right - left >= WINDOW)
            if _covered(upper, left[inner], right[inner]) < PARTED:
                pairs.append((upper, rulings[other]))
    return pairs


def _covered(ruling: Ruling, left: Vector, right: Vector) -> float:
    """Share of a ruling's length that rulings from `left` (n,) to `right` (n,) have together."""
    if not len(left):
        return 0.0
    columns = np.linspace(ruling.x[0], ruling.x[-1], 100)
    return float(((columns >= left[:, None]) & (columns <= right[:, None])).any(axis=0).mean())
