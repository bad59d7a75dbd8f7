"""What a form is put together from: text, entries, tables, and how it is printed. Lengths are millimetres."""

from dataclasses import dataclass
from typing import Literal

Frame = Literal["comb", "half comb", "rake", "boxes", "white", "tinted", "dashes", "box", "underline", "dots", "bare"]
"""How the place to write in is printed: a box cut up by full or half-height teeth; a line below with teeth and nothing
above; boxes apart from each other, framed, white on a tint, or tinted; a short line for each digit; one wide box, a
line, a dotted line or nothing for digits written freely."""
BOXED: tuple[Frame, ...] = ("comb", "half comb", "rake", "boxes", "white", "tinted", "dashes")
GAPS: dict[Frame, float] = {"boxes": 0.3, "white": 0.2, "tinted": 0.2, "dashes": 0.25}
"""Between the places of two digits, in parts of their width; with the other frames there is nothing."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the form is printed.

    Attributes:
        colour: BGR of frames and rulings.
        thickness: of frames, millimetres.
        dotted: whether frames are printed as dotted lines.
        tint: BGR inside of boxes; white leaves them as paper.
        font: a font of OpenCV: `sans`, `italic` or `uni`.
        text: height of the printed text, millimetres.
        markers: whether rings are printed in the corners of the page, for machines to find.
        watermark: printed across the page, large and pale, under all else; may be empty.
    """

    colour: tuple[int, int, int] = (0, 0, 0)
    thickness: float = 0.25
    dotted: bool = False
    tint: tuple[int, int, int] = (255, 255, 255)
    font: str = "uni"
    text: float = 3.5
    markers: bool = False
    watermark: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A printed line of text; `size` times the look's text height, `inverse` white on a dark bar."""

    text: str
    size: float = 1.0
    weight: int = 400
    align: Literal["left", "middle"] = "left"
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A printed label with a place to write digits after it.

    Attributes:
        name: the field's name.
        label: printed before it; may be empty.
        frame: how the place to write in is printed.
        digits: fewest and most digits that it takes; with boxes, the most is their number.
        cell: width and height of one digit's place, millimetres.
        suffix: printed after it, such as a unit.
        words: whether words are written here, not digits.
    """

    name: str
    label: str
    frame: Frame
    digits: tuple[int, int]
    cell: tuple[float, float] = (6.0, 8.0)
    suffix: str = ""
    words: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Entries side by side.

    Attributes:
        entries: from left to right.
        label_width: aligns the places of several rows, millimetres; 0 is as wide as the label.
        above: whether the labels stand above the places to write in, not before them.
    """

    entries: tuple[Entry, ...]
    label_width: float = 0
    above: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table with a header row and a column of headings; all other cells take handwritten digits.

    Attributes:
        name: fields are called `name_r1_c1` and so on.
        header: text of each column, that of the headings first; empty prints no header row.
        headings: text that each row begins with; a digit among them is a printed digit in a box.
        digits: most digits in a cell: 1 makes each cell a box, more makes it a region for a free line.
        cell: width and height of a cell, millimetres.
        heading_width: width of the first column, millimetres; 0 prints no headings, the rows are counted all the same.
        thick_every: each so many rules are thicker, 0 for none.
    """

    name: str
    header: tuple[str, ...]
    headings: tuple[str, ...]
    columns: int
    digits: int = 1
    cell: tuple[float, float] = (10.0, 8.0)
    heading_width: float = 35.0
    thick_every: int = 0


@dataclass(frozen=True, slots=True)
class Bubbles:
    """Circles to fill in, rows by columns: nothing that digits are read from."""

    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty paper, millimetres."""

    height: float


Block = Text | Row | Table | Bubbles | Gap
