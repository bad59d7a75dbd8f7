"""Strokes of digits that were taken for walls: they stop short of the rulings that walls stand on."""

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import FAINTEST, Cells, walls
from reader.forms.partitions import meeting
from reader.forms.quadrilaterals import is_upright

ASIDE, NEAR, TOUCHING = 0.2, np.array([0.045, 0.065, 0.09, 0.12]), 0.6
"""What is so far from a cell's walls, in its heights, parts it if it is to be seen at this share of places so far from
the rulings above and below, in its heights: strokes of digits stop short of these."""
NEAREST = 2
"""Pixels from a ruling that are its own at the most."""
BESIDE = (np.arange(-2, 3), np.arange(-7, -4), np.arange(5, 8))
"""Pixels beside it that are its own, and those to its left and right that a ruling across it reaches."""
BEYOND, RUNS_ON = np.arange(4, 14), 0.8
"""Pixels beyond a wall within which a ruling that runs on is seen, and share of them on which it is."""
SAME = 0.2
"""How far the ends of cells one below the other may be from each other, in parts of the height."""
NARROWER = 0.85
"""A cell of less than this share of the width of the one above or below it may be a part of one as wide."""
RULED = 0.75
"""Share of each side of the cell put together that is ruling."""

Quad = NDArray[np.float64]


def are_strokes(cells: Cells, boxes: Quad, cell: Quad) -> bool:
    """Whether what parts a cell (4, 2) into boxes (n, 4, 2) stops short of its rulings more often than not.

    Args:
        cells: of the page.
        boxes: (n, 4, 2) corners in the page, from the top left clockwise.
        cell: (4, 2), around them.
    """
    sides = np.concatenate([boxes[:, [0, 3]], boxes[:, [1, 2]]])
    left, right = cell[[0, 3], 0].mean(), cell[[1, 2], 0].mean()
    middle, aside = sides[:, :, 0].mean(axis=1), ASIDE * np.ptp(cell[:, 1])
    within = sides[(middle > left + aside) & (middle < right - aside)]
    if not len(within):
        return False
    for end, edge in ((0, cell[:2]), (1, cell[[3, 2]])):
        within[:, end, 1] = np.interp(within[:, end, 0], *edge.T)
    return bool((~_touching(cells, within)).any(axis=0).mean() > 0.5)


def _touching(cells: Cells, sides: Quad) -> NDArray[np.bool_]:
    """Whether lines from ruling to ruling (n, 2, 2), in the page, are dark close to the upper and the lower: (2, n)."""
    lines = (sides + 0.5) * cells.scale - 0.5
    run = lines[:, 1] - lines[:, 0]
    long = np.linalg.norm(run, axis=1)[:, None]
    steps = (run / long)[:, None] * np.maximum(NEAR * long, NEAREST)[..., None]
    x, y = np.stack([lines[:, :1] + steps, lines[:, 1:] - steps]).round().astype(int).transpose(3, 0, 1, 2)
    y = np.clip(y, 0, cells.down.shape[0] - 1)[..., None]
    near, left, right = (np.clip(x[..., None] + aside, 0, cells.down.shape[1] - 1) for aside in BESIDE)
    seen = (cells.down[y, near] > FAINTEST).any(axis=3)
    # On a second ruling close to the first it is dark in any case.
    free = ~((cells.across[y, left] > FAINTEST).any(axis=3) & (cells.across[y, right] > FAINTEST).any(axis=3))
    touching: NDArray[np.bool_] = (seen & free).sum(axis=2) >= TOUCHING * free.sum(axis=2)
    return touching


def without_strokes(quads: Quad, cells: Cells) -> Quad:
    """The cells (n, 4, 2) of a page but for those with a wall that is a stroke: rulings run on past it.

    One among cells with walls has a wall, too, which is hard to see.
    """
    if not len(quads):
        return quads
    is_stroke = np.zeros(len(quads), bool)
    for corners, way in (([0, 3], -1), ([1, 2], 1)):
        sides = quads[:, corners]
        hangs = ~_touching(cells, sides).any(axis=0)
        is_stroke |= hangs & _runs_on(cells, sides[:, 0], way) & _runs_on(cells, sides[:, 1], way)
    right, below = meeting(quads)
    beside = right | right.T | below | below.T
    walled = (beside & ~is_stroke).sum(axis=1) > (beside & is_stroke).sum(axis=1)
    kept: Quad = quads[~is_stroke | walled]
    return kept


