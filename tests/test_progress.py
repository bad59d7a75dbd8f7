import json
from pathlib import Path

import pytest

from reader.errors import UsageError
from reader.progress import Tally, telling
from reader.results.reading import PageReading
from reader.summary import printable
from reader.todo import PageDone
from tests.command_line import run
from tests.stand_ins import BUG, MISFIT, draw, put_in


def test_the_time_left_is_told_from_the_pages_that_were_read_and_not_from_those_known() -> None:
    now = [0.0]
    tally = Tally(clock=lambda: now[0])
    for number in range(1, 101):
        tally.add(PageDone(PageReading("a.png", 1, "", "read"), number, 200, known=True))
    assert str(tally).startswith("100 pages, all known so far")
    for number in range(101, 111):
        now[0] += 2.0
        tally.add(PageDone(PageReading("a.png", 1, "", "refused", "x"), number, 200))
    assert str(tally) == "110 pages, 0.5 pages/s, 3 min left, 0 to review, 10 refused, 0 failed"


def test_files_of_many_pages_count_for_the_time_left() -> None:
    now = [0.0]
    tally = Tally(clock=lambda: now[0])
    for page in range(1, 11):
        now[0] += 1.0
        tally.add(PageDone(PageReading("a.tif", page, "", "read"), 1, 7))
    assert tally.left == pytest.approx(60)


def test_what_is_told_without_a_terminal_is_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    monkeypatch.setattr("reader.progress.EVERY", 0.0)
    scans = [draw(tmp_path / "1.png"), draw(tmp_path / "2.png", MISFIT)]
    _, _, err = run("read", *scans, "--output", tmp_path / "results.csv", "--jobs", 1)
    lines = err.splitlines()
    assert lines[0].startswith("1 of 2 files: 1 pages, ")
    assert f"refused: {scans[1]}: the form does not fit" in lines
    assert any(line.startswith("2 of 2 files: 2 pages, ") and "1 refused, 0 failed" in line for line in lines)


def test_quiet_says_nothing_but_what_keeps_from_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    scans = [draw(tmp_path / "1.png", MISFIT), draw(tmp_path / "2.png", BUG)]
    assert run("read", *scans, "--output", tmp_path / "results.csv", "--quiet") == (1, "", "")
    code, _, err = run("read", *scans, "--output", tmp_path / "gone" / "results.csv", "--quiet")
    assert code == 2
    assert "no folder" in err


def test_the_log_has_a_json_object_for_each_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    scans = [draw(tmp_path / "1.png", 200), draw(tmp_path / "2.png", MISFIT), draw(tmp_path / "größe\n.png", BUG)]
    for _ in range(2):
        run("read", *scans, "-o", tmp_path / "results.csv", "--log", tmp_path / "log", "--jobs", 1)
    *pages, end = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()][:4]
    assert [(page["event"], page["file"], page["status"], page["known"]) for page in pages] == [
        ("page", str(scans[0]), "read", False),
        ("page", str(scans[1]), "refused", False),
        ("page", str(scans[2]), "failed", False),
    ]
    assert "ZeroDivisionError" in pages[2]["trouble"]
    assert end["event"] == "end"
    assert end["pages"] == {"read": 1, "refused": 1, "failed": 1}
    again = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()][4:]
    assert [page["known"] for page in again[:-1]] == [True] * 3


def test_a_log_that_cannot_be_written_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the log cannot be written"), telling(log=tmp_path / "gone" / "log"):
        pytest.fail("it was opened")


def test_sheets_that_are_there_twice_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    scans = [draw(tmp_path / "1.png", 200), draw(tmp_path / "2.png", 200)]
    code, _, err = run("read", *scans, "-o", tmp_path / "results.csv")
    assert code == 0
    assert f"there twice: {scans[1]}: the same scan as {scans[0]}" in err


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a b ä 点.png", "a b ä 点.png"), ("x\nread: y", r"x\nread: y"), ("\x1b[2J", r"\x1b[2J"), ("\udcff", r"\udcff")],
)
def test_a_name_cannot_play_with_the_terminal(name: str, shown: str) -> None:
    assert printable(name) == shown
