"""How well forms are laid over pages: python -m tests.benchmarks.registration [--count N] [--others M] [--seed S].

Sheets are placed at random (scale 0.5 to 2, any turn, perspective to 20 degrees, shift, light, blur, noise, JPEG or 1
bit, writing over it), N pages in all, and each is laid over its page; right is a page on which every field lies within
a tenth of its box. Then every sheet is laid over M pages of other designs, photographs and nothing: none may be
accepted. With DIGIT_READER_DATA set, real sheets and photographs take part. With SHOW set to a folder, pages that were
not placed right, or accepted wrongly, go there.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reader.errors import FitError
from reader.forms import registration
from reader.forms.field import Field
from reader.forms.form import Form
from reader.forms.sheet import Sheet, prepare
from reader.pages.page import Page, transformed
from tests.benchmarks import placements
from training.designs import random_form


@dataclass(frozen=True, slots=True)
class Outcome:
    """One page: the greatest field error in tenths of its box (infinite if refused), the share found, CPU time."""

    error: float
    share: float
    milliseconds: float


def form_of(sheet: placements.Sheet) -> Form:
    """A form with each box of the sheet as a field."""
    low, high = sheet.boxes[:, :2], sheet.boxes[:, :2] + sheet.boxes[:, 2:]
    corners = np.stack(
        [low, np.column_stack([high[:, 0], low[:, 1]]), high, np.column_stack([low[:, 0], high[:, 1]])], 1
    )
    fields = tuple(Field(f"f{n}", "boxes", quad[None], (0, 1)) for n, quad in enumerate(corners))
    return Form(sheet.name, Path(sheet.name), sheet.image, fields)


def greatest_error(placement: registration.Placement, form: Form, view: placements.Points) -> float:
    """The farthest that any corner of any field lies off, in tenths of the shorter side of its box."""
    right = transformed(np.concatenate([field.quads for field in form.fields]), view)
    placed = np.concatenate([field.quads for field in placement.fields])
    sides = np.linalg.norm(np.roll(right, -1, axis=1) - right, axis=2).min(axis=1)
    return float((np.linalg.norm(placed - right, axis=2).max(axis=1) / sides).max() * 10)


def laid(ready: Sheet, page: placements.Gray, view: placements.Points | None) -> Outcome:
    """Lay a sheet over a page; without a view nothing that is accepted can be right."""
    start = time.process_time()
    try:
        placement = registration.register(ready, Page(page, np.eye(3)))
    except FitError:
        return Outcome(np.inf, 0, 1000 * (time.process_time() - start))
    spent = 1000 * (time.process_time() - start)
    return Outcome(99.0 if view is None else greatest_error(placement, ready.form, view), placement.share, spent)


def line(name: str, outcomes: list[Outcome]) -> str:
    """One row of the table."""
    errors = np.array([each.error for each in outcomes])
    good, refused = errors <= 1, np.isinf(errors)
    best = errors[good] if good.any() else np.array([np.nan])
    spent = np.array([each.milliseconds for each in outcomes])
    return (
        f"{name:<22}{len(outcomes):>6}{good.mean():>9.1%}{refused.mean():>9.1%}{(~good & ~refused).sum():>7}"
        f"{np.median(best):>9.2f}{best.max():>7.2f}{np.median(spent):>8.0f}{np.percentile(spent, 95):>8.0f}"
    )


def placed_right(sheets: list[placements.Sheet], count: int, rng: np.random.Generator, tilt: float) -> None:
    """Each sheet over pages of its own."""
    print(f"{'sheet':<22}{'pages':>6}{'right':>9}{'refused':>9}{'wrong':>7}{'error':>9}{'most':>7}{'ms':>8}{'95%':>8}")
    total: list[Outcome] = []
    for sheet in sheets:
        ready = prepare(form_of(sheet))
        outcomes = []
        for _ in range(count):
            view, size = placements.random_placement(rng, sheet.image.shape, tilt)
            written = placements.written_on(rng, sheet, rng.random())
            page = placements.evened(placements.scanned(rng, written, view, size))
            outcomes.append(laid(ready, page, view))
            if outcomes[-1].error > 1 and "SHOW" in os.environ:
                cv2.imwrite(f"{os.environ['SHOW']}/{sheet.name}_{len(outcomes)}_{outcomes[-1].error:.1f}.png", page)
        print(line(sheet.name, outcomes), flush=True)
        total += outcomes
    print(line("all", total))


def other_pages(
    rng: np.random.Generator, sheets: list[placements.Sheet], count: int
) -> Iterator[tuple[str, placements.Gray]]:
    """Pages of made-up designs, of every sheet, photographs, and a few of nothing: name and image."""
    even = [np.full((1400, 1000), value, np.uint8) for value in (255, 128, 0)]
    noise = [cv2.GaussianBlur(rng.integers(0, 256, (1400, 1000)).astype(np.uint8), (0, 0), s) for s in (0.5, 2, 8)]
    nothing = [*even, *(np.asarray(cv2.equalizeHist(each), np.uint8) for each in noise)]
    root = os.environ.get("DIGIT_READER_DATA")
    files = [] if root is None else sorted((Path(root) / "dev").glob("grids_*/images/*"))
    for n in range(count):
        if n % 50 == 7:
            yield "nothing", nothing[n // 50 % len(nothing)]
        elif files and n % 5 == 1:
            image = cv2.imread(str(files[int(rng.integers(len(files)))]), cv2.IMREAD_GRAYSCALE)
            assert image is not None
            yield "photograph", placements.evened(np.asarray(image, np.uint8))
        else:
            sheet = sheets[n % len(sheets)] if n % 5 == 2 else design(int(rng.integers(10**6)))
            view, size = placements.random_placement(rng, sheet.image.shape, 25 if n % 2 else 2)
            page = placements.scanned(rng, placements.written_on(rng, sheet, rng.random()), view, size)
            yield sheet.name, placements.evened(page)


def design(seed: int) -> placements.Sheet:
    """A sheet of a design made up at random."""
    form = random_form(seed, 120)
    boxes = np.array([box for field in form.fields for box in field.boxes], np.float64)
    return placements.Sheet(f"design{seed}", np.asarray(cv2.cvtColor(form.image, cv2.COLOR_BGR2GRAY), np.uint8), boxes)


def placed_wrong(sheets: list[placements.Sheet], count: int, rng: np.random.Generator) -> None:
    """Each sheet over pages of others: every one accepted is wrong."""
    ready = [(sheet.name, prepare(form_of(sheet))) for sheet in sheets]
    kinds, accepted, tries = Counter[str](), [], 0
    for n, (name, page) in enumerate(other_pages(rng, sheets, count)):
        kinds["design" if name.startswith("design") else name] += 1
        for own, sheet in ready:
            if own.split("_T")[0][:8] == name.split("_T")[0][:8]:
                continue
            tries += 1
            if np.isfinite(laid(sheet, page, None).error):
                accepted.append(f"{own} over {name}")
                if "SHOW" in os.environ:
                    cv2.imwrite(f"{os.environ['SHOW']}/accepted_{own}_{n}_{name}.png", page)
    pages = ", ".join(f"{many} {kind}" for kind, many in kinds.items())
    print(f"\n{count} pages of others ({pages}), {tries} tries: {len(accepted)} accepted  {'; '.join(accepted)}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="pages that sheets are placed on")
    parser.add_argument("--others", type=int, default=500, help="pages of other designs, photographs and nothing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tilt", type=float, default=20, help="most degrees of perspective")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(options.seed)
    real = [each for each in placements.data_sheets() if each.name in ("formscanner_T1", "nus_roll_01", "nist_hsf")]
    sheets = [*placements.drawn_sheets(), *real]
    if options.count:
        placed_right(sheets, -(-options.count // len(sheets)), rng, options.tilt)
    if options.others:
        placed_wrong(sheets, options.others, rng)


if __name__ == "__main__":
    main()
