r"""Train the model that the reader ships with, from nothing.

    python -m training.train --mnist mnist.npz --semeion semeion.npz --omniglot omniglot_small1.zip \
        omniglot_small2.zip --fonts fonts --count 400000 --epochs 8 --output runs/model

Without --mnist, Keras downloads it. The fonts are .ttf and .otf files, for instance of Debian's packages
fonts-liberation2, fonts-open-sans, fonts-urw-base35 and so on (`apt-get download`, `dpkg -x`): the more, the better;
Matplotlib's own are always used. What comes out: OUTPUT/model.keras, OUTPUT/record.json and, after every epoch,
OUTPUT/checkpoint.keras. `python -m training.export` makes the reader's model of it.
"""

import argparse
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import load
from training import data
from training.architectures import ARCHITECTURES
from training.evaluate import fitted_temperature
from training.mixture import bank, crops_of

HELD_BACK = 5000
"""MNIST training images kept for validation and for the temperature."""
PEN_HANDS = 400
"""Writers whose digits the pen draws."""


class Crops(keras.utils.PyDataset):  # type: ignore[misc]
    """Crops and labels in shuffled batches, as Keras wants them on any backend."""

    def __init__(self, crops: NDArray[np.uint8], labels: NDArray[np.uint8], batch: int, seed: int) -> None:
        super().__init__()
        self._crops, self._labels, self._batch = crops, labels, batch
        self._rng = np.random.default_rng(seed)
        self._order = self._rng.permutation(len(labels))

    def __len__(self) -> int:
        """Whole batches only, so that a compiled step sees one shape."""
        return len(self._labels) // self._batch

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        chosen = self._order[index * self._batch : (index + 1) * self._batch]
        return scaled(self._crops[chosen]), self._labels[chosen].astype(np.int32)

    def on_epoch_end(self) -> None:
        """Another order for the next epoch."""
        self._order = self._rng.permutation(len(self._labels))


class Cosine(keras.callbacks.Callback):  # type: ignore[misc]
    """Learning rate up in the first steps, then down along a cosine, to the last step or the last minute."""

    def __init__(self, peak: float, steps: int, minutes: float | None) -> None:
        super().__init__()
        self._peak, self._steps, self._seconds = peak, steps, 60 * minutes if minutes else float("inf")
        self._step, self._began = 0, time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Set the rate for this step, or stop."""
        done = max(self._step / self._steps, (time.monotonic() - self._began) / self._seconds)
        warm = min(1.0, (self._step + 1) / 200)
        self.model.optimizer.learning_rate = self._peak * warm * max(0.002, 0.5 * (1 + np.cos(np.pi * min(done, 1))))
        self.model.stop_training = self.model.stop_training or done >= 1
        self._step += 1


def scaled(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Crops (n, 28, 28) uint8 -> a network's input (n, 28, 28, 1) float32, 0 to 1."""
    inputs: NDArray[np.float32] = crops[..., None].astype(np.float32) / np.float32(255)
    return inputs


