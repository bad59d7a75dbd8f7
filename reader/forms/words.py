"""Pieces of ink side by side -> what in them is written by hand, told from the printed words around it."""

import numpy as np
from numpy.typing import NDArray

MOST_GLYPHS = 18
"""A line of more pieces is text."""
WORD_GAP = 0.45
"""Paper between two words, and between a label and what is written after it, in heights of the writing."""
WRITTEN = 0.75
"""Words on a line of this share of the height of the highest, and more, are written alike."""
SLIM = 0.8
"""Width of one digit at the most, in its heights: two letters are wider."""
LARGER = 1.1
"""How many times as high as the tall letters of the print beside it handwriting is, to be told from it."""
TALLEST_LETTERS = 90, 97
"""Percentiles of the heights of letters that tall ones have: of few letters, and of many."""
FEWEST_LETTERS, TEXT_GAP = 5, 0.9
"""A number with so many letters and more before it and behind it, and less paper than this share of its height, is a
part of a sentence."""
FEWEST_LARGER, UNEVEN, UNEVEN_SHARE = 3, 0.8, 0.3
"""So many words larger than the others are words of the same text if this share of them has this share of pieces that
are lower than its highest by this factor."""

Boxes = NDArray[np.int32]


def apart(chain: Boxes) -> list[Boxes]:
    """A chain (n, 5), or what in it is written larger than the print before and after it."""
    ends = np.maximum.accumulate(chain[:, 0] + chain[:, 2])
    gaps = chain[1:, 0] - ends[:-1]
    cuts = np.flatnonzero(gaps > WORD_GAP * float(np.median(chain[:, 3]))) + 1
    words = np.split(chain, cuts)
    heights = np.array([np.median(word[:, 3]) for word in words])
    written = heights >= WRITTEN * heights.max()
    # A single flat digit, be it in pieces, stands close to the others, a label or a unit of one letter does not.
    close = np.concatenate([[False], gaps[cuts - 1] < heights.max(), [False]])
    single = np.array([len(word) == 1 or _is_slim(word) for word in words])
    written |= single & ((close[:-1] & np.roll(written, 1)) | (close[1:] & np.roll(written, -1)))
    printed = [word[:, 3] for word, own in zip(words, written, strict=True) if not own]
    tallest = TALLEST_LETTERS[len(chain) > MOST_GLYPHS]
    if not printed or heights[written].max() < LARGER * np.percentile(np.concatenate(printed), tallest):
        return [chain]
    steps = np.flatnonzero(np.diff(written.astype(int)) != 0) + 1
    parts = [part for part in np.split(np.arange(len(words)), steps) if written[part[0]]]
    larger = [np.concatenate([words[i] for i in part]) for part in parts]
    is_text = len(larger) >= FEWEST_LARGER and np.mean([_is_uneven(part) for part in larger]) >= UNEVEN_SHARE
    return [chain] if is_text else larger


def is_within(words: Boxes, chain: Boxes) -> bool:
    """Whether pieces (n, 5) stand within a line of text, a chain (m, 5): a sentence goes on before and behind them."""
    left, right, high = words[:, 0].min(), (words[:, 0] + words[:, 2]).max(), words[:, 3].max()
    before, behind = chain[chain[:, 0] + chain[:, 2] <= left], chain[chain[:, 0] >= right]
    if min(len(before), len(behind)) < FEWEST_LETTERS:
        return False
    return bool(max(left - (before[:, 0] + before[:, 2]).max(), behind[:, 0].min() - right) < TEXT_GAP * high)


def _is_uneven(word: Boxes) -> bool:
    """Whether pieces (n, 5) side by side are of unlike heights, as small letters beside tall ones are."""
    return bool((word[:, 3] < UNEVEN * word[:, 3].max()).mean() >= UNEVEN_SHARE)


def _is_slim(word: Boxes) -> bool:
    """Whether pieces (n, 5) side by side are no wider than one digit."""
    left, top, width, height = word[:, :4].T
    return bool((left + width).max() - left.min() <= SLIM * ((top + height).max() - top.min()))
