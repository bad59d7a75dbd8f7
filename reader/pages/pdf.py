"""PDF file -> pixels, page by page: the scanned picture as it is where a page is one picture, else the page drawn."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from reader.errors import ScanError
from reader.pages.pictures import MOST_PIXELS, Picture, too_large

MARK, END = b"%PDF-", (b"%%EOF", b"startxref")
MOST_THINGS, MOST_PICTURES = 50_000, 1_000
"""Words, lines and pictures, and pictures alone, that a page may have: a drawing of a city; a page in strips of 8 rows
has 440. One of a million things takes minutes."""
ROOM_AFTER_END = 2**16
"""Bytes at the end of a file in which one of the marks of the end must stand; some programs write more after it."""
DPI, POINTS_PER_INCH = 300, 72
FINEST, COARSEST = 600, 150
"""A page is drawn at the resolution of its largest picture within these, so that its pixels stay what they are."""
SLACK = 0.02
"""How far, of the page's size, a picture may end from the page's edge and still be the whole page; how far, of their
size, its pixels may be from square."""
OTHER_BITS = (2, 4, 12, 16)
"""Bits a pixel that PDFium 5.15 counts as more than they are."""
UNTRIMMED = 1 - 1e-6
"""PDFium rounds a page's size up: this keeps 2480.0001 pixels from becoming 2481, and so all others from moving."""


def pages(path: Path, stream: BinaryIO, wanted: Callable[[int], bool]) -> Iterator[Picture | ScanError | None]:
    """The pages of a PDF, one at a time.

    Args:
        path: for messages.
        stream: the file, opened; seekable.
        wanted: says of a page's number, from 1, whether to decode it.

    Yields:
        The picture; or why this page cannot be read; None, not decoded, for each page that is not wanted.

    Raises:
        ScanError: the file as a whole cannot be read.
    """
    _check_end(path, stream)
    try:
        document = pypdfium2.PdfDocument(stream)
    except (pypdfium2.PdfiumError, OSError) as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise ScanError(f"{path}: the PDF is locked with a password; save it without one") from error
        raise ScanError(f"{path}: the PDF is damaged ({error}); scan or save it again") from error
    with closing(document):
        if not len(document):
            raise ScanError(f"{path}: the PDF has no pages; scan or save it again")
        for index in range(len(document)):
            yield _page(path, document, index) if wanted(index + 1) else None


