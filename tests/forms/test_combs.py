import cv2
import numpy as np
import pytest

from reader.forms.combs import made_alike, split_comb
from training.blocks import Entry, Frame, Gap, Look, Row
from training.filling import Hand, Sheet, fill
from training.scanning import Spoiling, degrade
from training.sheets import Form, print_form

SIZES = (2, 3, 4, 5, 6, 8)


def filled(frame: Frame, look: Look, hand: Hand) -> tuple[Form, Sheet]:
    rows = [block for n in SIZES for block in (Row((Entry(f"n{n}", "Number", frame, (n, n), (7, 9)),), 40), Gap(3))]
    form = print_form(rows, look, 150, (148, 0))
    values = {f"n{n}": "60491527"[:n] for n in SIZES}
    return form, fill(form, values, hand, np.random.default_rng(6))


def outlines(form: Form, homography: np.ndarray) -> list[np.ndarray]:
    """The corners of each field as a whole, moved."""
    quads = []
    for field in form.fields:
        (x, y, _, height), (last, _, width, _) = field.boxes[0], field.boxes[-1]
        right = last + width
        corners = np.array([[x, y, 1], [right, y, 1], [right, y + height, 1], [x, y + height, 1]]) @ homography.T
        quads.append(corners[:, :2] / corners[:, 2:])
    return quads


LOOKS = [Look(), Look(colour=(150, 150, 150), thickness=0.15), Look(colour=(160, 90, 20), thickness=0.5)]
SPOILINGS = [
    Spoiling(),
    Spoiling(skew=0.4, blur=0.7, noise=6, jpeg=70),
    Spoiling(tilt=15, blur=0.5),
]


@pytest.mark.parametrize("how", SPOILINGS)
@pytest.mark.parametrize("look", LOOKS)
def test_half_height_teeth_part_the_boxes(look: Look, how: Spoiling, real_hand: Hand) -> None:
    form, sheet = filled("half comb", look, real_hand)
    image, homography = degrade(sheet.image, Spoiling(**{**vars_of(how), "gray": True}), np.random.default_rng(2))
    found = [split_comb(image, quad) for quad in outlines(form, homography)]
    assert sum(len(boxes) == n for boxes, n in zip(found, SIZES, strict=True)) >= len(SIZES) - 1
    boxes = found[-1]
    for box, (x, y, width, height) in zip(boxes, form.fields[-1].boxes, strict=True):
        middle = np.array([x + width / 2, y + height / 2, 1]) @ homography.T
        assert np.abs(box.mean(axis=0) - middle[:2] / middle[2]).max() < 3


@pytest.mark.parametrize("look", LOOKS)
def test_a_wide_box_without_teeth_stays_whole(look: Look, real_hand: Hand) -> None:
    form, sheet = filled("box", look, real_hand)
    image, homography = degrade(sheet.image, Spoiling(blur=0.6, noise=4, gray=True), np.random.default_rng(2))
    for quad in outlines(form, homography):
        whole = split_comb(image, quad)
        assert len(whole) == 1
        assert np.array_equal(whole[0], quad)


def test_teeth_may_hang_from_the_top(real_hand: Hand) -> None:
    form, sheet = filled("half comb", Look(), real_hand)
    quads = outlines(form, np.eye(3))
    gray = sheet.image.min(axis=2)
    x, y = quads[-1].min(axis=0).astype(int) - 6
    right, low = quads[-1].max(axis=0).astype(int) + 7
    gray[y:low, x:right] = gray[y:low, x:right][::-1]
    assert len(split_comb(gray, quads[-1])) == SIZES[-1]


def vars_of(how: Spoiling) -> dict[str, float]:
    return {name: getattr(how, name) for name in how.__slots__}


