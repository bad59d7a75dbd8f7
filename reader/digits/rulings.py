"""Find long straight printed lines in a patch of writing and take them out without eating strokes.

A ruling is told from handwriting by being long, straight and evenly thin (vertical runs of one length, as in the staff
line removal of music recognition: Fujinaga, 2004; Dalitz et al., IEEE PAMI 2008, "LineTrackHeight"). Only the columns
where nothing sticks out above or below the line are erased; where a stroke crosses the line, sits on it or runs off
it, the ink stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Runs = NDArray[np.int32]

INKED = 0.3
"""Ink from here on belongs to a run."""
STEEPEST = 0.06
"""Rise per pixel of the most oblique ruling looked for: about 3.4 degrees."""
SLOPES = 17
"""Slopes tried between the steepest down and the steepest up: a step moves the end of a 200 pixel line by 1 pixel."""
THICKEST = 0.12
"""A ruling is no thicker than this share of the patch's shorter side (and may be 3 pixels thick in any patch)."""
BARE = 0.45
"""Share of a printed line's columns in which it is seen alone and in its place."""
MOST_RULINGS = 4
"""Lines looked for in one direction: a box's top and bottom, and a double underline."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One long straight line, roughly horizontal.

    Attributes:
        start: first column of the line.
        centres: (n,) float64, its middle row in the columns `start` to `start + n - 1`.
        thickness: rows that it covers.
    """

    start: int
    centres: NDArray[np.float64]
    thickness: float

    def __post_init__(self) -> None:
        if self.start < 0 or self.centres.ndim != 1 or not self.centres.size or self.thickness <= 0:
            raise ValueError(f"no line: start {self.start}, {self.centres.shape}, thickness {self.thickness}")


def without_rulings(ink: Map) -> Map:
    """A line of writing without the printed lines in it: underlines, pieces of a box.

    Lines along the writing go where they are longer than any stroke would be. Upright lines go only where they reach
    from the patch's top to its bottom and no other ink comes near that height: a 1 in a closely cut patch stays.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink; a patch with one line of writing.

    Returns:
        (rows, columns) float32, a copy without the lines.
    """
    rows, columns = ink.shape
    left = ink
    if columns >= 1.5 * rows:
        left = erased(left, find_rulings(left, round(min(1.5 * rows, 0.6 * columns))))
    else:
        left = erased(left, find_rulings(left, round(0.95 * columns)))
    uprights = find_rulings(np.ascontiguousarray(left.T), round(0.97 * rows))
    cleared = np.ascontiguousarray(erased(np.ascontiguousarray(left.T), uprights).T)
    inked = np.flatnonzero((cleared >= INKED).sum(axis=1) >= 2)
    if uprights and inked.size and inked[-1] - inked[0] < 0.8 * rows:
        return cleared
    return left


def find_rulings(ink: Map, shortest: int) -> tuple[Ruling, ...]:
    """Long straight thin lines within about 3 degrees of the horizontal; transpose the ink for upright ones.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        shortest: columns that a line must reach over, bridging gaps of a tenth of the patch's shorter side.
    """
    mask = ink >= INKED
    reach = 2 * int(np.ceil(STEEPEST * ink.shape[1] / 2)) + 1
    if np.convolve(mask.sum(axis=1), np.ones(reach), "same").max(initial=0) < 0.3 * shortest:
        return ()  # not even all ink near any row together would make a line
    up, down = _run(mask), _run(mask[::-1])[::-1]
    height = up + down - 1
    thin = mask & (height <= max(3, round(THICKEST * min(ink.shape))))
    found: list[Ruling] = []
    for _ in range(MOST_RULINGS):
        guess = _strongest(thin, shortest)
        if guess is None:
            break
        ruling = _traced(mask, thin, (up, down), guess, shortest)
        if ruling is not None:
            found.append(ruling)
        thin &= ~_band(ink.shape, guess, max(2.0, 0.06 * min(ink.shape)))
    return tuple(found)


def erased(ink: Map, rulings: tuple[Ruling, ...]) -> Map:
    """The ink without those parts of the rulings that no stroke touches.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink.
        rulings: lines in it, roughly horizontal.
    """
    clean = ink.copy()
    mask = ink >= INKED
    up, down = _run(mask), _run(mask[::-1])[::-1]
    for ruling in rulings:
        columns = np.arange(ruling.start, ruling.start + len(ruling.centres))
        middle = np.clip(np.rint(ruling.centres).astype(int), 0, ink.shape[0] - 1)
        half = ruling.thickness / 2
        spare = max(1.0, 0.35 * ruling.thickness)
        stroke = (up[middle, columns] > half + 0.5 + spare) | (down[middle, columns] > half + 0.5 + spare)
        stroke = np.convolve(stroke, np.ones(3), "same") >= 2  # a bump of one column is no stroke
        reach = int(np.ceil(half + spare))
        for offset in range(-reach, reach + 1):
            line = np.clip(middle + offset, 0, ink.shape[0] - 1)
            clean[line[~stroke], columns[~stroke]] = 0
    return clean


