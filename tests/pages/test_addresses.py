import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFile, MemoryFileSystem
from fsspec.registry import known_implementations

from reader.errors import ScanError, UnreachedError, UsageError
from reader.pages import addresses
from reader.pages.addresses import Address, check, located
from reader.pages.scan import find_scans, listed, read_scan, read_scans
from reader.results import keys
from tests.bad_scans import IN_A_FOLDER, gray_page, pages_of_tiff
from tests.handmade import encoded, png

PICTURE = encoded(gray_page(), "PNG")


@pytest.fixture
def store() -> Iterator[Any]:
    """fsspec's store in the memory of this process."""
    memory = fsspec.filesystem("memory")
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    addresses.forget()


def test_an_address_reads_as_it_was_given_and_has_the_parts_of_a_path() -> None:
    address = located("S3://bucket/my scans/page.PNG")
    assert str(address) == os.fspath(address) == f"{address}" == "s3://bucket/my scans/page.PNG"
    assert str(address.parent) == "s3://bucket/my scans"
    assert str(address.parent / "a.zip" / "b.png") == "s3://bucket/my scans/a.zip/b.png"
    assert str(address.relative_to(address.parent.parent)) == "my scans/page.PNG"
    assert address.suffix == ".PNG"


@pytest.mark.parametrize("given", ["scans/s3:/a.png", "s3:/a.png", "C://a.png", "/tmp/far://a.png", Path("s3://a.png")])
def test_what_does_not_begin_like_an_address_is_a_path(given: str | Path) -> None:
    assert type(located(given)) is type(Path())


def test_file_addresses_are_paths(tmp_path: Path) -> None:
    assert located(f"file://{tmp_path}/a.png") == tmp_path / "a.png"
    assert type(located(f"file://{tmp_path}/a.png")) is type(Path())
    assert listed(f"file://{tmp_path}/a.png\nmemory://a.png\n".encode()) == [
        tmp_path / "a.png",
        Address("memory:/a.png"),
    ]


@pytest.mark.parametrize("given", ["s3://", "hdfs:///a.png", "s3://a//b.png", "zip://a.png::s3://bucket/b.zip"])
def test_an_address_that_would_lead_elsewhere_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match=r"no address that is read; give"):
        located(given)


def test_what_is_to_be_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"nowhere://a: .*is no protocol.*give"):
        check(Address("nowhere://a"))
    monkeypatch.setitem(known_implementations, "s3", {"class": "no_such_package.Store", "err": "Install s3fs"})
    with pytest.raises(UsageError, match=r"s3://bucket/a: .*Install s3fs.*pip install s3fs"):
        check(Address("s3://bucket/a"))
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError, match=r"s3://bucket/a: .*pip install 'digit-reader\[remote\]'"):
        check(Address("s3://bucket/a"))


def test_a_folder_is_walked_like_one_of_this_machine(store: Any, tmp_path: Path) -> None:
    for name in IN_A_FOLDER:
        store.pipe(f"memory://scans/{name}", b"")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    there = [str(path) for path in find_scans([located("memory://scans")])]
    assert there == [f"memory://scans/{path.relative_to(tmp_path).as_posix()}" for path in find_scans([tmp_path])]
    assert len(there) == 5


def test_a_folder_that_cannot_be_listed_stays_in_the_list_and_says_so(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.pipe({"memory://s/a.png": PICTURE, "memory://s/b/1.png": PICTURE})
    really = MemoryFileSystem.ls

    def locked(self: Any, path: str, *arguments: Any, **options: Any) -> Any:
        if path.endswith("/b"):
            raise RuntimeError("not for you")
        return really(self, path, *arguments, **options)

    monkeypatch.setattr(MemoryFileSystem, "ls", locked)
    found = find_scans([located("memory://s")])
    assert [str(path) for path in found] == ["memory://s/a.png", "memory://s/b"]
    with pytest.raises(UnreachedError, match=r"memory://s/b: .*RuntimeError: not for you"):
        read_scan(found[1])


def test_what_is_not_there_stays_in_the_list_and_says_so(store: Any) -> None:
    store.makedirs("memory://empty")
    named = [located("memory://gone.png"), located("memory://gone"), located("memory://empty")]
    assert find_scans(named) == named
    for address, why in zip(named, ["no such file", "no such file", "no scans in this folder"], strict=True):
        with pytest.raises(ScanError, match=f"^{address}: {why}"):
            read_scan(address)


def test_the_bytes_are_those_of_a_file_and_are_fetched_once_for_all_its_pages(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    opening = MemoryFileSystem._open

    def counted(self: Any, path: str, *arguments: Any, **options: Any) -> Any:
        fetched.append(path)
        return opening(self, path, *arguments, **options)

    local = pages_of_tiff(tmp_path / "3.tif", [gray_page() + number for number in range(3)])
    store.pipe("memory://3.tif", local.read_bytes())
    monkeypatch.setattr(MemoryFileSystem, "_open", counted)
    address = located("memory://3.tif")
    assert keys.of_scan(address) == keys.of_scan(local)
    for here, there in zip(read_scans(local), read_scans(address), strict=True):
        assert there.file == "memory://3.tif"
        assert np.array_equal(here.image, there.image)
    assert read_scan(address, 3).page == 3
    assert fetched == ["/3.tif"]
    store.pipe("memory://3.tif", PICTURE)
    assert np.array_equal(read_scan(address).image, gray_page())


def test_scans_in_a_zip_file_are_read(store: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/2.png", PICTURE)
        archive.writestr("in/10.png", encoded(gray_page(50, 40), "PNG"))
    store.pipe("memory://s/all.zip", packed.getvalue())
    found = find_scans([located("memory://s")])
    assert [str(path) for path in found] == ["memory://s/all.zip/in/2.png", "memory://s/all.zip/in/10.png"]
    assert [read_scan(path).image.shape for path in found] == [(120, 90), (50, 40)]
    assert find_scans([located("memory://s/all.zip")]) == found


def test_what_is_too_much_is_not_fetched_or_not_to_its_end(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "MOST_BYTES", 1000)
    monkeypatch.setattr(addresses, "AT_ONCE", 100)
    store.pipe("memory://big.png", bytes(10_000))
    with pytest.raises(ScanError, match=r"memory://big.png: more than .* are fetched"):
        read_scan(located("memory://big.png"))
    read: list[int] = []
    reading = MemoryFile.read

    def counted(self: MemoryFile, size: int = -1) -> bytes:
        read.append(size)
        return reading(self, size)

    monkeypatch.setattr(MemoryFile, "read", counted, raising=False)
    told = MemoryFileSystem.info
    monkeypatch.setattr(MemoryFileSystem, "info", lambda *given, **how: {**told(*given, **how), "size": None})
    with pytest.raises(ScanError, match=r"memory://big.png: more than .* are fetched"):
        read_scan(located("memory://big.png"))
    assert read == [100] * 11


def test_a_fetched_picture_that_unpacks_to_too_much_is_refused(store: Any) -> None:
    store.pipe("memory://bomb.png", png(12_000, 12_000))
    with pytest.raises(ScanError, match=r"memory://bomb.png: 12000 x 12000 pixels are more"):
        read_scan(located("memory://bomb.png"))
