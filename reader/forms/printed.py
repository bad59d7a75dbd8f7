"""Which cells have print in them, and so are no fields: labels, frames around text, bubbles, corner marks."""

import cv2
import numpy as np
from numpy.typing import NDArray

INNER = 0.72
"""Part of a cell, around its middle, in which print counts: its frame does not."""
BESIDE_FRAME = 0.04
"""And pieces of print count in what is left of a cell without this share of its shorter side, on each side of it."""
LEAST, TALL = 0.12, 2
"""Height of a piece of print at the least, in parts of its cell's: specks are smaller; a cell counts as so many times
as high as wide at the most."""
FULL = 0.15
"""Share of the inner part that is ink where print runs on beyond the cell: a black bar."""
WRITTEN = 0.008
"""Share of the inner part that is ink where there is anything."""
LINED_UP = 0.05
"""How far from each other heads and feet of headings may be, and their left ends or middles, in heights of a cell."""
CENTRED = 2.5
"""So many times as far may their middles be: letters are not as wide as each other, nor walls where they seem."""
SURVIVES = 0.7
"""Share of the ink of the first of several sheets that is on the others, too, where it is print."""
LETTERS = 5
"""Pieces of ink of like height in a row that are a word, where writing may be in the cells, too."""
LOW = 0.4
"""They are lower than this share of their cell: few digits are written so small."""
STEP = 4
"""Gray levels between a tint and paper at the least."""
WALL = 0.7
"""Share of each side of a cell that is ruled."""
RULED = 0.3
"""Ink of a ruling at the least: thin ones are gray."""
BESIDE = 1 / 900
"""How far from where it should be a ruling may lie, in parts of the sheet's longer side."""
SIDE = 24
"""Pixels of the side in which what is in cells is compared."""
ALIKE = 0.55
"""Correlation of a cell with what most cells beside it show from which on it is the same print."""
SAME, MOST = 0.8, 0.6
"""And the correlation that this share of them must reach: digits of one hand are somewhat alike, too."""
FEWEST_HEADINGS = 3
FEWEST = 4
"""Cells, at the least, that can have something in common."""
THICK = 0.16
"""A frame as thick as this share of the box is a mark for finding corners."""

Quad = NDArray[np.float64]
Ink = NDArray[np.float32]


