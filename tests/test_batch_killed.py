"""Runs that are broken off: by Ctrl-C, by `kill`, by `kill -9` at any moment."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from reader import page_work
from reader.batch import Job, read_batch
from reader.pages.scan import Scan
from reader.results.reading import PageReading
from tests.stand_ins import MISFIT, SLOW, draw, put_in, stand_in
from tests.test_batch import rows_of

ROOT = Path(__file__).parent.parent
KILLS = 100


def start(scans: list[Path], output: Path, jobs: int = 1, seconds: float = 0.0) -> "subprocess.Popen[bytes]":
    """The program in a process of its own, reading by gray levels."""
    arguments = [str(seconds), "read", *map(str, scans), "--output", str(output), "--jobs", str(jobs)]
    program = [sys.executable, "-m", "tests.stand_in_program", *arguments]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def pages_in(place: Path) -> int:
    """How many pages a ledger has; none where it is not yet one."""
    try:
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM page").fetchone()[0])
    except sqlite3.Error:
        return 0


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.01)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_is_gone_on_with(kind: signal.Signals, tmp_path: Path) -> None:
    scans = [draw(tmp_path / f"{n}.png", 200 + n) for n in range(30)]
    output = tmp_path / "results.csv"
    process = start(scans, output, seconds=0.1)
    wait_for(lambda: pages_in(tmp_path / "results.sqlite") > 3)
    process.send_signal(kind)
    _, said = process.communicate(timeout=30)
    done = pages_in(tmp_path / "results.sqlite")
    assert 3 < done < 30
    if kind == signal.SIGINT:
        assert process.returncode == 130
        assert b"Ctrl-C again" in said
        assert b"interrupted" in said
        assert len(rows_of(output)) == done
    assert start(scans, output).wait(60) == 0
    assert [row["file"] for row in rows_of(output)] == [str(scan) for scan in scans]


def test_a_second_ctrl_c_stops_at_once_and_loses_no_finished_page(tmp_path: Path) -> None:
    scans = [draw(tmp_path / "1.png", 201), draw(tmp_path / "2.png", 202), draw(tmp_path / "3.png", SLOW)]
    output = tmp_path / "results.csv"
    process = start(scans, output, jobs=1)
    wait_for(lambda: pages_in(tmp_path / "results.sqlite") == 2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None, "the page in work is being finished"
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - begin < 5
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert pages_in(tmp_path / "results.sqlite") == 2
    assert not output.exists()


def run_and_kill(job: Job, after: float) -> bool:
    """Do a job in a process of its own, killed by signal 9 after so many seconds; whether it was done before that."""
    child = os.fork()
    if not child:
        try:
            read_batch(job)
            os._exit(0)
        except BaseException:
            os._exit(1)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL)
    return status == 0


def test_kill_9_at_any_moment_changes_nothing_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    for n in range(40):
        draw(tmp_path / "scans" / f"{n}.png", MISFIT if n % 7 == 3 else 200 + n)
    tell = random.Random(1)

    def read(scan: Scan, *arguments: object) -> PageReading:
        time.sleep(0.002)
        return stand_in(scan, *arguments)

    monkeypatch.setattr(page_work, "read_page", read)
    read_batch(Job([tmp_path / "scans"]))  # what is done once for a process is done, and not counted
    (tmp_path / "undisturbed").mkdir()
    undisturbed = tmp_path / "undisturbed" / "results.csv"
    begin = time.monotonic()
    read_batch(Job([tmp_path / "scans"], undisturbed))
    whole = time.monotonic() - begin
    night, finished, kills = 0, 0, 0
    output = tmp_path / f"{night}" / "results.csv"
    output.parent.mkdir()
    while kills < KILLS:
        if run_and_kill(Job([tmp_path / "scans"], output), tell.uniform(0, 0.7 * whole)):
            assert output.read_bytes() == undisturbed.read_bytes()
            assert sorted(path.name for path in output.parent.iterdir()) == ["results.csv", "results.sqlite"]
            night, finished = night + 1, finished + 1
            output = tmp_path / f"{night}" / "results.csv"
            output.parent.mkdir()
        else:
            kills += 1
    read_batch(Job([tmp_path / "scans"], output))
    assert output.read_bytes() == undisturbed.read_bytes()
    assert finished, "every run was killed before its end: nothing was compared but the last"


def test_kill_9_of_the_program_with_workers_leaves_none_of_them_behind(tmp_path: Path) -> None:
    scans = [draw(tmp_path / f"{n}.png", 200 + n) for n in range(20)]
    output, ledger = tmp_path / "results.csv", tmp_path / "results.sqlite"
    for pages in (1, 6, 12):
        process = start(scans, output, jobs=2, seconds=0.1)
        wait_for(lambda pages=pages: pages_in(ledger) >= pages)
        workers = children(process.pid)
        assert workers
        process.kill()
        process.communicate()
        wait_for(lambda workers=workers: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert start(scans, output).wait(60) == 0
    files = [row["file"] for row in rows_of(output)]
    assert files == [str(scan) for scan in scans]


def children(process: int) -> list[str]:
    """The processes that a process started."""
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()
