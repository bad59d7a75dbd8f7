"""The report counts what it says, and its pictures are written."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data import pen_digits

pytest.importorskip("sklearn", reason="training needs the extra `training`")
pytest.importorskip("matplotlib", reason="training needs the extra `training`")

from training.report import Answers, figures_of, rejection, worst_sheet, write_report


@pytest.fixture(scope="module")
def answers() -> Answers:
    """100 digits; the ten of the first hand are answered one too high, half of them surely."""
    from training.evaluate import cropped

    digits = pen_digits(10)
    said = digits.labels.astype(int)
    said[:10] = (said[:10] + 1) % 10
    sure = np.where(np.arange(100) < 5, 0.99, np.where(np.arange(100) < 10, 0.5, 0.9))
    probabilities = np.repeat(((1 - sure) / 10)[:, None], 11, axis=1)
    probabilities[np.arange(100), said] = sure
    return Answers("pen", cropped(digits.images), digits.labels, probabilities.astype(np.float32), "all of it")


def test_figures_by_set_and_together(answers: Answers) -> None:
    figures = figures_of([answers, answers])
    assert figures["sets"]["pen"]["accuracy"] == 0.9
    assert figures["all"]["n"] == 200
    counts = np.array(figures["confusion"]["counts"])
    assert np.trace(counts) == 180
    assert counts[3, 4] == 2
    assert figures["report"]["3"]["recall"] == pytest.approx(0.9)


def test_rejecting_the_least_sure_takes_out_the_errors_among_them(answers: Answers) -> None:
    kept, wrong = rejection(answers)
    assert (kept[-1], wrong[-1]) == (1.0, 0.1)
    at = int(np.flatnonzero(np.isclose(kept, 0.95))[0])
    assert wrong[at] == pytest.approx(5 / 95)
    assert wrong[0] == 1  # the surest are wrong here


def test_the_pictures_are_written(answers: Answers, tmp_path: Path) -> None:
    written = write_report([answers], figures_of([answers]), tmp_path / "new")
    assert [path.name for path in written if not path.exists()] == []
    for path in written[1:]:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        assert picture.std() > 10


def test_the_contact_sheet_shows_the_surest_mistakes_first(answers: Answers) -> None:
    sheet = worst_sheet(answers)
    first = 255 - sheet[: 28 * 3 : 3, : 28 * 3 : 3]
    assert any((first == answers.crops[i]).all() for i in range(5))


def test_answers_without_images_are_refused() -> None:
    nothing = np.zeros((0, 28, 28), np.uint8)
    with pytest.raises(ValueError, match="need images"):
        Answers("none", nothing, np.zeros(0, np.uint8), np.zeros((0, 11), np.float32), "all of it")