def _runs_on(cells: Cells, ends: NDArray[np.float64], way: int) -> NDArray[np.bool_]:
    """Whether a ruling runs on beyond points (n, 2) of it, to the left (`way` -1) or the right (1): (n,)."""
    x, y = ((ends + 0.5) * cells.scale - 0.5).round().astype(int).T
    beyond = np.clip(x[:, None] + way * BEYOND, 0, cells.across.shape[1] - 1)[..., None]
    level = np.clip(y[:, None] + np.arange(-2, 3), 0, cells.across.shape[0] - 1)[:, None]
    runs_on: NDArray[np.bool_] = (cells.across[level, beyond] > FAINTEST).any(axis=2).mean(axis=1) >= RUNS_ON
    return runs_on


def rejoined(quads: Quad, cells: Cells) -> Quad:
    """The cells (n, 4, 2) of a page with those put together again that strokes part.

    A part lies above or below a cell that is wider, and shares an end with it or lies amid it; the cell as wide as that
    one has ruling on all four sides, and what parts it stops short of the rulings above and below it.
    """
    whole = [union for cell, part, way in _parts(quads) if (union := _union(quads[cell], quads[part], way)) is not None]
    if not whole:
        return quads
    unions = np.array(whole)
    ruled = walls(cells, unions).min(axis=1) >= RULED
    for union in unions[ruled]:
        inside = _inside(quads, union)
        if inside.any() and are_strokes(cells, quads[inside], union):
            quads = np.concatenate([quads[~inside], union[None]])
    return quads


def _parts(quads: Quad) -> list[tuple[int, int, int]]:
    """A wide cell, a narrower one that hangs on it, and 1 or -1: whether that lies below or above."""
    (left, top), (right, bottom) = quads.min(axis=1).T, quads.max(axis=1).T
    wide, high = right - left, bottom - top
    slack = SAME * np.minimum(high[:, None], high)
    within = (left > left[:, None] - slack) & (right < right[:, None] + slack) & (wide < NARROWER * wide[:, None])
    within &= np.abs(np.log(high[:, None] / high)) < np.log(2)
    found = []
    for way, edge in ((1, np.abs(top - bottom[:, None])), (-1, np.abs(bottom - top[:, None]))):
        found += [(int(cell), int(part), way) for cell, part in np.argwhere(within & (edge < slack))]
    return found


def _union(cell: Quad, part: Quad, way: int) -> Quad | None:
    """The cell below (`way` 1) or above one, as wide as it, with the rulings of a part of it; None if that is none."""
    edge = cell[[3, 2]] if way == 1 else cell[[0, 1]]
    rise = (edge[1, 1] - edge[0, 1]) / (edge[1, 0] - edge[0, 0])
    upper, lower = (
        np.column_stack([edge[:, 0], side[:, 1].mean() + rise * (edge[:, 0] - side[:, 0].mean())])
        for side in (part[:2], part[2:])
    )
    union = np.array([upper[0], upper[1], lower[1], lower[0]])
    return union if is_upright(union) else None


def _inside(quads: Quad, union: Quad) -> NDArray[np.bool_]:
    """Which cells (n, 4, 2) lie in a cell (4, 2); none where one lies only in part in it, or it is one of them."""
    low, high = union.min(axis=0), union.max(axis=0)
    slack = SAME * (high - low)[1]
    middles = quads.mean(axis=1)
    inside: NDArray[np.bool_] = ((middles > low) & (middles < high)).all(axis=1)
    beyond = (quads.min(axis=1) < low - slack).any(axis=1) | (quads.max(axis=1) > high + slack).any(axis=1)
    is_whole = np.ptp(quads[:, :, 0], axis=1) > NARROWER * (high - low)[0]
    return inside if not (inside & (beyond | is_whole)).any() else np.zeros(len(quads), bool)
