"""Lay a form over a page, measure how well it fits there, and refuse a page that it does not fit."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FitError, FormError
from reader.forms import features, foreign
from reader.forms.cutout import printed_part, shrunk
from reader.forms.field import Field
from reader.forms.fit import Fit, Level, emptied, laid_back, level, local_shifts, measured, share_found
from reader.forms.form import Form
from reader.forms.glance import agreement, glances
from reader.forms.repeats import Repeats, preferences, repeats
from reader.pages.page import Page, transformed

SIDE = 1000
"""Pixels of the sheet's longer side on which the fit is measured."""
SMALLEST_BOX = 14
"""Pixels that the smallest box's shorter side has there at least, as far as LONGEST_SIDE allows."""
LONGEST_SIDE = 1600
COARSE = 0.5
"""Scale of the first of the two levels to the second."""
FITS = 0.6
"""Share of the sheet's print that must be found on the page."""
MOST_MOVES = 6
"""Rows or turns that a guess may be off and still be put right."""
TEMPTING = 3
"""Moves that are tried where several look better."""
CLEAR = 0.7
"""Share from which no further guess is tried."""
FIELDS_FIT = 0.4
"""Share of the print around a field that must be found on the page, upright and level, around four fields of five."""
FIELD_FITS = 0.25
"""Share of the print around a field, of whatever direction, that must be found around every one."""
FOREIGN = 0.25
"""Length of rulings around the fields that the sheet has not, over that of its own, from which it is another form."""
AROUND = 40.0
"""Pixels of the fine level that count as around a field."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form made ready to be laid over many pages.

    Attributes:
        form: the form.
        features: what its sheet has to match.
        frames: (m, 4, 2) float64, its largest frames (see `reader.forms.features.frames`).
        coarse: its print, to better a guess with.
        fine: its print, to measure the fit with.
        repeats: the moves of the sheet that leave it much like itself: a row further down, upside-down.
        glances: (n, 3) float64, places to compare at a glance (see `reader.forms.glance`).
        around: (fields, tiles) float64, how much each tile of `fine` counts as around each field, 0 to 1.
        surroundings: the fields and what is around them (see `reader.forms.foreign`).
    """

    form: Form
    features: features.Features
    frames: NDArray[np.float64]
    coarse: Level
    fine: Level
    repeats: Repeats
    glances: NDArray[np.float64]
    around: NDArray[np.float64]
    surroundings: foreign.Surroundings


@dataclass(frozen=True, slots=True)
class Placement:
    """A form as it lies on a page.

    Attributes:
        to_page: (3, 3) float64 homography from (x, y) in the sheet to (x, y) in the page.
        residual: pixels of the page by which the sheet's print lies off its place after warping: 95 in 100 tiles of
            print around the fields are closer.
        share: share of the sheet's print that is found where it should be on the page, 0 to 1.
        fields: the form's fields with their quads in page pixels, each shifted to the print around it.
    """

    to_page: NDArray[np.float64]
    residual: float
    share: float
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if self.to_page.shape != (3, 3) or not np.isfinite(self.to_page).all():
            raise ValueError("to_page is a finite (3, 3) homography")
        if not 0 <= self.share <= 1 or not self.residual >= 0:
            raise ValueError(f"no placement has share {self.share} and residual {self.residual}")


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
    found, frames = features.features(gray), features.frames(gray)
    return Sheet(form, found, frames, coarse, fine, repeats(coarse), glances(coarse), around, surroundings)


def register(sheet: Sheet, page: Page) -> Placement:
    """Lay a form over a page.

    The page may be at another scale, turned by any angle, shifted, cut off at its edges and seen in perspective.

    Raises:
        FitError: the form does not fit the page; the message says why.
    """
    form = sheet.form
    fit = _best_fit(sheet, page.gray)
    if fit is None or fit.share < FITS:
        percent = 0 if fit is None else round(100 * fit.share)
        raise FitError(
            f"the form {form.name} does not fit this page: {percent}% of the sheet's print is found on it, and "
            f"{round(100 * FITS)}% is the least. Is it a scan of another form?"
        )
    to_page = fit.to_page / fit.to_page[2, 2]
    _check_fields(sheet, fit)
    fields = _placed(sheet, fit, to_page)
    _check_on_page(form.name, fields, page)
    return Placement(to_page, _residual(sheet, fit, to_page), fit.share, fields)


