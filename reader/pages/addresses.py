"""Addresses of scans on other machines, such as s3://bucket/folder/page.png -> their bytes, fetched by fsspec.

Only what the user gives is taken for an address (`located`): no name that is found in a folder, a ZIP file, a form or a
ledger ever is.
"""

import hashlib
import os
import re
import tempfile
import threading
from functools import lru_cache
from io import BufferedRandom
from pathlib import Path, PosixPath
from typing import Any

from reader.errors import ScanError, UnreachedError, UsageError

PROTOCOL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")
"""How an address begins; a single letter is a disk of Windows."""
HERE = ("file", "local")
"""Protocols of this machine's files."""
PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), "adlfs"),
    **dict.fromkeys(("http", "https"), "aiohttp requests"),
    **dict.fromkeys(("sftp", "ssh"), "paramiko"),
    **{"smb": "smbprotocol", "webdav": "webdav4", "hdfs": "pyarrow"},
}
"""What fsspec needs besides for a protocol."""
MOST_BYTES = 2**30
"""Size of a file that is fetched, 1 GiB, as of one that is unpacked. A process keeps one of them, in a temporary file
without a name, which the system takes away even from a process that is killed."""
AT_ONCE = 2**20
"""Bytes that are written at a time."""


class Address(PosixPath):
    """A path that begins with a protocol, `s3:/bucket/page.png`, and reads as an address, `s3://bucket/page.png`.

    Its names, parents and parts are those of any path. What asks the disk (`stat`, `open`) is not for it: ask the
    functions of this module.
    """

    __slots__ = ()

    def __str__(self) -> str:
        plain = super().__str__()
        begins = PROTOCOL.match(plain)
        return f"{begins[1]}://{plain[begins.end() :]}" if begins else plain

    def __fspath__(self) -> str:
        return str(self)


def located(given: str | Path) -> Path:
    """What a user gives to be read: a path, or an `Address` where it begins like one; file:// is a path.

    Raises:
        UsageError: it begins like an address, and is none that can be read.
    """
    if isinstance(given, Path):
        return given
    begins = PROTOCOL.match(given)
    if not begins or not begins[0].endswith("//"):
        return Path(given)
    place = given[begins.end(1) + len("://") :]
    if begins[1].lower() in HERE:
        return Path(place)
    if not place or "//" in f"/{place}" or "::" in given:
        raise UsageError(
            f"{given}: no address that is read; give a protocol, a host or bucket, and names with / between them"
        )
    return Address(begins[1].lower() + given[begins.end(1) :])


def check(address: Address) -> None:
    """Make sure that there are the packages that an address needs; nothing is asked of the network.

    Raises:
        UsageError: there are not; it says which, and how to install them.
    """
    protocol = address.parts[0].removesuffix(":").lower()
    try:
        import fsspec
    except ImportError as error:
        how = "pip install 'digit-reader[remote]'"
        raise UsageError(f"{address}: addresses need the package fsspec; install it with: {how}") from error
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        what = PACKAGES.get(protocol, "with what it asks for")
        raise UsageError(
            f"{address}: {protocol}:// needs another package ({error}); install it with: pip install {what}"
        ) from error
    except ValueError as error:
        why = f"{protocol}:// is no protocol that fsspec knows"
        raise UsageError(f"{address}: {why}; give a path, or an address such as s3://bucket/folder") from error


def is_file(address: Address) -> bool:
    """Whether there is a file at an address; where that cannot be asked, not."""
    return _kind(address) == "file"


def is_folder(address: Address) -> bool:
    """Whether there is a folder at an address; where that cannot be asked, not. The web has none."""
    return _kind(address) == "directory"


def listing(folder: Address) -> list[tuple[Address, bool]]:
    """What is in a folder, and of each whether it is a folder.

    Raises:
        UsageError: as `check`.
        UnreachedError: it cannot be listed.
    """
    store, place = _store(folder)
    try:
        found = store.ls(place, detail=True)
    except Exception as error:  # each store has exceptions of its own
        raise _unreached(folder, error) from error
    inside = [(entry["name"].rstrip("/"), entry["type"] == "directory") for entry in found]
    # Some stores list the folder itself, as a file of 0 bytes.
    return [(folder / name.rpartition("/")[2], is_one) for name, is_one in inside if name != place.rstrip("/")]


def state(address: Address) -> tuple[int, int]:
    """The size of a file, -1 where the store does not say, and a number for all that the store says of it.

    Raises:
        UsageError: as `check`.
        UnreachedError: there is no such file now.
    """
    said = _said(address)
    mark = hashlib.sha256(repr(sorted(said.items())).encode("utf-8", "backslashreplace")).digest()
    return -1 if said.get("size") is None else int(said["size"]), int.from_bytes(mark[:8])


def fetched(address: Address) -> BufferedRandom:
    """The bytes of a file at an address, in a file that is kept open for who asks next, and must not be closed.

    Raises:
        UsageError: as `check`.
        UnreachedError: it cannot be fetched now.
        ScanError: it is too large.
    """
    copy = _copy(address, state(address), os.getpid(), threading.get_ident())
    copy.seek(0)
    return copy


def forget() -> None:
    """Let go of the file that was fetched last: not all stores say when one changed."""
    _copy.cache_clear()


@lru_cache(maxsize=1)
def _copy(address: Address, now: tuple[int, int], *_: int) -> BufferedRandom:
    """A file that is fetched; a process and a thread have their own, for it has one place to read from."""
    if now[0] > MOST_BYTES:
        raise _too_large(address)
    store, place = _store(address)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - kept
    try:
        with store.open(place, "rb") as stream:
            while data := stream.read(AT_ONCE):
                copy.write(data)
                if copy.tell() > MOST_BYTES:
                    raise _too_large(address)
    except ScanError:
        raise
    except Exception as error:  # each store has exceptions of its own
        raise _unreached(address, error) from error
    return copy


def _kind(address: Address) -> str:
    """What is at an address, `file` or `directory`; empty where that cannot be asked."""
    try:
        return str(_said(address)["type"])
    except (UsageError, UnreachedError):
        return ""


def _said(address: Address) -> dict[str, Any]:
    """What a store says now of what is at an address.

    Raises:
        UsageError, UnreachedError: nothing.
    """
    store, place = _store(address)
    try:
        said: dict[str, Any] = store.info(place)
    except Exception as error:  # each store has exceptions of its own
        raise _unreached(address, error) from error
    return said


def _store(address: Address) -> tuple[Any, str]:
    """Where to ask, and for what.

    Raises:
        UsageError: as `check`.
        UnreachedError: a store cannot be asked, for it wants to know who does.
    """
    check(address)
    import fsspec

    try:
        store, place = fsspec.url_to_fs(str(address))
        store.invalidate_cache()  # what was listed before may have changed
    except Exception as error:  # each store has exceptions of its own
        raise _unreached(address, error) from error
    return store, place


def _unreached(address: Address, error: Exception) -> UnreachedError:
    """What to say of what cannot be fetched."""
    if isinstance(error, FileNotFoundError):
        return UnreachedError(f"{address}: no such file; check the address")
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return UnreachedError(
        f"{address}: cannot be fetched ({said}); check the address, that you may read there, and the network"
    )


def _too_large(address: Address) -> ScanError:
    """What to say of a file that would fill the disk."""
    return ScanError(
        f"{address}: more than the {MOST_BYTES >> 20:,} MiB that are fetched of a file; split it, or copy it here"
    )
