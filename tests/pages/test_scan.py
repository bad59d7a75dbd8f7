import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image

from reader.errors import ScanError
from reader.pages.scan import Scan, UnreadablePage, count_pages, find_scans, read_scan, read_scans
from tests import bad_scans
from tests.bad_scans import gray_page

ROTATION = 0x0112


def saved(path: Path, image: np.ndarray, mode: str | None = None, **how: object) -> Path:
    picture = Image.fromarray(image)
    (picture.convert(mode) if mode else picture).save(path, **how)
    return path


def tiff(path: Path, pages: list[np.ndarray], mode: str = "L", compression: str = "tiff_lzw") -> Path:
    first, *rest = [Image.fromarray(page).convert(mode) for page in pages]
    first.save(path, save_all=True, append_images=rest, compression=compression)
    return path


@pytest.mark.parametrize("draw", bad_scans.UNREADABLE, ids=lambda draw: draw.__name__)
def test_a_file_that_cannot_be_read_says_which_and_why_and_what_to_do(
    draw: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = draw(tmp_path)
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    for words in [str(path), *bad_scans.UNREADABLE[draw]]:
        assert words in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the memory of a process")
def test_a_huge_picture_is_refused_without_taking_its_memory(tmp_path: Path) -> None:
    path = bad_scans.huge_png(tmp_path)
    # Peak memory of this process alone: what getrusage says is never less than its parent's.
    program = (
        "import sys; from pathlib import Path; from reader.pages.scan import read_scan, ScanError\n"
        "try: read_scan(Path(sys.argv[1]))\n"
        "except ScanError: print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert path.stat().st_size < 10**6
    assert int(done.stdout) < 250_000  # kB: Python with its packages takes some 40,000, the decoded picture 400,000


@pytest.mark.parametrize("name", ["page.png", "page.bmp", "page.tif"])
def test_gray_pixels_come_as_they_are_stored(name: str, tmp_path: Path) -> None:
    scan = read_scan(saved(tmp_path / name, gray_page()))
    assert (scan.file, scan.page) == (str(tmp_path / name), 1)
    assert np.array_equal(scan.image, gray_page())


@pytest.mark.parametrize(("name", "how"), [("page.jpg", {"quality": 95}), ("page.webp", {"lossless": True})])
def test_colours_come_in_the_order_blue_green_red(name: str, how: dict[str, object], tmp_path: Path) -> None:
    red_green_blue = np.full((40, 30, 3), (200, 100, 50), np.uint8)
    scan = read_scan(saved(tmp_path / name, red_green_blue, **how))
    assert np.abs(scan.image.reshape(-1, 3).mean(axis=0) - (50, 100, 200)).max() < 3


def test_the_colours_of_print_come_as_those_of_a_screen(tmp_path: Path) -> None:
    scan = read_scan(saved(tmp_path / "cmyk.jpg", np.full((40, 30, 3), 200, np.uint8), mode="CMYK", quality=95))
    assert scan.image.shape == (40, 30, 3)
    assert np.abs(scan.image.astype(int) - 200).max() < 5


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_16_bits_are_scaled_to_8(name: str, tmp_path: Path) -> None:
    scan = read_scan(saved(tmp_path / name, gray_page().astype(np.uint16) * 257))
    assert np.array_equal(scan.image, gray_page())


def test_what_is_see_through_is_white(tmp_path: Path) -> None:
    image = np.zeros((40, 30, 4), np.uint8)
    image[:20, :, 3] = 255
    scan = read_scan(saved(tmp_path / "alpha.png", image))
    assert (scan.image[:20] == 0).all()
    assert (scan.image[20:] == 255).all()


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    scan = read_scan(saved(tmp_path / "palette.png", np.full((40, 30, 3), (200, 100, 50), np.uint8), mode="P"))
    assert np.abs(scan.image.reshape(-1, 3).mean(axis=0) - (50, 100, 200)).max() < 30


@pytest.mark.parametrize("name", ["turned.jpg", "turned.png", "turned.tif", "turned.webp"])
def test_the_rotation_that_a_file_asks_for_is_carried_out_once(name: str, tmp_path: Path) -> None:
    image = np.full((40, 60), 255, np.uint8)
    image[:20, :30] = 0  # the upper left is upper right after a quarter turn clockwise
    exif = Image.Exif()
    exif[ROTATION] = 6
    scan = read_scan(saved(tmp_path / name, np.dstack([image] * 3), exif=exif))
    assert scan.image.shape == (60, 40, 3)
    assert scan.image[5:25, 25:35].max() < 30
    assert scan.image[5:25, 5:15].min() > 225


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "raw"])
def test_every_page_of_a_1_bit_tiff_is_read(compression: str, tmp_path: Path) -> None:
    pages = [np.where(gray_page() > level, 255, 0).astype(np.uint8) for level in (50, 100, 150)]
    scans = list(read_scans(tiff(tmp_path / "fax.tif", pages, "1", compression)))
    assert [scan.page for scan in scans] == [1, 2, 3]
    for scan, page in zip(scans, pages, strict=True):
        assert isinstance(scan, Scan)
        assert np.array_equal(scan.image, page)


