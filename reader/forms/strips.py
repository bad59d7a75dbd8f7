"""Rows of boxes between two long rulings, found by their walls at equal distances whatever is written over them."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import FAINTEST, SMALLEST, Cells, overlaps
from reader.forms.combs import split_comb
from reader.forms.level import UNEVEN, Ruling, find_rulings, pairs_of
from reader.forms.quadrilaterals import is_upright
from reader.forms.walls import PITCH, WALL, covered, longest_run, peaks

ROWS = np.linspace(0.09, 0.91, 21)
"""Where a strip is looked at, from the upper ruling to the lower: what is nearer to them they darken themselves."""
LEANS = (-4, -2, 0, 2, 4)
"""Pixels by which the walls of a strip may lean against the ends of its rulings."""
MORE = 2
"""A comb has at least so many times as many boxes as digits that stand on its teeth may seem to part it into."""
TRACE = 0.3
"""Share of every third of a wall that leans that is ruling."""
SLIVER = 0.45
"""Width of a box that stands beside a stroke alone at the least, in parts of its height."""
DOTS = 5
"""Pixels between the dots of a dotted ruling at the most."""
CONTRAST = 4
"""How many times as dark against their sides as what is between them walls are."""
HIGHEST_WIDE = 0.1
"""Height of a box for several digits at the most, in parts of the page's longer side."""
LARGER = 1.4
"""A box is no better than a cell so many times as wide that it lies in."""
SLIM, HALF, ROWS_SEEN = 0.72, 0.15, 0.3
"""Boxes narrower than this share of their height, of which this share or more, and two, hold cells of half their size,
give or take this, are boxes of two rows."""
WIDE, FULL, MOST_SEEN = 1.1, 0.85, 0.5
"""Boxes wider than this, of which half hold cells half as wide and, but for a little, as high, are two boxes each."""
FILLED = 0.8
"""Unless it is one of several that take up this share of the cell."""
ROW = 3
"""Cells alike in a box for several digits that show it to be a row of boxes, at the least."""
LOOPS = 2
"""Cells in a box that may be loops of its digit; more are boxes in a frame."""
OWN = 0.6
"""Share of a cell that lies in a strip's boxes from which on the boxes take its place."""

CORNERS = ((0, 0.0), (1, 0.0), (1, 1.0), (0, 1.0))
"""Of a box, from the top left clockwise: by its left or right wall, on the upper or on the lower ruling."""

Vector = NDArray[np.float64]


def with_strips(cells: Cells) -> Cells:
    """The cells with those between two level rulings put right, where their walls stand at equal distances.

    A cell is missed, cut in two or askew where a digit reaches from wall to wall; the boxes of one field are alike.
    """
    runs = [
        (run + 0.5) / cells.scale - 0.5
        for pair in pairs_of(find_rulings(cells.across))
        if len(run := _best_run(cells, *pair))
    ]
    boxes = np.zeros((0, 4, 2))
    for run in sorted(runs, key=lambda run: (-len(run), np.ptp(run[0], axis=0).prod())):
        sound = _sound(run, cells.quads)
        if len(sound) and (_shares_in(sound, boxes) < OWN / 2).all():
            boxes = np.concatenate([boxes, sound])
    if not len(boxes):
        return cells
    rests = [_rest(quad, boxes) for quad in cells.quads[_shares_in(cells.quads, boxes) < OWN]]
    kept = [rest[None] for rest in rests if is_upright(rest) and np.ptp(rest[:, 0]) * cells.scale >= SMALLEST]
    return replace(cells, quads=np.concatenate([*kept, boxes]))


