"""Boxes side by side in groups with gaps between, as dates and account numbers have them: all boxes are alike."""

import numpy as np
from numpy.typing import NDArray

from reader.forms.level import PITCH_LEAST
from reader.forms.strip import DOTS, LEANS, ROWS, Strip, profile, ruled, stand_out
from reader.forms.walls import HIDDEN, PITCH, SLACK

MOST = 24
"""Boxes in a group at the most."""
EVEN = 0.06
"""Boxes of two groups differ by this share in width at the most."""
SEEN, TRACED = 0.75, 0.85
"""Share of the walls within the groups that is ruling, in the mean, and share of them of which a good part is."""
ALIKE = 0.08
"""Narrower boxes are right where so little less of their walls is ruling: each second wall is seen as well."""

Vector = NDArray[np.float64]


def groups_of(across: NDArray[np.uint8], strip: Strip) -> list[Strip]:
    """The parts of a strip that gaps without ruling part; the strip where there are none, or boxes that stand alone.

    Args:
        across: of the cells.
        strip: in pixels of it.
    """
    there = np.concatenate([[False], ruled(across, strip), [False]])
    starts, ends = np.flatnonzero(there[1:] & ~there[:-1]), np.flatnonzero(~there[1:] & there[:-1])
    wide = ends - starts >= PITCH_LEAST * strip.height
    starts, ends = starts[wide], ends[wide]
    if len(starts) < 2 or (ends - starts).max() <= PITCH[1] * strip.height or (starts[1:] - ends[:-1]).min() <= DOTS:
        return [strip]
    near, last = DOTS // 2, strip.columns - 1
    return [strip.part(max(0, a - near), min(last, b - 1 + near)) for a, b in zip(starts, ends, strict=True)]


def boxes_of_groups(down: NDArray[np.uint8], groups: list[Strip]) -> list[NDArray[np.float64]]:
    """The boxes of groups that are made alike, by the width with which most of their walls are ruling.

    Args:
        down: of the cells.
        groups: strips in pixels of it, as high as each other.

    Returns:
        Of each group its boxes, (n, 4, 2) from left to right; an empty list where no width fits all of them.
    """
    height = float(np.mean([group.height for group in groups]))
    best, lean, walls = 0.0, 0.0, list[Vector]()
    for tried in LEANS:
        shares = [_shares(down, group, tried) for group in groups]
        spans = [_span(each) for each in shares]
        for pitch in sorted({(b - a) / count for a, b in spans for count in range(1, MOST + 1)}, reverse=True):
            if not PITCH[0] * height <= pitch <= PITCH[1] * height:
                continue
            places = [_places(span, pitch) for span in spans]
            seen = [_seen(each, at, pitch) for each, at in zip(shares, places, strict=True)]
            within = np.concatenate([each[1:-1] for each in seen])
            if any(not len(at) for at in places) or not len(within) or np.mean(within >= HIDDEN) < TRACED:
                continue
            fit = float(within.mean()) + (ALIKE if walls and sum(map(len, places)) > sum(map(len, walls)) else 0)
            if within.mean() >= SEEN and fit > best:
                best, lean, walls = float(within.mean()), tried, places
    ends = [np.stack([at[:-1], at[1:]], axis=1) for at in walls]
    if not all(stand_out(down, each, group, lean) for each, group in zip(ends, groups, strict=bool(ends))):
        return []
    return [group.boxes(each, lean) for each, group in zip(ends, groups, strict=bool(ends))]


def _shares(down: NDArray[np.uint8], group: Strip, lean: float) -> Vector:
    """How much of each column of a group is ruling."""
    columns = np.arange(group.columns, dtype=np.float64)
    return profile(down, group.points(columns[None], ROWS[:, None]), lean)


def _span(shares: Vector) -> tuple[float, float]:
    """The columns of the first and the last wall of a group: what is most of all ruling near its ends."""
    near = min(len(shares), 2 * DOTS)
    first, last = (np.flatnonzero(end == end.max()).mean() for end in (shares[:near], shares[-near:]))
    return float(first), float(len(shares) - near + last)


def _places(span: tuple[float, float], pitch: float) -> Vector:
    """Where the walls of a group's boxes are if they are about so wide; none where no number of boxes fits."""
    first, last = span
    count = round((last - first) / pitch)
    if not 1 <= count <= MOST or abs((last - first) / count / pitch - 1) > EVEN:
        return np.zeros(0)
    return np.linspace(first, last, count + 1)


def _seen(shares: Vector, places: Vector, pitch: float) -> Vector:
    """How much of the walls at some columns is ruling, each a little beside its place at the most."""
    reach = round(SLACK * pitch + 1.5)
    near = np.clip(places.round().astype(int)[:, None] + np.arange(-reach, reach + 1), 0, len(shares) - 1)
    return np.asarray(shares[near].max(axis=1, initial=0), np.float64)
