"""A path -> the bytes of a scan, whether it is a file of its own or lies in a ZIP file."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from reader.errors import ScanError
from reader.pages import archives


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, or one in a ZIP file: `archive.zip/inner/name.png`.

    Raises:
        ScanError: there is no such file, it is none (a folder, a pipe), is empty or cannot be opened.
    """
    place = archives.inside(path)
    with archives.unpacked(place) if place else _opened(path) as stream:
        if not stream.read(1):
            raise ScanError(f"{path}: the file is empty (0 bytes); scan or copy it again")
        stream.seek(0)
        yield stream


def state(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change of a file, or of the ZIP file that it is in; None where it is not there."""
    place = archives.inside(path)
    try:
        found = (place.archive if place else path).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _opened(path: Path) -> BinaryIO:
    """Open a file of its own."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer, a device never ends
            raise ScanError(f"{path}: this is no file but a pipe or a device; save the scan as a file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise ScanError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ScanError(f"{path}: cannot be opened ({reason}); check that you may read it") from error
