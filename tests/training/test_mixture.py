"""The training crops are what their labels say, and pieces of strings are judged by how much of a digit they hold."""

import subprocess
import sys

import numpy as np
import pytest

from reader.digits.crops import SIZE, crop
from training.data import NOT_DIGIT, Glyphs, glyph, pen_digits
from training.layers import cut_piece, string_layers
from training.mixture import RECIPE, Bank, bank, crops_of, example
from training.shapes import SHAPES


@pytest.fixture(scope="module")
def store() -> Bank:
    return small_bank()


def small_bank() -> Bank:
    digits = pen_digits(4)
    marks = np.stack([glyph(np.eye(30, dtype=np.float32)) for _ in range(3)])
    others = Glyphs("marks", marks, np.full(3, NOT_DIGIT, np.uint8), np.array(["a", "b", "c"]))
    kinds = {"handwriting": digits, "european": digits, "printed": digits, "characters": others, "letters": others}
    return bank(kinds)


@pytest.mark.parametrize("kind", [kind for kind in RECIPE if kind != "runs"])
def test_every_kind_gives_crops_with_ink(store: Bank, kind: str) -> None:
    rng = np.random.default_rng(1)
    made = [example(store, kind, rng) for _ in range(20)]
    assert all(image.shape == (SIZE, SIZE) and image.max() > 100 for image, _ in made)
    labels = {label for _, label in made}
    if kind in ("plain", "handwriting", "european", "printed"):
        assert NOT_DIGIT not in labels
    elif kind == "pieces":
        assert NOT_DIGIT in labels
        assert len(labels) > 1
    else:
        assert labels == {NOT_DIGIT}


def test_the_seed_alone_decides(store: Bank) -> None:
    one, labels = crops_of(store, 60, seed=5, workers=1)
    again, labels_again = crops_of(store, 60, seed=5, workers=1)
    other, _ = crops_of(store, 60, seed=6, workers=1)
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(labels, labels_again)
    assert (one != other).any()


def test_a_piece_is_whole_only_with_all_of_one_digit(store: Bank) -> None:
    rng = np.random.default_rng(2)
    inks = [store.images["handwriting"][i].astype(np.float32) / np.float32(255) for i in (0, 4, 8)]
    layers = string_layers(inks, rng)
    wholes = 0
    for _ in range(200):
        piece = cut_piece(layers, rng)
        total = piece.ink.sum()
        if piece.whole >= 0:
            wholes += 1
            assert 0.94 * layers[piece.whole].sum() < total < 1.12 * layers[piece.whole].sum()
    assert 20 < wholes < 180


def test_digits_of_a_string_touch_or_nearly_do(store: Bank) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        first, second = (
            store.images["handwriting"][i].astype(np.float32) / np.float32(255) for i in rng.integers(0, 40, 2)
        )
        one, two = string_layers([first, second], rng) > 0.3
        across = np.flatnonzero(two.any(axis=0))[0] - np.flatnonzero(one.any(axis=0))[-1]
        assert -15 < across < 6


def test_no_shape_is_empty_or_full() -> None:
    for draw, _ in SHAPES:
        rng = np.random.default_rng(4)
        shares = [(draw(rng) > 0.5).mean() for _ in range(20)]
        assert 0 < np.median(shares) < 0.6, draw.__name__
        assert crop(draw(rng)).max() > 100


def test_two_processes_make_the_same_crops_as_one_after_opencv_has_worked_in_threads() -> None:
    """Forked, the processes waited for ever for OpenCV's threads, which do not come along."""
    script = (
        "import cv2, numpy as np\n"
        "from tests.training import test_mixture\n"
        "from training import mixture\n"
        "def made(workers):\n"
        "    return mixture.crops_of(test_mixture.small_bank(), 12, 5, workers)\n"
        "if __name__ == '__main__':\n"
        "    cv2.setNumThreads(2)\n"
        "    cv2.GaussianBlur(np.zeros((2000, 2000), np.float32), (0, 0), 5)\n"
        "    mixture.PART = 6\n"
        "    assert all(np.array_equal(a, b) for a, b in zip(made(1), made(2)))\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
