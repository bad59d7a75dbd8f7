"""Printed digits come from many fonts, most of them like those that forms are set in."""

import numpy as np
import pytest

from training.typefaces import STANDARD, in_standard_font, printed


def _stem_and_foot(one) -> tuple[int, int]:
    """How wide a printed 1 is half way down, and at its foot."""
    rows = np.flatnonzero((one > 128).any(axis=1))
    middle, foot = (one[row] > 128 for row in ((rows[0] + rows[-1]) // 2, rows[-1] - 1))
    return int(middle.sum()), int(foot.sum())


@pytest.mark.parametrize("name", [name for names in STANDARD.values() for name in names])
def test_standard_fonts_print_ten_digits_whole(name: str):
    pictures = in_standard_font(name, "0123456789")
    assert len({picture.tobytes() for picture in pictures}) == 10
    for picture in pictures:
        inked = picture > 128
        assert not inked[[0, -1]].any()
        assert not inked[:, [0, -1]].any()
        assert 35 <= np.flatnonzero(inked.any(axis=1)).size <= 60


def test_a_helvetica_1_has_no_foot_and_a_times_1_has_one():
    stem, foot = _stem_and_foot(in_standard_font("Helvetica", "1")[0])
    assert abs(foot - stem) <= 1
    stem, foot = _stem_and_foot(in_standard_font("Times-Roman", "1")[0])
    assert foot > 1.5 * stem


def test_a_condensed_font_is_as_high_but_narrower():
    usual, narrow = (in_standard_font("Helvetica", "8", wide)[0] > 128 for wide in (1.0, 0.65))
    high = [np.flatnonzero(ink.any(axis=1)).size for ink in (usual, narrow)]
    across = [np.flatnonzero(ink.any(axis=0)).size for ink in (usual, narrow)]
    assert abs(high[0] - high[1]) <= 1
    assert 0.6 < across[1] / across[0] < 0.72


def test_each_font_gives_each_digit_once():
    glyphs = printed([], "0123456789")
    fonts, counts = np.unique(glyphs.groups, return_counts=True)
    assert (counts == 10).all()
    assert np.array_equal(np.bincount(glyphs.labels), np.full(10, len(fonts)))
    assert np.mean([font.startswith("Helvetica") for font in fonts]) > 0.4


def test_signs_get_their_label():
    assert set(printed([], "EF", 10).labels.tolist()) == {10}
