"""Form files: what is read from a right one, and what is said about a wrong one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.errors import FormError
from reader.forms import form as forms
from reader.forms.form import Form

TALLY = """# a tally sheet
name = "tally"
image = "blank.png"

[[field]]
name = "votes"
boxes = [[363, 231, 42, 38], [405, 231, 42, 38]]

[[field]]
name = "register"
line = [510, 461, 80.5, 24]
digits = [0, 12]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sheet = np.full((500, 600, 3), 255, np.uint8)
    cv2.rectangle(sheet, (363, 231), (405, 269), (0, 0, 255), 2)
    cv2.imwrite(str(tmp_path / "blank.png"), sheet)
    return tmp_path


def form_of(folder: Path, text: str) -> Form:
    (folder / "tally.toml").write_text(text, encoding="utf-8")
    (form,) = forms.load(folder / "tally.toml")
    return form


def message(folder: Path, text: str) -> str:
    with pytest.raises(FormError) as caught:
        form_of(folder, text)
    return str(caught.value)


def test_form_holds_what_its_file_says(folder: Path) -> None:
    form = form_of(folder, TALLY)
    assert (form.name, form.file) == ("tally", folder / "tally.toml")
    assert form.sheet.shape == (500, 600)
    assert form.sheet.dtype == np.uint8
    assert form.sheet[231, 380] < 128 < form.sheet[10, 10]
    votes, register = form.fields
    assert (votes.name, votes.kind, votes.digits) == ("votes", "boxes", (0, 2))
    assert votes.quads[1].tolist() == [[405, 231], [447, 231], [447, 269], [405, 269]]
    assert (register.name, register.kind, register.digits) == ("register", "line", (0, 12))
    assert register.quads[0, 2].tolist() == [590.5, 485]


def test_line_without_digits_takes_as_many_as_can_be_written_in_it(folder: Path) -> None:
    form = form_of(folder, TALLY.replace("digits = [0, 12]", ""))
    fewest, most = form.fields[1].digits
    assert fewest == 1
    assert 8 <= most <= 14  # 80 wide, 24 high


def test_windows_line_ends_and_byte_order_mark_are_read(folder: Path) -> None:
    (folder / "tally.toml").write_bytes(b"\xef\xbb\xbf" + TALLY.replace("\n", "\r\n").encode())
    assert forms.load(folder / "tally.toml")[0].name == "tally"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("boxes =", "boxs =", ["line 7", "`boxs`", "did you mean `boxes`"]),
        ("digits = [0, 12]", "figures = 12", ["line 12", "`figures`", "take it out", "digits"]),
        ('name = "tally"', 'nmae = "tally"', ["line 2", "`nmae`", "did you mean `name`"]),
        ('[[field]]\nname = "votes"', '[[fields]]\nname = "votes"', ["line 5", "`fields`", "did you mean `field`"]),
        ('name = "tally"', "", ["`name` is missing", 'name = "votes"']),
        ('name = "tally"', "name = 7", ["line 2", "`name`", "not 7"]),
        ('image = "blank.png"', "", ["`image` is missing", 'image = "blank.png"']),
        ('image = "blank.png"', 'image = "nosuch.png"', ["line 3", "nosuch.png", "beside the form file"]),
        ('image = "blank.png"', 'image = "tally.toml"', ["line 3", "tally.toml", "PNG"]),
        ('name = "votes"', "", ["line 5", "`name` is missing"]),
        ('name = "votes"', 'name = "register"', ["line 10", "field 1", "`register`", "own name"]),
        ('name = "votes"', 'name = "status"', ["line 6", "`status`", "column", "another name"]),
        ('name = "votes"', 'name = "votes cast"', ["line 6", "votes cast", "`_`"]),
        ('name = "votes"', 'name = "=votes"', ["line 6", "=votes", "letter"]),
        ('name = "votes"', 'name = ""', ["line 6", "one word"]),
        ("42, 38], [405", "0, 38], [405", ["line 7", "[363, 231, 0, 38]", "above 0"]),
        ("42, 38], [405", "42, -38], [405", ["line 7", "[363, 231, 42, -38]", "above 0"]),
        ("[405, 231", "[580, 231", ["line 7", "[580, 231, 42, 38]", "off the sheet", "600", "500"]),
        ("[405, 231", "[-1, 231", ["line 7", "off the sheet"]),
        ("[405, 231, 42, 38]", "[405, 231, 42]", ["line 7", "box 2", "four numbers"]),
        ("[405, 231, 42, 38]", '[405, 231, 42, "38"]', ["line 7", "box 2", "not '38'"]),
        ("[405, 231, 42, 38]", "[405, 231, 42, inf]", ["line 7", "box 2", "inf"]),
        ("line = [510, 461, 80.5, 24]", "line = 510", ["line 11", "`line`", "four numbers"]),
        ("line = [510, 461, 80.5, 24]", "", ["line 9", "`register`", "neither", "`boxes`", "`line`"]),
        ("digits = [0, 12]", "boxes = [[1, 1, 9, 9]]", ["line 9", "`register`", "both"]),
        ("digits = [0, 12]", "digits = [12, 2]", ["line 12", "[12, 2]", "[fewest, most]"]),
        ("digits = [0, 12]", "digits = [0, 0]", ["line 12", "[fewest, most]"]),
        ("digits = [0, 12]", "digits = 12", ["line 12", "`digits`", "[fewest, most]"]),
        ("digits = [0, 12]", "digits = [0.5, 12]", ["line 12", "`digits`", "0.5"]),
        ('name = "tally"', "name = tally", ["line 2", "TOML"]),
    ],
)
def test_mistake_is_said_with_file_key_and_cure(folder: Path, old: str, new: str, parts: list[str]) -> None:
    assert old in TALLY
    said = message(folder, TALLY.replace(old, new, 1))
    for part in [str(folder / "tally.toml"), *parts]:
        assert part in said


def test_form_without_fields_is_refused(folder: Path) -> None:
    assert "[[field]]" in message(folder, 'name = "tally"\nimage = "blank.png"\n')


def test_digits_beside_boxes_are_refused(folder: Path) -> None:
    said = message(folder, TALLY.replace("[405, 231, 42, 38]]", "[405, 231, 42, 38]]\ndigits = [1, 2]"))
    assert "line 8" in said
    assert "take it out" in said


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file(folder: Path) -> None:
    text = TALLY.replace("[405, 231", "[905, 231").replace("[0, 12]", "[5, 1]").replace("blank", "nosuch")
    said = message(folder, text.replace('"votes"', '"file"'))
    assert "3 mistakes" in said  # the box cannot be said to be off a sheet that is not there
    assert said.index("nosuch.png") < said.index("`file`") < said.index("[5, 1]")


def test_missing_form_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormError, match="no such form file"):
        forms.load(tmp_path / "nosuch.toml")


def test_form_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_bytes(bytes(range(256)))
    with pytest.raises(FormError, match="UTF-8"):
        forms.load(tmp_path / "form.toml")
    with pytest.raises(FormError, match="cannot be read"):
        forms.load(tmp_path)
