"""What is there for digits on a sheet that is filled in."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.filled import for_digits
from reader.forms.layout import find_fields
from reader.pages.binarize import ink_levels
from reader.pages.page import page_of
from reader.pages.scan import Scan

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]
WIDTH, HEIGHT = 120, 80
DAYS = ["Monday", "Tuesday", "Friday", "Sunday"]


def sheet(handwriting: Digits) -> NDArray[np.uint8]:
    """A table of four rows and columns: words in its first row and column, digits in the others, one crossed out."""
    images, labels = handwriting
    page = np.full((900, 900), 255, np.uint8)
    for row in range(4):
        for column in range(4):
            x, y = 150 + column * WIDTH, 200 + row * HEIGHT
            cv2.rectangle(page, (x, y), (x + WIDTH, y + HEIGHT), 40, 2)
            if row == 0 or column == 0:
                word = DAYS[row or column]
                cv2.putText(page, word, (x + 8, y + 50), cv2.FONT_HERSHEY_SIMPLEX, 0.75, 30, 2, cv2.LINE_AA)
            elif (row, column) == (2, 2):
                cv2.line(page, (x + 30, y + 10), (x + 90, y + 70), 30, 4, cv2.LINE_AA)
                cv2.line(page, (x + 90, y + 10), (x + 30, y + 70), 30, 4, cv2.LINE_AA)
            else:
                glyph = cv2.resize(images[labels == 2 * row + column][5], (56, 56), interpolation=cv2.INTER_CUBIC)
                page[y + 12 : y + 68, x + 32 : x + 88] = 255 - glyph
    return page


def test_words_are_left_out_and_what_is_crossed_out_amid_digits_stays(handwriting: Digits) -> None:
    page = page_of(Scan("filled.png", 1, cv2.cvtColor(sheet(handwriting), cv2.COLOR_GRAY2BGR)))
    found = find_fields(page.gray, ink_levels(page.gray))
    assert len(found) == 16
    kept = {field.name for field in for_digits(page, found, load())}
    assert kept == {f"t1_r{row}_c{column}" for row in (2, 3, 4) for column in (2, 3, 4)}


def test_a_label_does_not_count_where_a_row_is_judged(handwriting: Digits) -> None:
    page = sheet(handwriting)
    for x in range(150 + 2 * WIDTH, 150 + 4 * WIDTH, WIDTH):  # of the last row the label and a cross are left
        page[200 + 3 * HEIGHT + 4 : 200 + 4 * HEIGHT - 4, x + 4 : x + WIDTH - 4] = 255
    x, y = 150 + WIDTH, 200 + 3 * HEIGHT
    page[y + 4 : y + HEIGHT - 4, x + 4 : x + WIDTH - 4] = 255
    for start, end in (((30, 10), (90, 70)), ((90, 10), (30, 70))):
        cv2.line(page, (x + start[0], y + start[1]), (x + end[0], y + end[1]), 30, 4, cv2.LINE_AA)
    scan = page_of(Scan("filled.png", 1, cv2.cvtColor(page[:, : 155 + 3 * WIDTH], cv2.COLOR_GRAY2BGR)))
    found = find_fields(scan.gray, ink_levels(scan.gray))
    kept = {field.name for field in for_digits(scan, found, load())}
    assert {"t1_r4_c2", "t1_r4_c3"} <= kept
    assert not any(name.endswith("c1") for name in kept)
