"""Many scans: each page read, the bad ones noted, the table written."""

import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reader.digits import classifier as classifiers
from reader.digits.classifier import Classifier
from reader.errors import FitError, FormError, ReaderError, UsageError
from reader.forms import form as forms
from reader.forms.registration import Sheet, prepare
from reader.pages.scan import Scan, find_scans, read_scans
from reader.pipeline import read_page
from reader.results import overlay, tables
from reader.results.reading import PageReading, PageStatus, Status
from reader.results.tables import Layout

CHECK = "check that it is the right page and not too faint"
NOTHING_FOUND = f"no boxes and no digit lines found on this page; {CHECK}"
MANY, NONE, SURE = 10, 0.3, 0.01
"""A page, read without a form, is none where many written things were found, this part of them or more is no digit, and
this part of them or less is surely one: leaves and windows on a photograph, not a form that is hard to read."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to read and where to put it.

    Attributes:
        scans: files and folders.
        output: the CSV to write; None writes none.
        form: the form file that the pages are filled-in copies of, or a folder of form files, of which each page takes
            the one that fits it best; None finds boxes and lines on each page.
        layout: of the CSV; None is `wide` with a form and `fields` without.
        overlays: a folder for pictures of the pages with what was read on them; None draws none.
        model: a model file; None is the one in the package.
    """

    scans: Sequence[Path]
    output: Path | None = None
    form: Path | None = None
    layout: Layout | None = None
    overlays: Path | None = None
    model: Path | None = None

    def __post_init__(self) -> None:
        if not self.scans:
            raise ValueError("a job needs at least one file or folder to read")


