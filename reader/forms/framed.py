"""Small boxes with an unbroken frame, whatever is written in them: the outline of a frame shows no digits."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.cells import Cells
from reader.forms.combs import split_comb

DARK = 9
"""Gray levels by which a frame is at least darker than the paper, for its outline to be found."""
AROUND, CLEARLY = 15, 40
"""Pixels around within which there is paper beside a frame, and gray levels by which it is darker than that."""
HIGHEST, LOWEST = 75, 16
"""Pixels of the size that cells are looked for in: height of a box or comb for digits at the most and at the least."""
SQUARE = 0.75
"""Share of the upright rectangle around it that a box and what is in it take up: it may be skewed, or stick out."""
STRAIGHT = 1.6
"""Pixels that a side of a frame is off a straight line at the most."""
MIDDLE, MOSTLY = (0.22, 0.78), 0.92
"""Part of a side that is looked at, and share of it that is no farther off."""
THICKEST = 0.2
"""Of its height, a frame is no thicker than this: bars and blocks are not hollow."""
UPRIGHT = 0.12
"""Rise of a side in parts of its length, at the most."""
FULL, SLIVER = 0.8, 0.4
"""Cells as high and as wide as these shares of the height of a frame that they are in part it, rightly."""

UNLIKE = 1.3
"""Cells of which one is so many times as wide as another are no boxes of one frame."""
COVERED = 0.88
"""Share of a frame that boxes in it take up at the least."""
PALE, BESIDE = 0.6, 5
"""What is so many times as dark as a frame parts it not where its cells are unlike, and pixels that are its side."""
SPANS = 1.3
"""Widths of a box from which on a cell of its height is more than the box."""
WHOLE = 0.65
"""A cell as wide as this share of a frame does not part it: it is what is in it."""

Quad = NDArray[np.float64]


def with_frames(cells: Cells) -> Cells:
    """The cells with small boxes that have an unbroken frame put right.

    A frame counts where no cell as high as it parts it; what was found in it that is lower, or a sliver, is strokes.
    Frames are looked for where rulings are, which leaves out what is written across them, and where it is dark at all,
    which parts boxes side by side.
    """
    rulings = (cv2.max(cells.across, cells.down) > DARK).view(np.uint8)
    dark = cv2.morphologyEx(cells.gray, cv2.MORPH_BLACKHAT, np.ones((AROUND, AROUND), np.uint8)) > CLEARLY
    return _with_frames_in(_with_frames_in(cells, dark.view(np.uint8)), rulings)


def _with_frames_in(cells: Cells, mask: NDArray[np.uint8]) -> Cells:
    """The cells with boxes put right whose frames are outlines in a mask (rows, columns), not 0 where it is dark."""
    outlines, places = _rings(mask)
    known = (cells.quads + 0.5) * cells.scale - 0.5
    inside = _middles_in(known, places)
    wide, high = np.ptp(known, axis=1).T
    parts = inside & (high >= FULL * places[:, 3:]) & (wide >= SLIVER * places[:, 3:])
    parted = (parts & (wide < WHOLE * places[:, 2:3])).any(axis=1) | (parts.sum(axis=1) > 1)
    drop, frames = np.zeros(len(known), bool), []
    for index, of_it in enumerate(parts):
        if parted[index] and _are_boxes(wide[of_it], places[index, 2]):
            continue
        frame = _frame(mask, outlines[index])
        if frame is not None and (not parted[index] or _is_parted_wrongly(cells.gray, known[of_it], frame)):
            frames.append((frame + 0.5) / cells.scale - 0.5)
            drop |= inside[index]
    found = np.array(frames).reshape(-1, 4, 2)
    drop |= _spans(cells.quads, found)
    return replace(cells, quads=np.concatenate([cells.quads[~drop], found]))


def _are_boxes(wide: NDArray[np.float64], width: int) -> bool:
    """Whether cells of these widths (n,) are alike and take up all of a frame of that width, as the boxes of a comb."""
    return bool(wide.max() <= UNLIKE * wide.min() and wide.sum() > COVERED * width)


def _is_parted_wrongly(gray: NDArray[np.uint8], parts: Quad, frame: Quad) -> bool:
    """Whether strokes part a frame (4, 2) into cells (n, 4, 2): its teeth say more boxes, or they are much paler."""
    if len(split_comb(gray, frame)) > len(parts):
        return True
    wide = np.ptp(parts[:, :, 0], axis=1)
    return bool(wide.max() > UNLIKE * wide.min()) and _are_strokes(gray, parts, frame)


def _are_strokes(gray: NDArray[np.uint8], parts: Quad, frame: Quad) -> bool:
    """Whether all that parts a frame (4, 2) into cells (n, 4, 2) is much paler than the frame: strokes of a pencil."""
    sides = [_darkness(gray, frame[n], frame[(n + 1) % 4]) for n in range(4)]
    between = []
    for cell in parts:
        for top, bottom, side in (
            (cell[0], cell[3], frame[[0, 3], 0].mean()),
            (cell[1], cell[2], frame[[1, 2], 0].mean()),
        ):
            if abs((top[0] + bottom[0]) / 2 - side) > BESIDE:
                between.append(_darkness(gray, top, bottom))
    return bool(between) and max(between) < PALE * min(sides)


def _darkness(gray: NDArray[np.uint8], start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """How dark it is along a line between two points (x, y), or right beside it, in the median."""
    points = start + np.linspace(0.15, 0.85, 25)[:, None] * (end - start)
    x, y = points.round().astype(int).T
    away = np.arange(-2, 3)[:, None]
    across = (away, 0 * away) if abs(end[1] - start[1]) > abs(end[0] - start[0]) else (0 * away, away)
    rows, columns = (y + across[1]).clip(0, gray.shape[0] - 1), (x + across[0]).clip(0, gray.shape[1] - 1)
    return float(np.median(255 - gray[rows, columns].min(axis=0)))


def _spans(quads: Quad, frames: Quad) -> NDArray[np.bool_]:
    """(n,) whether a cell (n, 4, 2) is no higher than frames (m, 4, 2) in it, and wider: boxes and the gaps between."""
    low, high = quads.min(axis=1)[:, None], quads.max(axis=1)[:, None]
    middles, sizes = frames.mean(axis=1), np.ptp(frames, axis=1)
    inside = ((middles > low) & (middles < high)).all(axis=2)
    wider, higher = ((high - low) / sizes).transpose(2, 0, 1)
    spans: NDArray[np.bool_] = (inside & (wider > SPANS) & (higher < SPANS)).any(axis=1)
    return spans


def _rings(mask: NDArray[np.uint8]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """The outlines (n, 2) of what has a hole and is of the size and about the shape of a box, and their rectangles.

    Args:
        mask: (rows, columns) uint8, not 0 where there is print or writing.

    Returns:
        As many outlines, (x, y), and (left, top, width, height), (m, 4).
    """
    found, levels = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines, places = [], []
    for outline, (_, _, hole, outer) in zip(found, [] if levels is None else levels[0].tolist(), strict=True):
        if outer >= 0 or hole < 0:
            continue
        place = cv2.boundingRect(outline)
        _, _, width, height = place
        if LOWEST <= height <= HIGHEST and width >= LOWEST and cv2.contourArea(outline) >= SQUARE * width * height:
            outlines.append(outline[:, 0].astype(np.int64))
            places.append(place)
    return outlines, np.array(places, np.int64).reshape(-1, 4)


def _middles_in(quads: Quad, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(places, quads): whether the middle of a quadrilateral (4, 2) is in a rectangle (left, top, width, height)."""
    middles, low = quads.mean(axis=1), places[:, None, :2]
    inside: NDArray[np.bool_] = ((middles > low) & (middles < low + places[:, None, 2:])).all(axis=2)
    return inside


