import zlib
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image

from reader.errors import ScanError
from reader.pages import scan as scans
from reader.pages.scan import Scan, UnreadablePage, count_pages, read_scan, read_scans
from tests.bad_scans import gray_page
from tests.handmade import GRAY, POINTS, encoded, packed, pdf, pdf_of, picture, placed, saved, stream

IMAGE = gray_page(350, 248)
HEIGHT, WIDTH = IMAGE.shape[0] * POINTS, IMAGE.shape[1] * POINTS
WHOLE = placed("I0", IMAGE.shape)


def gray(scan: Scan) -> np.ndarray:
    return scan.image if scan.image.ndim == 2 else scan.image[:, :, 0]


def read(tmp_path: Path, *args: object) -> np.ndarray:
    return gray(read_scan(saved(tmp_path / "page.pdf", pdf(*args))))


def test_a_scanned_picture_is_taken_out_of_a_pdf_as_it_is(tmp_path: Path) -> None:
    pages = [np.where(gray_page(350, 248) > level, 255, 0).astype(np.uint8) for level in (80, 160)]
    first, second = (Image.fromarray(page).convert("1") for page in pages)
    first.save(tmp_path / "scans.pdf", save_all=True, append_images=[second], resolution=300.0)
    scans = list(read_scans(tmp_path / "scans.pdf"))
    assert len(scans) == 2
    for scan, page in zip(scans, pages, strict=True):
        assert isinstance(scan, Scan)
        pixels = scan.image if scan.image.ndim == 2 else scan.image[:, :, 0]
        assert np.array_equal(pixels, page)


def test_a_pdf_page_that_is_turned_comes_turned(tmp_path: Path) -> None:
    image = np.full((100, 200), 255, np.uint8)
    image[:50, :100] = 0
    Image.fromarray(image).save(tmp_path / "flat.pdf", resolution=300.0)
    document = pypdfium2.PdfDocument(tmp_path / "flat.pdf")
    document[0].set_rotation(90)
    document.save(tmp_path / "turned.pdf")
    scan = read_scan(tmp_path / "turned.pdf")
    assert scan.image.shape[:2] == (200, 100)
    assert scan.image[10:90, 60:90].max() < 40
    assert scan.image[110:190].min() > 215


def test_what_was_written_on_a_pdf_is_read_with_it(tmp_path: Path) -> None:
    Image.fromarray(np.full((300, 300), 255, np.uint8)).save(tmp_path / "blank.pdf", resolution=300.0)
    document = pypdfium2.PdfDocument(tmp_path / "blank.pdf")
    page = document[0]
    note = pdfium.FPDFPage_CreateAnnot(page, pdfium.FPDF_ANNOT_SQUARE)
    pdfium.FPDFAnnot_SetColor(note, pdfium.FPDFANNOT_COLORTYPE_InteriorColor, 0, 0, 0, 255)
    pdfium.FPDFAnnot_SetRect(note, pdfium.FS_RECTF(20, 50, 50, 20))
    pdfium.FPDFPage_CloseAnnot(note)
    document.save(tmp_path / "filled.pdf")
    assert read_scan(tmp_path / "blank.pdf").image.min() == 255
    assert read_scan(tmp_path / "filled.pdf").image.min() < 50


def test_a_pdf_page_that_is_no_picture_is_drawn_at_300_dpi(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842)
    document.save(tmp_path / "drawn.pdf")
    scan = read_scan(tmp_path / "drawn.pdf")
    assert np.abs(np.array(scan.image.shape[:2]) - (3508, 2479)).max() <= 2
    assert scan.image.min() == 255


def test_a_page_of_several_strips_comes_as_one(tmp_path: Path) -> None:
    strips = [picture(IMAGE[top : top + 50]) for top in range(0, 350, 50)]
    places = [(WIDTH, 0, 0, 50 * POINTS, 0, HEIGHT - (n + 1) * 50 * POINTS) for n in range(7)]
    content = "\n".join(placed(f"I{n}", (50, 248), place) for n, place in enumerate(places))
    shown = read(tmp_path, strips, content, (WIDTH, HEIGHT))
    assert shown.shape == IMAGE.shape
    assert np.abs(shown.astype(int) - IMAGE).mean() < 0.5  # PDFium may stretch a strip by a row; the page is a slope