def _run(mask: Mask) -> Runs:
    """For each pixel the number of inked pixels in a row that end with it, counted downwards; 0 on paper."""
    run = np.zeros(mask.shape, np.int32)
    before = np.zeros(mask.shape[1], np.int32)
    for row in range(mask.shape[0]):
        before = (before + 1) * mask[row]
        run[row] = before
    return run


def _strongest(thin: Mask, shortest: int) -> tuple[float, float] | None:
    """Slope, and row at the patch's middle column, of the line with the most thin ink on it.

    Args:
        thin: (rows, columns) ink in short vertical runs.
        shortest: columns that a line must reach over.
    """
    rows, columns = np.nonzero(thin)
    best: tuple[int, float, float] | None = None
    middle = thin.shape[1] / 2
    for slope in np.linspace(-STEEPEST, STEEPEST, SLOPES):
        shift = slope * (columns - middle)
        margin = int(np.ceil(STEEPEST * middle)) + 1
        counts = np.bincount(np.rint(rows - shift).astype(int) + margin, minlength=1)
        if counts.size and (best is None or counts.max() > best[0]):
            best = (int(counts.max()), float(slope), float(counts.argmax() - margin))
    if best is None or best[0] < 0.3 * shortest:
        return None
    return best[1], best[2]


def _line(columns: int, guess: tuple[float, float]) -> NDArray[np.float64]:
    """The row of a straight line in each column."""
    slope, row = guess
    line = row + slope * (np.arange(columns) - columns / 2)
    return line.astype(np.float64)


def _band(shape: tuple[int, ...], guess: tuple[float, float], reach: float) -> Mask:
    """Pixels within `reach` rows of a straight line."""
    line = _line(shape[1], guess)
    band: Mask = np.abs(np.arange(shape[0])[:, None] - line[None, :]) <= reach
    return band


def _traced(
    mask: Mask, thin: Mask, runs: tuple[Runs, Runs], guess: tuple[float, float], shortest: int
) -> Ruling | None:
    """Follow a guessed line through its thin runs, as it may bend a little; None where it is no printed line.

    Args:
        mask: (rows, columns) ink.
        thin: (rows, columns) ink in short vertical runs.
        runs: how many inked pixels there are from each pixel upwards, and downwards.
        guess: slope, and row at the middle column.
        shortest: columns that a line must reach over.
    """
    near = thin & _band(mask.shape, guess, max(2.0, 0.04 * min(mask.shape)))
    columns = np.flatnonzero(near.any(axis=0))
    if columns.size < 3:
        return None
    rows = near[:, columns].argmax(axis=0)
    top, bottom = rows - runs[0][rows, columns] + 1, rows + runs[1][rows, columns] - 1
    straight = _line(mask.shape[1], guess)
    offset = (top + bottom) / 2 - straight[columns]
    smooth = np.median(sliding_window_view(np.pad(offset, 12, mode="edge"), 25), axis=1)
    centres = straight + np.interp(np.arange(mask.shape[1]), columns, smooth)
    start, end = _longest(_on(mask, centres, 1), max(4, round(0.1 * min(mask.shape))))
    if end - start + 1 < shortest:
        return None
    thickness = float(np.median(bottom - top + 1))
    within = (columns >= start) & (columns <= end)
    if within.sum() < BARE * (end - start + 1):
        return None  # handwriting has long vertical runs where a printed line is bare
    bend = np.polyval(np.polyfit(columns[within], offset[within], 2), columns[within])
    on_line = np.abs(offset[within] - bend) <= max(1.0, 0.2 * thickness)
    on_line &= np.abs((bottom - top + 1)[within] - thickness) <= max(1.0, 0.35 * thickness)
    if on_line.sum() < BARE * (end - start + 1):
        return None  # handwriting wavers
    return Ruling(start, centres[start : end + 1], thickness)


def _on(mask: Mask, centres: NDArray[np.float64], reach: int) -> Mask:
    """In which columns there is ink within `reach` rows of the line."""
    columns = np.arange(mask.shape[1])
    rows = np.rint(centres).astype(int)
    on = np.zeros(mask.shape[1], bool)
    for offset in range(-reach, reach + 1):
        on |= mask[np.clip(rows + offset, 0, mask.shape[0] - 1), columns]
    return on


def _longest(inked: Mask, gap: int) -> tuple[int, int]:
    """First and last column of the longest stretch of ink that no gap of more than `gap` columns breaks."""
    columns = np.flatnonzero(inked)
    if not columns.size:
        return 0, 0
    breaks = np.flatnonzero(np.diff(columns) > gap + 1)
    starts = columns[np.r_[0, breaks + 1]]
    ends = columns[np.r_[breaks, columns.size - 1]]
    best = int((ends - starts).argmax())
    return int(starts[best]), int(ends[best])
