"""Circles to mark, printed in the cells of a table: they look like zeros, but nothing is written in them."""

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.tables import Table

WALLS = 0.1
"""Share of a cell along its sides that may be ruling."""
ROUND = 0.06
"""By how much of its radius a circle's edge may lie off it, as standard deviation: a zero by hand is off by more."""
OPEN = 0.3
"""Share of a circle that its hole takes up at the least."""
SMALLEST = 8
"""Pixels of a circle's diameter at the least: smaller ones cannot be told from zeros."""
ALIKE = 0.1
"""Circles of a table differ in diameter by this share at the most."""
FEWEST = 3
"""Circles of a table at the least."""
ASKED = 10
"""Cells of a table, or a few more, that are looked at before all are."""
MOST = 0.4
"""Share of a table's cells that have anything in them which have such circles at the least."""
OF_ROW = 0.4
"""Share of a row that are circles from which on what is as large as they are, at their place, is one, too."""
FULL = 0.55
"""Share of the square around a circle that is dark where it is marked."""
LONGEST = 1.5
"""Length of a mark in its widths at the most."""
GROWN = (0.7, 1.7)
"""Size of a marked circle in diameters of an empty one: marks run over."""


def without_bubbles(tables: list[Table], ink: NDArray[np.uint8]) -> list[Table]:
    """The tables without the cells that hold circles to mark, empty ones and marked ones; none without any cell.

    Args:
        tables: as found on the page.
        ink: (rows, columns) uint8 of the page, 0 is paper and 255 is full ink.
    """
    return [left for table in tables if (left := _without(table, ink)) is not None]


@dataclass(frozen=True, slots=True)
class _Piece:
    """The largest piece in a cell: its diameter and middle (x, y) in pixels of the cell, a ring or a dot or neither."""

    diameter: float
    middle: NDArray[np.float64]
    is_ring: bool
    is_dot: bool


def _without(table: Table, ink: NDArray[np.uint8]) -> Table | None:
    """The table without its bubbles; None if nothing is left."""
    some = [_piece(ink, quad) for quad in list(table.cells.values())[:: 1 + len(table.cells) // ASKED]]
    if not any(piece and piece.is_ring for piece in some):
        return table
    pieces = {spot: piece for spot, quad in table.cells.items() if (piece := _piece(ink, quad)) is not None}
    rings = [piece for piece in pieces.values() if piece.is_ring]
    if len(rings) < FEWEST:
        return table
    usual = float(np.median([ring.diameter for ring in rings]))
    place = np.median([ring.middle for ring in rings], axis=0)
    sizes = {spot: piece.diameter / usual for spot, piece in pieces.items()}
    bubbles = {spot for spot, piece in pieces.items() if piece.is_ring and abs(sizes[spot] - 1) < ALIKE}
    if len(bubbles) < max(FEWEST, MOST * len(pieces)):
        return table
    bubbles |= {spot for spot, piece in pieces.items() if piece.is_dot and GROWN[0] < sizes[spot] < GROWN[1]}
    beside = Counter(row for row, _ in bubbles)
    in_row = Counter(row for row, _ in pieces)
    for spot, piece in pieces.items():  # some may be broken, or have a stroke through them
        off = np.abs(piece.middle - place).max() / usual
        if beside[spot[0]] > OF_ROW * in_row[spot[0]] and max(abs(sizes[spot] - 1), off) < 2 * ALIKE:
            bubbles.add(spot)
    return table.without(bubbles)


def _piece(ink: NDArray[np.uint8], quad: NDArray[np.float64]) -> _Piece | None:
    """The largest piece in a cell (4, 2); None where there is nothing but dirt."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    margin = WALLS * float((high - low).min())
    left, top = np.maximum(np.round(low + margin), 0).astype(int).tolist()
    right, bottom = np.maximum(np.round(high - margin), 0).astype(int).tolist()
    part = (ink[top:bottom, left:right] > 127).astype(np.uint8)
    contours, parents = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [n for n in range(len(contours)) if parents[0][n][3] < 0]
    if not outer:
        return None
    largest = max(outer, key=lambda n: max(cv2.boundingRect(contours[n])[2:]))
    edge = contours[largest].reshape(-1, 2).astype(np.float64)
    size = np.ptp(edge, axis=0) + 1
    if size.mean() < SMALLEST:
        return None
    middle = (edge.min(axis=0) + edge.max(axis=0)) / 2
    away = np.linalg.norm(edge - middle, axis=1)
    holes = [cv2.contourArea(contours[n]) for n in range(len(contours)) if parents[0][n][3] == largest]
    is_open = max(holes, default=0.0) > OPEN * cv2.contourArea(contours[largest])
    x, y, width, height = cv2.boundingRect(contours[largest])
    is_dark = bool(part[y : y + height, x : x + width].mean() > FULL) and bool(size.max() < LONGEST * size.min())
    is_round = bool(away.std() < ROUND * away.mean())
    return _Piece(float(size.mean()), middle + margin, is_round and is_open, is_dark)
