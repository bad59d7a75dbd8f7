import cv2
import numpy as np
import pytest

from tests.conftest import Digits
from training.blocks import Entry, Look, Row, Table
from training.designs import random_form
from training.filling import Hand, Sheet, bank_hand, cut_out, fill, pen_hand, values_for
from training.scanning import Spoiling, degrade, moved
from training.sheets import Form, print_form


def inside(image: np.ndarray, box: tuple[float, ...], inset: float = 0.15) -> np.ndarray:
    """The pixels well within a box (x, y, width, height), gray."""
    x, y, width, height = box
    left, top = round(x + inset * width), round(y + inset * height)
    part = image[top : round(y + (1 - inset) * height), left : round(x + (1 - inset) * width)]
    return cv2.cvtColor(part, cv2.COLOR_BGR2GRAY) if part.ndim == 3 else part


def test_boxes_hold_ink_where_the_truth_says_and_only_there(filled_sheet: Sheet) -> None:
    for mark in filled_sheet.marks:
        pixels = inside(filled_sheet.image, (mark.x, mark.y, mark.width, mark.height))
        if mark.label == "blank":
            assert pixels.min() == 255, mark
        else:
            assert (pixels < 128).sum() > 20, mark


def test_truth_says_what_was_written(filled_sheet: Sheet) -> None:
    labels = {(mark.field, mark.position): mark.label for mark in filled_sheet.marks}
    assert [labels["reading", i] for i in range(5)] == ["blank", "3", "7", "5", "6"]
    assert labels["marks_r1_c2", 0] == "cross"
    assert labels["amount", None] == "8063"


def test_frames_run_along_the_edges_of_the_boxes(plain_form: Form) -> None:
    gray = cv2.cvtColor(plain_form.image, cv2.COLOR_BGR2GRAY)
    for field in plain_form.fields:
        if field.name == "phone":
            continue
        for x, y, width, height in field.boxes:
            low = gray[y + height - 2 : y + height + 3, x + 4 : x + width - 4]
            assert (low.min(axis=0) < 128).all(), field.name


def test_made_up_designs_differ_have_fields_and_come_again() -> None:
    forms = [random_form(seed, 60) for seed in range(40)]
    assert all(form.fields for form in forms)
    assert len({form.image.tobytes() for form in forms}) == len(forms)
    assert np.array_equal(random_form(5, 60).image, forms[5].image)
    for form in forms:
        names = [field.name for field in form.fields]
        assert len(set(names)) == len(names)
        for x, y, width, height in (box for field in form.fields for box in field.boxes):
            assert 0 <= x < x + width < form.image.shape[1]
            assert 0 <= y < y + height < form.image.shape[0]


def test_the_same_dice_fill_a_form_alike(handwriting: Digits) -> None:
    form = random_form(3, 100)
    for hand in (pen_hand(4), bank_hand(*handwriting, seed=4)):
        values = values_for(form, np.random.default_rng(1))
        first, again = (fill(form, values, hand, np.random.default_rng(2)) for _ in range(2))
        assert np.array_equal(first.image, again.image)
        assert first.marks == again.marks


def test_what_cannot_be_printed_or_filled_is_refused(plain_form: Form, real_hand: Hand) -> None:
    with pytest.raises(ValueError, match="too few"):
        fill(plain_form, {"day": "123"}, real_hand, np.random.default_rng(0))
    with pytest.raises(ValueError, match="wider than the paper"):
        print_form([Table("t", (), ("a",), 40, 1, (10, 10))], Look())


def test_a_row_that_is_too_long_keeps_what_fits() -> None:
    entries = tuple(Entry(name, name, "comb", (1, 14), (8, 8)) for name in "abc")
    assert [field.name for field in print_form([Row(entries)], Look(), 60).fields] == ["a"]


SPOILINGS = [
    Spoiling(turn=1),
    Spoiling(turn=2, skew=7),
    Spoiling(turn=3, scale=0.7),
    Spoiling(tilt=25, dark_ground=True),
    Spoiling(skew=-15, tilt=10, scale=0.8, shade=0.4, noise=6, blur=0.6, jpeg=60),
]


