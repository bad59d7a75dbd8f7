"""Several forms, or several pages of one: the sheet that lies on a page best."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FitError
from reader.forms.fit import emptied, laid_back
from reader.forms.registration import Placement, register
from reader.forms.sheet import Sheet
from reader.pages.page import Page

CLOSE = 0.12
"""Two sheets whose shares found differ by less are compared where their print differs."""
PLAINLY = 0.75
"""The better of two sheets leaves no more than this share of the other's difference from the page."""
LEAST_DIFFERENT = 60
"""Pixels in which two sheets differ at the least to be told apart."""
DIFFERENT = 70
"""Gray levels between paper and print where two sheets differ."""
SLACK = 5
"""Pixels around a sheet's print in which the other's is no difference: print shifts a little."""


def best_of(sheets: Sequence[Sheet], page: Page) -> tuple[Sheet, Placement]:
    """The sheet that fits a page best, and how it lies there.

    Raises:
        FitError: none fits, or two fit alike; the message says which.
    """
    if len(sheets) == 1:
        return sheets[0], register(sheets[0], page)
    fits: list[tuple[Sheet, Placement]] = []
    for sheet in sheets:
        try:
            fits.append((sheet, register(sheet, page)))
        except FitError:
            continue
    if not fits:
        names = ", ".join(dict.fromkeys(sheet.form.name for sheet in sheets))
        raise FitError(f"none of the forms ({names}) fits this page. Is it a scan of another form, or cut off?")
    fits.sort(key=lambda fit: -fit[1].share)
    best = fits[0]
    for other in fits[1:]:
        if best[1].share - other[1].share < CLOSE:
            best = _better(best, other, page)
    return best


def _better(one: tuple[Sheet, Placement], other: tuple[Sheet, Placement], page: Page) -> tuple[Sheet, Placement]:
    """Of two sheets that lie on a page the one with the print that is there, where their print differs.

    Raises:
        FitError: they cannot be told apart.
    """
    left = [_left_over(first, second, page) for first, second in ((one, other), (other, one))]
    # Of each sheet: print of its own that the page has not, and print of the page that only the other one has.
    lacks = [left[0][0] + left[1][1], left[1][0] + left[0][1]]
    if max(lacks) < LEAST_DIFFERENT or min(lacks) > PLAINLY * max(lacks):
        shares = f"{round(100 * one[1].share)}% and {round(100 * other[1].share)}% of their print is found"
        raise FitError(
            f"the forms {_said(one[0])} and {_said(other[0])} fit this page alike ({shares}). "
            "Take the one that it is not out of the folder, or read this page by itself with --form."
        )
    return one if lacks[0] < lacks[1] else other


def _left_over(own: tuple[Sheet, Placement], other: tuple[Sheet, Placement], page: Page) -> tuple[float, float]:
    """Pixels of a sheet's print that the other sheet has not: how many the page has not either, and how many it has."""
    layer = own[0].fine
    there = _print(emptied(laid_back(layer, page.gray, own[1].to_page), layer.inside))
    to_other = np.linalg.inv(other[1].to_page) @ own[1].to_page
    foreign = _print(emptied(laid_back(layer, other[0].form.sheet, np.asarray(to_other)), layer.inside))
    alone = _print(layer.image) & ~_grown(foreign)
    alone &= ~_fields_of(other, own)
    on_page = _grown(there)
    return float((alone & ~on_page).sum()), float((alone & on_page).sum())


def _fields_of(other: tuple[Sheet, Placement], own: tuple[Sheet, Placement]) -> NDArray[np.bool_]:
    """(rows, columns) bool of a sheet's fine level: where the other one has fields, so that there is writing."""
    layer = own[0].fine
    covered = np.zeros(layer.image.shape, np.uint8)
    back = layer.to_level @ np.linalg.inv(own[1].to_page)
    for field in other[1].fields:
        for quad in field.quads:
            corners = cv2.perspectiveTransform(quad[None], back)[0]
            cv2.fillConvexPoly(covered, corners.round().astype(np.int32), 1)
    return covered > 0


def _print(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there is print: (rows, columns) bool, darker than the ground around it."""
    return np.asarray(cv2.morphologyEx(image, cv2.MORPH_BLACKHAT, np.ones((15, 15), np.uint8))) > DIFFERENT


def _grown(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Print and what is near it."""
    return np.asarray(cv2.dilate(there.astype(np.uint8), np.ones((SLACK, SLACK), np.uint8))) > 0


def _said(sheet: Sheet) -> str:
    """A sheet in words."""
    return sheet.form.name if sheet.form.number == 1 else f"{sheet.form.name} (page {sheet.form.number})"
