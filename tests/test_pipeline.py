from dataclasses import replace

import cv2
import numpy as np
import pytest

from reader import pipeline
from reader.digits.boxes import views_of
from reader.digits.classifier import load
from reader.digits.limits import STANDARD
from reader.digits.orientation import Upright, to_upright
from reader.digits.patches import inked
from reader.forms.layout import is_narrow
from reader.pages.page import page_of
from reader.pages.scan import Scan
from reader.pipeline import read_page
from reader.results.reading import PageReading
from training.blocks import Entry, Gap, Look, Row, Text
from training.filling import Hand, Sheet, fill
from training.scanning import Spoiling, degrade, moved
from training.sheets import print_form


@pytest.fixture(scope="module")
def classifier():
    return load(None)


def answers(reading: PageReading, sheet: Sheet, homography: np.ndarray) -> tuple[float, int]:
    """Share of the boxes written in that were read right, and how many empty or crossed ones gave a sure digit."""
    digits = [digit for field in reading.fields for digit in field.digits]
    right, written, false = 0, 0, 0
    for mark in moved(sheet.marks, homography):
        if len(mark.label) > 1 and mark.label not in ("blank", "cross"):
            continue
        inside = [
            digit
            for digit in digits
            if mark.x <= digit.box.x + digit.box.width / 2 <= mark.x + mark.width
            and mark.y <= digit.box.y + digit.box.height / 2 <= mark.y + mark.height
        ]
        if mark.label in ("blank", "cross"):
            false += any(digit.status == "ok" for digit in inside)
        else:
            written += 1
            right += [digit.digit for digit in inside] == [mark.label]
    return right / written, false


CASES = {
    "as drawn": Spoiling(),
    "flatbed": Spoiling(skew=1.5, blur=0.6, noise=4, jpeg=80),
    "on its side": Spoiling(turn=1),
    "upside-down": Spoiling(turn=2, skew=-1),
    "on its other side": Spoiling(turn=3),
    "skewed": Spoiling(skew=12),
    "photographed": Spoiling(tilt=15, skew=2, shade=0.4, blur=0.6, noise=4, dark_ground=True),
    "black and white": Spoiling(skew=0.7, noise=8, bilevel=True),
}


@pytest.mark.parametrize("case", list(CASES))
def test_boxes_are_found_and_read_however_the_page_was_scanned(case: str, filled_sheet: Sheet, classifier) -> None:
    image, homography = degrade(filled_sheet.image, CASES[case], np.random.default_rng(5))
    reading = read_page(Scan("page.png", 1, image), classifier)
    right, false = answers(reading, filled_sheet, homography)
    assert right >= 0.85
    assert false == 0


def test_words_are_no_fields(classifier) -> None:
    texts = ("Household questionnaire", "Please fill in with a pen", "Thank you for your help", "Name and address")
    page = print_form([block for text in texts for block in (Text(text, 1.5), Gap(12))], Look(), 200).image
    assert read_page(Scan("text.png", 1, page), classifier).fields == ()


@pytest.mark.parametrize("gray", [0, 255])
def test_a_page_of_nothing_has_no_fields(gray: int, classifier) -> None:
    assert read_page(Scan("page.png", 1, np.full((900, 700), gray, np.uint8)), classifier).fields == ()


def test_boxes_are_in_pixels_of_the_stored_image(filled_sheet: Sheet, classifier) -> None:
    upright = read_page(Scan("page.png", 1, filled_sheet.image), classifier)
    turned = read_page(Scan("page.png", 1, np.ascontiguousarray(np.rot90(filled_sheet.image, 2))), classifier)
    rows, columns = filled_sheet.image.shape[:2]
    there = [digit.box for field in turned.fields for digit in field.digits]
    boxes = [digit.box for field in upright.fields if len(field.digits) > 3 for digit in field.digits]
    assert len(boxes) > 10
    near = [
        min(abs(columns - box.x - box.width - other.x) + abs(rows - box.y - box.height - other.y) for other in there)
        for box in boxes
    ]
    assert np.median(near) <= 4


