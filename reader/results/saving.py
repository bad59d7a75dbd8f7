"""Files that appear whole or not at all: what was there before stays until the new file is complete."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from reader.errors import UsageError


@contextmanager
def saved(output: Path) -> Iterator[TextIO]:
    """A text stream into a file that appears whole or not at all, as `saved_bytes` writes it."""
    with saved_bytes(output) as stream:
        # A file name need not be text on Unix.
        text = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="")
        yield text
        text.detach()  # which writes what is left; the stream is closed by who opened it


@contextmanager
def saved_bytes(output: Path) -> Iterator[io.BufferedWriter]:
    """A stream into a file that appears whole or not at all, when the block ends without an error.

    It is written beside its place under another name, brought to the disk, and put in its place at once, so that even
    a power cut leaves the old file or the new one.

    Raises:
        UsageError: it cannot be written; whatever was there before is unchanged.
    """
    place = output.resolve()  # a link stays a link, to the new file
    part = place if _is_device(place) else _part(place)
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            if part != place:
                os.fsync(stream.fileno())
        if part != place:
            part.replace(place)
            _sweep(place.parent)
    except OSError as error:
        raise _unwritable(output, error) from error
    finally:
        if part != place:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def save(text: str, output: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        UsageError: it cannot be written; whatever was there before is unchanged.
    """
    with saved(output) as stream:
        stream.write(text)


def check_place(output: Path) -> None:
    """Make sure, before any work is done, that a file can be written at this path.

    Raises:
        UsageError: it cannot.
    """
    if output.is_dir():
        raise UsageError(f"{output}: this is a folder; name a file in it, such as {output / 'results.csv'}")
    place = output.resolve()
    if _is_device(place):
        return
    if not place.parent.is_dir():
        raise UsageError(f"{output}: there is no folder {place.parent}; create it, or name a file in another one")
    try:
        _part(place).touch()
        _part(place).unlink()
    except OSError as error:
        raise _unwritable(output, error) from error


def _part(place: Path) -> Path:
    """Where a file is written before it is whole; one for each process."""
    return place.with_name(f".digit-reader-{os.getpid()}.part")


def _sweep(folder: Path) -> None:
    """Take away what processes left that were killed while they wrote."""
    for part in folder.glob(".digit-reader-*.part"):
        writer = part.stem.rpartition("-")[2]
        with suppress(OSError):
            if writer.isdecimal() and not _is_alive(int(writer)):
                part.unlink()


def _is_alive(process: int) -> bool:
    """Whether there is a process of this number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_device(place: Path) -> bool:
    """Whether a path is something like /dev/null, which must never be replaced by a file."""
    return place.exists() and not place.is_file()


def _unwritable(output: Path, error: OSError) -> UsageError:
    """What to say where a file cannot be written."""
    return UsageError(
        f"{output}: cannot be written ({error.strerror or error}); "
        "make room or get the right to write there, or name another file"
    )
