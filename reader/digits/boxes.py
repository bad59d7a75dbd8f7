"""Boxes on a page -> what is written in each."""

import numpy as np
from numpy.typing import NDArray

from reader.digits.crops import FAINTEST, crop
from reader.digits.decode import Classifier, Digit, DigitStatus
from reader.digits.frames import glyph_of, without_frame
from reader.digits.patches import Inked, cut

Views = tuple[NDArray[np.uint8], ...]
HEIGHT = 72
"""Rows of a box in its patch: three times what a crop needs."""
FOOT, SHOULDER = 0.3, 0.85
"""Darkness, in parts of that of the darkest strokes in the box, that counts as paper, and as full ink."""
WEIGHTS = np.array([0.6, 0.4], np.float32)
"""Of the two views: faint ends of strokes are lost in the second."""
FILLED, STOUT = 0.9, 0.45
"""A block of ink is filled to this share, and its shorter side is this share of its longer one, at the least."""
NO_DIGIT = 0.8
"""Probability of being no digit from which on writing is rejected; below it, the best digit is given for review."""


def views_of(page: Inked, quads: NDArray[np.float64]) -> list[Views]:
    """What is written in each box, cut out and looked at twice.

    Its ink is taken as the page's, and measured against the darkest stroke in the box, which parts blurred strokes and
    drops what is fainter, as watermarks and print shining through.

    Args:
        page: the page and its ink.
        quads: (n, 4, 2) float64, corners (x, y) of the boxes in the page, from the top left of the writing clockwise.

    Returns:
        For each box two crops, (28, 28) uint8, 0 is paper; or one, or none where it is empty.
    """
    return [_views(page, quad) for quad in quads]


def _views(page: Inked, quad: NDArray[np.float64]) -> Views:
    patch = cut(page.ink, quad, HEIGHT)
    free = without_frame(patch)
    glyph = glyph_of(free, patch.margin)
    if not (glyph >= FAINTEST).any():
        return ()
    dark = cut(page.dark, quad, HEIGHT).ink
    darkest = np.percentile(dark[glyph > 0.5], 90) if (glyph > 0.5).any() else 1.0
    steep = np.clip((dark / max(darkest, 0.02) - FOOT) / (SHOULDER - FOOT), 0, 1).astype(np.float32)
    clear = glyph_of(steep * (free > 0), patch.margin)
    return tuple(crop(view) for view in (glyph, clear) if (view >= FAINTEST).any())


def read_boxes(views: list[Views], quads: NDArray[np.float64], classifier: Classifier) -> list[Digit]:
    """Read one digit from each box.

    Args:
        views: of each box, from `views_of`.
        quads: (n, 4, 2) float64, corners (x, y) of the boxes in the page.
        classifier: reads crops.

    Returns:
        n digits, in the order of the boxes, the outline of each is its box.
    """
    crops = np.array([view for pair in views for view in pair], np.uint8).reshape(-1, 28, 28)
    answers = classifier.probabilities(crops)
    digits = []
    for quad, pair in zip(quads, views, strict=True):
        seen, answers = answers[: len(pair)], answers[len(pair) :]
        if pair and is_blacked_out(pair[0]):
            digits.append(Digit("", 1.0, "", 0.0, "rejected", quad))
        else:
            sure = classifier.limits.boxes
            digits.append(_digit(_together(seen), quad, sure) if pair else Digit("", 1.0, "", 0.0, "blank", quad))
    return digits


def is_blacked_out(view: NDArray[np.uint8]) -> bool:
    """Whether a crop (28, 28), 255 is ink, is filled with ink from edge to edge, as no digit but a thick 1 is."""
    inked = view >= 128
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not rows.size:
        return False
    block = view[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bool(min(block.shape) >= STOUT * max(block.shape) and block.mean() >= 255 * FILLED)


def _together(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """What (n, 11) probabilities of one or two views say together.

    The surer view counts, but where both show a digit and not the same one, their weighted mean does: two views that
    disagree leave a doubt.
    """
    digits = probabilities[:, :10].argmax(axis=1)
    if len(probabilities) == 2 and digits[0] != digits[1] and (probabilities[:, 10] < 0.5).all():
        mean: NDArray[np.float32] = WEIGHTS @ probabilities
        return mean
    surest: NDArray[np.float32] = probabilities[probabilities[:, :10].max(axis=1).argmax()]
    return surest


def _digit(probabilities: NDArray[np.float32], quad: NDArray[np.float64], sure: float) -> Digit:
    """What (11,) probabilities of the digits and of no digit say about a box; `ok` from the probability `sure` on."""
    if probabilities[10] >= NO_DIGIT:
        return Digit("", float(probabilities[10]), "", 0.0, "rejected", quad)
    second, best = np.argsort(probabilities[:10])[-2:]
    status: DigitStatus = "ok" if probabilities[best] >= sure else "review"
    return Digit(str(best), float(probabilities[best]), str(second), float(probabilities[second]), status, quad)
