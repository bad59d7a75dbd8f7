"""Worker processes that one bad page cannot bring down with it.

Each worker is a process of its own at the end of its own pipe, so it is plain whose work is lost when one dies, and
nothing that it held is shared. A pool of the standard library is broken when a process of it dies
(concurrent.futures.process.BrokenProcessPool); that of pebble 5.2, whose workers share one pipe behind locks, is broken
when one dies that is idle, or that holds a lock.
"""

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any, Literal

from reader.crew import Crew, Worker, close, give, started, stop
from reader.errors import WorkerError

MOST_STARTS = 3
"""Workers, one after the other, that may die before they are ready."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that was not done: the worker died of it (`said` tells how), or it took longer than it may."""

    why: Literal["died", "timeout"]
    said: str = ""


def carry_out(
    crew: Crew, start: Callable[[], Callable[[Any], Any]], next_task: Callable[[], Any | None]
) -> Iterator[tuple[Any, Any]]:
    """Do tasks in worker processes.

    Args:
        crew: the workers; they are started as tasks come, and stopped at the end.
        start: makes the function that does a task; called once in each worker.
        next_task: gives the next task; None where there is none at present. It is asked again after each task that
            is done, until it gives none while no task is being done.

    Yields:
        Each task with what came of it, as they are done, or with `Lost`.

    Raises:
        WorkerError: workers cannot be started.
    """
    give(crew, start)
    try:
        yield from _rounds(crew, next_task)
    finally:
        close(crew)


def do_one(crew: Crew, task: Any) -> Any:
    """Do a single task, after `give`; the worker stays for the next one, until `close`.

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
            stop(crew, worker)
            yield task, Lost("timeout")


def _hand_out(crew: Crew, next_task: Callable[[], Any | None]) -> None:
    """Give every worker that has nothing to do a task, as long as there are any."""
    while True:
        idle = next((worker for worker in crew.workers if worker.task is None), None)
        if idle is None and len(crew.workers) >= crew.most:
            return
        task = next_task()
        if task is None:
            return
        worker = idle or started(crew)
        worker.task, worker.since = task, time.monotonic()
        with suppress(OSError):  # one that is dead is found out when it is listened to
            worker.channel.send(task)


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
    said = stop(crew, worker)
    if was_ready:
        yield task, Lost("died", said)
        return
    crew.deaths += 1
    if crew.deaths >= MOST_STARTS:
        raise WorkerError(f"processes that read pages cannot be started ({said}); try again with fewer --jobs")
    other = started(crew)
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