def test_boxes_do_not_leave_the_image(filled_sheet: Sheet, classifier) -> None:
    rows, columns = filled_sheet.image.shape[:2]
    image = filled_sheet.image[: rows // 2, : columns // 2]
    for field in read_page(Scan("page.png", 1, image), classifier).fields:
        for box in (field.box, *(digit.box for digit in field.digits)):
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= image.shape[1]
            assert box.y + box.height <= image.shape[0]


def test_the_same_page_gives_the_same_reading(filled_sheet: Sheet, classifier) -> None:
    scan = Scan("page.png", 1, filled_sheet.image)
    assert read_page(scan, classifier) == read_page(replace(scan), load(None))


def test_few_or_doubtful_digits_do_not_turn_a_page(handwriting, classifier) -> None:
    images, labels = handwriting
    sevens, upside_down = images[labels == 7][:40], np.rot90(images[labels == 7][:40], 2, axes=(1, 2)).copy()
    assert to_upright(sevens, classifier) == Upright(0, in_doubt=False)
    assert to_upright(upside_down, classifier) == Upright(2, in_doubt=False)
    assert to_upright(upside_down[:2], classifier) is None
    eights = to_upright(images[labels == 8][:40], classifier)
    assert eights is not None
    assert eights.quarters == 0


class LiesAs:
    """A stand-in for a classifier: as sure of a digit as is said, by the corner in which the crops have their ink."""

    limits = STANDARD
    corners = ((0, 0), (0, -1), (-1, -1), (-1, 0))

    def __init__(self, *sure: float) -> None:
        self.sure = sure

    def probabilities(self, crops: np.ndarray) -> np.ndarray:
        turns = [next(i for i, (y, x) in enumerate(self.corners) if crop[y, x]) for crop in crops]
        answers = np.zeros((len(crops), 11), np.float32)
        answers[:, 7] = [self.sure[turn] for turn in turns]
        return answers


@pytest.mark.parametrize(
    ("sure", "upright"),
    [
        ((0.9, 0.3, 0.95, 0.3), Upright(0, in_doubt=True)),
        ((0.95, 0.3, 0.9, 0.3), Upright(0, in_doubt=False)),
        ((0.9, 0.3, 0.91, 0.3), Upright(0, in_doubt=False)),
        ((0.6, 0.3, 0.95, 0.3), Upright(2, in_doubt=False)),
        ((0.3, 0.95, 0.3, 0.3), Upright(1, in_doubt=False)),
        ((0.3, 0.5, 0.45, 0.3), None),
        ((0.2, 0.5, 0.2, 0.2), Upright(1, in_doubt=False)),
        ((0.03, 0.2, 0.02, 0.05), None),
    ],
)
def test_what_reads_a_little_better_upside_down_is_for_review(sure: tuple[float, ...], upright: Upright | None) -> None:
    crops = np.zeros((5, 28, 28), np.uint8)
    crops[:, 0, 0] = 255
    found = to_upright(crops, LiesAs(*sure))
    assert found == upright


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_of_numbers_on_lines_is_turned_upright(quarters: int, real_hand: Hand, classifier) -> None:
    """There are no boxes that could tell; print upside down may seem to be digits."""
    values = {f"n{i}": str(value) for i, value in enumerate((4731, 29573, 8346, 72945))}
    rows = [Row((Entry(name, "Number of visits:", "underline", (1, 6), (7, 9)),), 45) for name in values]
    form = print_form([block for row in rows for block in (row, Text("Please write clearly."), Gap(6))], Look(), 200)
    sheet = fill(form, values, real_hand, np.random.default_rng(1))
    reading = read_page(Scan("page.png", 1, np.ascontiguousarray(np.rot90(sheet.image, quarters))), classifier)
    read = [field.value for field in reading.fields]
    assert sum(value in read for value in values.values()) >= 3


def test_short_numbers_on_lines_are_not_asked_as_lying_boxes_are(real_hand: Hand, classifier, monkeypatch) -> None:
    """Pairs of digits, taken for crops of one digit, would turn the page on its side."""
    rows = [Row((Entry(f"n{row}", "Weight", "underline", (2, 4), (7, 9), "kg"),), 30) for row in range(8)]
    form = print_form([part for row in rows for part in (row, Gap(4))], Look(), 150, (148, 0))
    sheet = fill(form, {f"n{row}": str(17 + 9 * row) for row in range(8)}, real_hand, np.random.default_rng(6))
    asked: list[np.ndarray] = []
    monkeypatch.setattr(pipeline, "to_upright", lambda crops, _: asked.append(crops))
    layout = pipeline.laid_out(page_of(Scan("page.png", 1, sheet.image)), classifier)
    assert sum(is_narrow(field.quads[0]) and field.digits[0] == 0 for field in layout.fields) > 4
    assert [len(crops) for crops in asked] == [0]


def test_an_empty_box_has_no_view() -> None:
    image = np.full((300, 300), 255, np.uint8)
    cv2.rectangle(image, (100, 100), (150, 160), 0, 2)
    page = page_of(Scan("box.png", 1, image))
    scale = page.gray.shape[0] / 300
    corners = np.array([[100, 100], [150, 100], [150, 160], [100, 160]], float)
    assert views_of(inked(page), (corners * scale)[None]) == [()]


def test_a_fax_of_half_the_rows_is_read_as_the_page_it_was(filled_sheet: Sheet, classifier) -> None:
    low = cv2.resize(filled_sheet.image, None, fx=1, fy=0.5, interpolation=cv2.INTER_AREA)
    right, false = answers(read_page(Scan("fax.tif", 1, low, 2.0), classifier), filled_sheet, np.diag([1.0, 0.5, 1.0]))
    assert right >= 0.85
    assert false == 0


@pytest.mark.parametrize(
    ("found", "doubtful"), [(("68", "", "89", ""), True), (("68", "", "8", ""), False), (("80", "", "80", ""), False)]
)
def test_a_page_with_as_many_digits_upside_down_is_for_review(monkeypatch, found, doubtful):
    page = page_of(Scan("empty.png", 1, np.full((200, 150), 255, np.uint8)))
    given = iter(found)
    monkeypatch.setattr(pipeline, "_accepted", lambda _layout, _classifier: next(given))
    chosen = pipeline._most_convincing(pipeline._looked_at(page), load(None))
    assert chosen.in_doubt == doubtful
