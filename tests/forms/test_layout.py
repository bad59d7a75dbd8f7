import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.field import Field
from reader.forms.layout import _rows, find_fields
from reader.forms.partitions import split
from reader.forms.rakes import is_inside
from reader.forms.tables import Table, find_tables
from reader.pages.binarize import ink_levels
from reader.pages.deskew import deskewed
from reader.pages.page import page_of, transformed
from reader.pages.scan import read_scan
from tests.benchmarks import detect
from training.designs import random_form

Picture = np.ndarray


def grid(rows: int, columns: int, cell: tuple[int, int] = (44, 52), gray: int = 0, thickness: int = 2) -> Picture:
    """A page with a table whose top left corner is at (100, 100); cell is (width, height)."""
    width, height = cell
    page = np.full((200 + rows * height, 200 + columns * width), 255, np.uint8)
    for column in range(columns + 1):
        x = 100 + column * width
        cv2.line(page, (x, 100), (x, 100 + rows * height), gray, thickness)
    for row in range(rows + 1):
        y = 100 + row * height
        cv2.line(page, (100, y), (100 + columns * width, y), gray, thickness)
    return page


def quad_at(column: int, row: int, cell: tuple[int, int] = (44, 52)) -> np.ndarray:
    left, top = 100 + column * cell[0], 100 + row * cell[1]
    return np.array([[left, top], [left + cell[0], top], [left + cell[0], top + cell[1]], [left, top + cell[1]]], float)


@pytest.mark.parametrize("gray", [0, 120, 215])
@pytest.mark.parametrize("thickness", [1, 2, 5])
def test_finds_every_cell_to_a_pixel_or_two(gray: int, thickness: int) -> None:
    quads = find_cells(grid(6, 5, gray=gray, thickness=thickness)).quads
    wanted = np.array([quad_at(column, row) for row in range(6) for column in range(5)])
    off = np.abs(quads[None] - wanted[:, None]).max(axis=(2, 3)).min(axis=1)
    assert len(quads) == len(wanted)
    assert off.max() <= 2.5


def test_noise_and_a_slight_lean_do_not_hide_cells() -> None:
    page = grid(8, 8)
    turn = cv2.getRotationMatrix2D((250, 300), 0.7, 1)
    page = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=255)
    noise = np.random.default_rng(1).normal(0, 6, page.shape)
    assert len(find_cells((0.9 * page + noise).clip(0, 255).astype(np.uint8)).quads) == 64


def test_circles_and_words_are_no_cells() -> None:
    page = np.full((700, 900), 255, np.uint8)
    for x in range(100, 800, 60):
        cv2.circle(page, (x, 200), 20, 0, 2)
    for y in (400, 460, 520):
        cv2.putText(page, "HELLO DOBBER ODDBALL", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 0, 3)
    assert len(find_cells(page).quads) == 0


def test_a_missed_cell_is_filled_in() -> None:
    page = grid(4, 4)
    page[160:196, 97:104] = 255  # most of one wall is gone
    cells = find_cells(page)
    (table,) = find_tables(cells)
    assert table.shape == (4, 4)
    assert set(table.cells) == {(row, column) for row in range(4) for column in range(4)}
    assert np.abs(table.cells[1, 0] - quad_at(0, 1)).max() < 4


def test_a_cell_that_a_stroke_cuts_in_two_is_put_together() -> None:
    page = grid(1, 5)
    cv2.line(page, (144, 128), (188, 128), 0, 2)  # the bar of a 4, from wall to wall
    (table,) = find_tables(find_cells(page))
    assert table.shape == (1, 5)
    assert np.abs(table.cells[0, 1] - quad_at(1, 0)).max() < 4


def test_a_faint_wall_parts_two_boxes() -> None:
    page = grid(1, 4)
    page[103:150, 186:191] = 255
    cv2.line(page, (188, 101), (188, 151), 250, 1)  # hardly darker than the paper
    (table,) = find_tables(find_cells(page))
    assert table.shape == (1, 4)


def fields_of(page: Picture) -> tuple[Field, ...]:
    return find_fields(page, ink_levels(page))


