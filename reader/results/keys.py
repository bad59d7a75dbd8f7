"""What a reading depends on, as short hashes: the scan's content, the form, the model and the program itself.

The same four give the same reading, so a page that the ledger has with the same four is not read again. The program is
among them: its version, its code and the versions of the packages that compute. Otherwise a table would mix what two
programs read, and would depend on what happened to be read before.
"""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from reader.digits.classifier import SHIPPED
from reader.errors import ScanError
from reader.forms.sheet import Sheet
from reader.pages.files import opened

READS = ("pages", "forms", "digits", "results", "pipeline.py", "page_work.py")
"""The parts of the package that what is read depends on."""
COMPUTE = ("numpy", "opencv-python-headless", "ai-edge-litert", "pillow", "pypdfium2")
"""The packages that what is read depends on."""
NO_CONTENT = "path:"
"""What the key of a file that cannot be opened begins with; its path follows."""


def of_scan(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal; of a file that cannot be opened, its path."""
    try:
        with opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (ScanError, OSError):
        return without_content(path)


def without_content(path: Path) -> str:
    """What stands in the place of a hash for a file that cannot be opened; its name need not be text on Unix."""
    return f"{NO_CONTENT}{path}".encode("utf-8", "backslashreplace").decode()


def of_forms(sheets: Sequence[Sheet]) -> str:
    """A hash of all that the forms say: their names, fields, rules and sheets, not where their files lie."""
    if not sheets:
        return ""
    said = [{**_said(sheet.form), "file": ""} for sheet in sheets]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plain).encode()).hexdigest()


def of_model(model: Path | None, max_error: float | None = None) -> str:
    """A hash of a model's file, of what is written beside it, and of the share of wrong fields that is asked for.

    None is the model in the package, and its usual share.
    """
    if model is None:
        with resources.as_file(resources.files("reader.digits") / "model") as folder:
            return of_model(folder / SHIPPED, max_error)
    beside = (model.with_suffix(".json"), model.with_suffix(".record.json"))
    whole = hashlib.sha256()
    for file in (model, *beside):
        if file.is_file():
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    if max_error is not None:
        whole.update(repr(max_error).encode())
    return whole.hexdigest()


def version_of_program() -> str:
    """The version of this program, for people."""
    return _version("digit-reader")


@cache
def of_program() -> str:
    """A hash of this program's version, its code and the packages that compute."""
    whole = hashlib.sha256(version_of_program().encode())
    package = Path(__file__).parent.parent
    for name in READS:
        part = package / name
        for file in sorted(part.rglob("*.py")) if part.is_dir() else [part]:
            whole.update(file.relative_to(package).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    whole.update(" ".join(_version(name) for name in COMPUTE).encode())
    return whole.hexdigest()


def _version(package: str) -> str:
    """The installed version of a package; OpenCV and others go by several names."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _said(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass by name."""
    return {each.name: getattr(thing, each.name) for each in dataclasses.fields(thing)}


def _plain(thing: Any) -> Any:
    """What JSON has no word for, the same on every run."""
    if dataclasses.is_dataclass(thing):
        return _said(thing)
    if isinstance(thing, np.ndarray):
        return [thing.shape, str(thing.dtype), hashlib.sha256(np.ascontiguousarray(thing).data).hexdigest()]
    return sorted(thing) if isinstance(thing, frozenset) else str(thing)
