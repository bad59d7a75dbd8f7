"""The table of limits comes from what was counted on drawn pages."""

import itertools
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.digits.limits import STANDARD, limits_of
from reader.results.reading import Box, DigitReading, Status
from training.drawn import SPOILT, drawn_page
from training.limits import BOXES, LEVELS, LINES, Counts, counts_of, of_page, outcome, rows

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


def counted(wrong: dict[str, tuple[int, ...]]) -> Counts:
    """1,000 fields of each kind; the higher the limit the fewer are accepted, `wrong` of them wrong."""
    counts: Counts = Counter()
    for kind in (BOXES, LINES):
        for number, level in enumerate(LEVELS):
            counts[kind, level, "written"] = 1000
            counts[kind, level, "accepted"] = 980 - 20 * number
            counts[kind, level, "wrong"] = wrong[kind][number]
    return counts


def test_each_error_has_the_lowest_limits_that_keep_it() -> None:
    wrong = {BOXES: (40, 15, 8, 4, 3, 2, 1, 0, 0, 0), LINES: (60, 50, 35, 20, 9, 8, 3, 2, 1, 0)}
    table = rows(counted(wrong))
    by_error = {row["max_error"]: row for row in table}
    assert (by_error[0.05]["boxes"], by_error[0.05]["lines"]) == (LEVELS[0], LEVELS[2])
    assert (by_error[0.02]["boxes"], by_error[0.02]["lines"]) == (LEVELS[1], LEVELS[4])
    assert by_error[0.002]["boxes"] == LEVELS[7]
    assert 0.0004 not in by_error, "none wrong in 800 is not none in 2,500"
    usual = LEVELS.index(STANDARD.boxes), LEVELS.index(STANDARD.lines)
    assert (table[0]["boxes"], table[0]["lines"]) == (STANDARD.boxes, STANDARD.lines), "if nobody asks for an error"
    accepted = sum(980 - 20 * number for number in usual)
    assert table[0]["max_error"] == pytest.approx(
        (wrong[BOXES][usual[0]] + wrong[LINES][usual[1]] + 1) / accepted, abs=1e-5
    )
    assert limits_of(table, "m", 0.02).share == by_error[0.02]["share"]


def test_what_is_read_of_a_page_is_counted(handwriting: Digits) -> None:
    page = drawn_page(next(iter(SPOILT)), 1, 8, *handwriting)
    counts = of_page(page, load(None))
    boxes = [counts_of(counts, BOXES, level) for level in LEVELS]
    assert boxes[0].written >= 5
    assert boxes[0].accepted >= 0.7 * boxes[0].written
    assert all(lower.accepted >= higher.accepted for lower, higher in itertools.pairwise(boxes))
    assert boxes[0].wrong <= 1


def read_as(digit: str, status: Status) -> list[DigitReading]:
    return [DigitReading(0, digit, 0.99, "", 0.0, status, Box(0, 0, 9, 9))]


def test_a_box_that_is_seen_to_hold_no_digit_sends_its_field_to_review() -> None:
    one, two = ("1", read_as("1", "ok")), ("2", read_as("2", "ok"))
    assert outcome([one, two]) == ["written", "accepted"]
    assert outcome([one, ("2", read_as("", "rejected"))]) == ["written"]
    assert outcome([one, ("2", [])]) == ["written", "accepted", "wrong"], "a digit was lost without a word"
    assert outcome([("1", [])]) == [], "no place was found"
