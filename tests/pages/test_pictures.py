import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader.errors import ScanError
from reader.pages import pictures
from reader.pages.page import page_of, transformed
from reader.pages.scan import Scan, UnreadablePage, read_scan, read_scans
from tests import bad_scans, handmade
from tests.bad_scans import gray_page, pages_of_tiff
from tests.handmade import encoded

ROTATION = 0x0112


def saved(path: Path, image: np.ndarray, mode: str | None = None, **how: object) -> Path:
    picture = Image.fromarray(image)
    (picture.convert(mode) if mode else picture).save(path, **how)
    return path


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


@pytest.mark.parametrize("name", ["page.png", "page.bmp", "page.tif", "page.jp2", "page.j2k"])
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


@pytest.mark.parametrize("name", ["deep.png", "deep.tif", "deep.jp2"])
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
    scans = list(read_scans(pages_of_tiff(tmp_path / "fax.tif", pages, "1", compression)))
    assert [scan.page for scan in scans] == [1, 2, 3]
    for scan, page in zip(scans, pages, strict=True):
        assert isinstance(scan, Scan)
        assert np.array_equal(scan.image, page)


def test_a_damaged_page_costs_only_itself(tmp_path: Path) -> None:
    pages = [np.random.default_rng(n).integers(0, 255, (50, 50), np.uint8) for n in range(3)]
    path = pages_of_tiff(tmp_path / "three.tif", pages)
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


@pytest.mark.parametrize(
    ("bits", "white_is_zero"), [*((b, False) for b in (1, 2, 4, 8, 12, 16)), *((b, True) for b in (1, 2, 4, 8, 16))]
)
def test_gray_of_any_depth_and_polarity_comes_as_8_bits_with_white_paper(
    bits: int, white_is_zero: bool, tmp_path: Path
) -> None:
    levels = (gray_page(40, 32).astype(np.uint32) * (2**bits - 1) + 127) // 255
    stored = 2**bits - 1 - levels if white_is_zero else levels
    if bits == 16:
        samples = stored.astype("<u2").tobytes()
    else:
        planes = ((stored[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(bool)
        samples = np.packbits(planes.reshape(40, -1), axis=1).tobytes()
    path = handmade.saved(tmp_path / "gray.tif", handmade.tiff(samples, (32, 40), bits, white_is_zero))
    image = read_scan(path).image
    assert np.abs(image.astype(int) - levels * 255 // (2**bits - 1)).max() <= 1


@pytest.mark.parametrize("compression", ["tiff_lzw", None])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_in_any_position_is_turned_upright(orientation: int, compression: str | None, tmp_path: Path) -> None:
    image = Image.fromarray(gray_page())
    # What must be stored for the page to be upright once it is turned as its tag says (TIFF 6.0, page 36).
    mirrored, turned = ("FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM"), ("ROTATE_90", "TRANSVERSE", "ROTATE_270")
    move = (None, *mirrored, "TRANSPOSE", *turned)[orientation - 1]
    stored = image.transpose(Image.Transpose[move]) if move else image
    stored.save(tmp_path / "turned.tif", tiffinfo={274: orientation}, compression=compression)
    assert np.array_equal(read_scan(tmp_path / "turned.tif").image, gray_page())


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "packbits", "tiff_adobe_deflate", "zstd"])
def test_a_tiff_of_any_compression_is_read(compression: str, tmp_path: Path) -> None:
    path = pages_of_tiff(tmp_path / "page.tif", [gray_page()] * 2, compression=compression)
    for scan in read_scans(path):
        assert isinstance(scan, Scan)
        assert np.abs(scan.image.astype(int) - gray_page()).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "JPEG2000"])
