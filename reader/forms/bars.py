"""Black bars with white headings: the rulings of the table below seem to go on through them."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from reader.forms.tables import Table

EDGES = ((0.08, 0.18), (0.82, 0.92))
"""Where a bar is black from wall to wall, above or below its letters, in parts of a cell's height."""
BLACK, DARK = 0.85, 0.45
"""Share of one of these, and of the whole cell, that is ink at the least: a box that is blacked out by hand has white
left in its corners."""
FEWEST, MOST = 2, 0.6
"""Cells of a row that are black, at the least, and their share of the row."""


def without_bars(tables: list[Table], ink: NDArray[np.uint8]) -> list[Table]:
    """The tables without the rows that lie on a black bar; none without any cell.

    Args:
        tables: as found on the page.
        ink: (rows, columns) uint8 of the page, 0 is paper and 255 is full ink.
    """
    kept = []
    for table in tables:
        black = {spot for spot, quad in table.cells.items() if _is_black(ink, quad)}
        in_row = Counter(row for row, _ in table.cells)
        bars = {
            row for row, count in Counter(row for row, _ in black).items() if count >= max(FEWEST, MOST * in_row[row])
        }
        rest = table.without({spot for spot in table.cells if spot[0] in bars}) if bars else table
        if rest is not None:
            kept.append(rest)
    return kept


def _is_black(ink: NDArray[np.uint8], quad: NDArray[np.float64]) -> bool:
    """Whether a cell (4, 2) is black above its letters or below them, from wall to wall, and dark on the whole."""
    (left, top), (right, bottom) = np.maximum(np.round(quad.min(axis=0)), 0).astype(int), quad.max(axis=0).round() + 1
    part = ink[top : int(bottom), left : int(right)] > 127
    if not part.size or part.mean() < DARK:
        return False
    ends = [(round(start * len(part)), round(end * len(part)) + 1) for start, end in EDGES]
    return any(bool(part[start:end].mean() > BLACK) for start, end in ends)
