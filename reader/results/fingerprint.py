"""A page's handwriting in 256 bits, near those of another scan of the same sheet and far from any other sheet's.

A perceptual hash of the whole page would not do: filled-in copies of one form are alike but for the digits. So each
digit is looked at in its own box, small and by itself, and what is seen is folded into bits by random directions that
belong to its field and place: two pages differ in a share of the bits that is the angle between them over pi (Charikar,
"Similarity estimation techniques from rounding algorithms", STOC 2002).
"""

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.results.reading import Box, DigitReading, FieldReading

BITS = 256
SIDE = 8
"""Rows and columns that a digit is looked at in."""
FRAME = 0.14
"""Part of a box, at each of its sides, that may be its frame."""
FEWEST = 6
"""Digits or marks that must be written; of a page with fewer nothing is said."""

Gray = NDArray[np.uint8]


def fingerprint(image: Gray, fields: Sequence[FieldReading]) -> bytes | None:
    """The bits of a page.

    Args:
        image: as stored: (rows, columns) or (rows, columns, 3) BGR uint8, 255 is white.
        fields: what was read from it.

    Returns:
        BITS / 8 bytes, or None where too little is written to tell one page from another.
    """
    written = [(field.name, digit) for field in fields for digit in field.digits if digit.status != "blank"]
    if len(written) < FEWEST:
        return None
    quarters = _quarters(fields)
    total = np.zeros(BITS)
    for name, digit in written:
        total += _directions(name, digit) @ _seen(image, digit.box, quarters)
    return np.packbits(total > 0).tobytes()


def _quarters(fields: Sequence[FieldReading]) -> int:
    """Quarter turns against the clock that make the digits of fields follow each other from left to right."""
    way = np.zeros(2)
    for field in fields:
        if len(field.digits) > 1:
            way += _middle(field.digits[-1].box) - _middle(field.digits[0].box)
    return round(float(np.arctan2(way[1], way[0])) / (np.pi / 2)) % 4


def _middle(box: Box) -> NDArray[np.float64]:
    """(x, y) of the middle of a box."""
    return np.array([box.x + box.width / 2, box.y + box.height / 2])


def _directions(name: str, digit: DigitReading) -> NDArray[np.float64]:
    """(BITS, SIDE * SIDE) of -1 and 1, the random directions of a place on a form; the same on any machine."""
    seed = hashlib.shake_256(f"{name}/{digit.position}".encode()).digest(BITS * SIDE * SIDE // 8)
    signs = np.unpackbits(np.frombuffer(seed, np.uint8)).reshape(BITS, SIDE * SIDE)
    return np.asarray(signs * 2.0 - 1.0, np.float64)


def _seen(image: Gray, box: Box, quarters: int) -> NDArray[np.float64]:
    """(SIDE * SIDE,) what is in a box, upright, small, of mean 0 and length 1; nothing where it is all of one gray."""
    across, down = int(FRAME * box.width), int(FRAME * box.height)
    part = image[box.y + down : box.y + box.height - down, box.x + across : box.x + box.width - across]
    gray = part if part.ndim == 2 else cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    level = np.rot90(small.astype(np.float64), quarters).ravel()
    level -= level.mean()
    length = float(np.linalg.norm(level))
    return np.asarray(level / length if length > SIDE else np.zeros(SIDE * SIDE), np.float64)
