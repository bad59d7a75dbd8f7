"""One training from start to end: the data, the network, the fit, the figures, the model and its record on disk."""

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.metrics import classification_report

from reader.digits.classifier import CLASSES, NOT_DIGIT
from training.architectures import ARCHITECTURES
from training.evaluate import digit_figures, fitted_temperature
from training.fitting import History, fitted, forget
from training.labelled import Labelled, held_back, joined
from training.loading import VALIDATION_SHARE, DataSet, classes_in, load
from training.networks import logits, softmax
from training.settings import Settings
from training.telling import NOBODY, Teller

PACKAGES = ("keras", "tensorflow", "torch", "jax", "numpy", "scikit-learn", "opencv-python-headless")
"""Packages whose versions go into the record, where they are installed."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to.

    Attributes:
        model: the network.
        report: scikit-learn's classification report on the test images of all data.
        accuracy: share of the test images answered right, by the name of the data.
        record: settings, hashes of the data, figures, versions: what the file beside the model says.
    """

    model: keras.Model
    report: str
    accuracy: dict[str, float]
    record: dict[str, Any]


def train(settings: Settings, tell: Teller = NOBODY) -> Trained:
    """Train a new network as the settings say, and save it with its record.

    Raises:
        UsageError: the data cannot be learned from; said before any training.
    """
    sets = loaded(settings.data, tell)
    learning, validation = apart(sets)
    classes = classes_in(sets)
    tell.say(f"crops scaled to [0, 1], labels binarized to {classes} classes by LabelBinarizer")
    keras.utils.set_random_seed(settings.seed)
    model = ARCHITECTURES[settings.architecture](classes=classes, **settings.network)
    tell.say(
        f"network {settings.architecture}, {model.count_params():,} parameters, compiled with "
        f"{settings.optimizer.capitalize()} at {settings.learning_rate} and categorical cross-entropy"
    )
    tell.say(f"fitting: {settings.epochs} epochs, batch size {settings.batch_size}, seed {settings.seed}")
    model, history = fitted(model, learning, validation, settings, tell)
    done = measured(model, sets, validation, settings, history)
    save(done, settings, tell)
    return done


def loaded(names: tuple[str, ...], tell: Teller) -> list[DataSet]:
    """The data by its names, all of it checked before the first step."""
    sets = []
    for name in names:
        tell.say(f"loading {name}")
        sets.append(load(name, tell.say))
    return sets


def apart(sets: list[DataSet]) -> tuple[list[DataSet], Labelled]:
    """Sets without the images that are kept for validation, and these."""
    split = [held_back(data.learning, VALIDATION_SHARE) for data in sets]
    rest = [
        DataSet(data.name, kept, data.testing, data.own_test, data.weight, data.sha256)
        for data, (kept, _) in zip(sets, split, strict=True)
    ]
    return rest, joined([checked for _, checked in split])


def measured(
    model: keras.Model, sets: list[DataSet], validation: Labelled, settings: Settings, history: History
) -> Trained:
    """The figures of a fitted network on the test images, and the record of its run."""
    temperature = fitted_temperature(logits(model, validation.crops), validation.labels)
    answers = [softmax(logits(model, data.testing.crops) / np.float32(temperature)) for data in sets]
    figures = {data.name: digit_figures(said, data.testing.labels) for data, said in zip(sets, answers, strict=True)}
    truth = np.concatenate([data.testing.labels for data in sets])
    names = CLASSES if (truth == NOT_DIGIT).any() else CLASSES[:NOT_DIGIT]
    report = classification_report(
        truth, np.concatenate(answers).argmax(axis=1), labels=range(len(names)), target_names=names,
        digits=4, zero_division=0,
    )  # fmt: skip
    record = {
        "settings": settings.as_written(),
        "network": {"name": model.name, "parameters": model.count_params(), "classes": int(model.output_shape[-1])},
        "temperature": temperature,
        "temperature_fitted_on": f"{len(validation.labels)} images held back from training",
        "data": {
            Path(data.name).name: {
                "sha256": data.sha256, "learned": len(data.learning.labels), "tested": len(data.testing.labels),
                "weight": data.weight,
            }
            for data in sets
        },
        "figures": {Path(name).name: values for name, values in figures.items()},
        "history": history,
        **surroundings(),
    }  # fmt: skip
    return Trained(model, report, {name: values["accuracy"] for name, values in figures.items()}, record)


def surroundings() -> dict[str, Any]:
    """Where a run took place: Keras's backend, the versions of packages, the machine."""
    return {
        "backend": keras.backend.backend(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def save(done: Trained, settings: Settings, tell: Teller = NOBODY) -> None:
    """Write the model and its record, each whole or not at all, and forget the checkpoint."""
    part = settings.output.with_name(f".part-{settings.output.name}")
    done.model.save(part)
    part.replace(settings.output)
    content = {**done.record, "sha256": hashlib.sha256(settings.output.read_bytes()).hexdigest()}
    written(settings.record, json.dumps(content, indent=2) + "\n")
    forget(settings.checkpoint)
    tell.say(f"saved the model as {settings.output} and the record of the run as {settings.record}")


def written(path: Path, text: str) -> None:
    """Replace a text file by another, whole or not at all."""
    part = path.with_name(f".part-{path.name}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
