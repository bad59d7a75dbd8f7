"""ZIP file -> the scans in it. Nothing is written to the disk under a name that a ZIP file gives."""

import io
import os
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

from reader.errors import ScanError
from reader.pages import addresses
from reader.pages.addresses import Address

Bytes = io.BufferedReader | io.BufferedRandom | io.BytesIO
"""An open file that can be read at any place."""
SUFFIX = ".zip"
MOST_MEMBERS = 100_000
"""Files in a ZIP file: ten nights of ten thousand scans. Their names are kept in memory."""
MOST_BYTES = 2**30
"""Size of one file in a ZIP file once unpacked, 1 GiB: a raw page of the most pixels that are read, or a PDF of a
thousand pages. It is unpacked to memory or to a nameless temporary file."""
IN_MEMORY = 2**25
"""Up to this size, 32 MiB, a file is unpacked to memory."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How files may be packed. Deflate makes at most 1,032 bytes of one, and Python unpacks it bit by bit; of the other
methods it unpacks a block whole, whatever comes out."""
OUT = re.compile(r"[/\\]|[A-Za-z]:")
"""How paths begin that start from the root of a disk."""
ENCRYPTED = 1
"""The bit of a file's flags that says that it is locked (APPNOTE.TXT of PKWARE, 4.4.4)."""
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, LookupError, RuntimeError, EOFError)
"""What zipfile raises on files that are damaged."""
UNPACK = "unpack it, and read the folder"


def scans_in(archive: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files in a ZIP file that are scans by these suffixes, as paths that go on in it; no hidden ones.

    Raises:
        ScanError: it is damaged, or no ZIP file that can be read.
    """
    names = [name for name in _index(archive) if not any(part.startswith(".") for part in name.split("/"))]
    return [archive / name for name in names if name.lower().endswith(tuple(suffixes))]


@contextmanager
def unpacked(archive: Path, name: str) -> Iterator[Bytes]:
    """The bytes of one file in a ZIP file.

    Args:
        archive: the ZIP file.
        name: path of a file in it, as `scans_in` gives it.

    Raises:
        ScanError: there is none of this name, or it cannot or must not be unpacked.
    """
    path = archive / name
    members = _index(archive).get(name, [])
    if len(members) != 1:
        what = f"the ZIP file has {len(members)} files of this name" if members else "no such file in the ZIP file"
        raise ScanError(f"{path}: {what}; check the path, or {UNPACK}")
    member = members[0]
    _check(path, member)
    stream: Bytes
    with io.BytesIO() if member.file_size <= IN_MEMORY else tempfile.TemporaryFile() as stream:
        try:
            with _archive(*_key(archive))[0].open(member) as packed:
                shutil.copyfileobj(packed, stream, 2**20)
        except BROKEN as error:
            why = f"damaged in the ZIP file, or there is no room to unpack it ({error})"
            raise ScanError(f"{path}: {why}; pack it anew, or {UNPACK}") from error
        stream.seek(0)
        yield stream


def _check(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse a file in a ZIP file that must not be unpacked."""
    if OUT.match(member.filename) or ".." in _parts(member.filename):
        raise ScanError(f"{path}: its path ({member.filename}) leads out of the ZIP file; pack it without that path")
    if path.suffix.lower() == SUFFIX:
        raise ScanError(f"{path}: a ZIP file in a ZIP file is not opened; unpack the outer one, and read the folder")
    if member.flag_bits & ENCRYPTED:
        raise ScanError(f"{path}: locked with a password in the ZIP file; {UNPACK}")
    if member.compress_type not in METHODS:
        raise ScanError(f"{path}: packed by a method that is not read; pack it with Deflate, or {UNPACK}")
    if member.file_size > MOST_BYTES:
        most = MOST_BYTES >> 20
        raise ScanError(
            f"{path}: {member.file_size >> 20:,} MiB are more than the {most:,} that are unpacked; {UNPACK}"
        )


def _index(archive: Path) -> dict[str, list[zipfile.ZipInfo]]:
    """The files in a ZIP file by their paths in it.

    Raises:
        ScanError: it is damaged, or a trap.
    """
    try:
        return _archive(*_key(archive))[1]
    except BROKEN as error:
        raise ScanError(f"{archive}: the ZIP file is damaged or cannot be opened ({error}); pack it anew") from error


def _key(archive: Path) -> tuple[Path, int, int, int]:
    """What an open ZIP file is known by: it may change, and another process must not share its place in the file."""
    if isinstance(archive, Address):
        return archive, *addresses.state(archive), os.getpid()
    found = archive.stat()
    return archive, found.st_size, found.st_mtime_ns, os.getpid()


@lru_cache(maxsize=2)
def _archive(archive: Path, size: int, *_: int) -> tuple[zipfile.ZipFile, dict[str, list[zipfile.ZipInfo]]]:
    """A ZIP file and what is in it, kept open: to look through 10,000 files takes longer than to unpack one.

    Files are listed by a path of theirs that leads nowhere else: no root, no `..`.
    """
    opened = zipfile.ZipFile(addresses.fetched(archive) if isinstance(archive, Address) else archive)
    members = opened.infolist()
    if len(members) > MOST_MEMBERS:
        raise ScanError(f"{archive}: {len(members):,} files are more than {MOST_MEMBERS:,}; {UNPACK}")
    if sum(member.compress_size for member in members) > size:
        # Many names for the same bytes: how 10 MB unpack to 281 TB (Fifield, A better zip bomb, WOOT 2019).
        raise ScanError(f"{archive}: the files in this ZIP file overlap, as in a trap; do not use it")
    index: dict[str, list[zipfile.ZipInfo]] = {}
    for member in members:
        name = "/".join("(..)" if part == ".." else part for part in _parts(member.filename))
        if name and not member.is_dir():
            index.setdefault(name, []).append(member)
    return opened, index


def _parts(name: str) -> list[str]:
    """The parts of a path in a ZIP file, folders first; some programs of Windows set them apart by backslashes."""
    return [part for part in PurePosixPath(name.replace("\\", "/")).parts if part.strip("/")]