@dataclass(frozen=True, slots=True)
class PageDone:
    """What is told after each page.

    Attributes:
        reading: of the page.
        file: how many files were begun, this page's among them.
        files: how many there are.
        trouble: what a person should be told besides: the traceback of a bug, a picture that could not be written.
    """

    reading: PageReading
    file: int
    files: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came out: the readings, the table of them, and whether the user broke it off before the end."""

    readings: tuple[PageReading, ...]
    csv: str
    interrupted: bool

    def pages(self, status: PageStatus) -> int:
        """How many pages have this status."""
        return sum(reading.status == status for reading in self.readings)

    def digits(self, status: Status) -> int:
        """How many boxes and digits have this status."""
        return sum(d.status == status for reading in self.readings for field in reading.fields for d in field.digits)


def read_batch(job: Job, on_page: Callable[[PageDone], None] = lambda _: None) -> Batch:
    """Read all pages of all scans, and write the CSV whole at the end; Ctrl-C ends it with the pages read so far.

    A page that cannot be read is a `failed` or `refused` reading that says why; so is one on which the program itself
    fails, with the traceback in its `PageDone`.

    Raises:
        FormError, FitError, ModelError, UsageError: the job cannot be done as it stands; said before any page is
            opened.
    """
    sheets = _sheets(job)
    files = _files(job)
    classifier = classifiers.load(job.model)
    layout = job.layout or ("wide" if sheets else "fields")
    readings: list[PageReading] = []
    interrupted = False
    try:
        for number, path in enumerate(files, start=1):
            for scan, reading, trouble in _read_file(path, classifier, sheets):
                drawn = _draw(job, files, scan, reading)
                readings.append(reading)
                on_page(PageDone(reading, number, len(files), trouble or drawn))
    except KeyboardInterrupt:
        interrupted = True
    names = list(dict.fromkeys(field.name for sheet in sheets for field in sheet.form.fields))
    csv = tables.csv_text(readings, layout, names)
    if job.output:
        tables.save(csv, job.output)
    return Batch(tuple(readings), csv, interrupted)


def _sheets(job: Job) -> tuple[Sheet, ...]:
    """The sheets that a page of this job may be; none where no form is given.

    Raises:
        FormError: there is something wrong with a form; one message for all of them.
        UsageError: there is no form in the folder.
    """
    if job.form is None:
        return ()
    files = sorted(job.form.glob("**/*.toml")) if job.form.is_dir() else [job.form]
    if not files:
        raise UsageError(f"{job.form}: no forms in this folder; give a folder with form files, ending in .toml")
    sheets, wrong, named = [], [], dict[str, Path]()
    for file in files:
        try:
            pages = forms.load(file)
            sheets += [prepare(page) for page in pages]
        except FormError as error:
            wrong.append(str(error))
            continue
        other = named.setdefault(pages[0].name, file)
        if other != file:
            wrong.append(f"{file}: {other} is called {pages[0].name} too. Give each form its own name.")
    if wrong:
        raise FormError("\n".join(wrong))
    return tuple(sheets)


def _files(job: Job) -> list[Path]:
    """The files to read, once it is sure that what comes out can be written and harms none of them.

    Raises:
        UsageError: it cannot, or it would.
    """
    if job.overlays:
        overlay.check_folder(job.overlays)
    files = find_scans(job.scans)
    if job.overlays:  # pictures drawn by a run before this one are no scans
        drawn = job.overlays.resolve()
        files = [path for path in files if path in job.scans or drawn not in path.resolve().parents]
    if job.output:
        tables.check_place(job.output)
        if any(path.exists() and path.resolve() == job.output.resolve() for path in files):
            raise UsageError(f"{job.output}: this is one of the scans; name another file for the results")
    return files


def _read_file(
    path: Path, classifier: Classifier, sheets: tuple[Sheet, ...]
) -> Iterator[tuple[Scan | None, PageReading, str]]:
    """The readings of a file, each with its scan, if it has one, and the traceback of a bug, if any."""
    pages = 0
    try:
        for scan in read_scans(path):
            pages += 1
            if isinstance(scan, Scan):
                yield scan, *_read(scan, classifier, sheets)
            else:
                yield None, _failed(os.fspath(path), scan.page, sheets, str(scan.error)), ""
    except ReaderError as error:
        yield None, _failed(os.fspath(path), pages + 1, sheets, str(error)), ""
    except Exception as error:
        yield None, _failed(os.fspath(path), pages + 1, sheets, _bug(path, error)), traceback.format_exc()


def _read(scan: Scan, classifier: Classifier, sheets: tuple[Sheet, ...]) -> tuple[PageReading, str]:
    """The reading of a page and the traceback of a bug, if there was one; never raises but for a Ctrl-C."""
    try:
        reading = read_page(scan, classifier, sheets)
    except FitError as error:
        return replace(_failed(scan.file, scan.page, sheets, str(error)), status="refused"), ""
    except ReaderError as error:
        return _failed(scan.file, scan.page, sheets, str(error)), ""
    except Exception as error:
        return _failed(scan.file, scan.page, sheets, _bug(scan.file, error)), traceback.format_exc()
    why = _why_no_form(reading) if reading.status == "read" and not sheets else ""
    return (replace(reading, status="failed", reason=why, fields=()) if why else reading), ""


def _why_no_form(reading: PageReading) -> str:
    """Why what was found without a form makes no page of one; empty where it does."""
    if not reading.fields:
        return reading.reason or NOTHING_FOUND
    counts = Counter(digit.status for field in reading.fields for digit in field.digits if digit.status != "blank")
    written, sure, none = counts.total(), counts["ok"], counts["rejected"]
    if written < MANY or none < NONE * written or sure > SURE * written:
        return ""
    return f"no form: of {written} things that look like digits or boxes, {none} are none and {sure} are sure; {CHECK}"


def _failed(file: str, page: int, sheets: tuple[Sheet, ...], reason: str) -> PageReading:
    """A page that gave nothing."""
    names = {sheet.form.name for sheet in sheets}
    return PageReading(file, page, names.pop() if len(names) == 1 else "", "failed", reason)


def _bug(file: str | Path, error: Exception) -> str:
    """What to say of an exception that nobody foresaw."""
    kind = f"{type(error).__name__}: {error}"
    return f"{file}: digit-reader has a bug that this page brings out ({kind}); please report it together with the page"


def _draw(job: Job, files: Sequence[Path], scan: Scan | None, reading: PageReading) -> str:
    """Save the page's overlay if the job asks for one; what to tell the user if that fails."""
    if job.overlays is None or scan is None:
        return ""
    try:
        overlay.save(overlay.overlay(scan, reading), overlay.place(job.overlays, files, scan))
    except ReaderError as error:
        return str(error)
    except Exception:
        return traceback.format_exc()
    return ""
