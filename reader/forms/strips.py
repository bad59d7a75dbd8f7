"""Rows of boxes between two long rulings, found by their walls at equal distances whatever is written over them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import SMALLEST, Cells, overlaps
from reader.forms.combs import split_comb
from reader.forms.groups import boxes_of_groups, groups_of
from reader.forms.level import UNEVEN, find_rulings, pairs_of
from reader.forms.quadrilaterals import is_upright
from reader.forms.strip import LEANS, ROWS, Strip, profile, ruled, stand_out
from reader.forms.strokes import are_strokes
from reader.forms.walls import PITCH, WALL, covered, longest_run, peaks

MORE = 2
"""A comb has at least so many times as many boxes as digits that stand on its teeth may seem to part it into."""
FEWEST_FINE, WHOLLY = 4, 0.95
"""Boxes of a row whose walls are told all together, however faint each of them is, at the least, and share of the row
that has ruling above and below."""
FROM_END, SAME_PITCH = 0.9, 0.06
"""A row of them that takes up less of a strip goes on with boxes as wide as they, give or take this share."""
TRACE = 0.3
"""Share of every third of a wall that leans that is ruling."""
SLIVER = 0.45
"""Width of a box that stands beside a stroke alone at the least, in parts of its height."""
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

Vector = NDArray[np.float64]


def with_strips(cells: Cells) -> Cells:
    """The cells with those between two level rulings put right, where their walls stand at equal distances.

    A cell is missed, cut in two or askew where a digit reaches from wall to wall; the boxes of one field are alike.
    """
    runs = [
        (run + 0.5) / cells.scale - 0.5
        for pair in pairs_of(find_rulings(cells.across))
        for run in _runs(cells, Strip(*pair))
        if len(run)
    ]
    boxes = np.zeros((0, 4, 2))
    for run in sorted(runs, key=lambda run: (-len(run), np.ptp(run[0], axis=0).prod())):
        sound = _sound(run, cells)
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


def _sound(run: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Those boxes (n, 4, 2) of a run that agree with the cells found.

    None where they are frames around cells; not those that are a part of a much larger cell that the others leave
    open, between its wall and an upright stroke, or in which their walls stop short of the rulings as strokes do. In a
    wide box the strokes of its digits may seem to be cells.
    """
    quads = cells.quads
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
    in_wider = (common > OWN * areas) & wider
    part = in_wider & open_cells[:, None]
    for index in np.flatnonzero(in_wider.any(axis=1) & ~open_cells):
        part[index] = in_wider[index] & are_strokes(cells, run[in_wider[index]], quads[index])
    sound: NDArray[np.float64] = run[~part.any(axis=0)]
    return sound


def _is_row(quads: NDArray[np.float64], wide: NDArray[np.float64]) -> bool:
    """Whether cells (n, 4, 2) in one wide box (1, 4, 2) are three or more alike that fill it: a digit's each."""
    sizes = np.ptp(quads, axis=1)
    if len(quads) < ROW or sizes[:, 0].max() > LARGER * sizes[:, 0].min():
        return False
    return bool(sizes.prod(axis=1).sum() > FILLED * np.ptp(wide, axis=1).prod(axis=1).sum())


def _runs(cells: Cells, strip: Strip) -> list[NDArray[np.float64]]:
    """The most boxes alike in a strip, or those in each of its groups: (n, 4, 2) each, in pixels of `cells.across`."""
    if strip.height < SMALLEST or not _may_have_walls(cells.down, strip):
        return []
    groups = groups_of(cells.across, strip)
    if len(groups) > 1:
        return boxes_of_groups(cells.down, groups) or [_best_run(cells, group) for group in groups]
    run = _best_run(cells, strip)
    wide = np.ptp(run[:, :, 0], axis=1)
    is_row = len(run) >= FEWEST_FINE
    if (is_row and wide.sum() > FROM_END * strip.columns) or ruled(cells.across, strip).mean() < WHOLLY:
        return [run]
    fine = boxes_of_groups(cells.down, groups)
    if not fine or len(fine[0]) < FEWEST_FINE:
        return [run]
    if is_row and abs(float(np.ptp(fine[0][:, :, 0], axis=1).mean() / wide.mean()) - 1) > SAME_PITCH:
        return [run]
    whole = strip.boxes(np.array([[0.0, strip.columns - 1]]), 0)[0]
    in_page = [(quads + 0.5) / cells.scale - 0.5 for quads in (fine[0], whole)]
    return [run] if are_strokes(cells, *in_page) else fine


def _may_have_walls(down: NDArray[np.uint8], strip: Strip) -> bool:
    """Whether there are traces of a wall at both ends of a strip: most pairs of rulings have none."""
    columns = np.arange(strip.columns, dtype=np.float64)
    near = max(0, int(UNEVEN * strip.height + 4)) + 1
    both = np.concatenate([columns[:near], columns[-near:]])
    seen = profile(down, strip.points(both[None], ROWS[:, None]), 0).reshape(2, -1)
    return bool((seen.max(axis=1) >= TRACE).all())


def _best_run(cells: Cells, strip: Strip) -> NDArray[np.float64]:
    """The most boxes alike between two rulings: (n, 4, 2), from left to right, in pixels of `cells.across`."""
    height = strip.height
    level = strip.points(np.arange(strip.columns, dtype=np.float64)[None], ROWS[:, None])
    upright = profile(cells.down, level, 0)
    traces = peaks(upright, TRACE)
    if len(traces) < 2 or not _from_end_to_end(traces, strip):
        return np.zeros((0, 4, 2))
    profiles = [profile(cells.down, level, lean) if lean else upright for lean in LEANS]
    best = int(np.argmax([(seen[seen >= WALL] ** 4).sum() for seen in profiles]))
    shares, lean = profiles[best], LEANS[best]
    there = ruled(cells.across, strip).cumsum().tolist()
    run = longest_run(shares, there, height)
    ends = np.array(run).reshape(-1, 2)
    if height < HIGHEST_WIDE * max(cells.down.shape):
        fills = len(run) and _from_end_to_end(ends.ravel(), strip)
        if not fills and covered(there, traces[0], traces[-1]):
            whole = strip.boxes(traces[[0, -1]][None], 0)
            if _is_comb(cells.gray, whole[0], shares, MORE * len(run)):
                return whole
        walls = peaks(shares)
        if len(run) < 2 and _is_wide(walls, height) and _from_end_to_end(walls, strip):
            ends = walls[[0, -1]][None] if covered(there, walls[0], walls[-1]) else ends
    if not len(ends) or not stand_out(cells.down, ends, strip, lean):
        return np.zeros((0, 4, 2))
    return strip.boxes(ends, lean)


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


def _from_end_to_end(walls: Vector, strip: Strip) -> bool:
    """Whether the first and the last of two walls or more are where the rulings above and below them end."""
    reach = UNEVEN * strip.height + 4
    return bool(walls[0] <= reach and walls[-1] >= strip.columns - 1 - reach)


def _shares_in(quads: NDArray[np.float64], boxes: NDArray[np.float64]) -> Vector:
    """(n,): the share of each quadrilateral's rectangle that lies in those of the boxes, which do not overlap."""
    common = overlaps(quads, boxes).sum(axis=1)
    return np.asarray(common / np.maximum(np.ptp(quads, axis=1).prod(axis=1), 1e-9), np.float64)
