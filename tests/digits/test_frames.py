import cv2
import numpy as np
import pytest

from reader.digits.frames import freed, glyph_of, is_cut_off, line_of, without_frame
from reader.digits.patches import Patch, cut

Map = np.ndarray


def patch_of(ink: Map) -> Patch:
    return Patch(ink.astype(np.float32), 18, np.eye(3))


def boxed(thickness: int = 3, lean: int = 0) -> Map:
    """The frame of a box of 72x72 in a patch with a margin of 18, 1 is ink."""
    ink = np.zeros((109, 109), np.float32)
    corners = np.array([[18 + lean, 18], [90, 18 + lean], [90 - lean, 90], [18, 90 - lean]])
    cv2.polylines(ink, [corners], True, 1.0, thickness)
    return ink


def one() -> Map:
    ink = np.zeros((109, 109), np.float32)
    cv2.line(ink, (54, 32), (52, 78), 1.0, 4)
    return ink


@pytest.mark.parametrize("thickness", [1, 3, 7])
@pytest.mark.parametrize("lean", [0, 2])
def test_an_empty_box_leaves_nothing(thickness: int, lean: int) -> None:
    assert glyph_of(without_frame(patch_of(boxed(thickness, lean))), 18).max() < 0.3


def stroke_left(stroke: Map) -> float:
    """Share of a stroke's ink in a box that is left when the frame is taken out."""
    glyph = glyph_of(without_frame(patch_of(np.maximum(boxed(), stroke))), 18)
    return float((glyph * stroke).sum() / stroke.sum())


def test_a_digit_in_the_middle_is_not_touched() -> None:
    assert stroke_left(one()) > 0.99


def test_a_one_beside_the_wall_stays() -> None:
    stroke = np.zeros((109, 109), np.float32)
    cv2.line(stroke, (27, 26), (26, 84), 1.0, 4)
    assert stroke_left(stroke) > 0.95


def test_a_stroke_that_runs_into_the_frame_stays_inside_it() -> None:
    stroke = np.zeros((109, 109), np.float32)
    cv2.line(stroke, (54, 18), (50, 90), 1.0, 4)
    assert stroke_left(stroke) > 0.85


def test_a_seven_along_the_top_keeps_its_bar() -> None:
    stroke = np.zeros((109, 109), np.float32)
    cv2.line(stroke, (32, 23), (74, 23), 1.0, 4)
    cv2.line(stroke, (74, 23), (48, 80), 1.0, 4)
    bar = np.zeros_like(stroke)
    bar[21:26, 34:72] = stroke[21:26, 34:72]
    glyph = glyph_of(without_frame(patch_of(np.maximum(boxed(), stroke))), 18)
    assert (glyph * bar).sum() / bar.sum() > 0.6


def test_a_neighbours_stroke_and_dirt_are_left_out() -> None:
    ink = np.maximum(boxed(), one())
    cv2.line(ink, (84, 60), (108, 64), 1.0, 4)  # comes over from the box to the right
    cv2.circle(ink, (30, 74), 2, 1.0, -1)
    glyph = glyph_of(without_frame(patch_of(ink)), 18)
    assert glyph[:, 80:].max() < 0.3
    assert glyph[70:78, 26:34].max() < 0.3
    assert (glyph * one()).sum() / one().sum() > 0.99


def test_a_black_bar_beside_the_box_is_no_writing() -> None:
    ink = np.maximum(boxed(), one())
    ink[:28] = 1
    glyph = glyph_of(without_frame(patch_of(ink)), 18)
    assert glyph[:28].max() < 0.3
    assert (glyph * one()).sum() / one().sum() > 0.95


def test_a_wide_box_keeps_all_its_digits_and_no_frame() -> None:
    ink = np.zeros((109, 437), np.float32)
    cv2.rectangle(ink, (18, 18), (418, 90), 1.0, 4)
    strokes = np.zeros_like(ink)
    for x in range(60, 400, 60):
        cv2.line(strokes, (x, 34), (x - 6, 76), 1.0, 4)
    line = line_of(without_frame(patch_of(np.maximum(ink, strokes))), 18)
    inside = strokes[18:-18, 18:-18]
    assert (line * inside).sum() / inside.sum() > 0.99
    assert (line * (inside == 0)).sum() / inside.sum() < 0.02


def test_cutting_takes_out_perspective_and_size() -> None:
    page = np.zeros((300, 300), np.uint8)
    quad = np.array([[60, 50], [240, 80], [230, 220], [70, 260]], float)
    cv2.fillConvexPoly(page, quad.astype(np.int32), 255)
    patch = cut(page, quad, 72)
    inside = patch.ink[patch.margin + 2 : -patch.margin - 2, patch.margin + 2 : -patch.margin - 2]
    assert patch.ink.shape[0] == 72 + 2 * patch.margin + 1
    assert inside.min() > 0.9
    assert patch.ink[: patch.margin - 2].max() < 0.1


def test_a_bar_that_stops_short_of_both_corners_is_no_frame() -> None:
    bar = np.zeros((109, 109), np.float32)
    cv2.line(bar, (34, 17), (76, 17), 1.0, 5)
    cv2.line(bar, (76, 17), (54, 80), 1.0, 4)
    left = glyph_of(without_frame(patch_of(bar)), 18)
    assert (left * bar).sum() > 0.9 * bar.sum()


