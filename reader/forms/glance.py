"""How far a page agrees with a sheet at a glance: to rank many guesses at how it lies before one is measured."""

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.forms.fit import Level
from reader.pages.page import transformed

MOST = 3000
LEAST_ON_PAGE = 0.4
"""Share of the places that must lie on the page."""


def glances(layer: Level) -> NDArray[np.float64]:
    """(n, 3) float64: x and y in the sheet, and the darkness there, of places on and beside the sheet's print."""
    smooth = cv2.GaussianBlur(layer.image, (0, 0), 1.5)
    near = cv2.dilate((smooth < 215).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    y, x = np.nonzero(near)
    keep = np.linspace(0, len(x) - 1, min(len(x), MOST)).astype(np.int64)
    places = transformed(np.column_stack([x[keep], y[keep]]).astype(np.float64), layer.to_sheet)
    return np.column_stack([places, 255.0 - smooth[y[keep], x[keep]]])


def agreement(places: NDArray[np.float64], smooth: NDArray[np.uint8], to_page: NDArray[np.float64]) -> float:
    """Correlation of a sheet's glances with a page under a homography; 0 if most of them lie off the page.

    Args:
        places: what `glances` gives.
        smooth: (rows, columns) uint8 of the page, 255 is paper, blurred so that a guess may be a little off.
        to_page: (3, 3) homography sheet -> page.
    """
    x, y = np.clip(np.round(transformed(places[:, :2], to_page)), -1, 1e6).astype(np.int64).T
    on = (x >= 0) & (y >= 0) & (x < smooth.shape[1]) & (y < smooth.shape[0])
    if on.sum() < LEAST_ON_PAGE * len(on):
        return 0.0
    page = smooth[y[on], x[on]].astype(np.float64)
    page, sheet = page.mean() - page, places[on, 2] - places[on, 2].mean()
    return float(page @ sheet / max(float(np.sqrt((page @ page) * (sheet @ sheet))), 1e-9))
