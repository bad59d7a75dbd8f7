"""Rulings that a page has around the fields and the sheet has not: the page is of another design."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.fit import Level

LENGTH = 64
"""Pixels of the fine level, 19 mm of an A4 sheet, that a stroke must run dead straight: handwriting seldom does."""
THICKEST = 7
FAINTEST = 30
"""Gray levels that a ruling is darker than what lies on either side of it."""
NEAR = 9
"""Pixels across which a ruling counts as the sheet's own."""
FEW = 6 * LENGTH
"""Pixels of foreign rulings that say nothing: a line drawn by hand with a ruler, a fold."""


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
        found |= np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(along[::-1], np.uint8))) > 0
    return found


def around(layer: Level, boxes: NDArray[np.float64], margin: float) -> NDArray[np.bool_]:
    """(rows, columns) bool of the level: the boxes, (m, 4) left, top, right, bottom in the sheet, with a margin."""
    there = np.zeros(layer.image.shape, np.uint8)
    grown = np.round(boxes * layer.scale + margin * np.array([-1, -1, 1, 1])).astype(np.int64)
    for left, top, right, bottom in grown.tolist():
        there[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 1
    return there > 0


def foreign_share(layer: Level, region: NDArray[np.bool_], there: NDArray[np.uint8]) -> float:
    """The length of rulings that are not the sheet's, over that of the sheet's own, around the fields.

    Args:
        layer: the sheet's fine level.
        region: (rows, columns) bool, where to look (see `around`).
        there: (rows, columns) uint8 of the level, the page as it looks from the sheet, 255 is paper.
    """
    printed = cv2.dilate((layer.image < 235).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8)) > 0
    own = int((rulings(layer.image) & region).sum())
    foreign = int((rulings(there) & region & ~printed).sum())
    return foreign / max(own, 1) if foreign > 2 * FEW else 0.0  # a ruling is about two pixels wide
