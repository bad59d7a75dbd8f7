"""Boxes that are only hinted at: a wide cell with short teeth at its bottom or top, and lines with teeth on them."""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells
from reader.forms.outlines import area_of, outlines
from reader.pages.page import transformed

Quad = NDArray[np.float64]

HEIGHT = 64
"""Rows that a wide cell is straightened to before teeth are looked for."""
MARGIN = 10
"""Rows beyond its frame that are looked at with it."""
PITCH = (0.3, 1.7)
"""Width of a digit's box at the least and at the most, in parts of its height."""
SHORTEST_TOOTH = 0.2
"""Length of a tooth in parts of the cell's height."""
FAINTEST = 9
"""Gray levels, of 255, by which a tooth is darker than the paper on both its sides."""
FILLED = 0.8
"""Share of a tooth's rows that are dark at the least, for noise."""
ROOT = 8
"""Rows above the frame in which a tooth has to begin."""
TIDY = 0.1
"""Teeth of one comb differ in length by at most this part of the cell's height, but for those a digit runs into."""
PRESENT = 0.6
"""Share of the teeth of a comb that are to be seen; digits are written over the others."""
HALF = 0.5
"""Share of the teeth between those of a comb of fewer boxes that are as long as these."""
SHIFTED = 0.25
"""How far the boxes may be from where the frame says, in parts of their width."""
SAME_PEN = (0.5, 1.7)
"""Thickness of the teeth in that of the frame."""
SAME_INK = (0.45, 1.6)
"""And their darkness in that of the frame, which is thicker and therefore darker where it is blurred."""

SHORTEST_LINE = 25
"""Pixels: a digit's box over such a line is not narrower than half of it."""
WIDEST_GAP = 5
"""Pixels of a gap in such a line."""
SOLID = 0.9
"""Share of such a line that is as dark as half of its middle, and paper right below it."""
ALL_SEEN = 0.9
"""Share of the teeth on a bare line that are to be seen, the ones that digits touch among them."""
ALIKE = 0.4
"""Share of the teeth on a bare line that are as long as the shorter one of those at its ends."""
BESIDE = 8
"""Pixels beyond both ends of such a line that are looked at with it."""
LOOP = 0.3
"""Share of a box that the loop of its digit takes up at the most."""
RAKE_BOX = 1.3
"""Height of a box without a top, in its widths."""


