"""Text on pictures, in OpenCV's own sans serif, which has the letters of most scripts."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]
"""Blue, green, red."""
WEIGHT = 600
"""Semibold: readable at 11 pixels, not yet clotted."""
BEHIND = 0.75
"""How far the picture behind a text is whitened."""


def paragraph(
    texts: Sequence[tuple[str, Color]], columns: int, letters: int, most_lines: int | None = None
) -> NDArray[np.uint8]:
    """Texts on white, each from a line of its own on, wrapped to the width, cut off after `most_lines`.

    Returns:
        (rows, columns, 3) BGR uint8; no rows without texts.
    """
    lines: list[tuple[str, Color]] = []
    for text, color in texts:
        wrapped = _wrapped(text, max(letters, columns - 3 * letters), letters)
        if len(wrapped) > (most_lines or len(wrapped)):
            wrapped = [*wrapped[:most_lines]]
            wrapped[-1] += "..."
        lines += [(line, color) for line in wrapped]
    strip = np.full((int(len(lines) * 1.5 * letters) + (letters // 2 if lines else 0), columns, 3), 255, np.uint8)
    for number, (line, color) in enumerate(lines, start=1):
        write(strip, line, (letters, int(number * 1.5 * letters)), letters, color)
    return strip


def _wrapped(text: str, columns: int, letters: int) -> list[str]:
    """Text in lines of at most so many columns; a word that is wider is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, letters) <= columns:
            lines[-1] = longer
            continue
        fits = max(1, len(word) * columns // max(1, width(word, letters)))
        lines += [word[start : start + fits] for start in range(0, len(word), fits)]
    return [line for line in lines if line]


def width(text: str, letters: int) -> int:
    """Columns that a text takes."""
    return int(cv2.getTextSize((0, 0), text, (0, 0), _font(), letters, WEIGHT)[2])


def write(canvas: NDArray[np.uint8], text: str, at: tuple[int, int], letters: int, color: Color) -> None:
    """Write on a picture, kept inside it; what is behind pales.

    Args:
        canvas: (rows, columns, 3) BGR uint8, changed.
        text: one line.
        at: (x, y) of the text's lower left.
        letters: height of the font in pixels.
        color: of the text.
    """
    wide = width(text, letters)
    x = max(0, min(at[0], canvas.shape[1] - wide))
    y = max(letters, min(at[1], canvas.shape[0] - 2))
    behind = canvas[max(0, y - letters * 4 // 5) : y + 2, x : x + wide]
    behind[:] = (behind * (1 - BEHIND) + 255 * BEHIND).astype(np.uint8)
    cv2.putText(canvas, text, (x, y), color, _font(), letters, WEIGHT)


def _font() -> cv2.FontFace:
    """The font that is part of OpenCV 5."""
    return cv2.FontFace("sans")
