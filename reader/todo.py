"""What is still to read of a job, page by page, and what is done with what was read.

A file is looked at when its turn comes: the hash of its content says which of its pages the ledger has. The first page
that it lacks tells how many there are; the others are tasks of their own, so that the pages of one file are shared out
like those of many, and a page that crashes its worker costs no other. A file at an address is fetched by the workers
alone, to be hashed as well, for that may take as long as it likes and fail as any page may.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reader.page_work import Outcome, Task, out_of_memory
from reader.pages.addresses import Address
from reader.pages.files import state as state_of
from reader.results import keys, ledger, overlay
from reader.results.ledger import Connection, Entry, Listed, Run
from reader.results.reading import PageReading
from reader.workers import Lost

Hashes = dict[Path, tuple[tuple[int, int], str]]
"""Of files that were hashed: their state then, as `reader.pages.files.state` says it, and the hash."""


@dataclass(frozen=True, slots=True)
class PageDone:
    """What is told after each page.

    Attributes:
        reading: of the page.
        file: how many files were begun, this page's among them.
        files: how many there are.
        trouble: what a person should be told besides: the traceback of a bug, a picture that could not be written.
        known: whether the page was in the ledger already.
        seconds: how long reading it took.
    """

    reading: PageReading
    file: int
    files: int
    trouble: str = ""
    known: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where overlays go: the folder for them, and the one that all scans are in."""

    folder: Path
    root: Path


@dataclass(slots=True)
class File:
    """A file in work: the hash of its content, its state then, its pages that the ledger has, and its tasks on the way.

    Attributes:
        scan: hash of its content.
        state: size and time of its last change when it was hashed; None where it is not there, or at an address.
        known: rows of the ledger by page.
        open: tasks that are not done.
    """

    scan: str
    state: tuple[int, int] | None
    known: dict[int, int] = field(default_factory=dict)
    open: int = 0


@dataclass(slots=True)
class Todo:
    """A job half done.

    Attributes:
        files: in their order.
        connection: to the ledger.
        run: the one that is being written.
        blank: what a page is like that gave nothing.
        tell: is called with each page that is done.
        rerun: whether to read what the ledger has as well.
        pictures: where to draw pages; None draws none.
        timeout: seconds that a page may take, for messages.
        hashes: of files that were hashed before, and need not be again while their state is the same.
        stopping: whether no further page is to be begun.
        begun: how many files were begun.
        waiting: pages to read next.
        in_work: the files that have tasks, by number.
    """

    files: Sequence[Path]
    connection: Connection
    run: Run
    blank: Callable[[Task, str], PageReading]
    tell: Callable[[PageDone], None]
    rerun: bool = False
    pictures: Pictures | None = None
    timeout: float | None = None
    hashes: Hashes = field(default_factory=dict)
    stopping: bool = False
    begun: int = 0
    waiting: deque[Task] = field(default_factory=deque)
    in_work: dict[int, File] = field(default_factory=dict)


def next_task(todo: Todo) -> Task | None:
    """The next page to read; None where there is none now. What the ledger has is listed on the way."""
    while not todo.stopping:
        if todo.waiting:
            return todo.waiting.popleft()
        if todo.begun == len(todo.files):
            return None
        todo.begun += 1
        _begin(todo, todo.begun)
    return None


def took(todo: Todo, task: Task, answer: Outcome | Lost) -> None:
    """Keep what came of a page, and see to the other pages of its file."""
    file = todo.in_work[task.file_number]
    file.open -= 1
    if isinstance(answer, Lost):
        if task.hashing:
            task, file.scan = replace(task, page=1, hashing=False), keys.without_content(task.file)
        if task.counting and task.page:  # whether there are more pages is still to be found out
            _add(todo, file, replace(task, page=0))
            file.open += 1
        answer = Outcome(Entry(todo.blank(task, _why_lost(task, answer, todo.timeout)), 0.0, lasting=False))
    if task.hashing:
        file.scan = answer.scan
        _hashed(todo, file, task.file_number)
    if task.page:
        _keep(todo, file, task, answer)
    if task.counting and answer.pages:
        _see_to(todo, file, task.file_number, range(2, answer.pages + 1))
    if not file.open:
        del todo.in_work[task.file_number]


