"""Zeros drawn in one go are as many loops as they stand for, and as high as asked."""

import cv2
import numpy as np
import pytest

from training.flourishes import dash, dot, garland


def _loops(ink) -> int:
    """Stretches of paper that ink encloses, specks left out."""
    paper = (np.pad(ink, 1) < 0.3).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    return int((stats[2:, cv2.CC_STAT_AREA] > 20).sum())


@pytest.mark.parametrize("zeros", [2, 3, 6])
def test_a_garland_has_a_loop_for_each_zero(zeros: int):
    drawn = [garland(zeros, 36, 2.5, np.random.default_rng(seed)) for seed in range(40)]
    loops = np.array([_loops(ink) for ink in drawn])
    assert (loops >= zeros).mean() > 0.9
    assert abs(np.median(loops) - zeros) <= 1


def test_a_garland_is_one_piece_of_the_height_asked_for():
    for seed in range(30):
        ink = garland(3, 36, 2.5, np.random.default_rng(seed))
        count, _ = cv2.connectedComponents((ink > 0.3).astype(np.uint8), connectivity=8)
        rows = np.flatnonzero((ink > 0.3).any(axis=1))
        assert count == 2, seed
        assert 0.7 * 36 < rows[-1] - rows[0] < 1.5 * 36, seed


def test_garlands_join_at_the_top_and_at_the_foot():
    where = set()
    for seed in range(40):
        ink = garland(4, 40, 2, np.random.default_rng(seed)) > 0.3
        between = np.flatnonzero(ink.any(axis=1))
        top, bottom = between[0], between[-1]
        high, low = ink[top : top + 8].any(axis=0).sum(), ink[bottom - 7 : bottom + 1].any(axis=0).sum()
        where.add("top" if high > 1.2 * low else "foot" if low > 1.2 * high else "?")
    assert {"top", "foot"} <= where


def test_points_and_dashes_are_where_they_are_put():
    for draw, (low, high) in ((dot, (1, 20)), (dash, (8, 60))):
        ink = np.zeros((60, 120), np.float32)
        draw(ink, 50, 30, np.random.default_rng(3))
        rows, columns = np.nonzero(ink > 0.3)
        assert low <= np.ptp(columns) + 1 <= high
        assert abs(rows.mean() - 30) < 14
        assert columns.min() > 35
