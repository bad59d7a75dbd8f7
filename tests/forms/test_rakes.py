"""Lines with teeth on them are rows of boxes, one at a time where the page has others made alike."""

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.rakes import find_rakes
from tests.forms.test_combs import LOOKS, SIZES, filled, outlines
from training.blocks import Look
from training.filling import Hand
from training.scanning import Spoiling, degrade
from training.sheets import Form


@pytest.mark.parametrize("look", LOOKS[::2])
def test_lines_with_teeth_are_rows_of_boxes(look: Look, real_hand: Hand) -> None:
    form, sheet = filled("rake", look, real_hand)
    image, homography = degrade(sheet.image, Spoiling(blur=0.5, noise=4, gray=True), np.random.default_rng(2))
    found = find_rakes(find_cells(image), [])
    assert len(found) <= len(SIZES)
    hits = 0
    for quad, n in zip(outlines(form, homography), SIZES, strict=True):
        near = [
            row for row in found if np.abs(row[0][3] - quad[3]).max() < 5 and np.abs(row[-1][2] - quad[2]).max() < 5
        ]
        hits += bool(near) and len(near[0]) == n
    assert hits >= len(SIZES) - 1


def test_underlines_boxes_and_printed_text_are_no_rakes(real_hand: Hand, plain_form: Form) -> None:
    form, sheet = filled("underline", Look(), real_hand)
    assert find_rakes(find_cells(sheet.image.min(axis=2)), []) == []
    taken = [
        np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], float)
        for f in plain_form.fields
        for x, y, w, h in f.boxes
    ]
    assert find_rakes(find_cells(plain_form.image.min(axis=2)), taken) == []
    assert form.fields


def rake(page: np.ndarray, left: int, base: int, boxes: int, hidden: tuple[int, ...] = ()) -> None:
    """Draw a line with teeth, 40 pixels apart; in place."""
    cv2.line(page, (left, base), (left + 40 * boxes, base), 40, 2)
    for tooth in range(boxes + 1):
        if tooth not in hidden:
            cv2.line(page, (left + 40 * tooth, base - 12), (left + 40 * tooth, base), 40, 2)


def boxes_of(page: np.ndarray) -> list[int]:
    return sorted(len(row) for row in find_rakes(find_cells(page), []))


def test_a_box_alone_is_found_where_other_lines_of_the_page_have_such_teeth() -> None:
    page = np.full((500, 800), 255, np.uint8)
    rake(page, 100, 100, 4)
    rake(page, 100, 200, 1)
    assert boxes_of(page) == [1, 4]
    cv2.line(page, (100, 300), (140, 300), 40, 2)  # without teeth
    rake(page, 100, 400, 1, hidden=(1,))
    assert boxes_of(page) == [1, 4]


def test_a_box_alone_is_a_letter_where_no_other_line_has_teeth() -> None:
    page = np.full((500, 800), 255, np.uint8)
    rake(page, 100, 200, 1)
    assert boxes_of(page) == []


def test_teeth_may_be_hidden_where_other_lines_of_the_page_have_them() -> None:
    page = np.full((500, 800), 255, np.uint8)
    rake(page, 100, 100, 6, hidden=(2, 3))
    assert boxes_of(page) == []
    rake(page, 100, 200, 4)
    assert boxes_of(page) == [4, 6]


def test_stems_of_letters_with_serifs_are_no_teeth() -> None:
    """A line of bold print whose feet have run together, as 1 bit shows it: `mmm`, 12 pixels a stem."""
    page = np.full((500, 800), 255, np.uint8)
    for top in range(60, 460, 40):
        for left in range(60, 700, 80):
            stems = 3 + (left // 80 + top // 40) % 4
            for stem in range(stems):
                x = left + 12 * stem
                cv2.line(page, (x, top), (x, top + 14), 0, 3)
            cv2.line(page, (left, top + 14), (left + 12 * (stems - 1), top + 14), 0, 2)
    assert boxes_of(page) == []
