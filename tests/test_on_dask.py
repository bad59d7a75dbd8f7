"""A cluster on this machine: a scheduler and two workers, one of which is killed in the middle."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.batch import Job, read_batch
from reader.errors import WorkerError
from reader.pages import addresses
from reader.todo import PageDone
from tests import stores
from tests.stand_ins import DIES, MISFIT, SLOW, draw, put_in

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator["distributed.LocalCluster"]:
    put_in(monkeypatch)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as local:
        yield local


def test_a_cluster_that_loses_a_worker_gives_the_table_of_one_process(
    cluster: "distributed.LocalCluster", tmp_path: Path
) -> None:
    for n in range(24):
        draw(tmp_path / "scans" / f"{n}.png", {5: MISFIT, 9: DIES}.get(n, 200 + n))
    draw(tmp_path / "scans" / "30.png", SLOW)
    here, there = tmp_path / "here" / "results.csv", tmp_path / "there" / "results.csv"
    here.parent.mkdir()
    there.parent.mkdir()
    read_batch(Job([tmp_path / "scans"], here, jobs=1, timeout=1.5))
    victims = [worker.pid for worker in cluster.workers.values()]
    killed: list[int] = []

    def kill_one(done: PageDone) -> None:
        if done.file > 8 and not killed:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

    batch = read_batch(Job([tmp_path / "scans"], there, dask=cluster.scheduler_address, timeout=1.5), kill_one)
    assert killed
    assert there.read_bytes() == here.read_bytes()
    assert (batch.pages("read"), batch.pages("refused"), batch.pages("failed")) == (22, 1, 2)


def test_workers_of_a_cluster_fetch_scans_at_addresses_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        draw(tmp_path / "far" / f"{number}.png", 201 + number)
    draw(tmp_path / "far" / "locked.png", 210)
    stores.put_in(monkeypatch, tmp_path / "far")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0", silence_logs=50) as local:
        scans = [*(f"far://{number}.png" for number in range(5)), "far://locked.png"]
        here, there = tmp_path / "here.csv", tmp_path / "there.csv"
        read_batch(Job(scans, here))
        monkeypatch.setattr(addresses, "_store", lambda *_: pytest.fail("this machine fetches"))
        batch = read_batch(Job(scans, there, dask=local.scheduler_address))
    assert there.read_bytes() == here.read_bytes()
    assert (batch.pages("read"), batch.pages("failed")) == (5, 1)


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reader import on_dask

    put_in(monkeypatch)
    monkeypatch.setattr(on_dask, "PATIENCE", 0.5)
    with pytest.raises(WorkerError, match="no Dask scheduler"):
        read_batch(Job([draw(tmp_path / "1.png")], dask="tcp://127.0.0.1:9"))
