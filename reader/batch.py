"""Many scans: each page read, the bad ones noted, the table written from the ledger."""

import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

from reader import page_work, workers
from reader.crew import Crew
from reader.digits import classifier as classifiers
from reader.forms.sheet import Sheet
from reader.page_work import Outcome, Setting, Task
from reader.preparing import files_of, ledger_of, sheets_of
from reader.results import duplicates, keys, ledger, overlay, saving, schema, tables
from reader.results.ledger import About, Connection, Key
from reader.results.reading import PageReading, PageStatus, Status
from reader.results.tables import Layout
from reader.todo import Hashes, PageDone, Pictures, Todo, next_task, took
from reader.workers import Lost


@dataclass(frozen=True, slots=True)
class Job:
    """What to read and where to put it.

    Attributes:
        scans: files and folders; as texts, also addresses of them, such as s3://bucket/folder, which fsspec fetches.
        output: the CSV to write, with its ledger beside it, `results.sqlite` for `results.csv`: pages that are in it
            are not read again. None writes neither.
        form: the form file that the pages are filled-in copies of, or a folder of form files, of which each page takes
            the one that fits it best; None finds boxes and lines on each page.
        layout: of the CSV; None is `wide` with a form and `fields` without.
        overlays: a folder for pictures of the pages with what was read on them; None draws none.
        model: a model file; None is the one in the package.
        jobs: worker processes; 0 reads in this process, where a scan that crashes a decoder takes the caller along and
            no page is stopped for taking too long.
        timeout: seconds that a page may take in a worker; None for as long as it likes.
        dask: address of the scheduler of a Dask cluster to read on, in place of `jobs`.
        rerun: whether to read pages again that are in the ledger; what a person verified stays all the same.
        max_error: of the fields that need no review, how many may be wrong, as far as it was measured of the model;
            None is the model's usual.
    """

    scans: Sequence[Path | str]
    output: Path | None = None
    form: Path | None = None
    layout: Layout | None = None
    overlays: Path | None = None
    model: Path | None = None
    jobs: int = 0
    timeout: float | None = None
    rerun: bool = False
    dask: str | None = None
    max_error: float | None = None

    def __post_init__(self) -> None:
        if not self.scans:
            raise ValueError("a job needs at least one file or folder to read")
        if self.jobs < 0 or (self.timeout is not None and self.timeout <= 0):
            raise ValueError(f"a job cannot have {self.jobs} workers, or {self.timeout} seconds for a page")


@dataclass(frozen=True, slots=True)
class Batch:
    """What came out; the pages are in the ledger, and not in memory until they are asked for.

    Attributes:
        source: the ledger's file, or the ledger itself where it has none.
        run: which run of the ledger this is.
        layout: of the table.
        names: the columns of a wide table; none takes the fields that were found.
        interrupted: whether the user broke it off before the end.
        twice: pages that are there already, further up, with what is to be said of each.
        statuses: how many pages, and how many digits and boxes, there are of each status; see `pages` and `digits`.
    """

    source: Path | Connection
    run: int
    layout: Layout
    names: Sequence[str]
    interrupted: bool
    twice: Sequence[str] = ()
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def readings(self) -> tuple[PageReading, ...]:
        """All pages in the order of the inputs."""
        with _opened(self.source) as connection:
            return tuple(ledger.readings(connection, self.run))

    @property
    def csv(self) -> str:
        """The whole table."""
        return tables.csv_text(self.readings, self.layout, self.names)

    def write(self, stream: TextIO) -> None:
        """Write the table to a stream opened with newline="", one page in memory at a time."""
        with _opened(self.source) as connection:
            names = self.names or ledger.field_names(connection, self.run) if self.layout == "wide" else ()
            tables.write(stream, self._counted(connection), self.layout, names)

    def count(self) -> None:
        """Count what `pages` and `digits` tell, where no table is written."""
        with _opened(self.source) as connection:
            deque(self._counted(connection), maxlen=0)

    def _counted(self, connection: Connection) -> Iterator[PageReading]:
        """All pages, counted anew on the way."""
        self.statuses.clear()
        yield from ledger.counted(ledger.readings(connection, self.run), self.statuses)

    def pages(self, status: PageStatus) -> int:
        """How many pages have this status."""
        return self.statuses["page", status]

    def digits(self, status: Status) -> int:
        """How many boxes and digits have this status."""
        return self.statuses["digit", status]


