"""Cells that share walls -> tables, with the cells that were missed filled in."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells, overlaps, walls
from reader.forms.partitions import meeting, merged, split
from reader.forms.quadrilaterals import are_upright, is_askew, is_upright
from reader.forms.strokes import rejoined, without_strokes

ENCLOSED = 0.5
"""A missed cell between found ones is filled in where this share of its walls is ruling, on average."""
EVIDENT = 0.75
"""A missed cell at the edge of a table is filled in where this share of its walls is ruling, on average."""
WORST_WALL = 0.4
"""And no wall of it may have less than this."""

SAME, APART = 0.5, 0.15
"""Share of what two cells cover that both cover: where they are the same cell, and where they are none of each other's
business."""
SMALLEST_ALONE = 22
"""Height and width, in pixels of the size that cells are looked for in, from which on one or two cells are a table."""

AGREE, OFF = 0.06, 0.1
"""Corners of cells that meet are off their middle by this share of a cell's size at the most; one that is off by more
than the other share is not where its cell ends."""

Spot = tuple[int, int]
Steps = tuple[tuple[NDArray[np.bool_], Spot], ...]
CORNERS: tuple[Spot, ...] = ((0, 0), (0, 1), (1, 1), (1, 0))
"""From a cell to the crossings of rulings at its corners, clockwise from the top left: rows down, columns across."""
BESIDE: tuple[Spot, ...] = ((0, -1), (0, 1), (-1, 0), (1, 0))
"""From a cell to its neighbours."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows and columns, one at least.

    Attributes:
        cells: (row, column) -> (4, 2) float64 corners (x, y) in the page; rows and columns count from 0 at the top
            left; a spot may be missing.
    """

    cells: dict[Spot, NDArray[np.float64]]

    def __post_init__(self) -> None:
        if not self.cells or any(quad.shape != (4, 2) for quad in self.cells.values()):
            raise ValueError("a table has cells of four corners each")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return max(row for row, _ in self.cells) + 1, max(column for _, column in self.cells) + 1

    def without(self, spots: set[Spot]) -> "Table | None":
        """The table without some of its cells, counted from 0 anew; None if none is left."""
        left = {spot: quad for spot, quad in self.cells.items() if spot not in spots}
        return Table(_from_zero(left)) if left else None


def find_tables(cells: Cells) -> list[Table]:
    """Put cells that share walls together into tables; a cell without neighbours is a table of one.

    A cell that was missed (its frame is broken, or a digit lies across it) is filled in where the corners of its
    neighbours say where it is and there is ruling along its walls.

    Returns:
        The tables, in no order.
    """
    quads = split(merged(without_strokes(rejoined(cells.quads, cells), cells)), cells)
    groups = sorted(_connected(quads), key=lambda group: -len(group))
    taken = np.zeros(len(quads), bool)
    tables: list[Table] = []
    for group in groups:
        free = {spot: index for spot, index in group.items() if not taken[index]}
        if free:
            tables.append(Table(_from_zero(_put_right(_completed(free, cells, quads, taken)))))
    return tables


def _connected(quads: NDArray[np.float64]) -> list[dict[Spot, int]]:
    """Group quadrilaterals (n, 4, 2) that share walls, and count their rows and columns: which is where.

    A row is counted to its ends before others are: in another row a cell may span several columns.
    """
    if not len(quads):
        return []
    right, below = meeting(quads)
    across, down = ((right, (0, 1)), (right.T, (0, -1))), ((below, (1, 0)), (below.T, (-1, 0)))
    left_over = set(range(len(quads)))
    groups = []
    while left_over:
        spots: dict[Spot, int] = {}
        rows = [[((0, 0), min(left_over))]]
        while rows:
            row = rows.pop(0)
            placed = []
            for spot, index in row:  # grows while it is gone through
                if index in left_over and spot not in spots:
                    left_over.remove(index)
                    spots[spot] = index
                    placed.append((spot, index))
                    row += _beside(spot, index, across)
            rows += [[beyond] for spot, index in sorted(placed) for beyond in _beside(spot, index, down)]
        groups.append(spots)
    return groups


def _beside(spot: Spot, index: int, steps: Steps) -> list[tuple[Spot, int]]:
    """The cells that meet one, and where they are."""
    return [
        ((spot[0] + down, spot[1] + across), int(other))
        for neighbours, (down, across) in steps
        for other in np.flatnonzero(neighbours[index])
    ]


def _completed(
    group: dict[Spot, int], cells: Cells, quads: NDArray[np.float64], taken: NDArray[np.bool_]
) -> dict[Spot, NDArray[np.float64]]:
    """The group with the cells that can be filled in, between its cells and beyond them.

    Args:
        group: which quadrilateral is where.
        cells: what was found on the page.
        quads: (n, 4, 2), all cells. One that hangs together with nothing is taken where the group wants a cell.
        taken: (n,) bool, which of them belong to a table; those of this one are marked.
    """
    taken[list(group.values())] = True
    full = {spot: quads[index] for spot, index in group.items()}
    smallest = min(_size(quad).min() for quad in full.values()) * cells.scale
    is_of_strokes = len(full) == 1 and is_askew(next(iter(full.values())))  # bold letters bear out any wall beside it
    if (len(full) < 3 and smallest < SMALLEST_ALONE) or is_of_strokes:
        return full
    size = np.median([_size(quad) for quad in full.values()], axis=0)
    refused: set[Spot] = set()
    for _ in range(8):
        around = {spot: quad for spot, quad in _missing(full).items() if spot not in refused}
        places = np.array(list(around.values())).reshape(-1, 4, 2)
        fit = _are_like(places, size) & _are_on_page(places, cells)
        if not fit.any():
            break
        wanted = zip((spot for spot, fits in zip(around, fit, strict=True) if fits), places[fit], strict=True)
        added = {}
        evidence = zip(wanted, walls(cells, places[fit]), _shared(places[fit], quads), strict=True)
        for (spot, quad), sides, shares in evidence:
            there = int(shares.argmax())
            if shares[there] > SAME and not taken[there]:
                added[spot], taken[there] = quads[there], True
            elif shares[there] < APART and _is_borne_out(spot, sides, full):
                added[spot] = quad
            else:
                refused.add(spot)
        if not added:
            break
        full |= added
    return full


def _missing(table: dict[Spot, NDArray[np.float64]]) -> dict[Spot, NDArray[np.float64]]:
    """Where the cells between those of a table and next to them would be, as far as its rulings tell: (4, 2) each."""
    nodes = _nodes(table)
    around = {(row + down, column + across) for row, column in table for down, across in BESIDE} - table.keys()
    corners = {(row + down, column + across) for row, column in around for down, across in CORNERS}
    crossings = {spot: _node(nodes, spot) for spot in corners}
    found = {}
    for row, column in sorted(around):
        known = [point for down, across in CORNERS if (point := crossings[row + down, column + across]) is not None]
        if len(known) == len(CORNERS):
            found[row, column] = np.array(known)
    return found


def _put_right(table: dict[Spot, NDArray[np.float64]]) -> dict[Spot, NDArray[np.float64]]:
    """The table with corners that a stroke has put elsewhere, such as the bar of a 7, where those of others are."""
    corners = _corners_at(table)
    right: dict[Spot, NDArray[np.float64]] = {}
    for (row, column), found in table.items():
        size, quad = _size(found), found.copy()
        for number, (down, across) in enumerate(CORNERS):
            others = [corner for spot, corner in corners[row + down, column + across] if spot != (row, column)]
            middle = np.median(others, axis=0) if len(others) > 1 else quad[number]
            agree = all((np.abs(other - middle) <= AGREE * size).all() for other in others)
            if agree and (np.abs(quad[number] - middle) > OFF * size).any():
                quad[number] = middle
        right[row, column] = quad if is_upright(quad) and (_size(quad) > 0.5 * size).all() else found
    return right


def _nodes(table: dict[Spot, NDArray[np.float64]]) -> dict[Spot, NDArray[np.float64]]:
    """Crossings of the rulings: (row, column) -> (2,) mean of the corners that meet there."""
    return {node: np.mean([corner for _, corner in there], axis=0) for node, there in _corners_at(table).items()}


def _corners_at(table: dict[Spot, NDArray[np.float64]]) -> dict[Spot, list[tuple[Spot, NDArray[np.float64]]]]:
    """The corners that meet at each crossing of the rulings, (row, column), each with the cell that it is of."""
    found: dict[Spot, list[tuple[Spot, NDArray[np.float64]]]] = {}
    for spot, quad in table.items():
        for corner, (down, across) in zip(quad, CORNERS, strict=True):
            found.setdefault((spot[0] + down, spot[1] + across), []).append((spot, corner))
    return found


def _are_like(quads: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which quadrilaterals (n, 4, 2) are upright and about as large as (width, height)."""
    ratio = np.ptp(quads, axis=1) / size
    return np.asarray(are_upright(quads) & ((ratio > 0.5) & (ratio < 2)).all(axis=1), np.bool_)


