"""Boxes that no ruling frames are found by their tone, and what rulings frame stays as it is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.detecting import detected
from reader.forms.field import Field
from reader.forms.layout import find_fields
from reader.forms.tinted import _put_in, with_tinted
from reader.pages.binarize import ink_levels, paper_evened
from reader.pages.page import page_of
from reader.pages.scan import Scan
from tests.forms.test_combs import SIZES, filled
from training.blocks import Frame, Look
from training.filling import Hand
from training.scanning import Spoiling, degrade
from training.sheets import Form

GRAY, BLUE = Look(colour=(90, 90, 90)), Look(colour=(150, 90, 20))


def middles(quads: np.ndarray) -> np.ndarray:
    return quads.mean(axis=1)


@pytest.mark.parametrize("how", [Spoiling(), Spoiling(skew=0.5, blur=0.6, noise=4, jpeg=80)])
@pytest.mark.parametrize("look", [GRAY, BLUE])
@pytest.mark.parametrize("frame", ["white", "tinted"])
def test_boxes_without_a_ruling_are_fields_of_so_many(frame: Frame, look: Look, how: Spoiling, real_hand: Hand) -> None:
    form, sheet = filled(frame, look, real_hand)
    image, homography = degrade(sheet.image, replace(how, gray=True), np.random.default_rng(2))
    gray = paper_evened(image)
    fields = [field for field in find_fields(gray, ink_levels(gray)) if field.kind == "boxes"]
    assert [len(field.quads) for field in fields] == list(SIZES)
    found = middles(np.concatenate([field.quads for field in fields]))
    for field in form.fields:
        for x, y, width, height in field.boxes:
            middle = cv2.perspectiveTransform(np.array([[[x + width / 2, y + height / 2]]], float), homography)[0, 0]
            assert np.abs(found - middle).max(axis=1).min() < 0.15 * width


def test_what_rulings_frame_is_left_alone(plain_form: Form) -> None:
    cells = find_cells(plain_form.image.min(axis=2))
    np.testing.assert_array_equal(with_tinted(cells).quads, cells.quads)


def test_a_shadow_across_a_table_parts_no_cells() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    for step in range(7):
        cv2.line(page, (200, 300 + 70 * step), (620, 300 + 70 * step), 30, 3)
        cv2.line(page, (200 + 70 * step, 300), (200 + 70 * step, 720), 30, 3)
    page[405:440] = (page[405:440] * 0.85).astype(np.uint8)
    cells = find_cells(page)
    assert len(cells.quads) == 36
    assert sorted(with_tinted(cells).quads.tolist()) == sorted(cells.quads.tolist())


def test_boxes_within_thick_bars_are_whole() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    for box in range(6):
        left = 200 + 46 * box
        cv2.rectangle(page, (left, 300), (left + 37, 343), 0, 7)
    found = with_tinted(find_cells(page)).quads
    width, height = np.ptp(found, axis=1).T
    assert len(found) == 6
    assert (width > 24).all()
    assert (height > 30).all()


def test_a_box_that_strokes_cut_up_is_not_left_out_of_its_row() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    page[260:400, 150:700] = 215
    for box in range(6):
        page[300:345, 200 + 42 * box : 235 + 42 * box] = 255
    cv2.line(page, (200 + 42 * 3 - 4, 320), (235 + 42 * 3 + 4, 326), 40, 5)
    cv2.line(page, (217 + 42 * 3, 296), (217 + 42 * 3, 350), 40, 5)
    found = with_tinted(find_cells(page)).quads
    assert sorted(np.diff(np.sort(middles(found)[:, 0])).round()) == [42] * 5


def test_bold_words_and_black_bars_are_no_boxes() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.putText(page, "QUESTIONNAIRE ON WORK", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 8, cv2.LINE_AA)
    page[400:445, 100:600], page[400:445, 700:745] = 20, 20
    page[600:1000, 100:900] = 225
    page = cv2.GaussianBlur(page, (0, 0), 1.2)
    cells = find_cells(page)
    kept = with_tinted(cells).quads
    assert len(kept) <= len(cells.quads)


@pytest.mark.parametrize("frame", ["white", "tinted", "dashes"])
def test_a_form_is_made_from_a_sheet_with_such_boxes(frame: Frame, real_hand: Hand) -> None:
    form, _ = filled(frame, GRAY, real_hand)
    image, _ = degrade(form.image, Spoiling(blur=0.5, noise=3, gray=True), np.random.default_rng(3))
    _, proposal = detected([page_of(Scan("blank.png", 1, image))], ["blank.png"])
    assert [len(thing.quads) for thing in proposal.things if isinstance(thing, Field)] == list(SIZES)
    assert len(proposal.things) == len(SIZES)


def test_strokes_cut_no_part_off_a_wide_box() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.rectangle(page, (300, 500), (620, 560), 0, 2)
    cv2.line(page, (490, 510), (486, 550), 30, 5)
    cells = find_cells(page)
    left_part = np.array([[[303, 503], [487, 503], [484, 557], [303, 557]]], np.float64)
    np.testing.assert_array_equal(_put_in(cells, left_part).quads, cells.quads)
    cv2.line(page, (488, 500), (488, 560), 0, 2)
    assert len(_put_in(replace(find_cells(page), quads=cells.quads), left_part).quads) == 1


def test_a_frame_stays_where_only_some_of_its_boxes_are_seen() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    for box in range(3):
        cv2.rectangle(page, (300 + 44 * box, 500), (344 + 44 * box, 560), 0, 4)
    frame = np.array([[[300, 500], [432, 500], [432, 560], [300, 560]]], np.float64)
    cells = replace(find_cells(page), quads=frame)
    white = [np.array([[x, 504], [x + 36, 504], [x + 36, 556], [x, 556]], np.float64) for x in (304, 348, 392)]
    np.testing.assert_array_equal(_put_in(cells, np.array([white[0], white[2]])).quads, frame)
    assert len(_put_in(cells, np.array(white)).quads) == 3
