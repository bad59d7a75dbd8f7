"""Printed lines go, strokes stay: measured in shares of their pixels."""

import cv2
import numpy as np
import pytest

from reader.digits.rulings import find_rulings, without_rulings


def _drawn(shape: tuple[int, int], lines: list[tuple[float, float, float, float, float]]) -> np.ndarray:
    """Soft ink of straight strokes x0, y0, x1, y1, width, drawn eight times as large."""
    large = np.zeros((shape[0] * 8, shape[1] * 8), np.uint8)
    for x0, y0, x1, y1, width in lines:
        ends = [(round(x * 8), round(y * 8)) for x, y in ((x0, y0), (x1, y1))]
        cv2.line(large, ends[0], ends[1], 255, round(width * 8))
    return (cv2.resize(large, (shape[1], shape[0]), interpolation=cv2.INTER_AREA) / 255).astype(np.float32)


def _digits(bottom: float) -> list[tuple[float, float, float, float, float]]:
    """A 1, a 7, a 4 and a 2 that stand on a row, a 1 that crosses it."""
    top = bottom - 36
    return [
        *[(30, top, 30, bottom, 3)],
        *[(55, top, 78, top, 3), (78, top, 62, bottom, 3)],
        *[(105, top, 95, bottom - 12, 3), (95, bottom - 12, 122, bottom - 12, 3), (115, top + 8, 115, bottom, 3)],
        *[(150, top + 6, 168, top + 3, 3), (168, top + 3, 148, bottom - 5, 3), (148, bottom - 5, 170, bottom - 5, 3)],
        *[(195, top + 5, 188, bottom + 7, 3)],
    ]


def _left(clean: np.ndarray, strokes: np.ndarray, line: np.ndarray) -> tuple[float, float]:
    """Share of the strokes' pixels that are kept, and of the line's own pixels that are still there."""
    own = (line > 0.5) & (cv2.dilate(strokes, np.ones((7, 7))) < 0.1)
    return float((clean[strokes > 0.5] > 0.3).mean()), float((clean[own] > 0.3).mean())


@pytest.mark.parametrize("thickness", [1.5, 3, 5])
@pytest.mark.parametrize("slope", [-0.05, 0, 0.03])
def test_an_underline_goes_and_what_stands_on_it_stays(slope, thickness):
    shape = (64, 240)
    strokes = _drawn(shape, _digits(50))
    line = _drawn(shape, [(-5, 52 - 120 * slope, 245, 52 + 120 * slope, thickness)])
    kept, left = _left(without_rulings(np.maximum(strokes, line)), strokes, line)
    assert kept > 0.95
    assert left < 0.05


def test_broken_and_dotted_lines_go():
    shape = (64, 240)
    strokes = _drawn(shape, _digits(48))
    dots = _drawn(shape, [(x, 55, x + 3, 55, 2) for x in range(2, 238, 7)])
    kept, left = _left(without_rulings(np.maximum(strokes, dots)), strokes, dots)
    assert kept > 0.95
    assert left < 0.1


def test_a_seven_along_the_top_line_keeps_its_leg_and_the_line_goes():
    shape = (60, 200)
    strokes = _drawn(shape, [(60, 8, 82, 8, 3), (82, 8, 68, 50, 3), (120, 14, 120, 50, 3)])
    line = _drawn(shape, [(-5, 4, 205, 4, 2)])
    kept, left = _left(without_rulings(np.maximum(strokes, line)), strokes, line)
    assert kept > 0.9
    assert left < 0.05


@pytest.mark.parametrize("seed", range(5))
def test_handwriting_without_lines_stays_as_it_is(seed):
    random = np.random.default_rng(seed)
    ink = np.zeros((60, 260), np.float32)
    for left in range(10, 240, 34):
        radius = (int(random.integers(10, 17)), int(random.integers(14, 22)))
        cv2.ellipse(ink, (left + 14, 32), radius, random.uniform(-25, 25), 0, random.uniform(250, 360), 1, 3)
    assert np.array_equal(without_rulings(ink), ink)


def test_a_leading_one_in_a_close_cut_is_no_side_of_a_box():
    strokes = _drawn((50, 120), [(8, 0, 8, 50, 3), (50, 0, 72, 0, 4), (72, 0, 56, 50, 3), (100, 0, 100, 50, 3)])
    assert without_rulings(strokes)[:, :16].sum() > 0.95 * strokes[:, :16].sum()


def test_the_side_of_a_box_goes():
    strokes = _drawn((70, 200), [(60, 18, 60, 52, 3), (90, 18, 112, 18, 3), (112, 18, 98, 52, 3)])
    line = _drawn((70, 200), [(6, -5, 9, 75, 2.5)])
    kept, left = _left(without_rulings(np.maximum(strokes, line)), strokes, line)
    assert kept > 0.95
    assert left < 0.05


def test_the_line_is_where_it_was_drawn():
    line = _drawn((40, 300), [(-5, 20, 305, 26, 3)])
    (ruling,) = find_rulings(line, 200)
    assert len(ruling.centres) > 290
    places = ruling.start + np.arange(len(ruling.centres))
    assert np.abs(ruling.centres - (20 + 6 * (places + 5) / 310 - 0.5)).max() < 1
    assert ruling.thickness == pytest.approx(3, abs=1)


def test_an_empty_patch_has_no_lines():
    assert find_rulings(np.zeros((30, 90), np.float32), 50) == ()
