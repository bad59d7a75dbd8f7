"""The crops that the shipped model learns: sources of glyphs, written again, scanned, cut as the reader cuts them.

`digit-reader make-crops` writes them to an .npz that `digit-reader train --data` takes. MNIST's training images are
split in two: what is learned from is made of the first 55,000, the test part of the file of the last 5,000.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import load
from reader.digits.crops import FAINTEST
from reader.errors import UsageError
from training import data, typefaces
from training.mixture import Bank, bank, crops_of

HELD_BACK = 5000
"""MNIST training images that no crop to learn from is made of."""
PEN_HANDS = 1600
"""Writers whose digits the pen draws."""
TEST_SHARE = 40
"""One test crop for so many to learn from, but no fewer than FEWEST_TESTS."""
FEWEST_TESTS = 2000


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the glyphs come from.

    Attributes:
        mnist: an .npz laid out like Keras's; None lets Keras download it.
        semeion: an .npz with x and y: European 1 and crossed 7; None does without.
        omniglot: zips of drawn characters: what is no digit.
        fonts: a folder with .ttf and .otf files, searched with its sub-folders; Matplotlib's own are always used.
    """

    mnist: Path | None = None
    semeion: Path | None = None
    omniglot: tuple[Path, ...] = ()
    fonts: Path | None = None

    def __post_init__(self) -> None:
        missing = [
            str(path) for path in (self.mnist, self.semeion, *self.omniglot, self.fonts) if path and not path.exists()
        ]
        if missing:
            raise UsageError(
                f"{', '.join(missing)}: there is no such file or folder; name where it is, or leave it out"
            )


def sources_in(folder: Path) -> Sources:
    """Sources in a folder laid out as mnist/mnist.npz, digits/semeion.npz, not_digits/omniglot*.zip and fonts/.

    Raises:
        UsageError: nothing of it is there.
    """
    places = (folder / "mnist" / "mnist.npz", folder / "digits" / "semeion.npz", folder / "fonts")
    mnist, semeion, fonts = (place if place.exists() else None for place in places)
    omniglot = tuple(sorted((folder / "not_digits").glob("omniglot*.zip")))
    if not (mnist or semeion or omniglot or fonts):
        raise UsageError(
            f"{folder}: no sources in it; expected some of mnist/mnist.npz, digits/semeion.npz, "
            "not_digits/omniglot*.zip and fonts/"
        )
    return Sources(mnist, semeion, omniglot, fonts)


def banks(sources: Sources, seed: int) -> tuple[Bank, Bank]:
    """The glyphs to learn from, and those with other handwriting to measure with."""
    rng = np.random.default_rng(seed)
    images, labels, _, _ = data.mnist(sources.mnist)
    fonts = typefaces.font_files(sources.fonts)
    european = [data.pen_digits(PEN_HANDS)]
    if sources.semeion:
        european.append(data.learning(data.semeion(sources.semeion, rng), data.SEMEION_HELD_BACK))
    letters = typefaces.printed(fonts, data.LETTERS, data.NOT_DIGIT)
    characters = letters
    if sources.omniglot:
        characters = data.learning(data.omniglot(list(sources.omniglot)), data.OMNIGLOT_HELD_BACK)
    kinds = {
        "handwriting": data.glyphs_of("mnist", images[:-HELD_BACK], labels[:-HELD_BACK]),
        "european": data.joined(european),
        "printed": typefaces.printed(fonts, "0123456789"),
        "letters": letters,
        "characters": characters,
    }
    other = data.glyphs_of("mnist", images[-HELD_BACK:], labels[-HELD_BACK:])
    return bank(kinds), bank({**kinds, "handwriting": other})


def make(
    sources: Sources,
    count: int,
    output: Path,
    seed: int = 1,
    clean_with: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Write crops by the recipe of `training.mixture` to an .npz with x_train, y_train, x_test and y_test.

    Args:
        sources: of glyphs.
        count: of crops to learn from, before cleaning.
        output: the .npz.
        seed: another seed gives other crops.
        clean_with: an earlier model, which takes out crops whose label it finds hardly possible.
        say: is told each step.
    """
    say("taking in the sources")
    to_learn, to_test = banks(sources, seed)
    made: dict[str, NDArray[np.uint8]] = {}
    for part, store, number in (("train", to_learn, count), ("test", to_test, max(FEWEST_TESTS, count // TEST_SHARE))):
        say(f"making {number} crops ({part})")
        crops, labels = crops_of(store, number, seed + (part == "test") * 1_000_000)
        seen = crops.max(axis=(1, 2)) >= FAINTEST * 255  # of what the reader cuts from a string little may be left
        crops, labels = crops[seen], labels[seen]
        if clean_with:
            crops, labels = cleaned(crops, labels, clean_with)
            say(f"{number - len(labels)} of them taken out, for {clean_with} finds their label hardly possible")
        made |= {f"x_{part}": crops, f"y_{part}": labels}
    part_file = output.with_name(f".part-{output.name}")
    np.savez_compressed(part_file.with_suffix(".npz"), allow_pickle=False, **made)
    part_file.with_suffix(".npz").replace(output)
    say(f"{output}: {len(made['y_train'])} crops to learn from, {len(made['y_test'])} for the test")


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
