"""Which way the print on a page runs: from left to right, or up and down because the page lies on its side."""

import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import sized_for_search
from reader.forms.free_lines import DARK
from reader.forms.outlines import outlines

SMALLEST = 5
"""Pixels of a letter's longer side at the least, where cells are looked for."""
SLIMMEST = 3.0
"""And at the most, in its shorter one: the grain of wood and cloth is slim, and runs one way, too."""
USUAL = 2.0
"""Letters are as large as most others, or so many times as large or as small."""
OVERLAP, NEXT = 0.2, 0.5
"""What a letter and the next one of its word have in common at the most, and the paper between them, in their sizes."""
FEWEST, CLEARLY = 30, 2.0
"""So many letters with one beside them on one axis, and so many times as many as on the other, tell."""
MOST = 1000
"""Letters that are looked at, at the most: those halfway down the page."""


def runs_across(ink: NDArray[np.uint8]) -> bool | None:
    """Whether the letters of a page stand side by side rather than above each other; None where that is not clear.

    Args:
        ink: (rows, columns) uint8, ink of the page, 0 is paper and 255 is full ink.
    """
    small, _ = sized_for_search(ink)
    _, found = outlines((small > DARK).astype(np.uint8))
    shorter, longer = np.sort(found[:, 2:4], axis=1).T
    pieces = found[(longer >= SMALLEST) & (longer <= SLIMMEST * shorter)].astype(np.float64)
    if not len(pieces):
        return None
    size = pieces[:, 2:4].max(axis=1)
    alike = np.abs(np.log(size / np.median(size))) <= np.log(USUAL)
    spare = max(0, int(alike.sum()) - MOST) // 2
    letters = pieces[alike][np.argsort(pieces[alike, 1], kind="stable")][spare : spare + MOST]
    size = letters[:, 2:4].max(axis=1)
    middles = letters[:, :2] + letters[:, 2:4] / 2
    gap = np.abs(middles[:, None] - middles) - (letters[:, None, 2:4] + letters[:, 2:4]) / 2
    level = np.abs(middles[:, None] - middles) < 0.5 * size[:, None, None]
    near = (gap > -OVERLAP * size[:, None, None]) & (gap < NEXT * size[:, None, None])
    across, down = ((near[..., axis] & level[..., 1 - axis]).any(axis=1).sum() for axis in (0, 1))
    if max(across, down) < FEWEST or max(across, down) < CLEARLY * min(across, down):
        return None
    return bool(across > down)
