"""Frames of a sheet and of a page: further guesses at how one lies on the other where few features match."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from reader.forms.features import brought_small
from reader.forms.quadrilaterals import area_within

FRAMES = 5
"""Frames that are tried on either side."""
WINDOW, DARKER = 31, 12
"""Pixels around one that it is compared with, and gray levels by which ink is darker than they are."""
SEEN = 0.2
"""Length of a ruling, in parts of the picture's longer side, of which ink must be seen."""
MOST_LINES = 120
THICK = 6
"""Pixels of what is too thick for a ruling: the edge of the paper on a dark table, a black bar."""
ALONG = 0.4
"""Share of each side of a frame that is ruling at the least: dashes, where a scanner lost some of it."""
OUTERMOST = 3
"""Rulings that may be the frame's on either side: beyond it there may be print or scribbles in line."""

RULED = 5
"""Frames by rulings that are tried on a page, and the largest of the sheet's."""

Quad = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frames:
    """Quadrilaterals to lay on each other, corners clockwise.

    Attributes:
        outlined: (m, 4, 2) float64, what connected print spans, or cells fill: the paper on a dark table among them.
        ruled: (k, 4, 2) float64, what the outermost rulings of two directions span.
        edge: (1, 4, 2) float64, the edge of the picture.
    """

    outlined: NDArray[np.float64]
    ruled: NDArray[np.float64]
    edge: NDArray[np.float64]


def frames(gray: NDArray[np.uint8]) -> Frames:
    """The frames on a sheet or a page.

    Args:
        gray: (rows, columns) uint8, 255 is paper.
    """
    small, scale = brought_small(gray)
    how = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV
    ink = cv2.adaptiveThreshold(small, 255, *how, WINDOW, DARKER).astype(np.uint8, copy=False)
    edge = np.array([[[0, 0], [small.shape[1], 0], small.shape[::-1], [0, small.shape[0]]]], np.float64)
    return Frames(_outlined(ink) / scale, _ruled(ink) / scale, edge / scale)


def framed(sheet: Frames, page: Frames) -> list[NDArray[np.float64]]:
    """Homographies sheet -> page that lay a frame of the sheet on a frame of the page, in all four turns."""
    return _laid(sheet.outlined, page.outlined) + _laid(sheet.ruled[:1], page.ruled)


def edged(sheet: Frames, page: Frames) -> list[NDArray[np.float64]]:
    """The same that lay the edge of the sheet on a frame of the page, which may be the edge of the paper."""
    return _laid(sheet.edge, page.outlined)


