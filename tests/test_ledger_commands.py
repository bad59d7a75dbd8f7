import csv
import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader.batch import Job, read_batch
from reader.errors import UsageError
from reader.results.contents import contents
from reader.verifying import Correction, verify
from tests.command_line import run
from tests.stand_ins import MISFIT, draw, put_in
from tests.test_batch import rows_of, write_form


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The ledger of three pages: values 7, refused, 9."""
    for name, level in (("1.png", 200), ("2.png", MISFIT), ("3.png", 202)):
        draw(tmp_path / "scans" / name, level)
    read_batch(Job([tmp_path / "scans"], tmp_path / "results.csv"))
    return tmp_path / "results.sqlite"


@pytest.mark.parametrize("layout", ["wide", "fields", "digits"])
def test_export_gives_what_read_gives(layout: str, place: Path, tmp_path: Path) -> None:
    read_batch(Job([tmp_path / "scans"], tmp_path / "results.csv", layout=layout))
    code, out, err = run("export", place, "--output", tmp_path / "again.csv", "--layout", layout)
    assert (code, out, err) == (0, "", "")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "results.csv").read_bytes()
    code, out, _ = run("export", place, "--output", "-", "--layout", layout)
    assert out.replace("\r\n", "\n") == (tmp_path / "results.csv").read_text().replace("\r\n", "\n")


def test_export_takes_the_layout_and_the_columns_of_the_run(tmp_path: Path) -> None:
    form = write_form(tmp_path / "form")
    read_batch(Job([draw(tmp_path / "1.png")], tmp_path / "results.csv", form))
    run("export", tmp_path / "results.sqlite", "--output", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "results.csv").read_bytes()


@pytest.mark.parametrize(
    ("layout", "statuses", "files"),
    [
        ("fields", ["ok"], ["1.png", "3.png"]),
        ("fields", ["refused"], ["2.png"]),
        ("fields", ["review"], []),
        ("digits", ["ok", "refused"], ["1.png", "2.png", "3.png"]),
        ("wide", ["ok"], ["1.png", "3.png"]),
        ("wide", ["failed"], []),
    ],
)
def test_export_of_some_statuses(layout: str, statuses: list[str], files: list[str], place: Path) -> None:
    chosen = [part for status in statuses for part in ("--status", status)]
    _, out, _ = run("export", place, "--output", "-", "--layout", layout, *chosen)
    assert [Path(row["file"]).name for row in csv.DictReader(io.StringIO(out))] == files


def test_export_for_other_spreadsheets(place: Path) -> None:
    _, out, _ = run("export", place, "-o", "-", "--layout", "fields", "--delimiter", ";", "--decimal", ",")
    assert out.splitlines()[1].split(";")[5] == "0,9000"
    _, out, _ = run("export", place, "-o", "-", "--layout", "fields", "--delimiter", "tab")
    assert "\t0.9000\t" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "gone.sqlite", "-o", "-"], "no such ledger"),
        (["export", "{csv}", "-o", "-"], "no ledger"),
        (["export", "{ledger}", "-o", "-", "--delimiter", ";;"], "--delimiter"),
        (["export", "{ledger}", "-o", "-", "--status", "fine"], "fine"),
        (["export", "{ledger}", "-o", "{csv}/x.csv"], "no folder"),
        (["status", "gone.sqlite"], "no such ledger"),
        (["verify", "{ledger}"], "either"),
        (["verify", "{ledger}", "gone.csv"], "gone.csv"),
        (["verify", "{ledger}", "{wide}"], "no column field"),
        (["merge", "{ledger}", "-o", "{csv}"], "already"),
        (["merge", "gone.sqlite", "-o", "all.sqlite"], "no such ledger"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_changes_nothing(
    arguments: list[str], words: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wide = tmp_path / "wide.csv"
    wide.write_text("file,page,form,status,review,votes\n1.png,1,,read,,7\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = run(*(each.format(ledger=place, csv=tmp_path / "results.csv", wide=wide) for each in arguments))
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_status_tells_what_is_in_a_ledger(place: Path, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "scans" / "1.png", tmp_path / "scans" / "4.png")
    read_batch(Job([tmp_path / "scans"], tmp_path / "results.csv"))
    verify(place, [Correction(str(tmp_path / "scans" / "3.png"), 1, "votes", "8")])
    code, out, _ = run("status", place)
    assert code == 0
    words = " ".join(out.split())
    assert "no form 3 1 0" in words
    assert "fields 2 0 0 0 1" in words
    assert "there twice: 1 pages" in words
    assert f"4.png: the same scan as {tmp_path / 'scans' / '1.png'}" in words
    found = contents(place)
    assert (found.verified, found.others, found.pages.total()) == (1, 0, 4)


def corrected(table: Path, changes: dict[str, str], delimiter: str = ",") -> None:
    """The table as a person leaves it who corrected the values of some files."""
    rows = rows_of(table)
    with table.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        for row in rows:
            name = Path(row["file"]).name
            writer.writerow({**row, "value": changes[name], "status": "verified"} if name in changes else row)


def test_names_of_scans_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    names = [b"clear \x1b[2J.png", b"line\nbreak.png", b"latin \xe9.png"]
    files = [draw(tmp_path / os.fsdecode(name)) for name in names]
    _, _, told = run("read", *files, "--output", tmp_path / "results.csv", "--jobs", "1")
    code, out, _ = run("status", tmp_path / "results.sqlite")
    assert code == 0
    for said in (told, out):
        assert "\x1b" not in said
        assert r"clear \x1b[2J.png" in said
        assert r"line\nbreak.png: the same scan as " in said
        assert r"latin \udce9.png: the same scan as " in said


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_corrected_table_comes_back_in(delimiter: str, place: Path, tmp_path: Path) -> None:
    corrected(tmp_path / "results.csv", {"1.png": "4", "3.png": "9"}, delimiter)
    code, _, err = run("verify", place, tmp_path / "results.csv")
    assert code == 0
    assert "2 fields, 1 of them with another value" in err
    run("export", place, "-o", tmp_path / "again.csv")
    assert [(row["value"], row["status"]) for row in rows_of(tmp_path / "again.csv")] == [
        *(("4", "verified"), ("", "refused"), ("9", "verified"))
    ]


def test_one_value_is_verified_without_a_table(place: Path, tmp_path: Path) -> None:
    code, _, _ = run("verify", place, "--value", tmp_path / "scans" / "1.png", 1, "votes", "3")
    assert code == 0
    run("export", place, "-o", tmp_path / "again.csv")
    assert [row["value"] for row in rows_of(tmp_path / "again.csv")] == ["3", "", "9"]


def test_zeros_that_a_spreadsheet_dropped_are_a_mistake_and_nothing_is_kept(tmp_path: Path) -> None:
    scans = [draw(tmp_path / "1.png", 200), draw(tmp_path / "2.png", 201)]
    read_batch(Job(scans, tmp_path / "results.csv"))
    place = tmp_path / "results.sqlite"
    verify(place, [Correction(str(scans[0]), 1, "votes", "007")])
    given = [Correction(str(scans[1]), 1, "votes", "5"), Correction(str(scans[0]), 1, "votes", "7")]
    with pytest.raises(UsageError, match="007 became 7"):
        verify(place, given)
    assert contents(place).verified == 1
    verify(place, given, literally=True)
    assert contents(place).verified == 2


def test_a_field_that_is_not_there_is_a_mistake(place: Path) -> None:
    code, _, err = run("verify", place, "--value", "gone.png", 1, "votes", "3")
    assert code == 2
    assert "gone.png page 1, votes: the ledger has no such field" in err


def test_shards_that_are_merged_give_the_table_of_one_run(tmp_path: Path) -> None:
    for n in range(6):
        draw(tmp_path / f"part{n // 3}" / f"{n}.png", 200 + n if n != 4 else MISFIT)
    sheets = [Image.fromarray(np.full((60, 50), level, np.uint8)) for level in (211, 212)]
    sheets[0].save(tmp_path / "part1" / "9.tif", save_all=True, append_images=sheets[1:])
    parts = [tmp_path / "part0", tmp_path / "part1"]
    for n, part in enumerate(parts):
        read_batch(Job([part], tmp_path / f"{n}.csv"))
    verify(tmp_path / "1.sqlite", [Correction(str(parts[1] / "5.png"), 1, "votes", "0")])
    read_batch(Job(parts, tmp_path / "whole.csv"))
    verify(tmp_path / "whole.sqlite", [Correction(str(parts[1] / "5.png"), 1, "votes", "0")])
    read_batch(Job(parts, tmp_path / "whole.csv"))
    code, _, err = run("merge", tmp_path / "0.sqlite", tmp_path / "1.sqlite", "-o", tmp_path / "all.sqlite")
    assert (code, err) == (0, "")
    run("export", tmp_path / "all.sqlite", "-o", tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    before = contents(tmp_path / "all.sqlite")
    read_batch(Job(parts, tmp_path / "all.csv"))  # it is a ledger like any other: nothing is read again
    assert contents(tmp_path / "all.sqlite").seconds == before.seconds


def test_shards_read_in_different_ways_are_not_mixed(place: Path, tmp_path: Path) -> None:
    form = write_form(tmp_path / "form")
    read_batch(Job([tmp_path / "scans"], tmp_path / "other.csv", form))
    code, _, err = run("merge", place, tmp_path / "other.sqlite", "-o", tmp_path / "all.sqlite")
    assert code == 2
    assert "other forms" in err
    assert not (tmp_path / "all.sqlite").exists()
