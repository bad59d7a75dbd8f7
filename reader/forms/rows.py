"""Boxes that are missing in a row of boxes alike: looked for where the other boxes say that they must be."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells, overlaps, walls
from reader.forms.level import WIDEST_GAP
from reader.forms.strokes import are_strokes

SAME = 0.15
"""Boxes of one row differ by at most this share in width and height."""
LEVEL = 0.2
"""And lie at most this share of their height higher or lower."""
RULED, RULED_LEAST = 0.8, 0.5
"""Share of the sides of a box looked for that is ruling, and of each side."""
FREE = 0.15
"""Share of it that others may cover, but for parts of it."""
PART = 0.6
"""A cell that lies in a box by more than this share, and is smaller than this share of it, is a part of it."""
FRAMES = (0.0, 2.0)
"""Pixels, where cells are looked for, that a frame may lie beyond the boxes that are known."""
SEVERAL, AS_HIGH = 3, 0.8
"""Cells side by side in it, at the least, and their height in its own: no parts that strokes cut it into."""
ROUNDS = 6
"""Boxes in a row that may be missing."""


def with_rows(cells: Cells) -> Cells:
    """The cells with the boxes of rows that were missed, as a scribble or a dash from wall to wall hides them.

    Where two boxes alike are side by side, the next one, if there is one, is as far away; so it is beside any box of
    that size on the page.
    """
    quads = cells.quads
    for _ in range(ROUNDS):
        added = _next_to(quads, cells)
        if not len(added):
            break
        parts = np.array([(_shared(added, quad) > PART).any() for quad in quads], bool)
        quads = np.concatenate([quads[~parts], added])
    return replace(cells, quads=quads)


def _next_to(quads: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Boxes (n, 4, 2) beside those known that rulings bear out."""
    candidates = _candidates(quads)
    if not len(candidates):
        return candidates
    # A box that was found by its white paper is smaller than its frame.
    candidates = np.concatenate([_grown(candidates, pixels / cells.scale) for pixels in FRAMES])
    shares = walls(cells, candidates)
    borne_out = candidates[(shares.mean(axis=1) >= RULED) & (shares.min(axis=1) >= RULED_LEAST)]
    free = borne_out[(_covered(borne_out, quads) <= FREE) & ~_are_filled(borne_out, quads, cells)]
    added: NDArray[np.float64] = free[:0]
    for box in free:
        if _covered(box[None], np.concatenate([quads, added]))[0] <= FREE:
            added = np.concatenate([added, box[None]])
    return added


def _candidates(quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where, left and right of each box, the next one would be by the steps from box to box on the page: (n, 4, 2)."""
    sizes, middles = np.ptp(quads, axis=1), quads.mean(axis=1)
    ratio = sizes[:, None] / np.maximum(sizes, 1e-9)
    alike = (np.abs(ratio - 1) < SAME).all(axis=2)
    step = middles[None] - middles[:, None]
    beside = (np.abs(step[..., 1]) < LEVEL * sizes[:, None, 1]) & (step[..., 0] > 0.9 * sizes[:, None, 0])
    beside &= alike & (step[..., 0] < (1 + WIDEST_GAP) * sizes[:, None, 0])
    found = []
    for first, second in np.argwhere(beside):
        width = step[first, second, 0]
        others = np.flatnonzero(alike[first])
        along = (quads[others, 1] - quads[others, 0]) / np.maximum(sizes[others, :1], 1e-9) * width
        found += [quads[others] + along[:, None], quads[others] - along[:, None]]
    if not found:
        return np.zeros((0, 4, 2))
    boxes = np.concatenate(found)
    middles = (boxes.mean(axis=1) / 4).round()
    _, once = np.unique(middles[:, 0] + 1j * middles[:, 1], return_index=True)
    return boxes[once]


def _covered(boxes: NDArray[np.float64], quads: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): what the upright rectangles of quadrilaterals (m, 4, 2), but for parts of a box, cover of each box."""
    areas, others = np.ptp(boxes, axis=1).prod(axis=1)[:, None], np.ptp(quads, axis=1).prod(axis=1)
    shares: NDArray[np.float64] = (overlaps(boxes, quads) / areas * (others >= PART * areas)).sum(axis=1)
    return shares


def _are_filled(boxes: NDArray[np.float64], quads: NDArray[np.float64], cells: Cells) -> NDArray[np.bool_]:
    """(n,): whether several of the quadrilaterals (m, 4, 2), as high as a box, fill it, and no strokes part them."""
    areas, others = np.ptp(boxes, axis=1).prod(axis=1), np.ptp(quads, axis=1).prod(axis=1)
    high, other_high = np.ptp(boxes[:, :, 1], axis=1)[:, None], np.ptp(quads[:, :, 1], axis=1)
    shared = overlaps(boxes, quads)
    inside = (shared >= PART * others) & (other_high >= AS_HIGH * high)
    filled = (inside.sum(axis=1) >= SEVERAL) & ((shared * inside).sum(axis=1) >= PART * areas)
    for index in np.flatnonzero(filled):
        ways = (_grown(boxes[[index]], pixels / cells.scale)[0] for pixels in FRAMES)
        filled[index] = not any(are_strokes(cells, quads[inside[index]], box) for box in ways)
    return np.asarray(filled, np.bool_)


def _grown(boxes: NDArray[np.float64], pixels: float) -> NDArray[np.float64]:
    """Boxes (n, 4, 2) with so many pixels more on each side."""
    middles, sizes = boxes.mean(axis=1, keepdims=True), np.ptp(boxes, axis=1, keepdims=True)
    grown: NDArray[np.float64] = middles + (boxes - middles) * (1 + 2 * pixels / sizes)
    return grown


def _shared(quads: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): what the upright rectangles of quadrilaterals (n, 4, 2) cover of that of a box, in parts of the box."""
    shares: NDArray[np.float64] = overlaps(quads, box[None])[:, 0] / np.ptp(box, axis=0).prod()
    return shares
