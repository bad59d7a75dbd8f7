import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reader.errors import UsageError
from reader.results.reading import Box, DigitReading, FieldReading, PageReading
from reader.results.saving import check_place, save
from reader.results.tables import Layout, Style, csv_text, write

BOX = Box(10, 20, 30, 40)


def digit(position: int, value: str, status: str = "ok") -> DigitReading:
    return DigitReading(position, value, 0.98765, "3" if value else "", 0.01, status, BOX)


def field(name: str, value: str, status: str = "ok", reason: str = "") -> FieldReading:
    digits = tuple(digit(n, one, status) for n, one in enumerate(value)) or (digit(0, "", status),)
    return FieldReading(name, value, 0.9, status, reason, BOX, digits)


READ = PageReading(
    *("scans/a.png", 1, "tally", "read", ""),
    (
        field("votes", "007"),
        field("extra", "", "blank"),
        field("sum", "1", "review", "1 or 7"),
        field("x", "", "rejected"),
    ),
)
REFUSED = PageReading("scans/b.png", 2, "tally", "refused", "the form does not fit")
FAILED = PageReading("scans/c.png", 1, "tally", "failed", "no such file")
ALL = [READ, REFUSED, FAILED]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_wide_has_a_row_a_page_and_the_columns_of_the_form_in_its_order() -> None:
    assert rows_of(csv_text(ALL, "wide", ["sum", "votes", "extra", "x"])) == [
        ["file", "page", "form", "status", "review", "sum", "votes", "extra", "x"],
        ["scans/a.png", "1", "tally", "read", "sum x", "1", "007", "", ""],
        ["scans/b.png", "2", "tally", "refused", "", "", "", "", ""],
        ["scans/c.png", "1", "tally", "failed", "", "", "", "", ""],
    ]


def test_wide_without_a_form_has_the_fields_as_they_came_up() -> None:
    other = PageReading("d.png", 1, "", "read", "", (field("r2", "5"), field("votes", "8")))
    header, _, second = rows_of(csv_text([READ, other], "wide"))
    assert header[5:] == ["votes", "extra", "sum", "x", "r2"]
    assert second[5:] == ["8", "", "", "", "5"]


def test_fields_has_a_row_a_field_and_says_why_a_page_has_none() -> None:
    header, votes, extra, total, rejected, refused, failed = rows_of(csv_text(ALL, "fields"))
    assert header == [
        "file",
        "page",
        "form",
        "field",
        "value",
        "confidence",
        "status",
        "reason",
        "x",
        "y",
        "width",
        "height",
    ]
    assert votes == ["scans/a.png", "1", "tally", "votes", "007", "0.9000", "ok", "", "10", "20", "30", "40"]
    assert extra[3:8] == ["extra", "", "0.9000", "blank", ""]
    assert total[3:8] == ["sum", "1", "0.9000", "review", "1 or 7"]
    assert rejected[6] == "rejected"
    assert refused == ["scans/b.png", "2", "tally", "", "", "", "refused", "the form does not fit", "", "", "", ""]
    assert failed[6:8] == ["failed", "no such file"]


def test_digits_has_a_row_a_box_or_digit() -> None:
    rows = rows_of(csv_text(ALL, "digits"))
    names = "file page form field position digit confidence second_digit second_confidence status x y width height"
    assert rows[0] == names.split()
    start = ["scans/a.png", "1", "tally"]
    assert rows[3] == [*start, "votes", "2", "7", "0.9877", "3", "0.0100", "ok", "10", "20", "30", "40"]
    assert rows[4] == [*start, "extra", "0", "", "0.9877", "", "", "blank", "10", "20", "30", "40"]
    assert rows[7] == ["scans/b.png", "2", "tally", "", "", "", "", "", "", "refused", "", "", "", ""]
    assert len(rows) == 9


