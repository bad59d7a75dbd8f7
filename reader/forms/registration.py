"""Lay a form over a page, measure how well it fits there, and refuse a page that it does not fit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import FitError
from reader.forms import features
from reader.forms.field import Field
from reader.forms.fit import Fit, Level, emptied, laid_back, level, local_shifts, measured, scaling
from reader.forms.form import Form
from reader.forms.repeats import Repeat, preference, repeats
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
CLEAR = 0.7
"""Share from which no further guess is tried."""
FIELD_FITS = 0.35
"""Share of the print around a field that must be found on the page."""
AROUND = 40.0
"""Pixels of the fine level that count as around a field."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form made ready to be laid over many pages.

    Attributes:
        form: the form.
        features: what its sheet has to match.
        coarse: its print, to better a guess with.
        fine: its print, to measure the fit with.
        repeats: the moves of the sheet that leave it much like itself: a row further down, upside-down.
    """

    form: Form
    features: features.Features
    coarse: Level
    fine: Level
    repeats: tuple[Repeat, ...]


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
        FitError: there is too little print on the sheet to find it again on a page.
    """
    gray = _evened(form.sheet)
    boxes = np.array([[*quad.min(axis=0), *quad.max(axis=0)] for field in form.fields for quad in field.quads])
    smallest = float((boxes[:, 2:] - boxes[:, :2]).min())
    side = min(max(SIDE, SMALLEST_BOX / smallest * max(gray.shape)), LONGEST_SIDE, 1.5 * max(gray.shape))
    scale = side / max(gray.shape)
    fine = level(gray, boxes, scale, 28, 4)
    coarse = level(gray, boxes, scale * COARSE, 20, 7)
    if len(fine.corners) < 12:
        raise FitError(
            f"{form.file}: there is too little print on the sheet to find it again on a scan. "
            "Give a scan of the whole printed sheet as `image`."
        )
    return Sheet(form, features.features(gray), coarse, fine, repeats(coarse))


def register(sheet: Sheet, page: Page) -> Placement:
    """Lay a form over a page.

    The page may be at another scale, turned by any angle, shifted, cut off at its edges and seen in perspective.

    Raises:
        FitError: the form does not fit the page; the message says why.
    """
    form = sheet.form
    fit, work = _best_fit(sheet, page.gray)
    if fit is None or fit.share < FITS:
        percent = 0 if fit is None else round(100 * fit.share)
        raise FitError(
            f"the form {form.name} does not fit this page: {percent}% of the sheet's print is found on it, and "
            f"{round(100 * FITS)}% is the least. Is it a scan of another form?"
        )
    to_page = np.linalg.inv(scaling(work)) @ fit.to_page
    to_page = to_page / to_page[2, 2]
    for field in form.fields:
        share = _share_around(sheet.fine, fit, field)
        if share < FIELD_FITS:
            raise FitError(
                f"the form {form.name} does not fit this page around the field {field.name}: {round(100 * share)}% of "
                f"the print there is found, and {round(100 * FIELD_FITS)}% is the least. Is it covered or cut off?"
            )
    fields = _placed(sheet, fit, to_page)
    _check_on_page(form.name, fields, page)
    return Placement(to_page, _residual(sheet, fit, to_page), fit.share, fields)


