"""The page with what was read drawn on it, so that a person sees at a glance what was read, and why something was not.

A status has a colour and a line of its own, so that it is told without colours too. The colours are Okabe and Ito's,
made to be told apart by the colour-blind (Color Universal Design, 2008), the orange and the purple darker for writing.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reader.errors import UsageError
from reader.pages.scan import Scan
from reader.results.lettering import Color, paragraph, width, write
from reader.results.reading import Box, DigitReading, FieldReading, PageReading, Status

COLORS: dict[str, Color] = {
    "ok": (115, 158, 0),
    "review": (0, 110, 215),
    "blank": (160, 160, 160),
    "rejected": (140, 50, 170),
    "verified": (178, 114, 0),
}
"""BGR. Frames: `ok` and `verified` solid, `review` dashed, `blank` dotted, `rejected` crossed through."""
PAGE_COLORS: dict[str, Color] = {"read": (115, 158, 0), "refused": (0, 110, 215), "failed": (0, 70, 200)}
DARK: Color = (60, 60, 60)
LONGEST_SIDE = (1100, 2600)
"""Pixels of an overlay's longer side: small cut-outs are enlarged to the first, large pages reduced to the second."""
INK_LEFT = 0.55
"""What is left of the page's contrast, so that the drawing stands out against it."""
MOST_NOTES = 12
"""Fields whose reasons are written out under the page."""
JPEG_QUALITY = 80


def overlay(scan: Scan, reading: PageReading) -> NDArray[np.uint8]:
    """Draw a reading on its page: the page pale, a frame and the value at each box, the status above, reasons below.

    Returns:
        (rows, columns, 3) BGR uint8. The page is scaled to a size good to look at; the lines above and below it
        are added, nothing of the page is covered but by what was read there.
    """
    rows, columns = scan.image.shape[:2]
    scale = float(np.clip(max(rows, columns), *LONGEST_SIDE)) / max(rows, columns)
    canvas = _pale(scan.image, scale)
    boxes = [box for field in reading.fields for box in _boxes(field)]
    for field in reading.fields:
        _draw_field(canvas, field, boxes, scale)
    letters = int(np.clip(max(canvas.shape[:2]) / 75, 14, 30))
    return np.vstack([_header(reading, canvas.shape[1], letters), canvas, _footer(reading, canvas.shape[1], letters)])


def place(folder: Path, files: Sequence[Path], scan: Scan) -> Path:
    """Where a page's overlay goes: the scan's own folders from where those of all files part, its name, its page."""
    return place_below(folder, common_folder(files), scan.file, scan.page)


def common_folder(files: Sequence[Path]) -> Path:
    """The innermost folder that all files are in, at whatever depth."""
    return Path(os.path.commonpath([_plain(file).parent for file in files]))


def place_below(folder: Path, root: Path, file: str | Path, page: int) -> Path:
    """Where the overlay of a page of a file below `root` goes."""
    below = _plain(file).relative_to(root)
    return folder / below.parent / f"{below.name}.page{page}.jpg"


def check_folder(folder: Path) -> None:
    """Make sure, before any work is done, that overlays can be written in this folder; it is made if need be.

    Raises:
        UsageError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".digit-reader-{os.getpid()}.part"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise UsageError(
            f"{folder}: no overlays can be written here ({error.strerror}); name another folder"
        ) from error


def save(image: NDArray[np.uint8], file: Path) -> None:
    """Write an overlay as JPEG, making the folders that it needs.

    Raises:
        UsageError: it cannot be written.
    """
    sampling = [
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # thin coloured lines stay sharp
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, *sampling])
    if not done:
        raise ValueError(f"no JPEG of {image.shape}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.tobytes())
    except OSError as error:
        raise UsageError(f"{file}: the overlay cannot be written ({error.strerror}); make room for it") from error


def _plain(file: str | Path) -> Path:
    """The whole path without `..`, links left as they are."""
    return Path(os.path.normpath(Path(file).absolute()))


def _pale(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """The page as (rows, columns, 3) BGR, scaled, its ink and its colours weakened towards white."""
    if scale != 1:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=how).astype(np.uint8, copy=False)
    color = image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return cv2.convertScaleAbs(color, alpha=INK_LEFT, beta=255 * (1 - INK_LEFT)).astype(np.uint8, copy=False)


def _boxes(field: FieldReading) -> list[Box]:
    """The boxes of a field's digits; its own where it has none."""
    return [digit.box for digit in field.digits] or [field.box]


def _draw_field(canvas: NDArray[np.uint8], field: FieldReading, boxes: Sequence[Box], scale: float) -> None:
    """Draw the frames and values of a field, and its name if a person should look at it."""
    inside = any(_is_taken(digit.box, 1 / 2, -1 / 3, boxes) for digit in field.digits)
    for digit in field.digits:
        _draw_frame(canvas, _scaled(digit.box, scale), digit.status)
        _draw_value(canvas, _scaled(digit.box, scale), digit, inside)
    if not field.digits:
        _draw_frame(canvas, _scaled(field.box, scale), field.status)
    if field.status in ("review", "rejected"):
        _draw_name(canvas, field, boxes, scale)


