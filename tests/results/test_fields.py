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


def column(*found: str, free: bool = False) -> tuple[list[Field], list[FieldReading]]:
    """Cells of a column of a table, or free lines, from the first one on: a number, `word`, or nothing."""
    fields, readings = [], []
    for row, text in enumerate(found, 1):
        name = f"r{row}" if free else f"t1_r{row}_c2"
        top = 40.0 * row if free else 0.0
        corners = np.array([[[0, top], [90, top], [90, top + 30], [0, top + 30]]])
        fields.append(Field(name, "line", corners, (1 if free else 0, 20)))
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


def test_a_free_line_that_cannot_be_read_is_not_left_out_below_numbers() -> None:
    kept = worth_keeping(*column("word", "12", "word", "407", "88", free=True))
    assert [reading.name for reading in kept] == ["r2", "r3", "r4", "r5"]
    assert kept[1].status == "rejected"


def test_lines_of_text_with_a_number_now_and_then_are_left_out() -> None:
    kept = worth_keeping(*column("word", "12", "word", "word", "30", "word", "word", free=True))
    assert [reading.name for reading in kept] == ["r2", "r5"]
