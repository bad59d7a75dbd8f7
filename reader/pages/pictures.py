"""Image file -> pixels, page by page.

Pillow and not OpenCV: OpenCV 5.0 gives the missing half of a truncated JPEG as plain gray without a word, tells a
picture's size only after decoding it, and reads a TIFF's pages all or none. The two are about as fast.
"""

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from reader.errors import ScanError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".webp"),
    *(".jp2", ".j2k", ".j2c", ".jpx", ".jpf"),
)
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "JPEG2000")
MOST_PIXELS = 100_000_000
"""Pixels of a page that are decoded: A3 at 700 dpi. In colour they take 0.7 GB here, 4 bytes each in Pillow and 3 in
what is handed on."""
MOST_PIXELS_SLOWLY = 40_000_000
"""The same of JPEG 2000 and WebP, A4 at 650 dpi, for their decoders take up to 12 bytes a pixel more, and 30 ns of
time."""
ROWS_AT_ONCE = 512
"""Rows that are converted at a time, so that a picture is not in the memory in three forms."""
X_RESOLUTION, Y_RESOLUTION, ORIENTATION, ON_ITS_SIDE = 282, 283, 274, (5, 6, 7, 8)
NEARLY_SQUARE, MOST_OBLONG = 0.05, 2.5
"""A pixel whose height is off its width by no more than this is taken as square; by more than so many times, as an
error in the file (a fax of standard fineness has 204 x 98 dpi, 2.1 times)."""
PHOTOMETRIC, WHITE_IS_ZERO, BITS_PER_SAMPLE = 262, 0, 258
NEW_SUBFILE_TYPE, REDUCED = 254, 1
"""Tags of TIFF: which value is white; the bit that marks a page as a smaller copy of another (TIFF 6.0, page 36)."""
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, struct.error, zlib.error)
"""What Pillow raises on files that are damaged."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded page.

    Attributes:
        pixels: (rows, columns) gray or (rows, columns, 3) BGR uint8, 255 is white.
        oblong: height of a pixel in its widths; 1 but for faxes.
    """

    pixels: NDArray[np.uint8]
    oblong: float = 1.0


def pages(path: Path, stream: BinaryIO, wanted: Callable[[int], bool]) -> Iterator[Picture | ScanError | None]:
    """The pages of an image file, decoded one at a time: several of a TIFF, one of any other format.

    Args:
        path: for messages.
        stream: the file, opened; seekable.
        wanted: says of a page's number, from 1, whether to decode it.

    Yields:
        The picture; or why this page cannot be read; None, not decoded, for each page that is not wanted.

    Raises:
        ScanError: the file as a whole cannot be read.
    """
    with _opened(path, stream) as image:
        yield _decoded(path, image) if wanted(1) else None
        if not isinstance(image, TiffImagePlugin.TiffImageFile):
            return
        frame, number, damaged = 0, 1, ""
        while True:
            frame += 1
            try:
                if not _turned_to(image, frame):
                    return
                damaged = ""
            except BROKEN as error:
                if image.tell() != frame:
                    yield ScanError(f"{path}: the pages from here on cannot be found ({error}); scan or copy it again")
                    return
                damaged = f"{path}: this page is damaged or of a kind that is not read ({error}); save it as PNG"
            if not _is_reduced(image):
                number += 1
                yield (ScanError(damaged) if damaged else _decoded(path, image)) if wanted(number) else None


def too_large(path: Path, width: int, height: int, most: int = MOST_PIXELS) -> ScanError:
    """What to say of a picture that would fill the memory."""
    return ScanError(
        f"{path}: {width} x {height} pixels are more than the {most // 10**6} million pixels that are read at most; "
        "scan it at 300 dpi, or cut it into pages"
    )