def _frame(mask: NDArray[np.uint8], outline: NDArray[np.int64]) -> Quad | None:
    """Corners (x, y) (4, 2) of a box from the top left clockwise, on the middle of its frame; None if it is none."""
    corners = corners_of(outline)
    thick = 0.0 if corners is None else _thickness(mask, corners)
    if corners is None or not 0 < thick <= THICKEST * np.ptp(outline[:, 1]):
        return None
    return _within(corners, (thick - 1) / 2)


def corners_of(points: NDArray[np.int64], mostly: float = MOSTLY) -> Quad | None:
    """The corners (4, 2) of an outline (n, 2) if it is a quadrilateral, nearly upright; None if it is not.

    Args:
        points: (x, y) of the outline.
        mostly: share of each side that is straight; the rest may be cut in.
    """
    x, y = points.T - points.min(axis=0, keepdims=True).T
    lines = [_envelope(*pair, mostly, last) for last in (False, True) for pair in ((x, y), (y, x))]
    if any(line is None for line in lines):
        return None
    top, left, bottom, right = (line for line in lines if line is not None)
    crossings = [_crossing(top, left), _crossing(top, right), _crossing(bottom, right), _crossing(bottom, left)]
    corners: Quad = np.array(crossings) + points.min(axis=0)
    return corners


