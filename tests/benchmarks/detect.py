"""How well `form detect` finds the places to write in: python -m tests.benchmarks.detect [--count N] [--seed S].

Forms of designs made up at random are printed and scanned: blank; filled in by one writer; by three, at other skews.
A place is found if a field of the proposed form has its middle in it and covers at least 0.6 of what the two cover
together. A field that is at no place to write digits or words in is none. With SHOW set to a folder, a picture
of each page that has one of either goes there. With --real, the sheets of `samples/` and, where DIGIT_READER_DATA names
them, the whole pages of `dev` are looked at, too: the samples blank, the pages as they were filled in.
"""

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.errors import FormError
from reader.filled import for_digits
from reader.forms import form as forms
from reader.forms.detecting import detected
from reader.forms.proposal import quads_of
from reader.pages.page import page_of, transformed
from reader.pages.scan import Scan, read_scan
from tests.benchmarks import placements
from training.blocks import Frame
from training.designs import random_form
from training.filling import fill, pen_hand, values_for
from training.scanning import Spoiling, degrade
from training.sheets import Form, Rectangle

Quads = NDArray[np.float64]
CASES = {"blank": 0, "one filled": 1, "three filled": 3}
ALIKE = 0.6
DPI = 200
FRAMES: tuple[Frame, ...] = ("comb", "half comb", "rake", "boxes", "box", "underline", "dots")
"""Bare paper to write on cannot be seen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One form proposed: which places were found, and which of the fields proposed are none."""

    kinds: tuple[str, ...]
    found: NDArray[np.bool_]
    none: NDArray[np.bool_]


