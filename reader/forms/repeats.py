"""Where a sheet looks like itself, moved: a row further down, upside-down; and which of the two a page shows."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.fit import Level

ALIKE = 0.35
"""Share of the sheet's darkness that the moved sheet must cover for the move to be worth a question."""
SAME = 0.97
"""Correlation from which nothing printed tells the sheet from the moved one."""
MOST = 8
APART = 8
"""Pixels of the level that count as no move at all."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One move of the sheet that resembles no move.

    Attributes:
        move: (3, 3) float64 homography, sheet -> sheet.
        turned: whether it is more than a shift.
        image: (rows, columns) float32 of the level, the sheet's darkness after the move.
        likeness: correlation of the sheet with it.
    """

    move: NDArray[np.float64]
    turned: bool
    image: NDArray[np.float32]
    likeness: float


def darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How dark each place is, a little blurred: (rows, columns) float32, 0 is paper."""
    return np.asarray(255.0 - cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.float32), np.float32)


def repeats(layer: Level) -> tuple[Repeat, ...]:
    """The moves under which the sheet looks most like itself, by correlating it with itself in all four turns."""
    still = darkness(layer.image)
    rows, columns = still.shape
    size = (cv2.getOptimalDFTSize(2 * rows), cv2.getOptimalDFTSize(2 * columns))
    spectrum = np.fft.rfft2(still, size)
    energy = max(float((still.astype(np.float64) ** 2).sum()), 1.0)
    peaks: list[tuple[float, int, int, int]] = []
    for turn in range(4):
        turned = np.fft.rfft2(np.rot90(still, -turn), size)
        covered = np.fft.fftshift(np.fft.irfft2(spectrum * np.conj(turned), size)) / energy
        middle = (size[0] // 2, size[1] // 2)
        if turn == 0:
            _blot(covered, middle[0], middle[1])
        for _ in range(6):
            y, x = divmod(int(covered.argmax()), size[1])
            if covered[y, x] < ALIKE:
                break
            peaks.append((float(covered[y, x]), turn, x - middle[1], y - middle[0]))
            _blot(covered, y, x)
    peaks.sort(reverse=True)
    return tuple(_repeat(layer, still, peak[1], (peak[2], peak[3])) for peak in peaks[:MOST])


def _blot(covered: NDArray[np.float64], y: int, x: int) -> None:
    """Take a peak out of a correlation, in place."""
    covered[max(0, y - APART) : y + APART + 1, max(0, x - APART) : x + APART + 1] = 0


def _repeat(layer: Level, still: NDArray[np.float32], turn: int, shift: tuple[int, int]) -> Repeat:
    """The sheet after quarter turns clockwise and a shift in pixels of the level."""
    rows, columns = still.shape
    quarter = [
        np.eye(3),
        np.array([[0.0, -1, rows - 1], [1, 0, 0], [0, 0, 1]]),
        np.array([[-1.0, 0, columns - 1], [0, -1, rows - 1], [0, 0, 1]]),
        np.array([[0.0, 1, 0], [-1, 0, columns - 1], [0, 0, 1]]),
    ][turn]
    moved = np.array([[1.0, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]]) @ quarter
    image = np.asarray(cv2.warpPerspective(still, moved, (columns, rows)), np.float32)
    move = layer.to_sheet @ moved @ layer.to_level
    return Repeat(np.asarray(move, np.float64), turn != 0, image, _correlation(still, image))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two arrays of equal shape, -1 to 1; 0 where one is even."""
    left, right = one.ravel() - one.mean(), other.ravel() - other.mean()
    return float(left @ right / max(float(np.sqrt((left @ left) * (right @ right))), 1e-6))


def preferences(
    layer: Level, moves: tuple[Repeat, ...], there: NDArray[np.uint8], seen: NDArray[np.bool_]
) -> list[float]:
    """How much a page looks like the sheet rather than like the sheet moved: about 1 for the sheet, -1 for the move.

    Args:
        layer: the sheet's level.
        moves: what `repeats` gives for it.
        there: (rows, columns) uint8 of the level, the page as it looks from the sheet, 255 is paper.
        seen: (rows, columns) bool, where the page shows anything at all.
    """
    dark, still = darkness(there)[seen], darkness(layer.image)[seen]
    right = _correlation(dark, still)
    preferred = []
    for each in moves:
        moved = each.image[seen]
        apart = max(1 - _correlation(still, moved), 1 - SAME)
        preferred.append((right - _correlation(dark, moved)) / apart)
    return preferred
