import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reader import page_work
from reader.digits import classifier
from reader.pages.scan import Scan
from reader.results.reading import PageReading
from tests import bad_scans
from tests.command_line import run
from tests.stand_ins import BUG, CTRL_C, FITS, MISFIT, draw, put_in
from tests.test_batch import rows_of, write_form


@pytest.fixture
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)


def photograph(name: str) -> np.ndarray:
    """One of the two photographs in scikit-learn, a temple and a flower, at half size: (214, 320, 3) RGB uint8."""
    datasets = pytest.importorskip("sklearn.datasets", reason="the photographs come with scikit-learn")
    return np.asarray(datasets.load_sample_image(name))[::2, ::2]


def strip_of_boxes() -> np.ndarray:
    """A page with one row of five empty boxes."""
    page = np.full((400, 700), 255, np.uint8)
    page[150:213, 150:453] = 0
    for n in range(5):
        page[153:210, 153 + 60 * n : 210 + 60 * n] = 255
    return page


@pytest.mark.usefixtures("_stand_in")
def test_all_pages_read_is_exit_code_0(tmp_path: Path) -> None:
    draw(tmp_path / "scans" / "1.png")
    code, out, err = run("read", tmp_path / "scans", "--output", tmp_path / "results.csv")
    assert (code, out) == (0, "")
    assert "1 read, 0 refused, 0 failed" in err
    assert "1 ok, 0 review" in err
    assert str(tmp_path / "results.csv") in err
    assert [row["value"] for row in rows_of(tmp_path / "results.csv")] == ["7"]


def test_fewer_errors_ask_for_more_review_and_the_pages_are_read_anew(tmp_path: Path) -> None:
    shipped = Path(classifier.__file__).parent / "model"
    about = json.loads((shipped / "digits.json").read_text("utf-8"))
    rows = [(0.5, 0.1), (0.9999999, 0.001)]
    about["limits"] = [{"boxes": sure, "lines": sure, "share": 0.1, "max_error": error} for sure, error in rows]
    (tmp_path / "mine.tflite").write_bytes((shipped / "digits.tflite").read_bytes())
    (tmp_path / "mine.json").write_text(json.dumps(about), encoding="utf-8")
    scan = Path(__file__).parent.parent / "samples" / "meter" / "scans" / "meter-1.jpg"
    form, table = scan.parent.parent / "form.toml", tmp_path / "results.csv"
    sure = []
    for error in ("0.1", "0.001"):
        options = ("--form", form, "--output", table, "--layout", "digits", "--max-error", error)
        code, _, err = run("read", scan, "--model", tmp_path / "mine.tflite", *options)
        assert code == 0
        assert "10% of all needed it" in err
        sure.append(sum(row["status"] == "ok" for row in rows_of(table)))
    assert sure[0] > sure[1]


@pytest.mark.usefixtures("_stand_in")
def test_every_bad_file_at_once_is_exit_code_1_and_each_is_told_and_the_good_one_read(tmp_path: Path) -> None:
    bad = [draw_bad(tmp_path) for draw_bad in bad_scans.UNREADABLE]
    good = draw(tmp_path / "good.png")
    code, _, err = run("read", *bad, good, "--output", tmp_path / "results.csv", "--layout", "digits")
    assert code == 1
    rows = rows_of(tmp_path / "results.csv")
    assert [row["file"] for row in rows] == [str(path) for path in [*bad, good]]
    assert [row["status"] for row in rows] == ["failed"] * len(bad) + ["ok"]
    told = err.splitlines()
    for path, words in zip(bad, bad_scans.UNREADABLE.values(), strict=True):
        assert any(line.startswith(f"failed: {path}") and all(word in line for word in words) for line in told)
    assert f"1 read, 0 refused, {len(bad)} failed" in err


@pytest.mark.usefixtures("_stand_in")
def test_a_page_that_the_form_does_not_fit_is_exit_code_1(tmp_path: Path) -> None:
    form = write_form(tmp_path / "form")
    scans = [draw(tmp_path / "1.png", FITS), draw(tmp_path / "2.png", MISFIT)]
    code, out, err = run("read", *scans, "--form", form, "--output", "-")
    assert code == 1
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [(row["status"], row["votes"]) for row in rows] == [("read", "7"), ("refused", "")]
    assert "refused: " in err


@pytest.mark.usefixtures("_stand_in")
def test_a_bug_is_a_row_and_its_traceback_is_shown(tmp_path: Path) -> None:
    code, _, err = run("read", draw(tmp_path / "1.png", BUG), "--output", tmp_path / "results.csv")
    assert code == 1
    assert "Traceback" in err
    assert "please report it" in rows_of(tmp_path / "results.csv")[0]["reason"]


@pytest.mark.usefixtures("_stand_in")
def test_ctrl_c_is_exit_code_130_and_keeps_the_finished_pages(tmp_path: Path) -> None:
    scans = [draw(tmp_path / "1.png", FITS), draw(tmp_path / "2.png", CTRL_C), draw(tmp_path / "3.png", FITS)]
    code, _, err = run("read", *scans, "--output", tmp_path / "results.csv", "--jobs", 1)
    assert code == 130
    assert "interrupted" in err
    assert len(rows_of(tmp_path / "results.csv")) == 2


