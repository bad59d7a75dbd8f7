"""What a second run does with what the first one left."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader import page_work
from reader.batch import Job, read_batch
from reader.errors import LedgerError
from reader.forms.sheet import Sheet
from reader.pages.scan import Scan
from reader.results import keys
from reader.results.reading import PageReading
from reader.todo import PageDone
from reader.verifying import Correction, verify
from tests.stand_ins import DIES, FITS, MISFIT, NO_MEMORY, SLOW, draw, put_in, stand_in
from tests.test_batch import rows_of, write_form


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """File and page of all that is read, in this process, from now on."""
    put_in(monkeypatch)
    seen: list[tuple[str, int]] = []

    def looked(scan: Scan, classifier: object, sheets: tuple[Sheet, ...] = ()) -> PageReading:
        seen.append((Path(scan.file).name, scan.page))
        return stand_in(scan, classifier, sheets)

    monkeypatch.setattr(page_work, "read_page", looked)
    return seen


def many_pages(path: Path, levels: list[int]) -> Path:
    sheets = [Image.fromarray(np.full((60, 50), level, np.uint8)) for level in levels]
    sheets[0].save(path, save_all=True, append_images=sheets[1:])
    return path


def test_what_was_read_is_not_read_again_and_the_table_is_the_same(read: list[tuple[str, int]], tmp_path: Path) -> None:
    draw(tmp_path / "scans" / "1.png")
    draw(tmp_path / "scans" / "2.png", MISFIT)
    many_pages(tmp_path / "scans" / "3.tif", [201, 202, 203])
    job = Job([tmp_path / "scans"], tmp_path / "results.csv")
    read_batch(job)
    table = (tmp_path / "results.csv").read_bytes()
    assert read == [("1.png", 1), ("2.png", 1), ("3.tif", 1), ("3.tif", 2), ("3.tif", 3)]
    told: list[PageDone] = []
    again = read_batch(job, told.append)
    assert len(read) == 5
    assert (tmp_path / "results.csv").read_bytes() == table
    assert [done.known for done in told] == [True] * 5
    assert (again.pages("read"), again.pages("refused")) == (4, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.csv", "results.sqlite", "scans"]


def test_rerun_reads_all(read: list[tuple[str, int]], tmp_path: Path) -> None:
    scan = draw(tmp_path / "1.png")
    read_batch(Job([scan], tmp_path / "results.csv"))
    read_batch(Job([scan], tmp_path / "results.csv", rerun=True))
    assert read == [("1.png", 1)] * 2


def test_a_renamed_file_is_known_by_its_content_and_listed_under_its_new_name(
    read: list[tuple[str, int]], tmp_path: Path
) -> None:
    old, new = tmp_path / "old.png", tmp_path / "folder" / "new.png"
    draw(old, MISFIT)
    read_batch(Job([old], tmp_path / "results.csv"))
    new.parent.mkdir()
    old.rename(new)
    read_batch(Job([tmp_path / "folder"], tmp_path / "results.csv"))
    assert len(read) == 1
    (row,) = rows_of(tmp_path / "results.csv")
    assert row["file"] == str(new)
    assert row["reason"] == f"{new}: the form does not fit"


def test_a_changed_file_is_read_anew(read: list[tuple[str, int]], tmp_path: Path) -> None:
    scan = draw(tmp_path / "1.png", 201)
    read_batch(Job([scan], tmp_path / "results.csv"))
    draw(scan, 202)
    read_batch(Job([scan], tmp_path / "results.csv"))
    assert len(read) == 2
    assert [row["value"] for row in rows_of(tmp_path / "results.csv")] == ["9"]


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: list[tuple[str, int]]
) -> None:
    scan = draw(tmp_path / "1.png")

    def growing(scan: Scan, *_: object) -> PageReading:
        with Path(scan.file).open("ab") as stream:
            stream.write(b"more")
        return stand_in(scan, None)

    with monkeypatch.context() as patch:
        patch.setattr(page_work, "read_page", growing)
        (reading,) = read_batch(Job([scan], tmp_path / "results.csv")).readings
    assert reading.status == "failed"
    assert "changed while it was being read" in reading.reason
    assert read_batch(Job([scan], tmp_path / "results.csv")).pages("read") == 1
    assert read == [("1.png", 1)]


def test_another_form_or_model_is_another_reading_and_the_first_stays_known(
    read: list[tuple[str, int]], tmp_path: Path
) -> None:
    scan, output, model = draw(tmp_path / "1.png"), tmp_path / "results.csv", tmp_path / "m.tflite"
    form = write_form(tmp_path / "form")
    model.write_bytes(b"one model")
    jobs = [Job([scan], output), Job([scan], output, form), Job([scan], output, model=model)]
    for job in jobs + jobs:
        read_batch(job)
    assert len(read) == 3
    form.write_text(form.read_text().replace("votes", "seats"))
    model.write_bytes(b"a model")
    for job in jobs:
        read_batch(job)
    assert len(read) == 5
    shutil.move(tmp_path / "form", tmp_path / "moved")  # the form is known by what it says, too
    read_batch(Job([scan], output, tmp_path / "moved" / "form.toml"))
    assert len(read) == 5


def test_other_code_reads_anew(read: list[tuple[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = draw(tmp_path / "1.png")
    read_batch(Job([scan], tmp_path / "results.csv"))
    monkeypatch.setattr(keys, "of_program", lambda: "other code")
    read_batch(Job([scan], tmp_path / "results.csv"))
    assert len(read) == 2


def test_what_failed_for_want_of_time_or_memory_or_a_file_is_tried_again(
    read: list[tuple[str, int]], tmp_path: Path
) -> None:
    short, gone = draw(tmp_path / "1.png", NO_MEMORY), tmp_path / "2.png"
    first = read_batch(Job([short, gone], tmp_path / "results.csv"))
    assert [page.status for page in first.readings] == ["failed", "failed"]
    assert "memory" in first.readings[0].reason
    draw(gone)
    second = read_batch(Job([short, gone], tmp_path / "results.csv"))
    assert [page.status for page in second.readings] == ["failed", "read"]
    assert [name for name, _ in read] == ["1.png", "1.png", "2.png"]


@pytest.mark.usefixtures("read")
def test_what_a_person_said_stands_above_any_reading(tmp_path: Path) -> None:
    scan, output = draw(tmp_path / "1.png"), tmp_path / "results.csv"
    read_batch(Job([scan], output))
    assert verify(tmp_path / "results.sqlite", [Correction(str(scan), 1, "votes", "42")]) == 1
    for job in (Job([scan], output), Job([scan], output, rerun=True)):
        read_batch(job)
        (row,) = rows_of(output)
        assert (row["value"], row["status"], row["confidence"]) == ("42", "verified", "1.0000")
    moved = tmp_path / "moved.png"
    scan.rename(moved)
    read_batch(Job([moved], output))
    assert [row["value"] for row in rows_of(output)] == ["42"]
    draw(moved, FITS + 1)  # other content: nobody said anything of it
    read_batch(Job([moved], output))
    assert [row["status"] for row in rows_of(output)] == ["ok"]


def test_pictures_are_drawn_of_known_pages_too(read: list[tuple[str, int]], tmp_path: Path) -> None:
    scan, output = draw(tmp_path / "1.png"), tmp_path / "results.csv"
    read_batch(Job([scan], output))
    for _ in range(2):
        read_batch(Job([scan], output, overlays=tmp_path / "overlays"))
    assert len(read) == 1
    assert (tmp_path / "overlays" / "1.png.page1.jpg").exists()


def test_a_file_that_is_no_ledger_is_left_alone(read: list[tuple[str, int]], tmp_path: Path) -> None:
    scan = draw(tmp_path / "1.png")
    place = tmp_path / "results.sqlite"
    place.write_text("my notes" * 500)
    with pytest.raises(LedgerError, match=r"results\.sqlite.*no ledger"):
        read_batch(Job([scan], tmp_path / "results.csv"))
    assert place.read_text() == "my notes" * 500
    place.unlink()
    with closing(sqlite3.connect(place)) as other:
        other.execute("CREATE TABLE recipes (name)")
    with pytest.raises(LedgerError, match="another program's"):
        read_batch(Job([scan], tmp_path / "results.csv"))
    assert read == []


def test_workers_give_the_same_bytes_as_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    for n in range(12):
        draw(tmp_path / "scans" / f"{n}.png", 200 + n if n % 4 else MISFIT)
    many_pages(tmp_path / "scans" / "20.tif", [201, MISFIT, 203, 204, 205])
    tables = []
    for jobs in (0, 1, 2):
        output = tmp_path / f"{jobs}" / "results.csv"
        output.parent.mkdir()
        read_batch(Job([tmp_path / "scans"], output, jobs=jobs))
        tables.append(output.read_bytes())
    assert tables[0].count(b"\n") == 1 + 12 + 5
    assert tables[1] == tables[0]
    assert tables[2] == tables[0]


def test_a_page_that_its_worker_dies_of_costs_itself_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch)
    many_pages(tmp_path / "1.tif", [DIES, 202, DIES, 204])
    draw(tmp_path / "2.png", 205)
    job = Job([tmp_path / "1.tif", tmp_path / "2.png"], tmp_path / "results.csv", jobs=2)
    pages = read_batch(job).readings
    assert [(page.page, page.status) for page in pages] == [
        *((1, "failed"), (2, "read"), (3, "failed"), (4, "read")),
        (1, "read"),
    ]
    assert "ended before it was done" in pages[0].reason
    assert "Segmentation fault" in pages[0].reason


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    scans = [draw(tmp_path / "1.png", SLOW), draw(tmp_path / "2.png")]
    output = tmp_path / "results.csv"
    slow, quick = read_batch(Job(scans, output, jobs=1, timeout=0.5)).readings
    assert (slow.status, quick.status) == ("failed", "read")
    assert "not read within 0.5 seconds" in slow.reason
    assert "--timeout" in slow.reason
    assert read_batch(Job(scans, output)).pages("read") == 2  # it is tried again, and here it takes no time
