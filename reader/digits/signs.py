"""Signs in a line of digits that are read as digits: slashes, as in 14/03/2026 and / 30, as ones, $ as five."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reader.digits.candidates import mask_of
from reader.digits.glyphs import Pieces

STRAIGHT = 0.305
"""Spread of a slash about its middle line at the most, in its own widths: that of a bar is 0.29 (1 over the square root
of 12), and of few ones by hand as little."""
LEANS, MORE = 0.3, 0.2
"""Columns to the right for each row up that a slash leans at the least, and that it leans more than the digits do."""
ALIKE = 0.12
"""By how much the two slashes of a date differ in this, and in height as a share, at the most."""
ENDS, NARROW, CENTRED = 0.08, 0.34, 0.06
"""The bar of a dollar sign is what there is in these shares of its rows at the top and the bottom; its width at the
most, and how far it lies off the middle, in parts of the sign's: so are 7 of 6,313 fives that lean at random."""
WIDE = 0.4
"""Width of a dollar sign at the least, in parts of its height."""
DATES = (1, 2), (1, 2), (2, 4)
"""Digits before, between and behind the slashes of a date."""


@dataclass(frozen=True, slots=True)
class _Stroke:
    """How a digit leans, columns to the right for each row up; its spread about its middle line in widths; rows."""

    lean: float
    spread: float
    height: int


Spans = Sequence[tuple[int, int]]
"""First piece of each digit, and the one after its last."""


def slashes(pieces: Pieces, spans: Spans, values: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which digits of a line, counted from 0, may be slashes, and which two of them part a date.

    Those of a date are alike, and stand where a date has them; others lean more than the digits do. The last digit is
    never one.

    Args:
        pieces: of the line.
        spans: of its digits.
        values: what they were read as.

    Returns:
        The places of all, and of the two of a date; none where there are none.
    """
    if 1 not in values:
        return (), ()
    made = [_make(mask_of(pieces, *span)) for span in spans]
    others = [each.lean for each, value in zip(made, values, strict=True) if value != 1]
    usual = float(np.median(others)) if others else 0.0
    bars = [
        place
        for place, (each, value) in enumerate(zip(made[:-1], values[:-1], strict=True))
        if value == 1 and each.spread <= STRAIGHT and each.lean >= LEANS
    ]
    pairs = (pair for pair in combinations(bars, 2) if _part_a_date(made, pair))
    of_date = next(pairs, ())
    return tuple(place for place in bars if place in of_date or made[place].lean >= usual + MORE), of_date


def dollar_signs(pieces: Pieces, spans: Spans, values: Sequence[int]) -> tuple[int, ...]:
    """Which digits of a line are dollar signs: before the others or behind them, a bar above and below its middle.

    Args:
        pieces: of the line.
        spans: of its digits.
        values: what they were read as.
    """
    ends = sorted({0, len(values) - 1}) if len(values) > 1 else []
    return tuple(place for place in ends if values[place] == 5 and _has_bar(mask_of(pieces, *spans[place])))


def _has_bar(inked: NDArray[np.bool_]) -> bool:
    """Whether of the pixels (rows, columns) of a digit those at its top and bottom are those of one upright bar."""
    height, width = inked.shape
    rows = max(1, round(ENDS * height))
    ends = [np.flatnonzero(end.any(axis=0)) for end in (inked[:rows], inked[-rows:])]
    is_bar = all(np.ptp(end) + 1 < NARROW * width for end in ends)
    middles = [end.mean() + 0.5 - width / 2 for end in ends]
    return bool(is_bar and max(map(abs, middles)) < CENTRED * width and width > WIDE * height)


def _part_a_date(made: Sequence[_Stroke], pair: tuple[int, int]) -> bool:
    """Whether two strokes of a line are alike, and have so many digits before, between and behind them as a date."""
    first, second = pair
    groups = first, second - first - 1, len(made) - second - 1
    one, other = made[first], made[second]
    are_alike = abs(one.lean - other.lean) <= ALIKE and abs(one.height - other.height) <= ALIKE * other.height
    return are_alike and all(group in allowed for group, allowed in zip(groups, DATES, strict=True))


def _make(inked: NDArray[np.bool_]) -> _Stroke:
    """How the pixels (rows, columns) of a digit lie about their middle line, that of least squares."""
    y, x = np.nonzero(inked)
    aside, down = x - x.mean(), y - y.mean()
    lean, height = -float(aside @ down) / max(float(down @ down), 1e-9), len(inked)
    return _Stroke(lean, float((aside + lean * down).std()) / (len(y) / height), height)
