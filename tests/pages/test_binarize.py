"""Ink is found whatever the light, the pencil and the paper, and texture is not taken for it."""

import cv2
import numpy as np
import pytest

from reader.pages.binarize import paper_evened, soft_ink


def _strokes(rows: int = 60, columns: int = 160, width: float = 2.0) -> np.ndarray:
    """How much of each pixel three drawn figures cover, 0 to 1."""
    large = np.zeros((rows * 8, columns * 8), np.uint8)
    for number, left in enumerate((20, 65, 110)):
        middle = ((left + 12) * 8, rows * 4)
        cv2.ellipse(large, middle, (80, 130), 15 * number, 0, 300, 255, round(width * 8))
    return cv2.resize(large, (columns, rows), interpolation=cv2.INTER_AREA) / 255.0


def _scan(covered: np.ndarray, paper: np.ndarray | float, ink: float) -> np.ndarray:
    """A gray picture: paper of the given brightness, and ink that leaves the share `ink` of it."""
    noise = np.random.default_rng(1).normal(0, 2, covered.shape)
    return np.clip(paper * (1 - covered * (1 - ink)) + noise, 0, 255).astype(np.uint8)


def _found_and_false(ink: np.ndarray, covered: np.ndarray) -> tuple[float, float]:
    """Share of the stroke cores that came out as ink, and share of the open paper that did."""
    away = cv2.dilate(covered, np.ones((3, 3))) == 0
    return float((ink[covered > 0.9] > 0.5).mean()), float((ink[away] > 0.2).mean())


@pytest.mark.parametrize("ink", [0.05, 0.4, 0.8], ids=["black", "ballpoint", "faint pencil"])
def test_strokes_of_any_darkness_are_found(ink):
    covered = _strokes()
    found, false = _found_and_false(soft_ink(_scan(covered, 245.0, ink)), covered)
    assert found > 0.98
    assert false < 0.002


def test_faint_pencil_beside_a_black_line_is_found():
    covered = _strokes()
    gray = _scan(covered, 245.0, 0.7)
    gray[3:6], gray[:, 4:7] = 10, 10
    ink = soft_ink(gray)
    assert (ink[10:-2, 12:][covered[10:-2, 12:] > 0.9] > 0.5).mean() > 0.95


def test_uneven_light_does_not_become_ink():
    covered = _strokes(240, 640, 3.0)
    light = 90 + 150 * np.linspace(0, 1, 640) * np.linspace(0.6, 1, 240)[:, None]
    gray = _scan(covered, light, 0.35)
    found, false = _found_and_false(soft_ink(gray), covered)
    assert found > 0.98
    assert false < 0.005
    evened = paper_evened(gray)
    paper = covered == 0
    assert abs(float(np.median(evened[paper][:2000])) - float(np.median(evened[paper][-2000:]))) < 12
    assert evened[paper].mean() > 235


def test_guilloche_lines_are_not_ink():
    covered = _strokes()
    y, x = np.mgrid[:60, :160]
    texture = cv2.blur(220 - 50.0 * ((y + 6 * np.sin(x / 17)) % 6 < 1.5), (2, 2))
    ink = soft_ink(_scan(covered, texture, 0.3))
    found, false = _found_and_false(ink, covered)
    assert found > 0.95
    assert false < 0.03  # the lines cover a quarter of the paper


def test_edges_stay_soft_and_cores_are_full():
    covered = _strokes(width=4.0)
    ink = soft_ink(_scan(covered, 250.0, 0.1))
    assert ink.dtype == np.float32
    assert ink.min() >= 0
    assert ink.max() <= 1
    assert ink[covered > 0.99].mean() > 0.97
    edge = ink[(covered > 0.3) & (covered < 0.7)]
    assert 0.2 < edge.mean() < 0.8


def test_black_and_white_scans_keep_their_ink_as_it_is():
    covered = _strokes() > 0.5
    gray = np.where(covered, 0, 255).astype(np.uint8)
    assert np.array_equal(soft_ink(gray) > 0.5, covered)


@pytest.mark.parametrize("level", [90, 255])
def test_an_even_page_has_no_ink(level):
    assert soft_ink(np.full((300, 400), level, np.uint8)).max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (1403, 1021)])
def test_any_size_is_taken(shape):
    gray = np.full(shape, 230, np.uint8)
    assert soft_ink(gray).shape == shape
    assert paper_evened(gray).shape == shape


def test_pictures_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        soft_ink(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        paper_evened(np.zeros((4, 4), np.float32))


@pytest.mark.parametrize("tint", [200, 225])
def test_a_printed_tint_is_paper_and_the_writing_on_it_stays(tint: int) -> None:
    page, written = np.full((1600, 1200), 255.0), np.zeros((1600, 1200), bool)
    for number in range(6):
        left = 200 + 60 * number
        page[400:460, left : left + 48] = tint
        cv2.ellipse(page, (left + 24, 430), (12, 18), 20 * number, 0, 300, 60, 5)
        written[400:460, left : left + 48] = page[400:460, left : left + 48] < 100
    ink = soft_ink(np.clip(page + np.random.default_rng(1).normal(0, 2, page.shape), 0, 255).astype(np.uint8))
    inside = np.zeros_like(written)
    for number in range(6):
        inside[404:456, 204 + 60 * number : 244 + 60 * number] = True
    away = inside & (cv2.dilate(written.astype(np.uint8), np.ones((5, 5))) == 0)
    core = cv2.erode(written.astype(np.uint8), np.ones((3, 3))) > 0
    assert (ink[core] > 0.9).mean() > 0.98
    assert (ink[away] > 0.1).mean() < 0.01


def test_strokes_as_wide_as_those_of_a_cut_out_are_no_tint() -> None:
    page = np.full((300, 900), 250, np.uint8)
    cv2.line(page, (200, 60), (210, 240), 170, 28)
    assert soft_ink(page)[150, 205] > 0.9