def _laid(of_sheet: NDArray[np.float64], of_page: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Homographies that lay each of (m, 4, 2) frames on each of (k, 4, 2), in all four turns."""
    found = []
    for one, other in product(of_sheet.astype(np.float32), of_page.astype(np.float32)):
        for turn in range(4):
            found.append(np.asarray(cv2.getPerspectiveTransform(one, np.roll(other, turn, 0)), np.float64))
    return found


def _outlined(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(m, 4, 2) the largest quadrilaterals that connected ink (rows, columns), 255, spans, or that its cells fill."""
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    contours, parents = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    cells = np.zeros_like(ink)  # the rulings' holes, grown together: a stroke that runs out of a table is no part of it
    for contour, (_, _, _, parent) in zip(contours, parents[0] if parents is not None else [], strict=True):
        if parent >= 0 and 30 < cv2.contourArea(contour) < 0.2 * ink.size:
            cv2.drawContours(cells, [contour], 0, 255, -1)
    filled = cv2.morphologyEx(cells, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    grown, _ = cv2.findContours(filled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    quads = [quad for contour in (*contours, *grown) if (quad := _quadrilateral(contour, 0.01 * ink.size)) is not None]
    quads.sort(key=area_within, reverse=True)
    kept: list[NDArray[np.float64]] = []
    for quad in quads:
        if all(np.abs(quad.mean(axis=0) - each.mean(axis=0)).max() > 4 or _differ(quad, each) for each in kept):
            kept.append(quad)
    return np.array(kept[:FRAMES]).reshape(-1, 4, 2)


def _ruled(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(m, 4, 2) the largest quadrilaterals that the outermost rulings of two directions span, of ink (rows, columns).

    For tables that scribbles hang on, and rulings of which a scanner left dashes: lines are found by the Hough
    transform (Duda and Hart, CACM 1972).
    """
    thick = cv2.dilate(
        cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8)), np.ones((5, 5), np.uint8)
    )
    ink = cv2.subtract(ink, thick).astype(np.uint8, copy=False)
    found = cv2.HoughLines(ink, 1, np.pi / 180, round(SEEN * max(ink.shape)))
    if found is None:
        return np.zeros((0, 4, 2))
    rows, columns = np.nonzero(ink)
    middle = np.array([columns.mean(), rows.mean()])
    lines = _distinct(np.asarray(found, np.float64).reshape(-1, 2)[:MOST_LINES], middle)
    one = np.abs(np.sin(lines[:, 1] - lines[0, 1])) < np.sin(np.pi / 4)
    quads = []
    for top, bottom in _pairs(lines[one]):
        for left, right in _pairs(lines[~one]):
            corners = [_crossing(*pair) for pair in ((top, left), (top, right), (bottom, right), (bottom, left))]
            quads.append(np.array(corners))
    near = cv2.dilate(ink, np.ones((3, 3), np.uint8)) > 0
    sound = [_clockwise(quad) for quad in quads if _least_along(near, quad) >= ALONG]
    sound.sort(key=area_within, reverse=True)
    return np.array(sound[:RULED]).reshape(-1, 4, 2)


def _distinct(lines: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of lines (n, 2), rho and theta, strongest first, each once: (m, 3), the same and the distance from `middle`."""
    kept: list[tuple[float, float, float]] = []
    for rho, theta in lines.tolist():
        away = rho - float(middle @ [np.cos(theta), np.sin(theta)])
        for _, angle, other in kept:
            turn = (theta - angle + np.pi / 2) % np.pi - np.pi / 2
            same = away if abs(theta - angle) < np.pi / 2 else -away
            if abs(turn) < 0.1 and abs(same - other) < 6:
                break
        else:
            kept.append((rho, theta, away))
    return np.array(kept)


def _pairs(lines: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Pairs of the outermost of lines (n, 3) of about one direction: rho, theta, and distance from the middle."""
    if len(lines) < 2:
        return []
    turned = np.abs(lines[:, 1] - lines[0, 1]) > np.pi / 2
    order = lines[np.argsort(np.where(turned, -lines[:, 2], lines[:, 2]))]
    first, last = order[:OUTERMOST], order[-OUTERMOST:]
    return [(a, b) for a in first for b in last if not np.array_equal(a, b)]


def _crossing(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(x, y) where two lines, rho and theta, cross."""
    angles = np.array([one[1], other[1]])
    return np.linalg.solve(np.column_stack([np.cos(angles), np.sin(angles)]), np.array([one[0], other[0]]))


def _least_along(near: NDArray[np.bool_], quad: Quad) -> float:
    """The share of the side of a quadrilateral (4, 2) that is the least ruling, 0 to 1."""
    steps = np.linspace(0.02, 0.98, 80)[:, None]
    shares = []
    for corner, following in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        x, y = np.round(corner + steps * (following - corner)).astype(int).T
        on = (x >= 0) & (y >= 0) & (x < near.shape[1]) & (y < near.shape[0])
        shares.append(float(near[y[on], x[on]].sum()) / len(steps))
    return min(shares)


def _quadrilateral(contour: MatLike, least: float) -> NDArray[np.float64] | None:
    """The clockwise (4, 2) corners of a contour's hull, if it has four and at least that area."""
    hull = cv2.convexHull(contour)
    filled = cv2.contourArea(hull)
    if filled < least:
        return None
    quad = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True).reshape(-1, 2).astype(np.float64)
    return _clockwise(quad) if len(quad) == 4 and area_within(quad) >= 0.85 * filled else None


def _clockwise(quad: Quad) -> Quad:
    """The corners (4, 2) the other way round where they run counterclockwise, as seen."""
    return quad if cv2.contourArea(quad.astype(np.float32), True) > 0 else quad[::-1]


def _differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two quadrilaterals with one middle differ in size by more than a fifth."""
    areas = area_within(one), area_within(other)
    return min(areas) < 0.8 * max(areas)
