"""Writing outside of boxes is found where it may be digits."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.free_lines import Line, find_lines
from training.pen import draw_digit, writer

Ink = NDArray[np.uint8]


def page() -> Ink:
    """Empty paper of A4 at 100 dpi."""
    return np.zeros((1170, 827), np.uint8)


def write(ink: Ink, digits: str, left: int, base: int, height: int = 30) -> tuple[int, int]:
    """Write digits from a column on, standing on a row; the columns that they take."""
    rng, start = np.random.default_rng(5), left
    for digit in digits:
        drawn = draw_digit(int(digit), writer(4), height, rng)
        rows, columns = drawn.shape
        part = ink[base - rows : base, left : left + columns]
        np.maximum(part, (255 * drawn).astype(np.uint8), out=part)
        left += columns + 5
    return start, left - 5


def label(ink: Ink, text: str, left: int, base: int) -> None:
    printed = np.zeros(ink.shape, np.uint8)
    cv2.putText(printed, text, (left, base), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1, cv2.LINE_AA)
    np.maximum(ink, printed, out=ink)


def columns(line: Line) -> tuple[float, float]:
    return float(line.quad[:, 0].min()), float(line.quad[:, 0].max())


def test_a_row_of_bubbles_is_no_line_of_zeros_but_zeros_are() -> None:
    ink = page()
    for column in range(100, 400, 40):
        cv2.circle(ink, (column, 300), 13, 255, 2, cv2.LINE_AA)
    assert find_lines(ink, []) == []
    write(ink, "0000", 100, 600)
    assert len(find_lines(ink, [])) == 1


def test_pairs_of_bubbles_below_each_other_are_no_zeros_even_where_some_are_broken() -> None:
    ink = page()
    for number, row in enumerate(range(200, 600, 42)):
        for column in (100, 142):
            cv2.circle(ink, (column, row), 13, 255, 1, cv2.LINE_AA)
        if number % 3 == 0:
            ink[row - 8 : row + 9, 111:118] = 0
    assert find_lines(ink, []) == []
    for row in range(200, 600, 60):
        write(ink, "00", 500, row)
    assert len(find_lines(ink, [])) == 7


def test_digits_are_told_from_the_label_before_them_and_the_unit_after_them() -> None:
    ink = page()
    label(ink, "Number of visits in the last week:", 80, 400)
    start, end = write(ink, "30852", 390, 402)
    label(ink, "EUR", end + 20, 400)
    lines = find_lines(ink, [])
    assert len(lines) == 1
    left, right = columns(lines[0])
    assert abs(left - start) < 12
    assert abs(right - end) < 12


def test_one_digit_is_a_line_only_on_an_underline() -> None:
    ink = page()
    write(ink, "7", 300, 400)
    assert find_lines(ink, []) == []
    for column in range(280, 350, 6):
        cv2.circle(ink, (column, 406), 1, 255, -1)
    lines = find_lines(ink, [])
    assert len(lines) == 1
    assert lines[0].underlined


def test_a_paragraph_is_no_line() -> None:
    ink = page()
    for row in range(200, 400, 24):
        label(ink, "Please write one digit in each of the boxes below and nothing else.", 80, row)
    assert find_lines(ink, []) == []


def test_the_dots_that_a_digit_stands_on_may_be_gray() -> None:
    ink = page()
    write(ink, "7", 300, 500)
    ink[506, 280:360:4] = 60
    assert [line.underlined for line in find_lines(ink, [])] == [True]


def test_a_lower_digit_in_two_pieces_belongs_to_the_number_before_it() -> None:
    ink = page()
    _, end = write(ink, "62", 100, 402, 36)
    cv2.polylines(ink, [np.array([[end + 18, 380], [end + 17, 391], [end + 22, 393]], np.int32)], False, 255, 2)
    cv2.line(ink, (end + 29, 376), (end + 26, 402), 255, 2)
    (line,) = find_lines(ink, [])
    assert columns(line)[1] > end + 28


def test_a_letter_alone_does_not_stand_on_a_line_that_is_its_own_foot() -> None:
    ink = page()
    ink[400:411, 299:303], ink[400:411, 300:302] = 60, 255  # blurred
    assert find_lines(ink, []) == []
    ink[416:418, 290:320] = 255
    assert len(find_lines(ink, [])) == 1


def test_a_line_that_digits_touch_is_still_the_line_they_stand_on() -> None:
    ink = page()
    start, end = write(ink, "4719", 200, 402)
    cv2.line(ink, (start - 30, 402), (end + 150, 402), 255, 2)
    (line,) = find_lines(ink, [])
    assert line.underlined


def test_numbers_in_columns_between_upright_rulings_are_lines_of_their_own() -> None:
    """The rulings of the table hung all of its rows together to one line, which was left out."""
    ink = page()
    for left in (60, 210, 300, 440):
        cv2.line(ink, (left, 300), (left, 430), 150, 2)
    cv2.line(ink, (60, 430), (440, 430), 150, 2)
    rows = range(335, 430, 40)
    for base, numbers in zip(rows, ("26 4107", "31 225", "85 1914"), strict=True):
        label(ink, "Timber, flat", 75, base)
        quantity, price = numbers.split()
        write(ink, quantity, 225, base, 24)
        write(ink, price, 315, base, 24)
    found = find_lines(ink, [])
    for first, last in ((212, 298), (302, 438)):
        assert sum(first <= columns(line)[0] and columns(line)[1] <= last for line in found) == len(rows)


@pytest.mark.parametrize("font", [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX])
@pytest.mark.parametrize("size", [0.5, 0.8])
def test_numbers_in_sentences_are_no_lines(font: int, size: float) -> None:
    ink = np.zeros((1170, 1000), np.uint8)
    texts = [
        "come once more and use 1998 as an answer so",
        "name your 3 sums, e.g. 1200: 450 was once a sum",
        "The form of 1998 has 31 pages, and 472 of these are seen.",
    ]
    for number, text in enumerate(texts):
        cv2.putText(ink, text, (60, 300 + 100 * number), font, size, 255, 1, cv2.LINE_AA)
    assert find_lines(ink, []) == []


def test_a_number_written_on_a_line_within_a_sentence_is_one() -> None:
    ink = page()
    label(ink, "We were here on", 80, 400)
    start, end = write(ink, "52", 230, 402)
    label(ink, "days of this year", end + 12, 400)
    cv2.line(ink, (start - 12, 408), (end + 8, 408), 255, 2)
    (line,) = [line for line in find_lines(ink, []) if line.underlined]
    assert abs(columns(line)[0] - start) < 12
