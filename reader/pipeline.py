"""One page, start to end: read this first."""

import numpy as np

from reader.digits.boxes import box_views, read_boxes
from reader.digits.classifier import Classifier
from reader.digits.lines import may_hold_digits, read_free
from reader.digits.orientation import quarters_to_upright
from reader.digits.patches import Inked, inked
from reader.forms.field import Field
from reader.forms.layout import find_fields, is_one_line
from reader.forms.registration import Sheet, register
from reader.pages.deskew import deskewed, turned
from reader.pages.page import Page, page_of
from reader.pages.scan import Scan
from reader.results.fields import field_reading, is_worth_keeping
from reader.results.reading import FieldReading, PageReading

ASKED = 60
"""Boxes, at the most, that are asked which way up the page is."""


def read_page(scan: Scan, classifier: Classifier, sheet: Sheet | None = None) -> PageReading:
    """Read one page: with the sheet of a form its fields by name, without one whatever boxes and lines are found.

    Args:
        scan: the page as stored.
        classifier: reads crops.
        sheet: of the form that the page is, from `reader.forms.registration.prepare`.

    Raises:
        FitError: the form does not fit the page.
    """
    page, size = page_of(scan), (scan.image.shape[0], scan.image.shape[1])
    if sheet is not None:
        fields, name = register(sheet, page).fields, sheet.form.name
        return PageReading(scan.file, scan.page, name, "read", "", _read(page, inked(page), fields, classifier, size))
    page, there, fields = _laid_out(page, classifier)
    readings = _read(page, there, fields, classifier, size)
    if is_one_line(fields, page.gray.shape):
        return PageReading(scan.file, scan.page, "", "read", "", readings)
    kept = [reading for field, reading in zip(fields, readings, strict=True) if is_worth_keeping(field, reading)]
    return PageReading(scan.file, scan.page, "", "read", "", tuple(kept))


def _laid_out(page: Page, classifier: Classifier) -> tuple[Page, Inked, tuple[Field, ...]]:
    """The page upright, its ink, and the fields found on it."""
    straight = deskewed(page)
    there = inked(straight)
    fields = find_fields(straight.gray, there.ink)
    if is_one_line(fields, straight.gray.shape):
        # The strokes of slanted writing are no rulings: a cut-out without boxes is read as it is.
        there = inked(page)
        return page, there, find_fields(page.gray, there.ink)
    page = straight
    boxes = [quad for field in fields if field.kind == "boxes" for quad in field.quads]
    crops = [view for quad in boxes[:: 1 + len(boxes) // ASKED] for view in box_views(there, quad)[:1]]
    quarters = quarters_to_upright(np.array(crops, np.uint8).reshape(-1, 28, 28), classifier)
    if quarters:
        page = turned(page, quarters)
        there = inked(page)
        fields = find_fields(page.gray, there.ink)
    may_be = [field.kind == "boxes" or may_hold_digits(there.ink, field.quads[0], classifier) for field in fields]
    return page, there, tuple(field for field, may in zip(fields, may_be, strict=True) if may)


def _read(
    page: Page, there: Inked, fields: tuple[Field, ...], classifier: Classifier, size: tuple[int, int]
) -> tuple[FieldReading, ...]:
    """Read all fields of a page, of a scan of `size`; the boxes of all of them are classified together."""
    boxes = [quad for field in fields if field.kind == "boxes" for quad in field.quads]
    in_boxes = iter(read_boxes(there, np.array(boxes).reshape(-1, 4, 2), classifier))
    readings = []
    for field in fields:
        if field.kind == "boxes":
            digits = tuple(next(in_boxes) for _ in field.quads)
        else:
            digits = read_free(there.ink, field.quads[0], field.digits, classifier)
        readings.append(field_reading(field, digits, page.to_scan, size))
    return tuple(readings)
