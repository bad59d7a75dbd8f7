"""Places for a digit each above short lines of one length, side by side: _ _ _ _."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells, overlaps
from reader.forms.free_lines import rectangle
from reader.forms.outlines import outlines

FAINTEST = 25
"""Gray levels by which a line is darker than what is above and below it."""
LENGTHS = (18, 60)
"""Pixels of a line for a digit, at the least and at the most."""
THICKEST = 9
"""Rows that it is dark in, on average."""
BELOW, FREE = 4, 0.35
"""Rows below it that are paper, but for this share: letters have feet like lines, and no paper all along."""
EDGE, WALL = 3, 6
"""Columns at its ends below which there is no print: else it is the top of a box; pixels around a cell that are its."""
COUNTS, EVIDENT = (2, 24), 3
"""Lines side by side, more are a dashed rule; so many tell that they, and shorter rows alike, are for digits."""
SAME, LEVEL = 0.2, 0.25
"""By how much of their length lines of one row differ in length, and one is higher than the next."""
GAPS = (0.1, 1.0)
"""What is between two lines of a row, in parts of their length."""
NEAR, DRAWN = 2, 0.8
"""Rows that a line is off its row at the most, and share of it that is dark, where it is one more of a row."""
BEYOND = (1.25, 2.0)
"""How far from the last line of a row one more may be that a digit stands on, in steps."""
HEIGHT = 1.25
"""Height of the place above a line, in steps from one to the next."""
PARTED = 0.4
"""Share of the steps of a row that may be longer: printed points and slashes part dates, in twos."""

LOOP = 0.8
"""Width of the inside of a zero at the most, and how far above its line it may end, in parts of the line's length."""

Quad = NDArray[np.float64]
NO_CELLS = np.zeros((0, 4, 2))


def find_dashes(cells: Cells, taken: NDArray[np.float64], alone: NDArray[np.float64] = NO_CELLS) -> list[list[Quad]]:
    """Rows of places for a digit each above short lines, from left to right, in pixels of the page.

    The places are as high as digits are written at such distances, for no ruling says it.

    Args:
        cells: of the upright page.
        taken: (n, 4, 2) corners of the cells found before; lines in them, or along them, are no such lines.
        alone: (m, 4, 2) those of cells without neighbours: boxes, or the insides of zeros that stand on such lines.
    """
    dark = (cells.across > FAINTEST).view(np.uint8)
    lines = _short_lines(dark, cells.gray)
    taken = np.concatenate([taken, alone[~_are_loops(lines, (alone + 0.5) * cells.scale - 0.5)]])
    rows = _rows(lines[~_are_walls(lines, (taken + 0.5) * cells.scale - 0.5)])
    evident = [row for row in rows if len(row) >= EVIDENT]
    alike = [row for row in rows if any(_are_alike(row, other) for other in evident)]
    found: list[list[Quad]] = []
    for row in sorted(alike, key=len, reverse=True):
        places = (np.array(_places(_with_written_on(row, dark))) + 0.5) / cells.scale - 0.5
        others = np.array([*taken, *(quad for other in found for quad in other)]).reshape(-1, 4, 2)
        if not (overlaps(places, others) > 0).any():
            found.append(list(places))
    return found


