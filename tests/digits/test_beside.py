"""A digit beside a row of boxes that is in none of them is seen; print, and what stands elsewhere, is no such digit."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.beside import digits_beside
from reader.digits.classifier import Classifier, load
from tests.digits.test_signs import Digits

LEFT, TOP, WIDE, HIGH = 400, 300, 60, 70


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load(None)


def page(*marks: tuple[str, int, int]) -> NDArray[np.uint8]:
    """The ink of a page with text printed at (x, y) of its foot, 40 pixels high, or 20 where its name is small."""
    canvas = np.zeros((1200, 1200, 3), np.uint8)
    for text, x, y in marks:
        size = 24 if text.startswith("small ") else 56
        cv2.putText(canvas, text.removeprefix("small "), (x, y), (255, 255, 255), cv2.FontFace("sans"), size, 500)
    return np.ascontiguousarray(canvas[..., 0])


def row(count: int = 3) -> NDArray[np.float64]:
    corners = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float64)
    return np.array([corners + np.array([LEFT + n * WIDE, TOP]) for n in range(count)])


@pytest.mark.parametrize("x", [LEFT - WIDE + 15, LEFT + 3 * WIDE + 15])
def test_a_digit_beside_the_boxes_is_seen(x: int, classifier: Classifier) -> None:
    assert digits_beside(page(("2", x, TOP + 58)), [row()], row(), classifier) == [True]


def test_a_digit_between_two_boxes_is_seen(classifier: Classifier) -> None:
    boxes = row(4)[[0, 1, 3]]
    assert digits_beside(page(("6", LEFT + 2 * WIDE + 15, TOP + 58)), [boxes], boxes, classifier) == [True]


@pytest.mark.parametrize(
    "mark",
    [
        *(("kg", LEFT + 3 * WIDE + 15, TOP + 58), ("small 4", LEFT - 40, TOP + 50), ("2", LEFT - 250, TOP + 58)),
        *(("2", LEFT - WIDE + 15, TOP + 158), ("Hours", LEFT - 190, TOP + 58), ("3", LEFT + 15, TOP + 58)),
    ],
)
def test_words_print_and_what_is_elsewhere_are_no_digits_beside(
    mark: tuple[str, int, int], classifier: Classifier
) -> None:
    assert digits_beside(page(mark), [row()], row(), classifier) == [False]


def test_a_digit_in_another_field_is_not_beside(classifier: Classifier) -> None:
    others = row(1) - [WIDE + 10, 0]
    taken = np.concatenate([row(), others])
    assert digits_beside(page(("2", LEFT - WIDE + 5, TOP + 58)), [row()], taken, classifier) == [False]


def test_by_hand_too(handwriting: Digits, classifier: Classifier) -> None:
    seen = 0
    for digit in range(10):
        ink = page()
        glyph = handwriting[0][handwriting[1] == digit][3]
        ink[TOP + 5 : TOP + 65, LEFT - 62 : LEFT - 2] = cv2.resize(glyph, (60, 60), interpolation=cv2.INTER_CUBIC)
        seen += digits_beside(ink, [row()], row(), classifier)[0]
    assert seen >= 9


def test_a_wall_between_two_boxes_is_no_one(classifier: Classifier) -> None:
    ink = page()
    cv2.line(ink, (LEFT + 62, TOP), (LEFT + 62, TOP + HIGH), 255, 3)
    assert digits_beside(ink, [row(1), row(1) + np.array([WIDE + 4, 0])], row(1), classifier) == [False, False]


@pytest.mark.parametrize("mark", ["/", "1"])
def test_what_stands_where_no_box_has_room_is_no_digit(mark: str, classifier: Classifier) -> None:
    """Dates with printed slashes between their boxes were for review, all of them."""
    near, far = row(2), row(2) + np.array([2 * WIDE + 34, 0])
    taken = np.concatenate([near, far])
    assert digits_beside(page((mark, LEFT + 2 * WIDE + 6, TOP + 58)), [near, far], taken, classifier) == [False, False]
