"""A frame is parted by walls from its top to its bottom, and by no strokes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms.full_walls import split_at_walls

FRAME = np.array([[100, 100], [288, 100], [288, 155], [100, 155]], np.float64)


def frame(*walls: int, gray: int = 0) -> NDArray[np.uint8]:
    """A page with a frame of 188 x 55 pixels with walls at these columns."""
    page = np.full((300, 400), 255, np.uint8)
    cv2.rectangle(page, (100, 100), (288, 155), gray, 2)
    for x in walls:
        cv2.line(page, (x, 100), (x, 155), gray, 2)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 0.8), np.uint8)


@pytest.mark.parametrize("walls", [(163, 226), (161, 165, 224, 228)])
@pytest.mark.parametrize("gray", [0, 150])
def test_walls_single_or_double_part_a_frame(walls: tuple[int, ...], gray: int) -> None:
    """The double ones of boxes that stand close together were read as ones."""
    boxes = split_at_walls(frame(*walls, gray=gray), FRAME)
    assert len(boxes) == 3
    assert np.abs(np.array([box[1, 0] for box in boxes[:2]]) - [163, 226]).max() < 3


def test_a_frame_without_walls_stays_whole() -> None:
    assert len(split_at_walls(frame(), FRAME)) == 1


@pytest.mark.parametrize("columns", [(140,), (140, 240), (194,)])
def test_ones_that_do_not_reach_from_edge_to_edge_are_no_walls(columns: tuple[int, ...]) -> None:
    page = frame()
    for x in columns:
        cv2.line(page, (x, 108), (x, 150), 30, 4)
    assert len(split_at_walls(page, FRAME)) == 1


def test_walls_at_uneven_steps_are_no_boxes() -> None:
    assert len(split_at_walls(frame(150), FRAME)) == 1
