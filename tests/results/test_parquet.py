import sys
from pathlib import Path

import pytest
from pyarrow import parquet as pyarrow

from reader.errors import UsageError
from reader.results import parquet
from reader.results.reading import Box, DigitReading, FieldReading, PageReading


def page(file: str, field: str = "votes") -> PageReading:
    digits = (DigitReading(0, "0", 0.75, "6", 0.25, "ok", Box(1, 2, 3, 4)),)
    fields = (FieldReading(field, "007", 0.75, "ok", "", Box(1, 2, 3, 4), digits),)
    return PageReading(file, 2, "form", "read", "", fields)


@pytest.mark.parametrize("group", [1, 2, 50_000])
def test_numbers_are_numbers_and_values_stay_text(group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", group)
    failed = PageReading("b.png", 1, "", "failed", "damaged")
    parquet.save(iter([page("a.png"), failed, page("c.png")]), "fields", (), tmp_path / "out.parquet")
    rows = pyarrow.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["file"] for row in rows] == ["a.png", "b.png", "c.png"]
    assert rows[0]["value"] == "007"
    assert (rows[0]["page"], rows[0]["confidence"], rows[0]["x"]) == (2, 0.75, 1)
    assert (rows[1]["status"], rows[1]["confidence"], rows[1]["x"]) == ("failed", None, None)


def test_a_field_called_like_a_column_has_one_of_its_own(tmp_path: Path) -> None:
    parquet.save([page("a.png", "page")], "wide", ["page"], tmp_path / "out.parquet")
    (row,) = pyarrow.read_table(tmp_path / "out.parquet").to_pylist()
    assert (row["page"], row["page_2"]) == (2, "007")


def test_no_page_and_odd_names_make_a_table_all_the_same(tmp_path: Path) -> None:
    parquet.save([], "digits", (), tmp_path / "empty.parquet")
    assert pyarrow.read_table(tmp_path / "empty.parquet").num_rows == 0
    parquet.save([page("not \udcff text\n.png")], "digits", (), tmp_path / "odd.parquet")
    assert pyarrow.read_table(tmp_path / "odd.parquet").to_pylist()[0]["file"] == "not \\udcff text\n.png"


def test_without_the_library_the_user_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pip install"):
        parquet.save([page("a.png")], "fields", (), tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []
