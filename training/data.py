"""Where the training images come from: each source -> glyphs of one size, with labels.

A glyph here is (56, 56) uint8, 0 is paper and 255 is ink, the longer side of its bounding box 40 pixels, in the middle:
twice the size of a crop, so that strokes can be thinned, thickened and bent before the page is imitated.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import UsageError
from training.pen import draw_digit, draw_rare_digit, writer

NOT_DIGIT = 10
OMNIGLOT_HELD_BACK = 4
SEMEION_HELD_BACK = 5
"""Every fourth character and every fifth digit serve for measuring only."""
RARE_HANDS = 4
"""Of so many hands that the pen draws, one has the rarer allographs."""
GLYPH_SIZE = 56
GLYPH_LONGER_SIDE = 40
LETTERS = "EFHKMNRWXdkmnwx&@#%*+=<"
"""Printed signs that no hand or print makes like a digit."""

CHARACTERS_LIKE_DIGITS = {
    "Balinese": (5, 14),
    "Early_Aramaic": (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19, 20, 22),
    "Greek": (2, 4, 5, 6, 8, 9, 15, 18, 19, 20, 21),
    "Japanese_(katakana)": (1, 8, 12, 16, 24, 27, 30, 36, 37, 38, 41, 42, 43, 46),
    "Korean": (21, 22, 27, 28, 33, 37),
    "Latin": (1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 15, 16, 17, 18, 19, 20, 21, 25, 26),
    "Sanskrit": (5, 11, 12, 13, 27, 36, 37),
    "Tagalog": (3, 4, 16),
}
"""Omniglot's characters that look like a digit, chosen by eye from one drawing of each: alphabet and character."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Labelled glyphs of one source.

    Attributes:
        name: of the source.
        images: (n, 56, 56) uint8, 0 is paper.
        labels: (n,) uint8, 0 to 9 or NOT_DIGIT.
        groups: (n,) text, what must not be torn apart between training and measuring (a font, a character).
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    groups: NDArray[np.str_]

    def __post_init__(self) -> None:
        if self.images.shape[1:] != (GLYPH_SIZE, GLYPH_SIZE) or self.images.dtype != np.uint8:
            raise ValueError(f"glyphs are (n, 56, 56) uint8, not {self.images.shape} {self.images.dtype}")
        if not len(self.images) == len(self.labels) == len(self.groups):
            raise ValueError(f"{self.name}: as many labels and groups as images are needed")
        if len(self.labels) and self.labels.max() > NOT_DIGIT:
            raise ValueError(f"{self.name}: labels are 0 to 10, not {self.labels.max()}")

    def where(self, chosen: NDArray[np.bool_]) -> "Glyphs":
        """The glyphs that a mask (n,) chooses."""
        return Glyphs(self.name, self.images[chosen], self.labels[chosen], self.groups[chosen])


def glyph(ink: NDArray[np.float32] | NDArray[np.float64], aspect: float | None = None) -> NDArray[np.uint8]:
    """One picture of a glyph in the size of all glyphs.

    Args:
        ink: (rows, columns) float32, 0 is paper, 1 is ink, with ink somewhere.
        aspect: width over height that the glyph gets; None keeps its own.
    """
    there = ink >= 0.2
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    wide = aspect if aspect is not None else box.shape[1] / box.shape[0]
    height = GLYPH_LONGER_SIDE / max(1.0, wide)
    size = (max(1, round(height * wide)), max(1, round(height)))
    how = cv2.INTER_AREA if size[1] < box.shape[0] else cv2.INTER_CUBIC
    scaled = np.clip(cv2.resize(box, size, interpolation=how), 0, 1)
    square = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    top, left = (GLYPH_SIZE - size[1]) // 2, (GLYPH_SIZE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = (scaled * 255).round().astype(np.uint8)
    return square


def glyphs_of(name: str, images: NDArray[np.uint8], labels: NDArray[np.uint8], prefix: str = "") -> Glyphs:
    """Glyphs from images (n, rows, columns) uint8, 0 is paper, each its own group; images without ink are left out."""
    inked = np.flatnonzero((images >= 52).any(axis=(1, 2)))
    made = np.stack([glyph(images[i].astype(np.float32) / 255) for i in inked])
    return Glyphs(name, made, labels[inked].astype(np.uint8), np.array([f"{prefix}{i}" for i in inked]))