@pytest.mark.parametrize(
    ("stored", "matrix"),
    [
        (np.rot90(IMAGE, 2), (-WIDTH, 0, 0, -HEIGHT, WIDTH, HEIGHT)),
        (IMAGE[::-1], (WIDTH, 0, 0, -HEIGHT, 0, HEIGHT)),
        (np.rot90(IMAGE), (0, -HEIGHT, WIDTH, 0, 0, HEIGHT)),
    ],
)
def test_a_picture_that_the_page_turns_comes_turned_pixel_for_pixel(
    stored: np.ndarray, matrix: tuple[float, ...], tmp_path: Path
) -> None:
    shown = read(tmp_path, [picture(np.ascontiguousarray(stored))], placed("I0", (), matrix), (WIDTH, HEIGHT))
    assert np.array_equal(shown, IMAGE)


def test_what_a_mask_shows_is_read_and_not_what_it_hides(tmp_path: Path) -> None:
    black = np.zeros_like(IMAGE)
    soft = pdf([picture(black, f"{GRAY} /SMask 10 0 R")], WHOLE, (WIDTH, HEIGHT), "", [picture(255 - IMAGE)])
    assert np.abs(gray(read_scan(saved(tmp_path / "soft.pdf", soft))).astype(int) - IMAGE).max() <= 2
    paper = IMAGE > 100
    hard = pdf(
        *([picture(black, f"{GRAY} /Mask 10 0 R")], WHOLE, (WIDTH, HEIGHT), ""),
        [picture(paper, "/ImageMask true")],
    )
    assert np.array_equal(gray(read_scan(saved(tmp_path / "hard.pdf", hard))) > 128, paper)


def test_a_stencil_is_printed_on_white(tmp_path: Path) -> None:
    paper = IMAGE > 100
    shown = read(tmp_path, [picture(paper, "/ImageMask true")], WHOLE, (WIDTH, HEIGHT))
    assert np.array_equal(shown, np.where(paper, 255, 0))


def test_what_is_cut_off_is_not_read(tmp_path: Path) -> None:
    clipped = f"q 0 0 {WIDTH} {HEIGHT / 2} re W n {WHOLE} Q"
    shown = read(tmp_path, [picture(np.zeros_like(IMAGE))], clipped, (WIDTH, HEIGHT))
    assert shown[:170].min() == 255
    assert shown[180:].max() == 0


def test_print_over_a_picture_is_read_with_it_and_recognized_words_are_not(tmp_path: Path) -> None:
    white = [picture(np.full_like(IMAGE, 255))]
    words = f"{WHOLE} BT {{}} Tr /F 20 Tf 5 5 Td (8888) Tj ET"
    assert read(tmp_path, white, words.format(0), (WIDTH, HEIGHT)).min() < 100
    assert read(tmp_path, white, words.format(3), (WIDTH, HEIGHT)).min() == 255


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    squashed = np.ascontiguousarray(IMAGE[::2])  # a fax of 204 x 98 dpi
    content = placed("I0", (), (WIDTH, 0, 0, HEIGHT, 0, 0))
    shown = read(tmp_path, [picture(squashed)], content, (WIDTH, HEIGHT))
    assert shown.shape == IMAGE.shape
    assert np.abs(shown.astype(int) - IMAGE).mean() < 3  # which is most where the slope starts again at black


