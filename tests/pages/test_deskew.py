import cv2
import numpy as np
import pytest

from reader.pages.deskew import deskewed, turned
from reader.pages.page import Page, page_of, transformed
from reader.pages.scan import Scan


def ruled_page() -> np.ndarray:
    """A page with a table and lines of words, (800, 600), 255 is paper."""
    page = np.full((800, 600), 255, np.uint8)
    for x in range(100, 501, 50):
        cv2.line(page, (x, 300), (x, 600), 0, 2)
    for y in range(300, 601, 50):
        cv2.line(page, (100, y), (500, y), 0, 2)
    for y in range(80, 260, 30):
        cv2.putText(page, "please write one digit in each box", (80, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    return page


def lean(page: Page, corners: np.ndarray) -> float:
    """How far, in degrees, the table's sides are off the axes of the page."""
    x, y = transformed(corners, np.linalg.inv(page.to_scan)).T
    sides = np.arctan2(np.roll(y, -1) - y, np.roll(x, -1) - x)
    return float(np.degrees(np.abs((sides + np.pi / 4) % (np.pi / 2) - np.pi / 4)).max())


@pytest.mark.parametrize("angle", [-15, -7, -1, 0, 0.5, 4, 15])
def test_takes_out_skew(angle: float) -> None:
    turn = np.vstack([cv2.getRotationMatrix2D((300, 400), angle, 0.85), [0, 0, 1]])
    scan = cv2.warpPerspective(ruled_page(), turn, (600, 800), borderValue=255)
    corners = transformed(np.array([[100, 300], [500, 300], [500, 600], [100, 600]], float), turn)
    assert lean(deskewed(Page(scan, np.eye(3))), corners) < 0.25


@pytest.mark.parametrize("angle", [1.2, 12])
def test_takes_out_skew_where_nothing_is_long_but_sides_of_small_boxes(angle: float) -> None:
    page = np.full((2300, 1700), 255, np.uint8)
    for y in range(800, 1200, 120):
        for x in range(500, 750, 60):
            cv2.rectangle(page, (x, y), (x + 42, y + 42), 190, 1)
    turn = np.vstack([cv2.getRotationMatrix2D((850, 1150), angle, 1.0), [0, 0, 1]])
    scan = cv2.warpPerspective(page, turn, (1700, 2300), borderValue=255)
    corners = transformed(np.array([[500, 800], [740, 800], [740, 1160], [500, 1160]], float), turn)
    assert lean(deskewed(Page(scan, np.eye(3))), corners) < 0.35


def test_takes_out_perspective() -> None:
    ends = np.float32([[40, 60], [540, 20], [590, 790], [10, 730]])
    view = cv2.getPerspectiveTransform(np.float32([[0, 0], [600, 0], [600, 800], [0, 800]]), ends).astype(float)
    scan = cv2.warpPerspective(ruled_page(), view, (600, 800), borderValue=255)
    corners = transformed(np.array([[100, 300], [500, 300], [500, 600], [100, 600]], float), view)
    before = lean(Page(scan, np.eye(3)), corners)
    after = lean(deskewed(Page(scan, np.eye(3))), corners)
    assert before > 3
    assert after < 0.5


def test_leaves_a_page_without_lines_as_it_is() -> None:
    noise = np.random.default_rng(1).normal(200, 5, (400, 300)).clip(0, 255).astype(np.uint8)
    assert deskewed(Page(noise, np.eye(3))).gray is noise


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_know_where_each_pixel_came_from(quarters: int) -> None:
    gray = np.random.default_rng(2).integers(0, 255, (30, 20), np.uint8)
    page = turned(Page(gray, np.eye(3)), quarters)
    assert np.array_equal(page.gray, np.rot90(gray, -quarters))
    x, y = transformed(np.array([[3.0, 5.0]]), page.to_scan)[0].round().astype(int)
    assert page.gray[5, 3] == gray[y, x]


@pytest.mark.parametrize("shape", [(60, 80), (1500, 1000), (5000, 4000)])
def test_any_size_comes_to_one_that_can_be_worked_with(shape: tuple[int, int]) -> None:
    image = np.full(shape, 250, np.uint8)
    image[shape[0] // 2 :, shape[1] // 2 :] = 20
    page = page_of(Scan("page.png", 1, image))
    assert 200 < max(page.gray.shape) <= 3600
    edge = np.array([[shape[1] / 2 - 0.5, shape[0] / 2 - 0.5]])
    x, y = transformed(edge, np.linalg.inv(page.to_scan))[0].round().astype(int)
    assert page.gray[y - 3, x - 3] > 200
    assert page.gray[y + 3, x + 3] < 100


def test_a_page_without_pixels_fails_where_it_is_made() -> None:
    with pytest.raises(ValueError, match="rows, columns"):
        Page(np.zeros((0, 5), np.uint8), np.eye(3))
    with pytest.raises(ValueError, match="inverted"):
        Page(np.zeros((5, 5), np.uint8), np.zeros((3, 3)))
