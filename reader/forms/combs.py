"""Boxes that are only hinted at: a wide cell with short teeth at its bottom or top."""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.teeth import FAINTEST, HEIGHT, MARGIN, ROOT, boxes_between, lengths_of, upright_ridges

Quad = NDArray[np.float64]

PITCH = (0.3, 1.7)
"""Width of a digit's box at the least and at the most, in parts of its height."""
LONGEST_ALONE, STRAIGHT = 0.6, 0.7
"""Length of a tooth that is the only one, for two boxes, at the most, and pixels by which its middle differs from a
straight line along it, in the mean: it may be a stroke of a digit in the middle of the cell."""
UPRIGHT = 0.12
"""Pixels that it leans by for each of its rows at the most."""
SHORTEST_TOOTH = 0.2
"""Length of a tooth in parts of the cell's height."""
TIDY = 0.1
"""Teeth of one comb differ in length by at most this part of the cell's height, but for those a digit runs into."""
PRESENT = 0.6
"""Share of the teeth of a comb that are to be seen; digits are written over the others."""
SOME_PRESENT = 0.34
"""The same where other combs of the page say how many boxes there are."""
SAME_HEIGHT, SAME_PITCH = 0.12, 0.06
"""Combs made alike differ by these shares in the height and the width of their boxes at the most."""
EVIDENT = 3
"""Boxes of a comb from which on it tells how the others of the page are made."""
HALF = 0.5
"""Share of the teeth between those of a comb of fewer boxes that are as long as these."""
SHIFTED = 0.25
"""How far the boxes may be from where the frame says, in parts of their width."""
SAME_PEN = (0.5, 1.7)
"""Thickness of the teeth in that of the frame."""
SAME_INK = (0.45, 1.6)
"""And their darkness in that of the frame, which is thicker and therefore darker where it is blurred."""


def split_comb(gray: NDArray[np.uint8], quad: Quad, expected: int = 0) -> list[Quad]:
    """The boxes of a wide cell, left to right, by the teeth between them; the cell itself where it has none.

    Teeth stand at equal distances on the bottom of the cell or hang from its top, are equally long, and there is one at
    every place: strokes of digits are not.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        quad: (4, 2) corners of the cell from the top left clockwise, on the middle of its frame, in pixels of the page.
        expected: so many boxes or none, where other combs of the page say how many there would be: then digits may be
            written over most of the teeth. 0 where nothing says so.
    """
    cuts = np.zeros(0)
    to_page: NDArray[np.float64] = np.eye(3)
    # Corners are off by a pixel or two, and a perspective through them is off in the middle: a parallelogram is not.
    across, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 4, (quad[2] + quad[3] - quad[0] - quad[1]) / 4
    evened = quad.mean(axis=0) + np.array([-across - down, across - down, across + down, down - across])
    for outline in (quad, evened):
        wide = round(HEIGHT * float(np.linalg.norm(across) / np.linalg.norm(down)))
        corners = np.array([[0, MARGIN], [wide, MARGIN], [wide, MARGIN + HEIGHT], [0, MARGIN + HEIGHT]], np.float32)
        straight = cv2.getPerspectiveTransform(outline.astype(np.float32), corners).astype(np.float64)
        patch = cv2.warpPerspective(gray, straight, (wide, HEIGHT + 2 * MARGIN), borderMode=cv2.BORDER_REPLICATE)
        dark = 255 - patch.astype(np.uint8, copy=False)
        for found in (_boxes(dark, expected), _boxes(dark[::-1], expected)):
            if len(found) > len(cuts):
                cuts, to_page = found, np.linalg.inv(straight).astype(np.float64)
    if not len(cuts):
        return [quad]
    return boxes_between(cuts, (MARGIN, MARGIN + HEIGHT), to_page)


def made_alike(gray: NDArray[np.uint8], combs: list[list[Quad]]) -> list[list[Quad]]:
    """Combs with the boxes that others of the page, as high as they, say that they have, where some teeth bear it out.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        combs: of each the boxes, from left to right; such as have gaps between their boxes stay as they are.
    """
    made = [_make(comb) for comb in combs]
    known = [make for comb, make in zip(combs, made, strict=True) if len(comb) >= EVIDENT]
    return [_as_others(gray, comb, make, known) for comb, make in zip(combs, made, strict=True)]


def _make(comb: list[Quad]) -> tuple[float, float]:
    """Height of the boxes of a comb, and their width."""
    whole = _whole(comb)
    height = (np.linalg.norm(whole[3] - whole[0]) + np.linalg.norm(whole[2] - whole[1])) / 2
    return float(height), float(np.linalg.norm(whole[1] - whole[0])) / len(comb)


def _whole(comb: list[Quad]) -> Quad:
    """The corners (4, 2) of all boxes of a comb together."""
    return np.array([comb[0][0], comb[-1][1], comb[-1][2], comb[0][3]])


def _as_others(
    gray: NDArray[np.uint8], comb: list[Quad], make: tuple[float, float], known: list[tuple[float, float]]
) -> list[Quad]:
    """A comb with the boxes that a known make, of (height, width), says that it has, if it has their teeth."""
    gaps = [abs(after[0] - before[1]).max() for before, after in itertools.pairwise(comb)]
    height, width = make
    if max(gaps, default=0.0) > SAME_PITCH * height:
        return comb
    for high, wide in known:
        count = round(width * len(comb) / wide)
        alike = abs(width * len(comb) / count / wide - 1) <= SAME_PITCH if count else False
        if count > len(comb) and alike and abs(height / high - 1) <= SAME_HEIGHT:
            boxes = split_comb(gray, _whole(comb), count)
            if len(boxes) == count:
                return boxes
    return comb


