"""Picture files and PDFs put together byte by byte: kinds that Pillow reads and does not write, and traps."""

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

POINTS = 72 / 300
"""Of a pixel of 300 dpi."""
SHORT, LONG = 3, 4
GRAY = "/ColorSpace /DeviceGray"


def tiff(samples: bytes, size: tuple[int, int], bits: int, white_is_zero: bool, copies: int = 1) -> bytes:
    """A TIFF without compression: one strip, the page as often as wanted, all from the same bytes."""
    width, height = size
    tags = [
        *((256, LONG, width), (257, LONG, height), (258, SHORT, bits), (259, SHORT, 1)),
        *((262, SHORT, 0 if white_is_zero else 1), (273, LONG, 8), (277, SHORT, 1)),
        *((278, LONG, height), (279, LONG, len(samples))),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries
    start = 8 + len(samples) + len(samples) % 2
    data = struct.pack("<2sHI", b"II", 42, start) + samples + bytes(len(samples) % 2)
    for page in range(copies):
        next_one = start + (page + 1) * (len(directory) + 4) if page + 1 < copies else 0
        data += directory + struct.pack("<I", next_one)
    return data


def png(rows: int, columns: int) -> bytes:
    """A 1-bit PNG that is black all over; a thousand times smaller than what it unpacks to."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (columns + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    header = struct.pack(">IIBBBBB", columns, rows, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def stream(data: bytes, entries: str) -> bytes:
    """An object of a PDF with data, and its dictionary."""
    return f"<< {entries} /Length {len(data)} >> stream\n".encode() + data + b"\nendstream"


def picture(image: np.ndarray, more: str = GRAY) -> bytes:
    """A picture in a PDF, packed by Deflate: uint8 gray, or a stencil or 1-bit picture of bool, True is 1."""
    data = np.packbits(image, axis=1) if image.dtype == bool else image
    return packed(zlib.compress(data.tobytes()), image.shape[:2], 1 if image.dtype == bool else 8, "FlateDecode", more)


def packed(data: bytes, shape: Sequence[int], bits: int, method: str, more: str = GRAY) -> bytes:
    """A picture in a PDF, packed by some method."""
    size = f"/Width {shape[1]} /Height {shape[0]} /BitsPerComponent {bits}"
    return stream(data, f"/Type /XObject /Subtype /Image {size} /Filter /{method} {more}")


def placed(name: str, shape: Sequence[int], matrix: Sequence[float] | None = None) -> str:
    """What draws a picture on a page: pixel for pixel at 300 dpi in the lower left corner, or by a matrix."""
    a, b, c, d, e, f = matrix or (shape[1] * POINTS, 0, 0, shape[0] * POINTS, 0, 0)
    return f"q {a} {b} {c} {d} {e} {f} cm /{name} Do Q"


def pdf(
    pictures: Sequence[bytes], content: str, size: tuple[float, float], page: str = "", more: Sequence[bytes] = ()
) -> bytes:
    """A PDF of one page.

    Args:
        pictures: named I0, I1, ... in the content.
        content: what draws the page.
        size: of the page, (width, height) in points.
        page: further entries of the page's dictionary.
        more: further objects, numbered from 10.
    """
    names = " ".join(f"/I{number} {20 + number} 0 R" for number in range(len(pictures)))
    font = "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    box = f"/MediaBox [0 0 {size[0]} {size[1]}]"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R {box} /Contents 4 0 R {page}"
        f" /Resources << /XObject << {names} >> {font} >> >>".encode(),
        4: stream(content.encode(), ""),
        **{10 + number: thing for number, thing in enumerate(more)},
        **{20 + number: thing for number, thing in enumerate(pictures)},
    }
    return pdf_of(objects)


def pdf_of(objects: dict[int, bytes]) -> bytes:
    """A PDF of numbered objects; 1 is the catalog."""
    data, places = b"%PDF-1.7\n", {}
    for number, thing in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    end = b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, len(data))
    return data + b"xref\n0 1\n0000000000 65535 f \n" + table + end


def encoded(image: np.ndarray, kind: str, **how: object) -> bytes:
    """A picture as a file of a kind that Pillow writes."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **how)
    return file.getvalue()


def saved(path: Path, data: bytes) -> Path:
    """Write a file."""
    path.write_bytes(data)
    return path
