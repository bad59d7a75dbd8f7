"""How well a sheet's print lies on a page's print: measured tile by tile after warping, and bettered from that."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.page import transformed

FOUND = 0.5
"""Normalised cross-correlation from which a tile of print counts as there (1 is equal, 0 is chance)."""
SLACK = 1
"""Pixels of the level by which a tile may lie off its place and still count."""
MOST_TILES = 360
RIM = 2
"""Pixels along a tile's sides where print does not count: it may be gone with the next blur."""
LASTING = 3.0
"""Power of a tile's darkness, in parts of the darkest ones', by which it tells less."""
NEIGHBOURHOOD = 40.0
"""Pixels of the fine level over which paper that is curled may be taken as shifted alike."""


@dataclass(frozen=True, slots=True)
class Level:
    """The sheet at one scale, cut into tiles of print.

    Attributes:
        scale: pixels of this level for each pixel of the sheet, about.
        to_level: (3, 3) float64 homography from pixels of the sheet to pixels of this level.
        image: (rows, columns) uint8, 255 is paper.
        tile: side of a tile in pixels of this level.
        reach: pixels that a tile is looked for around its place.
        corners: (n, 2) int64, (x, y) of each tile's top left.
        structure: (n, 2, 2) float64, in which directions a tile's place can be told: its gradient's structure tensor
            (Foerstner and Guelch 1987) over its greater eigenvalue.
        tells: (n, 2) float64, how much each tile tells by upright and by level edges: more where it has both, as text,
            and less where it is paler than other print of the sheet.
        inside: (m, 4) int64, left, top, right, bottom of what is written in: not print.
    """

    scale: float
    to_level: NDArray[np.float64]
    image: NDArray[np.uint8]
    tile: int
    reach: int
    corners: NDArray[np.int64]
    structure: NDArray[np.float64]
    tells: NDArray[np.float64]
    inside: NDArray[np.int64]

    @property
    def centres(self) -> NDArray[np.float64]:
        """(n, 2) float64, (x, y) of the tiles' middles in pixels of this level."""
        return np.asarray(self.corners + (self.tile - 1) / 2, np.float64)

    @property
    def to_sheet(self) -> NDArray[np.float64]:
        """(3, 3) homography from pixels of this level to pixels of the sheet."""
        return np.asarray(np.linalg.inv(self.to_level), np.float64)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a level of the sheet lies on a page.

    Attributes:
        to_page: (3, 3) float64 homography from (x, y) in the sheet to (x, y) in the page, bettered.
        shifts: (n, 2) float64, by how much each tile lies off `to_page`, in pixels of the level; along a straight
            line a shift means nothing.
        weights: (n, 2, 2) float64, how far and in which directions each shift is to be trusted.
        left: (n, 2) float64, by how much each tile lies off its place when its neighbours' shift is made good too.
        found: (n,) float64, 1 where a tile's print is there, where its neighbours say it should be; else 0.
        seen: (n,) bool, whether the tile lies on the page at all.
        share: of the tiles on the page, the share whose print is there (see `share_found`).
    """

    to_page: NDArray[np.float64]
    shifts: NDArray[np.float64]
    weights: NDArray[np.float64]
    left: NDArray[np.float64]
    found: NDArray[np.float64]
    seen: NDArray[np.bool_]
    share: float

    @property
    def likelihood(self) -> float:
        """The share found, less for what lies off the page: to choose between fits."""
        return self.share * float(self.seen.mean())


def scaling(across: float, along: float) -> NDArray[np.float64]:
    """The (3, 3) homography that scales x and y of pixels, whose middles lie at whole numbers."""
    return np.array([[across, 0, (across - 1) / 2], [0, along, (along - 1) / 2], [0, 0, 1]])


def level(gray: NDArray[np.uint8], boxes: NDArray[np.float64], scale: float, tile: int, reach: int) -> Level:
    """Cut a sheet into tiles of print.

    Args:
        gray: (rows, columns) uint8 of the sheet, 255 is paper, its light evened out.
        boxes: (m, 4) float64, left, top, right, bottom in the sheet of what is written in.
        scale: pixels of the level for each pixel of the sheet.
        tile: side of a tile in pixels of the level.
        reach: pixels around its place in which a tile will be looked for.
    """
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    margin = np.array([1, 1, -1, -1]) * max(2.5, 2.5 * scale)
    inside = np.round(boxes * scale + margin).astype(np.int64)
    inside = inside[(inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])]
    image = emptied(np.asarray(cv2.resize(gray, size, interpolation=how), np.uint8), inside)
    corners, structure = _tiles(image, tile, reach)
    if len(corners) > MOST_TILES:
        kept = np.linspace(0, len(corners) - 1, MOST_TILES).astype(np.int64)
        corners, structure = corners[kept], structure[kept]
    to_level = scaling(size[0] / gray.shape[1], size[1] / gray.shape[0])
    both = np.linalg.eigvalsh(structure)[:, 0]  # of 1: how much runs across a tile's main direction
    edges = np.diagonal(structure, axis1=1, axis2=2)
    told = (0.3 + 0.7 * np.minimum(1, 4 * both)) * _lasting(image, corners, tile)
    tells = told[:, None] * edges / np.maximum(edges.sum(axis=1), 1e-9)[:, None]
    return Level(scale, to_level, image, tile, reach, corners, structure, tells, inside)


def emptied(image: NDArray[np.uint8], inside: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The image with the inside of every box filled with its own median: writing goes, paper and darkness stay."""
    image = np.array(image)
    for left, top, right, bottom in inside.tolist():
        part = image[max(top, 0) : bottom, max(left, 0) : right]
        if part.size:
            part[:] = np.partition(part, part.size // 2, axis=None)[part.size // 2]  # np.median takes ten times as long
    return image


def _tiles(image: NDArray[np.uint8], tile: int, reach: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners (n, 2) and structure (n, 2, 2) of the tiles that have print on them."""
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.float32)
    down, right = np.gradient(smooth)
    rows = np.arange(reach, image.shape[0] - tile - reach + 1, tile)
    columns = np.arange(reach, image.shape[1] - tile - reach + 1, tile)
    if not rows.size or not columns.size:
        return np.zeros((0, 2), np.int64), np.zeros((0, 2, 2))
    inner = tile - 2 * RIM
    sums = [
        np.asarray(cv2.boxFilter(np.asarray(part), -1, (inner, inner), anchor=(0, 0)), np.float64)
        for part in (right * right, right * down, down * down)
    ]
    xx, xy, yy = (part[np.ix_(rows + RIM, columns + RIM)].ravel() for part in sums)
    tensors = np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2)
    greatest = np.linalg.eigvalsh(tensors)[:, 1]
    printed = greatest > 40  # two gray levels' edge of 30 across a tenth of the tile's pixels
    x, y = np.meshgrid(columns, rows)
    corners = np.column_stack([x.ravel(), y.ravel()])[printed]
    return corners, tensors[printed] / greatest[printed, None, None]


def _lasting(image: NDArray[np.uint8], corners: NDArray[np.int64], tile: int) -> NDArray[np.float64]:
    """(n,) 0 to 1, how far each tile's print is sure to come out on a scan: in one of 1 bit the palest does not."""
    darkest = cv2.dilate(255 - image, np.ones((tile, tile), np.uint8), anchor=(0, 0))[corners[:, 1], corners[:, 0]]
    if not len(darkest):
        return np.zeros(0)
    return np.asarray(np.minimum(1, darkest / np.percentile(darkest, 95)) ** LASTING, np.float64)


def laid_back(layer: Level, page: NDArray[np.uint8], to_page: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The page as it looks from the sheet: (rows, columns) uint8 of the level, 255 is paper and all off the page."""
    back = layer.to_level @ np.linalg.inv(to_page)
    size = layer.image.shape[::-1]
    return np.asarray(cv2.warpPerspective(page, back, size, flags=cv2.INTER_LINEAR, borderValue=255), np.uint8)


def measured(layer: Level, page: NDArray[np.uint8], to_page: NDArray[np.float64], clean: bool) -> Fit:
    """Look for every tile around its place on the page, better the homography from what is found, and measure.

    Args:
        layer: the sheet's level.
        page: (rows, columns) uint8, 255 is paper.
        to_page: (3, 3) homography sheet -> page, right to within the level's reach.
        clean: whether to take the writing out of the boxes first; only where they are known to within two pixels.
    """
    from_level = to_page @ layer.to_sheet
    there = laid_back(layer, page, to_page)
    if clean:
        there = emptied(there, layer.inside)
    places = transformed(layer.centres, from_level)
    seen = np.asarray(((places > 0) & (places < np.array(page.shape[::-1]) - 1)).all(axis=1), np.bool_)
    surfaces = _surfaces(layer, there)
    shifts, heights = _peaks(surfaces, layer.reach)
    trust = np.where(seen, np.clip((heights - 0.3) / 0.5, 0, 1), 0)
    weights = layer.structure * trust[:, None, None]
    bend = _homography(layer.centres, shifts, weights, layer.image.shape)
    moved = transformed(layer.centres, bend) - layer.centres
    local = _smoothed(layer, shifts - moved, weights, layer.centres)
    found = (seen & (_height_at(surfaces, moved + local, layer.reach) >= FOUND)).astype(np.float64)
    share = share_found(layer.tells * seen[:, None], found)
    better = from_level @ bend @ layer.to_level
    off = shifts - moved
    return Fit(better, off, weights, off - local, found, seen, share)


def share_found(tells: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """The share of print that is found, 0 to 1: of upright edges or of level ones, whichever is less.

    Tables of other designs often have one of the two in common.

    Args:
        tells: (n, 2) float64, how much each tile tells by upright and by level edges.
        found: (n,) float64, 1 where a tile is found.
    """
    totals = tells.sum(axis=0)
    counts = totals > 0.1 * totals.sum()
    return min(1.0, float((found @ tells[:, counts] / totals[counts]).min())) if counts.any() else 0.0


def _surfaces(layer: Level, there: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 2 reach + 1, 2 reach + 1) correlation of each tile with the page around its place."""
    reach, tile = layer.reach, layer.tile
    side = 2 * reach + 1
    surfaces = np.zeros((len(layer.corners), side, side), np.float32)
    for n, (x, y) in enumerate(layer.corners.tolist()):
        window = there[y - reach : y + tile + reach, x - reach : x + tile + reach]
        cv2.matchTemplate(window, layer.image[y : y + tile, x : x + tile], cv2.TM_CCOEFF_NORMED, surfaces[n])
    surfaces[~np.isfinite(surfaces) | (surfaces > 1.01)] = 0  # a window of one gray has no correlation
    return surfaces


def _peaks(surfaces: NDArray[np.float32], reach: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each surface is highest, (n, 2) as (x, y) to a part of a pixel, near places preferred; and how high."""
    away = np.arange(-reach, reach + 1)
    near = (away[:, None] ** 2 + away[None] ** 2) * (0.1 / reach**2)
    n = np.arange(len(surfaces))
    best = (surfaces - near.astype(np.float32)).reshape(len(n), -1).argmax(axis=1)
    y, x = np.divmod(best, 2 * reach + 1)
    peak = surfaces[n, y, x].astype(np.float64)
    parts = []
    for dy, dx, at in ((0, 1, x), (1, 0, y)):
        before = surfaces[n, np.maximum(y - dy, 0), np.maximum(x - dx, 0)]
        after = surfaces[n, np.minimum(y + dy, 2 * reach), np.minimum(x + dx, 2 * reach)]
        bend = np.minimum(before + after - 2 * peak, -1e-3)
        part = np.clip((before - after) / (2 * bend), -0.5, 0.5)
        parts.append(np.where((at > 0) & (at < 2 * reach), at + part, at) - reach)
    return np.column_stack(parts), peak


def _height_at(surfaces: NDArray[np.float32], places: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """How high each surface is at a place (n, 2), or within SLACK of it; -1 where the place is out of reach."""
    best = np.full(len(surfaces), -1.0)
    middle = np.round(places).astype(np.int64) + reach
    for dx in range(-SLACK, SLACK + 1):
        for dy in range(-SLACK, SLACK + 1):
            x, y = middle[:, 0] + dx, middle[:, 1] + dy
            ok = (x >= 0) & (y >= 0) & (x <= 2 * reach) & (y <= 2 * reach)
            heights = surfaces[np.arange(len(surfaces)), np.clip(y, 0, 2 * reach), np.clip(x, 0, 2 * reach)]
            best = np.where(ok, np.maximum(best, heights), best)
    return best


def _homography(
    centres: NDArray[np.float64], shifts: NDArray[np.float64], weights: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """The small homography that moves tiles as they were found, by iteratively reweighted least squares."""
    half = np.array([shape[1], shape[0]]) / 2
    x, y = ((centres - half) / half.max()).T
    one, none = np.ones_like(x), np.zeros_like(x)
    across = np.column_stack([one, x, y, none, none, none, x * x, x * y])
    along = np.column_stack([none, none, none, one, x, y, x * y, y * y])
    design = np.stack([across, along], axis=1)
    answer = np.zeros(8)
    for spread in (6.0, 3.0, 1.5, 1.0, 1.0):
        off = shifts - design @ answer
        distance = ((weights @ off[..., None])[..., 0] * off).sum(axis=1)
        robust = weights / (1 + distance / spread**2)[:, None, None] ** 2  # Geman and McClure 1987
        weighted = (robust @ design).reshape(-1, 8)  # weights are symmetric
        normal = weighted.T @ design.reshape(-1, 8) + np.diag([0.01] * 6 + [0.1] * 2)
        answer = np.linalg.solve(normal, weighted.T @ shifts.ravel())
    a0, a1, a2, b0, b1, b2, g, h = answer / half.max()
    bend = np.array(
        [[1 + a1, a2, a0 * half.max()], [b1, 1 + b2, b0 * half.max()], [-g / half.max(), -h / half.max(), 1]]
    )
    to_middle = np.array([[1, 0, -half[0]], [0, 1, -half[1]], [0, 0, 1]])
    return np.asarray(np.linalg.inv(to_middle) @ bend @ to_middle, np.float64)


def _smoothed(
    layer: Level, shifts: NDArray[np.float64], weights: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shift (m, 2) that tiles around each place (m, 2) agree on: where paper is curled; 0 where none says much."""
    apart = (at**2).sum(axis=1)[:, None] + (layer.centres**2).sum(axis=1) - 2 * at @ layer.centres.T
    near = np.exp(np.asarray(-apart / (2 * NEIGHBOURHOOD**2), np.float32))
    pulls = (weights @ shifts[..., None])[..., 0]
    lengths = (pulls * shifts).sum(axis=1)
    parts = weights.reshape(-1, 4)[:, [0, 1, 3]]  # xx, xy, yy
    told = np.column_stack([pulls, parts])
    agreed = np.zeros_like(at)
    for spread in (3.0, 1.5, 1.0):
        powers = np.column_stack([agreed[:, 0] ** 2, 2 * agreed[:, 0] * agreed[:, 1], agreed[:, 1] ** 2])
        distance = np.asarray(np.column_stack([-2 * agreed, powers]) @ told.T, np.float32) + lengths
        robust = near / np.square(1 + distance / np.float32(spread**2))
        xx, xy, yy = (robust @ parts).T
        normal = np.stack([np.stack([xx + 0.5, xy], -1), np.stack([xy, yy + 0.5], -1)], -2)
        agreed = np.linalg.solve(normal, (robust @ pulls)[..., None])[..., 0]
    return agreed


def local_shifts(layer: Level, fit: Fit, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the sheet lies off `fit.to_page` around places (m, 2) of the sheet, in pixels of the sheet."""
    return _smoothed(layer, fit.shifts, fit.weights, transformed(places, layer.to_level)) / layer.scale