def _envelope(
    along: NDArray[np.int64], level: NDArray[np.int64], mostly: float, last: bool
) -> tuple[float, float] | None:
    """Rise and start of the straight line along the first, or last, levels of an outline; None if there is none.

    Its ends are left out: corners may be round, and strokes stick out there.
    """
    length = int(along.max()) + 1
    ends = np.full(length, level.max() if not last else 0)
    (np.maximum if last else np.minimum).at(ends, along, level)
    places = np.arange(round(MIDDLE[0] * length), round(MIDDLE[1] * length))
    half = len(places) // 2
    rise = float(np.median(ends[places[-half:]] - ends[places[:half]])) / (len(places) - half)  # Theil and Sen
    levels = ends[places] - rise * places
    near = np.abs(levels - np.median(levels)) <= STRAIGHT
    if near.sum() < 3:
        return None
    rise, start = np.polyfit(places[near], ends[places[near]], 1)
    near = np.abs(ends[places] - start - rise * places) <= STRAIGHT
    is_straight = near.mean() >= mostly and abs(rise) <= UPRIGHT
    return (float(rise), float(start)) if is_straight else None


def _crossing(level: tuple[float, float], upright: tuple[float, float]) -> tuple[float, float]:
    """Where y = start + rise x and x = start + rise y cross."""
    x = (upright[1] + upright[0] * level[1]) / (1 - upright[0] * level[0])
    return x, level[1] + level[0] * x


def _thickness(mask: NDArray[np.uint8], corners: Quad) -> float:
    """Pixels of the frame, in the median of places along its four sides; 0 where a side has none."""
    middle = corners.mean(axis=0)
    reach = int(THICKEST * np.ptp(corners[:, 1])) + 2
    found = []
    for side in range(4):
        one, other = corners[side], corners[(side + 1) % 4]
        along = np.linspace(0.15, 0.85, 15)[:, None]
        inwards = np.array([0, np.sign(middle[1] - one[1])]) if side % 2 == 0 else [np.sign(middle[0] - one[0]), 0]
        places = (one + along * (other - one))[:, None] + np.arange(reach)[:, None] * np.array(inwards)
        x, y = places.round().astype(int).transpose(2, 0, 1)
        run = mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)] > 0
        found.append(float(np.median(np.where(run.all(axis=1), reach, (~run).argmax(axis=1)))))
    return 0.0 if min(found) == 0 else float(np.median(found))


def _within(corners: Quad, by: float) -> Quad:
    """Corners (4, 2) moved towards the middle by so many pixels each way."""
    moved: Quad = corners + by * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    return moved
