"""Rulings that a page has around the fields and the sheet has not: the page is of another design."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The fields of a sheet and what is around them.

    Attributes:
        free: (rows, columns) bool of the sheet's fine level, where there and the sheet has no print.
        own: pixels of rulings that the sheet has there.
        window: the rows and columns of the level that tell of rulings there.
    """

    free: NDArray[np.bool_]
    own: int
    window: tuple[slice, slice]


def surroundings(layer: Level, boxes: NDArray[np.float64], margin: float) -> Surroundings:
    """What is around the boxes of a sheet.

    Args:
        layer: the sheet's fine level.
        boxes: (m, 4) float64, left, top, right, bottom in the sheet.
        margin: pixels of the level that count as around a box.
    """
    there = np.zeros(layer.image.shape, np.uint8)
    grown = np.maximum(np.round(boxes * layer.scale + margin * np.array([-1, -1, 1, 1])), 0).astype(np.int64)
    for left, top, right, bottom in grown.tolist():
        there[top:bottom, left:right] = 1
    printed = cv2.dilate((layer.image < 235).astype(np.uint8), np.ones((NEAR, NEAR), np.uint8)) > 0
    reach = LENGTH + 2 * THICKEST  # as far as a pixel may tell of a ruling through another
    (left, top), (right, bottom) = grown[:, :2].min(axis=0) - reach, grown[:, 2:].max(axis=0) + reach
    window = (slice(max(int(top), 0), int(bottom)), slice(max(int(left), 0), int(right)))
    return Surroundings((there > 0) & ~printed, int((rulings(layer.image) & (there > 0)).sum()), window)


def foreign_share(around: Surroundings, there: NDArray[np.uint8]) -> float:
    """The length of rulings that are not the sheet's, over that of the sheet's own, around the fields.

    Args:
        around: what `surroundings` gives for the sheet.
        there: (rows, columns) uint8 of the sheet's fine level, the page as it looks from the sheet, 255 is paper.
    """
    foreign = int((rulings(there[around.window]) & around.free[around.window]).sum())
    return foreign / max(around.own, 1) if foreign > 2 * FEW else 0.0  # a ruling is about two pixels wide
