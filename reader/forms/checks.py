"""Check digits and dates: whether the digits of a number can be right.

The methods of python-stdnum where it has them without a fixed length; the two weighted sums are written here.
"""

from collections.abc import Callable
from datetime import date
from typing import Literal

from stdnum import damm, isbn, luhn, verhoeff
from stdnum.iso7064 import mod_97_10

CheckDigit = Literal["luhn", "mod10", "mod11", "mod97", "isbn", "verhoeff", "damm"]
PARTS = ("DD", "MM", "YYYY", "YY")
"""Of a date, as `date` spells them."""


def _mod10(digits: str) -> bool:
    """Weights 1, 3, 1, 3... from the right (EAN, GTIN; GS1 General Specifications, 7.9)."""
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(digits))) % 10 == 0


def _mod11(digits: str) -> bool:
    """Weights 1, 2, 3, 4... from the right, as in ISBN-10 and the NHS number: a check digit of 10 is never written."""
    return sum(int(digit) * (place + 1) for place, digit in enumerate(reversed(digits))) % 11 == 0


METHODS: dict[CheckDigit, Callable[[str], bool]] = {
    "luhn": luhn.is_valid,
    "mod10": _mod10,
    "mod11": _mod11,
    "mod97": mod_97_10.is_valid,
    "isbn": isbn.is_valid,
    "verhoeff": verhoeff.is_valid,
    "damm": damm.is_valid,
}


def passes(digits: str, method: CheckDigit) -> bool:
    """Whether a number, its check digit (or two) last, is right by a method; one digit alone never is."""
    return len(digits) > 1 and bool(METHODS[method](digits))


def date_parts(spelled: str) -> list[str] | None:
    """The parts of a date such as DDMMYY in their order; None if it is not spelled from them, each once at most."""
    parts: list[str] = []
    rest = spelled
    while rest:
        part = next((each for each in PARTS if rest.startswith(each)), "")
        if not part or part[:1] in {each[:1] for each in parts}:
            return None
        parts.append(part)
        rest = rest[len(part) :]
    return parts or None


def is_date(day: int | None, month: int | None, year: int | None) -> bool:
    """Whether there is such a day; what is None is not known, years under 100 are of this century."""
    some_leap_year = 2000
    full = some_leap_year if year is None else year + (2000 if year < 100 else 0)
    try:
        # Without the month, one of 31 days: a day is only held to what no month has.
        date(max(full, 1), 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return False
    return full >= 1


def is_date_as(digits: str, spelled: str) -> bool:
    """Whether digits are a date that is spelled so."""
    parts = date_parts(spelled)
    if parts is None or len(digits) != len(spelled):
        return False
    numbers: dict[str, int] = {}
    for part in parts:
        numbers[part[0]], digits = int(digits[: len(part)]), digits[len(part) :]
    return is_date(numbers.get("D"), numbers.get("M"), numbers.get("Y"))
