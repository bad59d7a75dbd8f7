"""Scans at addresses are read like those of this machine, by workers that fetch them."""

from dataclasses import replace
from pathlib import Path

import pytest

from reader import page_work
from reader.batch import Job, read_batch
from reader.errors import UsageError
from reader.pages import addresses
from reader.pages.addresses import Address
from reader.pages.scan import Scan
from reader.results.reading import PageReading
from reader.watching import watch
from tests import stores
from tests.command_line import run
from tests.stand_ins import DIES, MISFIT, draw, stand_in
from tests.test_batch import rows_of
from tests.test_batch_again import many_pages


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is the store far://."""
    (tmp_path / "far").mkdir()
    stores.put_in(monkeypatch, tmp_path / "far")
    return tmp_path / "far"


def fill(folder: Path) -> None:
    """Good pages and bad ones, a file of three pages, one that cannot be opened."""
    for number in range(6):
        draw(folder / f"{number}.png", {2: MISFIT}.get(number, 200 + number))
    many_pages(folder / "10.tif", [201, 202, 203])
    draw(folder / "locked.png", 240)


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_the_table_is_that_of_the_same_files_here_but_for_their_names(jobs: int, far: Path, tmp_path: Path) -> None:
    fill(far / "scans")
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    read_batch(Job([far / "scans"], here))
    done = read_batch(Job(["far://scans", "far://scans/gone.png"], there, jobs=jobs))
    good = [row for row in rows_of(here) if "locked" not in row["file"]]
    *rows, locked, gone = rows_of(there)
    assert [{**row, "file": row["file"].replace("far://", f"{far}/")} for row in rows] == [
        {**row, "reason": row["reason"].replace(str(far), "far:/")} | {"file": row["file"]} for row in good
    ]
    assert len(rows) == 9
    assert locked["file"] == "far://scans/locked.png"
    assert "RuntimeError: the token has expired" in locked["reason"]
    assert gone["reason"] == "far://scans/gone.png: no such file; check the address"
    assert done.pages("failed") == 2


def test_what_was_read_is_known_by_its_content_and_what_could_not_be_fetched_is_tried_again(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(far / "scans")
    seen: list[str] = []

    def looked(scan: Scan, *rest: object) -> PageReading:
        seen.append(scan.file)
        return stand_in(scan, *rest)

    monkeypatch.setattr(page_work, "read_page", looked)
    job = Job(["far://scans"], tmp_path / "out.csv")
    read_batch(job)
    assert len(seen) == 9
    (far / "scans" / "locked.png").rename(far / "scans" / "open.png")
    draw(far / "scans" / "0.png", 209)
    (far / "scans" / "1.png").rename(far / "scans" / "20.png")
    seen.clear()
    read_batch(job)
    assert seen == ["far://scans/0.png", "far://scans/open.png"]
    assert [row["file"].rpartition("/")[2] for row in rows_of(tmp_path / "out.csv")] == [
        *("0.png", "2.png", "3.png", "4.png", "5.png", "10.tif", "10.tif", "10.tif", "20.png", "open.png")
    ]


def test_what_takes_too_long_to_fetch_or_kills_its_worker_costs_its_page_and_no_other(
    far: Path, tmp_path: Path
) -> None:
    for name, level in (("1", 201), ("endless", 202), ("3", DIES), ("4", 204)):
        draw(far / f"{name}.png", level)
    names = [f"far://{name}.png" for name in ("1", "endless", "3", "4")]
    done = read_batch(Job(names, tmp_path / "out.csv", jobs=2, timeout=2.0))
    assert [(page.file, page.status) for page in done.readings] == list(
        zip(names, ["read", "failed", "failed", "read"], strict=True)
    )
    assert "not read within 2 seconds" in done.readings[1].reason
    assert "ended before it was done" in done.readings[2].reason


def test_a_file_that_changes_between_two_fetches_is_not_kept(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_pages(far / "2.tif", [201, 202])

    def growing(scan: Scan, *rest: object) -> PageReading:
        many_pages(far / "2.tif", [205, 206])
        return stand_in(scan, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(page_work, "read_page", growing)
        first, second = read_batch(Job(["far://2.tif"], tmp_path / "out.csv")).readings
    assert (first.status, second.status) == ("read", "failed")
    assert "changed while it was being read" in second.reason
    again = read_batch(Job(["far://2.tif"], tmp_path / "out.csv"))
    assert [page.fields[0].value for page in again.readings] == ["2", "3"]


def test_overlays_of_scans_at_addresses_lie_in_the_folders_of_these(far: Path, tmp_path: Path) -> None:
    draw(far / "a" / "1.png")
    draw(far / "b" / "1.png")
    read_batch(Job(["far://a", "far://b"], overlays=tmp_path / "drawn"))
    drawn = sorted(path.relative_to(tmp_path / "drawn").as_posix() for path in (tmp_path / "drawn").rglob("*.jpg"))
    assert drawn == ["a/1.png.page1.jpg", "b/1.png.page1.jpg"]


def test_addresses_on_the_command_line_and_in_a_list(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1", "2", "3"):
        draw(far / f"{name}.png")
    (tmp_path / "list").write_text(f"far://2.png\nfile://{far}/3.png\n")
    with (tmp_path / "list").open() as stream, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", stream)
        from reader.read_command import _with_listed

        assert _with_listed(["far://1.png", "-"]) == [
            *(Address("far://1.png"), Address("far://2.png")),
            far / "3.png",
        ]
    code, _, _ = run("read", "far://1.png", "--output", tmp_path / "out.csv", "--jobs", "1")
    assert code == 0
    assert [row["file"] for row in rows_of(tmp_path / "out.csv")] == ["far://1.png"]
    code, _, err = run("read", "nowhere://1.png", "--output", tmp_path / "other.csv")
    assert code == 2
    assert "nowhere://1.png" in err
    assert not (tmp_path / "other.csv").exists()


def test_a_folder_at_an_address_cannot_be_watched(far: Path, tmp_path: Path) -> None:
    draw(far / "scans" / "1.png")
    with pytest.raises(UsageError, match="far://scans: there is no such folder here"):
        watch(Job(["far://scans"], tmp_path / "out.csv"))


def test_export_fetches_scans_for_their_pictures_only_where_it_is_told_to(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl = pytest.importorskip("openpyxl")

    def doubtful(scan: Scan, *rest: object) -> PageReading:
        reading = stand_in(scan, *rest)
        return replace(reading, fields=tuple(replace(field, status="review") for field in reading.fields))

    monkeypatch.setattr(page_work, "read_page", doubtful)
    draw(far / "1.png")
    read_batch(Job(["far://1.png"], tmp_path / "out.csv"))
    fetched: list[str] = []
    fetch = addresses.fetched
    monkeypatch.setattr(addresses, "fetched", lambda address: fetched.append(str(address)) or fetch(address))
    for options, files in (((), []), (("--fetch",), ["far://1.png"])):
        code, _, _ = run("export", tmp_path / "out.sqlite", "--output", tmp_path / "look.xlsx", *options)
        assert code == 0
        review = openpyxl.load_workbook(tmp_path / "look.xlsx")["review"]
        assert review.cell(2, 1).value == "far://1.png"
        assert len(review._images) == len(files)
        assert fetched == files
