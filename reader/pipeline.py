"""One page, start to end: read this first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reader.digits.beside import digits_beside
from reader.digits.boxes import Views, read_boxes, views_of
from reader.digits.classifier import Classifier
from reader.digits.decode import Digit
from reader.digits.lines import may_hold_digits, no_digit, read_free
from reader.digits.numbers import read_numbers
from reader.digits.orientation import to_upright
from reader.digits.patches import Inked, inked
from reader.forms.choosing import best_of
from reader.forms.field import Field
from reader.forms.layout import find_fields, is_narrow, is_one_line
from reader.forms.printed import is_toned, is_walled
from reader.forms.sheet import Sheet
from reader.forms.text import runs_across
from reader.pages.binarize import as_shares
from reader.pages.deskew import deskewed, turned
from reader.pages.page import Page, page_of
from reader.pages.scan import Scan
from reader.results.fields import doubted, field_reading, is_worth_keeping, worth_keeping
from reader.results.points import written_points
from reader.results.reading import FieldReading, PageReading
from reader.results.rules import by_rules

OVERLOOKED = "there is a digit beside it that is in no box"
UPSIDE_DOWN = "the page may be upside down"
ASKED = 60
"""Boxes, at the most, that are asked which way up the page is."""
MORE = 1.4
"""Where they do not tell, it is turned if so many times as many digits, zeros left out, are accepted then."""

ANYWHERE = (1_000_000, 1_000_000)
"""Size of a stored image that no box leaves: for counting digits, wherever they are."""


def read_page(scan: Scan, classifier: Classifier, sheets: Sequence[Sheet] = ()) -> PageReading:
    """Read one page: with sheets of forms the fields of the one that fits, without whatever boxes and lines are found.

    Args:
        scan: the page as stored.
        classifier: reads crops.
        sheets: of the forms that the page may be, from `reader.forms.sheet.prepare`.

    Raises:
        FitError: none of the forms fits the page, or two fit alike.
    """
    page, size = page_of(scan), (scan.image.shape[0], scan.image.shape[1])
    if sheets:
        sheet, placement = best_of(sheets, page)
        layout = _looked_at(page, placement.fields)
        readings = readings_of(layout, classifier, size)
        points = written_points(layout.there.ink, page.to_scan, layout.fields, readings, sheet.form.rules)
        readings = by_rules(readings, sheet.form, points)
        return PageReading(scan.file, scan.page, sheet.form.name, "read", "", readings, placement.residual)
    layout = laid_out(page, classifier)
    readings = readings_of(layout, classifier, size)
    if not layout.are_asked_for:
        readings = worth_keeping(layout.fields, readings)
    return PageReading(scan.file, scan.page, "", "read", "", readings)


@dataclass(frozen=True, slots=True)
class Layout:
    """A page and where on it digits may be.

    Attributes:
        page: upright.
        there: its ink.
        fields: in reading order.
        views: of each box of the fields in their order, from `views_of`.
        are_asked_for: whether all fields are there for numbers: a form says so, or the page is the cut-out of a field.
        in_doubt: whether the page may be upside down.
        words: names of the lines that hold words; they are not read.
    """

    page: Page
    there: Inked
    fields: tuple[Field, ...]
    views: list[Views]
    are_asked_for: bool = False
    in_doubt: bool = False
    words: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if len(self.views) != len(_boxes(self.fields)):
            raise ValueError(f"{len(self.views)} views are not those of {len(_boxes(self.fields))} boxes")


def _boxes(fields: tuple[Field, ...]) -> NDArray[np.float64]:
    """The boxes (n, 4, 2) of all fields that have some."""
    return np.array([quad for field in fields if field.kind == "boxes" for quad in field.quads]).reshape(-1, 4, 2)


def _looked_at(page: Page, fields: tuple[Field, ...] | None = None) -> Layout:
    """A page with the fields that a form says, or those that are found."""
    there = inked(page)
    known = find_fields(page.gray, there.ink) if fields is None else fields
    are_asked_for = fields is not None or is_one_line(known, page.gray.shape)
    return Layout(page, there, known, views_of(there, _boxes(known)), are_asked_for)


def laid_out(page: Page, classifier: Classifier) -> Layout:
    """The page upright, and the fields found on it."""
    layout = _looked_at(deskewed(page))
    if layout.are_asked_for:
        # The strokes of slanted writing are no rulings: a cut-out without boxes is read as it is.
        return _looked_at(page)
    views = [pair for pair in layout.views + views_of(layout.there, _lying_boxes(layout)) if pair]
    asked = [pair[0] for pair in views[:: 1 + len(views) // ASKED]]
    upright = to_upright(np.array(asked, np.uint8).reshape(-1, 28, 28), classifier)
    if upright is None:
        return _most_convincing(layout, classifier)
    layout = _looked_at(turned(layout.page, upright.quarters)) if upright.quarters else layout
    return replace(layout, in_doubt=upright.in_doubt, words=_words(layout, classifier))


def _lying_boxes(layout: Layout) -> NDArray[np.float64]:
    """What may be boxes for one digit (n, 4, 2) if the page lies on its side: wider than high, not just underlined."""
    quads = [field.quads for field in layout.fields if field.kind == "line" and is_narrow(field.quads[0])]
    if not quads:
        return np.zeros((0, 4, 2))
    ink, gray = as_shares(layout.there.ink), layout.page.gray
    return np.array([quad for quad in quads if is_walled(ink, quad) or is_toned(gray, quad)]).reshape(-1, 4, 2)


def _most_convincing(layout: Layout, classifier: Classifier) -> Layout:
    """The layout, or that of the page turned by quarters, whichever has by far the most digits where one may write.

    Those are boxes and lines with a ruling below them; text upside down may seem to be lines of digits. Where there
    are as many upside down, and others, all that is read is for review. Where print runs up and down, the page lies.
    """
    across = runs_across(layout.there.ink)
    quarters = {None: (0, 1, 2, 3), True: (0, 2), False: (1, 3)}[across]
    looked_at = [_looked_at(turned(layout.page, number)) if number else layout for number in quarters]
    ways = [replace(way, words=_words(way, classifier)) for way in looked_at]
    accepted = [_accepted(way, classifier) for way in ways]
    counts = [len(digits.replace("0", "")) for digits in accepted]
    best = int(np.argmax(counts))
    chosen = best if counts[best] > MORE * counts[0] + 1 else 0
    other = (chosen + len(ways) // 2) % len(ways)
    is_doubtful = 0 < counts[chosen] <= counts[other] and accepted[chosen] != accepted[other]
    return replace(ways[chosen], in_doubt=is_doubtful)


def _accepted(layout: Layout, classifier: Classifier) -> str:
    """The digits that need no review in the places of a layout that are there to write in."""
    asked = replace(layout, fields=tuple(f for f in layout.fields if f.digits[0] == 0))
    readings = readings_of(asked, classifier, ANYWHERE)
    kept = [r for field, r in zip(asked.fields, readings, strict=True) if is_worth_keeping(field, r)]
    return "".join(digit.digit for r in kept for digit in r.digits if digit.status == "ok")


def _words(layout: Layout, classifier: Classifier) -> frozenset[str]:
    """The names of the lines that are words."""
    ink, lines = layout.there.ink, [field for field in layout.fields if field.kind == "line"]
    return frozenset(line.name for line in lines if not may_hold_digits(ink, line.quads[0], classifier))


def read_fields(
    page: Page, fields: tuple[Field, ...], classifier: Classifier, size: tuple[int, int]
) -> tuple[FieldReading, ...]:
    """Read fields whose places on an upright page of a scan of `size` are known."""
    return readings_of(_looked_at(page, fields), classifier, size)


def readings_of(layout: Layout, classifier: Classifier, size: tuple[int, int]) -> tuple[FieldReading, ...]:
    """Read all fields of a page, of a scan of `size`; the boxes of all of them are classified together."""
    in_boxes = iter(_in_boxes(layout, classifier))
    readings = []
    for field in layout.fields:
        if field.kind == "boxes":
            digits = tuple(digit for _ in field.quads for digit in next(in_boxes))
        elif field.name in layout.words:
            digits = (no_digit(field.quads[0]),)
        else:
            digits = read_free(layout.there.ink, field.quads[0], field.digits, classifier, layout.are_asked_for)
        readings.append(field_reading(field, digits, layout.page.to_scan, size))
    if layout.in_doubt:
        return tuple(doubted(reading, UPSIDE_DOWN) for reading in readings)
    return tuple(readings) if layout.are_asked_for else _not_overlooked(layout, readings, classifier)


def _in_boxes(layout: Layout, classifier: Classifier) -> list[tuple[Digit, ...]]:
    """What is in each box of a page: a digit, or a number where it is a field of its own that no form asks for."""
    quads = _boxes(layout.fields)
    digits = read_boxes(layout.views, quads, classifier)
    found: list[tuple[Digit, ...]] = [(digit,) for digit in digits]
    boxes = [len(field.quads) for field in layout.fields if field.kind == "boxes" for _ in field.quads]
    alone = [] if layout.are_asked_for else [place for place, count in enumerate(boxes) if count == 1]
    views = [layout.views[place] for place in alone]
    numbers = read_numbers(layout.there.ink, quads[alone], [digits[place] for place in alone], views, classifier)
    for place, number in zip(alone, numbers, strict=True):
        found[place] = number
    return found


def _not_overlooked(layout: Layout, readings: list[FieldReading], classifier: Classifier) -> tuple[FieldReading, ...]:
    """The readings, for review those of fields that have a digit beside them which is in none."""
    sure = [number for number, reading in enumerate(readings) if reading.status == "ok"]
    if not sure:
        return tuple(readings)
    taken = np.concatenate([field.quads for field in layout.fields]).reshape(-1, 4, 2)
    rows = [layout.fields[number].quads for number in sure]
    beside = dict(zip(sure, digits_beside(layout.there.ink, rows, taken, classifier), strict=True))
    return tuple(
        doubted(reading, OVERLOOKED) if beside.get(number) else reading for number, reading in enumerate(readings)
    )
