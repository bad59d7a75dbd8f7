from reader.results.fields import doubted
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
