"""What is cut out of a scan to show to a person: the place of a field, upright and of a handy size."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import ScanError
from reader.pages.addresses import located
from reader.pages.scan import Scan, read_scan
from reader.results.reading import Box, PageReading

HEIGHT, WIDEST = 48, 480
"""Pixels: two lines of a table, and about a third of a screen."""
MARGIN = 0.25
"""How much of the page around a field is shown, of its shorter side: what was written across the edge."""


def stored(reading: PageReading) -> Scan | None:
    """The scan that a page was read from; None where it is not on this machine any more, or no longer to be read.

    A scan at an address is not fetched: who made the ledger is not to decide what this machine asks the network for.
    """
    return _scan(Path(reading.file), reading.page)


def stored_or_fetched(reading: PageReading) -> Scan | None:
    """The scan that a page was read from, fetched where it is at an address; None where it is no longer there.

    Raises:
        UsageError: a package is not installed that the address needs.
    """
    return _scan(located(reading.file), reading.page)


def _scan(file: Path, page: int) -> Scan | None:
    """A page of a file; None where it cannot be read."""
    try:
        return read_scan(file, page)
    except ScanError:
        return None


def quarters_to_upright(reading: PageReading) -> int:
    """Quarter turns, counterclockwise, that bring what was read on a scan upright: digits follow from left to right.

    Where all fields have one digit, they follow down the page or along it, which tells whether it is upside-down.
    """
    steps = [_step(field.digits[0].box, field.digits[-1].box) for field in reading.fields if len(field.digits) > 1]
    if not steps and reading.fields:
        return 2 if sum(_step(reading.fields[0].box, reading.fields[-1].box)) < 0 else 0
    across, down = (sum(side) for side in zip((0, 0), *steps, strict=True))
    if abs(across) >= abs(down):
        return 0 if across >= 0 else 2
    return 1 if down > 0 else 3


def _step(first: Box, last: Box) -> tuple[int, int]:
    """From the middle of a box to that of another, (x right, y down) in half pixels."""
    return 2 * (last.x - first.x) + last.width - first.width, 2 * (last.y - first.y) + last.height - first.height


def clipping(scan: Scan, box: Box, quarters: int) -> NDArray[np.uint8]:
    """The part of a scan around a box.

    Args:
        scan: the page as stored.
        box: in its pixels; it may lie partly, or all, beside it.
        quarters: turns, counterclockwise, that bring it upright.

    Returns:
        (rows, columns) gray or (rows, columns, 3) BGR uint8, 255 is white; at most `HEIGHT` high and `WIDEST` wide.
    """
    margin = round(MARGIN * min(box.width, box.height))
    rows, columns = scan.image.shape[:2]
    top, left = (min(max(edge - margin, 0), most - 1) for edge, most in ((box.y, rows), (box.x, columns)))
    part = scan.image[top : max(top + 1, box.y + box.height + margin), left : max(left + 1, box.x + box.width + margin)]
    upright = np.ascontiguousarray(np.rot90(part, quarters))
    height, width = upright.shape[:2]
    scale = min(HEIGHT / height, WIDEST / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(upright, size, interpolation=how).astype(np.uint8, copy=False)
