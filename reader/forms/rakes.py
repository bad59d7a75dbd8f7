"""Boxes without a top: lines with short upright teeth on them, one at each end."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells
from reader.forms.outlines import area_of, outlines
from reader.forms.teeth import FAINTEST, HEIGHT, MARGIN, ROOT, boxes_between, lengths_of, upright_ridges

Quad = NDArray[np.float64]

NARROWEST = 25
"""Pixels: a digit's box over such a line is not narrower."""
NARROWEST_OF_ROW, NARROWEST_OF_FEW, FEW = 16, 22, 3
"""Pixels of width of a box in a row, and in one of so many or fewer: the stems of letters with serifs, which look like
teeth, stand closer."""
ALIKE_STEMS = 0.8
"""Share of such strokes that are as long as each other: those of digits are not."""
WIDEST_GAP = 5
"""Pixels of a gap in such a line."""
ROOF, ROOFED = 5, 0.6
"""Rows from the end of a tooth within which a level line, this share as long, shows that it is the wall of a box."""
SOLID = 0.9
"""Share of such a line that is as dark as half of its middle, and paper right below it."""
ALL_SEEN = 0.9
"""Share of the teeth on a line that are to be seen, the ones that digits touch among them."""
ALIKE = 0.4
"""Share of the teeth on a line that are as long as the shorter one of those at its ends."""
MOST_BOXES = 24
"""Boxes of one line at the most."""
BESIDE = 8
"""Pixels beyond both ends of such a line that are looked at with it."""
BELOW, GOES_ON = (0.1, 0.6), 0.7
"""A line goes on beside a cell from so far above its lower edge to so far below, in heights, and so many widths far."""
AROUND = 1.15
"""A cell and its frame are so many times as large as the cell, which may be the white within the frame."""
LOOP = 0.3
"""Share of a box that the loop of its digit takes up at the most."""
RAKE_BOX = 1.3
"""Height of a box without a top, in its widths."""
SAME_PITCH = 0.08
"""Boxes of two lines of one page differ by this share in width at the most where both were made alike."""
SAME_TOOTH = 0.2
"""And their teeth by this share in length, besides two pixels."""
EVIDENT = 3
"""Boxes of a line from which on it tells how the page's boxes are made."""
SOME_SEEN = 0.6
"""Share of the teeth that are to be seen where the page has other lines made alike."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A level line that may have teeth.

    Attributes:
        lengths: (columns,) how far up from the line each column is dark, `BESIDE` beyond both its ends.
        level: (rows,) share of its width that a level line takes up, so many rows above it.
        to_patch: (3, 3) from (x, y) in the picture to the patch of which the lengths are, its line level.
    """

    lengths: NDArray[np.float64]
    level: NDArray[np.float64]
    to_patch: NDArray[np.float64]

    @property
    def width(self) -> int:
        """Pixels from its first end to its last."""
        return len(self.lengths) - 2 * BESIDE

    @property
    def shortest_end(self) -> float:
        """How long the shorter one of the teeth at its ends is: digits that touch a tooth make it longer."""
        return min(float(self.lengths[at - BESIDE : at + BESIDE].max()) for at in (BESIDE, BESIDE + self.width))

    def has_roof(self, tooth: float) -> bool:
        """Whether a line runs where teeth of a length end: they are the walls of boxes."""
        return bool(self.level[max(0, round(tooth) - ROOF) : round(tooth) + ROOF + 1].max(initial=0) >= ROOFED)


@dataclass(frozen=True, slots=True)
class Make:
    """How the boxes of a line are made: their width and the length of their teeth, in pixels."""

    pitch: float
    tooth: float


def find_rakes(cells: Cells, taken: Sequence[Quad], alone: Sequence[Quad] = ()) -> list[list[Quad]]:
    """Rows of boxes that have no top: a line with upright teeth on it at equal distances, one at each end.

    The boxes are as high as digits of their width are written, for no ruling says it. A box alone, and boxes with
    digits over most of their teeth, are found where other lines of the page are made alike.

    Args:
        cells: of the upright page.
        taken: (4, 2) corners of the cells found before; lines of theirs are no rakes.
        alone: those of cells without neighbours: boxes, or the insides of zeros that stand on a line with teeth.
    """
    dark, scale = (255 - cells.gray).astype(np.uint8), cells.scale
    level = _lower_edges(dark)
    taken = [*taken, *_not_on_lines(level, alone, scale)]
    for quad in taken:
        middle = quad.mean(axis=0)
        around = (middle + (quad - middle) * AROUND + 0.5) * scale - 0.5
        cv2.fillConvexPoly(level, around.round().astype(np.int32), 0)
    closed = cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, WIDEST_GAP), np.uint8)).astype(np.uint8, copy=False)
    long = [(_boxes_over(ruling), ruling) for ruling in _rulings(dark, closed, 2 * NARROWEST)]
    makes = [Make(ruling.width / count, ruling.shortest_end) for count, ruling in long if count]
    if not makes or (len(makes) == 1 and max(count for count, _ in long) < EVIDENT):
        return []  # one pair of boxes may be the strokes of a digit
    short = [(_boxes_over(ruling), ruling) for ruling in _rulings(dark, closed, NARROWEST)]
    makes += [Make(ruling.width / count, ruling.shortest_end) for count, ruling in short if count >= EVIDENT]
    counted = [(count or _boxes_as(ruling, makes), ruling) for count, ruling in short + long]
    rakes: list[list[Quad]] = []
    for count, ruling in counted:
        boxes = _boxes(ruling, count, scale) if count else []
        if boxes and not any(_fills(quad, box) for quad in itertools.chain(taken, *rakes) for box in boxes):
            rakes.append(boxes)
    return rakes