def _evened(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with its light evened out: (rows, columns) uint8, 255 is paper."""
    factor = min(1.0, 400 / max(gray.shape))
    small = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ground = cv2.GaussianBlur(cv2.dilate(small, np.ones((15, 15), np.uint8)), (0, 0), 8)
    whole = cv2.resize(ground, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(whole, 1), scale=255), np.uint8)


def _best_fit(sheet: Sheet, gray: NDArray[np.uint8]) -> tuple[Fit | None, float]:
    """The best fit on the page, at the scale to the page that comes with it; None where there is not even a guess."""
    work = min(1.0, 1.2 * SIDE / max(gray.shape))
    size = (max(1, round(gray.shape[1] * work)), max(1, round(gray.shape[0] * work)))
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8) if work < 1 else gray
    of_page = features.features(small)
    samples = _samples(sheet.coarse)
    best = _best_of(sheet, small, features.matched(sheet.features, of_page), samples)
    if best is None or best.share < CLEAR:
        further = features.voted(sheet.features, of_page) + features.framed(sheet.features, of_page)
        other = _best_of(sheet, small, further, samples)
        if other is not None and (best is None or other.share > best.share):
            best = other
    return best, work


def _best_of(
    sheet: Sheet, small: NDArray[np.uint8], guesses: list[NDArray[np.float64]], samples: NDArray[np.float64]
) -> Fit | None:
    """The best fit that guesses lead to, and the moves of the sheet that look alike."""
    rows, columns = sheet.form.sheet.shape
    guesses = [each for each in guesses if features.plausible(each, (rows, columns), (small.shape[0], small.shape[1]))]
    if not guesses:
        return None
    smooth = np.asarray(cv2.GaussianBlur(small, (0, 0), 2.0), np.uint8)
    guesses.sort(key=lambda each: -_agreement(samples, smooth, each))
    best: Fit | None = None
    for guess in guesses[:3]:
        fit = measured(sheet.coarse, small, guess, False)
        if best is None or fit.share > best.share:
            best = fit
        if best.share > CLEAR:
            break
    if best is None:
        return None
    return measured(sheet.fine, small, _unmoved(sheet, small, best).to_page, True)


def _unmoved(sheet: Sheet, small: NDArray[np.uint8], fit: Fit) -> Fit:
    """The fit, or the one a row further or upside-down where the page shows that one.

    Raises:
        FitError: nothing on the page tells one from the other.
    """
    layer = sheet.coarse
    for _ in range(3):
        there = emptied(laid_back(layer, small, fit.to_page), layer.inside)
        seen = laid_back(layer, np.zeros_like(small), fit.to_page) < 128
        scores = [preference(layer, repeat, there, seen) for repeat in sheet.repeats]
        if not scores or min(scores) > 0:
            break
        fit = measured(layer, small, fit.to_page @ sheet.repeats[int(np.argmin(scores))].move, False)
    return fit


def _samples(layer: Level) -> NDArray[np.float64]:
    """(n, 3) x, y in the sheet and darkness there less its mean: a few thousand places on and beside its print."""
    smooth = cv2.GaussianBlur(layer.image, (0, 0), 1.5)
    near = cv2.dilate((smooth < 215).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    y, x = np.nonzero(near)
    keep = np.linspace(0, len(x) - 1, min(len(x), 3000)).astype(np.int64)
    places = transformed(np.column_stack([x[keep], y[keep]]).astype(np.float64), layer.to_sheet)
    dark = 255.0 - smooth[y[keep], x[keep]]
    return np.column_stack([places, dark - dark.mean()])


def _agreement(samples: NDArray[np.float64], smooth: NDArray[np.uint8], to_page: NDArray[np.float64]) -> float:
    """Correlation of the sheet's samples with the page under a homography; 0 if most of them lie off the page."""
    places = np.round(transformed(samples[:, :2], to_page))
    x, y = np.clip(places, -1, 1e6).astype(np.int64).T
    on = (x >= 0) & (y >= 0) & (x < smooth.shape[1]) & (y < smooth.shape[0])
    if on.sum() < 0.4 * len(on):
        return 0.0
    dark = 255.0 - smooth[y[on], x[on]]
    dark -= dark.mean()
    value = samples[on, 2] - samples[on, 2].mean()
    return float(dark @ value / max(np.sqrt((dark @ dark) * (value @ value)), 1e-9))


def _closeness(layer: Level, field: Field) -> NDArray[np.float64]:
    """(n,) how much each tile counts as around a field: 1 beside it, falling off over AROUND."""
    quads = transformed(field.quads, layer.to_level).reshape(-1, 2)
    away = np.maximum(np.maximum(quads.min(axis=0) - layer.centres, layer.centres - quads.max(axis=0)), 0)
    near: NDArray[np.float64] = np.exp(-((away / AROUND) ** 2).sum(axis=1) / 2)
    return np.where(near > 0.1, near, 0)


def _share_around(layer: Level, fit: Fit, field: Field) -> float:
    """The share of the print around a field that is found; the whole sheet's where there is none around."""
    near = _closeness(layer, field)
    return float(near @ (fit.found * fit.seen) / near.sum()) if near.sum() > 1 else fit.share


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
    near = np.max([_closeness(layer, field) for field in sheet.form.fields], axis=0) > 0.3
    used = near & (fit.found > 0) & fit.seen
    used = used if used.any() else (fit.found > 0) & fit.seen
    agreed = local_shifts(layer, fit, transformed(layer.centres[used], layer.to_sheet)) * layer.scale
    off = fit.shifts[used] - agreed
    tellable = np.sqrt(np.einsum("ni,nij,nj->n", off, layer.structure[used], off))
    zoom = np.sqrt(abs(np.linalg.det(to_page[:2, :2]))) / layer.scale
    return float(np.percentile(tellable, 95) * zoom)
