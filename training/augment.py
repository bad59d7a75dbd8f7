"""What writers, pens, paper and scanners do to a glyph, in that order: glyph -> ink as the reader would find it.

Every function takes its chance from the generator that it is given, so a seed gives the same set again.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data import GLYPH_LONGER_SIDE, GLYPH_SIZE

LOWEST, HIGHEST = 9, 44
"""Heights in pixels at which glyphs are scanned; above, a crop of 20 pixels shows no difference."""
_MIDDLE = (GLYPH_SIZE - 1) / 2
_AXIS = (np.arange(GLYPH_SIZE) - _MIDDLE).astype(np.float32)
_X, _Y = np.meshgrid(_AXIS, _AXIS)
_AROUND = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
"""A pixel's neighbours in a 3x3 square (row, column), from above, clockwise."""
_PHASES = ((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))


def _thinning_table(phase: tuple[tuple[int, int, int], ...]) -> NDArray[np.bool_]:
    """For each of the 256 neighbourhoods, whether a sub-step of Zhang and Suen takes the pixel away."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count, turns = bits.sum(axis=1), ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    free = [(bits[:, list(three)] == 0).any(axis=1) for three in phase]
    table: NDArray[np.bool_] = (count >= 2) & (count <= 6) & (turns == 1) & free[0] & free[1]
    return table


def middle_lines(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The middle lines of strokes (Zhang and Suen, CACM 1984), all glyphs at once.

    Args:
        images: (n, rows, columns) uint8, 0 is paper, with a border of paper.
    """
    kernel = np.zeros((3, 3), np.float32)
    for bit, place in enumerate(_AROUND):
        kernel[place] = 2**bit
    tables = [_thinning_table(phase) for phase in _PHASES]
    lines = images >= 128
    for start in range(0, len(lines), 500):  # as one tall picture: one call for many, small enough for the cache
        ink = lines[start : start + 500].astype(np.uint8).reshape(-1, images.shape[2])
        before = -1
        while before != int(ink.sum()):
            before = int(ink.sum())
            for table in tables:
                ink[table[cv2.filter2D(ink, cv2.CV_8U, kernel)]] = 0
        lines[start : start + 500] = ink.reshape(-1, *images.shape[1:])
    return lines


def drawn(
    image: NDArray[np.uint8], line: NDArray[np.bool_], rng: np.random.Generator, radius: float | None = None
) -> NDArray[np.float32]:
    """A glyph written again, by another hand with another pen.

    Args:
        image: (56, 56) uint8, 0 is paper.
        line: (56, 56) its middle line.
        rng: chance.
        radius: of a pen that draws the middle line, pixels; None lets chance choose a pen.

    Returns:
        (56, 56) float32, 0 is paper, 1 is ink.
    """
    warp = _warp(rng)
    kind = rng.random()
    if radius is not None or (kind > 0.65 and line.any()):
        return _lined(line, warp, radius or pen_radius(rng))
    if kind < 0.3 or not line.any():
        return _warped(image.astype(np.float32) / 255, warp, 0)
    ink = (image >= 128).astype(np.uint8)  # the outline moved in or out, but never past the middle line
    inside = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - ink, cv2.DIST_L2, 3)
    moved = _warped(inside - outside, warp, -9) + np.float32(rng.uniform(-1.4, 1.8))
    middle = _warped(line.astype(np.float32), warp, 0)
    return np.asarray(np.maximum(np.clip(moved + 0.5, 0, 1), np.clip(middle * 1.5, 0, 1)), np.float32)


def pen_radius(rng: np.random.Generator) -> float:
    """Half the width of a pencil's to a felt pen's stroke on a digit of 40 pixels."""
    return float(np.exp(rng.uniform(np.log(0.7), np.log(4.2))))


def _lined(line: NDArray[np.bool_], warp: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    distance = cv2.distanceTransform(1 - line.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.clip(radius - _warped(distance, warp, 20) + 0.5, 0, 1), np.float32)


def _warp(rng: np.random.Generator) -> NDArray[np.float32]:
    """Where each pixel (56, 56, 2), (x, y), comes from: slant, turn, width, and a hand that is not steady."""
    turn = np.radians(np.clip(rng.normal(0, 5), -13, 13))
    slant = np.clip(rng.normal(0.05, 0.16), -0.4, 0.5)
    wide, high = np.exp(np.clip(rng.normal(0, 0.14), -0.35, 0.35)), np.exp(np.clip(rng.normal(0, 0.05), -0.15, 0.15))
    to_new = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[wide, -slant], [0, high]]
    )
    back = np.linalg.inv(to_new)
    shift = rng.uniform(-1.5, 1.5, 2) + _MIDDLE
    field = np.empty((GLYPH_SIZE, GLYPH_SIZE, 2), np.float32)
    field[..., 0] = back[0, 0] * _X + back[0, 1] * _Y + shift[0]
    field[..., 1] = back[1, 0] * _X + back[1, 1] * _Y + shift[1]
    if rng.random() < 0.7:
        knots = rng.normal(0, rng.uniform(0.3, 1.7), (4, 4, 2)).astype(np.float32)
        field += cv2.resize(knots, (GLYPH_SIZE, GLYPH_SIZE), interpolation=cv2.INTER_CUBIC)
    return field


def _warped(image: NDArray[Any], warp: NDArray[np.float32], paper: float) -> NDArray[np.float32]:
    how = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": paper}
    moved = cv2.remap(image, warp, None, cv2.INTER_LINEAR, **how)  # type: ignore[call-overload]  # the stubs forbid None
    return np.asarray(moved, np.float32)


def scanned(ink: NDArray[np.float32], rng: np.random.Generator, rough: float = 1.0) -> NDArray[np.float32]:
    """A written glyph put on paper, scanned or photographed, and found again.

    Args:
        ink: (rows, columns) float32, 0 is paper; a digit of 40 pixels is written 9 to 44 pixels high.
        rng: chance.
        rough: how bad paper and scanner may be; 1 is what people bring, 0 a clean scan.

    Returns:
        Smaller (rows, columns) float32, 0 is paper, 1 is ink; it can come out empty.
    """
    height = np.exp(rng.uniform(np.log(LOWEST), np.log(HIGHEST)))
    scale = height / GLYPH_LONGER_SIDE
    resized = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = np.pad(resized, 2).astype(np.float32)
    if rng.random() < 0.25 * rough:
        _damage(small, height, rng)
    if rng.random() < 0.12 * rough:
        _leave_ruling(small, height, rng)
    blur = rng.uniform(0, 0.4 + (0.035 if rng.random() < 0.8 else 0.075) * height) * rough
    if blur > 0.25:
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), blur), np.float32)
    contrast = rng.uniform(0.15, 0.9)
    dark = small * contrast + _grain(small.shape, rng) * contrast * rng.uniform(0, 0.16) * rough
    if rng.random() < 0.3 * rough:
        dark = _through_jpeg(dark, rng)
    found = _found(dark.astype(np.float32), rng)
    return _with_dirt(found, height, rng) if rng.random() < 0.2 * rough else found


def _damage(small: NDArray[np.float32], height: float, rng: np.random.Generator) -> None:
    """In place: a band erased as taking out a ruling does, or holes as a dry pen leaves them."""
    rows, columns = small.shape
    if rng.random() < 0.45:
        at, thick = rng.integers(0, rows), max(1, round(rng.uniform(0.02, 0.08) * height))
        view = small if rng.random() < 0.6 else small.T
        at = min(at, view.shape[0] - 1)
        view[at : at + thick] *= rng.uniform(0, 0.3)
        return
    for _ in range(rng.integers(1, 7)):
        centre = (int(rng.integers(0, columns)), int(rng.integers(0, rows)))
        cv2.circle(small, centre, int(rng.integers(0, 1 + round(height * 0.04))), rng.uniform(0, 0.4), -1)


def _leave_ruling(small: NDArray[np.float32], height: float, rng: np.random.Generator) -> None:
    """In place: a short piece of a printed line that was not taken out, near one side of the glyph."""
    there = small > 0.3
    if not there.any():
        return
    view, mask = (small, there) if rng.random() < 0.5 else (small.T, there.T)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    thick = max(1, round(rng.uniform(0.02, 0.06) * height))
    off = int(rng.integers(-1, 3))
    at = max(0, rows[0] - off - thick) if rng.random() < 0.5 else min(view.shape[0] - thick, rows[-1] + off)
    length = max(2, round(rng.uniform(0.1, 0.6) * len(columns)))
    start = int(rng.integers(columns[0], max(columns[0] + 1, columns[-1] - length + 2)))
    piece = view[at : at + thick, start : start + length]
    np.maximum(piece, rng.uniform(0.4, 1), out=piece)


def _grain(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of unit spread, fine or in blots."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if rng.random() < 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), 1.0).astype(np.float32) * np.float32(3)
    return noise


def _through_jpeg(dark: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    gray = np.clip(235 * (1 - dark), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])[1]
    return 1 - np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.float32) / np.float32(235)


def _found(dark: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Darkness -> ink 0 to 1, as finding ink does: against the darkest, above a threshold, without specks."""
    full = float(dark[dark > 0.5 * dark.max()].mean()) * 1.1 if dark.max() > 0.02 else 1.0
    mask = (dark > rng.uniform(0.3, 0.5) * full).astype(np.uint8)
    if rng.random() < 0.9:
        mask = _without_specks(mask, rng.uniform(0.01, 0.06))
    way = rng.random()
    if way < 0.15:
        return mask.astype(np.float32)
    if way < 0.85:
        mask = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.uint8)
    floor = rng.uniform(0.05, 0.4) * full
    core = np.full_like(dark, full * rng.uniform(0.75, 1.15))
    if way < 0.6:  # each stroke against its own darkest place, as `reader.pages.binarize.soft_ink` does
        core = np.asarray(cv2.dilate(dark, np.ones((5, 5), np.uint8)), np.float32)
    soft = np.clip((dark - floor) / np.maximum(core - floor, 0.1 * full), 0, 1)
    return np.asarray(soft * mask, np.float32)


def _with_dirt(ink: NDArray[np.float32], height: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A glyph with one to three specks of dirt around it that stretch its bounding box, so that it gets smaller."""
    far = max(2, round(rng.uniform(0.1, 0.5) * height))
    wide = np.pad(ink, far)
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(1, 2 + round(0.05 * height)))
        row, column = (int(rng.integers(0, side - size)) for side in wide.shape)
        spot = wide[row : row + size, column : column + size]
        np.maximum(spot, np.float32(rng.uniform(0.25, 0.9)), out=spot)
    return wide


def _without_specks(mask: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """A mask without the connected pieces that hold less than a share of its ink."""
    count, marks, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 2:
        return mask
    keep = stats[:, cv2.CC_STAT_AREA] >= share * mask.sum()
    keep[0] = False
    kept: NDArray[np.uint8] = keep[marks].astype(np.uint8)
    return kept


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlation, -1 to 1, of two crops (28, 28) seen from afar: whether a degraded digit can still be read."""
    near = [cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.5).ravel() for image in (one, other)]
    a, b = (image - image.mean() for image in near)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6))
