"""A sheet with what forms have besides boxes to write in: bubbles, a frame around a text."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.blocks import Entry, Gap, Look, Row, Table, Text
from training.sheets import Form, print_form


def drawn_form() -> Form:
    """A blank form with a comb and a table, 150 dpi, its lower half free."""
    blocks = [
        Text("Count of goods", 2, 700, "middle"),
        Gap(3),
        Row((Entry("number", "Store number:", "comb", (1, 5), (7, 9)),), 40),
        Gap(4),
        Table("sums", ("Shelf", "In", "Out"), ("upper", "middle", "lower"), 2, 1, (10, 9), 30),
    ]
    return print_form(blocks, Look(), 150, (210, 148), margin=12)


def bubbles(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with a row of cells with circles in them, printed."""
    image = image.copy()
    top = round(0.7 * image.shape[0])
    for n in range(6):
        cv2.rectangle(image, (100 + 50 * n, top), (150 + 50 * n, top + 50), (0, 0, 0), 2)
        cv2.circle(image, (125 + 50 * n, top + 25), 11, (0, 0, 0), 2)
    return image


def words(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with a frame around a text."""
    image = image.copy()
    top = round(0.85 * image.shape[0])
    cv2.rectangle(image, (100, top), (500, top + 60), (0, 0, 0), 2)
    cv2.putText(image, "For official use only", (120, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    return image