def test_a_file_cut_anywhere_is_refused_or_all_there(kind: str, tmp_path: Path) -> None:
    how = {"compression": "tiff_lzw"} if kind == "TIFF" else {"lossless": True} if kind == "WEBP" else {}
    noise = np.random.default_rng(1).integers(0, 256, (60, 50), np.uint8)
    data = encoded(noise, kind, **how)
    whole = read_scan(handmade.saved(tmp_path / "whole", data)).image
    refused = 0
    for length in np.linspace(1, len(data) - 1, 40).astype(int):
        try:
            part = read_scan(handmade.saved(tmp_path / "part", data[:length])).image
        except ScanError:
            refused += 1
        else:
            assert np.array_equal(part, whole)
    assert refused > 30


def test_a_page_of_a_kind_that_is_not_read_costs_only_itself(tmp_path: Path) -> None:
    data = bytearray(handmade.tiff(gray_page().tobytes(), (90, 120), 8, False, copies=3))
    second = 8 + 90 * 120 + 2 + 9 * 12 + 4
    compression = second + 2 + 3 * 12 + 8
    data[compression : compression + 2] = (60_000).to_bytes(2, "little")
    first, other, third = read_scans(handmade.saved(tmp_path / "three.tif", bytes(data)))
    assert isinstance(first, Scan)
    assert isinstance(other, UnreadablePage)
    assert other.page == 2
    assert isinstance(third, Scan)
    assert np.array_equal(third.image, gray_page())


def test_a_bomb_of_5_kb_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    whole = handmade.png(8, 30_000)
    header = whole.index(b"IHDR") - 4
    chunk = handmade.chunk(b"IHDR", (30_000).to_bytes(4, "big") * 2 + whole[header + 16 : header + 21])
    path = handmade.saved(tmp_path / "bomb.png", whole[:header] + chunk + whole[header + len(chunk) :])
    assert path.stat().st_size < 5000
    with pytest.raises(ScanError, match="million pixels"):
        read_scan(path)


def test_formats_whose_decoders_take_much_memory_have_a_lower_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS_SLOWLY", 90 * 120 - 1)
    for kind in ("JPEG2000", "WEBP"):
        with pytest.raises(ScanError, match="million pixels"):
            read_scan(handmade.saved(tmp_path / kind, encoded(gray_page(), kind)))
    assert read_scan(handmade.saved(tmp_path / "png", encoded(gray_page(), "PNG"))).page == 1


@pytest.mark.parametrize(
    ("resolution", "oblong"),
    [((204, 98), 204 / 98), ((100, 200), 0.5), ((204, 196), 1), ((300, 300), 1), ((300, 1), 1), ((72, 300), 1)],
)
def test_the_pixels_of_a_fax_are_oblong(resolution: tuple[int, int], oblong: float, tmp_path: Path) -> None:
    how = {"dpi": resolution, "compression": "group3"}
    assert read_scan(saved(tmp_path / "fax.tif", gray_page(), mode="1", **how)).oblong == pytest.approx(oblong)


def test_a_fax_on_its_side_has_pixels_wider_than_high(tmp_path: Path) -> None:
    how = {"dpi": (204, 98), "tiffinfo": {274: 6}}
    assert read_scan(saved(tmp_path / "fax.tif", gray_page(), **how)).oblong == pytest.approx(98 / 204)


def test_only_a_fax_has_oblong_pixels(tmp_path: Path) -> None:
    assert read_scan(saved(tmp_path / "page.png", gray_page(), dpi=(200, 100))).oblong == 1


def test_a_page_has_square_pixels_and_leads_back_to_the_stored_ones() -> None:
    stored = np.full((900, 1700), 255, np.uint8)
    stored[300:350, 800:900] = 0  # a square of 100 x 100 where pixels are twice as high as wide
    page = page_of(Scan("fax.tif", 1, stored, 2.0))
    rows, columns = np.nonzero(page.gray < 128)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    corners = np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]], np.float64)
    assert np.abs(transformed(corners, page.to_scan) - [[800, 300], [899, 349]]).max() <= 1


def test_a_resolution_that_makes_no_sense_costs_no_page(tmp_path: Path) -> None:
    path = saved(tmp_path / "page.tif", gray_page(), tiffinfo={282: (1.0, 2.0), 283: (3.0, 4.0)})
    assert read_scan(path).oblong == 1
