"""A worker process from the inside: it takes tasks from its pipe until the other end is closed."""

import os
import pickle
import resource
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from reader.errors import ReaderError, WorkerError

WANTED = "reader.page_work"
"""What is loaded while the first task is not yet there."""


def main(channel: int, given: int, memory: int) -> None:
    """Work until there is nothing more to do, or nobody to do it for.

    Args:
        channel: file descriptor of the pipe.
        given: file descriptor of a file with the pickled function that makes the function that does a task.
        memory: bytes that this process may take.
    """
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]  # set by the administrator, and not to be exceeded
    least = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_DATA, (least, least))
    pipe: Connection[Any, Any] = Connection(channel)
    import_module(WANTED)
    try:
        task = pipe.recv()
        try:
            do = pickle.loads(os.pread(given, os.fstat(given).st_size, 0))()
        except ReaderError as error:
            pipe.send(("unfit", error))
            return
        except Exception:
            why = f"a process that reads pages cannot be started:\n{traceback.format_exc()}"
            pipe.send(("unfit", WorkerError(why)))
            return
        pipe.send(("ready", None))
        while True:
            pipe.send(("done", do(task)))
            task = pipe.recv()
    except (EOFError, ConnectionError):  # the other end is closed, or its process is gone
        return
