"""The commands of `digit-reader form`: what they write, what they say, and how they end."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.forms import form as forms
from reader.pages.scan import read_scan
from tests import command_line
from tests.form_sheets import bubbles, drawn_form, words
from training.filling import Hand, fill

SAMPLES = Path(__file__).parent.parent / "samples"


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and standard error of the program, nothing on standard output."""
    code, out, err = command_line.run("form", *arguments)
    assert out == ""
    return code, err


def boxes_of(form: Path) -> NDArray[np.float64]:
    """Left, top, right, bottom (n, 4) of all boxes and lines of a form."""
    (page,) = forms.load(form)
    return np.array([[*quad[0], *quad[2]] for field in page.fields for quad in field.quads])


def found_and_false(form: Path, truth: NDArray[np.float64]) -> tuple[int, int]:
    """How many true boxes a form has, and how many boxes that are none."""
    boxes = boxes_of(form)
    off = np.abs(boxes[:, None] - truth[None]).max(axis=2)
    near = off < 0.15 * (truth[:, 3] - truth[:, 1])
    return int(near.any(axis=0).sum()), int((~near.any(axis=1)).sum())


@pytest.mark.parametrize("name", ["meter", "marks"])
def test_detect_finds_every_box_of_a_blank_sheet_and_nothing_else(name: str, tmp_path: Path) -> None:
    out = tmp_path / "new.toml"
    code, said = run("detect", SAMPLES / name / "blank.png", "--output", out)
    truth = boxes_of(SAMPLES / name / "form.toml")
    assert code == 0
    assert found_and_false(out, truth) == (len(truth), 0)
    assert {path.name for path in tmp_path.iterdir()} == {"new.toml", "new.png", "new.names.jpg", "form.schema.json"}
    assert str(out) in said
    assert out.read_text(encoding="utf-8").startswith("#:schema form.schema.json\n")
    assert cv2.imread(str(tmp_path / "new.names.jpg")).std() > 10


def test_detect_finds_lines_to_write_on_and_wide_boxes(tmp_path: Path) -> None:
    run("detect", SAMPLES / "survey" / "blank.png", "--output", tmp_path / "new.toml")
    (form,) = forms.load(tmp_path / "new.toml")
    (right,) = forms.load(SAMPLES / "survey" / "form.toml")
    assert [field.kind for field in form.fields] == ["line"] * len(right.fields)
    for field, true in zip(form.fields, right.fields, strict=True):
        assert np.abs(field.quads[0][2:] - true.quads[0][2:]).max() < 12  # where the line is, and how long


def test_detect_takes_what_several_filled_sheets_share_for_print(tmp_path: Path, real_hand: Hand) -> None:
    form = drawn_form()
    rng = np.random.default_rng(8)
    files = []
    for n in range(4):
        cells = {"sums_r1_c1": "7041"[n], "sums_r2_c2": str(n), "sums_r3_c1": "4 82"[n]}
        values = {"number": str(rng.integers(10**4, 10**5)), **cells}
        image = words(bubbles(fill(form, values, real_hand, rng).image))
        files.append(tmp_path / f"{n}.png")
        cv2.imwrite(str(files[-1]), np.roll(image, 3 * n, axis=1))
    code, _ = run("detect", *files, "--output", tmp_path / "new.toml")
    assert code == 0
    kept, before = read_scan(tmp_path / "new.png").image, read_scan(files[0]).image
    zoom = kept.shape[1] / before.shape[1]  # small scans are enlarged
    truth = zoom * np.array([[x, y, x + w, y + h] for field in form.fields for x, y, w, h in field.boxes], float)
    assert found_and_false(tmp_path / "new.toml", truth) == (len(truth), 0)
    x, y, right, bottom = truth[2]
    written = before[int(y / zoom) + 6 : int(bottom / zoom) - 6, int(x / zoom) + 6 : int(right / zoom) - 6]
    left = kept[int(y + 6 * zoom) : int(bottom - 6 * zoom), int(x + 6 * zoom) : int(right - 6 * zoom)]
    assert (written < 128).mean() > 0.05
    assert (left < 128).mean() < 0.4 * (written < 128).mean()  # most of the digit is gone


