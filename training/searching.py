"""Architectures and hyperparameters tried within a time limit, kept in a file: `digit-reader search`."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import optuna

from reader.errors import UsageError
from training.architectures import ARCHITECTURES
from training.distortions import STRENGTHS
from training.fitting import binarized, compiled, lesson, scaled
from training.labelled import Labelled
from training.loading import DataSet, classes_in
from training.settings import Settings
from training.telling import NOBODY, Step, Teller
from training.train import apart, loaded

SHOWN = 10
"""Trials in the table."""
RATES, BATCHES = (3e-4, 6e-3), (32, 64, 128, 256)
"""Learning rates and batch sizes that are tried."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search.

    Attributes:
        data: to learn from, as `training.loading.load` takes it.
        storage: the SQLite file that keeps the trials.
        minutes: no trial is begun after them, and the one at work ends.
        trials: the most trials of this call; None leaves it to the time.
        images: that a trial learns from at the most.
        epochs: of a trial.
        seed: of the choice of images and of the first trials.
    """

    data: tuple[str, ...]
    storage: Path
    minutes: float = 30
    trials: int | None = None
    images: int = 10_000
    epochs: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        if self.minutes <= 0 or (self.trials is not None and self.trials < 1) or self.epochs < 1 or self.images < 100:
            raise UsageError(
                "a search needs --minutes above 0, --trials and --epochs of 1 or more, --images from 100 on"
            )
        if not self.storage.parent.is_dir():
            raise UsageError(f"{self.storage.parent}: there is no such folder; create it or give another --storage")


def search(wanted: Search, tell: Teller = NOBODY) -> optuna.Study:
    """Try what Optuna proposes (Akiba et al., KDD 2019), until the time is over; each trial is kept as it ends.

    Raises:
        UsageError: the data cannot be learned from, the storage cannot be used, or no trial came to its end.
    """
    ends = time.monotonic() + 60 * wanted.minutes
    sets, validation = apart(loaded(wanted.data, tell))
    sets = [_fewer(data, wanted, sum(len(one.learning.labels) for one in sets)) for data in sets]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = _study(wanted, tell)

    def one(trial: optuna.Trial) -> float:
        return _tried(trial, sets, validation, wanted, (ends, tell))

    study.optimize(one, n_trials=wanted.trials, timeout=max(0.0, ends - time.monotonic()), catch=())
    if not any(trial.state == optuna.trial.TrialState.COMPLETE for trial in study.trials):
        raise UsageError(f"{wanted.storage}: no trial ended within {wanted.minutes:g} minutes; give more --minutes")
    return study


def _study(wanted: Search, tell: Teller) -> optuna.Study:
    storage = f"sqlite:///{wanted.storage}"
    try:
        study = optuna.create_study(study_name="digits", storage=storage, load_if_exists=True, direction="maximize")
        study.sampler = optuna.samplers.TPESampler(seed=wanted.seed + len(study.trials))  # not the same trials again
        study.pruner = optuna.pruners.MedianPruner(3, 1)
    except Exception as error:  # SQLAlchemy's errors are many
        reason = str(error).splitlines()[0]
        raise UsageError(f"{wanted.storage}: no search can be kept in it ({reason}); give another --storage") from error
    about = {"data": list(wanted.data), "images": wanted.images, "epochs": wanted.epochs, "seed": wanted.seed}
    before = study.user_attrs.get("about")
    if before is not None and before != about:
        raise UsageError(f"{wanted.storage}: holds a search with {before}; give the same, or another --storage")
    study.set_user_attr("about", about)
    if study.trials:
        tell.say(f"{wanted.storage}: going on after {len(study.trials)} trials")
    return study


def _fewer(data: DataSet, wanted: Search, total: int) -> DataSet:
    """A set cut down to its share of the images that a trial learns from."""
    share = min(1.0, wanted.images / total)
    count = len(data.learning.labels)
    kept = np.random.default_rng(wanted.seed).permutation(count)[: max(1, round(share * count))]
    return DataSet(data.name, data.learning.where(kept), data.testing, data.own_test, data.weight, data.sha256)


def _proposed(trial: optuna.Trial) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a trial is to try: options of the training, and of the network."""
    options: dict[str, Any] = {
        "architecture": trial.suggest_categorical("architecture", sorted(ARCHITECTURES)),
        "learning_rate": trial.suggest_float("learning_rate", *RATES, log=True),
        "batch_size": trial.suggest_categorical("batch_size", BATCHES),
        "optimizer": trial.suggest_categorical("optimizer", ["adam", "adamw"]),
        "schedule": trial.suggest_categorical("schedule", ["constant", "cosine"]),
        "augment": trial.suggest_categorical("augment", [False, True]),
    }
    if options["architecture"] == "lenet":
        network = {"filters": trial.suggest_categorical("filters", [8, 16, 32])}
    else:
        network = {"width": trial.suggest_categorical("width", [8, 16, 24, 32])}
    network["units"] = trial.suggest_categorical("units", [32, 64, 128])
    return options, {**network, "dropout": trial.suggest_float("dropout", 0.0, 0.6, step=0.1)}


