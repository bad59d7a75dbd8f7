import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader.errors import ScanError
from reader.pages import archives
from reader.pages.scan import find_scans, read_scan
from tests.bad_scans import gray_page


def png() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(gray_page()).save(stream, "PNG")
    return stream.getvalue()


def zipped(path: Path, names: list[str], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in names:
            archive.writestr(name, png())
    return path


def shown(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_scans_in_a_zip_file_are_read_in_natural_order(tmp_path: Path) -> None:
    names = ["page10.png", "page2.png", "inner/ä b\n.png", "__MACOSX/._page2.png", "notes.txt", "inner/.hidden.png"]
    path = zipped(tmp_path / "scans.zip", names)
    found = find_scans([path])
    assert shown(found, path) == ["inner/ä b\n.png", "page2.png", "page10.png"]
    for scan in found:
        assert np.array_equal(read_scan(scan).image, gray_page())
    assert find_scans([tmp_path]) == found


def test_a_zip_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path = zipped(tmp_path / "scans.zip", ["a.png"])
    assert shown(find_scans([path]), path) == ["a.png"]
    path.unlink()
    zipped(path, ["a.png", "b.png"])
    assert shown(find_scans([path]), path) == ["a.png", "b.png"]


@pytest.mark.parametrize("name", ["../../out.png", "/etc/out.png", "a/../../out.png", "C:\\out.png", "..\\out.png"])
def test_a_path_that_leads_out_of_a_zip_file_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    Image.fromarray(gray_page()).save(tmp_path / "out.png")  # what such a path would lead to
    path = zipped(folder / "trap.zip", [name, "good.png"])
    found = find_scans([path])
    assert len(found) == 2
    assert all(path in scan.parents and ".." not in scan.parts for scan in found)
    bad = next(scan for scan in found if scan.name != "good.png")
    with pytest.raises(ScanError, match="leads out of the ZIP file"):
        read_scan(bad)
    assert read_scan(path / "good.png").page == 1
    assert sorted(tmp_path.rglob("*.png")) == [tmp_path / "out.png"]


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "bomb.zip", ["big.png"])
    monkeypatch.setattr(archives, "MOST_BYTES", 100)
    with pytest.raises(ScanError, match="more than"):
        read_scan(path / "big.png")


def test_a_file_that_says_that_it_is_small_is_unpacked_no_further(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.png", bytes(10**7))
    data = path.read_bytes()
    path.write_bytes(data.replace((10**7).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(ScanError, match="damaged in the ZIP file"):
        read_scan(path / "zeros.png")


def test_names_that_share_the_same_bytes_are_a_trap(tmp_path: Path) -> None:
    path = tmp_path / "trap.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0.png", png())
        kernel = archive.infolist()[0]
        for number in range(1, 50):
            twin = zipfile.ZipInfo(f"{number}.png")
            twin.header_offset, twin.CRC = kernel.header_offset, kernel.CRC
            twin.compress_size, twin.file_size = kernel.compress_size, kernel.file_size
            archive.filelist.append(twin)
    assert find_scans([path]) == [path]
    with pytest.raises(ScanError, match="overlap"):
        read_scan(path)


def test_what_cannot_be_unpacked_says_why(tmp_path: Path) -> None:
    outer = tmp_path / "outer.zip"
    inner = zipped(tmp_path / "inner.zip", ["a.png"])
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "inner.zip")
        archive.writestr("empty.png", b"")
        archive.writestr("bad.png", png())
        archive.writestr("twice.png", png())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("twice.png", png())
    start = png()[:40]
    data = outer.read_bytes()
    outer.write_bytes(data.replace(start, start[:-1] + b"!", 2))
    why = {"inner.zip": "ZIP file in a ZIP", "empty.png": "0 bytes", "bad.png": "damaged", "twice.png": "2 files of"}
    assert set(shown(find_scans([outer]), outer)) == set(why)
    for name, words in why.items():
        with pytest.raises(ScanError, match=words):
            read_scan(outer / name)
    with pytest.raises(ScanError, match="no such file in the ZIP"):
        read_scan(outer / "gone.png")
    packed = zipped(tmp_path / "bzip2.zip", ["a.png"], zipfile.ZIP_BZIP2)
    with pytest.raises(ScanError, match="Deflate"):
        read_scan(packed / "a.png")


def test_a_locked_file_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "locked.zip", ["a.png"])
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flags of the file, and those in the list at the end
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ScanError, match="password"):
        read_scan(path / "a.png")


@pytest.mark.parametrize("content", [b"no ZIP file at all", b"", b"PK\x05\x06" + bytes(18)])
def test_a_zip_file_without_scans_or_with_damage_is_one_failure(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    assert find_scans([tmp_path]) == [path]
    with pytest.raises(ScanError, match=r"damaged|no scans in this ZIP file"):
        read_scan(path)


def test_a_folder_named_like_a_zip_file_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "scans.zip"
    folder.mkdir()
    Image.fromarray(gray_page()).save(folder / "a.png")
    assert find_scans([tmp_path]) == [folder / "a.png"]
    assert read_scan(folder / "a.png").page == 1
