"""Lay a form over a page, measure how well it fits there, and refuse a page that it does not fit."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms import features
from reader.forms.cutout import printed_part, shrunk
from reader.forms.field import Field
from reader.forms.fit import Fit, Level, emptied, laid_back, local_shifts, measured
from reader.forms.frames import edged, framed, frames
from reader.forms.glance import agreement
from reader.forms.refusing import check_fit, check_on_page, too_little
from reader.forms.repeats import preferences
from reader.forms.sheet import SIDE, Sheet
from reader.pages.page import Page, transformed

MOST_MOVES = 6
"""Rows or turns that a guess may be off and still be put right."""
ALL_THERE = 0.95
"""Share from which a fit on the fine level cannot be much better."""
MOST_STEPS = 3
"""Times that a fit is bettered before it is taken for what it is."""
TEMPTING = 3
"""Moves that are tried where several look better."""
CLEAR = 0.7
"""Share from which no further guess is tried."""


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


@dataclass(frozen=True, slots=True)
class _Found:
    """The best fit on a page.

    Attributes:
        fit: how the sheet's fine level lies on `page`.
        page: (rows, columns) uint8, the part of the page that has print, made smaller; 255 is paper.
        shrink: (3, 3) float64 homography from the page to it.
    """

    fit: Fit
    page: NDArray[np.uint8]
    shrink: NDArray[np.float64]

    @property
    def on_page(self) -> Fit:
        """The fit on the whole page at its own size."""
        return replace(self.fit, to_page=np.linalg.inv(self.shrink) @ self.fit.to_page)


def register(sheet: Sheet, page: Page) -> Placement:
    """Lay a form over a page.

    The page may be at another scale, turned by any angle, shifted, cut off at its edges and seen in perspective.

    Raises:
        FitError: the form does not fit the page; the message says why.
    """
    found = _best_fit(sheet, page.gray)
    if found is None:
        raise too_little(sheet, 0.0)
    check_fit(sheet, found.page, found.fit)
    fit = found.on_page
    to_page = fit.to_page / fit.to_page[2, 2]
    fields = _placed(sheet, fit, to_page)
    check_on_page(sheet.form.name, fields, page)
    return Placement(to_page, _residual(sheet, fit, to_page), fit.share, fields)


def nearest(sheet: Sheet, page: Page) -> NDArray[np.float64] | None:
    """The (3, 3) homography sheet -> page that comes nearest to a fit, good or not; None without any."""
    found = _best_fit(sheet, page.gray)
    if found is None:
        return None
    to_page: NDArray[np.float64] = found.on_page.to_page
    return np.asarray(to_page / to_page[2, 2], np.float64)


def _best_fit(sheet: Sheet, page: NDArray[np.uint8]) -> _Found | None:
    """The best fit on the page; None where there is not even a guess."""
    part = printed_part(page)
    small, shrink = shrunk(page, part, 1.2 * SIDE)
    of_page = features.features(small)
    best = _best_of(sheet, small, features.matched(sheet.features, of_page))
    if best is None or best.likelihood < CLEAR:
        further = frames(small)
        best = _better(
            best, _best_of(sheet, small, features.voted(sheet.features, of_page) + framed(sheet.frames, further))
        )
        if best is None or best.likelihood < CLEAR:
            best = _better(best, _best_of(sheet, small, edged(sheet.frames, further)))
    if best is None:
        return None
    zoom = np.sqrt(abs(np.linalg.det(best.to_page[:2, :2]))) / sheet.fine.scale
    if zoom < 0.8:  # the sheet is but a part of the page, so it is worth more pixels
        small, finer = shrunk(page, part, max(small.shape) / zoom)
        best = replace(best, to_page=finer @ np.linalg.inv(shrink) @ best.to_page)
        shrink = finer
    fit = measured(sheet.fine, small, best.to_page, True)
    return _Found(_bettered(sheet.fine, small, fit, ALL_THERE, True), small, shrink)


def _better(one: Fit | None, other: Fit | None) -> Fit | None:
    """The likelier of two fits, if there is any; the first where they are alike."""
    return max((each for each in (one, other) if each is not None), key=lambda each: each.likelihood, default=None)


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
    return None if best is None else _settled(sheet, small, _bettered(sheet.coarse, small, best, CLEAR))


def _bettered(layer: Level, small: NDArray[np.uint8], fit: Fit, enough: float, clean: bool = False) -> Fit:
    """The fit, or a better one that it leads to step by step where it is farther off than a tile is looked for."""
    for _ in range(MOST_STEPS):
        if fit.likelihood >= enough:
            break
        fit = max(fit, measured(layer, small, fit.to_page, clean), key=lambda each: each.likelihood)
    return fit


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


def _placed(sheet: Sheet, fit: Fit, to_page: NDArray[np.float64]) -> tuple[Field, ...]:
    """The fields on the page, each quad shifted as the print around it is."""
    quads = np.concatenate([field.quads for field in sheet.form.fields])
    shifts = local_shifts(sheet.fine, fit, quads.mean(axis=1))
    placed = transformed(quads + shifts[:, None], to_page)
    ends = np.cumsum([len(field.quads) for field in sheet.form.fields])
    each = zip(sheet.form.fields, np.split(placed, ends[:-1]), strict=True)
    return tuple(Field(field.name, field.kind, on_page, field.digits) for field, on_page in each)


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