def split_comb(gray: NDArray[np.uint8], quad: Quad) -> list[Quad]:
    """The boxes of a wide cell, left to right, by the teeth between them; the cell itself where it has none.

    Teeth stand at equal distances on the bottom of the cell or hang from its top, are equally long, and there is one at
    every place: strokes of digits are not.

    Args:
        gray: (rows, columns) uint8, the upright page, 255 is paper.
        quad: (4, 2) corners of the cell from the top left clockwise, on the middle of its frame, in pixels of the page.
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
        for found in (_boxes(dark), _boxes(dark[::-1])):
            if len(found) > len(cuts):
                cuts, to_page = found, np.linalg.inv(straight).astype(np.float64)
    if not len(cuts):
        return [quad]
    lower, upper = MARGIN + HEIGHT, MARGIN
    between = itertools.pairwise(cuts)
    boxes = [np.array([[a, upper], [b, upper], [b, lower], [a, lower]], np.float64) for a, b in between]
    return [transformed(box, to_page) for box in boxes]


def _boxes(dark: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Where the boxes begin and end that the teeth on the bottom of a patch part: (boxes + 1,), or (0,) without teeth.

    Args:
        dark: (rows, columns) uint8, 0 is paper; the frame's lower edge runs `MARGIN` rows above the last.
    """
    width = dark.shape[1]
    lengths = _lengths(_upright_ridges(dark)) / HEIGHT
    inked = dark[MARGIN + HEIGHT * 2 // 3 : MARGIN + HEIGHT - ROOT].max(axis=0) > 3 * FAINTEST
    best, seen, length, cuts = 0, 0, 0.0, np.zeros(0)
    for count in range(2, 25):
        pitch = width / count
        if not PITCH[0] * HEIGHT <= pitch <= PITCH[1] * HEIGHT:
            continue
        places = (np.arange(1, count) * pitch).round().astype(int)
        reach = max(2, round(0.05 * pitch))
        near = np.clip(places[:, None] + np.arange(-reach, reach + 1), 0, width - 1)
        teeth = lengths[near].max(axis=1)
        present = teeth >= SHORTEST_TOOTH
        if present.sum() < max(min(2, count - 1), PRESENT * (count - 1)) or not inked[near].any(axis=1).all():
            continue
        if best and present.sum() - seen < (count - best) / 2:
            continue  # what it has more than a comb of fewer boxes are strokes
        if best and count % best == 0:
            between = teeth[np.arange(1, count) % (count // best) != 0]
            if np.mean(np.abs(between - length) <= TIDY) < HALF:
                continue  # strokes in the middle of the boxes, not as long as the teeth
        usual = float(np.median(teeth[present]))
        middles = near[present, lengths[near[present]].argmax(axis=1)]
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


def _same_pen(dark: NDArray[np.uint8], teeth: NDArray[np.int64]) -> bool:
    """Whether the teeth at these columns are about as thick and as dark as the frame that they stand on."""
    lower = dark[HEIGHT:].astype(np.int64)  # MARGIN rows above the lower edge and as many below it
    frame, shade = float(np.median((lower > lower.max(axis=0) / 2).sum(axis=0))), float(np.median(lower.max(axis=0)))
    level = dark[MARGIN + HEIGHT - round(SHORTEST_TOOTH * HEIGHT)].astype(np.int64)
    widths, shades = [], []
    for tooth in teeth:
        beside = level[max(0, tooth - 14) : tooth + 15]
        widths.append(float((beside > beside.max() / 2).sum()))
        shades.append(float(level[max(0, tooth - 2) : tooth + 3].max()))
    as_thick = SAME_PEN[0] * frame - 1.5 <= float(np.median(widths)) <= SAME_PEN[1] * frame + 1.5
    return as_thick and SAME_INK[0] * shade <= float(np.median(shades)) <= SAME_INK[1] * shade


def _upright_ridges(dark: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(rows, columns) bool: what is darker than the paper to its left and to its right, a pixel wider."""
    soft = cv2.blur(dark, (1, 3))
    ridge = np.zeros(dark.shape, bool)
    for reach in (4, 7, 12):
        wide = np.pad(soft, ((0, 0), (reach, reach)), mode="edge")
        beside = cv2.max(wide[:, : -2 * reach], wide[:, 2 * reach :])
        ridge |= cv2.subtract(soft, beside) > FAINTEST
    grown: NDArray[np.bool_] = cv2.dilate(ridge.astype(np.uint8), np.ones((1, 3), np.uint8)) > 0
    return grown


def _lengths(upright: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(columns,) how far up from the bottom frame each column is dark, small gaps allowed, in pixels."""
    rows = upright[MARGIN : MARGIN + HEIGHT - 3][::-1]
    share = np.cumsum(rows, axis=0) / np.arange(1, len(rows) + 1)[:, None]
    dark = rows & (share >= FILLED) & (share[ROOT - 1] >= FILLED)
    lengths: NDArray[np.float64] = np.where(dark.any(axis=0), len(rows) - dark[::-1].argmax(axis=0), 0).astype(float)
    return lengths


def find_rakes(cells: Cells, taken: Sequence[Quad]) -> list[list[Quad]]:
    """Rows of boxes that have no top: a line with upright teeth on it at equal distances, one at each end.

    The boxes are as high as digits of their width are written, for no ruling says it.

    Args:
        cells: of the upright page.
        taken: (4, 2) corners of the cells found before; lines of theirs are no rakes.
    """
    dark, scale = (255 - cells.gray).astype(np.uint8), cells.scale
    level = _lower_edges(dark)
    for quad in taken:
        middle = quad.mean(axis=0)
        around = (middle + (quad - middle) * 1.1 + 0.5) * scale - 0.5
        cv2.fillConvexPoly(level, around.round().astype(np.int32), 0)
    closed = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, WIDEST_GAP), np.uint8))
    lines = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, 2 * SHORTEST_LINE + 1), np.uint8))
    rakes = []
    for outline, place in zip(*outlines(lines.astype(np.uint8, copy=False)), strict=True):
        left, top, width, height = place.tolist()
        if width < 2 * SHORTEST_LINE or height > 0.1 * width + 12:
            continue
        rows, columns = np.nonzero(area_of(outline, place))
        aside = columns - columns.mean()
        slope = float(aside @ rows / (aside @ aside))
        base = rows.mean() - slope * columns.mean()
        ends = np.array([[left, top + base], [left + width - 1, top + base + slope * (width - 1)]])
        boxes = [(box + 0.5) / scale - 0.5 for box in _rake(dark, ends)]
        if boxes and not any(_fills(quad, boxes[0]) for quad in taken):
            rakes.append(boxes)
    return rakes


