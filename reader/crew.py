"""The worker processes of a job: started as programs, each at the end of a pipe of its own, and stopped.

Programs and not forks, so that a script without `if __name__ == "__main__"` can use them, and threads of the caller do
no harm.
"""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import IO, Any

from reader.errors import WorkerError

MEMORY = 2 << 30
"""Bytes of memory that a worker may take, as Linux counts it for RLIMIT_DATA: what it writes to, not the libraries."""
PROGRAM = "import sys; sys.path[:] = {path!r}; from reader.worker import main; main({channel}, {given}, {memory})"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What keeps NumPy to one thread: pages are shared out to processes."""
LAST_WORDS = 4000
"""Bytes of a dead worker's standard error that are looked at."""


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
        most: workers at once.
        timeout: seconds that a task may take; None for as long as it likes.
        memory: bytes that each may take.
        workers: those that live.
        deaths: workers that died before they were ready, without one that was between.
        given: a file without a name; `give` writes into it what workers start with.
    """

    most: int
    timeout: float | None = None
    memory: int = MEMORY
    workers: list[Worker] = field(default_factory=list)
    deaths: int = 0
    given: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def __post_init__(self) -> None:
        if self.most < 1 or (self.timeout is not None and self.timeout <= 0):
            raise ValueError(f"no work is done by {self.most} workers in {self.timeout} seconds")


@contextmanager
def at_hand(most: int, timeout: float | None) -> Iterator[Crew]:
    """A crew whose first worker is started before there is a task, so that it loads libraries while the caller does.

    Raises:
        WorkerError: the system starts none.
    """
    crew = Crew(most, timeout)
    try:
        started(crew)
        yield crew
    finally:
        close(crew)


def give(crew: Crew, start: Callable[[], Callable[[Any], Any]]) -> None:
    """Say what workers start with, before there is a task: what makes the function that does one, called in each.

    Raises:
        WorkerError: there is no room for it.
    """
    try:
        pickle.dump(start, crew.given)
        crew.given.flush()
    except OSError as error:
        raise WorkerError(
            f"{tempfile.gettempdir()}: no temporary file can be written ({error.strerror or error}); "
            "make room, or name another folder with: export TMPDIR=/folder/with/room"
        ) from error


def close(crew: Crew) -> None:
    """Stop all workers at once, whatever they are at."""
    for worker in list(crew.workers):
        stop(crew, worker)
    crew.given.close()


def started(crew: Crew) -> Worker:
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


def stop(crew: Crew, worker: Worker) -> str:
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
