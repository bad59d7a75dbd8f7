"""Numbers in the cells of tables, whole pages read: narrow cells, and cells with a number of their own."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.classifier import Classifier, load
from reader.digits.lines import read_free
from reader.pages.binarize import ink_levels
from reader.pages.scan import Scan
from reader.pipeline import read_page
from reader.results.reading import FieldReading

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]
LEFT, TOP = 150, 300


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load(None)


def table(wide: int, high: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """A page with a table of so many cells of this size, in pixels."""
    page = np.full((2300, 1650), 255, np.uint8)
    for row in range(rows + 1):
        cv2.line(page, (LEFT, TOP + row * high), (LEFT + columns * wide, TOP + row * high), 40, 2)
    for column in range(columns + 1):
        cv2.line(page, (LEFT + column * wide, TOP), (LEFT + column * wide, TOP + rows * high), 40, 2)
    return page


def write(page: NDArray[np.uint8], text: str, at: tuple[int, int], handwriting: Digits, which: int) -> None:
    """Write digits by hand, 40 pixels high, from (x, y) of their upper left corner on."""
    x, y = at
    for sign in text:
        glyph = handwriting[0][handwriting[1] == int(sign)][which]
        left, top, wide, high = cv2.boundingRect(glyph)
        large = cv2.resize(glyph[top : top + high, left : left + wide], (40 * wide // high, 40))
        part = page[y : y + 40, x : x + large.shape[1]]
        np.minimum(part, 255 - large, out=part)
        x += large.shape[1] + 5


def by_name(page: NDArray[np.uint8], classifier: Classifier) -> dict[str, FieldReading]:
    return {field.name: field for field in read_page(Scan("table.png", 1, page), classifier).fields}


def test_numbers_of_two_digits_in_narrow_cells_are_read(handwriting: Digits, classifier: Classifier) -> None:
    """They were rejected, every one: a cell no wider than high was thought to hold a digit."""
    page = table(100, 70, 3, 8)
    values = [["47", "5", "82", "03", "9", "64", "28", "50"], ["3"] * 8, ["75", "26", "8", "40", "6", "92", "53", "4"]]
    for row, line in enumerate(values):
        for column, text in enumerate(line):
            write(page, text, (LEFT + column * 100 + 14, TOP + row * 70 + 15), handwriting, row + column)
    found = by_name(page, classifier)
    read = [found[f"t1_r{row + 1}_c{column + 1}"] for row in range(3) for column in range(8)]
    truth = [text for line in values for text in line]
    assert all(field.value == text or field.status != "ok" for field, text in zip(read, truth, strict=True))
    assert sum(field.value == text for field, text in zip(read, truth, strict=True)) >= len(truth) - 2


def test_the_days_of_a_calendar_are_no_numbers_that_were_written(handwriting: Digits, classifier: Classifier) -> None:
    page = cv2.cvtColor(table(190, 100, 4, 7), cv2.COLOR_GRAY2BGR)
    for day in range(28):
        at = (LEFT + day % 7 * 190 + 9, TOP + day // 7 * 100 + 26)
        cv2.putText(page, str(day + 1), at, (20, 20, 20), cv2.FontFace("sans"), 24, 400)
    gray = np.ascontiguousarray(page[..., 0])
    days = {day: ("306", "74", "8", "51")[day % 4] for day in range(0, 28, 3)}
    for day, text in days.items():
        write(gray, text, (LEFT + day % 7 * 190 + 60, TOP + day // 7 * 100 + 42), handwriting, day + 1)
    found = by_name(gray, classifier)
    read = {day: found[f"t1_r{day // 7 + 1}_c{day % 7 + 1}"] for day in range(28)}
    assert all(read[day].status in ("blank", "review", "rejected") for day in range(28) if day not in days)
    assert all(read[day].value == text or read[day].status != "ok" for day, text in days.items())
    assert sum(read[day].value == text for day, text in days.items()) >= len(days) - 1


def test_a_number_in_doubt_is_told_where_others_are_sure(handwriting: Digits, classifier: Classifier) -> None:
    """Every fifth or so was rejected: nothing was said of a number that was not sure."""
    page = table(100, 70, 3, 6)
    truth = [str((place * 37) % 90 + 10) for place in range(18)]
    for place, text in enumerate(truth):
        write(page, text, (LEFT + place % 6 * 100 + 14, TOP + place // 6 * 70 + 15), handwriting, 3)
    found = by_name(page, classifier)
    fields = [found[f"t1_r{place // 6 + 1}_c{place % 6 + 1}"] for place in range(18)]
    assert [field.value for field in fields] == truth
    assert any(field.status == "review" for field in fields)


def test_a_scribble_is_no_number_where_others_are_not(handwriting: Digits, classifier: Classifier) -> None:
    page = table(100, 70, 3, 6)
    for place in range(18):
        write(page, str(place % 10), (LEFT + place % 6 * 100 + 30, TOP + place // 6 * 70 + 15), handwriting, 3)
    page[TOP + 75 : TOP + 135, LEFT + 205 : LEFT + 295] = 255
    cv2.polylines(page, [np.array([[375, 385], [430, 420], [380, 420], [430, 385], [400, 425]])], False, 30, 4)
    found = by_name(page, classifier)
    assert len(found["t1_r2_c3"].digits) == 1


def test_the_walls_of_boxes_in_a_line_are_no_sure_ones(handwriting: Digits, classifier: Classifier) -> None:
    """Where boxes in a cell of a table were not found, their walls were read with the number, some of it sure."""
    page = np.full((800, 1650), 255, np.uint8)
    cv2.rectangle(page, (200, 300), (760, 375), 60, 2)
    for place, digit in enumerate("63"):
        x = 260 + 70 * place
        cv2.rectangle(page, (x, 308), (x + 60, 367), 60, 3)
        write(page, digit, (x + 16, 318), handwriting, 1)
    ink = ink_levels(page)
    quad = np.array([[200, 300], [760, 300], [760, 375], [200, 375]], np.float64)
    digits = read_free(ink, quad, (0, 20), classifier)
    assert not any(digit.status == "ok" for digit in digits)
