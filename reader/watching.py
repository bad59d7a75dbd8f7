"""A folder that scans are dropped into -> a table that is kept up to date, until it is stopped.

The folder is looked at now and then; no program is told by the system of what changes, because it is not told of what
happens on a network drive, where scanners mostly write.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reader.batch import Batch, Job, read_batch
from reader.digits import classifier as classifiers
from reader.errors import UsageError
from reader.pages.addresses import Address, located
from reader.pages.files import is_folder, state
from reader.pages.scan import find_scans
from reader.preparing import files_of, sheets_of
from reader.todo import Hashes, PageDone

State = tuple[int, int]
LOOK_EVERY = 1.0
"""Seconds between two looks."""
MOST_LOOKING = 0.1
"""Part of the time that is spent on looking, however many files there are."""
QUIET = 3.0
"""Seconds that a file must not have changed to be complete. A scanner that is slower between two pages is read too
early, which costs time and nothing else: a file that has changed is read anew."""
QUIET_EMPTY = 60.0
"""The same of a file of 0 bytes: many programs make one first and write later."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a file looked like: its size and the time of its last change, and since when it looks so, in seconds."""

    state: State
    since: float


def looked(paths: Iterable[Path], before: Mapping[Path, Sighting], now: float) -> dict[Path, Sighting]:
    """The files that are there, in their order, and since when they are as they are.

    Args:
        paths: what the folder holds now.
        before: what this function gave at the last look.
        now: seconds, from any point in time on.
    """
    seen = {}
    for path in paths:
        there = state(path)
        if there is not None:
            last = before.get(path)
            seen[path] = last if last and last.state == there else Sighting(there, now)
    return seen


def settled(seen: Mapping[Path, Sighting], now: float, quiet: float = QUIET) -> dict[Path, State]:
    """The files that are complete: those that have not changed for `quiet` seconds; longer where they are empty."""
    empty = max(quiet, QUIET_EMPTY)
    return {
        path: sighting.state
        for path, sighting in seen.items()
        if now - sighting.since >= (quiet if sighting.state[0] else empty)
    }


def watch(
    job: Job,
    on_page: Callable[[PageDone], None] = lambda _: None,
    on_stop: Callable[[], None] = lambda: None,
    on_table: Callable[[Batch], None] = lambda _: None,
    quiet: float = QUIET,
) -> Batch | None:
    """Read what is in the folders of a job, and all that comes, until Ctrl-C; the table is written after each round.

    It is the table that `read_batch` gives of the same folders, of the files that are complete.

    Args:
        job: its `scans` are the folders to watch. It has an output: its ledger knows what was read before.
        on_page: is told each page that is read, not those that are known.
        on_stop: is called when a Ctrl-C finishes the pages that are in work.
        on_table: is told each round.
        quiet: seconds that a file must not have changed to be complete.

    Returns:
        The last round; None where nothing came.

    Raises:
        FormError, FitError, ModelError, UsageError, LedgerError, WorkerError: as `read_batch` does.
    """
    _check(job)
    batch: Batch | None = None
    hashes: Hashes = {}
    for ready in _rounds(job, quiet):
        now = replace(job, scans=list(ready), rerun=job.rerun and batch is None)
        batch = read_batch(now, lambda page: None if page.known else on_page(page), on_stop, hashes=hashes)
        on_table(batch)
        if batch.interrupted:
            break
    return batch


def _rounds(job: Job, quiet: float) -> Iterator[dict[Path, State]]:
    """The complete files, each time that they are others than before; until Ctrl-C."""
    seen: dict[Path, Sighting] = {}
    done: dict[Path, State] = {}
    while True:
        try:
            start = time.monotonic()
            seen = looked(_there(job), seen, start)
            ready = settled(seen, start, quiet)
            if not ready or ready == done:
                time.sleep(max(LOOK_EVERY, (time.monotonic() - start) / MOST_LOOKING))
                continue
        except KeyboardInterrupt:
            return
        done = ready
        yield ready


def _check(job: Job) -> None:
    """Say now, and not when the first scan comes, what is wrong with a job.

    Raises:
        FormError, FitError, ModelError, UsageError: something is.
    """
    for folder in map(located, job.scans):
        if isinstance(folder, Address) or not is_folder(folder):
            raise UsageError(f"{folder}: there is no such folder here to watch; create it, or name another one")
    sheets_of(job.form)
    classifiers.load(job.model, job.max_error)
    files_of(job.scans, job.overlays, job.output)


def _there(job: Job) -> list[Path]:
    """The scans in the folders of a job, without the pictures that it draws itself."""
    drawn = os.path.realpath(job.overlays) if job.overlays else None
    found = [path for path in find_scans([located(each) for each in job.scans]) if not is_folder(path)]
    if drawn is None:
        return found
    return [path for path in found if not os.path.realpath(path).startswith(drawn + os.sep)]
