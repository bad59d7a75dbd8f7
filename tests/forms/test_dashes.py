"""Short lines side by side are places for a digit each."""

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.dashes import find_dashes
from tests.forms.test_combs import LOOKS, SIZES, filled
from training.blocks import Look
from training.filling import Hand
from training.scanning import Spoiling, degrade
from training.sheets import Form

NONE = np.zeros((0, 4, 2))


def rows_of(page: np.ndarray) -> list[int]:
    return sorted(len(row) for row in find_dashes(find_cells(page), NONE))


def dashes(page: np.ndarray, row: int, count: int, left: int = 200) -> None:
    """Draw short lines, 40 pixels from one to the next; in place."""
    for number in range(count):
        cv2.line(page, (left + 40 * number, row), (left + 30 + 40 * number, row), 40, 2)


@pytest.mark.parametrize("look", LOOKS)
def test_each_digit_has_its_place_above_a_short_line(look: Look, real_hand: Hand) -> None:
    form, sheet = filled("dashes", look, real_hand)
    image, homography = degrade(sheet.image, Spoiling(blur=0.5, noise=4, gray=True), np.random.default_rng(2))
    found = find_dashes(find_cells(image), NONE)
    assert sorted(len(row) for row in found) == list(SIZES)
    middles = np.array([quad.mean(axis=0) for row in found for quad in row])
    for field in form.fields:
        for x, y, width, height in field.boxes:
            middle = cv2.perspectiveTransform(np.array([[[x + width / 2, y + height / 2]]], float), homography)[0, 0]
            assert (np.abs(middles - middle) < (0.15 * width, 0.3 * height)).all(axis=1).any()


def test_a_digit_that_runs_into_its_line_does_not_lose_its_place() -> None:
    page = np.full((500, 800), 255, np.uint8)
    dashes(page, 200, 5)
    for last in (0, 4):
        cv2.ellipse(page, (215 + 40 * last, 192), (11, 14), 0, 0, 360, 30, 5)
    assert rows_of(page) == [5]


def test_two_lines_are_places_where_longer_rows_of_the_page_are_alike() -> None:
    page = np.full((500, 800), 255, np.uint8)
    dashes(page, 100, 2)
    assert rows_of(page) == []
    dashes(page, 200, 4)
    assert rows_of(page) == [2, 4]


def test_text_underlines_and_dashed_rules_are_no_places(plain_form: Form) -> None:
    page = np.full((700, 1600), 255, np.uint8)
    cv2.putText(page, "QUESTIONNAIRE No. 217", (100, 100), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 20, 5, cv2.LINE_AA)
    dashes(page, 300, 38, 20)
    cv2.line(page, (100, 400), (700, 400), 40, 2)
    assert rows_of(page) == []
    assert find_dashes(find_cells(plain_form.image.min(axis=2)), NONE) == []


def test_lines_that_belong_to_cells_are_left_alone() -> None:
    page = np.full((500, 800), 255, np.uint8)
    dashes(page, 200, 4)
    taken = np.array([[[190, 150], [240, 150], [240, 210], [190, 210]]], float)
    assert find_dashes(find_cells(page), taken) == []


@pytest.mark.parametrize("groups", [(2, 2, 4), (2, 2, 2), (3, 1)])
def test_signs_between_short_lines_part_a_date_or_an_amount(groups: tuple[int, ...]) -> None:
    page = np.full((500, 1200), 255, np.uint8)
    left = 200
    for count in groups:
        dashes(page, 200, count, left)
        left += 40 * count + 26
        cv2.line(page, (left - 28, 203), (left - 18, 168), 30, 3)
    assert rows_of(page) == [sum(groups)]


def test_the_inside_of_a_zero_on_a_short_line_is_no_box() -> None:
    page = np.full((500, 800), 255, np.uint8)
    dashes(page, 200, 5)
    loop = np.array([[[248, 172], [262, 172], [262, 196], [248, 196]]], float)
    assert [len(row) for row in find_dashes(find_cells(page), NONE, loop)] == [5]
    box = np.array([[[240, 150], [270, 150], [270, 200], [240, 200]]], float)
    assert find_dashes(find_cells(page), NONE, box) == []


def test_a_line_behind_a_point_is_one_more_place_though_a_digit_touches_it() -> None:
    page = np.full((500, 800), 255, np.uint8)
    dashes(page, 200, 3)
    dashes(page, 200, 1, 340)
    cv2.circle(page, (325, 196), 3, 30, -1)
    cv2.ellipse(page, (355, 188), (11, 14), 0, 0, 360, 30, 5)
    dashes(page, 300, 3)
    cv2.line(page, (340, 300), (520, 300), 40, 2)  # a longer one is none
    assert rows_of(np.asarray(cv2.GaussianBlur(page, (0, 0), 1.0))) == [3, 4]