def test_a_frame_that_a_digit_covers_at_one_corner_is_taken_out() -> None:
    corner = boxed()
    corner[10:34, 70:100] = 0
    assert glyph_of(without_frame(patch_of(corner)), 18).max() < 0.3


@pytest.mark.parametrize(("x", "cut"), [(18, True), (54, False), (90, True), (104, False)])
def test_a_digit_across_the_edge_of_a_field_is_cut_off(x: int, cut: bool) -> None:
    ink = np.zeros((109, 109), np.float32)
    cv2.ellipse(ink, (x, 54), (9, 24), 0, 0, 360, 1.0, 4)
    assert is_cut_off(ink, 18) == cut


def test_the_end_of_a_frame_beyond_the_edge_cuts_nothing_off() -> None:
    ink = np.zeros((109, 109), np.float32)
    cv2.line(ink, (0, 88), (108, 88), 1.0, 3)
    assert not is_cut_off(ink, 18)


def rounded(radius: int, thickness: int = 3) -> Map:
    """The frame of a box with rounded corners, in the same patch."""
    ink = np.zeros((109, 109), np.float32)
    low, high = 18, 90
    for x, y, start in ((low, low, 180), (high, low, 270), (high, high, 0), (low, high, 90)):
        middle = x + radius if x == low else x - radius, y + radius if y == low else y - radius
        cv2.ellipse(ink, middle, (radius, radius), 0, start, start + 90, 1.0, thickness)
    for one, other in (((low + radius, low), (high - radius, low)), ((low + radius, high), (high - radius, high))):
        cv2.line(ink, one, other, 1.0, thickness)
        cv2.line(ink, one[::-1], other[::-1], 1.0, thickness)
    return ink


@pytest.mark.parametrize("radius", [8, 14, 20])
def test_rounded_corners_are_no_part_of_the_digit(radius: int) -> None:
    free = without_frame(patch_of(np.maximum(rounded(radius), one())))
    glyph = glyph_of(free, 18)
    assert (glyph * one()).sum() > 0.9 * one().sum()
    assert glyph.sum() < 1.15 * one().sum()
    assert glyph_of(without_frame(patch_of(rounded(radius))), 18).max() < 0.3


@pytest.mark.parametrize("ruling", [0, 3])
def test_a_one_at_the_end_of_a_line_is_no_wall(ruling: int) -> None:
    ink = np.zeros((109, 400), np.float32)
    for x in (26, 120, 200):
        cv2.line(ink, (x, 28), (x, 84), 1.0, 5)
    if ruling:
        cv2.line(ink, (0, 86), (399, 86), 1.0, ruling)
    line = line_of(without_frame(Patch(ink, 18, np.eye(3)), is_line=True), 18)
    assert ((line[20:50] > 0.5).sum(axis=0) > 20).sum() >= 12


def doubled(gap: int) -> Map:
    """The frame of a box whose right wall is two, its neighbour's is the outer one; so little paper is between them."""
    ink = boxed(4)
    cv2.line(ink, (90 + 4 + gap, 18), (90 + 4 + gap, 90), 1.0, 4)
    return cv2.blur(ink, (3, 3))


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_both_walls_of_boxes_close_together_are_taken_out(gap: int) -> None:
    left = glyph_of(without_frame(patch_of(np.maximum(doubled(gap), one()))), 18)
    assert left[:, 70:].max() < 0.3
    assert (left * one()).sum() > 0.95 * one().sum()


@pytest.mark.parametrize("rows", [(18, 25), (12, 20)])
def test_a_bar_on_the_frame_is_kept_in_the_other_view(rows: tuple[int, int]) -> None:
    seven = np.zeros((109, 109), np.float32)
    seven[rows[0] : rows[1], 34:76] = 1.0
    cv2.line(seven, (72, 20), (48, 80), 1.0, 5)
    free, barred = freed(np.maximum(boxed(), seven)[None], 18)
    kept = [(found[0] * seven).sum() / seven.sum() for found in (free, barred)]
    assert kept[1] > 0.8 > kept[0]


def test_without_a_stroke_on_the_frame_there_is_no_other_view() -> None:
    free, barred = freed(np.maximum(boxed(), one())[None], 18)
    np.testing.assert_array_equal(free, barred)


def test_a_thin_one_far_from_a_thick_digit_stays() -> None:
    """A 19 was read as a sure 9: the 1 had less than a third of its ink, and was far from it."""
    ink = boxed()
    cv2.ellipse(ink, (72, 44), (9, 11), 0, 0, 360, 1.0, 7)
    cv2.line(ink, (81, 44), (76, 80), 1.0, 7)
    stroke = np.zeros_like(ink)
    cv2.line(stroke, (36, 34), (35, 76), 1.0, 2)
    glyph = glyph_of(without_frame(patch_of(np.maximum(ink, stroke))), 18)
    assert (glyph * stroke).sum() > 0.9 * stroke.sum()


def test_what_overflows_from_the_neighbour_is_left_out() -> None:
    ink = boxed()
    cv2.line(ink, (54, 32), (52, 78), 1.0, 12)
    stroke = np.zeros_like(ink)
    cv2.line(stroke, (26, 34), (25, 74), 1.0, 2)
    glyph = glyph_of(without_frame(patch_of(np.maximum(ink, stroke))), 18)
    assert (glyph * stroke).sum() < 0.1 * stroke.sum()
