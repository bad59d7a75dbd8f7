"""Pictures of forms: the sheet with the names of its fields, and a form laid over a scan."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.results.lettering import Color, paragraph, width, write

FIELD: Color = (178, 114, 0)
PRINT: Color = (140, 50, 170)
DARK: Color = (60, 60, 60)
"""BGR, after Okabe and Ito, as in `reader.results.overlay`."""
LONGEST_SIDE = 2200
"""Pixels of the longer side of a picture."""
PALE = 0.5
"""What is left of the contrast of the sheet behind."""

Quads = NDArray[np.float64]


def picture(
    sheet: NDArray[np.uint8],
    fields: Sequence[tuple[str, Quads]],
    said: str = "",
    form_print: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """A sheet or scan with the fields drawn on it, and their names.

    Args:
        sheet: (rows, columns) or (rows, columns, 3) BGR uint8, 255 is paper.
        fields: the name and the quadrilaterals (n, 4, 2), in (x, y), of each field; equal parts of long names that
            follow each other, as a table's, are written once.
        said: what is written above.
        form_print: (rows, columns) bool, where the form's own print comes to lie; drawn in colour.

    Returns:
        (rows, columns, 3) BGR uint8.
    """
    scale = LONGEST_SIDE / max(sheet.shape[:2])
    size = (round(sheet.shape[1] * scale), round(sheet.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = np.asarray(cv2.resize(sheet, size, interpolation=how), np.uint8)
    image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8) if image.ndim == 2 else image
    canvas = np.asarray(cv2.convertScaleAbs(image, alpha=PALE, beta=255 * (1 - PALE)), np.uint8)
    if form_print is not None:
        there = cv2.resize(form_print.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0
        canvas[there] = PRINT
    for name, quads in fields:
        _draw(canvas, name, quads * scale)
    letters = LONGEST_SIDE // 75
    return np.vstack([paragraph([(said, DARK)], canvas.shape[1], letters), canvas]) if said else canvas


def _draw(canvas: NDArray[np.uint8], name: str, quads: Quads) -> None:
    """The boxes of a field and its name in the upper left of its first, as large as there is room."""
    cv2.polylines(canvas, [quad.round().astype(np.int32) for quad in quads], True, FIELD, 2, cv2.LINE_AA)
    room = float(np.ptp(quads[:, :, 0]))
    high = float(np.ptp(quads[0, :, 1]))
    letters = int(np.clip(0.4 * high, 10, 30))
    text = name
    if width(text, letters) > room - 4:
        letters = max(9, int(letters * (room - 4) / max(1, width(text, letters))))
    if letters < 11 and "_" in name:  # of a table's cell: row and column
        text, letters = "_".join(name.split("_")[-2:]), 10
    x, y = quads[0].min(axis=0)
    write(canvas, text, (round(x) + 3, round(y) + letters + 1), letters, FIELD)
