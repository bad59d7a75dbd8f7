"""Refuse a page that a form does not fit: too little of the sheet is on it, or too much that the sheet has not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FitError
from reader.forms import foreign
from reader.forms.field import Field
from reader.forms.fit import Fit, laid_back, share_found
from reader.forms.sheet import Sheet
from reader.pages.page import Page

FITS = 0.45
"""Share of the sheet's print that must be found on the page."""
SURELY_FITS = 0.85
"""Share from which it does not matter what else is on the page; below, as much must speak for the form as follows."""
WELL_FITS = 0.6
"""Share of the sheet's print from which other print may lie on its place (scribbles, a stamp)."""
OWN = 0.75
"""Share of the print on its place that must be the sheet's own where less is found: 1-bit scans lose thin print."""
FIELDS_FIT = 0.4
"""Share of the print around a field that must be found on the page, upright and level, around four fields of five."""
FIELD_FITS = 0.25
"""Share of the print around a field, of whatever direction, that must be found around every one."""
FOREIGN = 0.12
"""Length of rulings around the fields that the sheet has not, over that of its own, from which it is another form."""
OUTSIDE = 0.25
"""Share of the page's print that lies beside the sheet at the most: tables of other designs are found in part."""


def check_fit(sheet: Sheet, page: NDArray[np.uint8], fit: Fit) -> None:
    """Refuse a page on which the sheet is not, by what is found of its print and by what print there is besides.

    Args:
        sheet: the form made ready.
        page: (rows, columns) uint8, 255 is paper.
        fit: how the sheet's fine level lies on it.

    Raises:
        FitError: the form does not fit the page; the message says why.
    """
    form = f"the form {sheet.form.name} does not fit this page"
    if fit.share < FITS:
        raise too_little(sheet, fit.share)
    there = laid_back(sheet.fine, page, fit.to_page)
    if foreign.foreign_share(sheet.surroundings, there) > FOREIGN:
        raise FitError(
            f"{form}: there are rulings among the fields that the sheet has not. Is it a scan of another form?"
        )
    outside = 0.0 if fit.share >= SURELY_FITS else foreign.outside_share(sheet.fine, page, fit.to_page)
    if outside > OUTSIDE:
        raise FitError(
            f"{form}: {round(100 * fit.share)}% of the sheet's print is found on it, but {round(100 * outside)}% of "
            "the page's print lies beside it. Is it a scan of another form?"
        )
    wrong = _field_missing(sheet, fit) if fit.share >= WELL_FITS else too_little(sheet, fit.share)
    if wrong and not (_surrounded(sheet, fit) and foreign.own_share(sheet.fine, sheet.surroundings, there) >= OWN):
        raise wrong


def too_little(sheet: Sheet, share: float) -> FitError:
    """What is wrong where too little of the sheet's print is found, a share of 0 to 1."""
    return FitError(
        f"the form {sheet.form.name} does not fit this page: {round(100 * share)}% of the sheet's print is found on "
        f"it, and {round(100 * WELL_FITS)}% is the least. Is it a scan of another form, or very pale?"
    )


def _field_missing(sheet: Sheet, fit: Fit) -> FitError | None:
    """What is wrong where the print around the fields is not there, or not around one of them; None if it is there."""
    form, tells = f"the form {sheet.form.name} does not fit this page", sheet.fine.tells
    shares = [share_found(tells * near[:, None], fit.found) for near in sheet.around if near.sum() > 1]
    if shares and np.percentile(shares, 20) < FIELDS_FIT:
        percent = round(100 * float(np.median(shares)))
        return FitError(
            f"{form}: around its fields, {percent}% of the sheet's print is found. Is it a scan of another form?"
        )
    for field, close in zip(sheet.form.fields, sheet.around, strict=True):
        near = close * tells.sum(axis=1)
        if near @ fit.found < FIELD_FITS * near.sum() and close.sum() > 1:
            return FitError(
                f"{form} around the field {field.name}: the print there is not found. "
                "Is it covered or cut off? Scan the whole sheet."
            )
    return None


def _surrounded(sheet: Sheet, fit: Fit) -> bool:
    """Whether all fields lie amid the print that is found, so that their places follow from it."""
    found = sheet.fine.centres[fit.found > 0]
    if len(found) < 3:
        return False
    around = cv2.convexHull(found.astype(np.float32))
    middles = sheet.middles.tolist()
    return all(cv2.pointPolygonTest(around, (x, y), False) >= 0 for x, y in middles)


def check_on_page(name: str, fields: tuple[Field, ...], page: Page) -> None:
    """Refuse a page that a field lies off, by more than a tenth of a box."""
    edges = np.array([page.gray.shape[1], page.gray.shape[0]], np.float64)
    for field in fields:
        for quad in field.quads:
            slack = 0.1 * float(np.hypot(*(quad[3] - quad[0])))
            if (quad < -slack).any() or (quad > edges + slack).any():
                raise FitError(
                    f"the field {field.name} of the form {name} lies outside this page. Scan the whole sheet."
                )