def _tried(
    trial: optuna.Trial, sets: list[DataSet], validation: Labelled, wanted: Search, until: tuple[float, Teller]
) -> float:
    """Accuracy on the validation images after the last epoch; a trial that is hopeless or too late is pruned."""
    ends, tell = until
    options, network = _proposed(trial)
    options["augment"] = STRENGTHS if options["augment"] else {}
    settings = Settings(data=wanted.data, epochs=wanted.epochs, seed=wanted.seed, **options)
    keras.utils.set_random_seed(wanted.seed)
    classes = classes_in(sets)
    model = ARCHITECTURES[settings.architecture](classes=classes, **network)
    trial.set_user_attr("parameters", model.count_params())
    checked = scaled(validation.crops), binarized(validation.labels, classes)
    accuracy, began = 0.0, time.monotonic()

    def stop_if_late(batch: int, logs: dict[str, float]) -> None:  # noqa: ARG001
        model.stop_training = time.monotonic() > ends

    stop = keras.callbacks.LambdaCallback(on_train_batch_end=stop_if_late)
    for epoch in range(wanted.epochs):
        learned = lesson(sets, settings, epoch)
        if not model.compiled:
            compiled(model, settings, len(learned.labels))
        went = model.fit(
            scaled(learned.crops), binarized(learned.labels, classes), batch_size=settings.batch_size, shuffle=False,
            validation_data=checked, verbose=0, callbacks=[stop],
        ).history  # fmt: skip
        loss, accuracy = float(went["loss"][0]), float(went["val_accuracy"][0])
        left = min(ends - time.monotonic(), (time.monotonic() - began) / (epoch + 1) * (wanted.epochs - epoch - 1))
        told = float(went["val_loss"][0]), accuracy
        tell.step(Step(epoch + 1, wanted.epochs, 1, 1, loss, float(went["accuracy"][0]), left, told))
        trial.report(accuracy, epoch)
        late = time.monotonic() > ends
        if late or trial.should_prune():
            tell.say(f"trial {trial.number}: ended after epoch {epoch + 1}, {'out of time' if late else 'hopeless'}")
            raise optuna.TrialPruned
    tell.say(f"trial {trial.number}: {accuracy:.2%} of the validation images right, {_words(trial.params)}")
    return accuracy


def _best(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    return sorted(done, key=lambda trial: -(trial.value or 0))[:SHOWN]


def _words(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in parameters.items())


def table_of(study: optuna.Study) -> str:
    """The best trials, a line each."""
    lines = [f"{'trial':>5} {'right':>8} {'parameters':>11}  what"]
    for trial in _best(study):
        size = trial.user_attrs.get("parameters", 0)
        lines.append(f"{trial.number:5} {trial.value or 0:8.2%} {size:11,}  {_words(trial.params)}")
    return "\n".join([*lines, f"{len(study.trials)} trials in all"])


def command_of(study: optuna.Study, wanted: Search) -> str:
    """How to train what did best, on all images."""
    best = _best(study)[0].params
    options = [
        f"--{name.replace('_', '-')} {best[name]}" for name in ("architecture", "batch_size", "optimizer", "schedule")
    ]
    options += [f"--learning-rate {best['learning_rate']:.3g}"] + (["--augment"] if best["augment"] else [])
    sizes = ",".join(f"{name}={best[name]:.3g}" for name in ("filters", "width", "units", "dropout") if name in best)
    data = " ".join(f"--data {name}" for name in wanted.data)
    return f"digit-reader train {data} {' '.join(options)} --network {sizes}"
