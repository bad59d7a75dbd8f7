"""A strip between two level rulings: where its places are on a page, and how much of each column of it is ruling."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import FAINTEST
from reader.forms.level import Ruling

ROWS = np.linspace(0.09, 0.91, 21)
"""Where a strip is looked at, from the upper ruling to the lower: what is nearer to them they darken themselves."""
LEANS = (-4, -2, 0, 2, 4)
"""Pixels by which the walls of a strip may lean against the ends of its rulings."""
DOTS = 5
"""Pixels between the dots of a dotted ruling at the most."""
CONTRAST = 4
"""How many times as dark against their sides as what is between them walls are."""
CORNERS = ((0, 0.0), (1, 0.0), (1, 1.0), (0, 1.0))
"""Of a box, from the top left clockwise: by its left or right wall, on the upper or on the lower ruling."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strip:
    """What lies between two level rulings; its columns are counted from their left ends.

    Its height is negative where the rulings cross, as those of crumpled paper may: it is no strip then.
    """

    upper: Ruling
    lower: Ruling

    @property
    def height(self) -> float:
        """Pixels from the upper ruling to the lower, in the mean."""
        return float(np.mean(np.interp(self.upper.x, self.lower.x, self.lower.y) - self.upper.y))

    @property
    def columns(self) -> int:
        """Pixels across."""
        both = self.upper.x[-1] - self.upper.x[0] + self.lower.x[-1] - self.lower.x[0]
        return round(float(both) / 2) + 1

    def points(self, columns: Vector, share: float | Vector, lean: float = 0) -> NDArray[np.float64]:
        """Points (..., 2) at columns of the strip, `share` of the way from its upper to its lower ruling."""
        width = max(1.0, self.columns - 1)
        first, last = ((1 - share) * self.upper.x[end] + share * self.lower.x[end] for end in (0, -1))
        x = first + columns / width * (last - first) + lean * (share - 0.5)
        y = (1 - share) * np.interp(x, self.upper.x, self.upper.y) + share * np.interp(x, self.lower.x, self.lower.y)
        return np.stack([x, y], axis=-1)

    def boxes(self, ends: NDArray[np.float64], lean: float) -> NDArray[np.float64]:
        """Boxes (n, 4, 2) by the columns (n, 2) of their left and right walls."""
        return np.stack([self.points(ends[:, side], share, lean) for side, share in CORNERS], axis=1)

    def part(self, first: int, last: int) -> "Strip":
        """The strip from one column to another."""
        start, end = (column / max(1, self.columns - 1) for column in (first, last))
        return Strip(_part(self.upper, start, end), _part(self.lower, start, end))


def _part(ruling: Ruling, start: float, end: float) -> Ruling:
    """What lies between two shares of a ruling's length."""
    first, last = ruling.x[0] + np.array([start, end]) * (ruling.x[-1] - ruling.x[0])
    x = np.concatenate([[first], ruling.x[(ruling.x > first) & (ruling.x < last)], [last]])
    return Ruling(x, np.interp(x, ruling.x, ruling.y))


def maps(points: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (rows, columns, 2) as OpenCV's remap wants them."""
    x, y = points.astype(np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def profile(down: NDArray[np.uint8], level: NDArray[np.float64], lean: float) -> Vector:
    """For each column of a strip the share of it that is ruling, in the third of its height where this is least.

    Args:
        down: of the cells.
        level: (rows, columns, 2), where the strip is looked at if its walls do not lean.
        lean: of the walls, in pixels.
    """
    x, y = maps(level)
    leaning = x + (lean * (ROWS[:, None] - 0.5)).astype(np.float32)
    ruling = cv2.remap(down, leaning, y, cv2.INTER_NEAREST) > FAINTEST
    return np.asarray(ruling.reshape(3, -1, x.shape[1]).sum(axis=1).min(axis=0) / (len(ROWS) // 3), np.float64)


def ruled(across: NDArray[np.uint8], strip: Strip) -> NDArray[np.bool_]:
    """Which columns of a strip have ruling above and below; between boxes apart from each other there is none."""
    columns = np.arange(strip.columns, dtype=np.float64)
    there = np.ones(len(columns), bool)
    for share in (0.0, 1.0):
        x, y = strip.points(columns, share).T.round().astype(int)
        near = np.clip(y + np.arange(-2, 3)[:, None], 0, across.shape[0] - 1)
        line = (across[near, np.clip(x, 0, across.shape[1] - 1)] > FAINTEST).any(axis=0)
        closed = cv2.morphologyEx(line.astype(np.uint8)[None], cv2.MORPH_CLOSE, np.ones((1, DOTS), np.uint8))
        there &= closed[0] > 0
    return there


def stand_out(down: NDArray[np.uint8], columns: NDArray[np.float64], strip: Strip, lean: float) -> bool:
    """Whether walls at `columns` (n, 2) are darker by far than what is usual between them: wood and cloth are not."""
    within = columns[:, :1] + np.linspace(0.2, 0.8, 5) * np.diff(columns, axis=1)
    walls, inside = (
        cv2.remap(down, *maps(strip.points(places.reshape(1, -1), ROWS[:, None], lean)), cv2.INTER_NEAREST)
        for places in (columns, within)
    )
    return bool(np.median(walls) >= CONTRAST * (np.median(inside) + 1))