def _are_on_page(quads: NDArray[np.float64], cells: Cells) -> NDArray[np.bool_]:
    """Of which quadrilaterals (n, 4, 2) the middle is on the page."""
    middles = quads.mean(axis=1) * cells.scale
    inside: NDArray[np.bool_] = ((middles >= 0) & (middles < cells.gray.shape[::-1])).all(axis=1)
    return inside


def _is_borne_out(spot: Spot, shares: NDArray[np.float64], table: dict[Spot, NDArray[np.float64]]) -> bool:
    """Whether the rulings of the page, (4,) shares of a cell's sides, bear out a cell that was not found."""
    row, column = spot
    beside = (row, column - 1) in table and (row, column + 1) in table
    between = beside or ((row - 1, column) in table and (row + 1, column) in table)
    beyond = shares.mean() >= EVIDENT and shares.min() >= WORST_WALL
    return bool((between and shares.mean() >= ENCLOSED) or beyond)


def _node(nodes: dict[Spot, NDArray[np.float64]], spot: Spot) -> NDArray[np.float64] | None:
    """Where the rulings of a row and of a column cross: known, or between or beyond the nearest known ones."""
    if spot in nodes:
        return nodes[spot]
    along_column = _along([(other[0], point) for other, point in nodes.items() if other[1] == spot[1]], spot[0])
    along_row = _along([(other[1], point) for other, point in nodes.items() if other[0] == spot[0]], spot[1])
    if along_column is None or along_row is None:
        return along_row if along_column is None else along_column
    return np.array([along_column[0], along_row[1]])


def _along(known: list[tuple[int, NDArray[np.float64]]], at: int) -> NDArray[np.float64] | None:
    """The point at a number on the line through the two known points with the nearest numbers."""
    if len(known) < 2:
        return None
    (one, start), (other, end) = sorted(known, key=lambda item: abs(item[0] - at))[:2]
    return start + (at - one) / (other - one) * (end - start)


def _size(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width and height (2,) of the upright rectangle around a quadrilateral."""
    extent: NDArray[np.float64] = quad.max(axis=0) - quad.min(axis=0)
    return extent


def _shared(quads: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m): what the rectangles around (n, 4, 2) and (m, 4, 2) quadrilaterals share, of what both cover."""
    common = overlaps(quads, others)
    areas, other_areas = (np.ptp(some, axis=1).prod(axis=1) for some in (quads, others))
    shares: NDArray[np.float64] = common / (areas[:, None] + other_areas - common)
    return shares


def _from_zero(table: dict[Spot, NDArray[np.float64]]) -> dict[Spot, NDArray[np.float64]]:
    """The table with its rows and columns counted from 0."""
    top, left = min(row for row, _ in table), min(column for _, column in table)
    return {(row - top, column - left): quad for (row, column), quad in sorted(table.items())}
