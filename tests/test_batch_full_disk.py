"""Runs on a disk that is full: what is there stays whole, the message says what to do, and the next run gets there."""

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reader.batch import Job, read_batch
from reader.errors import ReaderError
from reader.results import ledger
from tests.command_line import run
from tests.stand_ins import MISFIT, draw, put_in
from tests.test_batch_killed import ROOT


def scans(folder: Path, count: int) -> list[Path]:
    return [draw(folder / f"{number}.png", MISFIT if number % 7 == 3 else 200 + number) for number in range(count)]


def with_room(most: int) -> None:
    """No file of this process may grow beyond so many bytes from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def message_of(work: Callable[[], object]) -> str:
    """What a process of its own that does some work says that it fails with; empty where it does not fail."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        said = ""
        try:
            work()
        except ReaderError as error:
            said = str(error)
        except BaseException as error:
            said = f"bug: {error!r}"
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as stream:
        said = stream.read()
    assert os.waitpid(child, 0)[1] == 0
    return said


@pytest.mark.parametrize("before", [0, 4])
def test_a_full_disk_loses_nothing(before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    files = scans(tmp_path / "scans", 25)
    undisturbed = tmp_path / "whole" / "results.csv"
    undisturbed.parent.mkdir()
    read_batch(Job(files, undisturbed))
    tell, full = random.Random(before), 0
    for night in range(10):
        output = tmp_path / f"{night}" / "results.csv"
        output.parent.mkdir()
        if before:
            read_batch(Job(files[:before], output))
        old = output.read_bytes() if before else None
        room = tell.randrange(400_000)
        said = message_of(lambda room=room, output=output: (with_room(room), read_batch(Job(files, output))))
        if said:
            full += 1
            assert said.startswith(f"{output.with_suffix('.sqlite')}: cannot be used")
            assert "make room and run again" in said
            assert (output.read_bytes() if output.exists() else None) == old
        read_batch(Job(files, output))
        assert output.read_bytes() == undisturbed.read_bytes()
        assert sorted(path.name for path in output.parent.iterdir()) == ["results.csv", "results.sqlite"]
    assert full > 3


@pytest.mark.parametrize("before", [0, 4])
def test_a_disk_that_is_full_when_the_table_is_written_leaves_the_old_one(
    before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch)
    files, output = scans(tmp_path / "scans", 25), tmp_path / "out" / "results.csv"
    output.parent.mkdir()
    if before:
        read_batch(Job(files[:before], output))
    old = output.read_bytes() if before else None
    finish = ledger.finish
    for room in (0, 1, 700):
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "finish", lambda *run, room=room: (finish(*run), with_room(room)))
            said = message_of(lambda: read_batch(Job(files, output)))
        assert said.startswith(f"{output}: cannot be written")
        assert "make room" in said
        assert (output.read_bytes() if output.exists() else None) == old
        assert not list(output.parent.glob(".digit-reader*"))
    read_batch(Job(files, output))
    assert output.read_bytes().count(b"\n") == 26


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_log_that_cannot_be_written_costs_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    files = scans(tmp_path, 3)
    code, _, err = run("read", *files, "--output", tmp_path / "out.csv", "--log", "/dev/full", "--jobs", "1")
    assert code == 0
    assert err.count("log: cannot be written (No space left on device)") == 1
    assert (tmp_path / "out.csv").read_bytes().count(b"\n") == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_table_that_standard_output_does_not_take_is_said(tmp_path: Path) -> None:
    (scan,) = scans(tmp_path, 1)
    program = [sys.executable, "-m", "tests.stand_in_program", "0"]
    reading = [*program, "read", str(scan), "--jobs", "1", "--output"]
    subprocess.run([*reading, str(tmp_path / "out.csv")], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    for command in ([*reading, "-"], [*program, "export", str(tmp_path / "out.sqlite"), "--output", "-"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2
        assert done.stderr.decode().startswith("digit-reader: standard output: cannot be written (No space left")
        assert done.stderr.count(b"\n") == 1
