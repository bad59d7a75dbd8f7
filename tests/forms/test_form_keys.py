"""Form files: tables, pages, what is said of values, rules, and what is said about mistakes in these."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.errors import FormError
from reader.forms import form as forms
from reader.forms.form import Form
from reader.forms.keys import SCHEMA, schema_text
from reader.forms.rules import Across, breach, written_out

TALLY = """
name = "tally"
image = "blank.png"

[[field]]
name = "number"
boxes = [
    [100, 50, 20, 30],
    [120, 50, 20, 30],
    [140, 50, 20, 30],
]
check = "luhn"

[[field]]
name = "amount"
line = [200, 50, 100, 30]
digits = [1, 6]
decimals = 2
max = 99.5

[[table]]
name = "votes"
rows = ["north", "south"]
columns = ["cast", "valid", "sum"]
x = [100, 130, 160, 260]
y = [200, 240, 290]
skip = ["south_cast"]
blank = "0"
choices = { file = "known.csv", column = "id" }

[[rule]]
order = ["votes_north_valid", "votes_north_cast"]

[[rule]]
sum = ["votes_*_valid"]
equals = "number"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("blank.png", "second.png"):
        cv2.imwrite(str(tmp_path / name), np.full((400, 500), 255, np.uint8))
    (tmp_path / "known.csv").write_text("\ufeffname,id\nA,007\nB,12\n,\n", encoding="utf-8")
    return tmp_path


def forms_of(folder: Path, text: str) -> tuple[Form, ...]:
    (folder / "tally.toml").write_text(text, encoding="utf-8")
    return forms.load(folder / "tally.toml")


def test_table_is_a_field_for_each_cell(folder: Path) -> None:
    (form,) = forms_of(folder, TALLY)
    cells = {field.name: field for field in form.fields if field.name.startswith("votes")}
    assert [name[6:] for name in cells] == ["north_cast", "north_valid", "north_sum", "south_valid", "south_sum"]
    assert cells["votes_south_valid"].quads[0].tolist() == [[130, 240], [160, 240], [160, 290], [130, 290]]
    assert (cells["votes_south_valid"].kind, cells["votes_south_sum"].kind) == ("boxes", "line")  # the sum is wide
    assert form.rules["votes_north_sum"].blank == "0"
    assert form.rules["votes_north_sum"].choices == {"007", "12"}


def test_table_of_equal_cells_with_boxes_in_each(folder: Path) -> None:
    table = "x = [100, 130, 160, 260]\ny = [200, 240, 290]"
    (form,) = forms_of(folder, TALLY.replace(table, "cell = [100, 200, 60, 40]\nboxes = 3"))
    cell = next(field for field in form.fields if field.name == "votes_south_valid")
    assert [quad[0].tolist() for quad in cell.quads] == [[160, 240], [180, 240], [200, 240]]
    assert cell.digits == (0, 3)


def test_rules_of_values_and_between_fields_are_those_of_the_file(folder: Path) -> None:
    (form,) = forms_of(folder, TALLY)
    assert form.across == (
        Across("order", ("votes_north_valid", "votes_north_cast")),
        Across("sum", ("votes_north_valid", "votes_south_valid"), "number"),
    )
    assert written_out("1250", form.rules["amount"]) == "12.50"
    assert breach("9951", form.rules["amount"]) == "99.51 is more than 99.5"
    assert breach("9950", form.rules["amount"]) == ""
    assert "luhn" in breach("123", form.rules["number"])


