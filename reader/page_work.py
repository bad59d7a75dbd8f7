"""What a worker does: one page of one file, from the file to what the ledger keeps of it."""

import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from reader.digits import classifier as classifiers
from reader.digits.classifier import Classifier
from reader.errors import FitError, ReaderError, UnreachedError, UsageError
from reader.forms.sheet import Sheet
from reader.pages import addresses
from reader.pages.addresses import Address
from reader.pages.scan import Scan, count_pages, read_scan
from reader.pipeline import read_page
from reader.results import keys, overlay
from reader.results.fingerprint import fingerprint
from reader.results.ledger import Entry
from reader.results.reading import PageReading

CHECK = "check that it is the right page and not too faint"
NOTHING_FOUND = f"no boxes and no digit lines found on this page; {CHECK}"
MANY, NONE, SURE = 10, 0.3, 0.25
"""A page, read without a form, is none where many written things were found, this part of them or more is no digit, and
so many times as few are surely one: leaves and windows on a photograph (0.14 sure for each that is none), not a form
that is hard to read (bubbles and letters in a grid, the worst of `dev`: 0.6)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all pages of a job are read with.

    Attributes:
        sheets: of the forms that a page may be; none to find boxes and lines.
        model: a model file; None is the one in the package.
        max_error: of the fields that need no review, how many may be wrong; None is the model's usual.
    """

    sheets: tuple[Sheet, ...] = ()
    model: Path | None = None
    max_error: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One page to read.

    Attributes:
        file_number: which file of the job it is of.
        file: where it is.
        page: from 1; 0 reads none, and only counts or hashes.
        counting: whether to say how many pages the file has.
        hashing: whether to say the hash of its content: of a file at an address, which this machine need not reach.
        scan: the hash that it had, to see that what is read is the same; empty for files of this machine, whose state
            tells that.
        picture: where to draw the page with what was read; None draws none.
        known: what was read of it before: it is drawn, not read again.
    """

    file_number: int
    file: Path
    page: int
    counting: bool = False
    picture: Path | None = None
    known: PageReading | None = None
    hashing: bool = False
    scan: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task.

    Attributes:
        entry: for the ledger.
        pages: how many the file has; None where that was not asked or cannot be told.
        trouble: what a person should be told besides: the traceback of a bug, a picture that could not be written.
        scan: hash of the file's content, where that was asked.
    """

    entry: Entry
    pages: int | None = None
    trouble: str = ""
    scan: str = ""


def ready(setting: Setting) -> Callable[[Task], Outcome]:
    """Load what pages are read with, once for a process.

    Raises:
        ModelError: the model cannot be used.
    """
    cv2.setNumThreads(1)  # pages are shared out to processes
    classifier = classifiers.load(setting.model, setting.max_error)
    return lambda task: carry_out(task, classifier, setting.sheets)


def carry_out(task: Task, classifier: Classifier, sheets: Sequence[Sheet]) -> Outcome:
    """Read a page, or draw one that was read before; whatever is wrong with it is in the outcome."""
    if task.hashing:
        addresses.forget()
        return Outcome(Entry(failed(sheets, task, ""), 0.0, lasting=False), scan=keys.of_scan(task.file))
    start = time.perf_counter()
    pages: int | None = None
    scan: Scan | None = None
    trouble, lasting = "", True
    try:
        _check_content(task)
        pages = count_pages(task.file) if task.counting else None
        if not task.page:
            return Outcome(Entry(failed(sheets, task, ""), 0.0, lasting=False), pages)
        scan = read_scan(task.file, task.page)
        reading = task.known or _checked(read_page(scan, classifier, sheets), sheets)
    except FitError as error:
        reading = replace(failed(sheets, task, str(error)), status="refused")
    except ReaderError as error:
        # Of a file that is not there, or not now, there is nothing to keep. Such errors have a number of the system;
        # Pillow's, of what is damaged, have none.
        reading = failed(sheets, task, str(error))
        lasting = not isinstance(error, UnreachedError | UsageError) and getattr(error.__cause__, "errno", None) is None
    except Exception as error:
        if _is_short_of_memory(error):
            reading, lasting = failed(sheets, task, out_of_memory(task.file)), False
        else:
            reading, trouble = failed(sheets, task, _bug(task.file, error)), traceback.format_exc()
    if scan and task.picture:
        trouble = trouble or _drawn(scan, reading, task.picture)
    bits = fingerprint(scan.image, reading.fields) if scan and reading.form else None
    return Outcome(Entry(reading, time.perf_counter() - start, lasting, bits), pages, trouble)


def failed(sheets: Sequence[Sheet], task: Task, reason: str) -> PageReading:
    """A page that gave nothing."""
    names = {sheet.form.name for sheet in sheets}
    return PageReading(os.fspath(task.file), task.page, names.pop() if len(names) == 1 else "", "failed", reason)


def out_of_memory(file: Path) -> str:
    """What to say of a page that needs more memory than there is."""
    return f"{file}: this page needs more memory than one job may use; scan it at 300 dpi, or with fewer --jobs"


def _check_content(task: Task) -> None:
    """Make sure that a file at an address has the content that it had when it was hashed.

    Raises:
        UnreachedError: it has not, or cannot be had now.
    """
    if not isinstance(task.file, Address) or keys.of_scan(task.file) == task.scan:
        return
    count_pages(task.file)  # says what is wrong, where it is still so
    raise UnreachedError(f"{task.file}: the file changed while it was being read; run again when it is complete")


def _checked(reading: PageReading, sheets: Sequence[Sheet]) -> PageReading:
    """The reading, or, where what was found without a form makes no page of one, a failed one that says so."""
    why = "" if sheets or reading.status != "read" else _why_no_form(reading)
    return replace(reading, status="failed", reason=why, fields=()) if why else reading


def _why_no_form(reading: PageReading) -> str:
    """Why what was found without a form makes no page of one; empty where it does."""
    if not reading.fields:
        return reading.reason or NOTHING_FOUND
    counts = Counter(digit.status for field in reading.fields for digit in field.digits if digit.status != "blank")
    written, sure, none = counts.total(), counts["ok"], counts["rejected"]
    if written < MANY or none < NONE * written or sure > SURE * none:
        return ""
    return f"no form: of {written} things that look like digits or boxes, {none} are none and {sure} are sure; {CHECK}"


def _is_short_of_memory(error: Exception) -> bool:
    """Whether an exception is Python's or OpenCV's for no memory."""
    return isinstance(error, MemoryError) or (isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem)


def _bug(file: Path, error: Exception) -> str:
    """What to say of an exception that nobody foresaw."""
    kind = f"{type(error).__name__}: {error}"
    return f"{file}: digit-reader has a bug that this page brings out ({kind}); please report it together with the page"


def _drawn(scan: Scan, reading: PageReading, picture: Path) -> str:
    """Save the page's overlay; what to tell the user if that fails."""
    try:
        overlay.save(overlay.overlay(scan, reading), picture)
    except ReaderError as error:
        return str(error)
    except Exception:
        return traceback.format_exc()
    return ""
