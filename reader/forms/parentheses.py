"""Places to write in between printed parentheses or brackets: (   ), [ ] [ ] [ ]."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import sized_for_search
from reader.forms.free_lines import rectangle
from reader.forms.outlines import area_of, outlines

DARK = 102
"""Ink, of 255, from which on a pixel belongs to a stroke."""
LOWEST = 0.01
"""Height of a parenthesis at the least, in parts of the page's longer side: 3 mm on A4."""
ASPECT = 0.08, 0.5
"""Its width, in parts of its height."""
STROKE = 0.24
"""Width of its stroke at the most, in parts of its height."""
BENT = 0.05
"""Both its ends lie so far to one side of its middle at the least, in parts of its height."""
ENDS, MIDDLE = 0.08, (0.4, 0.6)
"""Which parts of its height its ends and its middle are."""
ALIKE = 0.12
"""The two of a pair are as high as each other, and level, give or take this share of their height."""
PAPER = 0.5, 12.0
"""What lies between them is so wide, in parts of their height."""
ROOMY = 1.3
"""A narrower pair is a box for a digit, and one of several in a row: text has single letters between parentheses."""
ASIDE = 0.45
"""There is no text so near beside a pair, in parts of its height."""
FREE = 0.5
"""So much of what lies between a roomy pair is free at its two ends together, in parts of its height."""
NEXT, ROW = 1.2, 2
"""Narrow pairs no farther apart, in parts of their height, are a row, from so many on."""

CLEAR = 2
"""Pixels beside a parenthesis that are no place to write in: its blurred edge."""

Quad = NDArray[np.float64]
Boxes = NDArray[np.int32]
Pair = tuple[int, int]


def find_between_parentheses(ink: NDArray[np.uint8], taken: list[Quad]) -> tuple[list[Quad], list[Quad]]:
    """What lies between printed parentheses that leave room to write in.

    Text in parentheses is no such place: it fills them, or other text goes on beside them.

    Args:
        ink: (rows, columns) uint8, ink of the upright page, 0 is paper and 255 is full ink.
        taken: (4, 2) corners (x, y) of cells; what is in them is left out.

    Returns:
        Two lists of corners (4, 2), from left to right: of what lies between two parentheses, and of that with them.
    """
    small, scale = sized_for_search(ink)
    mask = (small > DARK).astype(np.uint8)
    for quad in taken:
        cv2.fillConvexPoly(mask, ((quad + 0.5) * scale - 0.5).round().astype(np.int32), 0)
    found, boxes = outlines(mask)
    lowest = LOWEST * max(mask.shape)
    slim = (boxes[:, 3] >= lowest) & (boxes[:, 2] <= ASPECT[1] * boxes[:, 3])
    bends = np.zeros(len(found), np.int64)
    bends[slim] = [bend(area_of(found[index], boxes[index])) for index in np.flatnonzero(slim)]
    partners = [(left, _partner(left, bends, boxes)) for left in np.flatnonzero(bends > 0).tolist()]
    pairs = [(left, right) for left, right in partners if right is not None and _is_apart((left, right), bends, boxes)]
    pairs = _with_room(sorted(pairs, key=lambda pair: int(boxes[pair[0], 0])), boxes)
    inner, outer = ([_quad(pair, boxes, with_both) for pair in pairs] for with_both in (False, True))
    return [(quad + 0.5) / scale - 0.5 for quad in inner], [(quad + 0.5) / scale - 0.5 for quad in outer]


def bend(area: NDArray[np.bool_]) -> int:
    """1 for a piece of ink like "(" or "[", -1 for one like ")" or "]", 0 for any other.

    Args:
        area: (rows, columns) bool, no wider than the piece, and as high.
    """
    height, width = area.shape
    if not ASPECT[0] * height <= width <= ASPECT[1] * height or not area.any(axis=1).all():
        return 0
    thick = area.sum(axis=1)
    end, (first, last) = max(1, round(ENDS * height)), (round(share * height) for share in MIDDLE)
    if thick[first:last].max(initial=0) > max(2.0, STROKE * height):
        return 0
    middles = (area * np.arange(width)).sum(axis=1) / thick
    bent = np.array([middles[:end].mean(), middles[-end:].mean()]) - middles[first:last].mean()
    return int(np.sign(bent[0])) if np.abs(bent).min() >= BENT * height and bent[0] * bent[1] > 0 else 0


