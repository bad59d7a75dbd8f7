r"""How good a model is: accuracy, calibration, what it rejects, and what degradation costs it.

    python -m training.evaluate --model reader/digits/model/digits.tflite --mnist mnist.npz \
        --optdigits optdigits.npz --omniglot omniglot_small1.zip omniglot_small2.zip \
        --output figures.json

Every figure is measured with the reader's own classifier and crop function, on images that it was not trained on.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import NOT_DIGIT, Classifier, load
from reader.digits.crops import crop
from training import data
from training.augment import scanned
from training.data import glyphs_of
from training.degradations import DEGRADATIONS
from training.shapes import SHAPES, string_layers

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


def figures(classifier: Classifier, options: argparse.Namespace) -> dict[str, Any]:
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
        characters = data.held_back(data.omniglot(options.omniglot), data.OMNIGLOT_HELD_BACK)
        not_digits["omniglot, held back"] = not_digit_figures(ask(cropped(characters.images)))
    return {
        "model": classifier.name,
        "temperature": classifier.temperature,
        "digits": digits,
        "not_digits": not_digits,
        "robustness": robustness(classifier, images[: options.robustness], labels[: options.robustness]),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return round(value, 5) if isinstance(value, float) else value


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a .tflite with its .json beside it; without it the shipped one")
    parser.add_argument("--mnist", type=Path, help="MNIST as .npz; without it Keras downloads MNIST")
    parser.add_argument("--optdigits", type=Path, help="optdigits as .npz with x and y")
    parser.add_argument("--semeion", type=Path, help="semeion as .npz with x and y")
    parser.add_argument("--omniglot", type=Path, nargs="*", default=[], help="zips of Omniglot")
    parser.add_argument("--robustness", type=int, default=1000, help="images for each degradation (%(default)s)")
    parser.add_argument("--output", type=Path, help="file for the figures as JSON; without it they are printed")
    options = parser.parse_args()
    measured = json.dumps(_rounded(figures(load(options.model), options)), indent=2) + "\n"
    if options.output:
        options.output.write_text(measured, encoding="utf-8")
    else:
        print(measured, end="")


if __name__ == "__main__":
    main()
