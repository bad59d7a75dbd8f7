"""Walls between cells: those too faint to be found, and strokes of digits that were taken for one."""

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells

NEAR = 0.25
"""Corners of two neighbouring cells are at most this far apart, in parts of the shorter side of both."""
TURNED = [0, 3, 2, 1]
"""The corners of a cell in the order that they have where rows and columns change places."""
FAINT_WALL = 2.0
"""Gray levels of darkness, in the median along it, of a wall between two cells that were found as one."""
ASIDE, REACH, STANDS = 2, (0.02, 0.08), 0.3
"""Pixels beside its place, and parts of its height from the rulings that it stands on, within which it is this share as
dark: strokes stop short of them."""


def meeting(quads: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which cells (n, 4, 2) share a wall: two (n, n) bool, [i, j] says that j is right of i, that j is below i."""
    return _meeting(quads, quads)


def _meeting(quads: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The same for cells (n, 4, 2) and others (m, 4, 2): two (n, m) bool."""
    runs = (q - q[:, [1, 2, 3, 0]] for q in (quads, others))
    sides, other_sides = (np.hypot(run[..., 0], run[..., 1]).min(axis=1) for run in runs)
    reach = NEAR * np.minimum(sides[:, None], other_sides)

    def meet(one: int, other: int) -> NDArray[np.bool_]:
        gaps = quads[:, None, one] - others[None, :, other]
        return np.asarray(np.hypot(gaps[..., 0], gaps[..., 1]) < reach, np.bool_)

    return meet(1, 0) & meet(2, 3), meet(3, 0) & meet(2, 1)


def merged(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cells (n, 4, 2) with those put together again that a stroke from wall to wall cuts in two, as a 4 may.

    The two parts stand beside a cell that is as high (or, one beside the other, above or below one that is as wide) as
    both together, no other cell ends where the stroke is, and there are such cells on both sides, or the parts together
    are more like the usual cell.
    """
    if len(quads) < 3:
        return quads
    right, below = meeting(quads)
    gone = np.zeros(len(quads), bool)
    whole = []
    for axis, wall, beside, far in ((1, below, right, [2, 3]), (0, right, below, [1, 2])):
        alone = np.asarray(~(beside.any(axis=0) | beside.any(axis=1)), np.bool_)
        pairs = np.argwhere(wall & alone & alone[:, None])
        unions = quads[pairs[:, 0]]
        unions[:, far] = quads[pairs[:, 1]][:, far]
        before = _meeting(quads, unions)[1 - axis].any(axis=0)
        after = _meeting(unions, quads)[1 - axis].any(axis=1)
        sizes = np.ptp(quads[:, :, axis], axis=1)
        largest, usual = sizes[pairs].max(axis=1), np.median(sizes)
        unusual = np.abs(np.log(np.ptp(unions[:, :, axis], axis=1) / usual)) > np.abs(np.log(largest / usual))
        cut = (before & after) | ((before | after) & ~unusual)
        for pair, union in zip(pairs[cut], unions[cut], strict=True):
            if not gone[pair].any():
                gone[pair] = True
                whole.append(union)
    return np.concatenate([quads[~gone], np.array(whole).reshape(-1, 4, 2)])


def split(quads: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """The cells (n, 4, 2), those that are twice to four times as large as their neighbour cut where a wall is faint.

    A wall that is too faint to enclose a cell, or that writing hides in part, is seen where it must be: the median
    darkness along it is not moved by digits beside it or on it. Cells beside each other are compared by their widths,
    those above each other by their heights.
    """
    beside = _split(quads, cells.down, cells.scale)
    turned = _split(beside[:, TURNED, ::-1], cells.across.T, cells.scale)
    return turned[:, TURNED, ::-1]


def _split(quads: NDArray[np.float64], down: NDArray[np.uint8], scale: float) -> NDArray[np.float64]:
    """The cells (n, 4, 2), those that are wider than their neighbours cut."""
    if len(quads) < 2:
        return quads
    meets = meeting(quads)
    beside = meets[0] | meets[0].T
    widths = np.ptp(quads[:, :, 0], axis=1)
    pieces: list[NDArray[np.float64]] = []
    for index, quad in enumerate(quads):
        unit = widths[beside[index]].min() if beside[index].any() else widths[index]
        count = round(widths[index] / unit)
        even = 2 <= count <= 4 and abs(widths[index] / unit - count) < 0.2 * count
        pieces += _cut(down, quad, scale, count) if even else [quad]
    return np.array(pieces)


def _cut(down: NDArray[np.uint8], quad: NDArray[np.float64], scale: float, count: int) -> list[NDArray[np.float64]]:
    """A cell cut into `count` alike, or whole where there is no trace of the walls between."""
    left, top = ((quad[0] + quad[3]) / 2 * scale)[0], (quad[:2, 1].mean()) * scale
    right, bottom = ((quad[1] + quad[2]) / 2 * scale)[0], (quad[2:, 1].mean()) * scale
    area = down[int(top) + 2 : int(bottom) - 1, max(0, int(left)) : int(right) + 1]
    if len(area) < 8:
        return [quad]
    # In every third of its height: strokes of digits leave paper above or below.
    profile = np.min([np.median(part, axis=0) for part in np.array_split(area, 3)], axis=0)
    pitch = len(profile) / count
    first_row, last_row = round(REACH[0] * len(area)), max(3, round(REACH[1] * len(area)))
    shares = []
    for wall in range(1, count):
        first, last = int((wall - 0.12) * pitch), int((wall + 0.12) * pitch) + 1
        at = first + int(profile[first:last].argmax())
        near = area[:, max(0, at - ASIDE) : at + ASIDE + 1].max(axis=1)
        upper, lower = (np.median(rows[first_row:last_row]) for rows in (near, near[::-1]))
        stands = min(upper, lower) > STANDS * profile[at]
        if profile[at] < max(FAINT_WALL, 3 * np.median(profile)) or not stands:
            return [quad]
        shares.append((at + 0.5) / len(profile))
    upper = [quad[0] + share * (quad[1] - quad[0]) for share in [0.0, *shares, 1.0]]
    lower = [quad[3] + share * (quad[2] - quad[3]) for share in [0.0, *shares, 1.0]]
    return [np.array([upper[i], upper[i + 1], lower[i + 1], lower[i]]) for i in range(count)]
