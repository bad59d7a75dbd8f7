"""Files as users send them: good pictures of odd kinds, and files from which no page can be read."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.handmade import png, saved

IN_A_FOLDER = (
    *("page10.png", "page2.png", "Page1.PNG", "b/scan.tif", "b/a/3.pdf"),
    *("notes.txt", ".hidden.png", ".git/x.png"),
)
"""Files that a folder may hold: the first five are scans."""


def gray_page(rows: int = 120, columns: int = 90) -> np.ndarray:
    """A picture that differs in every row and column, 255 is white."""
    return np.add.outer(np.arange(rows), np.arange(columns)).astype(np.uint8)


def pages_of_tiff(path: Path, pages: list[np.ndarray], mode: str = "L", compression: str = "tiff_lzw") -> Path:
    """A TIFF of several pages."""
    first, *rest = [Image.fromarray(page).convert(mode) for page in pages]
    first.save(path, save_all=True, append_images=rest, compression=compression)
    return path


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
    """20,000 x 20,000 pixels of 1 bit: 50 kB on the disk, 400 MB in memory."""
    return saved(folder / "huge.png", png(20_000, 20_000))


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
