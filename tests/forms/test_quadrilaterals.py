import cv2
import numpy as np
import pytest

from reader.forms.outlines import outlines
from reader.forms.quadrilaterals import are_upright, quadrilaterals

CORNERS = np.array([[40, 30], [110, 34], [108, 96], [38, 92]])
FAR = np.array([[300, 200], [620, 200], [620, 260], [300, 260]])


def found(rulings: np.ndarray) -> list[np.ndarray]:
    """The quadrilaterals that rulings (rows, columns), 1 is ruling, enclose, but for the page around them."""
    areas, boxes = outlines(1 - rulings)
    inner = [index for index, box in enumerate(boxes) if box[0] > 0]
    return quadrilaterals([areas[index] for index in inner], boxes[inner], rulings)


def ruled(thickness: int = 3) -> np.ndarray:
    rulings = np.zeros((400, 800), np.uint8)
    cv2.polylines(rulings, [CORNERS, FAR], True, 1, thickness)
    return rulings


@pytest.mark.parametrize("thickness", [3, 5, 7])
def test_corners_lie_on_the_middle_of_the_rulings_whatever_the_size(thickness: int) -> None:
    quads = sorted(found(ruled(thickness)), key=lambda quad: float(quad[0, 0]))
    assert len(quads) == 2
    for quad, truth in zip(quads, (CORNERS, FAR), strict=True):
        assert np.abs(quad - truth).max() <= 1


def test_a_digit_that_touches_a_side_does_not_move_it() -> None:
    rulings = ruled()
    cv2.line(rulings, (60, 35), (90, 36), 1, 5)  # the bar of a 7, on the upper side
    cv2.line(rulings, (90, 36), (78, 80), 1, 5)
    quad = min(found(rulings), key=lambda quad: float(quad[0, 0]))
    assert np.abs(quad - CORNERS).max() <= 2


@pytest.mark.parametrize("shape", ["circle", "triangle"])
def test_what_has_no_four_sides_is_left_out(shape: str) -> None:
    rulings = np.zeros((400, 800), np.uint8)
    if shape == "circle":
        cv2.circle(rulings, (200, 200), 60, 1, 3)
    else:
        cv2.polylines(rulings, [np.array([[100, 300], [300, 300], [200, 100]])], True, 1, 3)
    assert not found(rulings)


def test_nothing_is_found_in_nothing() -> None:
    assert not found(np.zeros((50, 50), np.uint8))


def test_upright_are_sides_along_the_axes_in_their_order() -> None:
    turned = np.roll(CORNERS, 1, axis=0)
    leaning = np.array([[0, 0], [100, 40], [100, 140], [0, 100]])
    assert are_upright(np.array([CORNERS, FAR, turned, leaning], float)).tolist() == [True, True, False, False]
