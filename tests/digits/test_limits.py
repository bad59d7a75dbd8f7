"""A limit is looked up by the share of wrong fields that a user allows."""

import pytest

from reader.digits.classifier import load
from reader.digits.limits import STANDARD, limits_of
from reader.errors import ModelError

ROWS = [
    {"boxes": 0.985, "lines": 0.97, "share": 0.1, "max_error": 0.005},
    {"boxes": 0.95, "lines": 0.9, "share": 0.04, "max_error": 0.02},
    {"boxes": 0.999, "lines": 0.997, "share": 0.4, "max_error": 0.001},
]


def test_the_first_row_is_what_holds_if_nobody_asks() -> None:
    assert limits_of(ROWS, "m.tflite", None).boxes == 0.985
    assert limits_of([], "m.tflite", None) == STANDARD


@pytest.mark.parametrize(("asked", "boxes"), [(0.05, 0.95), (0.02, 0.95), (0.019, 0.985), (0.001, 0.999)])
def test_the_mildest_limits_that_keep_an_error_are_taken(asked: float, boxes: float) -> None:
    assert limits_of(ROWS, "m.tflite", asked).boxes == boxes


def test_an_error_that_was_not_measured_is_not_promised() -> None:
    with pytest.raises(ModelError, match=r"m\.tflite: the least error measured of it is 0\.001, so 0\.0004 cannot"):
        limits_of(ROWS, "m.tflite", 0.0004)
    with pytest.raises(ModelError, match="no errors were measured"):
        limits_of([], "m.tflite", 0.01)


def test_a_table_that_is_none_is_said() -> None:
    with pytest.raises(ModelError, match="cannot be understood"):
        limits_of([{"boxes": 2.0}], "m.tflite", None)
    with pytest.raises(ModelError, match="cannot be understood"):
        limits_of([{"box": 0.9}], "m.tflite", None)


def test_the_model_in_the_package_can_be_read_with_limits() -> None:
    classifier = load(None)
    assert 0.9 <= classifier.limits.boxes < 1
    assert 0.9 <= classifier.limits.lines < 1
