"""No form given: find the boxes, combs, tables and lines of digits on an upright page."""

from dataclasses import replace
from math import dist

import numpy as np
from numpy.typing import NDArray

from reader.forms.bars import without_bars
from reader.forms.bubble_grids import without_bubble_grids
from reader.forms.bubbles import without_bubbles
from reader.forms.cells import find_cells
from reader.forms.combs import made_alike, split_comb
from reader.forms.dashes import find_dashes
from reader.forms.field import Field
from reader.forms.framed import with_frames
from reader.forms.free_lines import Line, find_lines, rectangle
from reader.forms.full_walls import split_at_walls
from reader.forms.gaps import parted
from reader.forms.level import WIDEST_GAP
from reader.forms.nested import apart, parted_from_nested, without_cells_around
from reader.forms.parentheses import find_between_parentheses
from reader.forms.quadrilaterals import is_askew
from reader.forms.rakes import find_rakes, is_inside
from reader.forms.rows import with_rows
from reader.forms.strips import with_strips
from reader.forms.tables import Table, find_tables
from reader.forms.tinted import with_tinted

WIDE = 1.5
"""A cell wider than this many of its heights holds a line of digits, a narrower one holds one digit."""
LONELY_WIDE = 1.15
"""The same for a cell that stands alone: boxes for one digit are higher than wide, or square."""
NARROW = 1.8
"""Boxes for one digit are no higher than this many of their widths."""
MOST_DIGITS = 20
"""Digits that a line holds at most."""
SMALLEST_LONELY = 0.012
"""Height and width, in parts of the page's longer side, of a cell that stands alone (letters enclose areas, too)."""
SMALLEST_BOX = 30
"""And in pixels (small cut-outs are enlarged)."""
TALLEST = 3.0
"""A cell of more than this many times the usual height is a frame around something else."""
LOWEST = 0.25
"""A cell of less than this share of the usual height is a loop of a printed digit."""
SHEET, SHEET_HEIGHT = 0.5, 1000
"""A cell alone, wider and higher than this share of the picture and so many pixels high, is paper on a dark table."""
HIGHEST_STRIP = 400
"""Rows of the cut-out of one field at the most, enlarged as small cut-outs are."""
AROUND_STRIP = 0.2
"""Paper that is thought around it, in parts of its height, for the edge of the picture is no frame."""
STRIP, LOWEST_IN_STRIP = 0.8, 0.35
"""A picture of less height than this share of its width shows one field; its boxes are higher than this share of it,
and take up this and more of its width."""
UNLIKE = 1.3
"""Cells of a row of which one is so many times as wide as another are no boxes of one field."""
SAME_SIZE = 0.25
"""Boxes of one field differ by at most this share in height and width."""

Quad = NDArray[np.float64]


def find_fields(gray: NDArray[np.uint8], ink: NDArray[np.uint8]) -> tuple[Field, ...]:
    """The places on a page where digits may be written, in reading order.

    Boxes and combs are named `r1`, `r2`..., cells of a table `t1_r1_c1`... by table, row and column, free lines like
    boxes. Whether what is written in them is digits is for the reading to say.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        ink: (rows, columns) uint8, its ink, 0 is paper and 255 is full ink.
    """
    cells = find_cells(gray)
    striped = with_strips(cells)
    rest, nested = parted_from_nested(with_frames(striped), striped)
    tables = find_tables(with_rows(with_tinted(rest)))
    tables = without_cells_around(tables, nested.quads) + find_tables(with_rows(nested))
    tables = _plausible(tables, gray.shape)
    taken = _quads(tables)
    if not taken and _is_strip(gray.shape):
        pad = AROUND_STRIP * gray.shape[0]
        whole = rectangle(-pad, -pad, gray.shape[1] - 1 + pad, gray.shape[0] - 1 + pad)
        return (Field("r1", "line", whole[None], (1, MOST_DIGITS)),)
    together, alone = (_quads([t for t in tables if (len(t.cells) == 1) == lonely]) for lonely in (False, True))
    rakes = find_rakes(cells, together, alone)
    others = np.array(together + [quad for rake in rakes for quad in rake]).reshape(-1, 4, 2)
    rakes += find_dashes(cells, others, np.array(alone).reshape(-1, 4, 2))
    on_rakes = [quad for rake in rakes for quad in rake]
    tables = [table for table in tables if not _is_loop(table, on_rakes)]
    taken = _quads(tables) + on_rakes
    between, with_both = find_between_parentheses(ink, taken)
    tables = apart(without_bars(without_bubbles(without_bubble_grids(tables, ink), ink), ink))
    grids = [table for table in tables if min(table.shape) > 1]
    rows = made_alike(gray, [row for table in tables if min(table.shape) == 1 for row in _rows(table, gray)])
    in_grids = _quads(grids)
    rows = [row for row in rows if not any(is_inside(row[0].mean(axis=0), quad) for quad in in_grids)]
    combs = [parted(gray, comb) for comb in _joined(rows + rakes + [[quad] for quad in between])]
    return tuple(_named(grids, combs, find_lines(ink, taken + with_both)))


