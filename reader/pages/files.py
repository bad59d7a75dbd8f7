"""A path -> the bytes of a scan, whether it is a file of its own, lies in a ZIP file or on another machine."""

import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from reader.errors import ScanError
from reader.pages import addresses, archives
from reader.pages.addresses import Address
from reader.pages.archives import Bytes


@contextmanager
def opened(path: Path) -> Iterator[Bytes]:
    """Open a file, or one in a ZIP file: `archive.zip/inner/name.png`.

    Raises:
        ScanError: there is no such file, it is none (a folder, a pipe), is empty or cannot be opened.
    """
    archive = _archive_of(path)
    inside = archives.unpacked(archive, path.relative_to(archive).as_posix()) if archive else None
    with inside or _fetched(path) or _opened(path) as stream:
        if not stream.read(1):
            raise ScanError(f"{path}: the file is empty (0 bytes); scan or copy it again")
        stream.seek(0)
        yield stream


def state(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change of a file, or of the ZIP file that it is in; None where it is not there.

    None, too, at an address: what is read of it is compared with its hash (`reader.page_work`).
    """
    if isinstance(path, Address):
        return None
    try:
        found = (_archive_of(path) or path).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; of one that cannot be asked, not. pathlib's own function raises there."""
    return addresses.is_folder(path) if isinstance(path, Address) else stat.S_ISDIR(_mode(path))


def is_archive(path: Path) -> bool:
    """Whether a path is a ZIP file by its name, and no file in another one."""
    if path.suffix.lower() != archives.SUFFIX:
        return False
    return addresses.is_file(path) if isinstance(path, Address) else stat.S_ISREG(_mode(path))


def listing(folder: Path) -> list[Path]:
    """What is in a folder.

    Raises:
        ScanError: it cannot be opened.
        UsageError: it is an address that needs a package that is not there.
    """
    if isinstance(folder, Address):
        return [path for path, _ in addresses.listing(folder)]
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise _unopened(folder, error) from error


def _mode(path: Path) -> int:
    """What kind of thing a path is, as `stat` says it; 0 where it cannot be asked."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _archive_of(path: Path) -> Path | None:
    """The ZIP file that a path leads into, if any."""
    return next((parent for parent in path.parents if is_archive(parent)), None)


def _fetched(path: Path) -> AbstractContextManager[Bytes] | None:
    """A file at an address, which stays open afterwards; None for a path of this machine."""
    return nullcontext(addresses.fetched(path)) if isinstance(path, Address) else None


def _opened(path: Path) -> Bytes:
    """Open a file of its own."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for its writer, a device never ends
            raise ScanError(f"{path}: this is no file but a pipe or a device; save the scan as a file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise ScanError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError) as error:
        raise _unopened(path, error) from error


def _unopened(path: Path, error: Exception) -> ScanError:
    """What to say of what cannot be opened."""
    return ScanError(
        f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error}); check that you may read it"
    )