def test_a_comb_is_one_field_and_a_table_is_named_by_row_and_column() -> None:
    comb, table = grid(1, 6), grid(3, 2)
    page = np.full((comb.shape[0] + table.shape[0], comb.shape[1]), 255, np.uint8)
    page[: comb.shape[0]] = comb
    page[comb.shape[0] :, : table.shape[1]] = table
    fields = fields_of(page)
    assert [field.name for field in fields] == [
        "r1",
        *(f"t1_r{row}_c{column}" for row in (1, 2, 3) for column in (1, 2)),
    ]
    assert fields[0].kind == "boxes"
    assert len(fields[0].quads) == 6


def test_separate_boxes_in_a_row_are_one_field_and_fields_come_in_reading_order() -> None:
    page = np.full((700, 1200), 255, np.uint8)
    for top, left, count in ((100, 600, 3), (100, 100, 4), (400, 100, 2)):
        for box in range(count):
            x = left + 60 * box
            cv2.rectangle(page, (x, top), (x + 44, top + 52), 0, 2)
    fields = fields_of(page)
    assert [len(field.quads) for field in fields] == [4, 3, 2]
    assert [field.name for field in fields] == ["r1", "r2", "r3"]


def test_a_wide_box_is_a_line() -> None:
    page = np.full((600, 900), 255, np.uint8)
    cv2.rectangle(page, (100, 200), (500, 260), 0, 2)
    (field,) = fields_of(page)
    assert field.kind == "line"


