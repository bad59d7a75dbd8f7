"""Laying a form over pages: how near the fields come to their places, and which pages are refused."""

import os

import cv2
import numpy as np
import pytest

from reader.errors import FitError, FormError
from reader.forms.registration import register
from reader.forms.sheet import Sheet, prepare
from reader.pages.page import Page, transformed
from tests.benchmarks import placements
from tests.benchmarks.registration import form_of, greatest_error

SHEETS = {sheet.name: sheet for sheet in placements.drawn_sheets()}


@pytest.fixture(scope="module")
def ready() -> dict[str, Sheet]:
    cv2.setNumThreads(1)
    return {name: prepare(form_of(sheet)) for name, sheet in SHEETS.items()}


def page_of(image: placements.Gray) -> Page:
    return Page(image, np.eye(3))


def seen_under(name: str, view: placements.Points, size: tuple[int, int], seed: int = 3) -> placements.Gray:
    """A written-on, scanned page of a sheet under a homography."""
    rng = np.random.default_rng(seed)
    return placements.evened(placements.scanned(rng, placements.written_on(rng, SHEETS[name], 0.5), view, size))


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("seed", [1, 2])
def test_fields_come_to_a_tenth_of_their_box_anywhere(ready: dict[str, Sheet], name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    view, size = placements.random_placement(rng, SHEETS[name].image.shape, 25)
    placement = register(ready[name], page_of(seen_under(name, view, size)))
    assert greatest_error(placement, ready[name].form, view) < 1
    assert placement.share > 0.6
    assert [field.name for field in placement.fields] == [field.name for field in ready[name].form.fields]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["bare_grid", "slip"])
def test_quarter_turns_are_told_apart(ready: dict[str, Sheet], name: str, turns: int) -> None:
    """The grid looks the same upside-down but for one word."""
    image = SHEETS[name].image
    rows, columns = image.shape
    quarter = np.array([[0, -1, rows - 1], [1, 0, 0], [0, 0, 1.0]])
    half = np.array([[-1, 0, columns - 1], [0, -1, rows - 1], [0, 0, 1.0]])
    back = np.array([[0, 1, 0], [-1, 0, columns - 1], [0, 0, 1.0]])
    placement = register(ready[name], page_of(np.ascontiguousarray(np.rot90(image, -turns))))
    assert greatest_error(placement, ready[name].form, [np.eye(3), quarter, half, back][turns]) < 0.1


def test_residual_is_in_pixels_of_the_page(ready: dict[str, Sheet]) -> None:
    image = SHEETS["combs"].image
    same = register(ready["combs"], page_of(image))
    double = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    larger = register(ready["combs"], page_of(np.asarray(double, np.uint8)))
    assert same.residual < 0.3
    assert 1.3 * same.residual < larger.residual < 0.6
    corners = np.array([[0, 0], [1239, 0], [1239, 1753], [0, 1753.0]])
    assert np.abs(transformed(corners, same.to_page) - corners).max() < 0.5
    assert np.abs(transformed(corners, larger.to_page) - (2 * corners + 0.5)).max() < 1


def test_one_row_off_is_not_taken_for_right(ready: dict[str, Sheet]) -> None:
    """The page begins in the middle of the table's heading and shows a strip below: rows look alike."""
    for shift in (-60, 60):
        view = np.array([[1, 0, 3.0], [0, 1, shift], [0, 0, 1]])
        page = cv2.warpPerspective(SHEETS["table"].image, view, (1000, 1300), borderValue=255)
        placement = register(ready["table"], page_of(np.asarray(page, np.uint8)))
        assert greatest_error(placement, ready["table"].form, view) < 0.5


@pytest.mark.parametrize("side", [-1, 1])
def test_a_grid_is_known_to_look_alike_one_column_further(ready: dict[str, Sheet], side: int) -> None:
    """Many moves by rows, upright and upside-down, look more alike; the one by a column is not lost among them."""
    column = side * SHEETS["bare_grid"].boxes[0, 2]
    one_further = np.array([[1, 0, column], [0, 1, 0], [0, 0, 1]])
    assert np.abs(ready["bare_grid"].repeats.moves - one_further).max(axis=(1, 2)).min() < 4


def test_curled_paper_is_followed(ready: dict[str, Sheet]) -> None:
    image = SHEETS["combs"].image
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    wave = (3 * np.sin(y / 200)).astype(np.float32)
    page = cv2.remap(image, x + wave, y, cv2.INTER_LINEAR, borderValue=255)
    placement = register(ready["combs"], page_of(np.asarray(page, np.uint8)))
    for field, placed in zip(ready["combs"].form.fields, placement.fields, strict=True):
        middle, found = field.quads[0].mean(axis=0), placed.quads[0].mean(axis=0)
        assert found[0] == pytest.approx(middle[0] - 3 * np.sin(middle[1] / 200), abs=1.2)


def test_sheet_filled_by_someone_else_serves() -> None:
    rng = np.random.default_rng(9)
    sheet = SHEETS["survey"]
    filled = placements.Sheet("survey", placements.written_on(rng, sheet, 0.3), sheet.boxes)
    view, size = placements.random_placement(rng, sheet.image.shape, 15)
    other = prepare(form_of(filled))
    placement = register(other, page_of(seen_under("survey", view, size)))
    assert greatest_error(placement, other.form, view) < 0.5


def test_small_slip_on_a_large_glass_is_found(ready: dict[str, Sheet]) -> None:
    view = np.array([[0.9, 0.1, 900], [-0.1, 0.9, 1700], [0, 0, 1]])
    page = page_of(seen_under("slip", view, (3500, 2480)))
    assert greatest_error(register(ready["slip"], page), ready["slip"].form, view) < 1


