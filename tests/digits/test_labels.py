"""Print in the box of a number, a label above it or a unit behind it, is none of its digits."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import Classifier, load
from reader.digits.decode import read_line
from reader.digits.labels import without_colons, without_label, without_unit
from tests.digits.test_signs import Digits, value, written


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load(None)


def printed(ink: NDArray[np.float32], text: str, at: tuple[int, int], size: int) -> NDArray[np.float32]:
    """Ink with text printed on it, so many pixels high, beginning at (x, y) of its foot."""
    levels = (ink * 255).astype(np.uint8)
    canvas = np.repeat(levels[..., None], 3, axis=2)
    cv2.putText(canvas, text, at, (255, 255, 255), cv2.FontFace("sans"), size, 400)
    return np.ascontiguousarray(canvas[..., 0]).astype(np.float32) / 255


@pytest.mark.parametrize("label", ["Amount", "41 Total", "Rice"])
def test_a_small_label_above_the_writing_is_left_out(label: str, handwriting: Digits) -> None:
    for which in range(6):
        ink = np.pad(written("2074", handwriting, which), ((30, 0), (0, 0)))
        found = without_label(printed(ink, label, (4, 24), 22))
        assert found[:26].max() < 0.5
        np.testing.assert_allclose(found[34:], ink[34:], atol=0.02)


def test_writing_without_a_label_stays(handwriting: Digits) -> None:
    for which in range(12):
        for text in ("5", "57", "1720", "50355", "10.50"):
            ink = written(text.replace(".", ""), handwriting, which)
            np.testing.assert_array_equal(without_label(ink), ink)
    assert without_label(np.zeros((60, 200), np.float32)).max() == 0


@pytest.mark.parametrize("unit", ["kg", "cm", "ml"])
def test_a_unit_behind_a_number_is_none_of_its_digits(unit: str, handwriting: Digits, classifier: Classifier) -> None:
    right = 0
    for which in range(8):
        ink = np.pad(written("273", handwriting, which), ((0, 0), (0, 90)))
        digits = read_line(printed(ink, unit, (195, 52), 32), (0, 20), classifier)
        assert value(digits) == "273" or any(digit.status == "review" for digit in digits)
        right += value(digits) == "273"
    assert right >= 6


def test_small_digits_behind_a_gap_are_no_unit(handwriting: Digits, classifier: Classifier) -> None:
    kept = 0
    for which in range(16):
        ink = np.pad(written("27", handwriting, which), ((0, 0), (0, 120)))
        small = cv2.resize(written("50", handwriting, which), None, fx=0.7, fy=0.7)
        ink[18 : 18 + len(small), 120 : 120 + small.shape[1]] = small
        kept += np.array_equal(without_unit(ink, classifier), ink)
    assert kept >= 15


@pytest.mark.parametrize("day", ["8", "1", "12", "30"])
def test_the_day_in_the_corner_of_a_cell_is_left_out(day: str, handwriting: Digits) -> None:
    for which in range(6):
        ink = np.pad(written("74", handwriting, which), ((14, 0), (30, 0)))
        found = without_label(printed(ink, day, (6, 20), 18))
        assert found[:22, :40].max() < 0.5
        np.testing.assert_allclose(found[30:], ink[30:], atol=0.02)


def dotted(ink: NDArray[np.float32], x: int, rows: tuple[int, ...] = (26, 46)) -> NDArray[np.float32]:
    """Ink with dots printed at a column, one below the other."""
    for y in rows:
        cv2.circle(ink, (x, y), 4, 1.0, -1, cv2.LINE_AA)
    return ink


def test_the_colon_of_a_time_is_left_out(handwriting: Digits, classifier: Classifier) -> None:
    """It made nearly every time on a time sheet ask for review."""
    accepted = 0
    for which in range(10):
        ink = np.hstack([written("14", handwriting, which), np.zeros((68, 10)), written("35", handwriting, which)])
        with_colon = dotted(np.ascontiguousarray(ink, np.float32), 135)
        np.testing.assert_allclose(without_colons(with_colon.copy()), ink, atol=0.02)
        digits = read_line(with_colon, (0, 20), classifier)
        accepted += value(digits) == "1435" and all(digit.status == "ok" for digit in digits)
    assert accepted >= 6


@pytest.mark.parametrize("rows", [(46,), (16, 60), (20, 33, 46)])
def test_other_dots_are_no_colons(rows: tuple[int, ...], handwriting: Digits) -> None:
    ink = np.hstack([written("14", handwriting, 2), np.zeros((68, 10)), written("35", handwriting, 2)])
    ink = dotted(np.ascontiguousarray(ink, np.float32), 135, rows)
    np.testing.assert_array_equal(without_colons(ink), ink)


def test_digits_are_no_colons(handwriting: Digits) -> None:
    for which in range(40):
        ink = written("8135720946", handwriting, which)
        np.testing.assert_array_equal(without_colons(ink), ink)
