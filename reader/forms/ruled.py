"""Ruled lines to write on: straight level print with paper above it, beside the boxes of a sheet."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 1500
"""Pixels of the longer side in which lines are looked for."""
SHORTEST, LONGEST = 0.035, 0.6
"""Length of a line to write on, in parts of the sheet's width: a longer one parts sections."""
THICKEST, DOTS_HIGH = 5, 3
"""Rows of a line at the most, and of its dots."""
SOLID, EVEN = 0.85, 0.85
"""Share of a line without dots that is ink, and of its columns that are as thick as most, give or take a row."""
DOTS = 9
"""Columns between the dots of a dotted line at the most."""
LOWEST, HIGHEST = 0.014, 0.03
"""Height of what is written on a line, in parts of the longer side: 4 to 9 mm on A4."""
EMPTY = 0.015
"""Share of ink in the paper above."""
BELOW, FREE = (3, 7), 0.1
"""Rows below a line that are paper too, but for this share: what letters stand on, or hang from, is no line."""
DRAWN = 0.35
"""Share of a line that is ink: dots are."""
BEYOND = 0.12
"""Share of a line that nothing stands on at one of its ends: letters stand all along the line that their feet make."""
UPRIGHT = 0.6
"""Share of the paper above or below an end of a line that is ink where a box's wall begins there."""
DOTTED = 80
"""Percentile, along a line, of how dark it is: dots are dark in few places."""
PALEST = 0.2
"""Darkness of a line in parts of that of print at the least: a scanner leaves paler streaks."""
INKED = 0.1
"""Percentile of a sheet's gray levels that is print's."""
NEAR = 0.35
"""A line closer to a cell than this share of the line's height is the cell's wall."""


def ruled_lines(
    ink: NDArray[np.float32], taken: NDArray[np.float64], written: bool = False
) -> list[NDArray[np.float64]]:
    """Rectangles (4, 2) above ruled lines, as high as there is paper, in pixels of the sheet.

    Args:
        ink: (rows, columns) float32 of a sheet, 0 is paper and 1 is full ink.
        taken: (n, 4, 2) float64, cells, whose walls are no such lines.
        written: whether there may be writing on the lines, or what is left of it.
    """
    scale = min(1.0, SIDE / max(ink.shape))
    small = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else ink
    dark = (small > 0.3).astype(np.uint8)
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, DOTS), np.uint8))
    shortest = int(SHORTEST * small.shape[1])
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    walls = [(quad * scale).min(axis=0).tolist() + (quad * scale).max(axis=0).tolist() for quad in taken]
    lines = []
    for left, top, width, height, _ in stats[1:].tolist():
        if height > THICKEST or width > LONGEST * small.shape[1] or _is_wall((left, top, width), walls, small.shape):
            continue
        below = dark[top + height + BELOW[0] : top + height + BELOW[1], left : left + width]
        band = dark[top : top + height, left : left + width]
        drawn = band.max(axis=0)
        if _is_of_letters(band):
            continue
        if drawn.mean() < DRAWN or (below.size and below.mean() > FREE) or _is_dash(dark, (left, top, width)):
            continue
        if _is_box(dark, (left, top, width)) or (written and not _is_beyond_writing(dark, (left, top, width), drawn)):
            continue
        high = _paper_above(dark, (left, top, width), written)
        if high >= LOWEST * max(small.shape):
            lines.append((left, top - high, left + width, top + height))
    corners = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in sorted(lines, key=lambda box: box[1])]
    return [np.array(each, np.float64) / scale for each in corners]


def _is_of_letters(band: NDArray[np.uint8]) -> bool:
    """Whether a band (rows, columns), 1 is ink, is of small letters side by side: higher than dots, unlike a line."""
    thick = band.sum(axis=0)
    inked = thick[thick > 0]
    if band.shape[0] <= DOTS_HIGH or not len(inked):
        return False
    is_even = (np.abs(inked - np.median(inked)) <= 1).mean() >= EVEN
    return bool(len(inked) < SOLID * len(thick) or not is_even)


