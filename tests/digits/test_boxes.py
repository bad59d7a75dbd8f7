"""What is written in a box."""

import cv2
import numpy as np
import pytest

from reader.digits.boxes import is_a_pair, is_blacked_out, read_boxes, views_of
from reader.digits.classifier import load
from reader.digits.crops import crop
from reader.digits.patches import inked
from reader.pages.page import page_of
from reader.pages.scan import Scan
from training.pen import draw_digit, writer


@pytest.mark.parametrize("shape", ["block", "zigzag"])
def test_a_box_blacked_out_is_rejected(shape: str) -> None:
    image = np.full((1600, 1600), 255, np.uint8)
    cv2.rectangle(image, (400, 400), (460, 480), 0, 2)
    if shape == "block":
        cv2.rectangle(image, (410, 412), (450, 468), 0, -1)
    else:
        path = [(410 + 3 * n, 470 if n % 2 else 410) for n in range(14)]
        cv2.polylines(image, [np.array(path, np.int32)], False, 0, 6)
    quad = np.array([[[400, 400], [460, 400], [460, 480], [400, 480]]], float)
    (digit,) = read_boxes(views_of(inked(page_of(Scan("box.png", 1, image))), quad), quad, load(None))
    assert digit.status == "rejected"


@pytest.mark.parametrize("gap", [12, 16, 20])
@pytest.mark.parametrize("digits", ["40", "21", "77", "38"])
def test_two_digits_in_a_box_are_not_read_as_one_of_them(digits: str, gap: int) -> None:
    """The larger one was taken, and the other one left out without a word."""
    image = np.full((1600, 1600), 255, np.uint8)
    cv2.rectangle(image, (400, 400), (500, 470), 0, 2)
    left = 412
    for digit in digits:
        ink = draw_digit(int(digit), writer(3), 44, np.random.default_rng(1))
        rows, columns = ink.shape
        image[412 : 412 + rows, left : left + columns] = 255 - np.round(255 * ink).astype(np.uint8)
        left += columns + gap
    quad = np.array([[[400, 400], [500, 400], [500, 470], [400, 470]]], float)
    (read,) = read_boxes(views_of(inked(page_of(Scan("box.png", 1, image))), quad), quad, load(None))
    assert read.status in ("review", "rejected")


def test_no_digit_is_a_block_however_thick_the_pen() -> None:
    rng = np.random.default_rng(2)
    for seed in range(40):
        for digit in range(10):
            ink = draw_digit(digit, writer(seed), 40, rng)
            thick = cv2.dilate(ink, np.ones((4, 4), np.uint8)).astype(np.float32)
            assert not is_blacked_out(crop(thick))


def test_boxes_seen_together_are_seen_as_each_alone() -> None:
    rng = np.random.default_rng(5)
    image = np.full((1600, 1600), 255, np.uint8)
    quads = []
    for n in range(12):
        left, top, wide = 100 + 300 * (n % 4), 200 + 300 * (n // 4), (60, 60, 66, 90)[n % 4]  # of three sizes
        quads.append([[left, top], [left + wide, top], [left + wide, top + 80], [left, top + 80]])
        cv2.rectangle(image, (left, top), (left + wide, top + 80), 0, 3)
        if n != 5:
            ink = draw_digit(n % 10, writer(n), 52, rng)
            rows, columns = ink.shape
            place = image[top + 12 : top + 12 + rows, left + 6 : left + 6 + columns]
            place[:] = np.minimum(place, 255 - np.round(255 * ink).astype(np.uint8))
    page = inked(page_of(Scan("boxes.png", 1, image)))
    together = views_of(page, np.array(quads, float))
    assert [len(views) for views in together] == [0 if n == 5 else 2 for n in range(12)]
    for quad, views in zip(quads, together, strict=True):
        (alone,) = views_of(page, np.array([quad], float))
        np.testing.assert_array_equal(np.array(views), np.array(alone))


@pytest.mark.parametrize("gray", [0, 110])
def test_a_seven_with_its_bar_on_the_ruling_is_no_sure_one(gray: int) -> None:
    image = np.full((1600, 1600), 255, np.uint8)
    cv2.rectangle(image, (400, 400), (470, 480), gray, 3)
    cv2.line(image, (415, 401), (455, 401), 0, 8)
    cv2.line(image, (453, 401), (430, 462), 0, 6)
    quad = np.array([[[400, 400], [470, 400], [470, 480], [400, 480]]], float)
    (digit,) = read_boxes(views_of(inked(page_of(Scan("box.png", 1, image))), quad), quad, load(None))
    assert digit.value == "7" or digit.status == "review"


@pytest.mark.parametrize("digits", ["21", "16", "71", "18"])
def test_a_thin_one_beside_a_digit_makes_a_pair(digits: str) -> None:
    """The classifier took no notice of the 1, and was sure of the other one."""
    ink = np.zeros((60, 120), np.float32)
    left = 20
    for digit in digits:
        if digit == "1":
            cv2.line(ink, (left + 6, 8), (left + 4, 48), 1.0, 3, cv2.LINE_AA)
            left += 16
        else:
            drawn = draw_digit(int(digit), writer(3), 40, np.random.default_rng(2))
            ink[8 : 8 + drawn.shape[0], left : left + drawn.shape[1]] = drawn
            left += drawn.shape[1] + 3
    assert is_a_pair(crop(ink))


def test_single_digits_are_no_pairs(handwriting) -> None:
    pairs = [is_a_pair(image) for image in handwriting[0]]
    assert np.mean(pairs) < 0.004
