"""Files as users send them: good pictures of odd kinds, and files from which no page can be read."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def gray_page(rows: int = 120, columns: int = 90) -> np.ndarray:
    """A picture that differs in every row and column, 255 is white."""
    return np.add.outer(np.arange(rows), np.arange(columns)).astype(np.uint8)


def no_such_file(folder: Path) -> Path:
    return folder / "gone.png"


def empty_folder(folder: Path) -> Path:
    path = folder / "nothing in it"
    path.mkdir()
    return path


def text_named_png(folder: Path) -> Path:
    path = folder / "text.png"
    path.write_text("these are no pixels\n" * 100)
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.tif"
    path.touch()
    return path


def truncated_jpeg(folder: Path) -> Path:
    path = folder / "cut.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def truncated_png(folder: Path) -> Path:
    path = folder / "cut.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def huge_png(folder: Path) -> Path:
    """20,000 x 20,000 pixels of 1 bit, all white: 50 kB on the disk, 400 MB in memory."""
    path = folder / "huge.png"
    packer = zlib.compressobj(1)
    row = b"\0" + b"\xff" * 2500
    data = b"".join(packer.compress(row * 1000) for _ in range(20)) + packer.flush()
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks))
    return path


def floating_point(folder: Path) -> Path:
    path = folder / "float.tif"
    Image.fromarray(gray_page().astype(np.float32)).save(path)
    return path


def other_format(folder: Path) -> Path:
    path = folder / "animation.gif"
    Image.fromarray(gray_page()).save(path)
    return path


def broken_pdf(folder: Path) -> Path:
    path = folder / "broken.pdf"
    path.write_bytes(b"%PDF-1.4\nrubbish\n%%EOF\n")
    return path


def cut_pdf(folder: Path) -> Path:
    path = folder / "cut.pdf"
    Image.fromarray(gray_page()).save(path)
    path.write_bytes(path.read_bytes()[:-100])
    return path


def _chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


UNREADABLE = {
    no_such_file: ["no such file", "check the path"],
    empty_folder: ["no scans in this folder", ".png"],
    text_named_png: ["not a picture", "PNG, JPEG, TIFF"],
    empty_file: ["empty (0 bytes)", "again"],
    truncated_jpeg: ["cut short", "again"],
    truncated_png: ["cut short", "again"],
    huge_png: ["million pixels", "300 dpi"],
    floating_point: ["32-bit", "8 or 16 bits"],
    other_format: ["not a picture", "save it as"],
    broken_pdf: ["PDF is damaged", "again"],
    cut_pdf: ["PDF is cut short", "again"],
}
"""What each file's message must say: the cause and the cure."""
