"""What is proposed of the places found on a sheet that is filled in, once it is known what was read in them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.proposal import propose, quads_of
from reader.pages.binarize import as_shares

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


def rectangle(x: int, y: int, width: int, height: int) -> NDArray[np.float64]:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)


def drawn(ink: NDArray[np.uint8], quads: list[NDArray[np.float64]], level: int = 255) -> None:
    """Draw frames of three pixels; in place."""
    for quad in quads:
        cv2.polylines(ink, [quad.astype(np.int32)], True, level, 3)


def test_small_digits_in_a_wide_box_are_no_words_where_they_were_read(handwriting: Digits) -> None:
    ink = np.zeros((900, 1200), np.uint8)
    box = rectangle(200, 300, 600, 100)
    drawn(ink, [box])
    for n in range(10):
        glyph = cv2.resize(handwriting[0][handwriting[1] == n][2], (40, 40), interpolation=cv2.INTER_AREA)
        ink[340:380, 230 + 50 * n : 270 + 50 * n] = glyph
    found = (Field("r1", "line", box[None], (0, 20)),)
    assert quads_of(propose(found, as_shares(ink), False).things) == []
    assert len(propose(found, as_shares(ink), False, read=found).things) == 1


def test_the_walls_of_a_wide_box_with_words_are_no_lines_to_write_on() -> None:
    ink = np.zeros((1400, 1000), np.uint8)
    box = rectangle(200, 300, 500, 60)
    drawn(ink, [box])
    cv2.putText(ink, "B R Z C", (640, 350), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 4)
    found = (Field("r1", "line", box[None], (0, 20)),)
    assert propose(found, as_shares(ink), False, read=()).things == ()


def test_cells_of_a_row_have_walls_where_half_of_them_do() -> None:
    quads = [rectangle(200 + 80 * n, 300, 80, 90) for n in range(6)]
    found = tuple(Field(f"t1_r1_c{n + 1}", "boxes", quad[None], (0, 1)) for n, quad in enumerate(quads))
    for seen, cells in ((6, 6), (4, 6), (1, 1)):
        ink = np.zeros((900, 1200), np.uint8)
        drawn(ink, quads[:seen])
        assert sum(len(each) for each in quads_of(propose(found, as_shares(ink), False, read=found).things)) == cells
