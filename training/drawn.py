"""Made-up forms, filled with MNIST's test digits and spoilt in many ways, each in three strengths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.pages.scan import Scan
from reader.results.reading import DigitReading, PageReading
from training.designs import FRAMES, random_form
from training.filling import Hand, Mark, bank_hand, fill, values_for
from training.scanning import Spoiling, degrade

DPI = 200
FLATBED = Spoiling(skew=1.2, blur=0.6, noise=4, jpeg=80)
"""What every page goes through, but for what is said otherwise."""


def _three(name: str, *values: Any) -> tuple[Spoiling, Spoiling, Spoiling]:
    """The flatbed with one more thing in three strengths."""
    mild, middle, strong = (replace(FLATBED, **{name: value}) for value in values)
    return mild, middle, strong


def _photo(tilt: float, shade: float) -> Spoiling:
    return Spoiling(tilt=tilt, skew=2, shade=shade, blur=0.7, noise=4, jpeg=85, dark_ground=True)


SPOILT: dict[str, tuple[Spoiling, Spoiling, Spoiling]] = {
    "nothing, flatbed, 300 dpi": (Spoiling(), FLATBED, replace(FLATBED, scale=1.5)),
    "turned 90, 180, 270": _three("turn", 1, 2, 3),
    "skew of 3, 8, 15 degrees": _three("skew", 3, 8, 15),
    "photograph at 8, 16, 25 degrees": (_photo(8, 0.2), _photo(16, 0.35), _photo(25, 0.5)),
    "uneven light": _three("shade", 0.3, 0.5, 0.65),
    "blur": _three("blur", 0.9, 1.4, 2.0),
    "150, 120, 100 dpi": _three("scale", 0.75, 0.6, 0.5),
    "JPEG quality 60, 35, 18": _three("jpeg", 60, 35, 18),
    "noise": _three("noise", 8, 16, 25),
    "faded": _three("fade", 0.3, 0.55, 0.75),
    "shining through": _three("bleed", 0.1, 0.25, 0.4),
    "stains": _three("stains", 3, 10, 25),
    "dark paper": _three("paper", 225, 170, 120),
    "1 bit, copied, fax": (
        Spoiling(skew=-0.7, noise=10, bilevel=True),
        Spoiling(skew=0.5, wear=0.05, blur=0.8, noise=15, bilevel=True),
        Spoiling(skew=0.5, wear=0.05, blur=0.4, noise=10, bilevel=True, scale=0.5),
    ),
    "pencil": (FLATBED, FLATBED, FLATBED),
    "coloured ink": (FLATBED, FLATBED, FLATBED),
    "large writing": (FLATBED, FLATBED, FLATBED),
    "untidy writing": (FLATBED, FLATBED, FLATBED),
}
"""What happens to the pages: mild, middle, strong."""
HANDS: dict[str, Callable[[Hand, int], Hand]] = {
    "pencil": lambda hand, level: replace(hand, colour=((110, 110, 110), (150, 150, 150), (185, 185, 185))[level]),
    "coloured ink": lambda hand, level: replace(hand, colour=((180, 80, 30), (40, 40, 210), (235, 170, 90))[level]),
    "large writing": lambda hand, level: replace(hand, size=hand.size * (1.15, 1.3, 1.45)[level]),
    "untidy writing": lambda hand, level: replace(hand, untidiness=(0.08, 0.11, 0.15)[level]),
}
"""And to the hand that fills them in. Colours are BGR: blue, red, light blue."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page to read, and the truth about it.

    Attributes:
        scan: the page as it came from the scanner.
        bare: the same without print: nothing but what is written.
        marks: what is in each place to write in, measured on the sheet.
        to_scan: (3, 3) homography from (x, y) on the sheet to (x, y) in the scan.
        frame: how the places in the rows are printed.
    """

    scan: Scan
    bare: Scan
    marks: tuple[Mark, ...]
    to_scan: NDArray[np.float64]
    frame: str


def drawn_page(case: str, level: int, seed: int, digits: NDArray[np.uint8], labels: NDArray[np.int64]) -> Drawn:
    """One page: another design, hand and values for each seed; spoilt in a way and strength (0 to 2) of `SPOILT`.

    Args:
        case: a key of `SPOILT`.
        level: 0 is mild, 2 is strong.
        seed: of all chance.
        digits: (n, 28, 28) uint8, MNIST's.
        labels: (n,) the digit that each shows.
    """
    frame = FRAMES[seed % len(FRAMES)]
    form = random_form(seed, DPI, (frame,))
    hand = bank_hand(digits, labels, seed)
    hand = HANDS[case](hand, level) if case in HANDS else hand
    values = values_for(form, np.random.default_rng([seed, 1]))
    empty = replace(form, image=np.full_like(form.image, 255))
    sheet, bare = (fill(it, values, hand, np.random.default_rng([seed, 2])) for it in (form, empty))
    how = SPOILT[case][level]
    (image, to_scan), (writing, _) = (degrade(it.image, how, np.random.default_rng([seed, 3])) for it in (sheet, bare))
    name = f"{case}, {level}, {seed}"
    marks = tuple(mark for mark in sheet.marks if mark.field != "printed")
    return Drawn(Scan(name, 1, image), Scan(name, 1, writing), marks, to_scan, frame)


def place_of(mark: Mark, frame: str) -> str:
    """How the place to write in is printed: rows of this form by its frame, tables and grids by theirs."""
    if mark.field.startswith("f"):
        return frame
    return "grid cell" if mark.field.startswith("g") else "table cell" if mark.position == 0 else "table number"


def corners_of(mark: Mark, to_scan: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners (4, 2) of a place in the scan, from its top left clockwise."""
    x, y, right, low = mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
    corners = np.array([[[x, y], [right, y], [right, low], [x, low]]], np.float64)
    return np.asarray(cv2.perspectiveTransform(corners, to_scan)[0], np.float64)


def answers(reading: PageReading) -> list[DigitReading]:
    """The digits that were read on a page."""
    return [digit for field in reading.fields for digit in field.digits if digit.digit]


def matched(
    marks: Sequence[Mark], given: Sequence[DigitReading], to_sheet: NDArray[np.floating[Any]]
) -> list[list[DigitReading]]:
    """For each mark the answers whose middle lies in it, a tenth of its size beyond allowed, in the order as read.

    `to_sheet` takes (x, y) in the scan to the sheet that the marks are measured on: there, boxes are upright.
    """
    found: list[list[DigitReading]] = [[] for _ in marks]
    for digit in given:
        middle = np.array([[[digit.box.x + digit.box.width / 2, digit.box.y + digit.box.height / 2]]])
        x, y = cv2.perspectiveTransform(middle, to_sheet)[0, 0]
        for mark, inside in zip(marks, found, strict=True):
            across, down = (x - mark.x) / mark.width, (y - mark.y) / mark.height
            if abs(across - 0.5) <= 0.6 and abs(down - 0.5) <= 0.6:
                inside.append(digit)
    return found
