"""Where on its way from the page to the value an answer went wrong: on drawn forms everything about them is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reader.digits.boxes import Views, read_boxes, views_of
from reader.digits.classifier import Classifier
from reader.digits.patches import Inked, inked
from reader.pages.page import page_of, transformed
from reader.pages.scan import Scan
from reader.results.reading import Box, DigitReading, PageReading
from training.drawn import Drawn, corners_of
from training.filling import Mark

PAGE, BOX, RULING, STROKE, SPLIT, CLASSIFIED = CAUSES = (
    "page not found", "box not found", "ruling left", "stroke eaten", "split wrong", "classified wrong",
)  # fmt: skip
"""What can go wrong, in the order in which it would."""
COVERED = 0.5
"""Share of a place to write in, and of the box that was found for it, that they have in common."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The ink of a scan, and the homography (3, 3) from (x, y) in the scan to (x, y) in that ink."""

    ink: Inked
    to_ink: np.ndarray


def both_seen(page: Drawn) -> tuple[Seen, Seen]:
    """A page, and the same without print."""
    return _seen(page.scan), _seen(page.bare)


def _seen(scan: Scan) -> Seen:
    page = page_of(scan)
    return Seen(inked(page), np.linalg.inv(page.to_scan))


def cause_of(
    mark: Mark,
    found: Sequence[DigitReading],
    page: Drawn,
    both: Callable[[], tuple[Seen, Seen]],
    reading: PageReading,
    reads: Classifier,
) -> str:
    """Why a digit, or a line of them, was not read right.

    A box that was found is read again at its true place, with the print and without: where the place alone makes it
    right, the box was not found well; where it is wrong even without print, it was classified wrong; else the crop
    with print has too much ink in it, or too little. `both` gives the page as `both_seen` does.
    """
    corners = corners_of(mark, page.to_scan)
    if reading.status != "read":
        return PAGE
    if not _is_covered(corners, reading, mark.position is None):
        return BOX
    if mark.position is None:
        return SPLIT if len(found) != len(mark.label) else CLASSIFIED
    seen, written = (_views(one, corners) for one in both())
    (again, alone) = read_boxes([seen, written], np.array([corners, corners]), reads)
    if again.value == mark.label:
        return BOX
    if alone.value != mark.label or not written or not seen:
        return STROKE if written and not seen else CLASSIFIED
    more = np.asarray(seen[0], np.float64) - written[0]
    return RULING if np.maximum(more, 0).sum() > np.maximum(-more, 0).sum() else STROKE


def cause_on_real(label: str, found: Sequence[DigitReading], corners: np.ndarray, reading: PageReading) -> str:
    """The same as far as it can be told where the truth is a label and its place."""
    if reading.status != "read":
        return PAGE
    if not _is_covered(corners, reading, len(label) > 1):
        return BOX
    return SPLIT if len(found) != len(label) and len(label) > 1 else CLASSIFIED


def _views(seen: Seen, corners: np.ndarray) -> Views:
    return views_of(seen.ink, transformed(corners, seen.to_ink)[None])[0]


def _is_covered(corners: np.ndarray, reading: PageReading, is_line: bool) -> bool:
    """Whether a box was found where one is; a line where most of its place is, for print around it may be in it."""
    boxes = [digit.box for field in reading.fields for digit in field.digits]
    boxes += [field.box for field in reading.fields] if is_line else []
    place = corners.min(axis=0), corners.max(axis=0)
    return any(_shares(place, box, is_line) for box in boxes)


def _shares(place: tuple[np.ndarray, np.ndarray], box: Box, is_line: bool) -> bool:
    low = np.maximum(place[0], [box.x, box.y])
    high = np.minimum(place[1], [box.x + box.width, box.y + box.height])
    common = float(np.maximum(high - low, 0).prod())
    areas = float(np.prod(place[1] - place[0])), float(box.width * box.height)
    # What is written free takes up a part of its place, and what was found is around the writing.
    return common >= COVERED * (min(areas) if is_line else max(areas))


def picture_of(page: Drawn, mark: Mark, side: int = 96) -> np.ndarray:
    """The place of a mark as it was scanned, with some paper around it: (side, columns) uint8 gray."""
    gray = page.scan.image if page.scan.image.ndim == 2 else cv2.cvtColor(page.scan.image, cv2.COLOR_BGR2GRAY)
    corners = corners_of(mark, page.to_scan)
    low, high = corners.min(axis=0), corners.max(axis=0)
    pad = 0.3 * (high[1] - low[1])
    (left, top), (right, bottom) = np.maximum(low - pad, 0).astype(int), (high + pad).astype(int)
    part = gray[top:bottom, left:right]
    scale = side / max(1, part.shape[0])
    return cv2.resize(part, (max(1, min(6 * side, round(part.shape[1] * scale))), side), interpolation=cv2.INTER_AREA)
