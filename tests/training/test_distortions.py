"""Each distortion does something, the more the stronger, and leaves the digit readable."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.errors import UsageError
from training.augment import likeness
from training.data import pen_digits
from training.distortions import STRENGTHS, augmented, draw_sheet, strengths


@pytest.fixture(scope="module")
def crops() -> NDArray[np.uint8]:
    from reader.digits.crops import crop

    return np.stack([crop(image.astype(np.float32) / np.float32(255)) for image in pen_digits(24).images])


@pytest.mark.parametrize("name", STRENGTHS)
def test_the_stronger_the_less_alike(crops: NDArray[np.uint8], name: str) -> None:
    alike = []
    for share in (0.25, 2.0):
        made = augmented(crops, {name: share * STRENGTHS[name]}, np.random.default_rng(4))
        alike.append(np.mean([likeness(*pair) for pair in zip(made, crops, strict=True)]))
    assert alike[1] < alike[0] < 1 - 1e-6
    assert alike[1] > 0.8


def test_all_together_stay_readable_and_come_from_the_seed(crops: NDArray[np.uint8]) -> None:
    one, again = (augmented(crops, STRENGTHS, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert (one != crops).any(axis=(1, 2)).mean() > 0.7
    assert np.mean([likeness(*pair) for pair in zip(one, crops, strict=True)]) > 0.8


def test_no_strength_changes_nothing(crops: NDArray[np.uint8]) -> None:
    made = augmented(crops, dict.fromkeys(STRENGTHS, 0.0), np.random.default_rng(6))
    alike = [likeness(*pair) for pair in zip(made, crops, strict=True)]
    assert np.median(alike) > 0.99  # enlarged and cut out again


def test_strengths_are_changed_by_name() -> None:
    changed = strengths(["rotation=20", "blur = 0"])
    assert (changed["rotation"], changed["blur"], changed["shift"]) == (20, 0, STRENGTHS["shift"])
    for mistake in ("spin=3", "rotation=much", "rotation=-1", "rotation"):
        with pytest.raises(UsageError, match=f"--strength {mistake}"):
            strengths([mistake])


def test_the_sheet_has_a_row_for_each(crops: NDArray[np.uint8], tmp_path: Path) -> None:
    draw_sheet(crops, STRENGTHS, 1, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None
    rows = sheet.reshape(len(STRENGTHS) + 2, 56, -1)
    assert all(row.min() < 50 for row in rows)
    with pytest.raises(UsageError, match=r"sheet\.png: cannot be written"):
        draw_sheet(crops, STRENGTHS, 1, tmp_path / "gone" / "sheet.png")


def test_a_crop_that_is_hardly_to_be_seen_does_not_stop_a_training() -> None:
    faint = np.zeros((300, 28, 28), np.uint8)
    faint[:, 12:15, 6:22] = 52  # a fifth of full ink, the least that counts as any
    made = augmented(faint, STRENGTHS, np.random.default_rng(6))
    assert made.shape == faint.shape