def test_boxes_are_between_the_teeth_where_the_frame_was_found_too_large(real_hand: Hand) -> None:
    """With thick frames the corners found are outside of them: teeth at equal shares would come to lie in a box."""
    form, sheet = filled("half comb", Look(thickness=0.6), real_hand)
    field, outline = form.fields[-1], outlines(form, np.eye(3))[-1]
    pitch = field.boxes[1][0] - field.boxes[0][0]
    off = np.array([[-1, 0], [1, 0], [1, 0], [-1, 0]]) * 0.12 * pitch
    boxes = split_comb(sheet.image.min(axis=2), outline + off)
    assert len(boxes) == SIZES[-1]
    walls = [box[1, 0] for box in boxes[:-1]]
    assert np.abs(np.array(walls) - [box[0] for box in field.boxes[1:]]).max() < 0.04 * pitch


def test_strokes_in_the_middle_of_the_boxes_are_no_teeth() -> None:
    """Large digits that stand on the frame: twice as many boxes would each show half of a digit, and read it twice."""
    page = np.full((500, 800), 255, np.uint8)
    cv2.rectangle(page, (100, 200), (400, 260), 40, 2)
    for tooth in range(1, 6):
        cv2.line(page, (100 + 50 * tooth, 243), (100 + 50 * tooth, 260), 40, 2)
    for box, length in enumerate((18, 30, 36, 34, 19, 28)):
        cv2.line(page, (125 + 50 * box, 260 - length), (125 + 50 * box, 260), 40, 2)
    quad = np.array([[100, 200], [400, 200], [400, 260], [100, 260]], float)
    assert len(split_comb(page, quad)) == 6


def half_comb(page: np.ndarray, top: int, boxes: int, hidden: tuple[int, ...] = ()) -> list[np.ndarray]:
    """Draw a comb of boxes 40 pixels wide with short teeth, some hidden by strokes; where it is, in one."""
    cv2.rectangle(page, (100, top), (100 + 40 * boxes, top + 56), 40, 2)
    for tooth in range(1, boxes):
        length = 40 if tooth in hidden else 18
        cv2.line(page, (100 + 40 * tooth, top + 56 - length), (100 + 40 * tooth, top + 56), 40, 2)
    right = 100 + 40 * boxes
    return [np.array([[100, top], [right, top], [right, top + 56], [100, top + 56]], float)]


def test_a_comb_has_the_boxes_that_others_of_the_page_have() -> None:
    """Digits over most of its teeth: four boxes were read as two, with a digit in each."""
    page = np.full((600, 800), 255, np.uint8)
    known = split_comb(page, half_comb(page, 100, 5)[0])
    (whole,) = half_comb(page, 300, 4, hidden=(1, 3))
    assert len(known) == 5
    halves = [whole.copy(), whole.copy()]
    halves[0][[1, 2], 0] = halves[1][[0, 3], 0] = 180
    assert [len(boxes) for boxes in made_alike(page, [known, halves])] == [5, 4]
    assert [len(boxes) for boxes in made_alike(page, [halves])] == [2], "nothing says that it has more"


def test_a_wide_box_without_teeth_stays_whole_beside_a_comb() -> None:
    page = np.full((600, 800), 255, np.uint8)
    known = split_comb(page, half_comb(page, 100, 5)[0])
    cv2.rectangle(page, (100, 300), (260, 356), 40, 2)
    wide = [np.array([[100, 300], [260, 300], [260, 356], [100, 356]], float)]
    assert [len(boxes) for boxes in made_alike(page, [known, wide])] == [5, 1]


@pytest.mark.parametrize("digit", ["8", "3", "6", "9", "5"])
def test_a_digit_in_the_middle_of_a_wide_box_does_not_part_it(digit: str) -> None:
    for aspect in (2.0, 2.4, 3.0):
        gray = np.full((200, 400), 255, np.uint8)
        wide = round(70 * aspect)
        cv2.rectangle(gray, (60, 60), (60 + wide, 130), 90, 2)
        cv2.putText(gray, digit, (60 + wide // 2 - 14, 129), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 60, 4, cv2.LINE_AA)
        quad = np.array([[60, 60], [60 + wide, 60], [60 + wide, 130], [60, 130]], float)
        assert len(split_comb(gray, quad)) == 1