def _begin(todo: Todo, number: int) -> None:
    """Look at a file whose turn it is."""
    path = todo.files[number - 1]
    file = todo.in_work[number] = File("", state_of(path))
    if isinstance(path, Address):
        _add(todo, file, Task(number, path, 0, hashing=True))
        return
    file.scan = _hash(todo, path, file.state)
    _hashed(todo, file, number)
    if not file.open:
        del todo.in_work[number]


def _hash(todo: Todo, path: Path, state: tuple[int, int] | None) -> str:
    """The hash of a file of this machine, taken once for each state that it is found in."""
    before = todo.hashes.get(path)
    if state and before and before[0] == state:
        return before[1]
    scan = keys.of_scan(path)
    if state:
        todo.hashes[path] = state, scan
    return scan


def _hashed(todo: Todo, file: File, number: int) -> None:
    """Go on with a file whose hash is known: see what the ledger has of it."""
    path, key = todo.files[number - 1], todo.run.key
    if not todo.rerun:
        file.known = ledger.known(todo.connection, key, file.scan)
    pages = ledger.pages_of(todo.connection, key, file.scan)
    if pages is None:
        _add(todo, file, Task(number, path, 1, counting=True, picture=_picture(todo, path, 1)))
    else:
        _see_to(todo, file, number, range(1, pages + 1))


def _see_to(todo: Todo, file: File, number: int, pages: range) -> None:
    """Make tasks of those pages of a file that the ledger lacks, and list those that it has."""
    path = todo.files[number - 1]
    for page in pages:
        picture = _picture(todo, path, page)
        if page not in file.known:
            _add(todo, file, Task(number, path, page, picture=picture))
            continue
        reading = ledger.reading_of(todo.connection, file.known[page], os.fspath(path))
        if picture and not picture.exists() and reading.status != "failed":
            _add(todo, file, Task(number, path, page, picture=picture, known=reading))
        else:
            _relist(todo, file, number, reading)


def _add(todo: Todo, file: File, task: Task) -> None:
    """Put a page among those to read next."""
    todo.waiting.append(replace(task, scan=file.scan) if isinstance(task.file, Address) else task)
    file.open += 1


def _keep(todo: Todo, file: File, task: Task, outcome: Outcome) -> None:
    """Write what was read into the ledger, and tell it."""
    if task.known:  # it was only drawn
        _relist(todo, file, task.file_number, task.known, outcome.trouble)
        return
    entry = outcome.entry
    if state_of(task.file) != file.state:
        why = f"{task.file}: the file changed while it was being read; run again when it is complete"
        entry = Entry(todo.blank(task, why), entry.seconds, lasting=False)
    listed = Listed(task.file_number, os.fspath(task.file), file.scan, task.page)
    ledger.keep(todo.connection, todo.run, listed, entry, outcome.pages)
    todo.tell(PageDone(entry.reading, todo.begun, len(todo.files), outcome.trouble, seconds=entry.seconds))


def _relist(todo: Todo, file: File, number: int, reading: PageReading, trouble: str = "") -> None:
    """List a page that the ledger has, and tell it."""
    listed = Listed(number, reading.file, file.scan, reading.page)
    ledger.relist(todo.connection, todo.run, listed, file.known[reading.page])
    todo.tell(PageDone(reading, todo.begun, len(todo.files), trouble, known=True))


def _why_lost(task: Task, lost: Lost, timeout: float | None) -> str:
    """What to say of a page whose worker was lost."""
    if lost.why == "timeout":
        return f"{task.file}: not read within {timeout:g} seconds; scan it again, or allow more with --timeout"
    if "MemoryError" in lost.said or "bad_alloc" in lost.said:
        return out_of_memory(task.file)
    return (
        f"{task.file}: the process that read this page ended before it was done ({lost.said}); "
        "save the scan anew, as PNG, or report it together with the scan"
    )


def _picture(todo: Todo, path: Path, page: int) -> Path | None:
    """Where the overlay of a page goes."""
    return overlay.place_below(todo.pictures.folder, todo.pictures.root, path, page) if todo.pictures else None
