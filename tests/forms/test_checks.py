"""Check digits and dates: known numbers, and that any one digit misread is told."""

import pytest

from reader.forms.checks import METHODS, CheckDigit, date_parts, is_date_as, passes

KNOWN: dict[CheckDigit, str] = {
    "luhn": "79927398713",
    "mod10": "4006381333931",
    "mod11": "9434765919",
    "mod97": "79444",
    "isbn": "9780306406157",
    "verhoeff": "2363",
    "damm": "5724",
}
"""The examples that each method is published with; ISBN-10 and the NHS number among them."""


@pytest.mark.parametrize("method", METHODS)
def test_known_number_passes_and_none_with_another_digit_does(method: CheckDigit) -> None:
    number = KNOWN[method]
    assert passes(number, method)
    for place, digit in enumerate(number):
        for other in "0123456789".replace(digit, ""):
            assert not passes(number[:place] + other + number[place + 1 :], method)


def test_one_digit_alone_is_never_right() -> None:
    assert not any(passes("0", method) for method in METHODS)


@pytest.mark.parametrize(
    ("digits", "spelled", "right"),
    [
        ("310126", "DDMMYY", True),
        ("310426", "DDMMYY", False),
        ("290224", "DDMMYY", True),
        ("290223", "DDMMYY", False),
        ("20260229", "YYYYMMDD", False),
        ("1301", "MMDD", False),
        ("0230", "MMDD", False),
        ("0229", "MMDD", True),
        ("00", "DD", False),
        ("3101", "DDMMYY", False),
    ],
)
def test_dates_are_days_that_there_are(digits: str, spelled: str, right: bool) -> None:
    assert is_date_as(digits, spelled) == right


def test_a_date_is_spelled_from_its_parts_each_once() -> None:
    assert date_parts("DDMMYYYY") == ["DD", "MM", "YYYY"]
    assert date_parts("DDMMDD") is None
    assert date_parts("D.M.Y") is None
    assert date_parts("") is None
