"""A line is taken apart so that every digit is a run of whole pieces."""

import itertools

import cv2
import numpy as np
import pytest

from reader.digits.glyphs import Pieces, find_pieces


def _tight(digit: np.ndarray, height: int) -> np.ndarray:
    rows, columns = np.flatnonzero((digit > 0.3).any(axis=1)), np.flatnonzero((digit > 0.3).any(axis=0))
    digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(3, round(digit.shape[1] * height / digit.shape[0]))
    return np.clip(cv2.resize(digit, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _row(digits: list[np.ndarray], gaps: list[int], height: int = 44) -> tuple[np.ndarray, np.ndarray]:
    """Digits side by side, `gaps` pixels apart (negative: overlapping), and which pixel is whose (0 is nobody's)."""
    tight = [_tight(digit, height) for digit in digits]
    ink = np.zeros((height + 8, sum(digit.shape[1] for digit in tight) + 20 + sum(map(abs, gaps))), np.float32)
    owner = np.zeros(ink.shape, np.int64)
    left = 5
    for number, (digit, gap) in enumerate(zip(tight, [*gaps, 0], strict=True)):
        window = (slice(4, 4 + height), slice(left, left + digit.shape[1]))
        owner[window][(digit > 0.3) & (digit >= ink[window])] = number + 1
        ink[window] = np.maximum(ink[window], digit)
        left += digit.shape[1] + gap
    return ink, owner


def _is_split(pieces: Pieces, owner: np.ndarray) -> bool:
    """Whether some border between pieces has at least 85 % of each of two digits on its own side."""
    shares = []
    for border in range(len(pieces.boxes) + 1):
        before = (pieces.labels > 0) & (pieces.labels <= border)
        after = pieces.labels > border
        shares.append(min(before[owner == 1].mean(), after[owner == 2].mean()))
    return max(shares) >= 0.85


def _touching(ink: np.ndarray) -> bool:
    return cv2.connectedComponents((ink >= 0.3).astype(np.uint8))[0] == 2


def test_touching_digits_can_be_told_apart(handwriting):
    images = (handwriting[0] / 255).astype(np.float32)
    random = np.random.default_rng(3)
    split = tried = 0
    while tried < 100:
        pair = images[random.integers(len(images), size=2)]
        ink, owner = _row(list(pair), [int(random.integers(-4, 1))])
        if not _touching(ink):
            continue
        tried += 1
        split += _is_split(find_pieces(ink), owner)
    assert split / tried > 0.85


def test_digits_that_overlap_in_x_but_do_not_touch_are_apart():
    ink = np.zeros((60, 90), np.float32)
    cv2.line(ink, (30, 50), (48, 10), 1, 3)
    cv2.line(ink, (40, 50), (58, 10), 1, 3)
    owner = np.zeros(ink.shape, np.int64)
    owner[:, :] = np.where(ink > 0, np.where(np.arange(90) < 44 - 0.45 * (np.arange(60)[:, None] - 30), 1, 2), 0)
    assert _is_split(find_pieces(ink), owner)


def test_a_single_one_is_not_cut():
    ink = np.zeros((60, 40), np.float32)
    cv2.line(ink, (18, 10), (15, 50), 1, 3)
    assert len(find_pieces(ink).boxes) == 1


def test_every_stroke_is_in_some_piece_and_pieces_run_from_left_to_right(handwriting):
    images = (handwriting[0] / 255).astype(np.float32)
    ink, _ = _row(list(images[[10, 700, 1300, 2100]]), [6, -3, 8])
    pieces = find_pieces(ink)
    assert (pieces.labels[ink >= 0.3] > 0).mean() > 0.995
    assert len(pieces.boxes) >= 4
    middles = [np.nonzero(pieces.labels == number + 1)[1].mean() for number in range(len(pieces.boxes))]
    assert all(right > left - 12 for left, right in itertools.pairwise(middles))


def test_specks_are_no_pieces():
    ink = np.zeros((60, 120), np.float32)
    cv2.line(ink, (30, 10), (30, 50), 1, 3)
    cv2.line(ink, (80, 10), (70, 50), 1, 3)
    clean = len(find_pieces(ink).boxes)
    for x, y in ((50, 20), (55, 44), (100, 15), (10, 50)):
        ink[y : y + 2, x : x + 2] = 1
    assert len(find_pieces(ink).boxes) == clean


def test_height_stroke_and_slant_are_measured():
    ink = np.zeros((80, 200), np.float32)
    for left in (20, 60, 100, 140):
        cv2.line(ink, (left, 65), (left + 20, 15), 1, 4)
    pieces = find_pieces(ink)
    assert pieces.height == pytest.approx(54, abs=4)
    assert pieces.stroke == pytest.approx(4, abs=1.5)
    assert pieces.slant == pytest.approx(0.4, abs=0.11)


def test_no_ink_has_no_pieces():
    assert len(find_pieces(np.zeros((20, 30), np.float32)).boxes) == 0
