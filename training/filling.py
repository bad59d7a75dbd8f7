"""Writes on printed forms: digits, blanks, crosses and free numbers, by a drawn hand or with real digits of a data set.

What to write into a field is a text. In a field of boxes it has one character for each box: a digit, a space (left
empty), `x` (crossed out), `-` (a dash), `#` (a scribble), `v` (a tick) or a capital letter. In a line it is the digits,
or empty; a text of letters is written as a word, which is no digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training import pen
from training.press import Image, Printed, Rectangle
from training.sheets import Form

Draw = Callable[[str, int, np.random.Generator], pen.Ink]
"""Draws one of the characters above, about so many pixels high."""

WORDS = ("north", "miller", "garden", "anna", "petrov", "upper mill", "none", "see below", "berlin", "kitchen")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes, and with what.

    Attributes:
        draw: draws a digit or a mark.
        writer: draws words.
        colour: BGR of the ink.
        size: height of a digit as a part of the box's height.
        untidiness: spread of digits around the middle of their boxes, as a part of the box's height.
        tightness: spacing of free digits: 0 leaves a gap, 1 makes most neighbours touch.
    """

    draw: Draw
    writer: pen.Writer
    colour: tuple[int, int, int] = (60, 30, 20)
    size: float = 0.65
    untidiness: float = 0.05
    tightness: float = 0.2


@dataclass(frozen=True, slots=True)
class Mark:
    """What is in one place of a filled form: a row of a truth.csv.

    Attributes:
        field: the field's name.
        position: 0 for the first box of the field; None where the whole region is one string.
        label: a digit, a string of digits, `blank` or `cross` (writing that is no digit).
        x: left edge in pixels of the image; y, width and height alike.
    """

    field: str
    position: int | None
    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled form: (rows, columns, 3) uint8 BGR, and the truth about each place to write in."""

    image: Image
    marks: tuple[Mark, ...]


def pen_hand(seed: int) -> Hand:
    """A hand that writes with `training.pen`."""
    writer = pen.writer(seed)

    def draw(character: str, height: int, rng: np.random.Generator) -> pen.Ink:
        return (
            pen.draw_digit(int(character), writer, height, rng)
            if character.isdigit()
            else _mark(character, writer, height, rng)
        )

    return _hand(draw, writer, seed)


def bank_hand(digits: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> Hand:
    """A hand that takes its digits from a data set.

    Args:
        digits: (n, 28, 28) uint8, 0 is paper and 255 is ink, as MNIST has them.
        labels: (n,) the digit each one shows, 0 to 9.
        seed: of the habits, and of the writer of marks and words.
    """
    writer = pen.writer(seed)
    by_digit = [np.flatnonzero(labels == digit) for digit in range(10)]

    def draw(character: str, height: int, rng: np.random.Generator) -> pen.Ink:
        if character.isdigit():
            return _enlarged(digits[rng.choice(by_digit[int(character)])], height)
        return _mark(character, writer, height, rng)

    return _hand(draw, writer, seed)


def values_for(form: Form, rng: np.random.Generator, blank: float = 0.15, cross: float = 0.05) -> dict[str, str]:
    """Something to write into each field: digits at random, some fields left blank, some boxes with marks instead.

    Args:
        form: the form.
        rng: the dice.
        blank: part of the fields that stay empty; as many again of several boxes are filled from the right only.
        cross: part of the boxes with a cross, dash, scribble or letter in them.
    """
    values = {place.name: WORDS[rng.integers(len(WORDS))] for place in form.words}
    for field in form.fields:
        boxes = len(field.boxes)
        count = boxes if field.kind == "boxes" else int(rng.integers(max(1, field.digits[0]), field.digits[1] + 1))
        text = "".join(str(d) for d in rng.integers(0, 10, count))
        if rng.random() < blank:
            text = " " * boxes if field.kind == "boxes" else ""
        elif field.kind == "boxes":
            empty = int(rng.integers(0, boxes)) if rng.random() < blank else 0
            text = " " * empty + text[empty:]
            text = "".join(rng.choice(list("xxx-#K")) if rng.random() < cross else c for c in text)
        values[field.name] = text
    return values


def fill(form: Form, values: Mapping[str, str], hand: Hand, rng: np.random.Generator) -> Sheet:
    """Write values into a form; fields that `values` does not name stay empty."""
    image = form.image.copy()
    marks = [Mark("printed", None, text, *box) for text, box in form.printed]
    marks += [_written_line(image, place, values.get(place.name, ""), hand, rng) for place in form.words]
    for field in form.fields:
        text = values.get(field.name, "")
        if field.kind == "line":
            marks.append(_written_line(image, field, text, hand, rng))
            continue
        if len(text) > len(field.boxes):
            raise ValueError(f"field {field.name} has {len(field.boxes)} boxes, too few for {text!r}")
        for position, (character, box) in enumerate(zip(text.ljust(len(field.boxes)), field.boxes, strict=True)):
            if character != " ":
                _write_in_box(image, character, box, hand, rng)
            label = character if character.isdigit() else "blank" if character == " " else "cross"
            marks.append(Mark(field.name, position, label, *box))
    return Sheet(image, tuple(marks))


def cut_out(sheet: Sheet, rectangle: Rectangle, around: int) -> Sheet:
    """A part of a sheet and `around` pixels more on each side, with the marks that lie in it whole."""
    x, y, width, height = rectangle
    top, left = max(0, y - around), max(0, x - around)
    image = sheet.image[top : y + height + around, left : x + width + around].copy()
    marks = [replace(mark, x=mark.x - left, y=mark.y - top) for mark in sheet.marks]
    rows, columns = image.shape[:2]
    inside = (m for m in marks if m.x >= 0 and m.y >= 0 and m.x + m.width <= columns and m.y + m.height <= rows)
    return Sheet(image, tuple(inside))


def blend(image: Image, ink: pen.Ink, corner: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Put ink on an image, its top left pixel at `corner` (x, y); what is beyond the edge is lost."""
    x, y = corner
    top, left = max(0, -y), max(0, -x)
    ink = ink[top : max(top, image.shape[0] - y), left : max(left, image.shape[1] - x)]
    if ink.size == 0:
        return
    part = image[y + top : y + top + ink.shape[0], x + left : x + left + ink.shape[1]]
    shade = 1 - ink[..., None] * (1 - np.array(colour, np.float32) / 255)
    part[:] = np.round(part * shade).astype(np.uint8)


