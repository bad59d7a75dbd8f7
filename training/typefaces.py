"""Digits and signs as machines print them: in font files, in the standard fonts of PDF, and in OpenCV's own."""

import ctypes
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from training.data import Glyphs, glyph

SIZE, CELL = 64, 192
"""Pixels that characters are printed in, and the side of the picture around each."""
STANDARD = {
    "Helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique"),
    "Times": ("Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"),
    "Courier": ("Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"),
}
"""The text fonts that every PDF reader brings (ISO 32000-1, 9.6.2.2): most of what is printed looks like them."""
WIDTHS = {
    "Helvetica": (0.65, 0.75, 0.82, 0.9, 1.0, 1.08, 1.15, 1.3),
    "Times": (0.85, 1.0),
    "Courier": (0.85, 1.0),
}
"""How wide they are printed, as parts of their own width: most forms are set in grotesques like the first."""
WEIGHTS = 300, 450, 600, 800
"""Of OpenCV's variable font, from light to black."""

Pictures = list[NDArray[np.uint8]]


def printed(files: list[Path], characters: str, label: int | None = None) -> Glyphs:
    """Characters printed in many fonts, grouped by font; fonts without them or with doubles are left out.

    Args:
        files: of fonts, besides those that PDFium and OpenCV bring.
        characters: to print.
        label: for all of them; None takes the characters for digits.
    """
    made, labels, groups = [], [], []
    for name, pictures in _all(files, characters):
        if len({p.tobytes() for p in pictures}) < len(characters) or any(p.max() < 128 for p in pictures):
            continue
        if label is None and _in_frames(pictures[1]):
            continue
        for character, picture in zip(characters, pictures, strict=True):
            made.append(glyph(picture.astype(np.float32) / 255))
            labels.append(int(character) if label is None else label)
            groups.append(name)
    return Glyphs("printed", np.stack(made), np.array(labels, np.uint8), np.array(groups))


def _all(files: list[Path], characters: str) -> Iterator[tuple[str, Pictures]]:
    """Names of fonts, and the characters (192, 192) in each, 255 is ink."""
    for file in files:
        pictures = _in_file(file, characters)
        if pictures:
            yield file.stem, pictures
    for family, names in STANDARD.items():
        for name, wide in product(names, WIDTHS[family]):
            yield f"{name} {wide:g}", in_standard_font(name, characters, wide)
    for name in ("sans", "italic"):
        for weight in WEIGHTS:
            yield f"OpenCV {name} {weight}", [_by_opencv(character, name, weight) for character in characters]


def font_files(folder: Path | None) -> list[Path]:
    """The fonts that Matplotlib brings, and the .ttf and .otf files below a folder."""
    import matplotlib

    own = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    brought = [
        p
        for p in own.glob("*.ttf")
        if p.stem.startswith(("DejaVuSans", "DejaVuSerif", "STIXGeneral", "cmr", "cmb", "cmss", "cmtt"))
    ]
    more = [p for p in folder.rglob("*") if p.suffix.lower() in (".ttf", ".otf")] if folder else []
    return sorted(p for p in brought + more if "Display" not in p.stem or "RedHat" in p.stem)


def _in_file(file: Path, characters: str) -> Pictures:
    """The characters in a font file; none if it is a bitmap or broken."""
    from PIL import Image, ImageDraw, ImageFont

    try:
        font = ImageFont.truetype(str(file), SIZE)
        pictures = []
        for character in characters:
            image = Image.new("L", (CELL, CELL), 0)
            ImageDraw.Draw(image).text((48, 48), character, font=font, fill=255)
            pictures.append(np.asarray(image))
    except OSError:
        return []
    return pictures


def in_standard_font(name: str, characters: str, wide: float = 1.0) -> Pictures:
    """Characters in one of the standard fonts of PDF, as PDFium has them: (192, 192) uint8 each, 255 is ink.

    Args:
        name: of the font, one of STANDARD.
        characters: to print.
        wide: as a part of the font's own width.
    """
    with pdfium.PdfDocument.new() as document:
        font = pdfium_c.FPDFText_LoadStandardFont(document, name.encode())
        pages = []
        for character in characters:
            page = document.new_page(CELL, CELL)
            text = pdfium_c.FPDFPageObj_CreateTextObj(document, font, SIZE)
            encoded = ctypes.create_string_buffer(character.encode("utf-16-le") + b"\0\0")
            pdfium_c.FPDFText_SetText(text, ctypes.cast(encoded, pdfium_c.FPDF_WIDESTRING))
            pdfium_c.FPDFPageObj_Transform(text, wide, 0, 0, 1, CELL / 4, CELL / 3)
            pdfium_c.FPDFPage_InsertObject(page, text)
            page.gen_content()
            pages.append(~np.array(page.render(grayscale=True).to_numpy()).reshape(CELL, CELL))
        pdfium_c.FPDFFont_Close(font)
    return pages


def _by_opencv(character: str, name: str, weight: int) -> NDArray[np.uint8]:
    canvas = np.zeros((CELL, CELL, 3), np.uint8)
    cv2.putText(canvas, character, (CELL // 4, 2 * CELL // 3), (255, 255, 255), cv2.FontFace(name), SIZE, weight)
    return np.ascontiguousarray(canvas[..., 0])


def _in_frames(one: NDArray[np.uint8]) -> bool:
    """Whether a printed 1 is about as wide as high: a font of keys or of digits in circles, or a hairline in pieces."""
    rows, columns = ((one >= 100).any(axis=axis).sum() for axis in (1, 0))
    return bool(columns > 0.9 * rows)
