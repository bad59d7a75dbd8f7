"""How good a model is: accuracy, calibration, what it rejects, and what degradation costs it.

Every figure is measured with the reader's own classifier and crop function, on images that it was not trained on.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import NOT_DIGIT, Classifier
from reader.digits.crops import crop
from reader.errors import UsageError
from training import data
from training.augment import scanned
from training.data import glyphs_of
from training.degradations import DEGRADATIONS
from training.layers import string_layers
from training.shapes import SHAPES

Probabilities = NDArray[np.float32]
SURE = 0.95


def cropped(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, rows, columns) uint8, 0 is paper -> crops (n, 28, 28)."""
    return np.stack([crop(image.astype(np.float32) / 255) for image in images])


def fitted_temperature(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    """The temperature under which the labels are likeliest (Guo et al., ICML 2017), to 1%."""
    tried = np.exp(np.arange(np.log(0.3), np.log(4), 0.01))
    return float(tried[int(np.argmin([_loss(logits / t, labels) for t in tried]))])


def _loss(logits: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]).mean())


def calibration_error(probabilities: Probabilities, labels: NDArray[np.uint8], bins: int = 15) -> float:
    """Expected calibration error (Guo et al., ICML 2017), 0 to 1, over bins of equal width."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    which = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(right[which == b].mean() - sure[which == b].mean()) * (which == b).mean() for b in np.unique(which)]
    return float(sum(gaps))


def digit_figures(probabilities: Probabilities, labels: NDArray[np.uint8]) -> dict[str, float]:
    """Figures for images that are all digits."""
    answer, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right, accepted = answer == labels, (sure >= SURE) & (answer != NOT_DIGIT)
    return {
        "n": len(labels),
        "accuracy": float(right.mean()),
        "accuracy_among_digits": float((probabilities[:, :NOT_DIGIT].argmax(axis=1) == labels).mean()),
        "called_not_digit": float((answer == NOT_DIGIT).mean()),
        "accepted": float(accepted.mean()),
        "wrong_among_accepted": float((~right[accepted]).mean()) if accepted.any() else 0.0,
        "calibration_error": calibration_error(probabilities, labels),
    }


def not_digit_figures(probabilities: Probabilities) -> dict[str, float]:
    """Figures for images none of which is a digit."""
    digit = probabilities[:, :NOT_DIGIT].max(axis=1)
    return {
        "n": len(probabilities),
        "rejected": float((probabilities.argmax(axis=1) == NOT_DIGIT).mean()),
        "called_sure_digit": float((digit >= SURE).mean()),
    }


def touching_pairs(images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, seed: int) -> NDArray[np.uint8]:
    """Crops (count, 28, 28) of two digits run together, no 1 among them: two strokes of 1 can make a letter or a 4."""
    rng = np.random.default_rng(seed)
    usual = glyphs_of("pairs", images[labels != 1][: 2 * count], labels[labels != 1][: 2 * count]).images
    inks = usual.astype(np.float32) / np.float32(255)
    return np.stack([crop(string_layers([inks[2 * i], inks[2 * i + 1]], rng).max(axis=0)) for i in range(count)])


def drawn_shapes(count: int, seed: int) -> dict[str, NDArray[np.uint8]]:
    """Crops (count, 28, 28) of each shape that is no digit, scanned moderately badly."""
    made = {}
    for draw, _ in SHAPES:
        rng = np.random.default_rng(seed)
        crops: list[NDArray[np.uint8]] = []
        while len(crops) < count:
            ink = scanned(draw(rng), rng, rough=0.5)
            if (ink >= 0.2).sum() >= 6:
                crops.append(crop(ink))
        made[draw.__name__] = np.stack(crops)
    return made


def robustness(classifier: Classifier, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> dict[str, list[float]]:
    """Accuracy at strengths 0 to 3 of each degradation, on images (n, 28, 28)."""
    inks = glyphs_of("robustness", images, labels).images.astype(np.float32) / np.float32(255)
    plain = float((classifier.probabilities(np.stack([crop(i) for i in inks])).argmax(axis=1) == labels).mean())
    table = {}
    for name, degrade in DEGRADATIONS.items():
        table[name] = [plain]
        for strength in (1, 2, 3):
            rng = np.random.default_rng(strength)
            crops = np.stack([crop(degrade(ink, strength, rng)) for ink in inks])
            table[name].append(float((classifier.probabilities(crops).argmax(axis=1) == labels).mean()))
    return table


@dataclass(frozen=True, slots=True)
class Material:
    """What the figures of the shipped model are measured on.

    Attributes:
        mnist: an .npz laid out like Keras's; None lets Keras download it.
        optdigits: an .npz with x and y, never trained on; None does without.
        semeion: an .npz with x and y, a fifth of it held back; None does without.
        omniglot: zips of drawn characters, a quarter of them held back.
        robustness: test images for each degradation.
    """

    mnist: Path | None = None
    optdigits: Path | None = None
    semeion: Path | None = None
    omniglot: tuple[Path, ...] = ()
    robustness: int = 1000


def material_in(folder: Path, robustness: int = 1000) -> Material:
    """The material in a folder laid out as mnist/mnist.npz, digits/*.npz and not_digits/omniglot*.zip.

    Raises:
        UsageError: MNIST is not there.
    """
    places = (folder / "mnist" / "mnist.npz", folder / "digits" / "optdigits.npz", folder / "digits" / "semeion.npz")
    mnist, optdigits, semeion = (place if place.exists() else None for place in places)
    if mnist is None:
        raise UsageError(f"{folder}: expected mnist/mnist.npz in it, and maybe digits/ and not_digits/")
    omniglot = tuple(sorted((folder / "not_digits").glob("omniglot*.zip")))
    return Material(mnist, optdigits, semeion, omniglot, robustness)


def figures(classifier: Classifier, options: Material) -> dict[str, Any]:
    """All figures, as they go into a record."""
    _, _, images, labels = data.mnist(options.mnist)
    ask = classifier.probabilities
    digits = {"mnist test": digit_figures(ask(cropped(images)), labels)}
    if options.optdigits:
        other, other_labels = data.npz_digits(options.optdigits)
        digits["optdigits"] = digit_figures(ask(cropped(other)), other_labels)
    if options.semeion:
        held = data.held_back(data.semeion(options.semeion, np.random.default_rng(1)), data.SEMEION_HELD_BACK)
        digits["semeion, held back"] = digit_figures(ask(cropped(held.images)), held.labels)
    not_digits = {name: not_digit_figures(ask(crops)) for name, crops in drawn_shapes(300, 7).items()}
    not_digits["touching pairs"] = not_digit_figures(ask(touching_pairs(images, labels, 1000, 7)))
    if options.omniglot:
        characters = data.held_back(data.omniglot(list(options.omniglot)), data.OMNIGLOT_HELD_BACK)
        not_digits["omniglot, held back"] = not_digit_figures(ask(cropped(characters.images)))
    return {
        "model": classifier.name,
        "temperature": classifier.temperature,
        "digits": digits,
        "not_digits": not_digits,
        "robustness": robustness(classifier, images[: options.robustness], labels[: options.robustness]),
    }


def rounded(value: Any) -> Any:
    """Figures with five decimals."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 5) if isinstance(value, float) else value