def _check_end(path: Path, stream: BinaryIO) -> None:
    """Refuse a PDF whose end is missing: PDFium reads what is there, and leaves the rest of a picture empty."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - ROOM_AFTER_END))
    end = stream.read()
    stream.seek(0)
    if not any(mark in end for mark in END):
        raise ScanError(f"{path}: the PDF is cut short, its end is missing; copy or scan it again")


def _page(path: Path, document: pypdfium2.PdfDocument, index: int) -> Picture | ScanError:
    """The pixels of one page, or why they cannot be read."""
    try:
        with closing(document[index]) as page:
            things = list(islice(page.get_objects(), MOST_THINGS + 1))
            pictures = [thing for thing in things if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE]
            if len(things) > MOST_THINGS or len(pictures) > MOST_PICTURES:
                much = f"more than {MOST_THINGS:,} things or {MOST_PICTURES:,} pictures on this page of the PDF"
                return ScanError(f"{path}: {much}; print it and scan it, or save it as pictures")
            sizes = [picture.get_px_size() for picture in pictures]
            scale = _drawing_scale(pictures)
            drawn = (round(side * scale) for side in page.get_size())
            for width, height in (*sizes, drawn):
                if width * height > MOST_PIXELS:
                    return too_large(path, width, height)
            if any(_is_cut_short(picture) for picture in pictures):
                return ScanError(f"{path}: a picture on this page of the PDF is cut short; scan or save it again")
            if _is_only_picture(page, things):
                stored = _array(pictures[0].get_bitmap())
                return Picture(np.ascontiguousarray(np.rot90(stored, -page.get_rotation() // 90)))
            return Picture(_array(page.render(scale=scale * UNTRIMMED)))
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
        return ScanError(f"{path}: this page of the PDF is damaged ({error}); scan or save it again")


def _is_cut_short(picture: pypdfium2.PdfImage) -> bool:
    """Whether some of a picture's data is missing; PDFium makes it gray, black or white, and says nothing.

    JPEG ends with a mark of its own. What is not packed as a picture has a known size; a row may be missing at the end,
    as some programs count. JPEG 2000 and JBIG2 are decoded to see. Group 4 fax cannot be told.
    """
    method = picture.get_filters()[-1:]
    if method == ["CCITTFaxDecode"]:
        return False
    if method in (["JPXDecode"], ["JBIG2Decode"]):
        try:
            return not picture.get_bitmap()
        except pypdfium2.PdfiumError:
            return True
    data = picture.get_data(decode_simple=True)
    if method == ["DCTDecode"]:
        return b"\xff\xd9" not in bytes(data[-1024:])
    columns, rows = picture.get_px_size()
    row_bytes = {bits: (columns * bits + 7) // 8 for bits in (picture.get_metadata().bits_per_pixel, *OTHER_BITS)}
    said, *others = row_bytes.values()
    return len(data) < (rows - 1) * said and not any((rows - 1) * row <= len(data) <= rows * row for row in others)


def _is_only_picture(page: pypdfium2.PdfPage, things: Sequence[pypdfium2.PdfObject]) -> bool:
    """Whether a page is one picture, upright and from edge to edge, with square pixels and nothing to see beside it.

    Scanning programs lay the words that they recognized over the picture as invisible text: that is nothing to see.
    Annotations are: someone may have filled in the form with a stylus. A stencil (no colour space of its own) has no
    colours without the page that it is printed on, and what is masked or cut off is not what is stored.
    """
    if pdfium.FPDFPage_GetAnnotCount(page):
        return False
    pictures = [thing for thing in things if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE]
    others = [thing for thing in things if thing.type != pdfium.FPDF_PAGEOBJ_IMAGE]
    if len(pictures) != 1 or not all(_is_invisible(thing) for thing in others):
        return False
    picture = pictures[0]
    a, b, c, d, left, bottom = picture.get_matrix().get()
    x0, y0, x1, y1 = page.get_cropbox()
    across, up = SLACK * (x1 - x0), SLACK * (y1 - y0)
    is_level = abs(left - x0) < across and abs(left + a - x1) < across and abs(b) < up
    is_upright = abs(bottom - y0) < up and abs(bottom + d - y1) < up and abs(c) < across
    columns, rows = picture.get_px_size()
    is_square = bool(d * columns) and abs(a * rows / (d * columns) - 1) < SLACK
    return is_level and is_upright and is_square and _is_opaque(picture)


def _is_invisible(thing: pypdfium2.PdfObject) -> bool:
    """Whether an object is text that is drawn with neither fill nor outline."""
    if thing.type != pdfium.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(thing) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _is_opaque(picture: pypdfium2.PdfImage) -> bool:
    """Whether a picture covers all of its place on the page: it is no stencil, and nothing masks or clips it."""
    shown = picture.get_bitmap(render=True, scale_to_original=False).to_numpy()
    return shown.ndim == 3 and (shown.shape[2] == 3 or bool((shown[1:-1, 1:-1, 3] == 255).all()))


def _drawing_scale(pictures: Sequence[pypdfium2.PdfImage]) -> float:
    """Pixels a point (1/72 inch) at which to draw a page: as many as its largest picture has, or 300 an inch."""
    finest = 0.0, float(DPI)
    for picture in pictures:
        columns, rows = picture.get_px_size()
        a, b, c, d, _, _ = picture.get_matrix().get()
        across, up = np.hypot(a, b), np.hypot(c, d)
        if across > 0 and up > 0:
            finest = max(finest, (across * up, POINTS_PER_INCH * max(columns / across, rows / up)))
    return (finest[1] if COARSEST <= finest[1] <= FINEST else DPI) / POINTS_PER_INCH


def _array(bitmap: pypdfium2.PdfBitmap) -> NDArray[np.uint8]:
    """A bitmap of PDFium -> (rows, columns) or (rows, columns, 3) BGR uint8, in memory of its own."""
    pixels = bitmap.to_numpy()
    if pixels.ndim == 3:
        pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels[:, :, :3]
    return np.array(pixels, dtype=np.uint8)
