"""One page, start to end: read this first."""

import numpy as np

from reader.digits.boxes import box_views, read_boxes
from reader.digits.classifier import Classifier
from reader.digits.lines import read_free
from reader.digits.orientation import quarters_to_upright
from reader.digits.patches import inked
from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.forms.registration import Sheet, register
from reader.pages.deskew import deskewed, turned
from reader.pages.page import Page, page_of
from reader.pages.scan import Scan
from reader.results.fields import field_reading, is_worth_keeping
from reader.results.reading import FieldReading, PageReading


def read_page(scan: Scan, classifier: Classifier, sheet: Sheet | None = None) -> PageReading:
    """Read one page: with the sheet of a form its fields by name, without one whatever boxes and lines are found.

    Args:
        scan: the page as stored.
        classifier: reads crops.
        sheet: of the form that the page is, from `reader.forms.registration.prepare`.

    Raises:
        FitError: the form does not fit the page.
    """
    page = page_of(scan)
    if sheet is not None:
        fields, name = register(sheet, page).fields, sheet.form.name
        return PageReading(scan.file, scan.page, name, "read", "", _read(page, fields, classifier))
    page, fields = _laid_out(page, classifier)
    readings = _read(page, fields, classifier)
    kept = tuple(reading for reading in readings if is_worth_keeping(reading))
    return PageReading(scan.file, scan.page, "", "read", "", kept)


def _laid_out(page: Page, classifier: Classifier) -> tuple[Page, tuple[Field, ...]]:
    """The page upright, and the fields found on it."""
    page = deskewed(page)
    there = inked(page)
    fields = find_fields(page.gray, there.ink)
    boxes = [quad for field in fields if field.kind == "boxes" for quad in field.quads]
    crops = [view for quad in boxes for view in box_views(there, quad)[:1]]
    quarters = quarters_to_upright(np.array(crops, np.uint8).reshape(-1, 28, 28), classifier)
    if quarters == 0:
        return page, fields
    page = turned(page, quarters)
    return page, find_fields(page.gray, inked(page).ink)


def _read(page: Page, fields: tuple[Field, ...], classifier: Classifier) -> tuple[FieldReading, ...]:
    """Read all fields of a page; the boxes of all of them are classified together."""
    there = inked(page)
    boxes = [quad for field in fields if field.kind == "boxes" for quad in field.quads]
    in_boxes = iter(read_boxes(there, np.array(boxes).reshape(-1, 4, 2), classifier))
    readings = []
    for field in fields:
        if field.kind == "boxes":
            digits = tuple(next(in_boxes) for _ in field.quads)
        else:
            digits = read_free(there.ink, field.quads[0], field.digits, classifier)
        readings.append(field_reading(field, digits, page.to_scan))
    return tuple(readings)
