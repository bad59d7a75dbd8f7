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


def paragraph(lines: Sequence[tuple[str, Color]], columns: int, letters: int) -> NDArray[np.uint8]:
    """Lines of text on white, wrapped to the width."""
    wrapped = [(part, color) for text, color in lines for part in _wrapped(text, columns - 2 * letters, letters)]
    strip = np.full((int(len(wrapped) * 1.5 * letters) + (letters // 2 if wrapped else 0), columns, 3), 255, np.uint8)
    for number, (text, color) in enumerate(wrapped, start=1):
        write(strip, text, (letters, int(number * 1.5 * letters)), letters, color)
    return strip


def _wrapped(text: str, columns: int, letters: int) -> list[str]:
    """Text in lines of at most so many columns; a word that is wider is cut."""
    lines, line = [], ""
    for word in text.split():
        rest = word
        while True:
            longer = f"{line} {rest}".strip()
            if width(longer, letters) <= columns:
                line = longer
                break
            if line:
                lines.append(line)
                line = ""
                continue
            fits = max(1, len(rest) * columns // max(1, width(rest, letters)))
            lines.append(rest[:fits])
            rest = rest[fits:]
    return [*lines, line] if line else lines


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
