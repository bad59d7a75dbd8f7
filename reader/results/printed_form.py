"""A form to print: for each field a label and separate boxes of 5 x 7 mm, and marks in the corners.

Boxes apart from each other keep digits apart, and each is higher than wide, as digits are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.results.lettering import Color, width, write

DPI = 300
A4 = (297.0, 210.0)
"""Height and width in mm."""
BOX = (5.0, 7.0)
"""Width and height of a box in mm."""
GAP, PRINTED_GAP = 2.0, 4.0
"""Paper between two boxes in mm, and where something is printed between them."""
LEFT, RIGHT, TOP, BOTTOM = 22.0, 190.0, 46.0, 272.0
"""Where fields are printed, in mm from the upper left."""
BESIDE = 85.0
"""Where boxes begin beside their label."""
PITCH = 14.0
"""From one field to the next in mm."""
LETTERS = 4.2
"""Height of letters in mm."""
MARK, MARK_AT = 6.0, 10.0
"""Side of a corner mark, and how far from the edges it is, in mm."""
INK: Color = (0, 0, 0)
PALE: Color = (120, 120, 120)
LINE = 4
"""Pixels of a box's frame: a third of a millimetre."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field to print: what is printed beside it, and # for each box with what stands between them."""

    label: str
    mask: str

    def __post_init__(self) -> None:
        if "#" not in self.mask:
            raise ValueError(f"{self.label}: a field has at least one box")


Rectangle = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Printed:
    """A form to print.

    Attributes:
        pages: (rows, columns) uint8 each, 300 dpi, 255 is paper.
        places: of each entry its page, from 0, and its boxes: x, y, width, height in pixels of the page.
    """

    pages: tuple[NDArray[np.uint8], ...]
    places: tuple[tuple[int, tuple[Rectangle, ...]], ...]


def most_boxes() -> int:
    """Boxes that have room in one line."""
    return int((RIGHT - LEFT + GAP) // (BOX[0] + GAP))


def printed(title: str, entries: Sequence[Entry]) -> Printed:
    """Draw a form on as many pages as it needs."""
    pages = [_page(title, 1)]
    places = []
    down = TOP
    for entry in entries:
        below = _length(entry.mask) > RIGHT - BESIDE
        high = PITCH + (LETTERS * 1.8 if below else 0)
        if down + high > BOTTOM:
            pages.append(_page(title, len(pages) + 1))
            down = TOP
        boxes = _draw(pages[-1], entry, down, below)
        places.append((len(pages) - 1, tuple(boxes)))
        down += high
    return Printed(tuple(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).astype(np.uint8) for page in pages), tuple(places))


def _pixels(mm: float) -> int:
    return round(mm / 25.4 * DPI)


def _length(mask: str) -> float:
    """Millimetres that boxes and what is between them take."""
    boxes = mask.count("#")
    return boxes * BOX[0] + sum(_gaps(mask))


def _gaps(mask: str) -> list[float]:
    """Millimetres of paper after each box but the last."""
    parts = mask.split("#")[1:-1]
    return [PRINTED_GAP if part else GAP for part in parts]


def _page(title: str, number: int) -> NDArray[np.uint8]:
    """A page with its title and the marks in its corners, of which one is hollow so that it has a top."""
    rows, columns = _pixels(A4[0]), _pixels(A4[1])
    page = np.full((rows, columns, 3), 255, np.uint8)
    side, away = _pixels(MARK), _pixels(MARK_AT)
    for y in (away, rows - away - side):
        for x in (away, columns - away - side):
            cv2.rectangle(page, (x, y), (x + side, y + side), INK, -1)
    inner = side // 4
    cv2.rectangle(page, (away + inner, away + inner), (away + side - inner, away + side - inner), (255, 255, 255), -1)
    letters = _pixels(1.5 * LETTERS)
    shown = title if number == 1 else f"{title} - {number}"
    write(page, shown, ((columns - width(shown, letters)) // 2, _pixels(28)), letters, INK)
    hint = "1 2 3 4 5 6 7 8 9 0"
    small = _pixels(0.8 * LETTERS)
    write(page, hint, ((columns - width(hint, small)) // 2, _pixels(37)), small, PALE)
    return page


def _draw(page: NDArray[np.uint8], entry: Entry, down: float, below: bool) -> list[Rectangle]:
    """Draw a field at so many mm from the top; its boxes in pixels, their edges along the middle of the frames."""
    letters = _pixels(LETTERS)
    room = _pixels((RIGHT if below else BESIDE - 4) - LEFT)
    while width(entry.label, letters) > room and letters > 20:
        letters -= 2
    baseline = down + (LETTERS if below else (BOX[1] + LETTERS * 0.7) / 2)
    write(page, entry.label, (_pixels(LEFT), _pixels(baseline)), letters, INK)
    x, y = (LEFT, down + LETTERS * 1.8) if below else (BESIDE, down)
    boxes = []
    between = [*entry.mask.split("#")[1:-1], ""]
    for text, gap in zip(between, [*_gaps(entry.mask), 0.0], strict=True):
        left, top = _pixels(x), _pixels(y)
        right, bottom = _pixels(x + BOX[0]), _pixels(y + BOX[1])
        cv2.rectangle(page, (left, top), (right, bottom), INK, LINE)
        boxes.append((left, top, right - left, bottom - top))
        x += BOX[0] + gap
        if text:
            high = _pixels(LETTERS)
            at = _pixels(x - gap / 2) - width(text, high) // 2
            write(page, text, (at, bottom - LINE), high, INK)
    return boxes
