"""Images of single digits, as people keep them -> the crops that the reader would make of them."""

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import FAINTEST, LONGER_SIDE, SIZE, crop
from reader.errors import UsageError
from reader.pages.binarize import soft_ink

Crops = NDArray[np.uint8]
CENTRE = (13.4, 14.6)
"""Rows and columns between which the centre of mass of a crop lies: MNIST's own lie within 13.5 to 14.5."""
ALREADY = 0.98
"""A set is one of crops where at least this share of its images are: clamping at the border moves a few."""


def crops_of_stack(name: str, images: NDArray[np.uint8]) -> Crops:
    """Images of one size -> crops; a set of crops stays as it is.

    Args:
        name: of the images, for messages.
        images: (n, rows, columns) uint8, light on dark as in MNIST, or dark on light.

    Returns:
        (n, 28, 28) uint8, 0 is paper.

    Raises:
        UsageError: an image has no ink.
    """
    light_paper = len(images) > 0 and _border(images) > 127
    inked = np.asarray(255 - images if light_paper else images, np.uint8)
    empty = np.flatnonzero(inked.reshape(len(inked), -1).max(axis=1, initial=0) < FAINTEST * 255)
    if empty.size:
        raise UsageError(
            f"{name}: {empty.size} of {len(images)} images have nothing on them (the first is number {empty[0]}, "
            "counted from 0); every image needs a digit or something that is none: take them out"
        )
    if len(inked) == 0 or (inked.shape[1:] == (SIZE, SIZE) and _share_of_crops(inked) >= ALREADY):
        return inked.reshape(-1, SIZE, SIZE)
    return np.stack([crop(image.astype(np.float32) / np.float32(255)) for image in inked])


def crop_of_picture(name: str, picture: NDArray[np.uint8]) -> Crops:
    """One picture of one digit -> its crop; a crop stays as it is.

    Args:
        name: of the file, for messages.
        picture: (rows, columns) gray or (rows, columns, 3) BGR uint8; a cut-out of a scan, dark on light, is inked
            by the reader's own binarization, one that is light on dark is taken as ink already.

    Returns:
        (28, 28) uint8, 0 is paper.

    Raises:
        UsageError: there is no ink in it.
    """
    gray = picture if picture.ndim == 2 else (picture @ np.array([0.114, 0.587, 0.299])).round().astype(np.uint8)
    if _border(gray[None]) <= 127:
        if gray.shape == (SIZE, SIZE) and _share_of_crops(gray[None]) == 1:
            return gray
        ink = gray.astype(np.float32) / np.float32(255)
    else:
        ink = soft_ink(gray)
    if not (ink >= FAINTEST).any():
        raise UsageError(f"{name}: nothing is written on this picture; take it out of the data")
    return crop(ink)


def _border(images: NDArray[np.uint8]) -> float:
    """Usual gray level along the border of images (n, rows, columns): the paper."""
    sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return float(np.median(np.concatenate([side.ravel() for side in sides])))


def _share_of_crops(images: NDArray[np.uint8]) -> float:
    """Share of images (n, 28, 28), 0 is paper, whose ink is 20 pixels long and centred as a crop's is."""
    there = images > 0
    sides = [_extent(np.asarray(there.any(axis=axis), np.bool_)) for axis in (1, 2)]
    total = images.sum(axis=(1, 2), dtype=np.float64) + 1e-9
    at = np.arange(SIZE)
    centres = [images.sum(axis=axis, dtype=np.float64) @ at / total for axis in (1, 2)]
    centred = np.all([(c >= CENTRE[0]) & (c <= CENTRE[1]) for c in centres], axis=0)
    return float((centred & (np.maximum(*sides) == LONGER_SIDE)).mean())


def _extent(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From the first to the last True of each row (n, places)."""
    extent: NDArray[np.int64] = there.shape[1] - there.argmax(axis=1) - there[:, ::-1].argmax(axis=1)
    return extent