def _write_in_box(image: Image, character: str, box: Rectangle, hand: Hand, rng: np.random.Generator) -> None:
    """Write one character into a box, near its middle, smaller where it would be too wide."""
    x, y, width, height = box
    whole = character in "x#"
    tall = (0.85 if whole else hand.size) * height * rng.normal(1, 0.07)
    ink = hand.draw(character, max(6, round(tall)), rng)
    room = width * (1.05 if whole else 0.92)
    if ink.shape[1] > room:
        scale = room / ink.shape[1]
        ink = _squeezed(ink, scale, max(scale, 0.8))
    spread = hand.untidiness * height
    centre = (x + width / 2 + rng.normal(0, spread), y + height / 2 + rng.normal(0, spread))
    corner = (round(centre[0] - ink.shape[1] / 2), round(centre[1] - ink.shape[0] / 2))
    blend(image, ink, corner, hand.colour)


def _written_line(image: Image, field: Printed, text: str, hand: Hand, rng: np.random.Generator) -> Mark:
    """Write freely into a region, from the left, on its base line; closer where it would not fit."""
    x, y, width, height = field.boxes[0]
    if text and not text.isdigit():
        word = pen.draw_word(text, hand.writer, max(8, round(height * 0.55)), rng)
        blend(image, word, (x + height // 4, y + height - word.shape[0] - height // 10), hand.colour)
        return Mark(field.name, None, "cross", x, y, width, height)
    pieces = [hand.draw(c, max(6, round(hand.size * height * rng.normal(1, 0.05))), rng) for c in text]
    gaps = [rng.normal(0.16 - 0.2 * hand.tightness, 0.06) * height for _ in pieces]
    taken = sum(piece.shape[1] for piece in pieces) + sum(gaps)
    squeeze = min(1.0, (width - 0.3 * height) / taken) if pieces else 1.0
    if squeeze < 1:
        pieces = [_squeezed(piece, squeeze, max(squeeze, 0.85)) for piece in pieces]
    free = max(0.0, width - taken * squeeze - 0.2 * height)
    along = x + 0.1 * height + min(free, height) * rng.random()
    base = y + height * (0.92 - (1 - hand.size) / 3 * rng.random())
    for piece, gap in zip(pieces, gaps, strict=True):
        wobble = rng.normal(0, 0.03) * height
        corner = (round(along), round(base - piece.shape[0] + wobble))
        blend(image, piece, corner, hand.colour)
        along += piece.shape[1] + gap * squeeze
    return Mark(field.name, None, text or "blank", x, y, width, height)


def _squeezed(ink: pen.Ink, across: float, down: float) -> pen.Ink:
    """Ink made smaller, by a factor across and one down."""
    size = (max(1, round(ink.shape[1] * across)), max(1, round(ink.shape[0] * down)))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _hand(draw: Draw, writer: pen.Writer, seed: int) -> Hand:
    """A hand with habits of its own: blue, black or gray ink, size, untidiness."""
    rng = np.random.default_rng([seed, 4])
    inks = ((60, 30, 20), (130, 50, 25), (25, 25, 25), (160, 80, 40), (95, 95, 95))
    return Hand(
        draw=draw,
        writer=writer,
        colour=inks[rng.integers(len(inks))],
        size=float(np.clip(rng.normal(0.66, 0.08), 0.45, 0.9)),
        untidiness=float(rng.uniform(0.02, 0.09)),
        tightness=float(rng.random()),
    )


def _mark(character: str, writer: pen.Writer, height: int, rng: np.random.Generator) -> pen.Ink:
    """A mark that is no digit."""
    match character:
        case "x":
            return pen.draw_cross(writer, height, rng)
        case "-":
            return pen.draw_dash(writer, height, rng)
        case "#":
            return pen.draw_scribble(writer, height, rng)
        case "v":
            return pen.draw_check(writer, height, rng)
        case _:
            return pen.draw_letter(character, writer, height, rng)


def _enlarged(digit: NDArray[np.uint8], height: int) -> pen.Ink:
    """A 28x28 digit as ink of about so many rows, its edges kept as sharp as a pen's: blown up, then steepened."""
    rows, columns = (np.flatnonzero(digit.max(axis=axis) > 60) for axis in (1, 0))
    tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32) / 255
    scale = height / max(tight.shape)
    large = cv2.resize(np.pad(tight, 2), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    if scale > 1:
        large = (large - 0.5) * min(scale, 3) + 0.5
    return np.clip(large, 0, 1).astype(np.float32)
