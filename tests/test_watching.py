import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reader import watching
from reader.batch import Batch, Job, read_batch
from reader.errors import FormError, UsageError
from reader.results import keys
from reader.watching import Sighting, looked, settled, watch
from tests.bad_scans import gray_page
from tests.handmade import encoded

PICTURE = encoded(gray_page(200, 150), "PNG")


def test_a_file_is_complete_when_it_has_not_changed_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"half")
    seen = looked([path], {}, 10.0)
    assert settled(seen, 12.9) == {}
    assert list(settled(seen, 13.0)) == [path]
    path.write_bytes(b"half and half")
    seen = looked([path], seen, 12.0)
    assert settled(seen, 14.9) == {}
    assert list(settled(seen, 15.0)) == [path]


def test_a_file_of_the_same_size_that_was_written_again_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"one")
    seen = looked([path], {}, 0.0)
    os.utime(path, ns=(0, 1))
    assert settled(looked([path], seen, 5.0), 5.0) == {}


def test_an_empty_file_is_waited_for_longer(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.touch()
    seen = looked([path], {}, 0.0)
    assert settled(seen, 59.0) == {}
    assert list(settled(seen, 60.0)) == [path]


def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    assert looked([tmp_path / "gone.png"], {tmp_path / "gone.png": Sighting((1, 1), 0.0)}, 5.0) == {}


class Clock:
    """Time that goes on only while the program sleeps, and what happens meanwhile; at the end, Ctrl-C."""

    def __init__(self, happens: Iterator[Callable[[], object]]) -> None:
        self.now = 0.0
        self.happens = happens

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        try:
            next(self.happens)()
        except StopIteration:
            raise KeyboardInterrupt from None


def test_what_comes_into_a_folder_is_in_the_table_once_it_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "drawn").mkdir(parents=True)
    job = Job([inbox], tmp_path / "out.csv", overlays=inbox / "drawn")
    first, second = inbox / "1.png", inbox / "2.png"
    tables: list[list[str]] = []

    def begin() -> None:
        first.write_bytes(PICTURE[:100])
        (inbox / "drawn" / "0.png").write_bytes(PICTURE)

    def events() -> Iterator[Callable[[], object]]:
        wait = [lambda: None] * 4
        yield begin
        yield from wait[:2]
        yield lambda: first.write_bytes(PICTURE)
        yield from wait
        yield lambda: second.write_bytes(encoded(gray_page(150, 200), "PNG"))
        yield from wait
        yield lambda: (second.rename(inbox / "3.png"), first.unlink())
        yield from wait

    monkeypatch.setattr(watching, "time", Clock(events()))
    pages: list[str] = []

    def keep(batch: Batch) -> None:
        tables.append([reading.file.removeprefix(f"{inbox}/") for reading in batch.readings])
        assert (tmp_path / "out.csv").read_bytes().decode() == batch.csv

    last = watch(job, lambda done: pages.append(done.reading.file), on_table=keep)
    assert tables == [["1.png"], ["1.png", "2.png"], ["3.png"]]
    assert len(pages) == 2  # what was moved is known
    assert last is not None
    assert "gone" not in last.csv
    assert read_batch(Job([inbox / "3.png"], tmp_path / "other.csv")).csv == last.csv


def test_a_file_is_hashed_anew_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("1.png", "2.png"):
        (tmp_path / name).write_bytes(PICTURE)
    wait = [lambda: None] * 4
    comes = lambda: (tmp_path / "3.png").write_bytes(encoded(gray_page(150, 200), "PNG"))  # noqa: E731
    changes = lambda: (tmp_path / "1.png").write_bytes(encoded(gray_page(90, 80), "PNG"))  # noqa: E731
    monkeypatch.setattr(watching, "time", Clock(iter([*wait, comes, *wait, changes, *wait])))
    hashed: list[str] = []
    of_scan = keys.of_scan
    monkeypatch.setattr(keys, "of_scan", lambda path: hashed.append(path.name) or of_scan(path))
    last = watch(Job([tmp_path], tmp_path / "out.csv"))
    assert hashed == ["1.png", "2.png", "3.png", "1.png"]
    assert last is not None
    assert last.csv == read_batch(Job([tmp_path], tmp_path / "other.csv")).csv


def test_mistakes_are_said_before_anything_comes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        watch(Job([tmp_path / "gone"], tmp_path / "out.csv"))
    with pytest.raises(FormError):
        watch(Job([tmp_path], tmp_path / "out.csv", form=tmp_path / "gone.toml"))
    with pytest.raises(UsageError, match="folder"):
        watch(Job([tmp_path], tmp_path / "gone" / "out.csv"))


def test_ctrl_c_before_anything_comes_is_an_end_without_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "time", Clock(iter([lambda: None] * 3)))
    assert watch(Job([tmp_path], tmp_path / "out.csv")) is None
    assert not (tmp_path / "out.csv").exists()
