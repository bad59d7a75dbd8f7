import cv2
import numpy as np
import pytest

from reader.forms.layout import find_fields
from reader.forms.parentheses import bend, find_between_parentheses

HEIGHT = 46


def sheet(*texts: tuple[str, int, int]) -> np.ndarray:
    """Ink of a page with printed texts, each at a column and a row: (1600, 1200) uint8, 255 is ink."""
    canvas = np.zeros((1600, 1200, 3), np.uint8)
    for text, left, base in texts:
        cv2.putText(canvas, text, (left, base), (255, 255, 255), cv2.FontFace("sans"), HEIGHT, 400)
    return canvas[..., 0]


def between(*texts: tuple[str, int, int]) -> list[np.ndarray]:
    """What lies between parentheses on such a page."""
    return find_between_parentheses(sheet(*texts), [])[0]


@pytest.mark.parametrize("text", ["(            )", "[            ]"])
def test_there_is_room_to_write_between_parentheses(text: str) -> None:
    inner, outer = find_between_parentheses(sheet(("8 x 7 =", 100, 400), (text, 400, 400)), [])
    assert len(inner) == len(outer) == 1
    assert outer[0][0, 0] < inner[0][0, 0] < inner[0][1, 0] < outer[0][1, 0]
    assert inner[0][0, 0] > 400
    assert np.ptp(inner[0][:, 1]) > 0.8 * HEIGHT


def test_what_is_written_between_them_does_not_hide_them() -> None:
    assert len(between(("(", 400, 400), ("56", 450, 400), (")", 560, 400))) == 1


def test_boxes_for_a_digit_are_several_in_a_row() -> None:
    boxes = [("[   ]", 400 + 80 * place, 400) for place in range(4)]
    assert len(between(*boxes)) == 4
    assert not between(("[7]", 400, 400))


@pytest.mark.parametrize(
    "texts",
    [
        [("as was said (in May) before", 100, 400)],
        [("(10)", 900, 400)],
        [("a (", 100, 400), ("b)", 100, 500)],
        [("1           1", 100, 400)],
        [("7           7", 100, 400)],
    ],
)
def test_text_in_parentheses_is_no_place_to_write_in(texts: list[tuple[str, int, int]]) -> None:
    assert not between(*texts)


def test_a_parenthesis_is_told_from_its_mirror_image_and_from_digits() -> None:
    bends = {}
    for text in "([)]1742":
        ink = sheet((text, 400, 400)) > 102
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        bends[text] = bend(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    assert bends == {"(": 1, "[": 1, ")": -1, "]": -1, "1": 0, "7": 0, "4": 0, "2": 0}


def test_they_are_fields_and_no_digits() -> None:
    ink = sheet(
        ("8 x 7 =", 100, 400), ("(", 400, 400), ("5 6", 450, 400), (")", 590, 400), ("(            )", 400, 700)
    )
    fields = find_fields(255 - ink, ink)
    places = [field for field in fields if field.quads[0][0, 0] > 390]
    assert [field.kind for field in places] == ["line", "line"]
    assert all(field.digits[0] == 0 and field.quads[0][0, 0] > 405 for field in places)