def test_a_damaged_page_costs_only_itself(tmp_path: Path) -> None:
    pages = [np.random.default_rng(n).integers(0, 255, (50, 50), np.uint8) for n in range(3)]
    path = tiff(tmp_path / "three.tif", pages)
    with Image.open(path) as image:
        image.seek(1)
        strip = image.tag_v2[273][0]
    data = bytearray(path.read_bytes())
    data[strip : strip + 20] = b"\xff" * 20
    path.write_bytes(data)
    first, second, third = read_scans(path)
    assert isinstance(first, Scan)
    assert np.array_equal(first.image, pages[0])
    assert isinstance(second, UnreadablePage)
    assert (second.file, second.page) == (str(path), 2)
    assert "damaged" in str(second.error)
    assert isinstance(third, Scan)
    assert np.array_equal(third.image, pages[2])


def test_smaller_copies_beside_a_tiff_page_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "with_preview.tif"
    preview = Image.fromarray(gray_page(12, 9))
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    Image.fromarray(gray_page()).save(path, save_all=True, append_images=[preview])
    assert [scan.page for scan in read_scans(path)] == [1]


def test_pages_are_read_only_as_far_as_asked(tmp_path: Path) -> None:
    path = tiff(tmp_path / "many.tif", [gray_page()] * 5)
    scans = read_scans(path)
    assert next(scans).page == 1
    path.unlink()  # what is open stays readable; nothing else was read ahead into memory
    assert len(list(scans)) == 4


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


def test_folders_are_walked_in_natural_order(tmp_path: Path) -> None:
    names = [
        "page10.png",
        "page2.png",
        "Page1.PNG",
        "b/scan.tif",
        "b/a/3.pdf",
        "notes.txt",
        ".hidden.png",
        ".git/x.png",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find_scans([tmp_path])]
    assert found == ["b/a/3.pdf", "b/scan.tif", "Page1.PNG", "page2.png", "page10.png"]


def test_what_the_user_names_is_never_left_out(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    named = [tmp_path / "gone.png", tmp_path / "notes.txt", tmp_path / "empty"]
    assert find_scans(named) == named


def test_a_file_is_read_once_however_often_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    scan = saved(tmp_path / "scan.png", gray_page())
    (tmp_path / "sub" / "link.png").symlink_to(scan)
    assert find_scans([scan, tmp_path, tmp_path / "sub" / ".." / "scan.png"]) == [scan]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    scan = saved(tmp_path / "sub" / "scan.png", gray_page())
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    assert find_scans([tmp_path]) == [tmp_path / "self.png", scan]


@pytest.mark.parametrize(
    ("page", "image"),
    [(0, gray_page()), (1, gray_page().astype(float)), (1, gray_page()[:0]), (1, np.zeros((4, 4, 4), np.uint8))],
)
def test_a_scan_refuses_nonsense(page: int, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"pages count|a scan is"):
        Scan("a.png", page, image)


def test_pages_that_are_not_wanted_are_passed_over_undecoded(tmp_path: Path) -> None:
    path = tmp_path / "three.tif"
    sheets = [Image.fromarray(np.full((40, 30), level, np.uint8)) for level in (10, 20, 30)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], compression="tiff_lzw")
    data = bytearray(path.read_bytes())
    with Image.open(path) as image:
        (start,) = image.tag_v2[273]
    data[start : start + 4] = b"\xff\xff\xff\xff"  # the first page's pixels cannot be decoded any more
    path.write_bytes(data)
    assert count_pages(path) == 3
    (scan,) = read_scans(path, lambda page: page == 3)
    assert isinstance(scan, Scan)
    assert (scan.page, scan.image[0, 0]) == (3, 30)
