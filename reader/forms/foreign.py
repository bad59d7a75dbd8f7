"""Print that a page has and the sheet has not: the page is of another design."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.fit import Level

LENGTH = 64
"""Pixels of the fine level, 19 mm of an A4 sheet, that a stroke must run dead straight: handwriting seldom does."""
THICKEST = 7
CROSSED = 4
"""Pixels of a gap in a ruling at the most."""
FAINTEST = 30
"""Gray levels that a ruling is darker than what lies on either side of it."""
NEAR = 9
"""Pixels across which a ruling counts as the sheet's own."""
FEW = 6 * LENGTH
"""Pixels of foreign rulings that say nothing: a line drawn by hand with a ruler, a fold."""
BEYOND, FARTHEST = 1.3, 120.0
"""As far around a box, in its own sides and at the most in pixels of the fine level, may rulings tell."""
DARK = 170
"""Gray levels below which a pixel of a page is print or writing."""
LEAST = 0.15
"""Share of the sheet's dark print that must be on the page, to tell anything."""
THIN, BLACK = 9, 60
"""Pixels across which print is thin, and gray levels by which it is darker than what is around it."""


def rulings(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The thin, straight, upright or level lines on an image.

    Args:
        image: (rows, columns) uint8 of a level, 255 is paper.

    Returns:
        (rows, columns) bool, True on a ruling.
    """
    found = np.zeros(image.shape, np.bool_)
    for across, along in (((1, THICKEST), (LENGTH, 1)), ((THICKEST, 1), (1, LENGTH))):
        thin = cv2.morphologyEx(image, cv2.MORPH_BLACKHAT, np.ones(across[::-1], np.uint8))
        dark = cv2.dilate((thin > FAINTEST).astype(np.uint8), np.ones(across[::-1], np.uint8), iterations=1)
        dark = cv2.erode(dark, np.ones(across[::-1], np.uint8))  # a line that climbs a pixel or two is still a line
        gap = tuple(min(side, CROSSED) for side in along)  # another ruling may cross it
        dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones(gap[::-1], np.uint8))
        found |= np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(along[::-1], np.uint8))) > 0
    return found


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The fields of a sheet and what is around them.

    Attributes:
        near: (rows, columns) bool of the sheet's fine level, around the fields.
        printed: (rows, columns) bool, where the sheet has print, or nearly.
        own: pixels of rulings that the sheet has there.
        window: the rows and columns of the level that tell of rulings there.
    """

    near: NDArray[np.bool_]
    printed: NDArray[np.bool_]
    own: int
    window: tuple[slice, slice]


def surroundings(layer: Level, boxes: NDArray[np.float64], margin: float) -> Surroundings:
    """What is around the boxes of a sheet.

    Args:
        layer: the sheet's fine level.
        boxes: (m, 4) float64, left, top, right, bottom in the sheet.
        margin: pixels of the level that count as around a box; for a larger box more, where a table goes on.
    """
    there = np.zeros(layer.image.shape, np.uint8)
    boxes = boxes * layer.scale
    sides = np.clip(BEYOND * (boxes[:, 2:] - boxes[:, :2]), margin, FARTHEST)
    grown = np.maximum(np.round(boxes + np.hstack([-sides, sides])), 0).astype(np.int64)
    for left, top, right, bottom in grown.tolist():
        there[top:bottom, left:right] = 1
    printed = cv2.dilate((layer.image < 235).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8)) > 0
    reach = LENGTH + 2 * THICKEST  # as far as a pixel may tell of a ruling through another
    (left, top), (right, bottom) = grown[:, :2].min(axis=0) - reach, grown[:, 2:].max(axis=0) + reach
    window = (slice(max(int(top), 0), int(bottom)), slice(max(int(left), 0), int(right)))
    return Surroundings(there > 0, printed, int((rulings(layer.image) & (there > 0)).sum()), window)


def foreign_share(around: Surroundings, there: NDArray[np.uint8]) -> float:
    """The length of rulings that are not the sheet's, over that of the sheet's own, around the fields.

    Args:
        around: what `surroundings` gives for the sheet.
        there: (rows, columns) uint8 of the sheet's fine level, the page as it looks from the sheet, 255 is paper.
    """
    free = around.near[around.window] & ~around.printed[around.window]
    foreign = int((rulings(there[around.window]) & free).sum())
    return foreign / max(around.own, 1) if foreign > 2 * FEW else 0.0  # a ruling is about two pixels wide


def own_share(layer: Level, around: Surroundings, there: NDArray[np.uint8]) -> float:
    """The share of what is dark on a page, off the boxes, that lies on the sheet's print; 0 if next to nothing is.

    On the whole sheet and around the fields, whichever is less.

    Args:
        layer: the sheet's fine level.
        around: what `surroundings` gives for the sheet.
        there: (rows, columns) uint8 of that level, the page as it looks from the sheet, 255 is paper.
    """
    off_boxes = np.ones(there.shape, np.bool_)
    for left, top, right, bottom in (layer.inside + np.array([-4, -4, 4, 4])).tolist():
        off_boxes[max(top, 0) : bottom, max(left, 0) : right] = False
    dark = (there < DARK) & off_boxes
    if (dark & around.printed).sum() < LEAST * ((layer.image < DARK) & off_boxes).sum():
        return 0.0
    foreign = dark & ~around.printed
    shares = [float((foreign & part).sum() / max((dark & part).sum(), 1)) for part in (dark, around.near)]
    return 1 - max(shares)


def outside_share(layer: Level, page: NDArray[np.uint8], to_page: NDArray[np.float64]) -> float:
    """The share of a page's print that lies beside the sheet's place on it.

    Args:
        layer: a level of the sheet.
        page: (rows, columns) uint8, 255 is paper.
        to_page: (3, 3) homography sheet -> page.
    """
    calm = cv2.medianBlur(page, 3)  # grain is no print
    thin = cv2.morphologyEx(calm, cv2.MORPH_BLACKHAT, np.ones((THIN, THIN), np.uint8)) > BLACK
    size = (page.shape[1], page.shape[0])
    covered = cv2.warpPerspective(np.ones(layer.image.shape, np.uint8), to_page @ layer.to_sheet, size) > 0
    return float((thin & ~covered).sum() / thin.sum()) if thin.any() else 0.0
