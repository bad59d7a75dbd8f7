"""Boxes on a page -> what is written in each."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.digits.candidates import Classifier
from reader.digits.crops import FAINTEST, LONGER_SIDE, crop
from reader.digits.decode import NEVER, Digit, DigitStatus
from reader.digits.frames import freed, glyphs_of
from reader.digits.patches import Inked, cut

Views = tuple[NDArray[np.uint8], ...]
TOGETHER = 64
"""Boxes of one size that are looked at in one go, at the most: more would take memory and gain no time."""
HEIGHT = 72
"""Rows of a box in its patch: three times what a crop needs."""
FOOT, SHOULDER = 0.3, 0.85
"""Darkness, in parts of that of the darkest strokes in the box, that counts as paper, and as full ink."""
WEIGHTS = np.array([0.6, 0.4], np.float32)
"""Of the two views: faint ends of strokes are lost in the second."""
VIEWS, OTHERWISE = 3, 0.5
"""A box is seen in so many ways at the most; the third counts from this probability of its digit on."""
FILLED, STOUT = 0.9, 0.45
"""A block of ink is filled to this share, and its shorter side is this share of its longer one, at the least."""
PART_OF_STROKE, TALL = 90, 0.6
"""Ink of a crop, of 255, from which on pixels hang together; height of each digit of a pair at the least, in that of
the larger one."""
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
        For each box two crops, (28, 28) uint8, 0 is paper, and a third with the parts of the frame on which strokes may
        lie; or one, or none where it is empty.
    """
    patches = [cut(page.ink, quad, HEIGHT) for quad in quads]
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, patch in enumerate(patches):
        alike.setdefault(patch.ink.shape, []).append(number)
    views: list[Views] = [()] * len(quads)
    for numbers in (same[at : at + TOGETHER] for same in alike.values() for at in range(0, len(same), TOGETHER)):
        inks = np.array([patches[number].ink for number in numbers])
        darks = np.array([cut(page.dark, quads[number], HEIGHT).ink for number in numbers])
        found = _views(inks, darks, patches[numbers[0]].margin)
        for number, pair in zip(numbers, found, strict=True):
            views[number] = pair
    return views


def _views(inks: NDArray[np.float32], darks: NDArray[np.float32], margin: int) -> list[Views]:
    """What is written in boxes of one size, by their ink and darkness (n, rows, columns), 0 to 1, `margin` around."""
    free, barred = freed(inks, margin)
    glyphs = glyphs_of(free, margin)
    darkest = np.array([_darkest(dark[glyph > 0.5]) for dark, glyph in zip(darks, glyphs, strict=True)], np.float32)
    steep = ((darks / darkest[:, None, None] - FOOT) / (SHOULDER - FOOT)).clip(0, 1)
    clear = glyphs_of(steep * (free > 0), margin)
    seen = [[view for view in pair if (view >= FAINTEST).any()] for pair in zip(glyphs, clear, strict=True)]
    differ = np.flatnonzero((barred != free).any(axis=(1, 2)))
    for number, other in zip(differ, glyphs_of(barred[differ], margin) if len(differ) else (), strict=True):
        if len(seen[number]) == 2 and (other >= FAINTEST).any():
            seen[number].append(other)
    is_empty = glyphs.max(axis=(1, 2)) < FAINTEST
    return [() if empty else tuple(crop(view) for view in pair) for empty, pair in zip(is_empty, seen, strict=True)]


def _darkest(strokes: NDArray[np.float32]) -> float:
    """How dark the darkest tenth of the strokes in a box is at least, by the darkness (n,) of their pixels."""
    if not len(strokes):
        return 1.0
    return max(0.02, float(np.interp(0.9 * (len(strokes) - 1), np.arange(len(strokes)), np.sort(strokes))))


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
        elif pair:
            sure = NEVER if is_a_pair(pair[0]) else classifier.limits.boxes
            digits.append(_digit(_together(seen), quad, sure))
        else:
            digits.append(Digit("", 1.0, "", 0.0, "blank", quad))
    return digits


def is_a_pair(view: NDArray[np.uint8]) -> bool:
    """Whether a crop (28, 28), 255 is ink, shows two tall strokes side by side that do not touch: two digits."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((view >= PART_OF_STROKE).view(np.uint8), connectivity=8)
    tall = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] >= TALL * LONGER_SIDE]
    left, right = tall[:, cv2.CC_STAT_LEFT], tall[:, cv2.CC_STAT_LEFT] + tall[:, cv2.CC_STAT_WIDTH]
    return len(tall) > 1 and bool(left.max() >= right.min() - 1)


def is_blacked_out(view: NDArray[np.uint8]) -> bool:
    """Whether a crop (28, 28), 255 is ink, is filled with ink from edge to edge, as no digit but a thick 1 is."""
    inked = view >= 128
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not rows.size:
        return False
    block = view[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bool(min(block.shape) >= STOUT * max(block.shape) and block.mean() >= 255 * FILLED)


def _together(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """What (n, 11) probabilities of one to three views say together.

    The surer view counts, but where both show a digit and not the same one, their weighted mean does: two views that
    disagree leave a doubt. So does a third view that shows another digit, or one where the others show none.
    """
    if len(probabilities) == VIEWS:
        one, other = _together(probabilities[:2]), probabilities[2]
        differ = other[:10].argmax() != one[:10].argmax() and other[:10].max() >= OTHERWISE
        return (one + other) / 2 if differ else one
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
