"""Print tells on which axis a page reads; what is no print does not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.text import runs_across

WORDS = ("Number of persons", "Age of the youngest", "Rooms with a window", "Hours of work", "Visits last month")


def page() -> NDArray[np.uint8]:
    canvas = np.zeros((1400, 1000, 3), np.uint8)
    for row, words in enumerate(WORDS):
        cv2.putText(canvas, words, (80, 200 + 90 * row), (255, 255, 255), cv2.FontFace("sans"), 34, 400)
    return np.ascontiguousarray(canvas[..., 0])


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_print_tells_the_axis(turns: int) -> None:
    assert runs_across(np.ascontiguousarray(np.rot90(page(), turns))) is (turns % 2 == 0)


@pytest.mark.parametrize("turns", [0, 1])
def test_the_grain_of_wood_around_the_paper_does_not_tell(turns: int) -> None:
    ink, random = page(), np.random.default_rng(1)
    for _ in range(900):
        x, y = int(random.integers(900)), int(random.choice([*range(0, 120), *range(700, 1400)]))
        cv2.line(ink, (x, y), (x + int(random.integers(12, 40)), y + int(random.integers(-1, 2))), 255, 3)
    assert runs_across(np.ascontiguousarray(np.rot90(ink, turns))) is not (turns % 2 == 1)


def test_paper_and_a_grid_of_digits_do_not_tell() -> None:
    assert runs_across(np.zeros((900, 700), np.uint8)) is None
    ink = np.zeros((900, 900), np.uint8)
    for place in range(81):
        cv2.putText(ink, str(place % 10), (60 + place % 9 * 90, 90 + place // 9 * 90), 0, 1.5, 255, 3)
    assert runs_across(ink) is None
