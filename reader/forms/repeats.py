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
MOST = 16
APART = 8
"""Pixels of the level that count as no move at all."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The moves of a sheet that resemble no move.

    Attributes:
        moves: (m, 3, 3) float64 homographies, sheet -> sheet.
        looks: (m + 1, pixels) float32, the darkness of the level's pixels: first the sheet's, then after each move.
    """

    moves: NDArray[np.float64]
    looks: NDArray[np.float32]

    def __post_init__(self) -> None:
        if len(self.looks) != len(self.moves) + 1:
            raise ValueError(f"there are {len(self.moves)} moves and {len(self.looks)} looks, not one more")


def darkness(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How dark each place is, a little blurred: (rows, columns) float32, 0 is paper."""
    return np.asarray(255.0 - cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.float32), np.float32)


def repeats(layer: Level) -> Repeats:
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
    moved = [_moved(still.shape, peak[1], (peak[2], peak[3])) for peak in peaks[:MOST]]
    looks = [still, *(cv2.warpPerspective(still, move, (columns, rows)) for move in moved)]
    moves = np.array([layer.to_sheet @ move @ layer.to_level for move in moved]).reshape(-1, 3, 3)
    return Repeats(moves, np.array(looks, np.float32).reshape(len(looks), -1))


def _blot(covered: NDArray[np.float64], y: int, x: int) -> None:
    """Take a peak out of a correlation, in place."""
    covered[max(0, y - APART) : y + APART + 1, max(0, x - APART) : x + APART + 1] = 0


def _moved(shape: tuple[int, ...], turn: int, shift: tuple[int, int]) -> NDArray[np.float64]:
    """The (3, 3) homography of an image of (rows, columns): quarter turns clockwise, and a shift in its pixels."""
    rows, columns = shape
    quarter = [
        np.eye(3),
        np.array([[0.0, -1, rows - 1], [1, 0, 0], [0, 0, 1]]),
        np.array([[-1.0, 0, columns - 1], [0, -1, rows - 1], [0, 0, 1]]),
        np.array([[0.0, 1, 0], [-1, 0, columns - 1], [0, 0, 1]]),
    ][turn]
    shifted: NDArray[np.float64] = np.array([[1.0, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]]) @ quarter
    return shifted


def preferences(moves: Repeats, there: NDArray[np.uint8], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much a page looks like the sheet rather than like the sheet moved: about 1 for the sheet, -1 for the move.

    Args:
        moves: what `repeats` gives for the sheet's level.
        there: (rows, columns) uint8 of the level, the page as it looks from the sheet, 255 is paper.
        seen: (rows, columns) bool, where the page shows anything at all.

    Returns:
        (m,) float64, one for each move.
    """
    dark, looks = darkness(there).ravel(), moves.looks
    if not seen.all():
        pixels = np.flatnonzero(seen)
        dark, looks = dark[pixels], looks.take(pixels, axis=1)
    if not dark.size:
        return np.zeros(len(moves.moves))
    likenesses = _correlations(np.vstack([looks[:1], dark[None]]), looks)
    apart = np.maximum(1 - likenesses[0, 1:], 1 - SAME)
    return np.asarray((likenesses[1, 0] - likenesses[1, 1:]) / apart, np.float64)


def _correlations(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Correlation (n, m) of each row of one with each row of another, -1 to 1; 0 where one is even."""
    means, squares = zip(
        *((each.mean(axis=1), np.einsum("np,np->n", each, each)) for each in (some, others)), strict=True
    )
    count = some.shape[1]
    spreads = [square / count - mean**2 for mean, square in zip(means, squares, strict=True)]
    shared = some @ others.T / count - np.outer(*means)
    scale = np.sqrt(np.maximum(np.outer(*spreads), 1e-6))
    return np.asarray(shared / scale, np.float64)
