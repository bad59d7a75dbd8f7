"""Small boxes are found by the outline of their frame, whatever is written in them."""

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from reader.forms.cells import find_cells
from reader.forms.framed import with_frames
from reader.forms.layout import find_fields
from reader.pages.binarize import ink_levels
from reader.pages.deskew import deskewed
from reader.pages.page import page_of, transformed
from tests.benchmarks import detect
from training.designs import random_form

BOX = np.array([[120, 200], [160, 200], [160, 250], [120, 250]], float)


def page_with_a_box(skew: float = 0.0) -> np.ndarray:
    """A box of 40 x 50 pixels with strokes all over it, as a bold digit has them."""
    page = np.full((1600, 1200), 255, np.uint8)
    corners = BOX.copy()
    corners[:, 1] += skew * (corners[:, 0] - 140)
    cv2.polylines(page, [corners.round().astype(np.int32)], True, 30, 3)
    for stroke in ([[126, 214], [153, 212]], [[140, 210], [139, 243]], [[127, 232], [154, 230]]):
        cv2.polylines(page, [np.array(stroke, np.int32)], False, 40, 6)
    return page


def found(page: np.ndarray, none_before: bool = True) -> np.ndarray:
    cells = find_cells(page)
    return with_frames(replace(cells, quads=cells.quads[:0]) if none_before else cells).quads


@pytest.mark.parametrize("skew", [0.0, 0.04, -0.04])
def test_a_box_is_where_the_middle_of_its_frame_is(skew: float) -> None:
    (box,) = found(page_with_a_box(skew))
    expected = BOX.copy()
    expected[:, 1] += skew * (expected[:, 0] - 140)
    assert np.abs(box - expected).max() < 2.5


def test_strokes_in_a_box_part_it_no_more() -> None:
    cells = find_cells(page_with_a_box())
    halves = np.array(
        [[[120, 200], [160, 200], [160, 230], [120, 230]], [[120, 230], [160, 230], [160, 250], [120, 250]]]
    )
    assert len(with_frames(replace(cells, quads=halves.astype(float))).quads) == 1


def test_the_boxes_of_a_comb_stay() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.rectangle(page, (120, 200), (320, 250), 30, 3)
    boxes = []
    for wall in range(5):
        cv2.line(page, (120 + 40 * wall, 200), (120 + 40 * wall, 250), 30, 3)
        boxes.append(BOX + np.array([40 * wall, 0]))
    cells = replace(find_cells(page), quads=np.array(boxes))
    np.testing.assert_array_equal(with_frames(cells).quads, cells.quads)


def test_letters_bars_and_rings_are_no_boxes() -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    cv2.putText(page, "BOQDR08", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 20, 5, cv2.LINE_AA)
    cv2.rectangle(page, (100, 300), (300, 350), 20, -1)
    cv2.circle(page, (200, 500), 28, 20, 4, cv2.LINE_AA)
    cv2.rectangle(page, (100, 600), (900, 900), 20, 3)  # around a text
    assert len(found(page)) == 0


def written_into(page: np.ndarray, gray: int, walls: tuple[int, ...]) -> None:
    """A frame of 156 x 43 pixels with upright strokes from its top to its bottom; in place."""
    cv2.rectangle(page, (120, 200), (276, 243), 20, 5)
    for x in walls:
        cv2.line(page, (120 + x, 204), (120 + x, 239), gray, 2, cv2.LINE_AA)


@pytest.mark.parametrize("wide", [(40, 100), (60, 64, 120)])
def test_pencil_strokes_do_not_part_a_frame_in_black_ink(wide: tuple[int, ...]) -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    written_into(page, 190, wide)
    edges = [120, *(120 + x for x in wide), 276]
    parts = [[[a, 200], [b, 200], [b, 243], [a, 243]] for a, b in itertools.pairwise(edges)]
    cells = replace(find_cells(page), quads=np.array(parts, float))
    (box,) = with_frames(cells).quads
    assert np.abs(box - [[120, 200], [276, 200], [276, 243], [120, 243]]).max() < 2.5


@pytest.mark.parametrize(("gray", "walls"), [(190, (39, 78, 117)), (30, (50,))])
def test_walls_part_it_pale_ones_at_equal_distances_too(gray: int, walls: tuple[int, ...]) -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    written_into(page, gray, walls)
    edges = [120, *(120 + x for x in walls), 276]
    parts = [[[a, 200], [b, 200], [b, 243], [a, 243]] for a, b in itertools.pairwise(edges)]
    cells = replace(find_cells(page), quads=np.array(parts, float))
    assert len(with_frames(cells).quads) == len(walls) + 1


@pytest.mark.parametrize(("seed", "group", "writer"), [(7002, "f2", None), (3001, "f1", 0), (1002, "f", 0)])
def test_small_boxes_of_drawn_sheets_are_found_at_200_dpi(seed: int, group: str, writer: int | None) -> None:
    """Pairs of boxes of 4 x 5 mm, a box alone, wide ones with pencil in them, half combs with writing on their top."""
    form = random_form(seed, detect.DPI, detect.FRAMES)
    scan, to_scan = detect.scan_of(form, seed, writer)
    page = deskewed(page_of(scan))
    quads = np.concatenate([field.quads for field in find_fields(page.gray, ink_levels(page.gray))])
    on_form = transformed(quads, np.linalg.inv(to_scan) @ page.to_scan)
    given = np.concatenate([on_form.min(axis=1), on_form.max(axis=1)], axis=1)
    framed = [field for field in form.fields if field.name.startswith(group)]
    assert len(framed) >= 2
    for field in framed:
        assert detect.alike(detect.ends(field.boxes), given).max(axis=1).min() >= detect.ALIKE
