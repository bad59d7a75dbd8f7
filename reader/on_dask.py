"""Pages read on a Dask cluster, with the same worker processes and the same rules for failures as on one machine.

Each thread of a Dask worker keeps one of our own worker processes and hands it page after page, so that a page that
crashes or hangs costs itself and not the Dask worker. Where a whole machine is lost, Dask gives its pages to another.
The scans have to be at the same paths on all machines, or at addresses that all of them reach; a model given by
`--model` has to be at the same path.
"""

import logging
import pickle
import threading
import uuid
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

from reader.crew import Crew, close, give
from reader.errors import ReaderError, WorkerError
from reader.results import keys
from reader.workers import Lost, do_one

AHEAD = 2
"""Pages on their way for each thread, so that none waits for the next."""
PATIENCE = 30
"""Seconds to wait for the cluster, and for its first worker."""

_crews: dict[tuple[str, int], Crew] = {}
"""In a Dask worker: the worker process of each job and thread."""


def carry_out(
    start: Callable[[], Callable[[Any], Any]],
    next_task: Callable[[], Any | None],
    address: str,
    timeout: float | None,
) -> Iterator[tuple[Any, Any]]:
    """Do tasks on a cluster, as `reader.workers.carry_out` does them here.

    Args:
        start: makes the function that does a task; called in the worker processes.
        next_task: gives the next task, None where there is none at present.
        address: of Dask's scheduler, such as tcp://10.0.0.5:8786.
        timeout: seconds that a task may take.

    Raises:
        WorkerError: Dask is not installed, the cluster cannot be reached or has other code.
    """
    client = _connected(address)
    job = uuid.uuid4().hex
    try:
        given = pickle.dumps(start)  # with each task: what is scattered is lost with the workers that have it
        yield from _rounds(client, next_task, job, (given, timeout))
    finally:
        client.run(_close, job)
        client.close()


def _connected(address: str) -> Any:
    """The cluster, once it has a worker."""
    try:
        import distributed
    except ImportError as error:
        raise WorkerError("--dask needs Dask; install it with: pip install 'digit-reader[cluster]'") from error
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(f"{address}: there is no Dask scheduler ({error}); start one with: dask scheduler") from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        client.close()
        raise WorkerError(f"{address}: the cluster has no workers; start some with: dask worker {address}") from error
    return client


def _rounds(
    client: Any, next_task: Callable[[], Any | None], job: str, given: tuple[Any, float | None]
) -> Iterator[tuple[Any, Any]]:
    """Hand out tasks, a few more than there are threads, and collect what comes of them."""
    program, on_way, done = keys.of_program(), dict[Any, Any](), SimpleQueue[Any]()
    while True:
        most = AHEAD * max(1, sum(client.nthreads().values()))
        while len(on_way) < most and (task := next_task()) is not None:
            future = client.submit(_do, job, *given, program, task, pure=False)
            on_way[future] = task
            future.add_done_callback(done.put)
        if not on_way:
            return
        future = done.get()
        yield on_way.pop(future), _answer(future)


def _answer(future: Any) -> Any:
    """What came of a task; `Lost` where the machines that had it went away one after the other.

    Raises:
        ReaderError: nothing can be read on this cluster.
    """
    error = future.exception() if future.status == "error" else None
    if isinstance(error, ReaderError):
        raise error
    if future.status == "finished":
        return future.result()
    return Lost("died", str(error or future.status).splitlines()[0])


def _do(job: str, given: bytes, timeout: float | None, program: str, task: Any) -> Any:
    """In a Dask worker: hand a task to this thread's worker process."""
    if keys.of_program() != program:
        raise WorkerError(
            "a Dask worker runs another version of digit-reader or of what it needs; install the same one"
        )
    place = job, threading.get_ident()
    if place not in _crews:
        _crews[place] = Crew(1, timeout)
        give(_crews[place], pickle.loads(given))
    return do_one(_crews[place], task)


def _close(job: str) -> None:
    """In a Dask worker: end the worker processes of a job."""
    for place in [place for place in _crews if place[0] == job]:
        close(_crews.pop(place))