def test_a_field_without_digits_keeps_its_row() -> None:
    line = FieldReading("line", "", 0.8, "blank", "", BOX, ())
    _, row = rows_of(csv_text([PageReading("a.png", 1, "", "read", "", (line,))], "digits"))
    assert row[3:] == ["line", "", "", "0.8000", "", "", "blank", "10", "20", "30", "40"]


@pytest.mark.parametrize("layout", ["wide", "fields", "digits"])
def test_there_is_a_header_even_without_pages(layout: Layout) -> None:
    text = csv_text([], layout)
    assert text.startswith("file,page,form,")
    assert text.count("\r\n") == 1


@pytest.mark.parametrize("layout", ["wide", "fields", "digits"])
@pytest.mark.parametrize("file", ["=cmd|' /C calc'!A0.png", "+1.png", "-1.png", "@sum.png", "\tx.png", "\rx.png"])
def test_no_cell_is_run_by_a_spreadsheet(file: str, layout: Layout) -> None:
    page = PageReading(file, 1, "=form", "failed", f"{file}: no such file", (field("-name", "1", "review", "+why"),))
    rows = rows_of(csv_text([page, PageReading(file, 2, "@form", "failed", file)], layout))
    assert all(cell[:1] not in tuple("=+-@\t\r") for row in rows for cell in row if cell)
    assert rows[1][0] == f"./{file}"  # the same file still


def test_any_name_of_a_file_comes_back_out_of_the_csv(tmp_path: Path) -> None:
    names = ['a "b", c.png', "two\nlines.png", "größe 日本.png"]
    save(csv_text([PageReading(name, 1, "", "failed") for name in names], "fields"), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["file"] for row in csv.DictReader(stream)] == names


def test_a_name_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    save(csv_text([PageReading("bad\udcff.png", 1, "", "failed")], "fields"), tmp_path / "t.csv")
    assert "bad\\udcff.png" in (tmp_path / "t.csv").read_text(encoding="utf-8")


def test_a_table_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "t.csv"
    output.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"t\.csv: cannot be written \(No space left on device\)"):
        save("new" * 1000, output)
    assert output.read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


def test_a_link_and_a_device_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    save("new", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"
    save("new", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_place_that_cannot_be_written_is_said_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place, words in [
        (tmp_path, "this is a folder"),
        (tmp_path / "gone" / "t.csv", "there is no folder"),
        (tmp_path / "file" / "t.csv", "there is no folder"),
    ]:
        with pytest.raises(UsageError, match=words):
            check_place(place)
    check_place(tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_process_left_is_swept_up_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    dead, alive = (tmp_path / f".digit-reader-{number}.part" for number in (process.pid, os.getppid()))
    dead.touch()
    alive.touch()
    save("new", tmp_path / "t.csv")
    assert not dead.exists()
    assert alive.exists()


def test_delimiter_and_decimal_point_are_the_users() -> None:
    price = FieldReading("price", "12.50", 0.75, "ok", "", BOX, (digit(0, "1"),))
    date = FieldReading("date", "01.02", 0.75, "ok", "", BOX, (digit(0, "1"),))
    page = PageReading("a.png", 1, "bill", "read", "", (price, date))
    style = Style(";", ",", frozenset(["price"]))
    text = {}
    for layout in ("wide", "fields", "digits"):
        stream = io.StringIO(newline="")
        write(stream, [page], layout, ["price", "date"], style)
        text[layout] = stream.getvalue().splitlines()[1]
    assert text["wide"] == "a.png;1;bill;read;;12,50;01.02"
    assert text["fields"] == "a.png;1;bill;price;12,50;0,7500;ok;;10;20;30;40"
    assert text["digits"] == "a.png;1;bill;price;0;1;0,9877;3;0,0100;ok;10;20;30;40"


@pytest.mark.parametrize(("delimiter", "decimal"), [("", "."), (";;", "."), ('"', "."), ("\n", "."), (",", "_")])
def test_a_style_that_makes_no_table_is_refused(delimiter: str, decimal: str) -> None:
    with pytest.raises(ValueError, match="delimiter"):
        Style(delimiter, decimal)