def _not_on_lines(level: NDArray[np.uint8], alone: Sequence[Quad], scale: float) -> list[Quad]:
    """Those of cells without neighbours below which no line goes on, to the left or the right: boxes.

    Args:
        level: (rows, columns) uint8, 1 where a line may be.
        alone: (4, 2) corners in the page.
        scale: pixels of the picture for each pixel of the page.
    """
    if not alone:
        return []
    lines = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, NARROWEST + 1), np.uint8))
    boxes = []
    for quad in alone:
        (left, top), (right, bottom) = np.array([quad.min(axis=0), quad.max(axis=0)]) * scale
        upper, lower = round(bottom - BELOW[0] * (bottom - top)), round(bottom + BELOW[1] * (bottom - top))
        beside = GOES_ON * (right - left)
        ends = [(left - beside, left - BESIDE / 2), (right + BESIDE / 2, right + beside)]
        bands = [lines[max(upper, 0) : lower, max(round(start), 0) : round(end)] for start, end in ends]
        if not any(band.size and band.max(axis=0).mean() > SOLID for band in bands):
            boxes.append(quad)
    return boxes


def _rulings(dark: NDArray[np.uint8], level: NDArray[np.uint8], shortest: int) -> list[Ruling]:
    """The level lines of a picture, `shortest` pixels long or longer, that paper lies below.

    Args:
        dark: (rows, columns) uint8, 0 is paper.
        level: (rows, columns) uint8, 1 where a line may be.
        shortest: in pixels.
    """
    lines = cv2.morphologyEx(level, cv2.MORPH_OPEN, np.ones((1, shortest + 1), np.uint8))
    found = []
    for outline, place in zip(*outlines(lines.astype(np.uint8, copy=False)), strict=True):
        left, top, width, height = place.tolist()
        if width < shortest or height > 0.1 * width + 12:
            continue
        rows, columns = np.nonzero(area_of(outline, place))
        aside = columns - columns.mean()
        slope = float(aside @ rows / (aside @ aside))
        base = rows.mean() - slope * columns.mean()
        ends = np.array([[left, top + base], [left + width - 1, top + base + slope * (width - 1)]])
        ruling = _ruling(dark, ends)
        if ruling is not None:
            found.append(ruling)
    return found


def _ruling(dark: NDArray[np.uint8], ends: NDArray[np.float64]) -> Ruling | None:
    """The line from the first to the second of `ends` (2, 2); None where it is none, but letters in a row."""
    width = round(float(np.linalg.norm(ends[1] - ends[0])))
    corners = np.array([[BESIDE, MARGIN + HEIGHT], [BESIDE + width, MARGIN + HEIGHT], [BESIDE, MARGIN]], np.float32)
    upwards = np.array([ends[1, 1] - ends[0, 1], ends[0, 0] - ends[1, 0]]) / width * HEIGHT
    points = np.array([ends[0], ends[1], ends[0] + upwards], np.float32)
    to_patch = np.vstack([cv2.getAffineTransform(points, corners).astype(np.float64), [0.0, 0.0, 1.0]])
    patch = cv2.warpPerspective(dark, to_patch, (width + 2 * BESIDE, HEIGHT + 2 * MARGIN)).astype(np.uint8, copy=False)
    if not _is_ruled(patch[:, BESIDE:-BESIDE]):
        return None
    roofs = upright_ridges(np.ascontiguousarray(patch[: MARGIN + HEIGHT, BESIDE:-BESIDE].T)).T
    return Ruling(lengths_of(upright_ridges(patch)), roofs.mean(axis=1)[::-1].astype(np.float64), to_patch)