def mnist(path: Path | None) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """MNIST as it is: training images (60000, 28, 28) and labels, test images and labels.

    Args:
        path: an .npz laid out like Keras's; None lets Keras download it.

    Raises:
        UsageError: there is no such file, or it is something else.
    """
    if path is None:
        from keras.datasets import mnist as downloaded

        (x_train, y_train), (x_test, y_test) = downloaded.load_data()
        return x_train, y_train, x_test, y_test
    try:
        with np.load(path) as arrays:
            return arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"]
    except (OSError, KeyError, ValueError) as error:
        cure = "give an .npz with x_train, y_train, x_test and y_test, as keras.datasets.mnist saves it"
        raise UsageError(f"{path}: not MNIST ({error}); {cure}") from error


def npz_digits(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (n, rows, columns) uint8, 0 is paper, and labels of an .npz with the arrays x and y."""
    try:
        with np.load(path) as arrays:
            return arrays["x"], arrays["y"]
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: no digits in it ({error}); give an .npz with the arrays x and y") from error


def semeion(path: Path, rng: np.random.Generator) -> Glyphs:
    """Semeion's digits, 16x16 and stretched to fill the square, given back a likely width (four likely widths each)."""
    images, labels = npz_digits(path)
    made, digits, groups = [], [], []
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        bar = label == 1 and (image > 127).mean() > 0.6  # a bare stroke fills its square
        low, high = (0.12, 0.25) if bar else (0.3, 0.65) if label == 1 else (0.5, 0.95)
        smooth = cv2.GaussianBlur(
            cv2.resize(image.astype(np.float32) / 255, (64, 64), interpolation=cv2.INTER_CUBIC), (0, 0), 2
        )
        for _ in range(4):
            made.append(glyph(np.clip((smooth - 0.5) * 4 + 0.5, 0, 1), rng.uniform(low, high)))
            digits.append(label)
            groups.append(f"semeion-{i}")
    return Glyphs("semeion", np.stack(made), np.array(digits, np.uint8), np.array(groups))


def omniglot(paths: list[Path]) -> Glyphs:
    """Omniglot's drawn characters, all of them NOT_DIGIT, grouped by character."""
    made, groups = [], []
    for path in paths:
        try:
            with zipfile.ZipFile(path) as archive:
                for name in sorted(n for n in archive.namelist() if n.endswith(".png") and not _like_a_digit(n)):
                    image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)
                    if image is None:
                        raise UsageError(f"{path}: {name} in it is no picture; fetch the archive again")
                    made.append(glyph(1 - image.astype(np.float32) / 255))
                    groups.append("/".join(name.split("/")[-3:-1]))
        except (OSError, zipfile.BadZipFile) as error:
            raise UsageError(f"{path}: not Omniglot's zip ({error}); fetch the archive again") from error
    return Glyphs("omniglot", np.stack(made), np.full(len(made), NOT_DIGIT, np.uint8), np.array(groups))


def _like_a_digit(name: str) -> bool:
    """Whether Omniglot's file .../Greek/character02/0395_01.png shows a character that looks like a digit."""
    alphabet, character = name.split("/")[-3:-1]
    return int(character.removeprefix("character")) in CHARACTERS_LIKE_DIGITS.get(alphabet, ())


def pen_digits(hands: int) -> Glyphs:
    """Digits that `training.pen` draws, ten by each of so many hands: flagged 1, crossed 7, slashed 0, open 4.

    One hand in RARE_HANDS writes what few do.
    """
    made, labels, groups = [], [], []
    for seed in range(hands):
        hand, rng = writer(seed), np.random.default_rng([seed, 3])
        draw = draw_digit if seed % RARE_HANDS else draw_rare_digit
        for digit in range(10):
            made.append(glyph(draw(digit, hand, 48, rng)))
            labels.append(digit)
            groups.append(f"hand-{seed}")
    return Glyphs("pen", np.stack(made), np.array(labels, np.uint8), np.array(groups))


def joined(several: list[Glyphs]) -> Glyphs:
    """Several sources as one."""
    return Glyphs(
        " and ".join(g.name for g in several),
        np.concatenate([g.images for g in several]),
        np.concatenate([g.labels for g in several]),
        np.concatenate([g.groups for g in several]),
    )


def held_back(source: Glyphs, every: int) -> Glyphs:
    """Every so manyth group of a source: for measuring only."""
    return source.where(np.isin(source.groups, np.unique(source.groups)[::every]))


def learning(source: Glyphs, every: int) -> Glyphs:
    """A source without what `held_back` takes."""
    return source.where(~np.isin(source.groups, np.unique(source.groups)[::every]))


def sha256(path: Path) -> str:
    """The hash of a file, for the record of a training run."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