def fitted(
    crops: NDArray[np.uint8], labels: NDArray[np.uint8], validation: tuple[Any, Any], options: argparse.Namespace
) -> tuple[keras.Model, dict[str, list[float]]]:
    """A model trained on crops, and how it went, epoch by epoch."""
    keras.utils.set_random_seed(options.seed)
    model = keras.saving.load_model(options.start) if options.start else ARCHITECTURES[options.architecture]()
    batches = Crops(crops, labels, options.batch, options.seed)
    model.compile(
        keras.optimizers.AdamW(options.rate, weight_decay=1e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    options.output.mkdir(parents=True, exist_ok=True)
    went = model.fit(
        batches,
        epochs=options.epochs,
        validation_data=validation,
        verbose=2,
        callbacks=[
            Cosine(options.rate, len(batches) * options.epochs, options.minutes),
            keras.callbacks.ModelCheckpoint(options.output / "checkpoint.keras"),
        ],
    )
    return model, went.history


def record(options: argparse.Namespace, history: dict[str, list[float]], counts: dict[str, int]) -> dict[str, Any]:
    """What another needs to train the same model again."""
    files = [options.mnist, options.semeion, *options.omniglot]
    given = {
        k: [str(p.name) for p in v] if isinstance(v, list) else getattr(v, "name", v) for k, v in vars(options).items()
    }
    return {
        "options": given,
        "sha256": {path.name: data.sha256(path) for path in files if path},
        "counts": counts,
        "versions": {name: version(name) for name in ("keras", "tensorflow", "numpy", "opencv-python-headless")},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "history": {key: [round(float(v), 5) for v in values] for key, values in history.items()},
    }


def sources(options: argparse.Namespace) -> tuple[dict[str, data.Glyphs], NDArray[np.uint8], NDArray[np.uint8]]:
    """The glyphs to train on, by kind, and MNIST's images (28, 28) and labels that are held back."""
    rng = np.random.default_rng(options.seed)
    images, labels, _, _ = data.mnist(options.mnist)
    fonts = data.font_files(options.fonts)
    european = [data.pen_digits(PEN_HANDS)]
    if options.semeion:
        european.append(data.learning(data.semeion(options.semeion, rng), data.SEMEION_HELD_BACK))
    letters = data.printed(fonts, data.LETTERS, data.NOT_DIGIT)
    characters = (
        data.learning(data.omniglot(options.omniglot), data.OMNIGLOT_HELD_BACK) if options.omniglot else letters
    )
    kinds = {
        "handwriting": data.glyphs_of("mnist", images[:-HELD_BACK], labels[:-HELD_BACK]),
        "european": data.joined(european),
        "printed": data.printed(fonts, "0123456789"),
        "letters": letters,
        "characters": characters,
    }
    return kinds, images[-HELD_BACK:], labels[-HELD_BACK:]


def cleaned(
    crops: NDArray[np.uint8], labels: NDArray[np.uint8], teacher: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Crops without those whose label an earlier model finds hardly possible (Northcutt et al., JAIR 2021).

    A part of a digit can look just like another digit, and a degraded digit like nothing at all.
    """
    answers = load(teacher).probabilities(crops)
    of_label = answers[np.arange(len(labels)), labels]
    taken_for_digit = (labels == data.NOT_DIGIT) & (answers[:, : data.NOT_DIGIT].max(axis=1) > 0.7)
    kept = (of_label > 0.02) & ~taken_for_digit
    return crops[kept], labels[kept]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", type=Path, help="MNIST as .npz; without it Keras downloads MNIST")
    parser.add_argument("--semeion", type=Path, help="semeion as .npz with x and y: European 1 and crossed 7")
    parser.add_argument("--omniglot", type=Path, nargs="*", default=[], help="zips of Omniglot: what is no digit")
    parser.add_argument("--fonts", type=Path, help="folder with .ttf and .otf files, searched with its sub-folders")
    parser.add_argument("--count", type=int, default=400_000, help="crops to make (default %(default)s)")
    parser.add_argument("--clean-with", type=Path, help="an earlier .tflite: leave out crops whose label it denies")
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="residual")
    parser.add_argument("--start", type=Path, help="a .keras file to go on from")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument(
        "--minutes", type=float, help="end the training after so many minutes, the rate gone down by then"
    )
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes that make crops (default %(default)s)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model and its record")
    return parser.parse_args()


def main() -> None:
    """The command line."""
    options = _options()
    kinds, held_images, held_labels = sources(options)
    crops, labels = crops_of(bank(kinds), options.count, options.seed, options.workers)
    if options.clean_with:
        crops, labels = cleaned(crops, labels, options.clean_with)
    held_out = bank({**kinds, "handwriting": data.glyphs_of("mnist", held_images, held_labels)})
    checked, checked_labels = crops_of(held_out, max(2000, options.count // 40), options.seed + 1, options.workers)
    if options.clean_with:
        checked, checked_labels = cleaned(checked, checked_labels, options.clean_with)
    print(f"{len(labels)} crops to train on, {len(checked_labels)} to check with", flush=True)
    model, history = fitted(crops, labels, (scaled(checked), checked_labels.astype(np.int32)), options)
    logits = np.asarray(model.predict(scaled(checked), batch_size=500, verbose=0))
    about = record(options, history, {name: len(g.labels) for name, g in kinds.items()} | {"crops": len(labels)})
    about["temperature"] = fitted_temperature(logits, checked_labels)
    model.save(options.output / "model.keras")
    (options.output / "record.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(f"saved {options.output / 'model.keras'}; temperature {about['temperature']:.3f}")


if __name__ == "__main__":
    main()
