"""How sure the reader must be of a digit that needs no review, and how many of those are wrong then."""

from dataclasses import dataclass

from reader.errors import ModelError


@dataclass(frozen=True, slots=True)
class Limits:
    """From which probability on a digit needs no review.

    Attributes:
        boxes: of a digit in a box of its own.
        lines: of a line written free: that its number is right as a whole.
        share: of the fields with writing in them that will need review, as far as it was measured.
        max_error: of the fields that need none, how many are wrong at the most, as far as it was measured.
    """

    boxes: float = 0.9
    lines: float = 0.97
    share: float | None = None
    max_error: float | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.boxes <= 1 and 0 <= self.lines <= 1):
            raise ValueError(f"limits are probabilities, not {self.boxes} and {self.lines}")


STANDARD = Limits()
"""Of a model of which nothing was measured."""


def limits_of(rows: list[dict[str, float]], model: str, max_error: float | None) -> Limits:
    """The limits of a model for a share of wrong fields.

    Args:
        rows: a table in the model's sidecar, a row for each error that was measured (`training.limits`), the row for
            when nobody asks for an error first; may be empty.
        model: its file, for messages.
        max_error: wrong fields among those that need no review, at the most; None takes the first row.

    Raises:
        ModelError: the table is none, or has no error so small.
    """
    try:
        table = [Limits(**row) for row in rows]
    except (TypeError, ValueError) as error:
        raise ModelError(f"{model}: its limits cannot be understood ({error}); measure them again") from error
    if max_error is None:
        return table[0] if table else STANDARD
    fitting = [limits for limits in table if limits.max_error is not None and limits.max_error <= max_error]
    if fitting:
        return max(fitting, key=lambda limits: limits.max_error or 0.0)
    least = min((limits.max_error or 1.0 for limits in table), default=None)
    known = f"the least error measured of it is {least:g}" if least else "no errors were measured of it"
    raise ModelError(f"{model}: {known}, so {max_error:g} cannot be promised; give a larger one, or review every field")
