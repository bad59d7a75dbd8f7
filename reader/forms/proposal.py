"""A sheet -> the fields that its form may have: boxes, combs, tables and ruled lines that are there to write in."""

import re
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.layout import MOST_DIGITS
from reader.forms.printed import (
    FEWEST,
    Ink,
    Quad,
    are_headings,
    has_ink,
    has_print,
    has_words,
    is_mark,
    is_toned,
    is_walled,
    same_print,
)
from reader.forms.ruled import are_printed, ruled_lines
from reader.forms.side_by_side import joined

BLANK_FROM = 0.6
"""Share of cells with nothing in them from which on a sheet is taken to be blank."""
WALLED = 0.5
"""Share of the cells of a table's row that have walls to be seen, for all to have some."""
TALLEST = 4.0
"""No box for a digit is so many times as high as wide."""
OFF_GRID = 0.12
"""By how much of its size a cell may lie off the rulings of its table."""

Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of fields: rulings at x and y in pixels of the sheet, and which cells (row, column) are none."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    skip: tuple[Spot, ...]

    def __post_init__(self) -> None:
        if len(self.x) < 2 or len(self.y) < 2:
            raise ValueError("a table has two rulings each way at the least")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a form may have, in reading order.

    Attributes:
        things: fields by themselves, their rectangles upright, and tables.
        blank: whether the sheet was taken to have no writing on it.
        left_out: cells that have print in them.
    """

    things: tuple[Field | Grid, ...]
    blank: bool
    left_out: int


def propose(
    found: tuple[Field, ...],
    ink: Ink,
    blank: bool | None = None,
    first: Ink | None = None,
    gray: NDArray[np.uint8] | None = None,
    read: tuple[Field, ...] | None = None,
) -> Proposal:
    """Which of the places found on a sheet are fields.

    Args:
        found: what `reader.forms.layout.find_fields` finds on it.
        ink: (rows, columns) float32 of the sheet, 0 is paper and 1 is full ink.
        blank: whether there is no writing on it; None if that is for the cells to say.
        first: where `ink` is what several sheets share, that of the first of them.
        gray: (rows, columns) uint8 of the sheet, 255 is paper, to tell places that tints frame; None where none does.
        read: those of `found` that hold digits or nothing, where that was read; None where nothing was.
    """
    places = [field for field in found if field.kind == "boxes" or field.digits[0] == 0]
    holding = None if read is None else {field.name for field in read}
    cells = [field for field in places if holding is None or field.name in holding]
    # Of several sheets laid over each other thin rulings are faint.
    sharp = ink if first is None else first
    # A wide box with words is no field, and its walls are no lines; a small one may be a loop of what is on a line.
    seen = [field for field in places if field.kind == "line" or holding is None or field.name in holding]
    walled = _with_rows(
        seen, [is_walled(sharp, f.quads) or (gray is not None and is_toned(gray, f.quads)) for f in seen]
    )
    wordless = [f for f in cells if read is not None or len(f.quads) > 1 or not has_words(ink, f.quads[0])]
    open_ones = _headings_dropped(wordless, ink)
    empty = [not has_ink(ink, quad) for field in open_ones for quad in field.quads]
    is_blank = bool(empty) and float(np.mean(empty)) >= BLANK_FROM if blank is None else blank
    names = {field.name for field in walled}
    considered = [field for field in (cells if is_blank else open_ones) if field.name in names]
    kept = _outer_dropped([field for field in considered if _is_field(field, ink, is_blank, first)])
    kept = _repeated_dropped(kept, ink)
    tables = _tables(kept)
    single = joined([_upright(field) for field in kept if (_spot_of(field) or (-1,))[0] not in tables])
    taken = np.array([quad for field in walled for quad in field.quads]).reshape(-1, 4, 2)
    ruled = ruled_lines(ink, taken, not is_blank or first is not None)
    are_print = [True] * len(ruled) if gray is None else are_printed(gray, ruled)
    lines = [
        Field("line", "line", q[None], (0, MOST_DIGITS)) for q, is_one in zip(ruled, are_print, strict=True) if is_one
    ]
    things: list[Field | Grid] = [*single, *tables.values(), *lines]
    left_out = len(cells) - len(kept)
    return Proposal(tuple(sorted(things, key=lambda thing: _order(thing, _height(kept)))), is_blank, left_out)


def _with_rows(fields: list[Field], walled: list[bool]) -> list[Field]:
    """Those fields that are walled, and the cells of rows of tables of which half are: walls of others may be faint."""
    rows: dict[tuple[int, int], list[bool]] = {}
    for field, is_one in zip(fields, walled, strict=True):
        spot = _spot_of(field)
        if spot:
            rows.setdefault(spot[:2], []).append(is_one)
    whole = {row for row, cells in rows.items() if np.mean(cells) >= WALLED}
    return [f for f, is_one in zip(fields, walled, strict=True) if is_one or (_spot_of(f) or ())[:2] in whole]


def _is_field(field: Field, ink: Ink, blank: bool, first: Ink | None) -> bool:
    """Whether a place within walls is one to write in, as far as it shows by itself."""
    wide, high = np.ptp(field.quads[0], axis=0)
    if len(field.quads) == 1 and (high > TALLEST * wide or is_mark(ink, field.quads[0])):
        return False
    return not blank or not np.mean([has_print(ink, quad, first) for quad in field.quads]) > 0.5


def _headings_dropped(fields: list[Field], ink: Ink) -> list[Field]:
    """The fields without the first row and the first column of tables where these are headings."""
    tables: dict[int, list[tuple[tuple[int, int, int], Field]]] = {}
    for field in fields:
        spot = _spot_of(field)
        if spot:
            tables.setdefault(spot[0], []).append((spot, field))
    dropped: set[str] = set()
    for cells in tables.values():
        for axis in (1, 2):
            lane = min(spot[axis] for spot, _ in cells)
            members = [field for spot, field in cells if spot[axis] == lane and field.name not in dropped]
            if are_headings(ink, [field.quads[0] for field in members]):
                dropped.update(field.name for field in members)
    return [field for field in fields if field.name not in dropped]


def _outer_dropped(fields: list[Field]) -> list[Field]:
    """The fields without those that have others inside."""
    middles = np.array([quad.mean(axis=0) for field in fields for quad in field.quads]).reshape(-1, 2)
    owner = [n for n, field in enumerate(fields) for _ in field.quads]
    kept = []
    for n, field in enumerate(fields):
        low, high = field.quads.min(axis=(0, 1)), field.quads.max(axis=(0, 1))
        within = ((middles > low) & (middles < high)).all(axis=1)
        if not any(owner[place] != n for place in np.flatnonzero(within)):
            kept.append(field)
    return kept


def _repeated_dropped(fields: list[Field], ink: Ink) -> list[Field]:
    """The fields without cells of tables, and boxes in a row, in which all have the same print."""
    spots = [_spot_of(field) for field in fields]
    in_row = Counter(spot[:2] for spot in spots if spot)
    groups: dict[tuple[int, ...] | str, list[Field]] = {}
    for field, spot in zip(fields, spots, strict=True):
        whole_row = spot is not None and in_row[spot[:2]] >= FEWEST
        groups.setdefault(spot[: 2 if whole_row else 1] if spot else field.name, []).append(field)
    dropped = set()
    for members in groups.values():
        quads = [quad for field in members for quad in field.quads]
        names = [field.name for field in members for _ in field.quads]
        same = same_print(ink, quads)
        for field in members:
            of_field = [alike for name, alike in zip(names, same, strict=True) if name == field.name]
            if np.mean(of_field) > 0.5:
                dropped.add(field.name)
    return [field for field in fields if field.name not in dropped]


def _spot_of(field: Field) -> tuple[int, int, int] | None:
    """Table, row and column, from 0, of a field that the layout found in a table."""
    found = re.fullmatch(r"t(\d+)_r(\d+)_c(\d+)", field.name)
    return (int(found[1]) - 1, int(found[2]) - 1, int(found[3]) - 1) if found else None


def _tables(fields: list[Field]) -> dict[int, Grid]:
    """The tables of which two cells or more are left and lie on straight rulings, by their number."""
    groups: dict[int, dict[Spot, Quad]] = {}
    for field in fields:
        spot = _spot_of(field)
        if spot:
            groups.setdefault(spot[0], {})[spot[1:]] = field.quads[0]
    grids = {number: _grid(cells) for number, cells in groups.items() if len(cells) > 1}
    return {number: grid for number, grid in grids.items() if grid}


def _grid(cells: dict[Spot, Quad]) -> Grid | None:
    """The rulings of cells in rows and columns; None where they are not straight or there are rows without cells."""
    rows, columns = sorted({row for row, _ in cells}), sorted({column for _, column in cells})
    if rows[-1] - rows[0] + 1 > len(rows) or columns[-1] - columns[0] + 1 > len(columns):
        return None
    across = [(column - columns[0], quad[[0, 3], 0], quad[[1, 2], 0]) for (_, column), quad in cells.items()]
    along = [(row - rows[0], quad[[0, 1], 1], quad[[2, 3], 1]) for (row, _), quad in cells.items()]
    x, y = _rulings(across), _rulings(along)
    if (np.diff(x) <= 0).any() or (np.diff(y) <= 0).any():
        return None
    for (row, column), quad in cells.items():
        r, c = row - rows[0], column - columns[0]
        there = np.array([[x[c], y[r]], [x[c + 1], y[r]], [x[c + 1], y[r + 1]], [x[c], y[r + 1]]])
        size = np.array([x[c + 1] - x[c], y[r + 1] - y[r]])
        if (np.abs(quad - there) > OFF_GRID * size).any():
            return None
    missing = [(row - rows[0], column - columns[0]) for row in rows for column in columns if (row, column) not in cells]
    return Grid(tuple(x), tuple(y), tuple(missing))


def _rulings(edges: list[tuple[int, Quad, Quad]]) -> list[float]:
    """Where rulings are, from the numbers of cells between them and the ends of both edges of each."""
    meeting: dict[int, list[float]] = {}
    for number, low, high in edges:
        meeting.setdefault(number, []).append(float(low.mean()))
        meeting.setdefault(number + 1, []).append(float(high.mean()))
    return [round(float(np.median(meeting[number])), 1) for number in sorted(meeting)]


def _upright(field: Field) -> Field:
    """The field with upright rectangles in place of its quadrilaterals."""
    quads = []
    for quad in field.quads:
        x0, x1 = np.round([quad[[0, 3], 0].mean(), quad[[1, 2], 0].mean()], 1)
        y0, y1 = np.round([quad[[0, 1], 1].mean(), quad[[2, 3], 1].mean()], 1)
        quads.append([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return replace(field, quads=np.array(quads))


def _height(fields: list[Field]) -> float:
    """The usual height of a field."""
    return float(np.median([np.ptp(quad[:, 1]) for field in fields for quad in field.quads])) if fields else 1.0


def _order(thing: Field | Grid, height: float) -> tuple[int, float]:
    """Reading order: by the line that a thing begins on, then from left to right."""
    if isinstance(thing, Grid):
        return round((thing.y[0] + thing.y[1]) / 2 / (0.7 * height)), thing.x[0]
    return round(float(thing.quads[0][:, 1].mean()) / (0.7 * height)), float(thing.quads[0][0, 0])


def quads_of(things: tuple[Field | Grid, ...]) -> list[NDArray[np.float64]]:
    """The quadrilaterals (n, 4, 2) of each thing, those of a table cell by cell."""
    return [_cells(thing) if isinstance(thing, Grid) else thing.quads for thing in things]


def _cells(grid: Grid) -> NDArray[np.float64]:
    """The cells (n, 4, 2) of a table."""
    spots = [(r, c) for r in range(len(grid.y) - 1) for c in range(len(grid.x) - 1) if (r, c) not in grid.skip]
    x, y = np.array(grid.x), np.array(grid.y)
    return np.array([[[x[c], y[r]], [x[c + 1], y[r]], [x[c + 1], y[r + 1]], [x[c], y[r + 1]]] for r, c in spots])