def alike(some: Quads, others: Quads) -> NDArray[np.float64]:
    """(n, m) what rectangles (n, 4) and (m, 4), left, top, right, bottom, share, of what they cover together."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (some, others)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None] - shared), np.float64)


def ends(boxes: Sequence[Rectangle]) -> Quads:
    """Left, top, right, bottom (n, 4) of x, y, width, height."""
    given = np.array(boxes, np.float64).reshape(-1, 4)
    return np.column_stack([given[:, :2], given[:, :2] + given[:, 2:]])


def kind_of(name: str) -> str:
    """What a place is printed as, by the names that made-up forms give."""
    return {"f": "row", "t": "table", "g": "grid"}[name[0]]


def outcome(scans: list[Scan], to_sheet: NDArray[np.float64], places: list[tuple[str, Quads]], other: Quads) -> Outcome:
    """Propose a form and compare it.

    Args:
        scans: of one form.
        to_sheet: (3, 3) homography from the first of them to the sheet that all else is measured on.
        places: kind and (4,) left, top, right, bottom of each place to write digits in.
        other: (n, 4) of places to write in that count for nothing.
    """
    truth = np.array([place for _, place in places]).reshape(-1, 4)
    try:
        reading = partial(for_digits, classifier=load())
        sheet, proposal = detected([page_of(scan) for scan in scans], [scan.file for scan in scans], None, reading)
    except FormError as error:
        print(error)
        return Outcome(tuple(kind for kind, _ in places), np.zeros(len(truth), bool), np.zeros(0, bool))
    quads = np.concatenate([*quads_of(proposal.things), np.zeros((0, 4, 2))])
    on_sheet = transformed(quads, to_sheet @ sheet.to_scan)
    given = np.concatenate([on_sheet.min(axis=1), on_sheet.max(axis=1)], axis=1)
    same = alike(truth, given) >= ALIKE
    middles = (given[:, None, :2] + given[:, None, 2:]) / 2
    within = ((middles > other[None, :, :2]) & (middles < other[None, :, 2:])).all(axis=2).any(axis=1)
    result = Outcome(tuple(kind for kind, _ in places), same.any(axis=1), ~same.any(axis=0) & ~within)
    if "SHOW" in os.environ and (not result.found.all() or result.none.any()):
        draw(
            scans,
            sheet.gray,
            transformed(truth.reshape(-1, 2, 2), np.linalg.inv(to_sheet @ sheet.to_scan)),
            quads,
            result,
        )
    return result


def draw(scans: list[Scan], gray: placements.Gray, truth: Quads, quads: Quads, result: Outcome) -> None:
    """The sheet with what was missed in red, what is none in blue, and what is right in green."""
    image = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    for quad, none in zip(quads, result.none, strict=True):
        cv2.polylines(image, [np.int32(quad)], True, (255, 0, 0) if none else (0, 160, 0), 3)
    for (low, high), found in zip(truth, result.found, strict=True):
        if not found:
            cv2.rectangle(image, np.int32(low).tolist(), np.int32(high).tolist(), (0, 0, 255), 3)
    cv2.imwrite(f"{os.environ['SHOW']}/{scans[0].file}_{len(scans)}.png", image)


def scan_of(form: Form, seed: int, writer: int | None) -> tuple[Scan, NDArray[np.float64]]:
    """A scan of a form, filled in by a writer or blank, and the homography from the form to it."""
    rng = np.random.default_rng([seed, 5, 0 if writer is None else writer + 1])
    image = (
        form.image if writer is None else fill(form, values_for(form, rng), pen_hand(1000 * seed + writer), rng).image
    )
    how = Spoiling(skew=float(rng.uniform(-1.5, 1.5)), blur=0.6, noise=4, jpeg=85)
    image, to_scan = degrade(image, how, rng)
    return Scan(f"{seed}_{'blank' if writer is None else 'filled'}", 1, image), to_scan


def drawn(case: str, seed: int) -> Outcome:
    """A form of a made-up design."""
    form = random_form(seed, DPI, FRAMES)
    writers = [None] if not CASES[case] else range(CASES[case])
    scans = [scan_of(form, seed, writer) for writer in writers]
    places = [(kind_of(field.name), box) for field in form.fields for box in ends(field.boxes)]
    other = ends([box for field in form.words for box in field.boxes])
    return outcome([scan for scan, _ in scans], np.linalg.inv(scans[0][1]), places, other)


def real() -> list[tuple[str, Outcome]]:
    """The samples, blank, and the whole pages of the dev data as filled in: each alone, and all of a form together."""
    outcomes = []
    for folder in sorted((Path(__file__).parents[2] / "samples").iterdir()):
        if (folder / "form.toml").exists():
            (form,) = forms.load(folder / "form.toml")
            places = [("sample", np.array([*quad[0], *quad[2]])) for field in form.fields for quad in field.quads]
            scan = read_scan(folder / "blank.png")
            outcomes.append((folder.name, outcome([scan], np.eye(3), places, np.zeros((0, 4)))))
    together: dict[str, list[tuple[Scan, list[tuple[str, Quads]]]]] = {}
    for sheet in placements.data_sheets():
        places = [("dev", place) for place in ends([tuple(box) for box in sheet.boxes.tolist()])]
        scan = Scan(sheet.name, 1, sheet.image)
        outcomes.append((sheet.name, outcome([scan], np.eye(3), places, np.zeros((0, 4)))))
        together.setdefault(sheet.name.rsplit("_", 1)[0], []).append((scan, places))
    for name, sheets in together.items():
        if len(sheets) > 1:
            scans, places = [scan for scan, _ in sheets], sheets[0][1]
            outcomes.append((f"{name}, {len(sheets)}", outcome(scans, np.eye(3), places, np.zeros((0, 4)))))
    return outcomes


def line(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row of the table."""
    found = np.concatenate([each.found for each in outcomes])
    none = np.concatenate([each.none for each in outcomes])
    kinds = [kind for each in outcomes for kind in each.kinds]
    missed = Counter(kind for kind, there in zip(kinds, found, strict=True) if not there)
    said = ", ".join(f"{count} of {kinds.count(kind)} {kind}" for kind, count in missed.items())
    wrong = none.mean() if len(none) else 0.0
    counts = f"{len(outcomes):>6}{len(found):>8}{found.mean():>9.1%}{len(none):>9}{wrong:>9.1%}"
    return f"{name:<16}{counts}  missed: {said or 'none'}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10, help="designs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--real", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{'sheets':<16}{'forms':>6}{'places':>8}{'found':>9}{'fields':>9}{'none':>9}")
    for case in (options.case or CASES) if options.count else ():
        print(line(case, [drawn(case, 1000 * options.seed + n) for n in range(options.count)]), flush=True)
    if options.real:
        for name, each in real():
            print(line(name, [each]), flush=True)


if __name__ == "__main__":
    main()
