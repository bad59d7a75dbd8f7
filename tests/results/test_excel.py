import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PIL import Image

from reader.errors import UsageError
from reader.pages.scan import Scan
from reader.results import excel
from reader.results.clippings import HEIGHT, WIDEST, clipping, quarters_to_upright
from reader.results.reading import Box, DigitReading, FieldReading, PageReading, Status
from reader.results.tables import csv_text

SHADES = {"first": 40, "second": 90, "third": 140}


def field(name: str, value: str, status: Status, box: Box, turn: tuple[int, int] = (1, 0)) -> FieldReading:
    """A field of two digits, the second of them to the right of the first, or where `turn` says, in (x, y)."""
    boxes = (Box(500 + 30 * n * turn[0], 500 + 30 * n * turn[1], 20, 20) for n in (0, 1))
    digits = tuple(DigitReading(n, "7", 0.9, "", 0.0, "ok", box) for n, box in enumerate(boxes))
    return FieldReading(name, value, 0.5, status, "because", box, digits)


def page(file: str = "scan.png") -> PageReading:
    fields = (
        field("first", "007", "review", Box(100, 100, 80, 40)),
        field("second", "12", "ok", Box(100, 200, 80, 40)),
        field("third", "", "rejected", Box(100, 300, 80, 40)),
    )
    return PageReading(file, 1, "form", "read", "", fields)


def scan(_: PageReading) -> Scan:
    image = np.full((400, 300), 255, np.uint8)
    for (_name, shade), top in zip(SHADES.items(), (100, 200, 300), strict=True):
        image[top : top + 40, 100:180] = shade
    return Scan("scan.png", 1, image)


def cells(path: Path, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def test_the_table_has_the_cells_of_the_csv_and_keeps_leading_zeros(tmp_path: Path) -> None:
    excel.save([page()], "fields", (), tmp_path / "out.xlsx", lambda _: None)
    table = cells(tmp_path / "out.xlsx", "table")
    rows = [line.split(",") for line in csv_text([page()], "fields").split("\r\n")[:-1]]
    assert table[0] == rows[0]
    assert [row[4] for row in table[1:]] == ["007", "12", None]
    assert table[1][:4] == ["scan.png", 1, "form", "first"]
    assert table[1][5] == 0.5
    assert [str(cell or "") for cell in table[2][6:]] == rows[2][6:]


def test_a_field_called_like_a_column_of_numbers_stays_text(tmp_path: Path) -> None:
    reading = PageReading("a.png", 1, "f", "read", "", (field("page", "007", "ok", Box(0, 0, 9, 9)),))
    excel.save([reading], "wide", ["page"], tmp_path / "out.xlsx", lambda _: None)
    assert cells(tmp_path / "out.xlsx", "table")[1] == ["a.png", 1, "f", "read", None, "007"]


def test_each_field_to_look_at_has_a_row_with_its_picture(tmp_path: Path) -> None:
    excel.save([page()], "wide", ["first", "second", "third"], tmp_path / "out.xlsx", scan)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["review"]
    assert [[cell.value for cell in row[3:7]] for row in sheet.iter_rows(min_row=2)] == [
        ["first", "007", 0.5, "review"],
        ["third", None, 0.5, "rejected"],
    ]
    pictures = {picture.anchor._from.row + 1: picture for picture in sheet._images}
    assert set(pictures) == {2, 3}
    for row, shade in ((2, SHADES["first"]), (3, SHADES["third"])):
        shown = np.asarray(Image.open(io.BytesIO(pictures[row]._data())).convert("L"))
        assert shown.shape[0] <= HEIGHT
        assert shown[HEIGHT // 2, shown.shape[1] // 2] == shade
        assert shown[0, 0] == 255  # some paper around it


def test_a_scan_that_is_gone_costs_only_its_picture(tmp_path: Path) -> None:
    excel.save([page(str(tmp_path / "gone.png"))], "fields", (), tmp_path / "out.xlsx")
    assert len(cells(tmp_path / "out.xlsx", "review")) == 3


def test_nothing_in_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    names = ['=HYPERLINK("http://evil")', "http://evil/", "+1", "@a", "tab\t\n\x01", "not \udcff text"]
    readings = [PageReading(name, 1, name, "failed", name) for name in names]
    excel.save(readings, "fields", (), tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    sheet = inside["xl/worksheets/sheet1.xml"]
    assert b"<f>" not in sheet
    assert b"<hyperlink" not in sheet
    assert not any(b"http://evil" in data for name, data in inside.items() if name.endswith(".rels"))
    files = [row[0] for row in cells(tmp_path / "out.xlsx", "table")[1:]]
    assert files[0] == f"./{names[0]}"
    assert files[5] == "not \\udcff text"


def test_more_rows_than_excel_holds_are_refused_and_no_file_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    with pytest.raises(UsageError, match=r"out\.xlsx.*3 rows.*CSV"):
        excel.save([page()], "fields", (), tmp_path / "out.xlsx", lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_the_user_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match="pip install"):
        excel.save([page()], "fields", (), tmp_path / "out.xlsx")


@pytest.mark.parametrize(("turn", "quarters"), [((1, 0), 0), ((0, 1), 1), ((-1, 0), 2), ((0, -1), 3)])
def test_a_picture_is_shown_upright_whichever_way_the_sheet_was_scanned(turn: tuple[int, int], quarters: int) -> None:
    reading = PageReading("a", 1, "", "read", "", (field("a", "77", "review", Box(10, 10, 40, 40), turn),))
    assert quarters_to_upright(reading) == quarters
    upright = np.full((40, 40), 255, np.uint8)
    upright[:, :20] = 0  # the first digit is black, the second white
    stored = np.full((60, 60), 255, np.uint8)
    stored[10:50, 10:50] = np.rot90(upright, -quarters)
    shown = clipping(Scan("a", 1, stored), Box(10, 10, 40, 40), quarters)
    assert shown[HEIGHT // 2, shown.shape[1] // 3] < 50
    assert shown[HEIGHT // 2, 2 * shown.shape[1] // 3] > 200


@pytest.mark.parametrize(("tops", "quarters"), [((10, 50, 90), 0), ((90, 50, 10), 2)])
def test_fields_of_one_digit_tell_an_upside_down_sheet_by_their_order(tops: tuple[int, ...], quarters: int) -> None:
    boxes = [Box(10, top, 20, 20) for top in tops]
    digits = [(DigitReading(0, "7", 0.9, "", 0.0, "ok", box),) for box in boxes]
    fields = [FieldReading("a", "7", 0.9, "ok", "", box, digit) for box, digit in zip(boxes, digits, strict=True)]
    assert quarters_to_upright(PageReading("a", 1, "", "read", "", tuple(fields))) == quarters


@pytest.mark.parametrize("box", [Box(-50, -50, 20, 20), Box(90, 90, 500, 3), Box(200, 200, 5, 5), Box(0, 0, 1, 1)])
def test_a_box_beside_the_scan_still_gives_a_picture(box: Box) -> None:
    shown = clipping(Scan("a", 1, np.zeros((100, 100, 3), np.uint8)), box, 0)
    assert 0 < shown.shape[0] <= HEIGHT
    assert 0 < shown.shape[1] <= WIDEST
