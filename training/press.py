"""The sheet that a form is printed on, and how lines, tints and text get onto it: (rows, columns, 3) uint8 BGR."""

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from training.blocks import Look

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]
Rectangle = tuple[int, int, int, int]
PALE = 0.2
"""How strong a pale tint is."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A field of a printed form, in pixels of its image.

    Attributes:
        name: the field's name.
        kind: `boxes`, a rectangle for each digit; or `line`, one rectangle with digits written freely in it.
        boxes: x, y, width, height each; edges along the middle of the printed frame.
        digits: fewest and most digits.
    """

    name: str
    kind: Literal["boxes", "line"]
    boxes: tuple[Rectangle, ...]
    digits: tuple[int, int]

    def __post_init__(self) -> None:
        if not self.boxes or (self.kind == "line" and len(self.boxes) != 1):
            raise ValueError(f"field {self.name}: a line is one rectangle, boxes are one or more")


@dataclass(slots=True)
class Press:
    """The sheet while it is printed on."""

    image: Image
    look: Look
    dpi: int
    fields: list[Printed] = field(default_factory=list)
    words: list[Printed] = field(default_factory=list)
    printed: list[tuple[str, Rectangle]] = field(default_factory=list)

    def dots(self, millimetres: float) -> int:
        """Pixels of a length."""
        return round(millimetres * self.dpi / 25.4)

    @property
    def pen(self) -> int:
        """Width of a line in pixels."""
        return max(1, self.dots(self.look.thickness))

    @property
    def pale(self) -> Colour:
        """A pale tint, BGR, of the colour of the frames."""
        blue, green, red = (round(255 - PALE * (255 - part)) for part in self.look.colour)
        return blue, green, red


def fill(press: Press, box: Rectangle, tint: Colour | None = None) -> None:
    """Tint a rectangle, as the look says where no other tint is given."""
    x, y, width, height = box
    press.image[y : y + height, x : x + width] = tint or press.look.tint


def rectangle(press: Press, box: Rectangle) -> None:
    """Print a rectangle whose lines run along the edges of `box`."""
    x, y, width, height = box
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        line(press, start, end)


def line(press: Press, start: tuple[int, int], end: tuple[int, int], times: int = 1) -> None:
    """Print a line, solid or dotted as the look says, `times` as thick."""
    pen = press.pen * times
    if not press.look.dotted:
        cv2.line(press.image, start, end, press.look.colour, pen)
        return
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    dash = max(2, press.dots(0.5))
    for begin in range(0, length, 2 * dash):
        ends = [np.array(start) + (np.array(end) - start) * min(at, length) // length for at in (begin, begin + dash)]
        cv2.line(press.image, ends[0].tolist(), ends[1].tolist(), press.look.colour, pen)


def text(
    press: Press,
    text: str,
    place: tuple[int, int, int],
    size: float = 0,
    weight: int = 400,
    colour: Colour = (0, 0, 0),
) -> int:
    """Print text at (left, top, bottom), in the middle of those rows, and say in which column it ends."""
    left, top, bottom = place
    dots = press.dots(size or press.look.text)
    if not text:
        return left
    base = (top + bottom) // 2 + round(dots * 0.36)
    cv2.putText(press.image, text, (left, base), colour, cv2.FontFace(press.look.font), dots, weight)
    return left + text_width(press, text, size or press.look.text, weight)


def text_width(press: Press, text: str, size: float, weight: int = 400) -> int:
    """Columns that a printed text takes."""
    face = cv2.FontFace(press.look.font)
    x, _, width, _ = cv2.getTextSize((100_000, 1000), text, (0, 0), face, press.dots(size), weight)
    return int(x + width)
