import numpy as np

from reader.forms.field import Field
from reader.results.fields import doubted, worth_keeping
from reader.results.reading import Box, DigitReading, FieldReading, Status

PLACE = Box(0, 0, 10, 10)


def reading(status: Status, *digits: DigitReading) -> FieldReading:
    return FieldReading("r1", "".join(d.digit for d in digits), 0.9, status, "", PLACE, digits)


def test_a_doubted_field_is_for_review_with_all_its_digits() -> None:
    sure, unsure = (DigitReading(n, "7", 0.9, "1", 0.1, s, PLACE) for n, s in enumerate(("ok", "review")))
    found = doubted(reading("ok", sure, unsure), "the page may be upside down")
    assert (found.status, found.reason) == ("review", "the page may be upside down")
    assert [digit.status for digit in found.digits] == ["review", "review"]
    assert doubted(found, "it is torn").reason == "it is torn; the page may be upside down"


def test_a_blank_field_is_blank_whatever_is_doubted() -> None:
    empty = reading("blank", DigitReading(0, "", 1.0, "", 0.0, "blank", PLACE))
    assert doubted(empty, "the page may be upside down") is empty


def column(*found: str) -> tuple[list[Field], list[FieldReading]]:
    """Cells of a column of a table, from its first row on: a number, `word`, or nothing."""
    fields, readings = [], []
    for row, text in enumerate(found, 1):
        name = f"t1_r{row}_c2"
        fields.append(Field(name, "line", np.array([[[0, 0], [90, 0], [90, 30], [0, 30]]], np.float64), (0, 20)))
        status: Status = "rejected" if text == "word" else "ok" if text else "blank"
        made = [
            DigitReading(n, digit, 0.99, "1", 0.0, "ok", PLACE)
            for n, digit in enumerate(text if status == "ok" else "")
        ]
        readings.append(
            FieldReading(
                name,
                "".join(d.digit for d in made),
                0.9,
                status,
                "",
                PLACE,
                tuple(made) or (DigitReading(0, "", 1.0, "", 0.0, status, PLACE),),
            )
        )
    return fields, readings


def test_writing_in_a_column_of_numbers_is_not_left_out() -> None:
    fields, readings = column("word", "12", "word", "407", "", "88")
    kept = worth_keeping(fields, readings)
    assert [reading.name for reading in kept] == [f"t1_r{row}_c2" for row in (2, 3, 4, 5, 6)]


def test_a_column_of_words_is_left_out() -> None:
    for found in (("word", "word", "word", "12"), ("word", "12", "word", "30", "word", "word")):
        kept = worth_keeping(*column(*found))
        assert all(reading.value for reading in kept)
