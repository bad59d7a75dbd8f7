import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader.errors import ScanError
from reader.pages.scan import Scan, count_pages, find_scans, listed, read_scan, read_scans
from tests import bad_scans, handmade
from tests.bad_scans import IN_A_FOLDER, gray_page, pages_of_tiff
from tests.handmade import encoded


@pytest.mark.parametrize("draw", bad_scans.UNREADABLE, ids=lambda draw: draw.__name__)
def test_a_file_that_cannot_be_read_says_which_and_why_and_what_to_do(
    draw: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = draw(tmp_path)
    with pytest.raises(ScanError) as caught:
        read_scan(path)
    for words in [str(path), *bad_scans.UNREADABLE[draw]]:
        assert words in str(caught.value)


def test_pages_are_read_only_as_far_as_asked(tmp_path: Path) -> None:
    path = pages_of_tiff(tmp_path / "many.tif", [gray_page()] * 5)
    scans = read_scans(path)
    assert next(scans).page == 1
    path.unlink()  # what is open stays readable; nothing else was read ahead into memory
    assert len(list(scans)) == 4


def test_folders_are_walked_in_natural_order(tmp_path: Path) -> None:
    for name in IN_A_FOLDER:
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
    scan = handmade.saved(tmp_path / "scan.png", encoded(gray_page(), "PNG"))
    (tmp_path / "sub" / "link.png").symlink_to(scan)
    assert find_scans([scan, tmp_path, tmp_path / "sub" / ".." / "scan.png"]) == [scan]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    scan = handmade.saved(tmp_path / "sub" / "scan.png", encoded(gray_page(), "PNG"))
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


def test_a_list_of_paths_has_one_a_line_or_nul_bytes_between_them() -> None:
    assert listed(b"a b.png\n\n/c/\xc3\xa4.png\r\n") == [Path("a b.png"), Path("/c/ä.png")]
    assert listed(b"a\nb.png\0c.png\0") == [Path("a\nb.png"), Path("c.png")]
    assert [os.fsencode(path) for path in listed(b"not \xff text.png")] == [b"not \xff text.png"]
    assert listed(b"") == listed(b"\n") == []


@pytest.mark.parametrize("name", [b"line\nbreak.png", b"not \xff text.png", b" .png", "点 ß.pdf".encode(), b"-.png"])
def test_any_name_is_found_and_read(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    with path.open("wb") as stream:
        Image.fromarray(gray_page()).save(stream, path.suffix[1:])
    assert find_scans([tmp_path]) == [path]
    assert read_scan(path).image.shape[:2] == gray_page().shape


@pytest.mark.parametrize("path", [Path("x" * 300), Path("nul\0.png"), Path("a.png") / "b.png"])
def test_a_path_that_can_be_none_is_a_failure_and_no_crash(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert find_scans([tmp_path / path]) == [tmp_path / path]
    with pytest.raises(ScanError, match=r"no such file|cannot be opened"):
        read_scan(tmp_path / path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ScanError, match="pipe or a device"):
        read_scan(tmp_path / "pipe.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is readable to root")
def test_a_folder_that_may_not_be_read_is_a_failure(tmp_path: Path) -> None:
    handmade.saved(tmp_path / "a.png", encoded(gray_page(), "PNG"))
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0)
    try:
        assert find_scans([tmp_path]) == [tmp_path / "a.png", locked]
        for path in (locked, locked / "b.png"):
            with pytest.raises(ScanError, match="cannot be opened"):
                read_scan(path)
    finally:
        locked.chmod(0o700)
