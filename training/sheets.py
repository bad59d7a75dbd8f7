"""Prints blank forms as a designer would lay them out: titles, text, combs, boxes, tables, lines to write on.

A form is a list of `training.blocks`, printed one below the other. Images are (rows, columns, 3) uint8
BGR, 255 is paper. `training.filling` writes on the form, `training.scanning` spoils it as scanners and cameras do,
`training.designs` makes up designs at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from training.blocks import BOXED, GAPS, Block, Bubbles, Entry, Frame, Gap, Look, Row, Table, Text
from training.press import Image, Press, Printed, Rectangle, fill, line, rectangle, text, text_width

PANEL = 2.5
"""Millimetres of tint around white boxes."""


@dataclass(frozen=True, slots=True)
class Form:
    """A blank form.

    Attributes:
        image: (rows, columns, 3) uint8 BGR.
        fields: where to write, in the order printed.
        words: where words are written, that are no digits.
        printed: digits printed in boxes, as (text, rectangle).
        dpi: dots per inch.
    """

    image: Image
    fields: tuple[Printed, ...]
    words: tuple[Printed, ...]
    printed: tuple[tuple[str, Rectangle], ...]
    dpi: int


def print_form(
    blocks: Sequence[Block], look: Look, dpi: int = 200, paper: tuple[float, float] = (210, 297), margin: float = 18
) -> Form:
    """Print blocks one below the other.

    Args:
        blocks: what to print; those that do not fit on the page any more are left out.
        look: how.
        dpi: dots per inch.
        paper: width and height in millimetres; height 0 cuts the paper below the last block.
        margin: empty paper on all sides, millimetres.
    """
    size = [round(side * dpi / 25.4) for side in (paper[1] or 1000, paper[0])]
    press = Press(np.full((*size, 3), 255, np.uint8), look, dpi)
    _print_ground(press)
    down = press.dots(margin)
    for block in blocks:
        if down + _height(block, press) > size[0] - press.dots(margin):
            continue
        down = _print_block(block, press, press.dots(margin), down) + press.dots(2)
    if not paper[1]:
        press.image = press.image[: down + press.dots(margin)]
    return Form(press.image, tuple(press.fields), tuple(press.words), tuple(press.printed), dpi)


def _print_ground(press: Press) -> None:
    """Print the watermark and the rings in the corners."""
    rows, columns = press.image.shape[:2]
    if press.look.watermark:
        face, size = cv2.FontFace("sans"), columns // 6
        cv2.putText(press.image, press.look.watermark, (columns // 12, rows // 2), (222, 222, 222), face, size, 800)
    if press.look.markers:
        edge = press.dots(9)
        for x, y in ((edge, edge), (columns - edge, edge), (edge, rows - edge), (columns - edge, rows - edge)):
            cv2.circle(press.image, (x, y), press.dots(3), (0, 0, 0), press.dots(1.2), cv2.LINE_AA)


def _height(block: Block, press: Press) -> int:
    """Pixels that a block takes downwards."""
    match block:
        case Text():
            return press.dots(press.look.text * block.size * 1.6)
        case Row():
            label = press.look.text * 1.5 * block.above
            return press.dots(max(entry.cell[1] for entry in block.entries) + label)
        case Table():
            return press.dots(block.cell[1]) * (len(block.headings) + bool(block.header))
        case Bubbles():
            return press.dots(5.5) * block.rows
        case Gap():
            return press.dots(block.height)


def _width(entry: Entry, press: Press, label_width: float) -> int:
    """Pixels that an entry takes to the right, and a little more."""
    label = max(press.dots(label_width), text_width(press, entry.label, press.look.text) + press.dots(3))
    return label + press.dots(entry.cell[0] * (1 + GAPS.get(entry.frame, 0)) * entry.digits[1] + 3)


def _print_block(block: Block, press: Press, left: int, top: int) -> int:
    """Print one block and say in which row it ends."""
    bottom = top + _height(block, press)
    match block:
        case Text():
            size = press.look.text * block.size
            middle = (press.image.shape[1] - text_width(press, block.text, size, block.weight)) // 2
            place = (left if block.align == "left" else middle, top, bottom)
            if block.inverse:
                width = text_width(press, block.text, size, block.weight) + press.dots(8)
                press.image[top:bottom, place[0] - press.dots(1) : place[0] + width] = press.look.colour
            text(press, block.text, place, size, block.weight, (255, 255, 255) if block.inverse else (0, 0, 0))
        case Row():
            for entry in block.entries:
                if left + _width(entry, press, block.label_width) > press.image.shape[1]:
                    break
                place = (left, top, bottom)
                if block.above:
                    label_end = text(press, entry.label, (left, top, top + press.dots(press.look.text * 1.5)))
                    end = _print_entry(replace(entry, label=""), press, place, 0)
                    left = max(label_end, end) + press.dots(8)
                else:
                    left = _print_entry(entry, press, place, block.label_width) + press.dots(8)
        case Table():
            _print_table(block, press, left, top)
        case Bubbles():
            step, radius = press.dots(5.5), press.dots(1.6)
            for row in range(block.rows):
                for column in range(block.columns):
                    centre = (left + step * column + step // 2, top + step * row + step // 2)
                    cv2.circle(press.image, centre, radius, press.look.colour, press.pen, cv2.LINE_AA)
        case Gap():
            pass
    return bottom


def _print_entry(entry: Entry, press: Press, place: tuple[int, int, int], label_width: float) -> int:
    """Print a label and its place to write at (left, top, bottom), and say in which column it ends."""
    left, top, bottom = place
    text_end = text(press, entry.label, place)
    left = max(left + press.dots(label_width), text_end + press.dots(3) * bool(entry.label))
    count = entry.digits[1]
    width, height = (press.dots(side) for side in entry.cell)
    gap = press.dots(entry.cell[0] * GAPS.get(entry.frame, 0))
    boxes = tuple((left + i * (width + gap), bottom - height, width, height) for i in range(count))
    around = (left, bottom - height, (width + gap) * count - gap, height)
    end = around[0] + around[2]
    _print_frame(press, entry.frame, boxes, around)
    if entry.words:
        press.words.append(Printed(entry.name, "line", (around,), (0, 0)))
    elif entry.frame in BOXED:
        press.fields.append(Printed(entry.name, "boxes", boxes, entry.digits))
    else:
        press.fields.append(Printed(entry.name, "line", (around,), entry.digits))
    if entry.suffix:
        end = text(press, entry.suffix, (end + press.dots(2), top, bottom))
    return end


def _print_frame(press: Press, frame: Frame, boxes: Sequence[Rectangle], around: Rectangle) -> None:
    """Print the place to write in: rectangles of each digit and around them all."""
    x, y, width, height = around
    for box in boxes if frame == "boxes" else [around]:
        if frame in ("comb", "half comb", "boxes", "box"):
            fill(press, box)
            rectangle(press, box)
    tooth = {"comb": y, "half comb": y + height // 2, "rake": y + height * 2 // 3}.get(frame)
    if tooth is not None:
        teeth = [box[0] for box in boxes[1:]] + ([x, x + width] if frame == "rake" else [])
        for column in teeth:
            line(press, (column, tooth), (column, y + height))
    if frame in ("underline", "rake", "dashes"):
        for left, _, wide, _ in boxes if frame == "dashes" else [around]:
            line(press, (left, y + height), (left + wide, y + height))
    if frame == "white":
        edge = press.dots(PANEL)
        fill(press, (x - edge, y - edge, width + 2 * edge, height + 2 * edge), press.pale)
    for box in boxes if frame in ("white", "tinted") else ():
        fill(press, box, (255, 255, 255) if frame == "white" else press.pale)
    if frame == "dots":
        for column in range(x, x + width, press.dots(1.2)):
            cv2.circle(press.image, (column, y + height), max(1, press.dots(0.2)), press.look.colour, -1, cv2.LINE_AA)


def _print_table(table: Table, press: Press, left: int, top: int) -> None:
    """Print a table with its rules, header and headings."""
    width, height = (press.dots(side) for side in table.cell)
    first = press.dots(table.heading_width)
    if left + first + width * table.columns >= press.image.shape[1]:
        raise ValueError(f"table {table.name} is wider than the paper")
    lines = len(table.headings) + bool(table.header)
    right, bottom = left + first + width * table.columns, top + height * lines
    for i in range(lines + 1):
        thick = table.thick_every and i % table.thick_every == 0
        line(press, (left, top + i * height), (right, top + i * height), 3 if thick else 1)
    for i in range(table.columns + 1):
        thick = table.thick_every and i % table.thick_every == 0
        column = left + first + i * width
        line(press, (column, top), (column, bottom), 3 if thick else 1)
    if first:
        line(press, (left, top), (left, bottom))
    for i, heading in enumerate(table.header):
        column = left + press.dots(1.2) + (first + (i - 1) * width if i else 0)
        text(press, heading, (column, top, top + height), min(press.look.text, table.cell[1] * 0.5))
    down = top + height * bool(table.header)
    for row, heading in enumerate(table.headings):
        place = (left, down + row * height, first, height)
        if heading and first:
            text(press, heading, (left + press.dots(1.5), place[1], place[1] + height))
            if heading.isdigit():
                press.printed.append((heading, place))
        for column in range(table.columns):
            box = (left + first + column * width, place[1], width, height)
            name = f"{table.name}_r{row + 1}_c{column + 1}"
            kind: Literal["boxes", "line"] = "boxes" if table.digits == 1 else "line"
            press.fields.append(Printed(name, kind, (box,), (0, table.digits)))
