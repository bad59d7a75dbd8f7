"""What training tells while it works: sentences, and how far it is. Who listens decides where they go."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far a training is.

    Attributes:
        epoch: counted from 1.
        epochs: of the whole training.
        batch: done in this epoch.
        batches: in an epoch.
        loss: mean over the epoch so far.
        accuracy: share of the epoch's crops so far that were answered right, 0 to 1.
        seconds_left: to the end of the whole training.
        checked: loss and accuracy on the validation data, told once at the end of an epoch.
    """

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    seconds_left: float
    checked: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (0 < self.epoch <= self.epochs and 0 < self.batch <= self.batches):
            raise ValueError(f"batch {self.batch} of {self.batches} in epoch {self.epoch} of {self.epochs}")


@dataclass(frozen=True, slots=True)
class Teller:
    """Who is told: `say` takes a sentence, `step` how far the training is."""

    say: Callable[[str], None] = lambda _: None
    step: Callable[[Step], None] = lambda _: None


NOBODY = Teller()
