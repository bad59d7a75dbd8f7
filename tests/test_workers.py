import os
import signal
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from reader.crew import Crew
from reader.errors import ModelError, WorkerError
from reader.workers import Lost, carry_out

Job = tuple[str, float]
Start = Callable[[], Callable[[Job], object]]


def at_work(tag: str = "") -> Callable[[tuple[str, float]], object]:
    """What the workers of these tests do: what the task says."""

    def do(task: tuple[str, float]) -> object:
        what, number = task
        if what == "exit":
            os._exit(int(number))
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "sleep":
            time.sleep(number)
        if what == "take":
            return len(np.ones(int(number), np.uint8))
        if what == "pid":
            return os.getpid()
        return f"{tag}{number}"

    return do


def unfit() -> Callable[[object], object]:
    raise ModelError("no such model")


def broken() -> Callable[[object], object]:
    raise ZeroDivisionError("by nought")


def dead() -> Callable[[object], object]:
    os._exit(3)


def done(
    crew: Crew, start: Callable[[], Callable[[object], object]], tasks: list[tuple[str, float]]
) -> dict[tuple[str, float], object]:
    left = deque(tasks)
    return dict(carry_out(crew, start, lambda: left.popleft() if left else None))


def test_tasks_are_shared_out_and_each_is_done_once() -> None:
    tasks = [("say", float(n)) for n in range(30)]
    assert done(Crew(2), partial(at_work, "n"), tasks) == {task: f"n{task[1]}" for task in tasks}


@pytest.mark.parametrize(("what", "number", "said"), [("exit", 7, "exit code 7"), ("kill", 0, "Killed")])
def test_a_worker_that_dies_costs_its_task_and_no_other(what: str, number: float, said: str) -> None:
    tasks = [("say", 1.0), (what, number), *(("say", float(n)) for n in range(2, 9))]
    came = done(Crew(2), at_work, tasks)
    assert came.pop((what, number)) == Lost("died", said)
    assert came == {task: str(task[1]) for task in tasks if task[0] == "say"}


def test_a_task_that_takes_too_long_is_lost_and_no_other() -> None:
    start = time.monotonic()
    came = done(Crew(1, timeout=0.3), at_work, [("say", 1.0), ("sleep", 60.0), ("say", 2.0)])
    assert came == {("say", 1.0): "1.0", ("sleep", 60.0): Lost("timeout"), ("say", 2.0): "2.0"}
    assert time.monotonic() - start < 20


def test_memory_is_bounded() -> None:
    came = done(Crew(1, memory=300 << 20), at_work, [("take", 100e6), ("take", 400e6), ("say", 1.0)])
    assert came[("take", 100e6)] == 100_000_000
    assert isinstance(came[("take", 400e6)], Lost)
    assert "MemoryError" in came[("take", 400e6)].said
    assert came[("say", 1.0)] == "1.0"


def test_what_keeps_workers_from_starting_is_said() -> None:
    with pytest.raises(ModelError, match="no such model"):
        done(Crew(1), unfit, [("say", 1.0)])
    with pytest.raises(WorkerError, match="ZeroDivisionError: by nought"):
        done(Crew(1), broken, [("say", 1.0)])
    with pytest.raises(WorkerError, match="exit code 3"):
        done(Crew(1), dead, [("say", 1.0)])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_folder_for_temporary_files_is_said() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(WorkerError, match=r"No space left.*TMPDIR"):
        done(Crew(1, given=full), at_work, [("say", 1.0)])


def test_no_worker_outlives_its_job() -> None:
    crew = Crew(2)
    tasks = deque([("pid", 1.0), ("pid", 2.0), ("sleep", 60.0)])
    work = carry_out(crew, at_work, lambda: tasks.popleft() if tasks else None)
    pids = {next(work)[1], next(work)[1]}
    work.close()  # while one sleeps
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_tasks_may_come_out_of_tasks() -> None:
    left = deque([("say", 1.0)])
    came = []
    for task, answer in carry_out(Crew(2), at_work, lambda: left.popleft() if left else None):
        came.append(answer)
        if task[1] < 4:
            left.append(("say", task[1] + 1))
    assert came == ["1.0", "2.0", "3.0", "4.0"]


@pytest.mark.parametrize(("most", "timeout"), [(0, None), (1, 0)])
def test_a_crew_that_can_do_nothing_is_refused(most: int, timeout: float | None) -> None:
    with pytest.raises(ValueError, match="no work"):
        Crew(most, timeout)