def read_batch(
    job: Job,
    on_page: Callable[[PageDone], None] = lambda _: None,
    on_stop: Callable[[], None] = lambda: None,
    crew: Crew | None = None,
    hashes: Hashes | None = None,
) -> Batch:
    """Read all pages of all scans that the ledger does not have, and write the CSV whole at the end.

    A page that cannot be read is a `failed` or `refused` reading that says why; so is one on which the program itself
    fails, with the traceback in its `PageDone`, and one that its worker dies of. Ctrl-C ends it with the pages that
    are in work (`on_stop` is called), and the CSV of all that was read; a second one at once, with a KeyboardInterrupt.
    However it ends, even by `kill -9`, the next call goes on from the pages that were finished, and the CSV is what it
    would have been. A `crew` is workers that were started beforehand, in place of new ones; `hashes` is what files
    hashed to before, and what they hash to now is added to it.

    Raises:
        FormError, FitError, ModelError, UsageError, LedgerError, WorkerError: the job cannot be done as it stands; said
            before any page is opened. A LedgerError, too, where the disk is full.
    """
    sheets = sheets_of(job.form)
    files = files_of(job.scans, job.overlays, job.output)
    model_name = classifiers.load(job.model, job.max_error).name
    layout = job.layout or ("wide" if sheets else "fields")
    place = ledger_of(job.output)
    connection = schema.opened(place)
    with closing(connection) if place else nullcontext():
        run = ledger.begin(connection, _key(job, sheets), _about(sheets, model_name, layout))
        pictures = Pictures(job.overlays, overlay.common_folder(files)) if job.overlays and files else None
        blank = partial(page_work.failed, sheets)
        seen = {} if hashes is None else hashes
        todo = Todo(files, connection, run, blank, on_page, job.rerun, pictures, job.timeout, seen)
        with _stoppable(todo, on_stop):
            for task, answer in _answers(job, Setting(sheets, job.model, job.max_error), todo, crew):
                took(todo, task, answer)
        if not todo.stopping:
            ledger.finish(connection, run)
        twice = duplicates.told(connection, run.number)
        batch = Batch(place or connection, run.number, layout, _names(sheets), todo.stopping, twice)
        if job.output:
            with saving.saved(job.output) as stream:
                batch.write(stream)
        else:
            batch.count()
    return batch


def _answers(job: Job, setting: Setting, todo: Todo, crew: Crew | None) -> Iterator[tuple[Task, Outcome | Lost]]:
    """Each page with what came of it, as they are done: here is chosen who does it."""
    start = partial(page_work.ready, setting)
    give = partial(next_task, todo)
    if job.dask:
        from reader import on_dask

        return on_dask.carry_out(start, give, job.dask, job.timeout)
    if job.jobs:
        return workers.carry_out(crew or Crew(job.jobs, job.timeout), start, give)
    return _in_this_process(start, give)


def _in_this_process(
    start: Callable[[], Callable[[Task], Outcome]], give: Callable[[], Task | None]
) -> Iterator[tuple[Task, Outcome]]:
    """Do one task after the other."""
    do = start()
    while task := give():
        yield task, do(task)


@contextmanager
def _stoppable(todo: Todo, on_stop: Callable[[], None]) -> Iterator[None]:
    """A first Ctrl-C begins no further page, a second one is a KeyboardInterrupt; only the main thread is told."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if todo.stopping:
            raise KeyboardInterrupt
        todo.stopping = True
        on_stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _opened(source: Path | Connection) -> Iterator[Connection]:
    """The ledger of a batch; one that has a file is closed again."""
    if isinstance(source, Path):
        with closing(schema.looked_into(source)) as connection:
            yield connection
    else:
        yield source


def _key(job: Job, sheets: Sequence[Sheet]) -> Key:
    """What the readings of a job depend on besides the scans."""
    return Key(keys.of_forms(sheets), keys.of_model(job.model, job.max_error), keys.of_program())


def _about(sheets: Sequence[Sheet], model_name: str, layout: Layout) -> About:
    """What the ledger tells of a run."""
    decimals = {name for sheet in sheets for name, rules in sheet.form.rules.items() if rules.decimals}
    return About(keys.version_of_program(), model_name, layout, _names(sheets), sorted(decimals))


def _names(sheets: Iterable[Sheet]) -> list[str]:
    """The fields of all forms, each once."""
    return list(dict.fromkeys(each.name for sheet in sheets for each in sheet.form.fields))
