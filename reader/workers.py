"""Worker processes that one bad page cannot bring down with it.

Each worker is a process of its own at the end of its own pipe, so it is plain whose work is lost when one dies, and
nothing that it held is shared. A pool of the standard library is broken when a process of it dies
(concurrent.futures.process.BrokenProcessPool); that of pebble 5.2, whose workers share one pipe behind locks, is broken
when one dies that is idle, or that holds a lock. Workers are started as programs, not forked, so that a script without
`if __name__ == "__main__"` can use them, and threads of the caller do no harm.
"""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import IO, Any, Literal

from reader.errors import WorkerError

MEMORY = 2 << 30
"""Bytes of memory that a worker may take, as Linux counts it for RLIMIT_DATA: what it writes to, not the libraries."""
MOST_STARTS = 3
"""Workers, one after the other, that may die before they are ready."""
PROGRAM = "import sys; sys.path[:] = {path!r}; from reader.worker import main; main({channel}, {given}, {memory})"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What keeps NumPy to one thread: pages are shared out to processes."""
LAST_WORDS = 4000
"""Bytes of a dead worker's standard error that are looked at."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that was not done: the worker died of it (`said` tells how), or it took longer than it may."""

    why: Literal["died", "timeout"]
    said: str = ""


@dataclass(slots=True)
class Worker:
    """A process, and what it is at.

    Attributes:
        process: the process; its standard error goes to `errors`.
        channel: tasks to it, answers from it.
        errors: what it said on standard error.
        ready: whether it is done with starting.
        task: what it is at, None where it is idle.
        since: when it began with that.
    """

    process: subprocess.Popen[bytes]
    channel: "connection.Connection[Any, Any]"
    errors: IO[bytes]
    ready: bool = False
    task: Any = None
    since: float = 0.0


@dataclass(slots=True)
class Crew:
    """The workers of one job.

    Attributes:
        start: makes the function that does a task; called once in each worker.
        most: workers at once.
        timeout: seconds that a task may take; None for as long as it likes.
        memory: bytes that each may take.
        workers: those that live.
        deaths: workers that died before they were ready, without one that was between.
        given: `start`, pickled into a file without a name.
    """

    start: Callable[[], Callable[[Any], Any]]
    most: int
    timeout: float | None = None
    memory: int = MEMORY
    workers: list[Worker] = field(default_factory=list)
    deaths: int = 0
    given: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def __post_init__(self) -> None:
        if self.most < 1 or (self.timeout is not None and self.timeout <= 0):
            raise ValueError(f"no work is done by {self.most} workers in {self.timeout} seconds")
        pickle.dump(self.start, self.given)
        self.given.flush()


def carry_out(crew: Crew, next_task: Callable[[], Any | None]) -> Iterator[tuple[Any, Any]]:
    """Do tasks in worker processes.

    Args:
        crew: the workers; they are started as tasks come, and stopped at the end.
        next_task: gives the next task; None where there is none at present. It is asked again after each task that
            is done, until it gives none while no task is being done.

    Yields:
        Each task with what came of it, as they are done, or with `Lost`.

    Raises:
        WorkerError: workers cannot be started.
    """
    try:
        yield from _rounds(crew, next_task)
    finally:
        close(crew)


def do_one(crew: Crew, task: Any) -> Any:
    """Do a single task; the worker stays for the next one, until `close`.

    Raises:
        WorkerError: no worker can be started.
    """
    left = [task]
    ((_, answer),) = _rounds(crew, lambda: left.pop() if left else None)
    return answer


def _rounds(crew: Crew, next_task: Callable[[], Any | None]) -> Iterator[tuple[Any, Any]]:
    """Hand out tasks and collect what comes of them, until there are no more."""
    while True:
        _hand_out(crew, next_task)
        busy = [worker for worker in crew.workers if worker.task is not None]
        if not busy:
            return
        for worker in _heard(busy, _patience(crew, busy)):
            yield from _answer(crew, worker)
        for worker in _overdue(crew, busy):
            task = worker.task
            _stop(crew, worker)
            yield task, Lost("timeout")