def _opened(path: Path, stream: BinaryIO) -> Image.Image:
    """Read the header of a file, not yet its pixels.

    From the open file and not by its name: Pillow 13 maps files into memory, which crashes where they are cut while
    they are read, and puts the rows of a TIFF without compression that lies on its side in the wrong places.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow warns of large pictures and odd metadata on stderr
            return Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ScanError(
            f"{path}: not a picture that can be read; expected PNG, JPEG, TIFF, BMP, WebP, JPEG 2000 or PDF, "
            "save it as one"
        ) from error
    except Image.DecompressionBombError as error:
        raise ScanError(
            f"{path}: the picture has more than the {MOST_PIXELS // 10**6} million pixels that are read at most; "
            "scan it at 300 dpi, or cut it into pages"
        ) from error
    except (*BROKEN, MemoryError) as error:  # a header may say that it is 4 GB long
        raise ScanError(f"{path}: the file is damaged ({error}); scan or copy it again") from error


def _turned_to(image: TiffImagePlugin.TiffImageFile, frame: int) -> bool:
    """Go to a page of a TIFF; False after the last."""
    try:
        with warnings.catch_warnings(action="ignore"):
            image.seek(frame)
    except EOFError:
        return False
    return True


def _is_reduced(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether the page that a TIFF is open at is a smaller copy of another."""
    try:
        return bool(image.tag_v2.get(NEW_SUBFILE_TYPE, 0) & REDUCED)
    except BROKEN:
        return False


def _decoded(path: Path, image: Image.Image) -> Picture | ScanError:
    """The pixels of the page that the file is open at, or why they cannot be read."""
    width, height = image.size
    most = MOST_PIXELS_SLOWLY if image.format in ("JPEG2000", "WEBP") else MOST_PIXELS
    if width * height > most:
        return too_large(path, width, height, most)
    try:
        with warnings.catch_warnings(action="ignore"):
            to_eight, inverted = _depth(image)
            oblong = _oblong(image)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            pixels = _pixels(image, to_eight)
            pixels = cv2.bitwise_not(pixels, dst=pixels).astype(np.uint8, copy=False) if inverted else pixels
            return Picture(pixels, oblong)
    except ScanError as error:
        return ScanError(f"{path}: {error}")
    except (*BROKEN, MemoryError, Image.DecompressionBombError) as error:
        return ScanError(f"{path}: the picture is damaged or cut short ({error}); scan or copy it again")


def _oblong(image: Image.Image) -> float:
    """Height of a pixel in its widths when the page is upright, which a TIFF tells by its resolutions."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 1.0
    try:
        across, down = (float(image.tag_v2.get(tag, 0)) for tag in (X_RESOLUTION, Y_RESOLUTION))
    except BROKEN:
        return 1.0
    oblong = across / down if across > 0 and down > 0 else 1.0
    off = max(oblong, 1 / oblong)
    if not 1 + NEARLY_SQUARE < off <= MOST_OBLONG:
        return 1.0
    return 1 / oblong if image.tag_v2.get(ORIENTATION, 1) in ON_ITS_SIDE else oblong


def _depth(image: Image.Image) -> tuple[int, bool]:
    """By how many bits gray values of more than 8 are to be shifted, and whether 0 is white, of those alone.

    Pillow 13 leaves both to its caller where a TIFF has 12 or 16 bits; all else it brings to 8 bits, 255 is white.
    """
    if not image.mode.startswith("I;16"):
        return 0, False
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 8, False
    bits = int(image.tag_v2.get(BITS_PER_SAMPLE, (16,))[0])
    return bits - 8, image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO


def _pixels(image: Image.Image, to_eight: int) -> NDArray[np.uint8]:
    """Any of Pillow's pixel formats -> (rows, columns) gray or (rows, columns, 3) BGR, uint8, 255 is white.

    Args:
        image: loaded.
        to_eight: by how many bits to shift values of more than 8.

    Raises:
        ScanError: pixels of a kind that has no agreed white, such as floating point.
    """
    if image.mode in ("I", "F"):
        raise ScanError("signed, floating-point or 32-bit pixels are not read; save it with 8 or 16 bits")
    is_gray = image.mode.startswith("I;16") or (image.mode in ("1", "L") and not image.has_transparency_data)
    width, height = image.size
    pixels = np.empty((height, width) if is_gray else (height, width, 3), np.uint8)
    for top in range(0, height, ROWS_AT_ONCE):
        rows = image.crop((0, top, width, min(top + ROWS_AT_ONCE, height)))
        pixels[top : top + ROWS_AT_ONCE] = _gray(rows, to_eight) if is_gray else _colours(rows)
    return pixels


def _gray(image: Image.Image, to_eight: int) -> NDArray[np.uint8]:
    """Gray or 1-bit pixels -> (rows, columns) uint8."""
    if to_eight:
        return (np.asarray(image) >> to_eight).astype(np.uint8)
    return np.asarray(image.convert("L"))


def _colours(image: Image.Image) -> NDArray[np.uint8]:
    """Pixels with colours or see-through parts -> (rows, columns, 3) uint8 BGR."""
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
