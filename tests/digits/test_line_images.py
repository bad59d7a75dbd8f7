"""A line looks the same to its network whatever its size and whatever paper is around it."""

import cv2
import numpy as np
import pytest

from reader.digits.line_images import HEIGHT, WIDEST, line_image, shown


def _writing(height: int) -> np.ndarray:
    """Three figures of strokes, so many pixels high, 0 is paper and 1 is ink."""
    canvas = np.zeros((200, 640), np.float32)
    cv2.ellipse(canvas, (110, 100), (40, 70), 0, 0, 360, 1.0, 12, cv2.LINE_AA)
    cv2.line(canvas, (260, 30), (230, 170), 1.0, 12, cv2.LINE_AA)
    cv2.ellipse(canvas, (380, 100), (50, 70), 0, 20, 300, 1.0, 12, cv2.LINE_AA)
    scale = height / 140
    return cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def test_size_of_the_writing_makes_no_difference():
    small, large = line_image(_writing(30)), line_image(_writing(90))
    assert small.shape[0] == large.shape[0] == HEIGHT
    assert abs(small.shape[1] - large.shape[1]) <= 2
    seen = [cv2.GaussianBlur(cv2.resize(image, (60, HEIGHT)).astype(float), (0, 0), 1.0) for image in (small, large)]
    assert np.corrcoef(seen[0].ravel(), seen[1].ravel())[0, 1] > 0.9


def test_paper_around_the_writing_makes_no_difference():
    ink = _writing(60)
    assert np.array_equal(line_image(np.pad(ink, ((40, 5), (9, 80)))), line_image(np.pad(ink, ((40, 5), (0, 0)))))


def test_writing_is_in_the_middle_and_as_high_as_the_network_learned_it():
    rows = np.flatnonzero((line_image(_writing(70)) > 128).any(axis=1))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx((HEIGHT - 1) / 2, abs=1.5)
    assert 22 <= len(rows) <= 28


def test_a_speck_far_above_does_not_make_the_writing_small():
    ink = np.pad(_writing(60), ((80, 0), (0, 0)))
    bare = line_image(ink)
    ink[2:5, 100:103] = 1
    assert abs(line_image(ink).shape[1] - bare.shape[1]) <= 3


def test_long_lines_are_made_smaller_and_empty_ones_are_a_column():
    assert line_image(np.ones((10, 900), np.float32)).shape[1] <= WIDEST
    assert line_image(np.zeros((40, 90), np.float32)).shape == (HEIGHT, 1)


def test_lines_of_one_batch_keep_their_ink():
    images = [line_image(_writing(60)), line_image(_writing(60)[:, :120])]
    together = shown(images)
    assert together.shape[:2] == (2, HEIGHT)
    assert together.max() <= 1
    for image, row in zip(images, together, strict=True):
        assert row.sum() * 255 == pytest.approx(image.sum(), rel=1e-3)


def test_wide_paper_between_two_digits_is_closed_up():
    """Numbers written far apart, as the hours and minutes of a time, were never sure."""
    one = _writing(60)
    wide, wider = (line_image(np.hstack([one, np.zeros((len(one), gap), np.float32), one])) for gap in (60, 300))
    assert abs(wide.shape[1] - wider.shape[1]) <= 1
    assert wide.astype(float).sum() == pytest.approx(2 * line_image(one).astype(float).sum(), rel=0.02)