def _rest(quad: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """A cell without the boxes that cover its left or its right part."""
    rest = quad.copy()
    for box in boxes[_shares_in(boxes, quad[None]) > OWN]:
        side, other = ([0, 3], [1, 2]) if box[:, 0].mean() < rest[:, 0].mean() else ([1, 2], [0, 3])
        rest[side] = box[other]
    return rest


def _sound(run: NDArray[np.float64], quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those boxes (n, 4, 2) of a run that agree with the cells found.

    None where they are frames around cells; not those that are a part of a much larger cell that the others leave
    open, between its wall and an upright stroke. In a wide box the strokes of its digits may seem to be cells.
    """
    sizes, areas = np.ptp(quads, axis=1).prod(axis=1), np.ptp(run, axis=1).prod(axis=1)
    common = overlaps(quads, run)
    within = ((common > OWN * sizes[:, None]) & (areas > LARGER * sizes[:, None])).sum(axis=0)
    aspect = float((np.ptp(run[:, :, 0], axis=1) / np.ptp(run[:, :, 1], axis=1)).mean())
    if aspect <= PITCH[1] and ((within > 1).sum() > max(1, len(run) / 2) or (within > LOOPS).any()):
        return run[:0]
    if aspect > PITCH[1] and _is_row(quads[(common > OWN * sizes[:, None]).any(axis=1)], run):
        return run[:0]
    half = (common > OWN * sizes[:, None]) & (np.abs(sizes[:, None] / areas - 0.5) < HALF)
    if aspect < SLIM and half.any(axis=0).sum() >= max(2, ROWS_SEEN * len(run)):
        return run[:0]
    full = np.ptp(quads[:, :, 1], axis=1)[:, None] > FULL * np.ptp(run[:, :, 1], axis=1)
    if aspect > WIDE and (half & full).any(axis=0).sum() >= max(2, MOST_SEEN * len(run)):
        return run[:0]
    open_cells = common.sum(axis=1) < FILLED * sizes
    wider = np.ptp(quads[:, :, 0], axis=1)[:, None] > LARGER * np.ptp(run[:, :, 0], axis=1)
    part = (common > OWN * areas) & wider & open_cells[:, None]
    sound: NDArray[np.float64] = run[~part.any(axis=0)]
    return sound


def _is_row(quads: NDArray[np.float64], wide: NDArray[np.float64]) -> bool:
    """Whether cells (n, 4, 2) in one wide box (1, 4, 2) are three or more alike that fill it: a digit's each."""
    sizes = np.ptp(quads, axis=1)
    if len(quads) < ROW or sizes[:, 0].max() > LARGER * sizes[:, 0].min():
        return False
    return bool(sizes.prod(axis=1).sum() > FILLED * np.ptp(wide, axis=1).prod(axis=1).sum())


def _best_run(cells: Cells, upper: Ruling, lower: Ruling) -> NDArray[np.float64]:
    """The most boxes alike between two rulings: (n, 4, 2), from left to right, in pixels of `cells.across`."""
    height = float(np.mean(np.interp(upper.x, lower.x, lower.y) - upper.y))
    columns = np.arange(_columns(upper, lower), dtype=np.float64)
    near = max(0, int(UNEVEN * height + 4)) + 1
    both = np.concatenate([columns[:near], columns[-near:]])
    seen = _profile(cells.down, _points(upper, lower, both[None], ROWS[:, None], 0), 0).reshape(2, -1)
    if (seen.max(axis=1) < TRACE).any():  # most pairs of rulings have no walls at their ends
        return np.zeros((0, 4, 2))
    level = _points(upper, lower, columns[None], ROWS[:, None], 0)
    upright = _profile(cells.down, level, 0)
    traces = peaks(upright, TRACE)
    if len(traces) < 2 or not _from_end_to_end(traces, upper, lower, height):
        return np.zeros((0, 4, 2))
    profiles = [_profile(cells.down, level, lean) if lean else upright for lean in LEANS]
    best = int(np.argmax([(seen[seen >= WALL] ** 4).sum() for seen in profiles]))
    profile, lean = profiles[best], LEANS[best]
    ruled = _ruled(cells.across, upper, lower).cumsum().tolist()
    run = longest_run(profile, ruled, height)
    ends = np.array(run).reshape(-1, 2)
    if height < HIGHEST_WIDE * max(cells.down.shape):
        fills = len(run) and _from_end_to_end(ends.ravel(), upper, lower, height)
        if not fills and covered(ruled, traces[0], traces[-1]):
            whole = _boxes(upper, lower, traces[[0, -1]][None], 0)
            if _is_comb(cells.gray, whole[0], profile, MORE * len(run)):
                return whole
        walls = peaks(profile)
        if len(run) < 2 and _is_wide(walls, height) and _from_end_to_end(walls, upper, lower, height):
            ends = walls[[0, -1]][None] if covered(ruled, walls[0], walls[-1]) else ends
    if not len(ends) or not _stand_out(cells.down, ends, (upper, lower), lean):
        return np.zeros((0, 4, 2))
    return _boxes(upper, lower, ends, lean)


def _boxes(upper: Ruling, lower: Ruling, ends: NDArray[np.float64], lean: float) -> NDArray[np.float64]:
    """Boxes (n, 4, 2) between two rulings, by the columns (n, 2) of their left and right walls."""
    corners = [_points(upper, lower, ends[:, side], share, lean) for side, share in CORNERS]
    return np.stack(corners, axis=1)


def _is_wide(walls: Vector, height: float) -> bool:
    """Whether walls are those of a box for several digits: what is nearer to its end than any box is wide, strokes."""
    return len(walls) > 1 and bool((np.sort(np.diff(walls))[:-1] < SLIVER * height).all())


def _is_comb(gray: NDArray[np.uint8], quad: NDArray[np.float64], profile: Vector, count: float) -> bool:
    """Whether a box (4, 2) from end to end of a strip is a comb of two boxes, and so many, or more, its teeth short.

    A digit that stands on a tooth may seem to be a wall, and a row of boxes to begin there.
    """
    boxes = split_comb(gray, quad) if is_upright(quad) else []
    if len(boxes) < max(2, count):
        return False
    teeth = np.array([(box[0, 0] + box[3, 0]) / 2 - quad[[0, 3], 0].mean() for box in boxes[1:]])
    near = np.clip(teeth.round().astype(int)[:, None] + np.arange(-2, 3), 0, len(profile) - 1)
    return bool(np.median(profile[near].max(axis=1)) < TRACE)


def _from_end_to_end(walls: Vector, upper: Ruling, lower: Ruling, height: float) -> bool:
    """Whether the first and the last of two walls or more are where the rulings above and below them end."""
    reach = UNEVEN * height + 4
    return bool(walls[0] <= reach and walls[-1] >= _columns(upper, lower) - 1 - reach)


def _stand_out(
    down: NDArray[np.uint8], columns: NDArray[np.float64], strip: tuple[Ruling, Ruling], lean: float
) -> bool:
    """Whether walls at `columns` (n, 2) are darker by far than what is usual between them: wood and cloth are not."""
    within = columns[:, :1] + np.linspace(0.2, 0.8, 5) * np.diff(columns, axis=1)
    walls, inside = (
        cv2.remap(down, *_maps(_points(*strip, places.reshape(1, -1), ROWS[:, None], lean)), cv2.INTER_NEAREST)
        for places in (columns, within)
    )
    return bool(np.median(walls) >= CONTRAST * (np.median(inside) + 1))


def _maps(points: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (rows, columns, 2) as OpenCV's remap wants them."""
    x, y = points.astype(np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def _points(upper: Ruling, lower: Ruling, columns: Vector, share: float | Vector, lean: float) -> NDArray[np.float64]:
    """Points (..., 2) at columns of a strip, `share` of the way from its upper to its lower ruling."""
    width = max(1.0, _columns(upper, lower) - 1)
    first, last = ((1 - share) * upper.x[end] + share * lower.x[end] for end in (0, -1))
    x = first + columns / width * (last - first) + lean * (share - 0.5)
    y = (1 - share) * np.interp(x, upper.x, upper.y) + share * np.interp(x, lower.x, lower.y)
    return np.stack([x, y], axis=-1)


def _columns(upper: Ruling, lower: Ruling) -> int:
    return round(float(upper.x[-1] - upper.x[0] + lower.x[-1] - lower.x[0]) / 2) + 1


def _profile(down: NDArray[np.uint8], level: NDArray[np.float64], lean: float) -> Vector:
    """For each column of a strip the share of it that is ruling, in the third of its height where this is least.

    Args:
        down: of the cells.
        level: (rows, columns, 2), where the strip is looked at if its walls do not lean.
        lean: of the walls, in pixels.
    """
    x, y = _maps(level)
    leaning = x + (lean * (ROWS[:, None] - 0.5)).astype(np.float32)
    ruled = cv2.remap(down, leaning, y, cv2.INTER_NEAREST) > FAINTEST
    return np.asarray(ruled.reshape(3, -1, x.shape[1]).sum(axis=1).min(axis=0) / (len(ROWS) // 3), np.float64)


def _ruled(across: NDArray[np.uint8], upper: Ruling, lower: Ruling) -> NDArray[np.bool_]:
    """Which columns of a strip have ruling above and below; between boxes apart from each other there is none."""
    columns = np.arange(_columns(upper, lower), dtype=np.float64)
    there = np.ones(len(columns), bool)
    for share in (0.0, 1.0):
        x, y = _points(upper, lower, columns, share, 0).T.round().astype(int)
        near = np.clip(y + np.arange(-2, 3)[:, None], 0, across.shape[0] - 1)
        line = (across[near, np.clip(x, 0, across.shape[1] - 1)] > FAINTEST).any(axis=0)
        closed = cv2.morphologyEx(line.astype(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, DOTS), np.uint8))
        there &= closed[0] > 0
    return there


def _shares_in(quads: NDArray[np.float64], boxes: NDArray[np.float64]) -> Vector:
    """(n,): the share of each quadrilateral's rectangle that lies in those of the boxes, which do not overlap."""
    common = overlaps(quads, boxes).sum(axis=1)
    return np.asarray(common / np.maximum(np.ptp(quads, axis=1).prod(axis=1), 1e-9), np.float64)