def close(crew: Crew) -> None:
    """Stop all workers at once, whatever they are at."""
    for worker in list(crew.workers):
        _stop(crew, worker)
    crew.given.close()


def _hand_out(crew: Crew, next_task: Callable[[], Any | None]) -> None:
    """Give every worker that has nothing to do a task, as long as there are any."""
    while True:
        idle = next((worker for worker in crew.workers if worker.task is None), None)
        if idle is None and len(crew.workers) >= crew.most:
            return
        task = next_task()
        if task is None:
            return
        worker = idle or _started(crew)
        worker.task, worker.since = task, time.monotonic()
        with suppress(OSError):  # one that is dead is found out when it is listened to
            worker.channel.send(task)


def _started(crew: Crew) -> Worker:
    """A new worker.

    Raises:
        WorkerError: the system does not start one.
    """
    ours, theirs = connection.Pipe()
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
    given = crew.given.fileno()
    program = PROGRAM.format(path=sys.path, channel=theirs.fileno(), given=given, memory=crew.memory)
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **ONE_THREAD},
            pass_fds=(theirs.fileno(), given),
            process_group=0,  # a Ctrl-C is the parent's business
        )
    except OSError as error:
        raise WorkerError(f"no process can be started to read pages ({error}); try again with fewer --jobs") from error
    finally:
        theirs.close()
    worker = Worker(process, ours, errors)
    crew.workers.append(worker)
    return worker


def _patience(crew: Crew, busy: list[Worker]) -> float | None:
    """Seconds until the first of the workers is overdue; None where none ever is."""
    if crew.timeout is None:
        return None
    ends = [worker.since + crew.timeout for worker in busy if worker.ready]
    return max(0.0, min(ends) - time.monotonic()) if ends else None


def _heard(busy: list[Worker], patience: float | None) -> list[Worker]:
    """The workers that have something to say, or are dead."""
    heard = connection.wait([worker.channel for worker in busy], patience)
    return [worker for worker in busy if worker.channel in heard]


def _answer(crew: Crew, worker: Worker) -> Iterator[tuple[Any, Any]]:
    """What a worker says: that it is ready, or what came of its task; or that it is dead.

    Raises:
        WorkerError: it could not be made ready.
    """
    task = worker.task
    try:
        kind, answer = worker.channel.recv()
    except (EOFError, OSError, pickle.UnpicklingError):
        yield from _found_dead(crew, worker)
        return
    if kind == "unfit":
        raise answer
    if kind == "ready":
        worker.ready, worker.since, crew.deaths = True, time.monotonic(), 0
        return
    worker.task = None
    yield task, answer


def _found_dead(crew: Crew, worker: Worker) -> Iterator[tuple[Any, Any]]:
    """A worker that died: its task is lost if it was at it, and left to another one if it had not yet begun.

    Raises:
        WorkerError: one after the other dies before it begins.
    """
    task, was_ready = worker.task, worker.ready
    said = _stop(crew, worker)
    if was_ready:
        yield task, Lost("died", said)
        return
    crew.deaths += 1
    if crew.deaths >= MOST_STARTS:
        raise WorkerError(f"processes that read pages cannot be started ({said}); try again with fewer --jobs")
    other = _started(crew)
    other.task, other.since = task, time.monotonic()
    with suppress(OSError):
        other.channel.send(task)


def _overdue(crew: Crew, busy: list[Worker]) -> list[Worker]:
    """The workers that are at their task for too long."""
    if crew.timeout is None:
        return []
    now = time.monotonic()
    living = [worker for worker in busy if worker in crew.workers and worker.ready and worker.task is not None]
    return [worker for worker in living if now - worker.since >= crew.timeout]


def _stop(crew: Crew, worker: Worker) -> str:
    """End a worker that is idle, dead or stuck; how it ended, and the last that it said."""
    crew.workers.remove(worker)
    worker.process.kill()  # one that is dying by itself keeps the exit code that it has
    code = worker.process.wait()
    worker.channel.close()
    with worker.errors as errors:
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - LAST_WORDS))
        last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
    how = signal.strsignal(-code) if code < 0 else f"exit code {code}"
    return ": ".join([str(how), *last])
