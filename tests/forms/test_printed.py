"""What is print in the cells and on the lines of a sheet, and what was written there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.printed import are_headings, has_print
from reader.forms.ruled import are_printed, ruled_lines

Ink = NDArray[np.float32]
HIGH, WIDE = 60, 200


def cell(left: int, top: int = 100) -> NDArray[np.float64]:
    """The corners of a cell."""
    return np.array([[left, top], [left + WIDE, top], [left + WIDE, top + HIGH], [left, top + HIGH]], np.float64)


def row(texts: list[str], offsets: list[tuple[int, int]]) -> tuple[Ink, list[NDArray[np.float64]]]:
    """Ruled cells side by side with a text in each, moved by so many pixels."""
    image = np.zeros((300, 1000), np.uint8)
    cells = [cell(50 + n * WIDE) for n in range(len(texts))]
    for quad, text, (x, y) in zip(cells, texts, offsets, strict=True):
        cv2.rectangle(image, quad[0].astype(int).tolist(), quad[2].astype(int).tolist(), 255, 2)
        at = (int(quad[0, 0]) + 8 + x, int(quad[0, 1]) + 42 + y)
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    return np.asarray(image / 255, np.float32), cells


def test_what_stands_in_line_in_a_row_are_headings() -> None:
    ink, cells = row(["B", "D", "E", "F"], [(0, 0)] * 4)
    assert are_headings(ink, cells)


def test_digits_written_one_higher_than_the_other_are_no_headings() -> None:
    ink, cells = row(["4", "7", "2", "9"], [(0, 0), (9, -7), (3, 5), (14, -2)])
    assert not are_headings(ink, cells)


def test_a_letter_beside_the_frame_is_print_and_a_watermark_that_runs_on_is_none() -> None:
    ink, cells = row(["B", "", ""], [(0, 0)] * 3)
    cv2.line(ink, (cells[1][0] + [20, -40]).astype(int).tolist(), (cells[1][2] + [-20, 40]).astype(int).tolist(), 1, 6)
    assert [has_print(ink, quad) for quad in cells] == [True, False, False]


def sheet() -> NDArray[np.uint8]:
    """A sheet with a large title, a line to write on with digits on it, and a box that was not found."""
    ink = np.zeros((1500, 1060), np.uint8)
    cv2.putText(ink, "Score coco", (300, 120), cv2.FONT_HERSHEY_COMPLEX, 2.2, 255, 5, cv2.LINE_AA)
    cv2.line(ink, (300, 500), (600, 500), 255, 2)
    cv2.putText(ink, "407", (330, 494), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 255, 2, cv2.LINE_AA)
    cv2.rectangle(ink, (300, 800), (360, 850), 255, 2)
    return ink


def test_a_line_with_writing_on_it_is_found_whole_and_neither_letters_nor_boxes_are() -> None:
    none = np.zeros((0, 4, 2))
    (line,) = ruled_lines(np.asarray(sheet() / 255, np.float32), none, written=True)
    left, low = line[3]
    assert abs(left - 300) <= 4
    assert abs(low - 500) <= 4
    assert abs(line[2, 0] - 600) <= 4
    assert 25 <= np.ptp(line[:, 1]) <= 60


def test_a_line_is_found_beneath_writing_higher_than_usual() -> None:
    ink = sheet()
    ink[440:498] = 0
    cv2.putText(ink, "407", (330, 494), cv2.FONT_HERSHEY_SIMPLEX, 2.6, 255, 3, cv2.LINE_AA)
    (line,) = ruled_lines(np.asarray(ink / 255, np.float32), np.zeros((0, 4, 2)), written=True)
    assert abs(line[2, 0] - 600) <= 4


def test_small_letters_are_no_dotted_line() -> None:
    ink = np.zeros((1500, 1060), np.uint8)
    cv2.putText(ink, "Question", (100, 300), cv2.FONT_HERSHEY_SIMPLEX, 0.46, 255, 1, cv2.LINE_AA)
    none = np.zeros((0, 4, 2))
    assert ruled_lines(np.asarray(ink / 255, np.float32), none, written=True) == []
    for x in range(100, 300, 5):
        cv2.circle(ink, (x, 600), 1, 255, -1)
    assert len(ruled_lines(np.asarray(ink / 255, np.float32), none)) == 1


def test_a_line_with_writing_on_it_is_no_blank_one() -> None:
    assert ruled_lines(np.asarray(sheet() / 255, np.float32), np.zeros((0, 4, 2))) == []


def test_a_streak_of_the_scanner_is_no_line_to_write_on_and_a_gray_line_is() -> None:
    gray = 255 - sheet()
    lines = [np.array([[300, y - 40], [600, y - 40], [600, y], [300, y]], np.float64) for y in (500, 1000, 1100, 1200)]
    cv2.line(gray, (300, 1000), (600, 1000), 230, 2)  # paler than a tenth of the print
    cv2.line(gray, (300, 1100), (600, 1100), 170, 1)
    gray[1199, 300:600:6] = gray[1199, 301:600:6] = 90  # dots
    assert are_printed(gray, lines) == [True, False, True, True]


def test_letters_in_a_tall_cell_are_print() -> None:
    ink = np.zeros((500, 300), np.uint8)
    for n, letter in enumerate("UAHN"):
        cv2.putText(ink, letter, (120, 140 + 40 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 255, 3)
    tall = np.array([[100, 100], [176, 100], [176, 440], [100, 440]], np.float64)
    assert has_print(np.asarray(ink / 255, np.float32), tall)


def test_headings_of_unlike_width_are_headings_where_a_wall_is_taken_for_a_little_off() -> None:
    ink = np.zeros((200, 600), np.float32)
    quads = []
    for n, (left, wide) in enumerate(((15, 13), (17, 10), (16, 11), (20, 12))):
        x = 100 + 46 * n
        ink[59:74, x + 2 + left : x + 2 + left + wide] = 1
        quads.append(np.array([[x, 50], [x + 46, 50], [x + 46, 85], [x, 85]], np.float64))
    assert are_headings(ink, quads)
    assert not are_headings(np.roll(ink, 9, axis=1) * (np.arange(600) > 210) + ink * (np.arange(600) <= 190), quads)
