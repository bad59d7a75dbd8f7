"""Lines that are drawn to learn from show the digits that they are said to show, and are kept as they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.digits.line_images import HEIGHT
from reader.errors import UsageError
from training import line_files
from training.amounts import line
from training.data import Glyphs, glyph, pen_digits
from training.mixture import Bank, bank


@pytest.fixture(scope="module")
def store() -> Bank:
    digits = pen_digits(4)
    marks = np.stack([glyph(np.eye(30, dtype=np.float32))])
    others = Glyphs("marks", marks, np.full(1, 10, np.uint8), np.array(["a"]))
    kinds = {"handwriting": digits, "european": digits, "printed": digits, "characters": others, "letters": others}
    return bank(kinds)


def test_lines_are_pictures_with_writing_and_what_is_written(store):
    made = [line(store, np.random.default_rng(seed)) for seed in range(80)]
    assert all(one.image.shape[0] == HEIGHT and one.image.dtype == np.uint8 for one in made)
    assert all(0.01 < (one.image > 128).mean() < 0.7 for one in made if one.digits)
    assert all(one.digits.isdigit() or one.digits == "" for one in made)
    assert 1 <= sum(one.digits == "" for one in made) <= 20
    assert len({len(one.digits) for one in made}) > 5


def test_more_digits_take_more_room(store):
    made = [line(store, np.random.default_rng(seed)) for seed in range(150)]
    short, long = (
        [one.image.shape[1] for one in made if low <= len(one.digits) <= high] for low, high in ((1, 2), (6, 10))
    )
    assert np.median(long) > 2 * np.median(short)


def test_a_digit_is_no_more_than_a_few_pieces(store):
    """Ground and dirt that are taken for ink would be many."""
    for seed in range(60):
        one = line(store, np.random.default_rng(1000 + seed))
        count, _, stats, _ = cv2.connectedComponentsWithStats((one.image > 128).astype(np.uint8), connectivity=8)
        large = int((stats[1:, cv2.CC_STAT_HEIGHT] > HEIGHT / 3).sum())
        assert large <= 3 * len(one.digits) + 12, (seed, one.digits, count)


def test_the_same_seed_gives_the_same_line(store):
    one, other = (line(store, np.random.default_rng(5)) for _ in range(2))
    assert one.digits == other.digits
    assert np.array_equal(one.image, other.image)


def test_lines_come_back_from_their_file(store, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(line_files, "banks", lambda *_: (store, store))
    monkeypatch.setattr(line_files, "FEWEST_TESTS", 3)
    line_files.make(None, 6, tmp_path / "a.npz", 2, 1, lambda _: None)
    line_files.make(None, 6, tmp_path / "b.npz", 2, 2, lambda _: None)
    learned, measured = (line_files.load(tmp_path / "a.npz", part) for part in ("train", "test"))
    assert (len(learned), len(measured)) == (6, 3)
    again = line_files.load(tmp_path / "b.npz")
    assert all(np.array_equal(a.image, b.image) and a.digits == b.digits for a, b in zip(learned, again, strict=True))


def test_a_file_without_lines_is_said(tmp_path: Path):
    (tmp_path / "x.npz").write_bytes(b"no")
    with pytest.raises(UsageError, match=r"x\.npz.*make-lines"):
        line_files.load(tmp_path / "x.npz")