def _short_lines(dark: NDArray[np.uint8], gray: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Left, right and row (n, 3) of level lines as long as a digit is wide, paper below them, from left to right."""
    level = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, LENGTHS[0]), np.uint8)), np.uint8)
    _, boxes = outlines(level)
    ink = (gray < 255 - FAINTEST).view(np.uint8)
    lines = []
    for left, top, across, down in boxes[(boxes[:, 2] >= LENGTHS[0]) & (boxes[:, 2] <= LENGTHS[1])].tolist():
        if cv2.countNonZero(level[top : top + down, left : left + across]) > THICKEST * across:
            continue
        if top + down + BELOW > ink.shape[0]:
            continue
        below = ink[top + down : top + down + BELOW, left : left + across].max(axis=0)
        is_top = below[:EDGE].any() and below[-EDGE:].any()
        if below.mean() <= FREE and not is_top:
            lines.append((left, left + across, top + down // 2))
    return np.array(sorted(lines), np.int64).reshape(-1, 3)


def _are_walls(lines: NDArray[np.int64], taken: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which lines (n, 3) run along cells (m, 4, 2), or within them."""
    (left, right, row), low, high = lines.T[..., None], taken.min(axis=1).T, taken.max(axis=1).T
    beside = (left < high[0] + WALL) & (right > low[0] - WALL) & (row < high[1] + WALL) & (row > low[1] - WALL)
    along: NDArray[np.bool_] = beside.any(axis=1)
    return along


def _are_loops(lines: NDArray[np.int64], alone: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which cells (m, 4, 2) are smaller than what a line (n, 3) below them has room for."""
    low, high = alone.min(axis=1)[:, None], alone.max(axis=1)[:, None]
    left, right, row = lines.T
    inside = (low[..., 0] > left - WALL) & (high[..., 0] < right + WALL)
    small = high[..., 0] - low[..., 0] < LOOP * (right - left)
    near = np.abs(row - high[..., 1]) < LOOP * (right - left)
    return np.asarray((inside & small & near).any(axis=1), np.bool_)


def _rows(lines: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Lines (n, 3) that are alike and side by side, row by row."""
    open_rows: list[list[list[int]]] = []
    for line in lines.tolist():
        row = next((row for row in open_rows if _follows(row[-1], line)), None)
        if row is None:
            open_rows.append([line])
        else:
            row.append(line)
    return [np.array(row) for row in open_rows if COUNTS[0] <= len(row) <= COUNTS[1] and _is_even(np.array(row))]


def _follows(one: list[int], other: list[int]) -> bool:
    """Whether a line (left, right, row) is the next one beside another."""
    length, gap = one[1] - one[0], other[0] - one[1]
    alike = abs(other[1] - other[0] - length) <= SAME * length and abs(other[2] - one[2]) <= LEVEL * length
    return alike and GAPS[0] * length <= gap <= GAPS[1] * length


def _is_even(row: NDArray[np.int64]) -> bool:
    """Whether most lines (n, 3) of a row are at one distance, and the others farther apart."""
    steps = np.diff(row[:, :2].mean(axis=1))
    usual = float(np.median(steps))
    slack = 0.5 * SAME * usual
    return bool((steps >= usual - slack).all() and (steps > usual + slack).mean() <= PARTED + 1e-9)


def _are_alike(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
    """Whether the lines (n, 3) of two rows are of one length and at one distance."""
    (length, step), (usual, usual_step) = _make(one), _make(other)
    return abs(length - usual) <= 0.5 * SAME * usual and abs(step - usual_step) <= 0.5 * SAME * usual_step


def _make(row: NDArray[np.int64]) -> tuple[float, float]:
    """How long the lines (n, 3) of a row are, and how far it is from one to the next."""
    return float(np.median(row[:, 1] - row[:, 0])), float(np.median(np.diff(row[:, 0])))


def _with_written_on(row: NDArray[np.int64], dark: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The lines (n, 3) of a row and those before, between and after them that strokes run into."""
    length, step = _make(row)
    rise = float((row[-1, 2] - row[0, 2]) / (row[-1, 0] - row[0, 0]))

    def moved(line: list[int], by: float) -> list[int]:
        return [round(line[0] + by), round(line[0] + by + length), round(line[2] + rise * by)]

    found = row.tolist()
    for line in row.tolist():
        for way in (-step, step):
            following = moved(line, way)
            while not any(abs(other[0] - following[0]) < step / 2 for other in found) and _is_line(dark, following):
                found.append(following)
                following = moved(following, way)
    for end, way in ((min(found), -1), (max(found), 1)):  # a point or a slash away
        apart = (moved(end, way * by) for by in np.arange(BEYOND[0] * step, BEYOND[1] * step))
        found += [line for line in apart if _is_line(dark, line)][:1]
    return np.array(sorted(found), np.int64)


def _is_line(dark: NDArray[np.uint8], line: list[int]) -> bool:
    """Whether there is a line (left, right, row) of just that length."""
    left, right, row = line
    edge = round(GAPS[0] * (right - left))
    if min(left - edge, row - NEAR) < 0 or right + edge > dark.shape[1] or row + NEAR >= dark.shape[0]:
        return False
    seen = dark[row - NEAR : row + NEAR + 1].max(axis=0)
    beside = max(float(seen[left - edge : left].mean()), float(seen[right : right + edge].mean())) if edge else 0.0
    return float(seen[left:right].mean()) >= DRAWN and beside < 1


def _places(row: NDArray[np.int64]) -> list[Quad]:
    """The corners (4, 2) of the places above the lines (n, 3) of a row, from the top left clockwise."""
    middles = row[:, :2].mean(axis=1)
    step = float(np.median(np.diff(middles)))
    ends = zip(middles.tolist(), row[:, 2].tolist(), strict=True)
    return [rectangle(middle - step / 2, foot - HEIGHT * step, middle + step / 2, foot) for middle, foot in ends]