HEAD = 'name = "t"\nimage = "blank.png"\n'
FIELD = '[[field]]\nname = "a"\nboxes = [[1, 1, 9, 9]]\n'
BAD_FORMS = {
    "unknown key": (f"{HEAD}sheet = 1\n{FIELD}", "sheet"),
    "box off the sheet": (HEAD + FIELD.replace("9, 9", "999, 9"), "boxes"),
    "two fields of one name": (HEAD + FIELD * 2, "name"),
    "missing image": (HEAD.replace("blank.png", "gone.png") + FIELD, "gone.png"),
}
"""Forms and what must be said of each: the key that is wrong."""


@pytest.mark.parametrize("mistake", BAD_FORMS)
def test_a_form_with_a_mistake_is_exit_code_2_before_any_page_is_opened(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(scan: Scan, *_: object) -> PageReading:
        raise AssertionError(scan.file)

    monkeypatch.setattr(page_work, "read_page", opened)
    draw(tmp_path / "form" / "blank.png")
    text, key = BAD_FORMS[mistake]
    (tmp_path / "form" / "form.toml").write_text(text)
    form = tmp_path / "form" / "form.toml"
    code, out, err = run("read", draw(tmp_path / "1.png"), "--form", form, "--output", tmp_path / "results.csv")
    assert (code, out) == (2, "")
    assert str(form) in err
    assert key in err
    assert "Traceback" not in err
    assert not (tmp_path / "results.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["read"], "scans"),
        (["read", "{scan}"], "--output"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--layout", "tall"], "tall"),
        (["read", "{scan}", "--output", "{folder}/gone/results.csv"], "create it"),
        (["read", "{scan}", "--output", "{folder}"], "this is a folder"),
        (["read", "{scan}", "--output", "{scan}"], "one of the scans"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--overlays", "{scan}"], "no overlays"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--model", "{folder}/gone.tflite"], "gone.tflite"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--form", "{folder}/gone.toml"], "gone.toml"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--max-error", "2"], "--max-error"),
        (["read", "{scan}", "--output", "{folder}/results.csv", "--max-error", "1e-9"], "cannot be promised"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(arguments: list[str], words: str, tmp_path: Path) -> None:
    scan = draw(tmp_path / "1.png")
    before = scan.read_bytes()
    code, out, err = run(*(argument.format(scan=scan, folder=tmp_path) for argument in arguments))
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["1.png"]
    assert scan.read_bytes() == before


def test_a_missing_library_of_the_system_is_named_with_its_package(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        'raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")'
    )
    program = "from reader.cli import main; main()"
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program, "read", "1.png", "--output", "-"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 2
    assert "libGL.so.1" in done.stderr
    assert "apt-get install -y libgl1" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["black", "white", "temple", "flower"])
def test_a_page_with_nothing_to_read_is_a_failed_row_that_says_so(name: str, tmp_path: Path) -> None:
    images = {"black": np.zeros((1100, 850), np.uint8), "white": np.full((1100, 850), 255, np.uint8)}
    image = images[name] if name in images else photograph({"temple": "china.jpg"}.get(name, f"{name}.jpg"))
    path = tmp_path / f"{name}.png"
    Image.fromarray(image).save(path)
    Image.fromarray(strip_of_boxes()).save(tmp_path / "good.png")
    code, _, err = run("read", path, tmp_path / "good.png", "--output", tmp_path / "results.csv")
    first, *rest = rows_of(tmp_path / "results.csv")
    assert code == 1
    assert (first["status"], first["value"]) == ("failed", "")
    assert "no boxes and no digit lines found" in first["reason"] or "no form" in first["reason"]
    assert f"failed: {path}" in err
    assert [row["file"] for row in rest] == [str(tmp_path / "good.png")] * len(rest)
    assert {row["status"] for row in rest} == {"blank"}


@pytest.mark.parametrize("kind", ["CMYK", "16 bits", "alpha", "1 bit", "palette"])
def test_odd_kinds_of_pictures_are_read_like_others(kind: str, tmp_path: Path) -> None:
    page = strip_of_boxes()
    gray = Image.fromarray(page)
    files = {
        "CMYK": ("a.jpg", gray.convert("CMYK")),
        "16 bits": ("a.png", Image.fromarray(page.astype(np.uint16) * 257)),
        "alpha": ("a.png", Image.merge("LA", (Image.new("L", gray.size, 0), Image.fromarray(255 - page)))),
        "1 bit": ("a.tif", gray.convert("1")),
        "palette": ("a.png", gray.convert("P")),
    }
    name, picture = files[kind]
    picture.save(tmp_path / name)
    code, _, _ = run("read", tmp_path / name, "--output", tmp_path / "results.csv", "--layout", "digits")
    rows = rows_of(tmp_path / "results.csv")
    assert code == 0
    assert [row["status"] for row in rows] == ["blank"] * 5
    assert [abs(int(row["x"]) - (150 + 60 * n)) <= 6 for n, row in enumerate(rows)] == [True] * 5