def nearest(sheet: Sheet, page: Page) -> NDArray[np.float64] | None:
    """The (3, 3) homography sheet -> page that comes nearest to a fit, good or not; None without any."""
    try:
        fit = _best_fit(sheet, page.gray)
    except FitError:
        return None
    return None if fit is None else fit.to_page / fit.to_page[2, 2]


def _evened(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with its light evened out: (rows, columns) uint8, 255 is paper."""
    factor = min(1.0, 400 / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ground = cv2.GaussianBlur(cv2.dilate(small, np.ones((15, 15), np.uint8)), (0, 0), 8)
    whole = cv2.resize(ground, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(whole, 1), scale=255), np.uint8)


def _best_fit(sheet: Sheet, page: NDArray[np.uint8]) -> Fit | None:
    """The best fit on the page; None where there is not even a guess.

    Raises:
        FitError: there are rulings around the fields that the sheet has not.
    """
    part = printed_part(page)
    small, shrink = shrunk(page, part, 1.2 * SIDE)
    of_page = features.features(small)
    best = _best_of(sheet, small, features.matched(sheet.features, of_page))
    if best is None or best.likelihood < CLEAR:
        framed = features.framed(sheet.frames, features.frames(small))
        further = features.voted(sheet.features, of_page) + framed
        other = _best_of(sheet, small, further)
        best = max((each for each in (best, other) if each is not None), key=lambda each: each.likelihood, default=None)
    if best is None:
        return None
    zoom = np.sqrt(abs(np.linalg.det(best.to_page[:2, :2]))) / sheet.fine.scale
    if zoom < 0.8:  # the sheet is but a part of the page, so it is worth more pixels
        small, finer = shrunk(page, part, max(small.shape) / zoom)
        best = replace(best, to_page=finer @ np.linalg.inv(shrink) @ best.to_page)
        shrink = finer
    fit = measured(sheet.fine, small, best.to_page, True)
    if foreign.foreign_share(sheet.surroundings, laid_back(sheet.fine, small, fit.to_page)) > FOREIGN:
        raise FitError(
            f"the form {sheet.form.name} does not fit this page: there are rulings among the fields that the sheet "
            "has not. Is it a scan of another form?"
        )
    return replace(fit, to_page=np.linalg.inv(shrink) @ fit.to_page)


def _best_of(sheet: Sheet, small: NDArray[np.uint8], guesses: list[NDArray[np.float64]]) -> Fit | None:
    """The best coarse fit that guesses lead to, or the move of the sheet that looks alike and is there."""
    rows, columns = sheet.form.sheet.shape
    guesses = [each for each in guesses if features.plausible(each, (rows, columns), (small.shape[0], small.shape[1]))]
    if len(guesses) > 1:
        smooth = np.asarray(cv2.GaussianBlur(small, (0, 0), 2.0), np.uint8)
        guesses.sort(key=lambda each: -agreement(sheet.glances, smooth, each))
    best: Fit | None = None
    for guess in guesses[:3]:
        fit = measured(sheet.coarse, small, guess, False)
        if best is None or fit.likelihood > best.likelihood:
            best = fit
        if best.likelihood > CLEAR:
            break
    return None if best is None else _settled(sheet, small, best)


def _settled(sheet: Sheet, small: NDArray[np.uint8], fit: Fit) -> Fit | None:
    """The fit, or the one a row further or upside-down where the page shows that one; None if it goes on for ever."""
    layer = sheet.coarse
    for _ in range(MOST_MOVES):
        there = emptied(laid_back(layer, small, fit.to_page), layer.inside)
        seen = laid_back(layer, np.zeros_like(small), fit.to_page) < 128
        scores = preferences(sheet.repeats, there, seen)
        tempting = [n for n in np.argsort(scores)[:TEMPTING] if scores[n] <= 0]
        if not tempting:
            return fit
        # Shade and what lies beyond the paper may speak for a move, too; that one leaves less of the print in place.
        others = [measured(layer, small, fit.to_page @ sheet.repeats.moves[n], False) for n in tempting]
        fit = max(others, key=lambda each: each.likelihood)
    return None


def _around(layer: Level, field: Field) -> NDArray[np.float64]:
    """(n,) how much each tile counts as around a field: 1 beside it, falling off over AROUND."""
    quads = transformed(field.quads, layer.to_level).reshape(-1, 2)
    away = np.maximum(np.maximum(quads.min(axis=0) - layer.centres, layer.centres - quads.max(axis=0)), 0)
    near: NDArray[np.float64] = np.exp(-((away / AROUND) ** 2).sum(axis=1) / 2)
    return np.where(near > 0.1, near, 0)


def _check_fields(sheet: Sheet, fit: Fit) -> None:
    """Refuse a page where the print around the fields is not there, or not around one of them."""
    name, tells = sheet.form.name, sheet.fine.tells
    shares = [share_found(tells * near[:, None], fit.found) for near in sheet.around if near.sum() > 1]
    if shares and np.percentile(shares, 20) < FIELDS_FIT:
        percent = round(100 * float(np.median(shares)))
        raise FitError(
            f"the form {name} does not fit this page: around its fields, {percent}% of the sheet's print is found. "
            "Is it a scan of another form?"
        )
    for field, near in zip(sheet.form.fields, sheet.around, strict=True):
        if near @ fit.found < FIELD_FITS * near.sum() and near.sum() > 1:
            raise FitError(
                f"the form {name} does not fit this page around the field {field.name}: the print there is not found. "
                "Is it covered or cut off? Scan the whole sheet."
            )


def _placed(sheet: Sheet, fit: Fit, to_page: NDArray[np.float64]) -> tuple[Field, ...]:
    """The fields on the page, each quad shifted as the print around it is."""
    quads = np.concatenate([field.quads for field in sheet.form.fields])
    shifts = local_shifts(sheet.fine, fit, quads.mean(axis=1))
    placed = transformed(quads + shifts[:, None], to_page)
    ends = np.cumsum([len(field.quads) for field in sheet.form.fields])
    each = zip(sheet.form.fields, np.split(placed, ends[:-1]), strict=True)
    return tuple(Field(field.name, field.kind, on_page, field.digits) for field, on_page in each)


def _check_on_page(name: str, fields: tuple[Field, ...], page: Page) -> None:
    """Refuse a page that a field lies off, by more than a tenth of a box."""
    edges = np.array([page.gray.shape[1], page.gray.shape[0]], np.float64)
    for field in fields:
        for quad in field.quads:
            slack = 0.1 * float(np.hypot(*(quad[3] - quad[0])))
            if (quad < -slack).any() or (quad > edges + slack).any():
                raise FitError(
                    f"the field {field.name} of the form {name} lies outside this page. Scan the whole sheet."
                )


def _residual(sheet: Sheet, fit: Fit, to_page: NDArray[np.float64]) -> float:
    """Pixels of the page: the 95th percentile of what is left between print and print around the fields."""
    layer = sheet.fine
    there = (fit.found > 0) & fit.seen
    near = there & (sheet.around.max(axis=0) > 0.3)
    used = near if near.any() else there
    off = fit.left[used]
    tellable = np.sqrt(np.einsum("ni,nij,nj->n", off, layer.structure[used], off))
    zoom = np.sqrt(abs(np.linalg.det(to_page[:2, :2]))) / layer.scale
    return float(np.percentile(tellable, 95) * zoom)