def _draw_name(canvas: NDArray[np.uint8], field: FieldReading, boxes: Sequence[Box], scale: float) -> None:
    """The name below its field, where neither another box nor the value above one is; else beside it; else in it."""
    box = _scaled(field.box, scale)
    letters = int(np.clip(0.3 * box.height, 11, 26))
    under = box.y + box.height
    if not any(_is_taken(field.box, 1 / 2, down, boxes) for down in (1.3, 1.6, 1.9)):
        at = (box.x, under + letters + 2)
    elif not _is_taken(field.box, 1 + field.box.height / field.box.width, 1 / 2, boxes):
        at = (box.x + box.width + 6, box.y + box.height // 2 + letters // 3)
    else:
        letters = max(9, min(letters, letters * box.width // max(1, width(field.name, letters))))
        at = (box.x + 2, under - 3)
    write(canvas, field.name, at, letters, COLORS[field.status])


def _is_taken(box: Box, across: float, down: float, boxes: Sequence[Box]) -> bool:
    """Whether a spot, told in a box's widths and heights from its upper left, is off the top or on another box."""
    x, y = box.x + across * box.width, box.y + down * box.height
    return y < 0 or any(b.x <= x <= b.x + b.width and b.y <= y <= b.y + b.height for b in boxes)


def _scaled(box: Box, scale: float) -> Box:
    """A box of the scan on the canvas."""
    x, y, width, height = (round(side * scale) for side in (box.x, box.y, box.width, box.height))
    return Box(x, y, max(1, width), max(1, height))


def _draw_frame(canvas: NDArray[np.uint8], box: Box, status: Status) -> None:
    """A frame in the colour and the line of a status."""
    thick = int(np.clip(min(box.width, box.height) / 25, 1, 4))
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    color = COLORS[status]
    if status in ("review", "blank"):
        dash, gap = (6 * thick, 4 * thick) if status == "review" else (thick, 4 * thick)
        for start, end in (((x, y), (right, y)), ((x, bottom), (right, bottom)), ((x, y), (x, bottom)),
                           ((right, y), (right, bottom))):  # fmt: skip
            _dashed(canvas, start, end, color, (thick, dash, gap))
        return
    cv2.rectangle(canvas, (x, y), (right, bottom), color, thick, cv2.LINE_AA)
    if status == "rejected":
        cv2.line(canvas, (x, y), (right, bottom), color, thick, cv2.LINE_AA)
        cv2.line(canvas, (x, bottom), (right, y), color, thick, cv2.LINE_AA)


def _dashed(
    canvas: NDArray[np.uint8], start: tuple[int, int], end: tuple[int, int], color: Color, line: tuple[int, int, int]
) -> None:
    """A level or upright line in dashes; `line` is its thickness, dash and gap in pixels."""
    thick, dash, gap = line
    (x0, y0), (x1, y1) = start, end
    for at in range(0, max(x1 - x0, y1 - y0), dash + gap):
        near = (min(x0 + at, x1), min(y0 + at, y1))
        far = (min(x0 + at + dash, x1), min(y0 + at + dash, y1))
        cv2.line(canvas, near, far, color, thick)


def _draw_value(canvas: NDArray[np.uint8], box: Box, digit: DigitReading, inside: bool) -> None:
    """The digit above its box, or small in the box's upper right corner where another box is above."""
    text = f"{digit.digit}?" if digit.status == "review" else digit.digit
    if not text:
        return
    height = int(np.clip((0.4 if inside else 0.6) * box.height, 10, 60))
    height = max(10, min(height, height * box.width // width(text, height)))
    free = box.width - width(text, height)
    at = (box.x + free - 2, box.y + height) if inside else (box.x + free // 2, box.y - 2 - height // 8)
    write(canvas, text, at, height, COLORS[digit.status])


def _header(reading: PageReading, columns: int, letters: int) -> NDArray[np.uint8]:
    """The lines above the page: what page it is and what became of it, and what the frames mean."""
    counts: dict[str, int] = {}
    for digit in (digit for field in reading.fields for digit in field.digits):
        counts[digit.status] = counts.get(digit.status, 0) + 1
    form = f", form {reading.form}" if reading.form else ""
    lines = [(f"{reading.file}, page {reading.page}{form}", DARK)]
    said = f"{reading.status}: {reading.reason}" if reading.reason else reading.status
    lines.append((said, PAGE_COLORS[reading.status]))
    strip = paragraph(lines, columns, letters)
    if not counts:
        return strip
    legend = np.full((2 * letters, columns, 3), 255, np.uint8)
    x = letters
    for status in (status for status in COLORS if status in counts):
        mark: Status = status  # type: ignore[assignment]
        _draw_frame(legend, Box(x, letters // 2, letters, letters), mark)
        text = f"{counts[status]} {status}"
        write(legend, text, (x + 3 * letters // 2, 3 * letters // 2 - 2), letters, COLORS[status])
        x += width(text, letters) + 3 * letters
    return np.vstack([strip, legend])


def _footer(reading: PageReading, columns: int, letters: int) -> NDArray[np.uint8]:
    """The lines below the page: the fields that a person should look at, and why."""
    doubtful = [field for field in reading.fields if field.status in ("review", "rejected")]
    lines = []
    for field in doubtful[:MOST_NOTES]:
        value = f" = {field.value}?" if field.value else ""
        lines.append((f"{field.name}{value}: {field.reason or field.status}", COLORS[field.status]))
    if len(doubtful) > MOST_NOTES:
        lines.append((f"and {len(doubtful) - MOST_NOTES} fields more: see the CSV", DARK))
    return paragraph(lines, columns, letters, most_lines=2)
