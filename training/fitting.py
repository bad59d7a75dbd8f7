"""Crops and labels -> a fitted network, epoch by epoch, with a checkpoint after each. Keras 3 on any backend."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import LabelBinarizer

from reader.errors import UsageError
from training.distortions import augmented
from training.labelled import Labelled, joined
from training.loading import DataSet
from training.networks import gives_logits
from training.settings import Settings
from training.telling import NOBODY, Step, Teller

WARM_UP = 0.05
"""Share of the steps in which the learning rate of the cosine schedule rises."""
WEIGHT_DECAY = 2e-3
"""Of adamw (Loshchilov and Hutter, ICLR 2019)."""
TOLD_EVERY = 0.2
"""Seconds between two reports inside an epoch."""
MAY_DIFFER = ("epochs", "output")
"""Settings that a resumed run may change."""

History = dict[str, list[float]]


class Reporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells how far a training is, from inside Keras."""

    def __init__(self, tell: Teller, epochs: tuple[int, int], batches: int) -> None:
        super().__init__()
        self._tell, self._epochs, self._batches = tell, epochs, batches
        self._began, self._told = time.monotonic(), 0.0
        self._epoch, self._batch = epochs[0], 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Count the batches anew."""
        self._epoch, self._batch = epoch, 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:  # noqa: ARG002
        """Tell the loss and the accuracy so far, not oftener than a person can see."""
        self._batch = min(self._batch + 1, self._batches)
        if time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            self._tell.step(self._step(logs))

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002
        """Tell what the epoch came to."""
        self._batch = self._batches
        self._tell.step(self._step(logs, (logs["val_loss"], logs["val_accuracy"])))

    def _step(self, logs: dict[str, float], checked: tuple[float, float] | None = None) -> Step:
        first, last = self._epochs
        done = (self._epoch - first) * self._batches + self._batch
        left = (time.monotonic() - self._began) / done * ((last - first) * self._batches - done)
        figures = float(logs["loss"]), float(logs["accuracy"])
        return Step(self._epoch + 1, last, self._batch, self._batches, *figures, left, checked)


def scaled(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Crops (n, 28, 28) uint8 -> a network's input (n, 28, 28, 1) float32, 0 to 1."""
    inputs: NDArray[np.float32] = crops[..., None].astype(np.float32) / np.float32(255)
    return inputs


def binarized(labels: NDArray[np.uint8], classes: int) -> NDArray[np.float32]:
    """Labels (n,) -> (n, classes) float32 with a 1 at the label, by scikit-learn's LabelBinarizer."""
    return np.asarray(LabelBinarizer().fit(np.arange(classes)).transform(labels), np.float32)


def lesson(sets: list[DataSet], settings: Settings, epoch: int) -> Labelled:
    """The crops of one epoch: each set as often as its weight says, in a new order, augmented if wanted."""
    rng = np.random.default_rng([settings.seed, epoch])
    parts = []
    for data in sets:
        whole, rest = divmod(data.weight, 1)
        count = len(data.learning.labels)
        some = rng.permutation(count)[: round(rest * count)]
        parts.append(data.learning.where(np.concatenate([np.tile(np.arange(count), int(whole)), some])))
    together = joined(parts)
    mixed = together.where(rng.permutation(len(together.labels)))
    return Labelled(augmented(mixed.crops, settings.augment, rng), mixed.labels) if settings.augment else mixed


def compiled(model: keras.Model, settings: Settings, crops: int) -> None:
    """Give a network its loss (categorical cross-entropy) and its optimizer, for epochs of so many crops."""
    rate: Any = settings.learning_rate
    if settings.schedule == "cosine":
        steps = -(-crops // settings.batch_size) * settings.epochs
        warm = max(1, round(WARM_UP * steps))
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 10, max(1, steps - warm), alpha=0.01, warmup_target=rate, warmup_steps=warm
        )
    if settings.optimizer == "adamw":
        optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    else:
        optimizer = keras.optimizers.Adam(rate)
    loss = keras.losses.CategoricalCrossentropy(from_logits=gives_logits(model))
    model.compile(optimizer, loss, metrics=["accuracy"])


def fitted(
    model: keras.Model,
    sets: list[DataSet],
    validation: Labelled,
    settings: Settings,
    tell: Teller = NOBODY,
    after: Callable[[keras.Model], None] = lambda _: None,
) -> tuple[keras.Model, History]:
    """Fit a network, or go on with the checkpoint of an interrupted run.

    Args:
        model: not compiled; left alone where a checkpoint is resumed.
        sets: to learn from.
        validation: looked at after each epoch.
        settings: of the run.
        tell: how far it is.
        after: called after each epoch.

    Returns:
        The network and what each epoch came to.

    Raises:
        UsageError: a checkpoint is in the way, is missing, or is one of another run.
    """
    first, model, history = _begun(model, settings)
    classes = int(model.output_shape[-1])
    checked = scaled(validation.crops), binarized(validation.labels, classes)
    report: Reporter | None = None
    for epoch in range(first, settings.epochs):
        learned = lesson(sets, settings, epoch)
        if not model.compiled:
            compiled(model, settings, len(learned.labels))
        if report is None:
            report = Reporter(tell, (first, settings.epochs), -(-len(learned.labels) // settings.batch_size))
        _reseed(model, [settings.seed, epoch])
        went = model.fit(
            scaled(learned.crops), binarized(learned.labels, classes), batch_size=settings.batch_size, shuffle=False,
            initial_epoch=epoch, epochs=epoch + 1, validation_data=checked, verbose=0, callbacks=[report],
        )  # fmt: skip
        for name, values in went.history.items():
            history.setdefault(name, []).append(round(float(values[-1]), 6))
        _checkpoint(model, history, settings, epoch + 1)
        after(model)
    return model, history


def _reseed(model: keras.Model, seed: list[int]) -> None:
    """Dropout takes its chance from the seed and the epoch alone, so that a resumed run goes on as it would have."""
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.array(seed, np.uint32))


def _begun(model: keras.Model, settings: Settings) -> tuple[int, keras.Model, History]:
    """Epochs already done, the network as it was then, and how it went."""
    state = settings.checkpoint / "state.json"
    if not settings.resume:
        if state.exists():
            raise UsageError(
                f"{settings.checkpoint}: holds an interrupted run; add --resume to go on from it, "
                "or delete the folder to begin anew"
            )
        return 0, model, {}
    if not state.exists():
        raise UsageError(f"{settings.checkpoint}: no checkpoint to go on from; leave --resume out to begin anew")
    kept = json.loads(state.read_text("utf-8"))
    asked = json.loads(json.dumps(settings.as_written()))
    changed = [name for name in asked if name not in MAY_DIFFER and kept["settings"].get(name) != asked[name]]
    if changed:
        was = ", ".join(f"{name} {kept['settings'].get(name)}" for name in changed)
        raise UsageError(f"{settings.checkpoint}: was begun with {was}; give the same, or leave --resume out")
    return kept["epochs"], keras.saving.load_model(settings.checkpoint / kept["model"]), kept["history"]


def _checkpoint(model: keras.Model, history: History, settings: Settings, done: int) -> None:
    """What --resume goes on from, valid at every moment: the state names its network, and is replaced whole."""
    folder = settings.checkpoint
    folder.mkdir(exist_ok=True)
    model.save(folder / f"epoch-{done}.keras")
    state = {"epochs": done, "model": f"epoch-{done}.keras", "history": history, "settings": settings.as_written()}
    part = folder / "state.json.part"
    part.write_text(json.dumps(state), encoding="utf-8")
    part.replace(folder / "state.json")
    for old in set(folder.glob("epoch-*.keras")) - {folder / f"epoch-{done}.keras"}:
        old.unlink()


def forget(folder: Path) -> None:
    """Take away the checkpoint of a run that came to its end."""
    shutil.rmtree(folder, ignore_errors=True)
