"""Numbers below each other stand in columns: where other rows have a gap, one that runs on there is two numbers."""

import numpy as np
from numpy.typing import NDArray

GAP = 0.8
"""Paper between two numbers of a row, at the least, in heights of their digits."""
ROWS = 2
"""So many other rows have a gap there, and more of them than run on."""
SAME_ROW = 0.5
"""Writing that has this share of its height in common with other writing is in its row."""
SHARED = 0.5
"""Share of a gap that the gap of another row covers."""

MATES, NEAR, ALIKE = 2, 8.0, 1.7
"""A single digit in a column has so many numbers above or below it, no more than so many of its heights away, and no
more than so many times as high as it, or as low."""

Boxes = NDArray[np.int32]


def by_columns(chains: list[Boxes]) -> list[Boxes]:
    """Chains of pieces, (n, 5) each: left, top, width, height and a mark, parted where other rows show two columns."""
    if len(chains) <= ROWS:
        return chains
    rows = _rows(chains)
    gaps = [_gaps(np.concatenate([chains[i] for i in row])) for row in rows]
    spans = [np.array([_ends(chains[i]) for i in row]) for row in rows]
    parted: list[Boxes] = []
    for number, row in enumerate(rows):
        others = [(gaps[k], spans[k]) for k in range(len(rows)) if k != number]
        for index in row:
            cuts = [gap for gap in _gaps(chains[index]) if _is_between_columns(gap, others)]
            parted += _cut(chains[index], cuts)
    return parted


def _ends(chain: Boxes) -> tuple[int, int]:
    """The first and the last column of a chain."""
    return int(chain[:, 0].min()), int((chain[:, 0] + chain[:, 2]).max())


def _rows(chains: list[Boxes]) -> list[list[int]]:
    """Which chains are side by side, by index, row by row."""
    spans = np.array([[chain[:, 1].min(), (chain[:, 1] + chain[:, 3]).max()] for chain in chains])
    rows: list[list[int]] = []
    for index in np.argsort(spans.mean(axis=1), kind="stable").tolist():
        top, bottom = spans[index]
        row = rows[-1] if rows else []
        if row:
            low, high = spans[row[-1]]
            shared = min(bottom, high) - max(top, low)
            if shared >= SAME_ROW * min(bottom - top, high - low):
                row.append(index)
                continue
        rows.append([index])
    return rows


def _gaps(pieces: Boxes) -> list[tuple[int, int]]:
    """The first and last column of each wide gap between pieces side by side."""
    order = np.argsort(pieces[:, 0], kind="stable")
    ends = np.maximum.accumulate((pieces[:, 0] + pieces[:, 2])[order])
    starts = pieces[order[1:], 0]
    wide = np.flatnonzero(starts - ends[:-1] >= GAP * pieces[:, 3].max())
    return [(int(ends[i]), int(starts[i])) for i in wide]


def _is_between_columns(gap: tuple[int, int], others: list[tuple[list[tuple[int, int]], NDArray[np.int64]]]) -> bool:
    """Whether more of the other rows, with their gaps and the ends of their chains, have a gap there than run on."""
    length, middle = gap[1] - gap[0], sum(gap) / 2
    with_gap = without = 0
    for gaps, spans in others:
        if any(min(gap[1], end) - max(gap[0], start) >= SHARED * length for start, end in gaps):
            with_gap += 1
        elif ((spans[:, 0] < middle) & (spans[:, 1] > middle)).any():
            without += 1
    return with_gap >= ROWS and with_gap > without


def _cut(chain: Boxes, cuts: list[tuple[int, int]]) -> list[Boxes]:
    """A chain parted at gaps."""
    part = np.searchsorted(np.array([end for _, end in cuts]), chain[:, 0], side="right")
    return [chain[part == number] for number in range(len(cuts) + 1)]


def in_columns(quads: NDArray[np.float64], alone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which lines of writing (n, 4, 2) stand in a column with others, (n,) bool, those that are single digits aside.

    Args:
        quads: their rectangles.
        alone: (n,) which of them are single digits.
    """
    found: NDArray[np.bool_] = (column_mates(quads) & ~alone).sum(axis=1) >= MATES
    return found


def column_mates(quads: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which lines of writing (n, 4, 2) stand near each other in a column, about as high: (n, n) bool, each its own."""
    low, high = quads.min(axis=1), quads.max(axis=1)
    middles, heights = (low + high) / 2, (high - low)[:, 1]
    ratio = heights / np.maximum(heights[:, None], 1e-9)
    mates = (low[:, 0] <= middles[:, :1]) & (middles[:, :1] <= high[:, 0]) & (np.abs(np.log(ratio)) < np.log(ALIKE))
    near: NDArray[np.bool_] = mates & (np.abs(middles[:, 1] - middles[:, 1:]) < NEAR * heights[:, None])
    return near
