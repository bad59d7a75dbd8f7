"""A digit's ink -> 28x28 in MNIST's own normalisation; the one place, for reading and for training."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 28
"""Rows and columns of a crop."""
LONGER_SIDE = 20
"""Pixels that the longer side of the digit's bounding box takes in the crop."""
FAINTEST = 0.2
"""Ink fainter than this does not stretch the bounding box."""


def crop(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Bring one glyph into the shape of an MNIST digit.

    The bounding box of the ink is scaled, keeping its shape and anti-aliased, so that its longer side is 20 pixels;
    it is then placed so that its centre of mass falls on the middle of a 28x28 square (LeCun et al., the MNIST
    database: "the images were centered in a 28x28 image by computing the center of mass of the pixels").

    Args:
        ink: (rows, columns) float32, 0 is paper and 1 is full ink; nothing but the glyph.

    Returns:
        (28, 28) uint8, 0 is paper and 255 is full ink.

    Raises:
        ValueError: there is no ink.
    """
    left, top, wide, high = cv2.boundingRect((ink >= FAINTEST).view(np.uint8))
    if not wide:
        raise ValueError("a crop needs ink, and there is none")
    glyph = ink[top : top + high, left : left + wide]
    scale = LONGER_SIDE / max(glyph.shape)
    width, height = (max(1, round(side * scale)) for side in (wide, high))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.clip(cv2.resize(glyph, (width, height), interpolation=how), 0, 1)
    return _centred((small * 255).round().astype(np.uint8))


def _centred(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place a glyph of at most 20x20 in 28x28, its centre of mass in the middle, whole pixels, nothing cut off."""
    height, width = small.shape
    mass = cv2.moments(small)
    middle = SIZE // 2  # counted in whole pixels from 0: MNIST's own centres of mass lie between 13.5 and 14.5
    top = round(middle - mass["m01"] / mass["m00"])
    left = round(middle - mass["m10"] / mass["m00"])
    top, left = min(max(top, 0), SIZE - height), min(max(left, 0), SIZE - width)
    square = np.zeros((SIZE, SIZE), np.uint8)
    square[top : top + height, left : left + width] = small
    return square
