"""What pens and scanners are made to do leaves a digit readable, and the same for the same seed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.crops import crop
from training.augment import drawn, likeness, middle_lines, scanned
from training.data import GLYPH_SIZE, Glyphs, pen_digits


@pytest.fixture(scope="module")
def digits() -> Glyphs:
    return pen_digits(3)


def test_middle_lines_are_thin_whole_and_inside(digits: Glyphs) -> None:
    lines = middle_lines(digits.images)
    assert not (lines & (digits.images < 128)).any()
    square = lines[:, :-1, :-1] & lines[:, 1:, :-1] & lines[:, :-1, 1:] & lines[:, 1:, 1:]
    assert square.sum() <= 0.02 * lines.sum()
    heights = [np.ptp(np.flatnonzero(line.any(axis=1))) for line in lines]
    assert np.min(heights) > 25  # a line eaten from its ends would be short


def test_a_wider_pen_leaves_more_ink(digits: Glyphs) -> None:
    line = middle_lines(digits.images[:1])[0]
    inked = [drawn(digits.images[0], line, np.random.default_rng(1), radius).sum() for radius in (0.8, 1.6, 3.2)]
    assert inked[0] * 1.5 < inked[1]
    assert inked[1] * 1.5 < inked[2]


def test_a_clean_scan_keeps_the_digit(digits: Glyphs) -> None:
    rng = np.random.default_rng(2)
    alike = [
        likeness(crop(image.astype(np.float32) / 255), crop(scanned(image.astype(np.float32) / 255, rng, rough=0)))
        for image in digits.images
    ]
    assert np.median(alike) > 0.95


def test_rougher_scans_are_less_alike(digits: Glyphs) -> None:
    def alike(rough: float) -> float:
        rng = np.random.default_rng(3)
        inks = [image.astype(np.float32) / np.float32(255) for image in digits.images]
        return float(np.mean([likeness(crop(ink), crop(scanned(ink, rng, rough))) for ink in inks]))

    assert alike(0) > alike(1) + 0.01


def test_the_same_seed_gives_the_same_ink(digits: Glyphs) -> None:
    line = middle_lines(digits.images[:1])[0]

    def once() -> NDArray[np.float32]:
        rng = np.random.default_rng(4)
        return scanned(drawn(digits.images[0], line, rng), rng)

    np.testing.assert_array_equal(once(), once())


def test_glyphs_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="56, 56"):
        Glyphs("small", np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8), np.array(["a"]))
    with pytest.raises(ValueError, match="0 to 10"):
        Glyphs("wrong", np.zeros((1, GLYPH_SIZE, GLYPH_SIZE), np.uint8), np.array([11], np.uint8), np.array(["a"]))
