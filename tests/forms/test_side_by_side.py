"""Single boxes wall to wall are one field, others stay as they are."""

import numpy as np
from numpy.typing import NDArray

from reader.forms.field import Field
from reader.forms.side_by_side import joined


def box(name: str, x: float, y: float = 100, width: float = 30, height: float = 50) -> Field:
    quad: NDArray[np.float64] = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)
    return Field(name, "boxes", quad[None], (0, 1))


def test_boxes_found_one_by_one_are_one_field_with_the_one_that_is_missing() -> None:
    row = [box("a", 100), box("b", 131, 97, 36, 56), box("c", 168), box("e", 231, 102, 26, 46), box("f", 262)]
    (field,) = joined(row)
    assert field.name == "a"
    assert field.digits == (0, 6)
    assert np.allclose(field.quads[3].mean(axis=0), (row[2].quads[0].mean(axis=0) + row[3].quads[0].mean(axis=0)) / 2)


def test_boxes_apart_or_above_each_other_or_of_other_sizes_stay_alone() -> None:
    fields = [box("a", 100), box("b", 160), box("c", 300), box("d", 100, 160), box("e", 131, 100, 60)]
    assert joined(fields) == fields


def test_two_boxes_are_two_fields_and_the_order_stays() -> None:
    line = Field("line", "line", box("x", 10).quads, (0, 5))
    fields = [box("a", 500), line, box("b", 100), box("c", 131), box("d", 162), box("e", 531)]
    assert [field.name for field in joined(fields)] == ["a", "line", "b", "e"]
