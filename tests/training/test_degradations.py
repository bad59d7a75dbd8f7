"""Each degradation is the harder on a digit the stronger it is."""

import numpy as np
import pytest

from reader.digits.crops import crop
from training.augment import likeness
from training.data import Glyphs, pen_digits
from training.degradations import DEGRADATIONS


@pytest.fixture(scope="module")
def digits() -> Glyphs:
    return pen_digits(5)


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_stronger_means_less_alike(digits: Glyphs, name: str) -> None:
    alike = []
    for strength in (1, 3):
        rng = np.random.default_rng(1)
        inks = [image.astype(np.float32) / np.float32(255) for image in digits.images]
        pairs = [(crop(ink), crop(DEGRADATIONS[name](ink, strength, rng))) for ink in inks]
        alike.append(np.mean([likeness(*pair) for pair in pairs]))
    assert alike[0] > alike[1] + 0.002
    assert alike[0] > 0.75
