"""Boxes side by side in groups with gaps between, as dates and account numbers have them: all boxes are alike."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import FAINTEST, SMALLEST
from reader.forms.level import PITCH_LEAST
from reader.forms.strip import DOTS, LEANS, ROWS, Strip, maps, ruled
from reader.forms.walls import PITCH

MOST = 24
"""Boxes in a group at the most."""
GAP = 0.15
"""Paper between two groups at the least, in heights of the boxes."""
EVEN = 0.06
"""Boxes of two groups differ by this share in width at the most."""
SEEN, PART, TRACED = 0.8, 0.6, 0.85
"""Share of the walls within the groups that is ruling, in the mean; part of a wall that is, of this share of them."""
BESIDE, CONTRAST = 0.17, 0.5
"""Right beside the walls, so many boxes away, this share of that is ruling at the most, in the median."""
SLACK = 0.04
"""How far a wall may be from its place, in boxes, and a pixel and a half besides."""
CLEARLY = 0.03
"""Walls lean where so much more of them is ruling then."""
FINER = 0.12
"""Twice or three times as many boxes are right where so little less of their walls is ruling."""
NARROW = 0.5
"""Width of a box at the least, in its heights: the middles of narrow digits stand as evenly as walls."""

Vector = NDArray[np.float64]


def groups_of(across: NDArray[np.uint8], strip: Strip) -> list[Strip]:
    """The parts of a strip that gaps without ruling part; the strip where there are none, or boxes that stand alone.

    Args:
        across: of the cells.
        strip: in pixels of it.
    """
    there = np.concatenate([[False], ruled(across, strip), [False]])
    starts, ends = np.flatnonzero(there[1:] & ~there[:-1]), np.flatnonzero(~there[1:] & there[:-1])
    apart = starts[1:] - ends[:-1] > GAP * strip.height
    starts, ends = starts[np.append(True, apart)[: len(starts)]], ends[np.append(apart, True)[-len(ends) :]]
    wide = ends - starts >= PITCH_LEAST * strip.height
    starts, ends = starts[wide], ends[wide]
    if len(starts) < 2 or (ends - starts).max() <= PITCH[1] * strip.height:
        return [strip]
    near, last = DOTS // 2, strip.columns - 1
    parts = [strip.part(max(0, a - near), min(last, b - 1 + near)) for a, b in zip(starts, ends, strict=True)]
    return [part for part in parts if part.height >= SMALLEST] or [strip]


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
    for tried in sorted(LEANS, key=abs):
        shares = [_shares(down, group, tried) for group in groups]
        spans = [_span(each) for each in shares]
        pitches = {round((last - first) / count, 1) for first, last in spans for count in range(1, MOST + 1)}
        for pitch in sorted((p for p in pitches if NARROW <= p / height <= PITCH[1]), reverse=True):
            places = [_places(span, pitch) for span in spans]
            if any(not len(at) for at in places) or sum(map(len, places)) == 2 * len(places):
                continue
            pairs = list(zip(shares, places, strict=True))
            seen = np.concatenate([_seen(each, at, pitch) for each, at in pairs])
            beside = np.concatenate([_beside(each, at, pitch) for each, at in pairs])
            if seen.mean() < SEEN or np.mean(seen >= PART) < TRACED or np.median(beside) > CONTRAST * seen.mean():
                continue
            # Each second wall may be all that is seen of wide boxes.
            is_finer = tried == lean and _are_finer(places, walls)
            if seen.mean() > best + (CLEARLY if tried != lean else 0) or (is_finer and seen.mean() > best - FINER):
                best, lean, walls = float(seen.mean()), tried, [_snapped(each, at, pitch) for each, at in pairs]
    ends = [np.stack([at[:-1], at[1:]], axis=1) for at in walls]
    return [group.boxes(each, lean) for each, group in zip(ends, groups, strict=bool(ends))]


def _are_finer(places: list[Vector], walls: list[Vector]) -> bool:
    """Whether walls at some places part boxes between others into as many, two at least, each."""
    times = {(len(at) - 1) / (len(before) - 1) for at, before in zip(places, walls, strict=bool(walls))}
    return len(times) == 1 and times.pop() in (2.0, 3.0)


def _shares(down: NDArray[np.uint8], group: Strip, lean: float) -> Vector:
    """How much of each column of a group is ruling: digits may hide any part of a wall, but not of all walls."""
    columns = np.arange(group.columns, dtype=np.float64)
    places = maps(group.points(columns[None], ROWS[:, None], lean))
    return np.asarray((cv2.remap(down, *places, cv2.INTER_NEAREST) > FAINTEST).mean(axis=0), np.float64)


def _span(shares: Vector) -> tuple[float, float]:
    """The columns of the first and the last wall of a group: what is most of all ruling near its ends."""
    near = min(len(shares), DOTS + 1)
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
    """How much of the walls at some columns, but for the first and last, is ruling, each a little beside it at most."""
    return np.asarray(shares[_near(shares, places[1:-1], pitch)].max(axis=1, initial=0), np.float64)


def _snapped(shares: Vector, places: Vector, pitch: float) -> Vector:
    """The places with those between the first and the last where most is ruling, a little beside at most."""
    near = _near(shares, places[1:-1], pitch)
    most = shares[near] == shares[near].max(axis=1, initial=0, keepdims=True)
    return np.concatenate([places[:1], (near * most).sum(axis=1) / most.sum(axis=1), places[-1:]])


def _near(shares: Vector, places: Vector, pitch: float) -> NDArray[np.int64]:
    """The columns (n, m) around places (n,) in which a wall may be that should be there."""
    reach = round(SLACK * pitch + 1.5)
    columns = places.round().astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
    return np.asarray(np.clip(columns, 0, len(shares) - 1), np.int64)


def _beside(shares: Vector, places: Vector, pitch: float) -> Vector:
    """The same of what is right beside the walls: little on paper, much on wood and cloth."""
    near = np.concatenate([places[1:] - BESIDE * pitch, places[:-1] + BESIDE * pitch])
    return np.asarray(shares[near.round().astype(int)], np.float64)