def _is_ruled(patch: NDArray[np.uint8]) -> bool:
    """Whether darkness runs all along the row `MARGIN` above the patch's last, and paper below it: no line of text."""
    row = MARGIN + HEIGHT
    line = patch[row - 2 : row + 3].max(axis=0).astype(np.int64)
    usual = float(np.median(line))
    below = patch[row + MARGIN - 4 :].max(axis=0)
    return bool(usual > FAINTEST and np.mean(line > usual / 2) >= SOLID and np.mean(below < usual / 2) >= SOLID)


def _lower_edges(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(rows, columns) uint8: 1 where it is darker than the paper below: a line, and where a tooth stands on it, too."""
    soft = cv2.blur(dark, (3, 1))
    below = (cv2.copyMakeBorder(soft[reach:], 0, reach, 0, 0, cv2.BORDER_REPLICATE) for reach in (4, 7))
    darker = cv2.max(*(cv2.subtract(soft, paper) for paper in below))
    return cv2.threshold(darker, FAINTEST, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


def _boxes_over(ruling: Ruling) -> int:
    """How many boxes the teeth on a line part, two or more; 0 if there are no teeth."""
    tooth = ruling.shortest_end
    slack = 0.25 * tooth + 2
    if tooth < ROOT or tooth > 0.9 * HEIGHT or ruling.has_roof(tooth):
        return 0
    best = 0
    for count in range(2, MOST_BOXES + 1):
        if not 0.8 * tooth <= ruling.width / count <= 6 * tooth:
            continue
        teeth = _teeth(ruling, count)[1:-1]
        seen = teeth >= tooth - slack
        alike = np.abs(teeth - tooth) <= slack
        if seen.mean() >= ALL_SEEN and alike.mean() >= ALIKE:
            if ruling.width >= (NARROWEST_OF_FEW if count <= FEW else NARROWEST_OF_ROW) * count:
                best = count
            elif alike.mean() >= ALIKE_STEMS:
                return 0
    return best


def _boxes_as(ruling: Ruling, makes: Sequence[Make]) -> int:
    """How many boxes there are over a line that is made as other lines of the page are; 0 if it is not."""
    best = 0
    for make in makes:
        count = round(ruling.width / make.pitch)
        if not best < count <= MOST_BOXES or abs(ruling.width / count / make.pitch - 1) > SAME_PITCH:
            continue
        slack = SAME_TOOTH * make.tooth + 2
        teeth = _teeth(ruling, count)
        ends = min(teeth[0], teeth[-1])
        seen, alike = teeth >= make.tooth - slack, np.abs(teeth - make.tooth) <= slack
        if (
            ruling.has_roof(make.tooth)
            or ends < max(ROOT, make.tooth - slack)
            or not alike.any()
            or (count == 1 and not alike.all())
        ):
            continue
        if seen.mean() >= SOME_SEEN:
            best = count
    return best


def _teeth(ruling: Ruling, count: int) -> NDArray[np.float64]:
    """How far up it is dark at each of the places (count + 1,) where boxes of equal width have their walls."""
    pitch = ruling.width / count
    reach = max(2, round(0.05 * pitch))
    places = (BESIDE + np.arange(1, count) * pitch).round().astype(int)
    between = ruling.lengths[places[:, None] + np.arange(-reach, reach + 1)].max(axis=1)
    ends = [ruling.lengths[at - BESIDE : at + BESIDE].max() for at in (BESIDE, BESIDE + ruling.width)]
    return np.array([ends[0], *between, ends[1]], np.float64)


def _boxes(ruling: Ruling, count: int, scale: float) -> list[Quad]:
    """The boxes over a line, in the page, of which the picture has `scale` of each pixel."""
    # The line's ends stick out by half of the teeth there: boxes go from the middle of one to that of the other.
    high = ruling.lengths >= ROOT
    reach = 2 * BESIDE
    first, last = (float(np.flatnonzero(part).mean()) for part in (high[:reach], high[-reach:]))
    cuts = np.linspace(first, len(high) - reach + last, count + 1)
    lower, upper = MARGIN + HEIGHT, MARGIN + HEIGHT - RAKE_BOX * ruling.width / count
    to_picture = np.linalg.inv(ruling.to_patch).astype(np.float64)
    return [(box + 0.5) / scale - 0.5 for box in boxes_between(cuts, (upper, lower), to_picture)]


def _fills(cell: Quad, box: Quad) -> bool:
    """Whether a cell is where a box is and about as large, or larger: not the loop of a digit in it."""
    large = np.ptp(cell, axis=0).prod() > LOOP * np.ptp(box, axis=0).prod()
    return bool(large) and is_inside(box.mean(axis=0), cell)


def is_inside(point: NDArray[np.float64], quad: Quad) -> bool:
    """Whether (x, y) lies in the upright rectangle around a quadrilateral."""
    return bool((point >= quad.min(axis=0)).all() and (point <= quad.max(axis=0)).all())
