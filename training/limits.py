"""How sure the reader must be for how few wrong fields: measured on drawn forms, kept in the model's sidecar.

What is written on the forms are MNIST's test digits, which no model here learns from; designs, hands and degradations
(the mild and the middle ones of `training.drawn`) come from seeds. A field counts where its place was found: a limit
cannot make up for a box that was not.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import Classifier, load
from reader.digits.limits import STANDARD, Limits
from reader.pages.page import page_of
from reader.pipeline import laid_out, readings_of
from reader.results.reading import DigitReading
from reader.results.saving import save
from training.drawn import SPOILT, Drawn, drawn_page, matched

LEVELS = (0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.985, 0.993, 0.997, 0.999)
"""Limits that are tried."""
ERRORS = (0.05, 0.02, 0.015, 0.01, 0.0075, 0.005, 0.002, 0.001, 0.0004)
"""Shares of wrong fields that are looked for; the last is that of typing (Paulsen et al., PLoS ONE 2012)."""
BOXES, LINES = "boxes", "lines"
T = TypeVar("T")

Counts = Counter[tuple[str, float, str]]
"""How many fields, by kind and limit, are `written`, `accepted` and `wrong`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a limit: fields with writing in them, those that needed no review, and the wrong ones of these."""

    written: int
    accepted: int
    wrong: int

    @property
    def error(self) -> float:
        """Wrong fields among the accepted ones, one more than were seen: none in a few is not none in many."""
        return (self.wrong + 1) / max(1, self.accepted)


def measure(
    model: Path, mnist: Path, pages: int, seed: int = 1, say: Callable[[str], None] = lambda _: None
) -> list[dict[str, float]]:
    """Read drawn pages with every limit, and write the table of limits into the model's sidecar.

    Args:
        model: a .tflite file with its .json beside it.
        mnist: an .npz laid out like Keras's.
        pages: how many.
        seed: of the pages.
        say: is told how far it is, and what came out.

    Returns:
        The rows of the table, the default first: `boxes`, `lines`, `share` for review, and `max_error`.
    """
    classifier = load(model)
    with np.load(mnist) as data:
        digits, labels = data["x_test"], data["y_test"].astype(np.int64)
    counts: Counts = Counter()
    for number in range(pages):
        counts += of_page(page_number(number, seed, digits, labels), classifier)
        if (number + 1) % 20 == 0:
            say(f"{number + 1} of {pages} pages read")
    table = rows(counts)
    for row in table:
        say(", ".join(f"{name} {value:.4g}" for name, value in row.items()))
    sidecar = model.with_suffix(".json")
    about = json.loads(sidecar.read_text("utf-8"))
    measured = {f"{kind} from {level}": counts_of(counts, kind, level) for kind in (BOXES, LINES) for level in LEVELS}
    about |= {
        "limits": table,
        "limits_measured": {
            "pages": pages, "seed": seed,
            "fields": {name: [m.written, m.accepted, m.wrong] for name, m in measured.items()},
        },
    }  # fmt: skip
    save(json.dumps(about, indent=2) + "\n", sidecar)
    return table


def page_number(number: int, seed: int, digits: NDArray[np.uint8], labels: NDArray[np.int64]) -> Drawn:
    """A page of another design, hand and degradation for each number; mild and middle ones by turns."""
    cases = list(SPOILT)
    return drawn_page(cases[number % len(cases)], number // len(cases) % 2, 100_000 * seed + number, digits, labels)


def of_page(page: Drawn, classifier: Classifier) -> Counts:
    """What a page adds to the counts, with each limit."""
    layout = laid_out(page_of(page.scan), classifier)
    counts: Counts = Counter()
    asked_once = replace(classifier, logits=_remembered(classifier.logits), columns=_remembered(classifier.columns))
    for level in LEVELS:
        strict = replace(asked_once, limits=Limits(level, level))
        fields = readings_of(layout, strict, (page.scan.image.shape[0], page.scan.image.shape[1]))
        given = [digit for field in fields for digit in field.digits if digit.status != "blank"]
        found = matched(page.marks, given, np.linalg.inv(page.to_scan))
        pairs = list(zip(page.marks, found, strict=True))
        for _, field in groupby(pairs, key=lambda pair: pair[0].field):
            marks = list(field)
            kind = LINES if marks[0][0].position is None else BOXES
            for name in outcome([(mark.label, digits) for mark, digits in marks]):
                counts[kind, level, name] += 1
    return counts


def _remembered(answer: Callable[[NDArray[Any]], T]) -> Callable[[NDArray[Any]], T]:
    """A function of an array that does not work out again what it was asked before."""
    known: dict[tuple[tuple[int, ...], bytes], T] = {}

    def ask(picture: NDArray[Any]) -> T:
        key = picture.shape, picture.tobytes()
        if key not in known:
            known[key] = answer(picture)
        return known[key]

    return ask


def outcome(places: list[tuple[str, list[DigitReading]]]) -> list[str]:
    """What a field counts as: its places, each with what is written there and what was read.

    A box that was seen to hold no digit sends its field to review, as any other doubt does.
    """
    given = [digit for _, digits in places for digit in digits]
    if not any(label.isdigit() for label, _ in places) or not given:
        return []
    value, truth = ("".join(digit.digit for digit in given), "".join(label for label, _ in places if label.isdigit()))
    if any(digit.status != "ok" for digit in given):
        return ["written"]
    return ["written", "accepted"] + (["wrong"] if value != truth else [])


def counts_of(counts: Counts, kind: str, level: float) -> Measured:
    """What was counted of one kind of fields with one limit."""
    return Measured(*(counts[kind, level, name] for name in ("written", "accepted", "wrong")))


def rows(counts: Counts) -> list[dict[str, float]]:
    """The table: the usual limits with the error they have, then the lowest limits for each error that can be kept.

    Boxes and lines have limits of their own, each the lowest that keeps the error among its own fields.
    """
    usual = {BOXES: STANDARD.boxes, LINES: STANDARD.lines}
    found = [_row(counts, usual, together(counts, usual).error)]
    for error in ERRORS:
        kept = {
            kind: min((level for level in LEVELS if counts_of(counts, kind, level).error <= error), default=None)
            for kind in (BOXES, LINES)
        }
        limits = {kind: level for kind, level in kept.items() if level is not None}
        if len(limits) == len(kept):
            found.append(_row(counts, limits, error))
    return found


def together(counts: Counts, limits: dict[str, float]) -> Measured:
    """What was counted of all fields with a limit for each kind."""
    parts = [counts_of(counts, kind, level) for kind, level in limits.items()]
    return Measured(*(sum(getattr(part, name) for part in parts) for name in ("written", "accepted", "wrong")))


def _row(counts: Counts, limits: dict[str, float], error: float) -> dict[str, float]:
    measured = together(counts, limits)
    review = 1 - measured.accepted / max(1, measured.written)
    return {**limits, "share": round(review, 4), "max_error": round(error, 5)}
