"""Lines that are no numbers: words that a pen writes or a machine prints, and shapes in a row."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from training import pen
from training.filling import WORDS
from training.shapes import shape
from training.typefaces import font_files

Ink = NDArray[np.float32]
SHARES = 0.4, 0.35, 0.25
"""Of words by pens, printed words, and shapes."""
VOWELS, CONSONANTS = "aeiouy", "bcdfghjklmnprstvwxz"
PRINTED = 44
"""Size in pixels that words are printed in."""


def no_number(rng: np.random.Generator) -> Ink:
    """A word, or shapes that are no digits, in a row; (rows, columns), about 40 rows high."""
    kind = int(rng.choice(len(SHARES), p=SHARES))
    if kind == 0:
        word = str(rng.choice(WORDS)) if rng.random() < 0.5 else "".join(rng.choice(list("aehkmnruvwxy"), 6))
        return pen.draw_word(word, pen.writer(int(rng.integers(5000))), 40, rng)
    if kind == 1:
        return printed_word(word_by_chance(rng), rng)
    return np.hstack([shape(rng) for _ in range(int(rng.integers(1, 4)))])


def word_by_chance(rng: np.random.Generator) -> str:
    """Three to nine letters that can be spoken, at times with a capital, all in capitals, or with a mark behind."""
    letters = "".join(
        str(rng.choice(list((CONSONANTS, VOWELS)[place % 2]))) for place in range(int(rng.integers(3, 10)))
    )
    how = rng.random()
    word = letters if how < 0.3 else letters.capitalize() if how < 0.75 else letters.upper()
    return word + str(rng.choice(["", "", "", ":", ".", ","]))


def printed_word(word: str, rng: np.random.Generator) -> Ink:
    """A word in one of Matplotlib's fonts, cut to its ink; (rows, columns) float32."""
    from PIL import Image, ImageDraw, ImageFont

    fonts = _fonts()
    font = ImageFont.truetype(fonts[int(rng.integers(len(fonts)))], PRINTED)
    canvas = Image.new("L", (PRINTED * (len(word) + 2), 2 * PRINTED), 0)
    ImageDraw.Draw(canvas).text((PRINTED, PRINTED // 3), word, font=font, fill=255)
    ink: Ink = np.asarray(canvas, np.float32) / np.float32(255)
    rows, columns = (np.flatnonzero((ink > 0.3).any(axis=axis)) for axis in (1, 0))
    word_alone: Ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return word_alone


@cache
def _fonts() -> tuple[str, ...]:
    return tuple(str(path) for path in font_files(None))