def _fills(cell: Quad, box: Quad) -> bool:
    """Whether a cell is where a box is and about as large, or larger: not the loop of a digit in it."""
    large = np.ptp(cell, axis=0).prod() > LOOP * np.ptp(box, axis=0).prod()
    return bool(large) and is_inside(box.mean(axis=0), cell)


def is_inside(point: NDArray[np.float64], quad: Quad) -> bool:
    """Whether (x, y) lies in the upright rectangle around a quadrilateral."""
    return bool((point >= quad.min(axis=0)).all() and (point <= quad.max(axis=0)).all())


def _lower_edges(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(rows, columns) uint8: 1 where it is darker than the paper below: a line, and where a tooth stands on it, too."""
    soft = cv2.blur(dark, (3, 1))
    below = (cv2.copyMakeBorder(soft[reach:], 0, reach, 0, 0, cv2.BORDER_REPLICATE) for reach in (4, 7))
    darker = cv2.max(*(cv2.subtract(soft, paper) for paper in below))
    return cv2.threshold(darker, FAINTEST, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


def _rake(dark: NDArray[np.uint8], ends: NDArray[np.float64]) -> list[Quad]:
    """The boxes over a line from the first to the second of `ends` (2, 2), if it has teeth; else none."""
    width = round(float(np.linalg.norm(ends[1] - ends[0])))
    corners = np.array([[BESIDE, MARGIN + HEIGHT], [BESIDE + width, MARGIN + HEIGHT], [BESIDE, MARGIN]], np.float32)
    upwards = np.array([ends[1, 1] - ends[0, 1], ends[0, 0] - ends[1, 0]]) / width * HEIGHT
    points = np.array([ends[0], ends[1], ends[0] + upwards], np.float32)
    to_patch = np.vstack([cv2.getAffineTransform(points, corners).astype(np.float64), [0.0, 0.0, 1.0]])
    patch = cv2.warpPerspective(dark, to_patch, (width + 2 * BESIDE, HEIGHT + 2 * MARGIN)).astype(np.uint8, copy=False)
    if not _is_ruling(patch[:, BESIDE:-BESIDE]):
        return []
    lengths = _lengths(_upright_ridges(patch))
    count = _boxes_over(lengths)
    if not count:
        return []
    # The line's ends stick out by half of the teeth there: boxes go from the middle of one to that of the other.
    high = lengths >= ROOT
    reach = 2 * BESIDE
    first, last = (float(np.flatnonzero(part).mean()) for part in (high[:reach], high[-reach:]))
    cuts = np.linspace(first, len(lengths) - reach + last, count + 1)
    lower, upper = MARGIN + HEIGHT, MARGIN + HEIGHT - RAKE_BOX * width / count
    between = itertools.pairwise(cuts)
    boxes = [np.array([[a, upper], [b, upper], [b, lower], [a, lower]], np.float64) for a, b in between]
    return [transformed(box, np.linalg.inv(to_patch)) for box in boxes]


def _boxes_over(lengths: NDArray[np.float64]) -> int:
    """How many boxes the teeth on a line part: 0 if there are none; `lengths` as of `_lengths`, `BESIDE` beyond it."""
    width = len(lengths) - 2 * BESIDE
    first, last = (float(lengths[at - BESIDE : at + BESIDE].max()) for at in (BESIDE, BESIDE + width))
    tooth = min(first, last)  # digits that touch a tooth make it longer
    slack = 0.25 * tooth + 2
    if tooth < ROOT or tooth > 0.9 * HEIGHT:
        return 0
    best = 0
    for count in range(2, 25):
        pitch = width / count
        if not 0.8 * tooth <= pitch <= 6 * tooth:
            continue
        places = (BESIDE + np.arange(1, count) * pitch).round().astype(int)
        reach = max(2, round(0.05 * pitch))
        teeth = lengths[places[:, None] + np.arange(-reach, reach + 1)].max(axis=1)
        seen = teeth >= tooth - slack
        alike = np.abs(teeth - tooth) <= slack
        if seen.mean() >= ALL_SEEN and alike.mean() >= ALIKE:
            best = count
    return best


def _is_ruling(patch: NDArray[np.uint8]) -> bool:
    """Whether darkness runs all along the row `MARGIN` above the patch's last, and paper below it: no line of text."""
    row = MARGIN + HEIGHT
    line = patch[row - 2 : row + 3].max(axis=0).astype(np.int64)
    usual = float(np.median(line))
    below = patch[row + MARGIN - 4 :].max(axis=0)
    return bool(usual > FAINTEST and np.mean(line > usual / 2) >= SOLID and np.mean(below < usual / 2) >= SOLID)
