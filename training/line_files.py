"""Lines to learn from, made by several processes and kept in .npz files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.digits.line_images import HEIGHT
from reader.errors import UsageError
from reader.results.saving import saved_bytes
from training.amounts import Line, line
from training.mixture import Bank, in_parts
from training.recipe import Sources, banks

TEST_SHARE = 40
"""One line for measuring, of handwriting of which no other line is made, for so many to learn from."""
FEWEST_TESTS = 1000


def make(
    sources: Sources, count: int, output: Path, seed: int = 1, workers: int = 2, say: Callable[[str], None] = print
) -> None:
    """Write lines to an .npz: so many to learn from, and others to measure with.

    Args:
        sources: of glyphs, as for crops.
        count: of lines to learn from.
        output: the .npz.
        seed: another seed gives other lines; the number of workers makes no difference.
        workers: processes.
        say: is told each step.
    """
    say("taking in the sources")
    to_learn, to_test = banks(sources, seed)
    arrays: dict[str, NDArray[np.generic]] = {}
    for part, store, number, first in (
        ("train", to_learn, count, 0),
        ("test", to_test, max(FEWEST_TESTS, count // TEST_SHARE), 900),
    ):
        say(f"drawing {number} lines ({part})")
        lines = [one for some in in_parts(_part, store, number, (seed, first), workers) for one in some]
        arrays |= {
            f"pictures_{part}": np.hstack([one.image for one in lines]),
            f"columns_{part}": np.array([one.image.shape[1] for one in lines]),
            f"digits_{part}": np.array([one.digits for one in lines]),
        }
    with saved_bytes(output) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    say(f"{output}: {count} lines to learn from")


def _part(store: Bank, count: int, rng: np.random.Generator) -> list[Line]:
    return [line(store, rng) for _ in range(count)]


def load(path: Path, part: str = "train") -> list[Line]:
    """The lines of a file to learn from (`train`) or to measure with (`test`).

    Raises:
        UsageError: it is no file of lines.
    """
    try:
        with np.load(path) as arrays:
            pictures, columns, digits = (arrays[f"{name}_{part}"] for name in ("pictures", "columns", "digits"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; make it with digit-reader make-lines") from error
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"{path}: no lines in it ({error}); make such a file with digit-reader make-lines") from error
    if pictures.shape != (HEIGHT, columns.sum()) or len(columns) != len(digits):
        raise UsageError(f"{path}: its pictures, columns and digits do not agree; make it again")
    parts = np.split(pictures, np.cumsum(columns)[:-1], axis=1)
    return [Line(picture, str(text)) for picture, text in zip(parts, digits, strict=True)]
