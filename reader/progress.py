"""How the work goes, told on standard error and in a log: a bar on a terminal, else plain lines now and then."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from reader.errors import UsageError
from reader.summary import printable
from reader.todo import PageDone

EVERY = 20.0
"""Seconds between plain lines."""
LATEST = 0.9
"""Weight of what was before in the mean of the time between two pages, from which the time left is told."""


@dataclass(slots=True)
class Tally:
    """What was done so far.

    Attributes:
        clock: seconds, from any point in time on.
        began: when.
        last: when the last page was read, that is, not known before.
        pages: read, refused or failed, now or before.
        review: pages with something that a person should look at.
        refused: pages.
        failed: pages.
        read: pages that were read now, whatever came of it.
        pace: seconds between two of them, lately.
        file: files begun.
        files: files in all.
    """

    clock: Callable[[], float] = time.monotonic
    began: float = 0.0
    last: float = 0.0
    pages: int = 0
    review: int = 0
    refused: int = 0
    failed: int = 0
    read: int = 0
    pace: float = 0.0
    file: int = 0
    files: int = 0

    def __post_init__(self) -> None:
        self.began = self.last = self.clock()

    def add(self, done: PageDone) -> None:
        """Count a page."""
        self.file, self.files = done.file, done.files
        self.pages += 1
        self.review += needs_review(done)
        self.refused += done.reading.status == "refused"
        self.failed += done.reading.status == "failed"
        if done.known:
            return
        now = self.clock()
        weight = min(LATEST, self.read / (self.read + 1))
        self.pace = weight * self.pace + (1 - weight) * (now - self.last)
        self.read, self.last = self.read + 1, now

    def __str__(self) -> str:
        """All of it in a line, without the files."""
        speed = f"{1 / self.pace:.1f} pages/s, {_duration(self.left)} left" if self.pace else "all known so far"
        return f"{self.pages} pages, {speed}, {self.review} to review, {self.refused} refused, {self.failed} failed"

    @property
    def left(self) -> float:
        """Seconds that the rest will take, as far as can be told: files may have many pages."""
        each = self.pages / max(1, self.file)
        return (self.files - self.file) * each * self.pace


def needs_review(done: PageDone) -> bool:
    """Whether a page has something that a person should look at."""
    return any(each.status in ("review", "rejected") for each in done.reading.fields)


@dataclass(slots=True)
class Telling:
    """Where the work is told.

    Attributes:
        console: standard error; None where nothing is told there.
        bar: on a terminal.
        log: a stream for JSON lines; None writes none, or none any more.
        tally: what was done.
        said: when the last plain line was written.
    """

    console: Console | None
    bar: Progress
    log: IO[str] | None = None
    tally: Tally = field(default_factory=Tally)
    said: float = 0.0

    def page(self, done: PageDone) -> None:
        """Tell that a page is done."""
        self.tally.add(done)
        self.note("page", **_of_page(done))
        self.bar.update(self.bar.task_ids[0], completed=done.file, total=done.files, description=str(self.tally))
        if self.console is None:
            return
        if done.reading.status != "read":
            self.console.print(f"{done.reading.status}: {printable(_placed(done))}")
        if done.trouble:
            self.console.print(done.trouble.rstrip())
        now = self.tally.clock()
        if self.bar.disable and now - max(self.said, self.tally.began) >= EVERY:
            self.said = now
            self.console.print(f"{done.file} of {done.files} files: {self.tally}")

    def stopping(self) -> None:
        """Tell that no further page is begun."""
        self.note("stopping")
        if self.console:
            self.console.print("stopping: the pages in work are finished; press Ctrl-C again to stop at once")

    def note(self, event: str, **what: Any) -> None:
        """Write a line into the log."""
        if self.log:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            try:
                self.log.write(json.dumps({"at": at, "event": event, **what}) + "\n")
                self.log.flush()
            except OSError as error:
                self._end_log(error)

    def _end_log(self, error: OSError) -> None:
        """Go on without a log that cannot be written any more, as on a full disk: the pages are worth more."""
        if self.log:
            with suppress(OSError):  # of what is left in it
                self.log.close()
        self.log = None
        if self.console:
            why = f"{error.strerror or error}"
            self.console.print(f"log: cannot be written ({why}); all is read without it, make room for the next time")


@contextmanager
def telling(quiet: bool = False, log: Path | None = None) -> Iterator[Telling]:
    """What tells how the work goes, while it goes.

    Args:
        quiet: tell nothing on standard error.
        log: a file that gets a JSON object a line: `at`, `event` (begin, page, stopping, end) and what belongs to it;
            one that is there is continued.

    Raises:
        UsageError: the log cannot be written.
    """
    console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    columns = (BarColumn(30), TextColumn("{task.completed}/{task.total} files, {task.description}", markup=False))
    bar = Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)
    with ExitStack() as stack:
        stream = None
        if log:
            try:
                stream = stack.enter_context(log.open("a", encoding="utf-8"))
            except OSError as error:
                raise UsageError(f"{log}: the log cannot be written ({error.strerror}); name another file") from error
        stack.enter_context(bar)
        bar.add_task("", total=None)
        yield Telling(None if quiet else console, bar, stream)


def _of_page(done: PageDone) -> dict[str, Any]:
    """What the log says of a page."""
    reading = done.reading
    said = {"file": reading.file, "page": reading.page, "form": reading.form, "status": reading.status}
    review = [each.name for each in reading.fields if each.status in ("review", "rejected")]
    rest = {"fields": len(reading.fields), "review": review, "fit": reading.fit, "seconds": round(done.seconds, 3)}
    return {**said, "reason": reading.reason, **rest, "known": done.known, "trouble": done.trouble}


def _placed(done: PageDone) -> str:
    """A reason with its file and page in front, unless it names the file itself."""
    file, page, reason = done.reading.file, done.reading.page, done.reading.reason
    named = reason if reason.startswith(file) else f"{file}: {reason}"
    return named if page == 1 else f"{named} (page {page})"


def _duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
