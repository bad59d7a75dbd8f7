"""What a form says about values: how boxes make a value, and what a value must keep, alone and with others."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Literal

from reader.forms.checks import CheckDigit, is_date, is_date_as, passes

SHOWN_CHOICES = 4
"""Choices that a message lists at the most."""


@dataclass(frozen=True, slots=True)
class ValueRules:
    """What a form says about the value of one field.

    Attributes:
        decimals: digits behind the printed decimal point; 0 for a whole number.
        mask: # for each digit and whatever is printed between them; empty without any.
        blank: what an empty box means in the value; None if the form does not say.
        cross: what a crossed-out box means in the value; None if the form does not say.
        align: the side of the boxes that numbers are written at; empty if the form does not say.
        least: the least number.
        most: the greatest number.
        length: fewest and most digits.
        pattern: a regular expression for the whole value; empty without any.
        choices: the values that may be.
        check: the method of the check digit.
        date: the parts of a date, such as DDMMYY; empty if it is none.
    """

    decimals: int = 0
    mask: str = ""
    blank: str | None = None
    cross: str | None = None
    align: Literal["", "left", "right"] = ""
    least: Decimal | None = None
    most: Decimal | None = None
    length: tuple[int, int] | None = None
    pattern: str = ""
    choices: frozenset[str] | None = None
    check: CheckDigit | None = None
    date: str = ""

    def __post_init__(self) -> None:
        if self.decimals < 0 or (self.decimals and self.mask):
            raise ValueError("a value has decimals, or a mask, or neither")

    @property
    def can_be_broken(self) -> bool:
        """Whether there is any value that breaks them."""
        limits = (self.least, self.most, self.length, self.choices, self.check)
        return any(each is not None for each in limits) or bool(self.pattern or self.date)


@dataclass(frozen=True, slots=True)
class Across:
    """What holds between fields.

    Attributes:
        kind: `sum`: the fields add up to the total; `order`: none is less than the one before it; `date`: they are
            day, month and year.
        names: the fields.
        total: the field of the total, for `sum`.
    """

    kind: Literal["sum", "order", "date"]
    names: tuple[str, ...]
    total: str = ""

    def __post_init__(self) -> None:
        if (self.kind == "sum") != bool(self.total) or not self.names:
            raise ValueError("a sum has fields and a total, any other rule has fields only")

    @property
    def all_names(self) -> tuple[str, ...]:
        """The fields that it is about."""
        return (*self.names, self.total) if self.total else self.names


def written_out(digits: str, rules: ValueRules) -> str:
    """The value that digits make, with what is printed between them: 1250 with two decimals is 12.50."""
    if rules.decimals and digits:
        whole = digits.rjust(rules.decimals + 1, "0")
        return f"{whole[: -rules.decimals]}.{whole[-rules.decimals :]}"
    if rules.mask and rules.mask.count("#") == len(digits):
        following = iter(digits)
        return "".join(next(following) if each == "#" else each for each in rules.mask)
    return digits


def breach(digits: str, rules: ValueRules) -> str:
    """Which rule the digits of a field break, in words; empty if they keep all of them."""
    return next(_breaches(digits, written_out(digits, rules), rules), "")


def _breaches(digits: str, value: str, rules: ValueRules) -> Iterator[str]:
    """All rules that they break."""
    number = _decimal(digits if rules.mask else value)
    if rules.length is not None and not rules.length[0] <= len(digits) <= rules.length[1]:
        yield f"{value} has {len(digits)} digits, and the form says {_span(rules.length)}"
    if number is not None and rules.least is not None and number < rules.least:
        yield f"{value} is less than {rules.least}"
    if number is not None and rules.most is not None and number > rules.most:
        yield f"{value} is more than {rules.most}"
    if rules.pattern and not re.fullmatch(rules.pattern, value):
        yield f"{value} does not match the pattern {rules.pattern}"
    if rules.choices is not None and not {value, digits} & rules.choices:
        known = sorted(rules.choices)
        few = ", ".join(known) if len(known) <= SHOWN_CHOICES else f"{len(known)} values"
        yield f"{value} is none of the choices ({few})"
    if rules.check is not None and not passes(digits, rules.check):
        yield f"{value} is not right by its check digit ({rules.check})"
    if rules.date and not is_date_as(digits, rules.date):
        yield f"{value} is no date ({rules.date})"


def breach_across(rule: Across, values: Mapping[str, str]) -> str:
    """How the values of fields break a rule between them, in words; empty if they keep it.

    A field that is not filled in counts as 0 in a sum and says nothing in an order or a date; without a total there is
    no sum.
    """
    numbers = {name: _decimal(values.get(name, "")) for name in rule.all_names}
    known = {name: number for name, number in numbers.items() if number is not None}
    if rule.kind == "sum":
        total = sum((known.get(name, Decimal(0)) for name in rule.names), Decimal(0))
        if rule.total in known and any(name in known for name in rule.names) and total != known[rule.total]:
            return f"{' + '.join(rule.names)} is {total}, and {rule.total} is {known[rule.total]}"
        return ""
    if rule.kind == "order":
        rising = [name for name in rule.names if name in known]
        for low, high in pairwise(rising):
            if known[low] > known[high]:
                return f"{low} is {known[low]}, more than {high} with {known[high]}"
        return ""
    parts = [None if number is None else int(number) for number in (numbers[name] for name in rule.names)]
    if all(part is None for part in parts) or is_date(*parts):
        return ""
    return f"{', '.join(rule.names)} are no date: {', '.join(values.get(name, '') for name in rule.names)}"


def _decimal(text: str) -> Decimal | None:
    """A text as a number, a comma as well as a point before the decimals; None if it is none."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def _span(span: tuple[int, int]) -> str:
    """Fewest and most in words."""
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"