@pytest.mark.parametrize(("name", "other"), [("combs", "survey"), ("bare_grid", "table"), ("table", "bare_grid")])
def test_other_form_is_refused(ready: dict[str, Sheet], name: str, other: str) -> None:
    with pytest.raises(FitError, match=f"the form {name} does not fit this page"):
        register(ready[name], page_of(SHEETS[other].image))


def test_larger_grid_with_cells_of_the_same_size_is_refused(ready: dict[str, Sheet]) -> None:
    """All of the form's rulings are on it, and a few more: three rows further down, a column further right."""
    page = np.full((1500, 1100), 255, np.uint8)
    width, height = SHEETS["bare_grid"].boxes[0, 2:].astype(int).tolist()
    for row in range(15):
        for column in range(6):
            x, y = 120 + column * width, 150 + row * height
            cv2.rectangle(page, (x, y), (x + width, y + height), 40, 2)
    with pytest.raises(FitError, match="has not"):
        register(ready["bare_grid"], page_of(page))


def test_table_amid_other_print_that_is_like_it_in_part_is_refused(ready: dict[str, Sheet]) -> None:
    """A fifth of the grid's cells have other rulings, and most of the page's print lies beside it."""
    page = np.array(SHEETS["combs"].image)
    page[480:1640, 470:] = 255
    small = cv2.resize(SHEETS["bare_grid"].image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    small[400:, 170:320] = np.roll(small[400:, 170:320], 21, axis=0)
    page[600 : 600 + len(small), 500 : 500 + small.shape[1]] = small
    with pytest.raises(FitError, match="bare_grid does not fit this page"):
        register(ready["bare_grid"], page_of(page))


def test_boxes_printed_pale_and_lost_in_a_one_bit_scan_are_placed_by_the_other_print() -> None:
    pale = np.array(SHEETS["combs"].image)
    for x, y, width, height in SHEETS["combs"].boxes.astype(int).tolist():
        cv2.rectangle(pale, (x, y), (x + width, y + height), 185, 2)
    for x, y in ((60, 60), (1180, 60), (1180, 1690), (60, 1690)):
        cv2.circle(pale, (x, y), 24, 0, 8)
    sheet = placements.Sheet("pale", pale, SHEETS["combs"].boxes)
    view = np.array([[0.8, 0.1, 20], [-0.1, 0.8, 160], [0, 0, 1]])
    page = cv2.warpPerspective(pale, view, (1250, 1600), flags=cv2.INTER_LINEAR, borderValue=255)
    one_bit = np.where(page < 130, 0, 255).astype(np.uint8)
    ready = prepare(form_of(sheet))
    assert greatest_error(register(ready, page_of(one_bit)), ready.form, view) < 1


def blobs(seed: int) -> placements.Gray:
    """Soft shapes of every darkness, as a photograph of things has."""
    rng = np.random.default_rng(seed)
    image = cv2.GaussianBlur(rng.normal(0, 1, (900, 1200)), (0, 0), 15)
    image += cv2.GaussianBlur(rng.normal(0, 1, (900, 1200)), (0, 0), 2) / 8
    return np.asarray(cv2.normalize(image, np.zeros_like(image), 0, 255, cv2.NORM_MINMAX), np.uint8)


@pytest.mark.parametrize("what", ["white", "black", "noise", "photograph", "one line", "tiny"])
def test_page_without_the_form_is_refused(ready: dict[str, Sheet], what: str) -> None:
    page = np.full((1200, 900), 0 if what == "black" else 255, np.uint8)
    if what == "noise":
        page = np.random.default_rng(1).integers(0, 256, (1200, 900)).astype(np.uint8)
    if what == "photograph":
        page = blobs(2)
    if what == "one line":
        cv2.line(page, (100, 500), (800, 500), 0, 3)
    if what == "tiny":
        page = page[:3, :2]
    for name in ("combs", "bare_grid"):
        with pytest.raises(FitError, match=f"the form {name} does not fit this page"):
            register(ready[name], page_of(page))


def test_field_off_the_page_is_named(ready: dict[str, Sheet]) -> None:
    image = SHEETS["combs"].image
    with pytest.raises(FitError, match=r"field f\d+ .*outside this page|around the field f\d+"):
        register(ready["combs"], page_of(np.ascontiguousarray(image[:1400])))


def test_covered_field_is_named(ready: dict[str, Sheet]) -> None:
    image = SHEETS["combs"].image.copy()
    _, y, _, h = SHEETS["combs"].boxes[-1].astype(int)
    image[y - 120 : y + h + 130, 60:] = 255
    with pytest.raises(FitError, match=r"around the field f[56]\d"):
        register(ready["combs"], page_of(image))


def test_sheet_without_print_is_no_form() -> None:
    blank = placements.Sheet("blank", np.full((1000, 700), 255, np.uint8), np.array([[100.0, 100, 40, 40]]))
    with pytest.raises(FormError, match="too little print"):
        prepare(form_of(blank))


@pytest.mark.skipif("DIGIT_READER_DATA" not in os.environ, reason="DIGIT_READER_DATA is not set")
def test_one_answer_sheet_serves_for_the_others() -> None:
    sheets = {sheet.name: sheet for sheet in placements.data_sheets()}
    form = form_of(sheets["formscanner_T1"])
    ready = prepare(form)
    for n in range(2, 6):
        other = sheets[f"formscanner_T{n}"]
        placement = register(ready, page_of(placements.evened(other.image)))
        right = np.concatenate([field.quads for field in form_of(other).fields])
        placed = np.concatenate([field.quads for field in placement.fields])
        assert np.abs(placed - right).max() < 0.15 * other.boxes[:, 2:].min()  # labelled by hand, to two pixels or so
    with pytest.raises(FitError):
        register(ready, page_of(placements.evened(sheets["nus_roll_01"].image)))
