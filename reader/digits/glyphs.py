"""A line of ink -> pieces from left to right, so small that each digit is one piece or a few neighbouring ones.

Over-segmentation: connected components are taken apart along every promising cut, and which neighbours belong together
is left to the classifier and the best path (Fujisawa et al., Proc. IEEE 1992; Casey and Lecolinet, IEEE PAMI 1996).
A cut is the cheapest way from top to bottom through a component, where ink costs and paper is nearly free: it finds
valleys, gaps between digits that overlap in x, and slanted joins alike, without a straight vertical knife.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Labels = NDArray[np.int32]

INKED = 0.3
"""Ink from here on makes components."""
SPECK = 0.006
"""A component whose area is below this share of the writing height squared is dirt (a 40 pixel line: 10 pixels)."""
NARROWEST = 0.3
"""A component narrower than this share of the writing height is not cut."""
DEAREST_CUT = 3.2
"""A cut through more ink than this many stroke widths (two strokes, taken obliquely) is not offered."""
APART = 0.3
"""Two cuts with less ink between them than a stroke of this share of the writing height are one."""
NEIGHBOURS = 0.04
"""A cut is cheaper than those within this share of the writing height to both sides."""
SIDESTEP = 0.12
"""Price of a step to the side, in pixels of ink: of two ways through paper the straight one is taken."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The ink of a line taken apart.

    Attributes:
        labels: (rows, columns) int32, 0 is no piece's; piece i has i + 1, counted from left to right.
        boxes: (n, 4) int64, for each piece the first row and column, and the row and column after the last.
        areas: (n,) float64, pixels of full ink that the piece would fill.
        joined: (n,) float64, pixels of ink that were cut through between piece i - 1 and piece i; 0 where a gap is.
        height: pixels, height of the writing: of a usual digit.
        stroke: pixels, width of the pen's stroke.
        slant: columns to the right for each row up.
    """

    labels: Labels
    boxes: NDArray[np.int64]
    areas: NDArray[np.float64]
    joined: NDArray[np.float64]
    height: float
    stroke: float
    slant: float

    def __post_init__(self) -> None:
        count = len(self.boxes)
        if self.boxes.shape != (count, 4) or self.areas.shape != (count,) or self.joined.shape != (count,):
            raise ValueError(f"{count} boxes, {self.areas.shape} areas and {self.joined.shape} joins do not agree")
        if count and (self.height <= 0 or self.stroke <= 0):
            raise ValueError(f"a height of {self.height} and a stroke of {self.stroke} are no writing")


def find_pieces(ink: Map) -> Pieces:
    """Take a line of writing apart.

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink, without rulings.
    """
    mask = (ink >= INKED).astype(np.uint8)
    _, components, found, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    stats = found[1:].astype(np.int64)
    if not len(stats):
        return _none(ink.shape)
    height = _writing_height(stats)
    keep = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= SPECK * height * height)
    if not keep.size:
        return _none(ink.shape)
    stroke = _stroke_width(mask)
    slant = _slant(mask)
    labels = np.zeros(ink.shape, np.int32)
    prices: list[float] = []
    for index in keep:
        left, top, width, tall = (int(value) for value in stats[index, :4])
        window = (slice(top, top + tall), slice(left, left + width))
        own = components[window] == index + 1
        cuts = _cuts(ink[window] * own, height, stroke, slant) if width > NARROWEST * height else []
        side = np.zeros(own.shape, np.int32)
        for path, _ in cuts:
            side += np.arange(width)[None, :] > path[:, None]
        labels[window][own] = side[own] + len(prices) + 1
        prices += [0.0, *(price for _, price in cuts)]
    return _ordered(ink, labels, np.array(prices), (height, stroke, slant))


def _none(shape: tuple[int, ...]) -> Pieces:
    return Pieces(np.zeros(shape, np.int32), np.zeros((0, 4), np.int64), np.zeros(0), np.zeros(0), 0.0, 0.0, 0.0)


def _writing_height(stats: NDArray[np.int64]) -> float:
    """Height of a usual digit: the median over columns of how tall the component there is, specks and dashes aside."""
    heights, widths = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    tall = heights >= 0.35 * heights.max()
    order = np.argsort(heights[tall])
    share = np.cumsum(widths[tall][order]) / widths[tall].sum()
    return float(heights[tall][order][np.searchsorted(share, 0.5)])


def _stroke_width(mask: NDArray[np.uint8]) -> float:
    """Twice the usual distance from the middle of a stroke to its edge."""
    distance = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8))) & (distance > 0)
    return max(1.0, 2 * float(np.median(distance[ridge])) - 1)


def _slant(mask: NDArray[np.uint8]) -> float:
    """Shear under which the columns are emptiest and fullest (Vinciarelli and Luettin, Pattern Rec. Letters 2001)."""
    rows, columns = np.nonzero(mask)
    best, slant = -1.0, 0.0
    for shear in np.arange(-0.3, 0.95, 0.1):
        places = np.rint(columns + shear * (rows - mask.shape[0])).astype(int)
        counts = np.bincount(places - places.min())
        score = float((counts.astype(np.float64) ** 2).sum()) * (1 - 0.02 * abs(shear))
        if score > best:
            best, slant = score, float(shear)
    return slant


def _cuts(ink: Map, height: float, stroke: float, slant: float) -> list[tuple[NDArray[np.int64], float]]:
    """Ways through a component from top to bottom, from left to right, each with the ink that it crosses.

    Args:
        ink: (rows, columns) float32, the component alone.
        height: pixels, of a usual digit.
        stroke: pixels, width of a stroke.
        slant: columns to the right for each row up.
    """
    rows, columns = ink.shape
    price = ink * ink  # a faint bridge between two digits is cheaper to cut than a stroke
    down, down_from = _cheapest(price, slant)
    up, up_from = _cheapest(price[::-1], -slant)
    before = np.cumsum(ink, axis=1)
    every = np.arange(rows)
    found: list[tuple[float, NDArray[np.int64]]] = []
    for share in (0.5, 0.3, 0.7):
        row = round(share * (rows - 1))
        total = down[row] + up[rows - 1 - row] - price[row]
        for column in _valleys(total, max(1, round(NEIGHBOURS * height)), max(1, round(0.06 * height))):
            above = _way(down_from[: row + 1], column)
            below = _way(up_from[: rows - row], column)[::-1]
            path = np.concatenate([above, below[1:]])
            found.append((float(price[every, path].sum()), path))
    found.sort(key=lambda cut: cut[0])
    chosen: list[tuple[float, NDArray[np.int64]]] = []
    for price_of, path in found:
        if price_of > DEAREST_CUT * stroke or len(chosen) >= 2 + 5 * columns / height:
            break
        between = (np.abs(before[every, path] - before[every, other]).sum() for _, other in chosen)
        if all(ink_between >= APART * height * stroke for ink_between in between):
            chosen.append((price_of, path))
    chosen.sort(key=lambda cut: float(cut[1].mean()))
    return [(path, price_of) for price_of, path in chosen]


def _cheapest(ink: Map, slant: float) -> tuple[Map, Labels]:
    """For each pixel the price of the cheapest way down to it from the top, and from which column it comes.

    Args:
        ink: (rows, columns) float32.
        slant: columns to the left for each row down along which going is free.
    """
    rows, columns = ink.shape
    price = np.empty((rows, columns), np.float32)
    came = np.zeros((rows, columns), np.int32)
    price[0] = ink[0]
    steps = np.array([SIDESTEP * abs(step + slant) for step in (-1, 0, 1)], np.float32)
    places = np.arange(columns)
    options = np.full((3, columns), np.float32(1e6))
    for row in range(1, rows):
        before = price[row - 1]
        options[0, :-1] = before[1:] + steps[0]
        options[1] = before + steps[1]
        options[2, 1:] = before[:-1] + steps[2]
        choice = options.argmin(axis=0)
        price[row] = options[choice, places] + ink[row]
        came[row] = np.clip(places + 1 - choice, 0, columns - 1)
    return price, came


def _way(came: Labels, column: int) -> NDArray[np.int64]:
    """The columns of the cheapest way that ends in a column of the last row."""
    path = np.empty(len(came), np.int64)
    for row in range(len(came) - 1, -1, -1):
        path[row] = column
        column = int(came[row, column])
    return path


def _valleys(price: Map, reach: int, edge: int) -> list[int]:
    """Columns that are cheapest within `reach` to both sides; the middle one where several are equally cheap."""
    padded = np.pad(price, reach, constant_values=np.float32(1e6))
    lowest = np.min([padded[offset : offset + len(price)] for offset in range(2 * reach + 1)], axis=0)
    at = np.flatnonzero(price <= lowest + 1e-6)
    at = at[(at >= edge) & (at < len(price) - edge)]
    if not at.size:
        return []
    return [int(group[len(group) // 2]) for group in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)]


def _ordered(ink: Map, labels: Labels, prices: NDArray[np.float64], scale: tuple[float, float, float]) -> Pieces:
    """Count the pieces from left to right along the slant, and give each the soft edge around it.

    Args:
        ink: (rows, columns) float32.
        labels: (rows, columns) int32, pieces in any order, 0 is none.
        prices: for label i + 1, the ink cut through between it and label i; 0 where it begins a component.
        scale: writing height, stroke width and slant.
    """
    rows, columns = np.nonzero(labels)
    names = labels[rows, columns] - 1
    weights = np.bincount(names, minlength=len(prices))
    there = np.flatnonzero(weights)
    middles = np.bincount(names, columns + scale[2] * rows, len(prices))[there] / weights[there]
    order = there[np.argsort(middles, kind="stable")]
    rank = np.zeros(len(prices) + 1, np.int32)
    rank[order + 1] = np.arange(1, len(order) + 1)
    labels = rank[labels]
    edge = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    labels = np.where((labels == 0) & (ink > 0) & (ink < INKED), edge, labels)
    boxes = np.zeros((len(order), 4), np.int64)
    rows, columns = np.nonzero(labels)
    names = labels[rows, columns] - 1
    areas = np.bincount(names, ink[rows, columns], len(order)).astype(np.float64)
    boxes[:, :2] = 1 << 30
    for side, values in ((0, rows), (1, columns)):
        np.minimum.at(boxes[:, side], names, values)
        np.maximum.at(boxes[:, side + 2], names, values + 1)
    joined = np.array([prices[new] if old == new - 1 else 0.0 for old, new in zip([-9, *order], order, strict=False)])
    return Pieces(labels.astype(np.int32), boxes, areas, joined, *scale)
