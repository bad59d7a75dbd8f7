"""Walls at equal distances in a strip between two level rulings, seen as a profile along it: boxes alike, in a row."""

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from reader.forms.level import PITCH_LEAST, WIDEST_GAP

WALL = 0.8
"""Share of every third of a wall that is ruling: strokes of digits seldom reach from one ruling to the other."""
HIDDEN = 0.45
"""The same for a wall that is known to be there from the others."""
PITCH = (PITCH_LEAST, 1.7)
"""Width of a box at the least and at the most, in parts of its height."""
SLACK = 0.07
"""How far a wall may be from its place, in parts of the pitch."""
COVERED = 0.9
"""Share of a box's width that has ruling above and below."""

Vector = NDArray[np.float64]
Box = tuple[float, float]
"""The columns of a box's left and right wall."""


def longest_run(profile: Vector, ruled: list[int], height: float) -> list[Box]:
    """The walls, two columns for each, of the most boxes alike side by side, with gaps alike between them or none.

    Args:
        profile: (columns,) the share of each column that is ruling, in the third of the strip where it is least.
        ruled: for each column, how many up to it have ruling above and below.
        height: of the strip.
    """
    walls: list[float] = peaks(profile).tolist()
    best: list[Box] = []
    for index, left in enumerate(walls):
        for right in walls[index + 1 :]:
            wide = right - left
            if wide < PITCH[0] * height or not covered(ruled, left, right):
                continue
            if wide > PITCH[1] * height:
                break
            for following in [wall for wall in walls[index + 1 :] if right <= wall <= right + WIDEST_GAP * wide]:
                run = _run(profile, ruled, walls, (left, right, following))
                if (len(run), wide) > (len(best), best[0][1] - best[0][0] if best else 0.0):
                    best = run
    return best


def covered(ruled: list[int], left: float, right: float) -> bool:
    """Whether a box between two walls has ruling above and below; `ruled` as `longest_run` takes it."""
    first, last = round(left), min(round(right), len(ruled) - 1)
    there = ruled[last] - (ruled[first - 1] if first > 0 else 0)
    return there >= COVERED * (last + 1 - first)


def _run(profile: Vector, ruled: list[int], walls: list[float], first: tuple[float, float, float]) -> list[Box]:
    """Boxes from one on, given by its left and right wall and by where the next one begins, as far as they go."""
    left, right, following = first
    wide, pitch = right - left, following - left
    run = [(left, right)]
    while True:
        begins = run[-1][0] + pitch
        one = _wall(profile, walls, begins, pitch)
        other = _wall(profile, walls, (begins if one is None else one) + wide, pitch)
        if one is None or other is None or other <= one or not covered(ruled, one, other):
            return run
        run.append((one, other))


def _wall(profile: Vector, walls: list[float], place: float, pitch: float) -> float | None:
    """The wall nearest to a place where one should be; the place itself where a digit hides all but a trace of it."""
    reach = SLACK * pitch + 1.5
    after = bisect_left(walls, place)
    near = min(walls[max(0, after - 1) : after + 1], key=lambda wall: abs(wall - place), default=np.inf)
    if abs(near - place) <= reach:
        return near
    span = profile[max(0, round(place - reach)) : round(place + reach) + 1]
    return place if 0 <= place <= len(profile) - 1 and span.max() >= HIDDEN else None


def peaks(profile: Vector, least: float = WALL) -> Vector:
    """The middles of the runs of columns that may be walls."""
    high = np.concatenate([[False], profile >= least, [False]])
    starts, ends = np.flatnonzero(high[1:] & ~high[:-1]), np.flatnonzero(~high[1:] & high[:-1])
    return np.asarray((starts + ends - 1) / 2, np.float64)