def inside(ink: Ink, quad: Quad, share: float = INNER) -> Ink:
    """The ink in the middle part of a cell: (rows, columns) float32 of the upright rectangle around it."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2 * share
    left, top = np.maximum(np.round(middle - half), 0).astype(int)
    right, bottom = np.round(middle + half).astype(int)
    return ink[top : max(bottom, top + 1), left : max(right, left + 1)]


def has_ink(ink: Ink, quad: Quad) -> bool:
    """Whether there is anything in the inner part of a cell."""
    return bool((inside(ink, quad) > 0.5).mean() > WRITTEN)


def has_print(ink: Ink, quad: Quad, first: Ink | None = None) -> bool:
    """Whether there is print in a cell: ink that does not run on beyond it, as frames and watermarks do.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        quad: (4, 2), (x, y) of the cell's corners.
        first: where `ink` is what several sheets share, that of the first of them: little is left of writing.
    """
    part = inside(ink, quad) > 0.5
    stats = _pieces(ink, quad)
    there = stats[:, cv2.CC_STAT_AREA].sum()
    if not len(stats) and part.size and part.mean() > FULL:
        there = part.sum()
    before = np.zeros(1) if first is None else inside(first, quad) > 0.5
    return bool(there > SURVIVES * before.sum())


def _pieces(ink: Ink, quad: Quad) -> NDArray[np.int32]:
    """What stands free in a cell: (n, 5) left, top, width, height and area of its pieces, as OpenCV has them."""
    size = np.ptp(quad, axis=0)
    margin = max(2.0, BESIDE_FRAME * float(size.min()))
    low, high = quad.min(axis=0) + margin, quad.max(axis=0) - margin
    left, top = np.maximum(np.round(low), 0).astype(int)
    right, bottom = np.maximum(np.round(high), 0).astype(int)
    part = (ink[top:bottom, left:right] > 0.5).astype(np.uint8)
    if not part.size:
        return np.zeros((0, 5), np.int32)
    _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    left, top, width, height, _ = stats[1:].T
    free = (left > 0) & (top > 0) & (left + width < part.shape[1]) & (top + height < part.shape[0])
    return np.asarray(stats[1:][free & (height > LEAST * min(size[1], TALL * size[0]))], np.int32)


def has_words(ink: Ink, quad: Quad) -> bool:
    """Whether there are letters in a cell, of like height in a row, rather than a few digits."""
    part = (inside(ink, quad, 0.92) > 0.5).astype(np.uint8)
    if not part.size:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    height = float(np.ptp(quad[:, 1]))
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    letters = heights[(heights > 0.1 * height) & (heights < LOW * height)]
    if len(letters) < max(LETTERS, (heights >= LOW * height).sum()):
        return False
    usual = np.median(letters)
    return bool((np.abs(letters - usual) < 0.35 * usual).mean() > 0.6)


def are_headings(ink: Ink, quads: list[Quad]) -> bool:
    """Whether what is in the cells of a row or a column of a table stands in line as only print does.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        quads: the cells; in those without print there is nothing.
    """
    places = []
    for quad in quads:
        stats = _pieces(ink, quad)
        if len(stats):
            left, top, width, height, _ = stats.T
            tall = height > 0.5 * height.max()
            ends = float(left.min()), float((left + width).max())
            wide, high = np.ptp(quad, axis=0)
            feet = float(np.median((top + height)[tall]))
            places.append([ends[0], (sum(ends) - wide) / 2, float(top.min()), feet, high])
    if len(places) < max(FEWEST_HEADINGS, MOST * len(quads)):
        return False
    slack = max(2.0, LINED_UP * float(np.median([place[-1] for place in places])))
    start, middle, head, foot, _ = np.ptp(places, axis=0) <= slack * np.array([1, CENTRED, 1, 1, 1])
    return bool(head and foot and (start or middle))


def same_print(ink: Ink, quads: list[Quad]) -> NDArray[np.bool_]:
    """(n,) whether each of cells has the print in it that most of them have: bubbles, hints.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        quads: the cells of a row or a table.
    """
    none = np.zeros(len(quads), np.bool_)
    if len(quads) < FEWEST:
        return none
    looks = np.array([cv2.resize(inside(ink, quad), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for quad in quads])
    common = cv2.GaussianBlur(np.median(looks, axis=0).astype(np.float32), (0, 0), 1.0)
    if (common > 0.2).mean() < WRITTEN:
        return none
    flat = np.array([cv2.GaussianBlur(look, (0, 0), 1.0).ravel() for look in looks], np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    model = common.ravel().astype(np.float64) - common.mean()
    score = flat @ model / np.maximum(np.linalg.norm(flat, axis=1) * np.linalg.norm(model), 1e-9)
    return np.asarray(score > ALIKE, np.bool_) if (score > SAME).mean() >= MOST else none


def is_walled(ink: Ink, quads: Quad) -> bool:
    """Whether there is a ruling along each side of a cell; of boxes (n, 4, 2) in a row, below most of them."""
    if len(quads) == 1:
        return all(is_ruled(ink, quads[0][n], quads[0][(n + 1) % 4]) for n in range(4))
    return float(np.mean([is_ruled(ink, quad[3], quad[2]) for quad in quads])) > 0.5


def is_toned(gray: NDArray[np.uint8], quads: Quad) -> bool:
    """Whether most boxes (n, 4, 2) are lighter, or darker, than what is around them, on each side."""
    return float(np.mean([_is_step_all_around(gray, quad) for quad in quads])) > 0.5


def _is_step_all_around(gray: NDArray[np.uint8], quad: Quad) -> bool:
    """Whether the tone changes by a step, the same way, at each side of a box (4, 2)."""
    reach = max(3.0, 1.5 * BESIDE * max(gray.shape))
    middle, size = quad.mean(axis=0), np.ptp(quad, axis=0)
    along = np.linspace(0.15, 0.85, 15)[:, None]
    tones = []
    for way in (-1, 1):  # within, around
        corners = middle + (quad - middle) * (1 + 2 * way * reach / size)
        points = np.concatenate([corners[n] + along * (corners[(n + 1) % 4] - corners[n]) for n in range(4)])
        x, y = np.clip(points.round(), 0, np.array(gray.shape[::-1]) - 1).astype(int).T
        tones.append(gray[y, x].reshape(4, -1).astype(float))
    steps = tones[1] - tones[0]
    return any(bool(((way * steps >= STEP).mean(axis=1) >= WALL).all()) for way in (-1, 1))


def is_ruled(ink: Ink, start: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
    """Whether there is ink along most of the way from one point (x, y) to another."""
    reach = max(2, round(BESIDE * max(ink.shape)))
    points = start + np.linspace(0.1, 0.9, 40)[:, None] * (end - start)
    across = np.array([end[1] - start[1], start[0] - end[0]]) / max(float(np.hypot(*(end - start))), 1e-9)
    places = points[:, None] + np.arange(-reach, reach + 1)[:, None] * across
    x = np.clip(np.round(places[..., 0]), 0, ink.shape[1] - 1).astype(int)
    y = np.clip(np.round(places[..., 1]), 0, ink.shape[0] - 1).astype(int)
    return bool((ink[y, x].max(axis=1) > RULED).mean() >= WALL)


def is_mark(ink: Ink, quad: Quad) -> bool:
    """Whether a box alone is the hole in a black ring or square, printed to find the sheet's corners."""
    size = float(min(np.ptp(quad[:, 0]), np.ptp(quad[:, 1])))
    middle = quad.mean(axis=0)
    rows, columns = ink.shape
    around = []
    for turn in (0.0, 0.5, 1.0, 1.5):
        away = np.array([np.cos(turn * np.pi), np.sin(turn * np.pi)])
        x, y = np.round(middle + away * size * (0.5 + THICK / 2)).astype(int)
        beyond_x, beyond_y = np.round(middle + away * size * (0.5 + THICK)).astype(int)
        there = [(x, y), (beyond_x, beyond_y)]
        around += [ink[r, c] for c, r in there if 0 <= r < rows and 0 <= c < columns]
    return bool(len(around) and float(np.mean(np.array(around) > 0.5)) > 0.8)