def _partner(left: int, bends: NDArray[np.int64], boxes: Boxes) -> int | None:
    """The next piece that closes what a piece opens; None where another opens before, or none is there."""
    height = int(boxes[left, 3])
    slack = ALIKE * height
    level = (np.abs(boxes[:, 1] - boxes[left, 1]) <= slack) & (np.abs(boxes[:, 3] - height) <= slack)
    behind = np.flatnonzero(level & (bends != 0) & (boxes[:, 0] > boxes[left, 0]))
    if not len(behind):
        return None
    right = int(behind[boxes[behind, 0].argmin()])
    paper = boxes[right, 0] - boxes[left, 0] - boxes[left, 2]
    return right if bends[right] < 0 and PAPER[0] * height <= paper <= PAPER[1] * height else None


def _beside(pair: Pair, boxes: Boxes) -> NDArray[np.bool_]:
    """(n,) which pieces are level with a pair, and high enough to be writing: not points, nor dust."""
    top, height = boxes[pair[0], [1, 3]].tolist()
    common = np.minimum(boxes[:, 1] + boxes[:, 3], top + height) - np.maximum(boxes[:, 1], top)
    is_level: NDArray[np.bool_] = (common > 0.25 * height) & (boxes[:, 3] < 2 * height)
    is_level[list(pair)] = False
    return is_level


def _is_apart(pair: Pair, bends: NDArray[np.int64], boxes: Boxes) -> bool:
    """Whether no text goes on right before or behind a pair."""
    left, right = boxes[pair[0], 0], boxes[pair[1], 0] + boxes[pair[1], 2]
    near = ASIDE * boxes[pair[0], 3]
    ends = boxes[:, 0] + boxes[:, 2]
    beside = ((ends <= left) & (left - ends < near)) | ((boxes[:, 0] >= right) & (boxes[:, 0] - right < near))
    return not (beside & _beside(pair, boxes) & (bends == 0)).any()


def _with_room(pairs: list[Pair], boxes: Boxes) -> list[Pair]:
    """Those of pairs that are roomy, or boxes in a row."""
    heights = [int(boxes[left, 3]) for left, _ in pairs]
    wide = [int(boxes[right, 0] - boxes[left, 0] - boxes[left, 2]) for left, right in pairs]
    kept = []
    for number, pair in enumerate(pairs):
        if wide[number] >= ROOMY * heights[number]:
            written = _beside(pair, boxes) & (boxes[:, 0] > boxes[pair[0], 0]) & (boxes[:, 0] < boxes[pair[1], 0])
            spans = boxes[written]
            used = int((spans[:, 0] + spans[:, 2]).max() - spans[:, 0].min()) if len(spans) else 0
            is_place = wide[number] - used >= FREE * heights[number]
        else:
            is_place = sum(_are_in_row(pair, other, boxes) for other in pairs) >= ROW - 1
        if is_place:
            kept.append(pair)
    return kept


def _are_in_row(one: Pair, other: Pair, boxes: Boxes) -> bool:
    """Whether two pairs stand side by side, level and with little paper between."""
    first, second = sorted((one, other), key=lambda pair: int(boxes[pair[0], 0]))
    height = boxes[first[0], 3]
    gap = boxes[second[0], 0] - boxes[first[1], 0] - boxes[first[1], 2]
    return bool(0 <= gap <= NEXT * height and abs(boxes[first[0], 1] - boxes[second[0], 1]) <= ALIKE * height)


def _quad(pair: Pair, boxes: Boxes, with_both: bool) -> Quad:
    """The corners (4, 2) of what lies between a pair, or of that with the pair."""
    (left, top, width, height), (other, other_top, other_width, other_height) = boxes[list(pair)].tolist()
    low, high = (left, other + other_width) if with_both else (left + width + CLEAR, other - CLEAR)
    return rectangle(low, min(top, other_top), high, max(top + height, other_top + other_height))
