"""The table on standard output, for `--output -`."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from reader.errors import UsageError


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Standard output as a table is written to it: in UTF-8, whatever the terminal's encoding is.

    Raises:
        UsageError: it cannot be written, as where it goes to a file on a full disk.
    """
    stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "backslashreplace", newline="")
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:  # who reads it has enough
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or what is left would fail again at the end
        raise UsageError(
            f"standard output: cannot be written ({error.strerror or error}); make room, or name a file with --output"
        ) from error
    finally:
        stream.detach()
