"""Files and folders -> scans, page by page, the image as it is stored."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reader.errors import ReaderError, ScanError
from reader.pages import addresses, archives, pdf, pictures
from reader.pages.addresses import Address, located
from reader.pages.files import is_archive, is_folder, listing, opened

SUFFIXES = (*pictures.SUFFIXES, ".pdf", archives.SUFFIX)
"""What a folder or a ZIP file is searched for; a file that the user names is tried whatever its name."""
MOST_PAGES = 10_000
"""Pages of one file that are read; a PDF of 2 kB can name one page a billion times."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One page of one file, upright or not, as its maker stored it.

    Attributes:
        file: the path as the user gave or the folder walk found it.
        page: 1 for the first page of the file.
        image: uint8, (rows, columns) gray or (rows, columns, 3) BGR; 255 is white. A rotation that the file asks for
            (EXIF, PDF) is already carried out; more than 8 bits are brought to 8, see-through parts are white.
        oblong: height of a pixel in its widths; 1 but for faxes, of which some are half as fine down as across.
    """

    file: str
    page: int
    image: NDArray[np.uint8]
    oblong: float = 1.0

    def __post_init__(self) -> None:
        if self.page < 1:
            raise ValueError(f"pages count from 1, not {self.page}")
        if not 0 < self.oblong < np.inf:
            raise ValueError(f"a pixel {self.oblong} times as high as wide is none")
        shape = self.image.shape
        if self.image.dtype != np.uint8 or self.image.size == 0 or not (len(shape) == 2 or shape[2:] == (3,)):
            raise ValueError(f"a scan is (rows, columns) or (rows, columns, 3) uint8, not {shape} {self.image.dtype}")


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """A page that cannot be read, among others of its file that can; `error` says why and what to do."""

    file: str
    page: int
    error: ScanError


def read_scans(path: Path, wanted: Callable[[int], bool] = lambda _: True) -> Iterator[Scan | UnreadablePage]:
    """Read a file page by page, only as far as the caller asks: PNG, JPEG, TIFF, BMP, WebP, JPEG 2000 or PDF.

    Args:
        path: the file.
        wanted: says of a page's number, from 1, whether to read it; the others are passed over without decoding them.

    Raises:
        ScanError: the file as a whole cannot be read. One bad page of a file is an `UnreadablePage` in its place.
    """
    for number, image in enumerate(_images(path, wanted), start=1):
        if isinstance(image, ScanError):
            yield UnreadablePage(os.fspath(path), number, image)
        elif image is not None:
            yield Scan(os.fspath(path), number, image.pixels, image.oblong)


def count_pages(path: Path) -> int:
    """How many pages a file has, none of them decoded.

    Raises:
        ScanError: the file as a whole cannot be read.
    """
    return sum(1 for _ in _images(path, lambda _: False))


def _images(path: Path, wanted: Callable[[int], bool]) -> Iterator[pictures.Picture | ScanError | None]:
    """The pages of a file of any kind, None for those that are not wanted."""
    if is_folder(path):
        listing(path)
        raise ScanError(f"{path}: no scans in this folder; expected files ending in {' '.join(SUFFIXES)}")
    if is_archive(path):
        archives.scans_in(path, SUFFIXES)  # raises where it is damaged; of others, the scans are read one by one
        raise ScanError(f"{path}: no scans in this ZIP file; expected files ending in {' '.join(SUFFIXES)}")
    with opened(path) as stream:
        start = stream.read(1024)  # PDF's mark may stand anywhere in them (ISO 32000, annex H)
        stream.seek(0)
        pages = pdf.pages if pdf.MARK in start else pictures.pages
        for number, image in enumerate(pages(path, stream, wanted), start=1):
            if number > MOST_PAGES:
                yield ScanError(
                    f"{path}: only the first {MOST_PAGES:,} pages of a file are read; split it into several"
                )
                return
            yield image


def read_scan(path: Path, page: int = 1) -> Scan:
    """Read one page of a file.

    Raises:
        ScanError: the page or the whole file cannot be read, or the file ends before this page.
    """
    for scan in read_scans(path, page.__eq__):
        if isinstance(scan, UnreadablePage):
            raise scan.error
        return scan
    raise ScanError(f"{path}: there is no page {page} in this file; ask for an earlier one")


def find_scans(paths: Sequence[Path]) -> list[Path]:
    """The files to read, each once: named files as given, folders walked in natural order (page2 before page10).

    In folders and ZIP files, hidden files and files that are no scans by their suffix are left out; a scan in a ZIP
    file has a path that goes on in it, `archive.zip/inner/name.png`. A named path that leads to nothing (no such file,
    a folder or a ZIP file without scans) stays in the list, so that reading it says so.
    """
    found: list[Path] = []
    for path in paths:
        found += _walked(path) if _is_to_be_walked(path) else _in_archive(path)
    once: dict[Path, Path] = {}
    for path in found:
        once.setdefault(_real(path), path)
    return list(once.values())


def listed(data: bytes) -> list[Path]:
    """The paths in a list: one a line, or, for names with line breaks, with NUL bytes between them (`find -print0`).

    Raises:
        UsageError: there is an address among them that is none.
    """
    separator = b"\0" if b"\0" in data else b"\n"
    names = data.split(separator) if separator == b"\0" else [line.removesuffix(b"\r") for line in data.split(b"\n")]
    return [located(os.fsdecode(name)) for name in names if name]


def _in_archive(path: Path) -> list[Path]:
    """The scans in a ZIP file in natural order; the file itself where there are none, or where it is no ZIP file."""
    if not is_archive(path):
        return [path]
    try:
        return sorted(archives.scans_in(path, SUFFIXES), key=_natural) or [path]
    except ScanError:
        return [path]


def _is_to_be_walked(path: Path) -> bool:
    """Whether a path is a folder. An address that is a scan by its name is not asked: each question takes a while."""
    return not (isinstance(path, Address) and _is_scan(path.name)) and is_folder(path)


def _walked(folder: Path) -> list[Path]:
    """The scans in a folder and the folders in it; the folder itself where there is none."""
    scans = _found_elsewhere(folder) if isinstance(folder, Address) else _found_here(folder)
    return [scan for path in sorted(scans, key=_natural) for scan in _in_archive(path)] or [folder]


def _found_elsewhere(folder: Address) -> list[Path]:
    """The scans in a folder at an address and the folders in it, in any order."""
    scans: list[Path] = []
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            inside = addresses.listing(place)
        except ReaderError:
            scans.append(place)  # kept, so that reading it says that it cannot be listed
            continue
        waiting += [path for path, is_one in inside if is_one and not path.name.startswith(".")]
        scans += [path for path, is_one in inside if not is_one and _is_scan(path.name)]
    return scans


def _found_here(folder: Path) -> list[Path]:
    """The scans in a folder of this machine and the folders in it, in any order."""
    scans: list[Path] = []
    visited: set[Path] = set()

    def unreadable(error: OSError) -> None:
        scans.append(Path(error.filename))  # kept, so that reading it says that it cannot be opened

    for place, folders, files in os.walk(folder, onerror=unreadable, followlinks=True):
        real = _real(Path(place))
        if real in visited:  # a link back to a folder above
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        scans += [Path(place, name) for name in files if _is_scan(name)]
    return scans


def _is_scan(name: str) -> bool:
    """Whether a file found in a folder is taken for a scan."""
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)


def _real(path: Path) -> Path:
    """The path without links and `..`, so that one file has one name; the path itself where that is not possible."""
    if isinstance(path, Address):
        return path
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself
        return path.absolute()


def _natural(path: Path) -> tuple[list[tuple[str | int, ...]], str]:
    """A sorting key that counts digits as numbers; equal but for upper case and leading zeros, the text decides."""
    parts = [tuple(_number(piece) for piece in re.split(r"([0-9]+)", part.casefold())) for part in path.parts]
    return parts, str(path)


def _number(piece: str) -> str | int:
    """A run of digits as a number; re.split puts them at the odd places, so like is compared with like."""
    return int(piece) if piece.isascii() and piece.isdigit() else piece
