"""A form made ready to be laid over many pages."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FormError
from reader.forms import features, foreign, frames
from reader.forms.field import Field
from reader.forms.fit import Level, level
from reader.forms.form import Form
from reader.forms.glance import glances
from reader.forms.repeats import Repeats, repeats
from reader.pages.page import transformed

SIDE = 1000
"""Pixels of the sheet's longer side on which the fit is measured."""
SMALLEST_BOX = 14
"""Pixels that the smallest box's shorter side has there at least, as far as LONGEST_SIDE allows."""
LONGEST_SIDE = 1600
COARSE = 0.5
"""Scale of the first of the two levels to the second."""
AROUND = 40.0
"""Pixels of the fine level that count as around a field."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form made ready to be laid over many pages.

    Attributes:
        form: the form.
        features: what its sheet has to match.
        frames: of the sheet and of its print, to lay on those of a page.
        coarse: its print, to better a guess with.
        fine: its print, to measure the fit with.
        repeats: the moves of the sheet that leave it much like itself: a row further down, upside-down.
        glances: (n, 3) float64, places to compare at a glance (see `reader.forms.glance`).
        around: (fields, tiles) float64, how much each tile of `fine` counts as around each field, 0 to 1.
        middles: (boxes, 2) float64, the middles of the fields' boxes in pixels of `fine`.
        surroundings: the fields and what is around them (see `reader.forms.foreign`).
    """

    form: Form
    features: features.Features
    frames: frames.Frames
    coarse: Level
    fine: Level
    repeats: Repeats
    glances: NDArray[np.float64]
    around: NDArray[np.float64]
    middles: NDArray[np.float64]
    surroundings: foreign.Surroundings


def prepare(form: Form) -> Sheet:
    """Do once for a form what every page needs of it.

    Raises:
        FormError: there is too little print on the sheet to find it again on a page.
    """
    gray = _evened(form.sheet)
    boxes = np.array([[*quad.min(axis=0), *quad.max(axis=0)] for field in form.fields for quad in field.quads])
    smallest = float((boxes[:, 2:] - boxes[:, :2]).min())
    side = min(max(SIDE, SMALLEST_BOX / smallest * max(gray.shape)), LONGEST_SIDE, 1.5 * max(gray.shape))
    scale = side / max(gray.shape)
    fine = level(gray, boxes, scale, 28, 4)
    coarse = level(gray, boxes, scale * COARSE, 20, 7)
    if len(fine.corners) < 12:
        raise FormError(
            f"{form.file}: there is too little print on the sheet to find it again on a scan. "
            "Give a scan of the whole printed sheet as `image`."
        )
    around = np.array([_around(fine, field) for field in form.fields])
    surroundings = foreign.surroundings(fine, boxes, AROUND)
    middles = transformed(np.concatenate([field.quads for field in form.fields]).mean(axis=1), fine.to_level)
    found, framed = features.features(gray), frames.frames(gray)
    return Sheet(form, found, framed, coarse, fine, repeats(coarse), glances(coarse), around, middles, surroundings)


def _evened(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with its light evened out: (rows, columns) uint8, 255 is paper."""
    factor = min(1.0, 400 / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ground = cv2.GaussianBlur(cv2.dilate(small, np.ones((15, 15), np.uint8)), (0, 0), 8)
    whole = cv2.resize(ground, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(whole, 1), scale=255), np.uint8)


def _around(layer: Level, field: Field) -> NDArray[np.float64]:
    """(n,) how much each tile counts as around a field: 1 beside it, falling off over AROUND."""
    quads = transformed(field.quads, layer.to_level).reshape(-1, 2)
    away = np.maximum(np.maximum(quads.min(axis=0) - layer.centres, layer.centres - quads.max(axis=0)), 0)
    near: NDArray[np.float64] = np.exp(-((away / AROUND) ** 2).sum(axis=1) / 2)
    return np.where(near > 0.1, near, 0)