@pytest.mark.parametrize(
    ("data", "method", "more"),
    [
        (encoded(IMAGE, "JPEG"), "DCTDecode", GRAY),
        (encoded(IMAGE, "JPEG2000"), "JPXDecode", ""),
        (zlib.compress(IMAGE.tobytes()), "FlateDecode", GRAY),
    ],
)
def test_a_picture_with_missing_data_is_refused_and_not_filled_up(
    data: bytes, method: str, more: str, tmp_path: Path
) -> None:
    whole = pdf([packed(data, IMAGE.shape, 8, method, more)], WHOLE, (WIDTH, HEIGHT))
    assert np.abs(gray(read_scan(saved(tmp_path / "whole.pdf", whole))).astype(int) - IMAGE).max() < 60
    half = pdf([packed(data[: len(data) // 2], IMAGE.shape, 8, method, more)], WHOLE, (WIDTH, HEIGHT))
    with pytest.raises(ScanError, match="cut short"):
        read_scan(saved(tmp_path / "half.pdf", half))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_picture_of_any_depth_is_whole(bits: int, tmp_path: Path) -> None:
    levels = IMAGE.astype(np.uint32) * (2**bits - 1) // 255
    planes = (levels[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    data = zlib.compress(np.packbits(planes.astype(bool).reshape(350, -1), axis=1).tobytes())
    shown = read(tmp_path, [packed(data, IMAGE.shape, bits, "FlateDecode")], WHOLE, (WIDTH, HEIGHT))
    assert np.abs(shown.astype(int) - levels * 255 // (2**bits - 1)).max() <= 1


def test_a_page_of_ten_metres_is_refused(tmp_path: Path) -> None:
    huge = pdf([picture(IMAGE)], WHOLE, (28346, 28346))
    with pytest.raises(ScanError, match="million pixels"):
        read_scan(saved(tmp_path / "huge.pdf", huge))


def test_a_picture_that_is_huge_only_in_its_pixels_is_refused(tmp_path: Path) -> None:
    data = packed(zlib.compress(bytes(1000)), (30_000, 30_000), 8, "FlateDecode")
    with pytest.raises(ScanError, match="million pixels"):
        read_scan(saved(tmp_path / "huge.pdf", pdf([data], WHOLE, (WIDTH, HEIGHT))))


def test_a_page_of_very_many_things_is_refused(tmp_path: Path) -> None:
    lines = pdf([], "0 0 m 9 9 l S\n" * 60_000, (WIDTH, HEIGHT))
    pictures = pdf([picture(IMAGE[:9, :9])], f"{placed('I0', (9, 9))}\n" * 1_100, (WIDTH, HEIGHT))
    for data in (lines, pictures):
        with pytest.raises(ScanError, match="more than 50,000 things or 1,000 pictures"):
            read_scan(saved(tmp_path / "many.pdf", data))


def test_pages_beyond_the_limit_are_one_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each of four levels has ten times the same level below it: 10,000 pages in 1 kB.
    kids = {n: b"%d 0 R " % (n + 1) * 10 for n in range(2, 6)}
    levels = {n: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids[n], 10 ** (6 - n)) for n in kids}
    leaf = b"<< /Type /Page /MediaBox [0 0 9 9] /Contents 11 0 R >>"
    data = pdf_of({1: b"<< /Type /Catalog /Pages 2 0 R >>", **levels, 6: leaf, 11: stream(b"", "")})
    path = saved(tmp_path / "many.pdf", data)
    monkeypatch.setattr(scans, "MOST_PAGES", 3)
    *pages, last = read_scans(path)
    assert len(pages) == 3
    assert isinstance(last, UnreadablePage)
    assert "first 3 pages" in str(last.error)
    assert count_pages(path) == 4


def test_a_locked_pdf_says_so(tmp_path: Path) -> None:
    # The keys of the standard security handler (ISO 32000-1, 7.6.3) that fit no password.
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"11" * 32, b"22" * 32)
    data = pdf([picture(IMAGE)], WHOLE, (WIDTH, HEIGHT), "", [lock])
    ids = b"/Encrypt 10 0 R /ID [<00> <00>] /Root 1 0 R"
    with pytest.raises(ScanError, match="locked with a password"):
        read_scan(saved(tmp_path / "locked.pdf", data.replace(b"<< /Root 1 0 R", b"<< " + ids)))