def _quads(tables: list[Table]) -> list[Quad]:
    """The cells of all tables."""
    return [quad for table in tables for quad in table.cells.values()]


def is_one_line(fields: tuple[Field, ...], shape: tuple[int, ...]) -> bool:
    """Whether a picture of (rows, columns) was found to be the cut-out of one field without boxes."""
    return (
        len(fields) == 1
        and fields[0].kind == "line"
        and bool((_size(fields[0].quads[0]) >= np.array(shape[::-1]) - 1).all())
    )


def _is_strip(shape: tuple[int, ...]) -> bool:
    """Whether a picture is the cut-out of one field rather than a page."""
    return shape[0] < STRIP * shape[1] and shape[0] <= HIGHEST_STRIP


def _plausible(tables: list[Table], shape: tuple[int, ...]) -> list[Table]:
    """Those tables that may be there to write digits in: not the inside of a letter, not a frame around a text."""
    smallest = max(SMALLEST_LONELY * max(shape), SMALLEST_BOX)
    if _is_strip(shape):
        lowest, narrowest = LOWEST_IN_STRIP * shape[0], LOWEST_IN_STRIP * shape[1]
        tables = [table for table in tables if np.median(_sizes(table)[:, 1]) > lowest and _width(table) > narrowest]
    tables = [table for table in tables if not _is_sheet(table, shape) and not _is_of_strokes(table)]
    boxes = [table for table in tables if len(table.cells) > 2 or _sizes(table).min() >= smallest]
    heights = np.concatenate([_sizes(table)[:, 1] for table in boxes]) if boxes else np.zeros(1)
    usual = np.percentile(heights, 75)
    return [table for table in boxes if LOWEST * usual <= np.median(_sizes(table)[:, 1]) <= TALLEST * usual]


def _is_sheet(table: Table, shape: tuple[int, ...]) -> bool:
    """Whether a table is a cell alone that is the edge of the paper."""
    width, height = _sizes(table)[0]
    large = width > SHEET * shape[1] and height > max(SHEET * shape[0], SHEET_HEIGHT)
    return bool(large) and len(table.cells) == 1


def _is_of_strokes(table: Table) -> bool:
    """Whether a table is a cell alone between strokes of digits."""
    return len(table.cells) == 1 and is_askew(next(iter(table.cells.values())))


def _width(table: Table) -> float:
    """How far a table reaches across, in pixels."""
    corners = np.array(list(table.cells.values()))[:, :, 0]
    return float(np.ptp(corners)) if len(corners) > 1 else 0.0


def _is_loop(table: Table, boxes: list[Quad]) -> bool:
    """Whether a table is a cell alone within one of the boxes: the loop of a digit."""
    cell = next(iter(table.cells.values()))
    return len(table.cells) == 1 and any(is_inside(cell.mean(axis=0), box) for box in boxes)


def _sizes(table: Table) -> NDArray[np.float64]:
    """Width and height (n, 2) of the cells of a table."""
    return np.array([_size(quad) for quad in table.cells.values()])


