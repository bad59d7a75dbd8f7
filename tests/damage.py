"""Seeds of each format, and ways to damage them, as a bad disk, a broken download or an attacker would."""

import io
import zipfile
import zlib

import numpy as np
from PIL import Image

from tests.handmade import GRAY, encoded, packed, pdf, picture, placed, tiff

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Values at the edges of what sizes and offsets can be (american fuzzy lop, "interesting" values)."""


def seeds() -> dict[str, list[bytes]]:
    """Small sound files of each format."""
    gray = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)
    gray[10:30:4, 5:50] = 0
    colour, black = np.dstack([gray, gray[::-1], gray[:, ::-1]]), gray > 60
    many = io.BytesIO()
    pages = [Image.fromarray(black)] * 3
    pages[0].save(many, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    compressions = ("jpeg", "tiff_lzw", "packbits", "tiff_adobe_deflate")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", encoded(gray, "PNG"))
        archive.writestr("inner/b.tif", encoded(gray, "TIFF"))
    return {
        "png": [encoded(image, "PNG") for image in (gray, colour, black, np.dstack([colour, gray]))],
        "jpg": [encoded(gray, "JPEG"), encoded(colour, "JPEG", progressive=True), _turned(colour)],
        "tif": [
            many.getvalue(),
            encoded(black, "TIFF", compression="group3"),
            tiff(gray.tobytes(), (64, 48), 8, True, copies=3),
            *(encoded(colour, "TIFF", compression=compression) for compression in compressions),
        ],
        "bmp": [encoded(gray, "BMP"), encoded(colour, "BMP"), encoded(black, "BMP")],
        "webp": [encoded(colour, "WEBP"), encoded(gray, "WEBP", lossless=True)],
        "jp2": [encoded(gray, "JPEG2000"), encoded(colour, "JPEG2000", no_jp2=True)],
        "pdf": [_pdf(gray, data, method, more) for data, method, more in _packings(gray)]
        + [_form(gray), encoded(black, "PDF", resolution=300)],
        "zip": [zipped.getvalue()],
    }


def damaged(seed: bytes, rng: np.random.Generator) -> bytes:
    """One seed with one to eight mistakes: bits, bytes, numbers, pieces cut out, doubled, moved, or the end missing."""
    data = bytearray(seed)
    for _ in range(rng.integers(1, 9)):
        at = int(rng.integers(0, max(1, len(data))))
        length = int(rng.integers(1, 33))
        kind = rng.integers(0, 8)
        if kind <= 1 and data:
            data[at % len(data)] ^= 1 << rng.integers(0, 8)
        elif kind == 2:
            data[at : at + length] = rng.bytes(length)
        elif kind == 3:
            width = int(rng.choice([1, 2, 4]))
            value = INTERESTING[rng.integers(len(INTERESTING))] & (256**width - 1)
            data[at : at + width] = value.to_bytes(width, str(rng.choice(["little", "big"])))
        elif kind == 4:
            del data[at : at + length]
        elif kind == 5:
            data[at:at] = data[at : at + length] * int(rng.integers(1, 20))
        elif kind == 6:
            source = int(rng.integers(0, max(1, len(data))))
            data[at : at + length] = data[source : source + length]
        elif rng.random() < 0.3:
            del data[at:]
    return bytes(data)


def _turned(image: np.ndarray) -> bytes:
    """A JPEG that its EXIF data turns."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image, "JPEG", exif=exif)


def _packings(gray: np.ndarray) -> list[tuple[bytes, str, str]]:
    """A picture in the ways in which a PDF holds it."""
    rows, columns = gray.shape
    fax = Image.open(io.BytesIO(encoded(gray > 60, "TIFF", compression="group4")))
    start, length = fax.tag_v2[273][0], fax.tag_v2[279][0]
    strip = encoded(gray > 60, "TIFF", compression="group4")[start : start + length]
    return [
        (zlib.compress(gray.tobytes()), "FlateDecode", GRAY),
        (encoded(gray, "JPEG"), "DCTDecode", GRAY),
        (encoded(gray, "JPEG2000"), "JPXDecode", ""),
        (strip, "CCITTFaxDecode", f"{GRAY} /DecodeParms << /K -1 /Columns {columns} /Rows {rows} >>"),
    ]


def _pdf(gray: np.ndarray, data: bytes, method: str, more: str) -> bytes:
    """A PDF that is one picture."""
    bits = 1 if method == "CCITTFaxDecode" else 8
    size = (gray.shape[1] * 0.24, gray.shape[0] * 0.24)
    return pdf([packed(data, gray.shape, bits, method, more)], placed("I0", gray.shape), size)


def _form(gray: np.ndarray) -> bytes:
    """A PDF with lines, words and a masked picture."""
    content = f"1 w 2 2 m 10 8 l S BT /F 8 Tf 1 1 Td (1234) Tj ET {placed('I0', gray.shape)}"
    mask = picture(255 - gray)
    return pdf([picture(gray, f"{GRAY} /SMask 10 0 R")], content, (20, 15), "/Rotate 90", [mask])