def test_detect_says_sheets_of_two_forms(tmp_path: Path) -> None:
    sheets = [SAMPLES / "meter" / "blank.png", SAMPLES / "survey" / "blank.png"]
    code, said = run("detect", *sheets, "--output", tmp_path / "new.toml")
    assert code == 2
    assert "survey" in said
    assert "no sheet of the same form" in said
    assert not (tmp_path / "new.toml").exists()


def test_detect_says_a_sheet_with_nothing_on_it(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "white.png"), np.full((900, 700), 255, np.uint8))
    code, said = run("detect", tmp_path / "white.png", "--output", tmp_path / "new.toml")
    assert (code, "no boxes" in said, (tmp_path / "new.toml").exists()) == (2, True, False)


def test_check_says_the_fit_and_draws_it_and_a_page_of_another_form(tmp_path: Path) -> None:
    scans = [SAMPLES / "meter" / "scans" / "meter-2.png", SAMPLES / "survey" / "scans" / "survey-3.png"]
    code, said = run("check", SAMPLES / "meter" / "form.toml", *scans, "--overlays", tmp_path)
    assert code == 1
    assert "meter-2.png: fits: " in said
    assert "survey-3.png: the form meter does not fit" in said
    assert len(list(tmp_path.rglob("*.jpg"))) == 2


def test_check_says_mistakes_with_their_lines(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((90, 70), 255, np.uint8))
    text = 'name = "f"\nimage = "blank.png"\n[[field]]\nname = "a"\nboxes = [[1, 1, 99, 9]]\ncheck = "lun"\n'
    (tmp_path / "f.toml").write_text(text, encoding="utf-8")
    code, said = run("check", tmp_path / "f.toml")
    assert code == 2
    assert "line 6" in said


def test_printed_form_is_read_by_the_form_file_made_with_it(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text(
        'name = "log"\n[[field]]\nname = "meter"\nlabel = "Meter number"\nlength = 8\ncheck = "luhn"\n'
        '[[field]]\nname = "amount"\ndecimals = 2\ndigits = [3, 6]\nmax = 999.5\n',
        encoding="utf-8",
    )
    code, _ = run("print", tmp_path / "plain.toml", "--output", tmp_path / "log.pdf")
    assert code == 0
    (form,) = forms.load(tmp_path / "log.toml")
    assert [(field.name, len(field.quads)) for field in form.fields] == [("meter", 8), ("amount", 6)]
    assert (form.rules["meter"].check, form.rules["amount"].decimals) == ("luhn", 2)
    page = read_scan(tmp_path / "log.pdf").image
    assert page.shape[:2] == form.sheet.shape  # A4 at 300 dpi, both
    for field in form.fields:
        for quad in field.quads:
            (x, y), (right, bottom) = quad[0].astype(int), quad[2].astype(int)
            assert abs((right - x) / 300 * 25.4 - 5) < 0.1
            assert abs((bottom - y) / 300 * 25.4 - 7) < 0.1
            assert form.sheet[y + 10 : bottom - 10, x].max() < 100  # the frame is printed
            assert form.sheet[y + 10 : bottom - 10, x + 10 : right - 10].min() > 200  # and paper inside
    code, said = run("check", tmp_path / "log.toml", tmp_path / "log.pdf", "--overlays", tmp_path / "fit")
    assert (code, "fits: 100%" in said) == (0, True)


def test_long_list_of_fields_is_printed_on_several_pages(tmp_path: Path) -> None:
    fields = [part for n in range(20) for part in ("--field", f"f{n}:3")]
    assert run("print", *fields, "--output", tmp_path / "long.pdf")[0] == 0
    first, second = forms.load(tmp_path / "long.toml")
    assert len(first.fields) + len(second.fields) == 20
    assert (first.number, second.number) == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--field", "votes", "--output", "a.pdf"), "votes:4"),
        (("--field", "votes:90", "--output", "a.pdf"), "90 boxes"),
        (("--output", "a.pdf"), "nothing to print"),
        (("--field", "votes:4", "--output", "a.png"), "PDF"),
    ],
)
def test_what_cannot_be_printed_is_said(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    *given, name = arguments
    code, said = run("print", *given, tmp_path / name)
    assert (code, words in said, list(tmp_path.iterdir())) == (2, True, [])
