"""A free line on a page -> the digits written on it."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.boxes import OTHERWISE
from reader.digits.candidates import Classifier
from reader.digits.crops import crop
from reader.digits.decode import Digit, read_line
from reader.digits.frames import freed, is_cut_off, line_of
from reader.digits.labels import without_label
from reader.digits.patches import Patch, cut
from reader.digits.rulings import without_rulings
from reader.pages.page import transformed

HEIGHT = 88
"""Rows of a line in its patch."""
TALL = 0.25
"""Pieces of less height than this share of the line's are dots and specks."""
JOINED = 1.3
"""Pieces of so many times their height across may be digits that touch, and do not tell."""
FEWEST_PIECES = 3
DIGIT_SHARE = ((3, 10), (0.5, 0.8))
"""A line of 3, and of 10, pieces and more of which a smaller share are digits is a word."""
SMALL, CORNER = 0.4, 0.5
"""Digits of less height than this share of their box's that end before this share of its height and width are small
ones in its corner."""
FRAME_HIGH, FRAME_WIDE, SQUARE = 0.45, (0.35, 0.6), 0.88
"""White that ink encloses is a box where it is as high as this share of the line, as wide as the first of these shares
of the line's height at the least and the second of its width at the most, and fills this share of a rectangle."""
EMPTY = 0.002
"""Share of a line's pixels that is ink at the most where nothing is written."""


def may_hold_digits(ink: NDArray[np.uint8], quad: NDArray[np.float64], classifier: Classifier) -> bool:
    """Whether a line is worth reading where no form asks for it: cheap, and sure only to leave out words.

    The pieces of ink are classified as they are. Where there are several and few are digits, it is a word; digits that
    touch are few pieces.
    """
    patch, free, _ = _without_frame(ink, quad)
    written = without_label(line_of(free, patch.margin))
    _, labels, stats, _ = cv2.connectedComponentsWithStats((written > 0.5).astype(np.uint8), connectivity=8)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    tall = 1 + np.flatnonzero((high > TALL * HEIGHT)[1:] & (wide < JOINED * high)[1:])
    if len(tall) < FEWEST_PIECES:
        return True
    crops = []
    for label in tall:
        left, top, width, height = stats[label, :4]
        part = (slice(top, top + height), slice(left, left + width))
        crops.append(crop(written[part] * (labels[part] == label)))
    digits = classifier.probabilities(np.array(crops))[:, :10].max(axis=1) > 0.5
    return bool(digits.mean() >= np.interp(len(tall), *DIGIT_SHARE))


def read_free(
    ink: NDArray[np.uint8],
    quad: NDArray[np.float64],
    digits: tuple[int, int],
    classifier: Classifier,
    is_asked_for: bool = False,
) -> tuple[Digit, ...]:
    """Read the digits that are written free in a quadrilateral of a page.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
        quad: (4, 2) float64, corners (x, y) in the page, from the top left of the writing clockwise.
        digits: fewest and most digits.
        classifier: reads crops.
        is_asked_for: whether there is a number there, or nothing; else there may be words.

    Returns:
        The digits in reading order, their outlines in the page; or one that is blank or rejected, its outline the
        quadrilateral, where nothing or no digit is written.
    """
    patch, free, barred = _without_frame(ink, quad)
    inside = without_label(line_of(free, patch.margin))
    found = read_line(inside, digits, classifier, is_asked_for)
    if found:
        if any(digit.status == "ok" for digit in found) and not np.array_equal(free, barred):
            other = read_line(without_label(line_of(barred, patch.margin)), digits, classifier, is_asked_for)
            found = _in_doubt(found, other)
        inner = patch.ink[patch.margin : -patch.margin, patch.margin : -patch.margin]
        is_doubtful = is_cut_off(free, patch.margin) or _is_small_in_corner(found, inside.shape) or _holds_boxes(inner)
        placed = [replace(digit, outline=transformed(digit.outline + patch.margin, patch.to_page)) for digit in found]
        # Where the edge goes through a digit, one may be missing; small digits in a corner may be the box's own number,
        # and the walls of boxes ones.
        return tuple(
            replace(digit, status="review") if is_doubtful and digit.status == "ok" else digit for digit in placed
        )
    if (without_rulings(inside) > 0.5).mean() <= EMPTY:
        return (Digit("", 1.0, "", 0.0, "blank", quad),)
    return (no_digit(quad),)


def _holds_boxes(ink: NDArray[np.float32]) -> bool:
    """Whether there are boxes with frames of their own in a line (rows, columns): their walls may be read as ones."""
    rows, columns = ink.shape
    outlines, order = cv2.findContours((ink > 0.5).view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for outline, links in zip(outlines, order[0] if order is not None else (), strict=True):
        _, _, wide, high = cv2.boundingRect(outline)
        is_box_size = high >= FRAME_HIGH * rows and FRAME_WIDE[0] * rows <= wide <= FRAME_WIDE[1] * columns
        is_hole = links[3] >= 0
        if is_hole and is_box_size and cv2.contourArea(outline) >= SQUARE * (wide - 1) * (high - 1):
            return True
    return False


def _is_small_in_corner(found: tuple[Digit, ...], shape: tuple[int, ...]) -> bool:
    """Whether all digits of a box of (rows, columns) are small, and in the upper left corner of it."""
    corners = np.concatenate([digit.outline for digit in found])
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    low = bottom - top < SMALL * shape[0] and bottom < CORNER * shape[0]
    return bool(low and left < CORNER * shape[0] and right < CORNER * shape[1])


def no_digit(quad: NDArray[np.float64]) -> Digit:
    """What stands for a line (4, 2) of writing that holds no digits."""
    return Digit("", 1.0, "", 0.0, "rejected", quad)


def _in_doubt(found: tuple[Digit, ...], other: tuple[Digit, ...]) -> tuple[Digit, ...]:
    """Digits for review where they are others with the parts of the frame on which strokes may lie."""
    pairs = list(zip(found, other, strict=False)) if len(found) == len(other) else []
    doubts = [one.value != another.value and another.confidence >= OTHERWISE for one, another in pairs]
    if not any(doubts):
        return found
    return tuple(replace(digit, status="review") if digit.status == "ok" else digit for digit in found)


def _without_frame(
    ink: NDArray[np.uint8], quad: NDArray[np.float64]
) -> tuple[Patch, NDArray[np.float32], NDArray[np.float32]]:
    """The patch of a line, and its ink (rows, columns) float32 as `frames.freed` has it: in both ways."""
    patch = cut(ink, quad, HEIGHT)
    free, barred = freed(patch.ink[None], patch.margin, are_lines=True)
    return patch, free[0], barred[0]
