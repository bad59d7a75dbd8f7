"""A store of scans at addresses such as far://scans/1.png: a folder of this machine that all processes reach."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from reader import page_work
from reader.page_work import Outcome, Setting, Task
from tests import stand_ins

PLACE = "DIGIT_READER_TEST_STORE"


class Far(DirFileSystem):
    """What is called `locked` cannot be opened, and `endless` takes a minute."""

    protocol = "far"
    cachable = False

    def __init__(self, **options: Any) -> None:
        super().__init__(path=os.environ[PLACE], fs=LocalFileSystem(), **options)

    def open(self, path: str, *arguments: Any, **options: Any) -> Any:
        if "locked" in path:
            raise RuntimeError("the token\nhas expired")
        if "endless" in path:
            time.sleep(60)
        return super().open(path, *arguments, **options)


def ready(setting: Setting) -> Callable[[Task], Outcome]:
    """`tests.stand_ins.ready` where the store is known."""
    fsspec.register_implementation("far", Far, clobber=True)
    return stand_ins.ready(setting)


def put_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Read by gray levels from now on, with that folder as the store."""
    stand_ins.put_in(monkeypatch)
    monkeypatch.setenv(PLACE, str(folder))
    monkeypatch.setattr(page_work, "ready", ready)
    fsspec.register_implementation("far", Far, clobber=True)