def _rows(table: Table, gray: NDArray[np.uint8]) -> list[list[Quad]]:
    """A table of one row as a comb where its cells are alike and narrow, else cell by cell, each by its teeth."""
    quads = list(table.cells.values())
    whole = np.array([quads[0][0], quads[-1][1], quads[-1][2], quads[0][3]])
    if table.shape[0] == 1 and _sizes(table)[:, 0].max() > UNLIKE * _sizes(table)[:, 0].min():
        boxes = split_comb(gray, whole)  # strokes from its top to its bottom may seem to part it where teeth do not
        if len(boxes) > len(quads):
            return [boxes]
    wide = LONELY_WIDE if len(quads) == 1 else WIDE
    if table.shape[0] > 1 or any(_is_wide(quad, wide) for quad in quads):
        return [_boxes_of(gray, quad) if _is_wide(quad, wide) else [quad] for quad in quads]
    # Two narrow boxes together, as for a day, are hardly wider than high.
    pairs = [split_at_walls(gray, quad) if _is_wide(quad, LONELY_WIDE) else [quad] for quad in quads]
    return pairs if sum(len(boxes) > 1 for boxes in pairs) > len(quads) / 2 else [quads]


def _boxes_of(gray: NDArray[np.uint8], quad: Quad) -> list[Quad]:
    """The boxes of a wide cell, by the teeth or the walls between them; the cell itself where it has none."""
    boxes = split_comb(gray, quad)
    return boxes if len(boxes) > 1 else split_at_walls(gray, quad)


def is_narrow(quad: Quad) -> bool:
    """Whether a quadrilateral would be a box for one digit if the page were turned by a quarter."""
    return not _is_wide(quad, NARROW)


def _is_wide(quad: Quad, wide: float = WIDE) -> bool:
    width, height = _size(quad)
    return bool(width > wide * height)


def _size(quad: Quad) -> NDArray[np.float64]:
    """Width and height (2,) of a quadrilateral."""
    one, two, three, four = quad.tolist()
    return np.array([(dist(one, two) + dist(three, four)) / 2, (dist(two, three) + dist(four, one)) / 2])


def _joined(rows: list[list[Quad]]) -> list[list[Quad]]:
    """Separate boxes of one size in a row, close together, become one field."""
    rows = sorted(rows, key=lambda row: row[0][0, 0])
    joined: list[list[Quad]] = []
    for row in rows:
        before = [other for other in joined if _continues(other[-1], row[0])]
        if before:
            before[0].extend(row)
        else:
            joined.append(list(row))
    return joined


def _continues(last: Quad, following: Quad) -> bool:
    """Whether a box is the next one of the field that another box belongs to."""
    if _is_wide(last) or _is_wide(following):
        return False
    size, other = _size(last), _size(following)
    gap = following[[0, 3], 0].mean() - last[[1, 2], 0].mean()
    same = (np.abs(size - other) < SAME_SIZE * np.minimum(size, other)).all()
    level = abs(following[:, 1].mean() - last[:, 1].mean()) < SAME_SIZE * size[1]
    return bool(same and level and -0.1 * size[0] < gap < WIDEST_GAP * size[0])


def _named(grids: list[Table], combs: list[list[Quad]], lines: list[Line]) -> list[Field]:
    """All fields in reading order: by the line that they begin on, then from left to right."""
    things: list[tuple[Quad, Table | Field]] = [(grid.cells[min(grid.cells)], grid) for grid in grids]
    things += [(comb[0], _field("r", comb, LONELY_WIDE)) for comb in combs]
    # On an underline as in a box there may be nothing, too.
    things += [(line.quad, _free(line)) for line in lines]
    heights = [_size(quad)[1] for quad, _ in things]
    step = 0.7 * float(np.median(heights)) if heights else 1.0
    things.sort(key=lambda thing: (round(thing[0][:, 1].mean() / step), thing[0][0, 0]))
    fields, tables, singles = [], 0, 0
    for _, thing in things:
        if isinstance(thing, Table):
            tables += 1
            for (row, column), quad in thing.cells.items():
                fields.append(_field(f"t{tables}_r{row + 1}_c{column + 1}", [quad], WIDE))
        else:
            singles += 1
            fields.append(replace(thing, name=f"r{singles}"))
    return fields


def _free(line: Line) -> Field:
    """A line of writing; one of a single digit that stands in a column has that digit."""
    most = 1 if line.single and not line.underlined else MOST_DIGITS
    return Field("r", "line", line.quad[None], (0 if line.underlined else 1, most))


def _field(name: str, quads: list[Quad], wide: float) -> Field:
    """Boxes for a digit each, or one cell for a line of digits where it is wider than `wide` times its height."""
    width, height = _size(quads[0])
    if len(quads) == 1 and width > wide * height:
        return Field(name, "line", np.array(quads), (0, MOST_DIGITS))
    return Field(name, "boxes", np.array(quads), (0, len(quads)))
