"""Several filled sheets of one form -> what they share, which is the print."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FitError, FormError
from reader.forms.field import Field
from reader.forms.form import Form
from reader.forms.registration import register
from reader.forms.sheet import prepare
from reader.pages.page import Page

SLACK = 1 / 1800
"""How far print of two sheets may lie apart, in parts of the longer side, and still be the same."""
FEW = 8
"""From so many other sheets on, print may be missing on one of them."""
MIDDLE = 0.05
"""Part of the sheet that stands for a field where none is found: there must be one to lay the sheet over others."""


def shared_print(pages: Sequence[Page], fields: Sequence[Field], files: Sequence[str]) -> NDArray[np.uint8]:
    """The first of several sheets without what is not on the others: (rows, columns) uint8, 255 is paper.

    Args:
        pages: filled sheets of the same form, the first one upright.
        fields: boxes found on the first, whose insides are not print.
        files: what messages call the pages.

    Raises:
        FormError: one of the sheets is not of the same form as the first.
    """
    first = pages[0].gray
    form = Form("sheet", Path(files[0]), first, tuple(fields) or (_middle(first),))
    sheet = prepare(form)
    reach = 2 * max(1, round(SLACK * max(first.shape))) + 1
    others = []
    for page, file in zip(pages[1:], files[1:], strict=True):
        try:
            to_page = register(sheet, page).to_page
        except FitError as error:
            raise FormError(
                f"{file}: this is no sheet of the same form as {files[0]}. Give filled sheets of one form."
            ) from error
        size = (first.shape[1], first.shape[0])
        laid = cv2.warpPerspective(page.gray, np.linalg.inv(to_page), size, flags=cv2.INTER_LINEAR, borderValue=255)
        others.append(cv2.erode(laid, np.ones((reach, reach), np.uint8)))
    if not others:
        return first
    kept = -2 if len(others) >= FEW else -1
    return np.asarray(np.maximum(first, np.sort(np.array(others, np.uint8), axis=0)[kept]), np.uint8)


def _middle(sheet: NDArray[np.uint8]) -> Field:
    """A field in the middle of a sheet on which no boxes are found."""
    half = np.array(sheet.shape[::-1], np.float64) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    return Field("middle", "line", (half + MIDDLE * half * corners)[None], (0, 1))
