"""What a user asks of a training, checked before any work."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from reader.errors import ReaderError, UsageError

Architecture = Literal["lenet", "residual"]
Optimizer = Literal["adam", "adamw"]
Schedule = Literal["constant", "cosine"]
Freeze = Literal["nothing", "convolutions", "all-but-last"]
SUFFIXES = (".keras", ".h5")


class WorseError(ReaderError):
    """A model made from another is worse on the reference than the settings allow."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A training run.

    Attributes:
        data: what to learn from, each as `training.loading.load` takes it.
        output: the model file, .h5 or .keras; its record and its checkpoint go beside it.
        architecture: of a new network.
        epochs: passes over the data.
        batch_size: images to a step.
        learning_rate: the highest.
        optimizer: adam, or adamw with weight decay.
        schedule: constant, or up for a twentieth of the steps and down along a cosine.
        seed: of weights, order and augmentation.
        augment: strengths by name (`training.distortions.STRENGTHS`); empty shows the crops as they are.
        start: the model to go on from; None begins with a new network.
        freeze: what of `start` stays as it is.
        reference: the data on which a model made from another must not be worse.
        allowed_loss: points of accuracy that may be lost on the reference.
        resume: go on from the checkpoint of an interrupted run.
        network: sizes of a new network, by the names of its builder in `training.architectures`.
    """

    data: tuple[str, ...] = ("mnist",)
    output: Path = Path("ocr.h5")
    architecture: Architecture = "lenet"
    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 1e-3
    optimizer: Optimizer = "adam"
    schedule: Schedule = "constant"
    seed: int = 1
    augment: dict[str, float] = field(default_factory=dict)
    start: str | None = None
    freeze: Freeze = "nothing"
    reference: str = "mnist"
    allowed_loss: float = 0.0
    resume: bool = False
    network: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.output.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{self.output}: a model is saved as .h5 or .keras; give --output such a name")
        if not self.output.parent.is_dir():
            raise UsageError(f"{self.output.parent}: there is no such folder; create it or give another --output")
        if self.epochs < 1 or self.batch_size < 1:
            raise UsageError(f"--epochs {self.epochs}, --batch-size {self.batch_size}: both are 1 or more")
        if not 0 < self.learning_rate <= 1:
            raise UsageError(f"--learning-rate {self.learning_rate}: expected above 0 and at most 1, such as 0.001")
        if self.freeze not in get_args(Freeze) or (self.freeze != "nothing" and self.start is None):
            raise UsageError(f"--freeze {self.freeze}: keeps parts of the model that --from names; give --from as well")
        if not self.data:
            raise UsageError("there is nothing to learn from; give --data")

    @property
    def record(self) -> Path:
        """Where the record of the run goes."""
        return self.output.with_suffix(".record.json")

    @property
    def checkpoint(self) -> Path:
        """The folder of what --resume goes on from."""
        return self.output.with_suffix(".checkpoint")

    def as_written(self) -> dict[str, Any]:
        """For records: plain values, and no folder of this machine, but for the names of data."""
        names = {"output": self.output.name, "reference": Path(self.reference).name}
        written = {**asdict(self), "data": list(self.data), **names}
        written.pop("resume")
        return written
