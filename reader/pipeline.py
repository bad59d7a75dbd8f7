"""One page, start to end: read this first."""

import numpy as np

from reader.digits.boxes import box_crops, read_boxes
from reader.digits.classifier import Classifier
from reader.digits.lines import read_free
from reader.digits.orientation import quarters_to_upright
from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.forms.registration import Sheet, register
from reader.pages.binarize import soft_ink
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
    ink = soft_ink(page.gray)
    fields = find_fields(page.gray, ink)
    quads = [field.quads for field in fields if field.kind == "boxes"]
    crops, _ = box_crops(ink, np.concatenate([np.zeros((0, 4, 2)), *quads]))
    quarters = quarters_to_upright(crops, classifier)
    if quarters == 0:
        return page, fields
    page = turned(page, quarters)
    return page, find_fields(page.gray, soft_ink(page.gray))


def _read(page: Page, fields: tuple[Field, ...], classifier: Classifier) -> tuple[FieldReading, ...]:
    """Read all fields of a page; the boxes of all of them are classified together."""
    ink = soft_ink(page.gray)
    boxed = [field for field in fields if field.kind == "boxes"]
    in_boxes = iter(
        read_boxes(ink, np.concatenate([np.zeros((0, 4, 2)), *(field.quads for field in boxed)]), classifier)
    )
    readings = []
    for field in fields:
        if field.kind == "boxes":
            digits = tuple(next(in_boxes) for _ in field.quads)
        else:
            digits = read_free(ink, field.quads[0], field.digits, classifier)
        readings.append(field_reading(field, digits, page.to_scan))
    return tuple(readings)
