"""What is written in a box."""

import cv2
import numpy as np
import pytest

from reader.digits.boxes import is_blacked_out, read_boxes, views_of
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


def test_no_digit_is_a_block_however_thick_the_pen() -> None:
    rng = np.random.default_rng(2)
    for seed in range(40):
        for digit in range(10):
            ink = draw_digit(digit, writer(seed), 40, rng)
            thick = cv2.dilate(ink, np.ones((4, 4), np.uint8)).astype(np.float32)
            assert not is_blacked_out(crop(thick))
