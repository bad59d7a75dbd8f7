"""What was read from a page: what the pipeline hands over."""

from dataclasses import dataclass
from typing import Literal

PageStatus = Literal["read", "refused", "failed"]
Status = Literal["ok", "review", "blank", "rejected", "verified"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in whole pixels of the image as stored: top left corner (x right, y down) and size."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"a box has an area, not {self.width} x {self.height}")


@dataclass(frozen=True, slots=True)
class DigitReading:
    """One box of a field, or one digit of a line.

    Attributes:
        position: 0 for the first of its field.
        digit: "0" to "9"; empty where the status is `blank` or `rejected`.
        confidence: probability, 0 to 1, that the digit (or the blank, or the rejection) is right.
        second_digit: the next best digit, empty where there is none.
        second_confidence: its probability.
        status: `ok`, `review`, `blank`, `rejected`, `verified`.
        box: where it is in the stored image.
    """

    position: int
    digit: str
    confidence: float
    second_digit: str
    second_confidence: float
    status: Status
    box: Box

    def __post_init__(self) -> None:
        if (self.digit == "") != (self.status in ("blank", "rejected")):
            raise ValueError(f"a {self.status} digit cannot be {self.digit!r}")


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field: its value as text (leading zeros stay), how sure, and why a person should look (`reason`)."""

    name: str
    value: str
    confidence: float
    status: Status
    reason: str
    box: Box
    digits: tuple[DigitReading, ...]


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page: `read` with its fields, or `refused` or `failed` with the reason.

    Attributes:
        file: the path as the user gave or the folder walk found it.
        page: 1 for the first page of the file.
        form: the form's name, empty without one.
        status: `read`, `refused`, `failed`.
        reason: why it was not read, or what is worth knowing about it; empty when all is well.
        fields: in reading order, or in the form's order.
        fit: pixels of the page by which the form's print lies off its place, at 95 of 100 places; None without a form.
    """

    file: str
    page: int
    form: str
    status: PageStatus
    reason: str = ""
    fields: tuple[FieldReading, ...] = ()
    fit: float | None = None