@pytest.mark.parametrize("how", SPOILINGS)
def test_the_homography_says_where_points_went(how: Spoiling) -> None:
    rng = np.random.default_rng(8)
    image = np.full((600, 420, 3), 255, np.uint8)
    points = np.array([[60, 50], [350, 80], [370, 540], [50, 500], [200, 300]], np.float64)
    for x, y in points:
        cv2.circle(image, (int(x), int(y)), 6, (0, 0, 0), -1)
    new, homography = degrade(image, how, rng)
    gray = cv2.cvtColor(new, cv2.COLOR_BGR2GRAY)
    for x, y in cv2.perspectiveTransform(points[None], homography)[0]:
        left, top = round(x) - 12, round(y) - 12
        part = 255.0 - gray[top : top + 25, left : left + 25]
        part = np.where(part > 0.6 * part.max(), part, 0)
        centre = (part.sum(axis=0) @ np.arange(25), part.sum(axis=1) @ np.arange(25)) / part.sum()
        assert np.hypot(left + centre[0] - x, top + centre[1] - y) < 1.0


def test_the_truth_moves_along(filled_sheet: Sheet) -> None:
    how = Spoiling(turn=2, skew=4, tilt=8, scale=0.8)
    new, homography = degrade(filled_sheet.image, how, np.random.default_rng(0))
    for mark in moved(filled_sheet.marks, homography):
        pixels = inside(new, (mark.x, mark.y, mark.width, mark.height), 0.25)
        assert ((pixels < 128).sum() > 3) == (mark.label != "blank"), mark


def test_spoiling_does_what_it_says(filled_sheet: Sheet) -> None:
    part = filled_sheet.image[200:700, 100:600]

    def spoilt(**how: float) -> np.ndarray:
        return degrade(part, Spoiling(**how), np.random.default_rng(1))[0].astype(float)

    clean = spoilt()
    assert np.array_equal(clean, part)
    assert set(np.unique(spoilt(bilevel=True, noise=10))) == {0, 255}
    assert spoilt(gray=True).ndim == 2
    assert np.abs(spoilt(noise=10) - clean).mean() > 2
    assert np.median(spoilt(paper=200)) == 200
    assert (spoilt(fade=0.7).min(), clean.min()) == (pytest.approx(255 * 0.7 + clean.min() * 0.3, abs=2), clean.min())
    corners = spoilt(shade=0.6)[::100, ::100].mean(axis=2)
    assert corners.max() > 1.8 * corners.min()
    blank = cv2.erode((clean.min(axis=2) < 250).astype(np.uint8), np.ones((1, 1))) == 0
    assert spoilt(bleed=0.3)[blank].min() < 200
    assert spoilt(stains=5)[blank].min() < 245
    assert (spoilt(wear=0.3) < 128).sum() < 0.85 * (clean < 128).sum()
    assert np.array_equal(spoilt(stains=3, noise=5, tilt=9), spoilt(stains=3, noise=5, tilt=9))


def test_words_are_written_but_are_no_digits(real_hand: Hand) -> None:
    rows = [Row((Entry("name", "Name", "underline", (0, 9), words=True), Entry("age", "Age", "boxes", (1, 2))))]
    form = print_form(rows, Look(), 100)
    assert [field.name for field in form.fields] == ["age"]
    values = values_for(form, np.random.default_rng(0), blank=0)
    assert values["name"].replace(" ", "").isalpha()
    sheet = fill(form, values, real_hand, np.random.default_rng(0))
    (name,) = (mark for mark in sheet.marks if mark.field == "name")
    assert name.label == "cross"
    assert (inside(sheet.image, (name.x, name.y, name.width, name.height)) < 128).sum() > 20


def test_a_cut_out_keeps_its_part_of_the_truth(filled_sheet: Sheet, plain_form: Form) -> None:
    place = plain_form.fields[0].boxes[0]
    part = cut_out(filled_sheet, (place[0], place[1], 6 * place[2], place[3]), 12)
    assert [mark.label for mark in part.marks] == list("402918")
    assert part.image.shape[:2] == (place[3] + 24, 6 * place[2] + 24)
    first = part.marks[0]
    assert np.array_equal(
        inside(part.image, (first.x, first.y, first.width, first.height)), inside(filled_sheet.image, place)
    )