def test_free_writing_is_a_line_and_a_long_text_is_not() -> None:
    page = np.full((1400, 1000), 255, np.uint8)
    cv2.putText(page, "40817", (300, 300), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2.2, 0, 3)
    cv2.putText(page, "this is a sentence with a good many letters", (40, 700), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
    fields = fields_of(page)
    assert fields[0].kind == "line"
    assert fields[0].quads[0][:, 1].max() < 350
    assert all(np.ptp(field.quads[0][:, 0]) < 500 for field in fields)  # words of it at the most


@pytest.mark.parametrize("quad", [[[0, 0], [0, 9], [9, 9], [9, 0]], [[0, 0], [9, 9], [9, 0], [0, 9]]])
def test_a_wrong_box_fails_where_it_is_made(quad: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="convex"):
        Field("votes", "boxes", np.array([quad], float), (0, 1))


def test_a_cell_as_high_as_two_is_cut_where_a_faint_wall_is_seen() -> None:
    cells = find_cells(grid(4, 4))
    high = np.concatenate([quad_at(1, 1)[:2], quad_at(1, 2)[2:]])
    others = [q for q in cells.quads if not any(np.abs(q - quad_at(1, row)).max() < 4 for row in (1, 2))]
    assert len(others) == 14
    found = split(np.array([*others, high]), cells)
    wanted = np.array([quad_at(1, 1), quad_at(1, 2)])
    assert len(found) == 16
    assert np.abs(found[:, None] - wanted).max(axis=(2, 3)).min(axis=0).max() <= 3


@pytest.mark.parametrize("at", [(128, 124), (175, 175), (165, 160)])
def test_a_comb_with_a_stroke_from_its_top_to_its_bottom_is_one_field(at: tuple[int, int]) -> None:
    """A one as high as the box parts the frame unevenly; the teeth say where the boxes are."""
    page = np.full((500, 800), 255, np.uint8)
    cv2.rectangle(page, (100, 200), (100 + 6 * 50, 260), 40, 2)
    for tooth in range(1, 6):
        cv2.line(page, (100 + 50 * tooth, 232), (100 + 50 * tooth, 260), 40, 2)
    cv2.line(page, (at[0], 200), (at[1], 260), 0, 4)
    fields = find_fields(page, ink_levels(page))
    assert [len(field.quads) for field in fields] == [6]


def test_paper_on_a_dark_table_is_no_box() -> None:
    """The edge of a photographed sheet encloses all that is written on it."""
    page = np.full((1700, 1300), 90, np.uint8)
    page[60:1640, 50:1250] = 250
    for n, x in enumerate(range(400, 760, 60)):
        cv2.putText(page, str(n), (x, 700), cv2.FONT_HERSHEY_SIMPLEX, 2.2, 30, 5)
    fields = find_fields(page, ink_levels(page))
    assert [field.kind for field in fields] == ["line"]


def test_the_loops_of_zeros_hide_no_boxes_on_a_line_with_teeth() -> None:
    page = np.full((500, 800), 255, np.uint8)
    cv2.line(page, (100, 260), (460, 260), 40, 3)
    for tooth in range(7):
        cv2.line(page, (100 + 60 * tooth, 240), (100 + 60 * tooth, 260), 40, 3)
    for box in (0, 3):
        cv2.ellipse(page, (130 + 60 * box, 228), (20, 20), 0, 0, 360, 0, 6)
    fields = find_fields(page, ink_levels(page))
    assert [len(field.quads) for field in fields] == [6]


def struck_comb(seed: int) -> Picture:
    """A comb of six boxes with strokes as high as it in about half of them, on its teeth, at its walls."""
    rng = np.random.default_rng(seed)
    page = np.full((500, 800), 255, np.uint8)
    cv2.rectangle(page, (100, 200), (400, 260), 90, 2)
    for tooth in range(1, 6):
        cv2.line(page, (100 + 50 * tooth, 244), (100 + 50 * tooth, 260), 90, 2)
    for box in np.flatnonzero(rng.random(6) < 0.5):
        x, lean = 100 + 50 * box + int(rng.integers(0, 50)), int(rng.integers(-6, 8))
        cv2.line(page, (x, 200 - int(rng.integers(0, 3))), (x - lean, 200 + int(rng.integers(40, 64))), 0, 4)
    return page


def test_strokes_from_the_top_of_a_comb_to_its_teeth_do_not_part_it() -> None:
    found = [find_fields(page, ink_levels(page)) for page in map(struck_comb, range(60))]
    assert sum([len(field.quads) for field in fields] == [6] for fields in found) >= 57


def test_large_zeros_on_lines_with_teeth_hide_no_boxes() -> None:
    """They reach over the teeth on either side of them: their insides are no boxes of their own."""
    form = random_form(3003, 300, detect.FRAMES)
    scan, to_scan = detect.scan_of(form, 3003, 0)
    page = deskewed(page_of(scan))
    rows = [field for field in find_fields(page.gray, ink_levels(page.gray)) if field.kind == "boxes"]
    middle = transformed(np.array([[(807 + 1220) / 2, (1637 + 1712) / 2]]), np.linalg.inv(page.to_scan) @ to_scan)[0]
    (row,) = [field for field in rows if len(field.quads) > 1 and is_inside(middle, field.quads.reshape(-1, 2))]
    assert len(row.quads) == 7


@pytest.mark.skipif("DIGIT_READER_DATA" not in os.environ, reason="DIGIT_READER_DATA is not set")
def test_strokes_that_end_on_the_lower_edge_of_a_wide_box_are_no_teeth(data_folder: Path) -> None:
    """Boxes for numbers of two and three digits, whose tails seem to part them."""
    (scan,) = (data_folder / "dev" / "hsf" / "images").iterdir()
    page = deskewed(page_of(read_scan(scan)))
    boxes = [field for field in find_fields(page.gray, ink_levels(page.gray)) if np.ptp(field.quads[0][:, 1]) > 80]
    assert len([field for field in boxes if field.kind == "line" and field.digits[0] == 0]) >= 28
    assert not [field for field in boxes if field.kind == "boxes"]


@pytest.mark.parametrize(("degrees", "fields"), [(2, 1), (6, 0)])
def test_an_area_between_letters_leans_and_is_no_box(degrees: float, fields: int) -> None:
    page = np.full((1200, 900), 255, np.uint8)
    aside = 70 * np.tan(np.radians(degrees))
    corners = np.array([[300, 300], [370, 300], [370 - aside, 370], [300, 370]])
    cv2.polylines(page, [corners.round().astype(np.int32)], True, 0, 4, cv2.LINE_AA)
    assert len(find_fields(page, ink_levels(page))) == fields


def test_boxes_in_pairs_are_two_each_where_a_pair_is_hardly_wider_than_high() -> None:
    """13 in two boxes, as the day of a date, was read as a sure 3 in one box: the faint wall was not seen at first."""
    page = np.full((900, 1000), 255, np.uint8)
    quads = {}
    for pair in range(3):
        x = 100 + 102 * pair
        cv2.rectangle(page, (x, 300), (x + 94, 364), 110, 1)
        cv2.line(page, (x + 47, 300), (x + 47, 364), 110, 1)
        quads[0, pair] = np.array([[x, 300], [x + 94, 300], [x + 94, 364], [x, 364]], np.float64)
    assert [len(boxes) for boxes in _rows(Table(quads), page)] == [2, 2, 2]
    assert [len(boxes) for boxes in _rows(Table(quads), np.full_like(page, 255))] == [3]
