"""PDF file -> pixels, page by page: the scanned picture as it is where a page is one picture, else drawn at 300 dpi."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from reader.errors import ScanError
from reader.pages.pictures import MAX_PIXELS, too_large

MARK = b"%PDF-"
DPI = 300
POINTS_PER_INCH = 72
SLACK = 0.02
"""How far, of the page's size, a picture may end from the page's edge and still be the whole page."""


def pages(path: Path, wanted: Callable[[int], bool]) -> Iterator[NDArray[np.uint8] | ScanError | None]:
    """The pages of a PDF, one at a time.

    Yields:
        (rows, columns) gray or (rows, columns, 3) BGR uint8, 255 is white; or why this page cannot be read; None, not
        decoded, for each page whose number, from 1, is not wanted.

    Raises:
        ScanError: the file as a whole cannot be read.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise ScanError(f"{path}: the PDF is locked with a password; save it without one") from error
        raise ScanError(f"{path}: the PDF is damaged ({error}); scan or save it again") from error
    with closing(document):
        if not len(document):
            raise ScanError(f"{path}: the PDF has no pages; scan or save it again")
        for index in range(len(document)):
            yield _page(path, document, index) if wanted(index + 1) else None


def _page(path: Path, document: pypdfium2.PdfDocument, index: int) -> NDArray[np.uint8] | ScanError:
    """The pixels of one page, or why they cannot be read."""
    try:
        with closing(document[index]) as page:
            picture = _only_picture(page)
            scale = DPI / POINTS_PER_INCH
            width, height = picture.get_px_size() if picture else (round(side * scale) for side in page.get_size())
            if width * height > MAX_PIXELS:
                return too_large(path, width, height)
            if picture:
                stored = _array(picture.get_bitmap())
                return np.ascontiguousarray(np.rot90(stored, -page.get_rotation() // 90))
            return _array(page.render(scale=scale))
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as error:
        return ScanError(f"{path}: this page of the PDF is damaged ({error}); scan or save it again")


def _only_picture(page: pypdfium2.PdfPage) -> pypdfium2.PdfImage | None:
    """The picture that a page is, upright and from edge to edge, with nothing to see beside it; None where it is not.

    Scanning programs lay the words that they recognized over the picture as invisible text: that is nothing to see.
    Annotations are: someone may have filled in the form with a stylus. A stencil (no colour space of its own) has no
    colours without the page that it is printed on.
    """
    if pdfium.FPDFPage_GetAnnotCount(page):
        return None
    pictures = []
    for thing in page.get_objects():
        if thing.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(thing)
        elif thing.type != pdfium.FPDF_PAGEOBJ_TEXT or not _is_invisible(thing):
            return None
    if len(pictures) != 1 or pictures[0].get_metadata().colorspace == pdfium.FPDF_COLORSPACE_UNKNOWN:
        return None
    a, b, c, d, left, bottom = pictures[0].get_matrix().get()
    x0, y0, x1, y1 = page.get_cropbox()
    across, up = SLACK * (x1 - x0), SLACK * (y1 - y0)
    is_level = abs(left - x0) < across and abs(left + a - x1) < across and abs(b) < up
    is_upright = abs(bottom - y0) < up and abs(bottom + d - y1) < up and abs(c) < across
    return pictures[0] if is_level and is_upright else None


def _is_invisible(text: pypdfium2.PdfObject) -> bool:
    """Whether a text object is drawn with neither fill nor outline."""
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(text) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _array(bitmap: pypdfium2.PdfBitmap) -> NDArray[np.uint8]:
    """A bitmap of PDFium -> (rows, columns) or (rows, columns, 3) BGR uint8, in memory of its own."""
    pixels = bitmap.to_numpy()
    if pixels.ndim == 3:
        pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels[:, :, :3]
    return np.array(pixels, dtype=np.uint8)
