"""No place is read twice: boxes with a frame of their own in the cells of a table, and cells that are found twice."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells, overlaps
from reader.forms.full_walls import split_at_walls
from reader.forms.tables import Table

LOWEST, LARGEST = 0.4, 0.75
"""Height of such a box at the least, and its area at the most, in parts of the cell's: else it is the cell."""
PAPER = 0.05
"""Paper between it and the cell's rulings on all four sides, in parts of the cell's height: else it is a part of it."""
WIDE = 1.5
"""A frame as wide as so many times its height may have several boxes."""
ALIKE = 0.12
"""A narrower one differs by at most this share in height and in width from another one: one alone may be a stroke's."""

TWICE = 0.5
"""Share of a cell that lies on a cell of a larger table from which on it is found twice."""


def parted_from_nested(cells: Cells, before: Cells) -> tuple[Cells, Cells]:
    """The cells that have no others around them, and those that are nested: boxes with a frame of their own.

    Args:
        cells: with the frames that were found by their outlines (`framed`).
        before: without these.
    """
    known = {quad.tobytes() for quad in before.quads}
    places = np.array([place for place, quad in enumerate(cells.quads) if quad.tobytes() not in known], np.intp)
    places = places[_are_in(cells.quads[places], before.quads).any(axis=1)]
    sizes = np.ptp(cells.quads[places], axis=1)
    differ = np.abs(sizes[:, None] / sizes - 1).max(axis=2, initial=0.0)
    places = places[(sizes[:, 0] >= WIDE * sizes[:, 1]) | ((differ <= ALIKE).sum(axis=1) > 1)]
    frames = (cells.quads[places] + 0.5) * cells.scale - 0.5
    boxes = np.array([box for frame in frames for box in split_at_walls(cells.gray, frame)]).reshape(-1, 4, 2)
    rest = np.delete(cells.quads, places, axis=0)
    return replace(cells, quads=rest), replace(cells, quads=(boxes + 0.5) / cells.scale - 0.5)


def without_cells_around(tables: list[Table], nested: NDArray[np.float64]) -> list[Table]:
    """The tables without those cells in which there are boxes (n, 4, 2) with a frame of their own."""
    left = []
    for table in tables:
        around = np.flatnonzero(_are_in(nested, np.array(list(table.cells.values()))).any(axis=0))
        spots = list(table.cells)
        left.append(table.without({spots[place] for place in around}))
    return [table for table in left if table is not None]


def apart(tables: list[Table]) -> list[Table]:
    """The tables without cells that lie on those of a larger one: no place is read twice."""
    kept: list[Table] = []
    taken = np.zeros((0, 4, 2))
    for table in sorted(tables, key=lambda table: -len(table.cells)):
        quads = np.array(list(table.cells.values()))
        areas = np.ptp(quads, axis=1).prod(axis=1)
        twice = overlaps(quads, taken).max(axis=1, initial=0) > TWICE * areas
        rest = table.without({spot for spot, known in zip(table.cells, twice, strict=True) if known})
        if rest is not None:
            kept.append(rest)
            taken = np.concatenate([taken, quads[~twice]])
    return kept


def _are_in(boxes: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n, m): which of the boxes (n, 4, 2) lie in which of the cells (m, 4, 2), with paper on all sides of them."""
    sizes, others = np.ptp(boxes, axis=1), np.ptp(cells, axis=1)
    are_smaller = sizes.prod(axis=1)[:, None] <= LARGEST * others.prod(axis=1)
    paper = PAPER * others[:, 1, None]
    low, high = cells.min(axis=1) + paper, cells.max(axis=1) - paper
    are_within = (boxes.min(axis=1)[:, None] >= low).all(axis=2) & (boxes.max(axis=1)[:, None] <= high).all(axis=2)
    found: NDArray[np.bool_] = are_within & are_smaller & (sizes[:, 1, None] >= LOWEST * others[:, 1])
    return found
