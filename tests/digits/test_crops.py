"""The crop function makes what MNIST is made of, wherever and however large the digit was."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.crops import LONGER_SIDE, SIZE, crop


@pytest.fixture(scope="module")
def mnist(handwriting: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> NDArray[np.uint8]:
    return handwriting[0][::50]


def _ink(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return image.astype(np.float32) / np.float32(255)


def test_an_mnist_digit_comes_back_as_it_was(mnist: NDArray[np.uint8]) -> None:
    differences = np.array([np.abs(crop(_ink(image)).astype(int) - image).mean() for image in mnist])
    assert np.mean(differences < 2) > 0.8  # a pixel's shift makes about 10; faint edges differ in a few
    assert np.median(differences) < 0.5


def test_the_place_on_the_paper_does_not_matter(mnist: NDArray[np.uint8]) -> None:
    for image in mnist[:20]:
        wide = np.zeros((70, 90), np.float32)
        wide[31 : 31 + SIZE, 5 : 5 + SIZE] = _ink(image)
        np.testing.assert_array_equal(crop(wide), crop(_ink(image)))


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_larger_scan_gives_the_same_crop(mnist: NDArray[np.uint8], factor: int) -> None:
    for image in mnist[:20]:
        ink = np.where(image > 100, np.float32(1), np.float32(0))
        large = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        difference = np.abs(crop(large.astype(np.float32)).astype(int) - crop(ink)).mean()
        assert difference < 1


def test_the_longer_side_is_twenty_and_the_weight_in_the_middle() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[10:70, 20:30] = 1
    ink[60:70, 20:50] = 1
    made = crop(ink)
    rows, columns = np.flatnonzero((made > 60).any(axis=1)), np.flatnonzero((made > 60).any(axis=0))
    assert (len(rows), len(columns)) == (LONGER_SIDE, LONGER_SIDE // 2)
    weight = made.astype(float)
    assert abs((weight.sum(axis=1) @ np.arange(SIZE)) / weight.sum() - SIZE / 2) <= 0.5
    assert abs((weight.sum(axis=0) @ np.arange(SIZE)) / weight.sum() - SIZE / 2) <= 0.5


def test_a_thin_stroke_is_wholly_in_the_crop() -> None:
    ink = np.zeros((300, 5), np.float32)
    ink[:, 2] = 1
    assert (crop(ink).max(axis=1) > 128).sum() == LONGER_SIDE


def test_faint_dirt_does_not_shrink_the_digit() -> None:
    ink = np.zeros((60, 60), np.float32)
    ink[20:40, 25:30] = 1
    dirty = ink.copy()
    dirty[0, 0] = dirty[59, 59] = 0.1
    np.testing.assert_array_equal(crop(dirty), crop(ink))


def test_no_ink_is_refused() -> None:
    with pytest.raises(ValueError, match="needs ink"):
        crop(np.zeros((10, 10), np.float32))
