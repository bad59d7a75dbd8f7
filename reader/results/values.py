"""Digits -> the value of a field: empty and crossed-out boxes, printed points, numbers that keep to one side."""

from dataclasses import dataclass, replace

from reader.forms.field import Kind
from reader.forms.rules import ValueRules, written_out
from reader.results.reading import DigitReading, FieldReading, Status

SURE_CROSS = 0.97
"""Probability of being no digit from which on a box counts as crossed out without anybody looking."""

NO_DIGIT = "holds no digit"
"""What is said of a box where the form does not say what it means."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A field's reading with what its form says of it, as rules work on it.

    Attributes:
        reading: the field; its value is made from its digits.
        kind: boxes or a line.
        rules: what the form says of its value.
        complete: whether there is a value that rules can be asked about.
        open: whether nothing but digits in doubt speaks against the value, so that rules may bear it out.
    """

    reading: FieldReading
    kind: Kind
    rules: ValueRules
    complete: bool
    open: bool

    @property
    def digits(self) -> str:
        """The digits of the value, with what empty and crossed-out boxes stand for."""
        return digits_of(self.reading.digits, self.rules)


def digits_of(digits: tuple[DigitReading, ...], rules: ValueRules) -> str:
    """The digits that boxes make, with what empty and crossed-out ones stand for."""
    return "".join(_text(digit, rules) for digit in digits)


def answer_of(reading: FieldReading, kind: Kind, rules: ValueRules, doubt: str = "") -> Answer:
    """The value of a field as its form means it; `doubt` is what else speaks against it."""
    written = reading.digits
    text = digits_of(written, rules)
    doubts = [*_doubts(written, kind, rules, text), *([doubt] if doubt else [])]
    unclear = [digit for digit in written if digit.status == "rejected" and rules.cross is None]
    plain = [digit for digit in written if digit.status == "review"]
    value = written_out(text, rules)
    if unclear or (not text and reading.status != "rejected"):
        status, reason = reading.status, _joined([reading.reason, *doubts])
        status = "review" if doubts and status == "ok" else status
        return Answer(replace(reading, value=value, status=status, reason=reason), kind, rules, False, False)
    told = [each for each in reading.reason.split("; ") if not each.endswith(NO_DIGIT)]
    said: list[str] = [*(told if plain else []), *doubts]
    status = "review" if said else _settled(text)
    finished = replace(reading, value=value, status=status, reason=_joined(said))
    return Answer(finished, kind, rules, bool(text), bool(plain) and not doubts)


def _settled(text: str) -> Status:
    """The status of a field where nothing is in doubt."""
    return "ok" if text else "blank"


def _text(digit: DigitReading, rules: ValueRules) -> str:
    """What a box says in the value."""
    if digit.status == "blank":
        return rules.blank or ""
    if digit.status == "rejected":
        return rules.cross or ""
    return digit.digit


def _doubts(digits: tuple[DigitReading, ...], kind: Kind, rules: ValueRules, text: str) -> list[str]:
    """What speaks against a value besides digits that are hard to read."""
    doubts = []
    if rules.cross is not None:
        weak = [each for each in digits if each.status == "rejected" and each.confidence < SURE_CROSS]
        doubts += [f"box {each.position + 1} may be crossed out ({each.confidence:.2f})" for each in weak]
    if rules.mask and text and rules.mask.count("#") != len(text):
        doubts.append(f"{len(text)} digits are written, and {rules.mask} has {rules.mask.count('#')}")
    used = [place for place, each in enumerate(digits) if _text(each, rules) or each.digit]
    if kind == "line" or not used:
        return doubts
    unused = sorted(set(range(len(digits))) - set(used))
    between = [place for place in unused if used[0] < place < used[-1]]
    if between:
        doubts.append(f"box {between[0] + 1}, between digits, is not used")
    if used[-1] + 1 < len(digits) and (rules.align == "right" or rules.decimals):
        doubts.append("the last box is not used, and numbers end there")
    if used[0] > 0 and rules.align == "left":
        doubts.append("the first box is not used, and numbers begin there")
    return doubts


def _joined(said: list[str]) -> str:
    """Reasons as one text."""
    return "; ".join(each for each in said if each)