def test_form_of_two_pages_is_two_forms_of_one_name(folder: Path) -> None:
    pages = '[[page]]\nimage = "blank.png"\n[[page]]\nimage = "second.png"\n'
    text = 'name = "tally"\n' + pages + TALLY.split('image = "blank.png"')[1].split("[[rule]]", maxsplit=1)[0]
    one, two = forms_of(folder, text.replace('name = "amount"', 'name = "amount"\npage = 2'))
    assert (one.name, one.number, two.name, two.number) == ("tally", 1, "tally", 2)
    assert [field.name for field in two.fields] == ["amount"]
    assert two.rules["amount"].decimals == 2


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('check = "luhn"', 'check = "lun"', ["line 12", "`check`", "luhn", "not 'lun'"]),
        ("decimals = 2", "decimals = 6", ["line 18", "6 decimals", "6 of the field"]),
        ("decimals = 2", 'decimals = "2"', ["line 18", "whole number", "not '2'"]),
        ("decimals = 2", 'mask = "##"', ["line 18", "2 #", "6 digits"]),
        ("max = 99.5", "max = 1\nmin = 2", ["line 20", "`min` is 2", "exchange"]),
        ("max = 99.5", "pattern = '[0-9'", ["line 19", "`pattern`", "regular expression"]),
        ("max = 99.5", 'date = "DDMMDD"', ["line 19", "DD, MM"]),
        ("max = 99.5", "length = [3, 2]", ["line 19", "`length`"]),
        ("max = 99.5", 'blank = "none"', ["line 19", "`blank`", "one digit"]),
        ("max = 99.5", "page = 2", ["line 19", "no page 2"]),
        ('rows = ["north", "south"]', "rows = 0", ["line 23", "at least one"]),
        ('rows = ["north", "south"]', "rows = 0.5", ["line 23", "`rows`", "names or a number"]),
        ("x = [100, 130, 160, 260]", "x = [100, 130, 160]", ["line 25", "3 numbers", "3 columns have 4"]),
        ("x = [100, 130, 160, 260]", "x = [100, 160, 130, 260]", ["line 25", "rise"]),
        ("x = [100, 130, 160, 260]", "x = [100, 130, 160, 560]", ["line 25", "off the sheet"]),
        ("x = [100, 130, 160, 260]", "", ["line 21", "neither `cell` nor `x`"]),
        ('skip = ["south_cast"]', 'skip = ["south_lost"]', ["line 27", "south_lost"]),
        ('blank = "0"', 'blnk = "0"', ["line 28", "did you mean `blank`"]),
        ('file = "known.csv"', 'file = "lost.csv"', ["line 29", "lost.csv", "beside the form"]),
        ('column = "id"', 'column = "ids"', ["line 29", "`ids`", "name, id"]),
        ('column = "id"', 'colum = "id"', ["line 29", "did you mean `column`"]),
        ('order = ["votes_north_valid"', 'order = ["votes_north_vald"', ["line 32", "votes_north_vald"]),
        ('equals = "number"', "", ["line 34", "`equals`"]),
        ('[[rule]]\norder = ["votes_north_valid", "votes_north_cast"]', "[[rule]]", ["line 31", "one of `sum`"]),
        ('image = "blank.png"', 'image = "blank.png"\n[[page]]\nimage = "second.png"', ["both `image` and [[page]]"]),
    ],
)
def test_mistake_is_said_with_its_line_and_cure(folder: Path, old: str, new: str, parts: list[str]) -> None:
    assert old in TALLY
    with pytest.raises(FormError) as caught:
        forms_of(folder, TALLY.replace(old, new, 1))
    for part in parts:
        assert part in str(caught.value)


def test_schema_in_the_package_is_that_of_the_keys() -> None:
    stored = Path(forms.__file__).with_name(SCHEMA).read_text(encoding="utf-8")
    assert stored == schema_text()  # else: write reader.forms.keys.schema_text() there
    assert set(json.loads(stored)["properties"]) == {"name", "image", "page", "field", "table", "rule"}


def test_wrong_keys_hide_no_other_mistakes(folder: Path) -> None:
    text = TALLY.replace('check = "luhn"', 'check = "lun"\npattern = "["').replace(
        "[120, 50, 20, 30]", "[480, 50, 90, 30]"
    )
    text = text.replace('name = "amount"', 'name = "number"\ncolour = 3').replace(
        'file = "known.csv"', 'file = "no.csv"'
    )
    with pytest.raises(FormError) as caught:
        forms_of(folder, text)
    numbers = [int(line.split()[1].rstrip(":")) for line in str(caught.value).splitlines()[1:]]
    keys = [text.splitlines()[number - 1].split("=")[0].strip() for number in numbers]
    assert keys == ["boxes", "check", "pattern", "name", "colour", "choices"]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("boxes = [\n", "boxes = [[1, 2, 3],\n", {"box 1 of `boxes`"}),  # not: neither of boxes and line
        ('name = "votes"\n', "", {"`name` is missing"}),  # not: no field votes_north_valid
        ('image = "blank.png"\n', "image = 3\n", {"`image` should be"}),
        ("rows = [", "rows = 3.5 #", {"`rows` should be"}),  # not: y has too many numbers
    ],
)
def test_what_comes_of_a_mistake_is_not_said_too(folder: Path, was: str, becomes: str, said: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        forms_of(folder, TALLY.replace(was, becomes, 1))
    assert all(text in str(caught.value) for text in said)
    assert "mistakes" not in str(caught.value)