def _boxes(dark: NDArray[np.uint8], expected: int) -> NDArray[np.float64]:
    """Where the boxes begin and end that the teeth on the bottom of a patch part: (boxes + 1,), or (0,) without teeth.

    Args:
        dark: (rows, columns) uint8, 0 is paper; the frame's lower edge runs `MARGIN` rows above the last.
        expected: boxes, or 0.
    """
    width = dark.shape[1]
    lengths = lengths_of(upright_ridges(dark)) / HEIGHT
    inked = dark[MARGIN + HEIGHT * 2 // 3 : MARGIN + HEIGHT - ROOT].max(axis=0) > 3 * FAINTEST
    best, seen, length, cuts = 0, 0, 0.0, np.zeros(0)
    least = SOME_PRESENT if expected else PRESENT
    for count in (expected,) if expected else range(2, 25):
        pitch = width / count
        if not PITCH[0] * HEIGHT <= pitch <= PITCH[1] * HEIGHT:
            continue
        places = (np.arange(1, count) * pitch).round().astype(int)
        reach = max(2, round(0.05 * pitch))
        near = np.clip(places[:, None] + np.arange(-reach, reach + 1), 0, width - 1)
        teeth = lengths[near].max(axis=1)
        present = teeth >= SHORTEST_TOOTH
        if present.sum() < max(min(2, count - 1), least * (count - 1)) or not inked[near].any(axis=1).all():
            continue
        if best and present.sum() - seen < (count - best) / 2:
            continue  # what it has more than a comb of fewer boxes are strokes
        if best and count % best == 0:
            between = teeth[np.arange(1, count) % (count // best) != 0]
            if np.mean(np.abs(between - length) <= TIDY) < HALF:
                continue  # strokes in the middle of the boxes, not as long as the teeth
        usual = float(np.median(teeth[present]))
        middles = near[present, lengths[near[present]].argmax(axis=1)]
        if count == 2 and not (usual <= LONGEST_ALONE and _is_straight(dark, int(middles[0]), usual)):
            continue
        if usual < 1 and np.mean(np.abs(teeth[present] - usual) <= TIDY) >= PRESENT and _same_pen(dark, middles):
            best, seen, length = count, int(present.sum()), usual
            cuts = _fitted(np.flatnonzero(present) + 1, middles, count, width)
    return cuts


def _fitted(numbers: NDArray[np.int64], teeth: NDArray[np.int64], count: int, width: int) -> NDArray[np.float64]:
    """Where `count` boxes begin and end (count + 1,), by teeth (n,) at the ends of the boxes with these numbers (n,).

    The frame may be thick, and its corners are found to a few pixels: the teeth say where the boxes are.
    """
    even = np.linspace(0, width, count + 1)
    off = teeth - even[numbers]
    slope, shift = np.polyfit(numbers, off, 1) if len(numbers) > 2 else (0.0, float(off.mean()))
    return np.asarray(
        even + np.clip(slope * np.arange(count + 1) + shift, -SHIFTED * width / count, SHIFTED * width / count)
    )


def _is_straight(dark: NDArray[np.uint8], tooth: int, length: float) -> bool:
    """Whether a tooth at this column, so long in parts of the cell's height, is as straight as print, and upright."""
    foot = MARGIN + HEIGHT - ROOT // 2
    first = max(0, tooth - 4)
    rows = dark[min(foot - 4, MARGIN + HEIGHT - round(length * HEIGHT)) : foot, first : tooth + 5].astype(np.float64)
    weights = np.maximum(rows - rows.max(axis=1, keepdims=True) / 2, 1e-9)
    middles = (weights * np.arange(rows.shape[1])).sum(axis=1) / weights.sum(axis=1)
    places = np.arange(len(middles))
    slope, shift = np.polyfit(places, middles, 1)
    off = float(np.abs(middles - slope * places - shift).mean())
    return off <= STRAIGHT and abs(float(slope)) <= UPRIGHT


def _same_pen(dark: NDArray[np.uint8], teeth: NDArray[np.int64]) -> bool:
    """Whether the teeth at these columns are about as thick and as dark as the frame that they stand on."""
    lower = dark[HEIGHT:].astype(np.int64)  # MARGIN rows above the lower edge and as many below it
    frame, shade = float(np.median((lower > lower.max(axis=0) / 2).sum(axis=0))), float(np.median(lower.max(axis=0)))
    level = dark[MARGIN + HEIGHT - round(SHORTEST_TOOTH * HEIGHT)].astype(np.int64)
    widths, shades = [], []
    for tooth in teeth:
        first = max(0, tooth - 2)
        peak = first + int(level[first : tooth + 3].argmax())
        paler = np.flatnonzero(level <= level[peak] / 2)
        left, right = paler[paler < peak], paler[paler > peak]
        widths.append(float((right[0] if len(right) else len(level)) - (left[-1] if len(left) else -1) - 1))
        shades.append(float(level[peak]))
    as_thick = SAME_PEN[0] * frame - 1.5 <= float(np.median(widths)) <= SAME_PEN[1] * frame + 1.5
    return as_thick and SAME_INK[0] * shade <= float(np.median(shades)) <= SAME_INK[1] * shade
