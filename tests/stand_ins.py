"""Pages that are read at once, in this process or in a worker: what they are is told by their one gray level."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from reader import page_work
from reader.digits import classifier as classifiers
from reader.errors import FitError
from reader.page_work import Outcome, Setting, Task
from reader.pages.scan import Scan
from reader.results.reading import Box, DigitReading, FieldReading, PageReading

if TYPE_CHECKING:
    import pytest

TEST = "DIGIT_READER_TEST_PROCESS"
BOX = Box(10, 20, 30, 40)
FITS, EMPTY, MISFIT, BUG, CTRL_C, DIES, SLOW, NO_MEMORY = 200, 255, 100, 50, 0, 30, 60, 90


def draw(path: Path, level: int = FITS) -> Path:
    """A page of one gray level."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((60, 50), level, np.uint8)).save(path)
    return path


def stand_in(scan: Scan, _classifier: object, sheets: Sequence[object] = (), user: int = 0) -> PageReading:
    """Do what the gray level says; any that has no name is a page whose one digit is the level's last."""
    level = int(scan.image[0, 0])
    name = "tally" if sheets else ""
    if level == MISFIT:
        raise FitError(f"{scan.file}: the form does not fit")
    if level == BUG:
        raise ZeroDivisionError("by nought")
    if level == NO_MEMORY:
        raise MemoryError
    if level == CTRL_C:
        os.kill(user or os.getpid(), signal.SIGINT)
    if level == DIES and user:
        os.kill(os.getpid(), signal.SIGSEGV)
    if level == SLOW:
        time.sleep(60 if user else 0)
    if level == EMPTY:
        return PageReading(scan.file, scan.page, name, "read")
    figure = str((level + 7) % 10)
    digit = DigitReading(0, figure, 0.9, "1", 0.1, "ok", BOX)
    field = FieldReading("votes", figure, 0.9, "ok", "", BOX, (digit,))
    return PageReading(scan.file, scan.page, name, "read", "", (field,))


def ready(setting: Setting) -> Callable[[Task], Outcome]:
    """`reader.page_work.ready` that reads by gray levels; in a worker, Ctrl-C goes to the test's process."""
    test = int(os.environ[TEST])
    if test != os.getpid():
        page_work.read_page = partial(stand_in, user=test)
    return lambda task: page_work.carry_out(task, SimpleNamespace(), setting.sheets)


def put_in(monkeypatch: "pytest.MonkeyPatch") -> None:
    """Read by gray levels from now on, here and in workers."""
    monkeypatch.setenv(TEST, str(os.getpid()))
    monkeypatch.setattr(page_work, "read_page", stand_in)
    monkeypatch.setattr(page_work, "ready", ready)
    monkeypatch.setattr(classifiers, "load", lambda *_: SimpleNamespace(name="stand-in"))