def are_printed(gray: NDArray[np.uint8], quads: list[NDArray[np.float64]]) -> list[bool]:
    """Whether the lines beneath places to write in are as dark as print, not as streaks that a scanner leaves.

    Args:
        gray: (rows, columns) uint8 of the sheet, 255 is paper.
        quads: (4, 2) each, upright rectangles above ruled lines, as `ruled_lines` gives them.
    """
    print_dark = np.percentile(gray, 50) - np.percentile(gray, INKED)
    above = max(1, round(LOWEST / 2 * max(gray.shape)))
    dark = []
    for quad in quads:
        (left, _), (right, foot) = quad[0].astype(int), quad[2].astype(int)
        strip = gray[max(0, foot - above) : foot + above, left : max(left + 1, right)]
        paper = np.percentile(strip, 90) if strip.size else 0.0
        dark.append(paper - np.percentile(strip.min(axis=0), 100 - DOTTED) if strip.size else 0.0)
    return [bool(each >= PALEST * print_dark) for each in dark]


def _is_wall(line: tuple[int, int, int], walls: list[list[float]], shape: tuple[int, ...]) -> bool:
    """Whether a line (left, top, width) is along a cell, or in one."""
    left, top, width = line
    near = NEAR * HIGHEST * max(shape)
    return any(
        y0 - near < top < y1 + near and min(x1, left + width) - max(x0, left) > 0.2 * min(width, x1 - x0)
        for x0, y0, x1, y1 in walls
    )


def _is_dash(dark: NDArray[np.uint8], line: tuple[int, int, int]) -> bool:
    """Whether a line stands between letters that reach below it on both sides."""
    left, top, width = line
    beside = int(HIGHEST * max(dark.shape))
    rows = slice(top + 2 * BELOW[0], top + 2 * BELOW[1])
    sides = (dark[rows, max(0, left - beside) : left], dark[rows, left + width : left + width + beside])
    return all(side.size and side.mean() > FREE for side in sides)


def _is_box(dark: NDArray[np.uint8], line: tuple[int, int, int]) -> bool:
    """Whether walls go up, or down, from both ends of a line."""
    left, top, width = line
    high = int(LOWEST * max(dark.shape))
    for rows in (slice(max(0, top - high), max(0, top - 1)), slice(top + BELOW[0], top + high)):
        ends = (dark[rows, max(0, end - 3) : end + 4] for end in (left, left + width - 1))
        if all(end.size and float(end.mean(axis=0).max()) >= UPRIGHT for end in ends):
            return True
    return False


def _is_beyond_writing(dark: NDArray[np.uint8], line: tuple[int, int, int], drawn: NDArray[np.uint8]) -> bool:
    """Whether a line goes on where nothing stands on it, at one of its ends; `drawn` (width,) is not 0 where it is."""
    left, top, width = line
    above = dark[max(0, top - int(LOWEST * max(dark.shape))) : max(0, top - 2), left : left + width]
    used = np.flatnonzero(above.any(axis=0))
    if not len(used):
        return True
    ends = drawn[: used[0]], drawn[used[-1] + 1 :]
    longer = max(ends, key=len)
    return bool(len(longer) >= BEYOND * width and longer.mean() >= DRAWN)


def _paper_above(dark: NDArray[np.uint8], line: tuple[int, int, int], written: bool) -> int:
    """Rows of paper above a line, HIGHEST at the most; with one line of writing on it where there may be one."""
    left, top, width = line
    highest = min(top - 2, int(HIGHEST * max(dark.shape)))
    if highest < 1:
        return 0
    above = dark[top - highest - 1 : top - 1, left : left + width].mean(axis=1)[::-1]
    used = above > EMPTY
    if written:
        first = int(used.argmax())
        paper = np.flatnonzero(~used[first:])
        used[: first + int(paper[0]) if len(paper) else None] = False  # the writing, which may be higher still
    return int(used.argmax()) if used.any() else highest
