"""Image file -> pixels, page by page.

Pillow and not OpenCV: OpenCV 5.0 gives the missing half of a truncated JPEG as plain gray without a word, tells a
picture's size only after decoding it, and reads a TIFF's pages all or none.
"""

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from reader.errors import ScanError

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".webp")
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
MAX_PIXELS = 178_956_970
"""The most pixels that are decoded: Pillow's own guard against decompression bombs; A4 at 1,300 dpi."""
NEW_SUBFILE_TYPE, REDUCED = 254, 1
"""The tag of TIFF and its bit that mark a page as a smaller copy of another (TIFF 6.0, page 36)."""
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, struct.error, zlib.error)
"""What Pillow raises on files that are damaged."""


def pages(path: Path, wanted: Callable[[int], bool]) -> Iterator[NDArray[np.uint8] | ScanError | None]:
    """The pages of an image file, decoded one at a time: several of a TIFF, one of any other format.

    Yields:
        (rows, columns) gray or (rows, columns, 3) BGR uint8, 255 is white; or why this page cannot be read; None, not
        decoded, for each page whose number, from 1, is not wanted.

    Raises:
        ScanError: the file as a whole cannot be read.
    """
    with _opened(path) as image:
        yield _decoded(path, image) if wanted(1) else None
        frame, number = 1, 1
        while isinstance(image, TiffImagePlugin.TiffImageFile):
            try:
                if not _turned_to(image, frame):
                    return
                reduced = image.tag_v2.get(NEW_SUBFILE_TYPE, 0) & REDUCED
            except BROKEN as error:
                yield ScanError(f"{path}: the pages from here on cannot be found ({error}); scan or copy it again")
                return
            if not reduced:
                number += 1
                yield _decoded(path, image) if wanted(number) else None
            frame += 1


def too_large(path: Path, width: int, height: int) -> ScanError:
    """What to say of a picture that would fill the memory."""
    return ScanError(
        f"{path}: {width} x {height} pixels are more than the {MAX_PIXELS // 10**6} million that are read at most; "
        "scan it at 300 dpi, or cut it into pages"
    )


def _opened(path: Path) -> Image.Image:
    """Open a file and read its header, not yet its pixels."""
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow warns of large pictures and odd metadata on stderr
            return Image.open(path, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ScanError(
            f"{path}: not a picture that can be read; expected PNG, JPEG, TIFF, BMP, WebP or PDF, save it as one"
        ) from error
    except Image.DecompressionBombError as error:
        raise ScanError(
            f"{path}: the picture has more than the {MAX_PIXELS // 10**6} million pixels that are read at most; "
            "scan it at 300 dpi, or cut it into pages"
        ) from error
    except BROKEN as error:
        raise ScanError(f"{path}: the file is damaged ({error}); scan or copy it again") from error


def _turned_to(image: TiffImagePlugin.TiffImageFile, frame: int) -> bool:
    """Go to a page of a TIFF; False after the last."""
    try:
        with warnings.catch_warnings(action="ignore"):
            image.seek(frame)
    except EOFError:
        return False
    return True


def _decoded(path: Path, image: Image.Image) -> NDArray[np.uint8] | ScanError:
    """The pixels of the page that the file is open at, or why they cannot be read."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        return too_large(path, width, height)
    try:
        with warnings.catch_warnings(action="ignore"):
            image.load()
            turned = ImageOps.exif_transpose(image)
            return _pixels(turned)
    except ScanError as error:
        return ScanError(f"{path}: {error}")
    except (*BROKEN, MemoryError, Image.DecompressionBombError) as error:
        return ScanError(f"{path}: the picture is damaged or cut short ({error}); scan or copy it again")


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Any of Pillow's pixel formats -> (rows, columns) gray or (rows, columns, 3) BGR, uint8, 255 is white.

    Raises:
        ScanError: pixels of a kind that has no agreed white, such as floating point.
    """
    if image.mode.startswith("I;16"):
        return np.asarray(np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):
        raise ScanError("pixels of 32 bits are not read; save it with 8 or 16 bits")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white.convert("RGB")
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
