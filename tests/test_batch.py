import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from reader import page_work
from reader.batch import Job, read_batch
from reader.errors import FormError, ModelError, UsageError
from reader.forms.sheet import Sheet
from reader.pages.scan import Scan
from reader.results.reading import DigitReading, FieldReading, PageReading
from reader.todo import PageDone
from tests import bad_scans
from tests.stand_ins import BOX, BUG, CTRL_C, EMPTY, FITS, MISFIT, draw, put_in, stand_in


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)


def rows_of(output: Path) -> list[dict[str, str]]:
    with output.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@pytest.mark.parametrize("bad", bad_scans.UNREADABLE, ids=lambda bad: bad.__name__)
def test_a_bad_file_is_a_row_that_says_why_and_all_others_are_read(bad: Callable[[Path], Path], tmp_path: Path) -> None:
    first, last = draw(tmp_path / "first.png"), draw(tmp_path / "last.png")
    path = bad(tmp_path)
    done = read_batch(Job([first, path, last], tmp_path / "results.csv"))
    rows = rows_of(tmp_path / "results.csv")
    assert [(row["file"], row["status"]) for row in rows] == [
        (str(first), "ok"),
        (str(path), "failed"),
        (str(last), "ok"),
    ]
    for words in [str(path), *bad_scans.UNREADABLE[bad]]:
        assert words in rows[1]["reason"]
    assert (done.pages("read"), done.pages("failed"), done.digits("ok")) == (2, 1, 2)


def test_one_bad_page_of_a_file_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "three.tif"
    pages = [Image.fromarray(np.full((60, 50), level, np.uint8)) for level in (FITS, MISFIT, FITS)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    done = read_batch(Job([path]))
    assert [(page.page, page.status) for page in done.readings] == [(1, "read"), (2, "refused"), (3, "read")]
    assert done.readings[1].reason == f"{path}: the form does not fit"


def test_a_page_on_which_nothing_is_found_is_failed_and_says_so(tmp_path: Path) -> None:
    done = read_batch(Job([draw(tmp_path / "white.png", EMPTY)], tmp_path / "results.csv"))
    assert done.pages("failed") == 1
    (row,) = rows_of(tmp_path / "results.csv")
    assert row["status"] == "failed"
    assert "no boxes and no digit lines found" in row["reason"]


@pytest.mark.parametrize(
    ("sure", "none", "status"), [(0, 9, "failed"), (2, 9, "failed"), (3, 9, "read"), (0, 2, "read")]
)
def test_a_page_where_much_looks_like_a_digit_and_nothing_is_one_is_failed(
    sure: int, none: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(scan: Scan, *_: object) -> PageReading:
        kinds = ["ok"] * sure + ["rejected"] * none + ["review"] * (20 - sure - none) + ["blank"] * 9
        digits = [DigitReading(0, "7" if kind in ("ok", "review") else "", 0.9, "", 0, kind, BOX) for kind in kinds]
        fields = [FieldReading(f"r{n}", one.digit, 0.9, one.status, "", BOX, (one,)) for n, one in enumerate(digits)]
        return PageReading(scan.file, scan.page, "", "read", "", tuple(fields))

    monkeypatch.setattr(page_work, "read_page", read)
    (reading,) = read_batch(Job([draw(tmp_path / "1.png")])).readings
    assert reading.status == status
    assert (reading.fields == ()) == ("no form" in reading.reason) == (status == "failed")


def test_a_bug_costs_its_page_and_its_traceback_is_told(tmp_path: Path) -> None:
    told: list[PageDone] = []
    files = [draw(tmp_path / "1.png", BUG), draw(tmp_path / "2.png", FITS)]
    done = read_batch(Job(files, tmp_path / "results.csv"), told.append)
    assert [page.status for page in done.readings] == ["failed", "read"]
    assert "bug" in done.readings[0].reason
    assert "ZeroDivisionError: by nought" in done.readings[0].reason
    assert "Traceback" in told[0].trouble
    assert told[1].trouble == ""


def test_ctrl_c_finishes_the_page_in_work(tmp_path: Path) -> None:
    files = [draw(tmp_path / f"{n}.png", level) for n, level in enumerate([FITS, FITS, CTRL_C, FITS])]
    done = read_batch(Job(files, tmp_path / "results.csv"))
    assert done.interrupted
    assert [row["file"] for row in rows_of(tmp_path / "results.csv")] == [str(file) for file in files[:3]]


def test_progress_counts_files(tmp_path: Path) -> None:
    for n in (1, 2, 10):
        draw(tmp_path / f"page{n}.png")
    told: list[PageDone] = []
    read_batch(Job([tmp_path]), told.append)
    assert [(Path(done.reading.file).name, done.file, done.files) for done in told] == [
        ("page1.png", 1, 3),
        ("page2.png", 2, 3),
        ("page10.png", 3, 3),
    ]


def test_overlays_are_drawn_and_not_read_as_scans_the_next_time(tmp_path: Path) -> None:
    draw(tmp_path / "a" / "1.png")
    draw(tmp_path / "b" / "1.png", MISFIT)
    job = Job([tmp_path], overlays=tmp_path / "overlays")
    first = read_batch(job)
    drawn = sorted(str(file.relative_to(tmp_path)) for file in (tmp_path / "overlays").rglob("*.jpg"))
    assert drawn == ["overlays/a/1.png.page1.jpg", "overlays/b/1.png.page1.jpg"]
    assert read_batch(job).readings == first.readings


def test_an_overlay_that_cannot_be_drawn_costs_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise UsageError("no room for it")

    monkeypatch.setattr(page_work.overlay, "save", full)
    told: list[PageDone] = []
    done = read_batch(Job([draw(tmp_path / "1.png")], overlays=tmp_path / "overlays"), told.append)
    assert done.pages("read") == 1
    assert told[0].trouble == "no room for it"


def write_form(folder: Path) -> Path:
    """A form file and its sheet: a title, text, three boxes and a line to write on."""
    sheet = np.full((600, 500), 255, np.uint8)
    for n, text in enumerate(["Tally sheet", "Write one digit in each box.", "Polling station", "Votes", "Register"]):
        cv2.putText(sheet, text, (40, 60 + 90 * n), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    for n in range(3):
        cv2.rectangle(sheet, (300 + 40 * n, 300), (340 + 40 * n, 350), 0, 2)
    cv2.line(sheet, (250, 430), (450, 430), 0, 2)
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(folder / "blank.png")
    (folder / "form.toml").write_text(
        'name = "tally"\nimage = "blank.png"\n'
        '[[field]]\nname = "votes"\nboxes = [[300, 300, 40, 50], [340, 300, 40, 50], [380, 300, 40, 50]]\n'
        '[[field]]\nname = "register"\nline = [250, 380, 200, 50]\n'
    )
    return folder / "form.toml"


def test_with_a_form_the_rows_are_pages_with_its_fields(tmp_path: Path) -> None:
    form = write_form(tmp_path / "form")
    files = [draw(tmp_path / "1.png", FITS), draw(tmp_path / "2.png", MISFIT), draw(tmp_path / "3.png", EMPTY)]
    read_batch(Job(files, tmp_path / "results.csv", form=form))
    rows = rows_of(tmp_path / "results.csv")
    assert list(rows[0])[3:] == ["status", "review", "votes", "register"]
    assert [(row["form"], row["status"], row["votes"]) for row in rows] == [
        ("tally", "read", "7"),
        ("tally", "refused", ""),
        ("tally", "read", ""),
    ]


def test_forms_of_a_folder_make_one_table_with_the_fields_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_form(tmp_path / "forms" / "a")
    second = write_form(tmp_path / "forms" / "b")
    text = second.read_text().replace('"tally"', '"count"').replace('"register"', '"staff"')
    second.write_text(text)
    seen: list[list[str]] = []

    def read(scan: Scan, _classifier: object, sheets: tuple[Sheet, ...]) -> PageReading:
        seen.append([sheet.form.name for sheet in sheets])
        return stand_in(scan, None, sheets)

    monkeypatch.setattr(page_work, "read_page", read)
    read_batch(Job([draw(tmp_path / "1.png")], tmp_path / "results.csv", form=first.parent.parent))
    assert seen == [["tally", "count"]]
    assert list(rows_of(tmp_path / "results.csv")[0])[5:] == ["votes", "register", "staff"]


def test_mistakes_of_all_forms_of_a_folder_are_said_at_once(tmp_path: Path) -> None:
    write_form(tmp_path / "forms" / "a")
    write_form(tmp_path / "forms" / "b")  # of the same name
    broken = write_form(tmp_path / "forms" / "c")
    broken.write_text(broken.read_text().replace("votes", "status"))
    with pytest.raises(FormError) as caught:
        read_batch(Job([draw(tmp_path / "1.png")], form=tmp_path / "forms"))
    said = str(caught.value).splitlines()
    assert len(said) == 2
    assert "called tally too" in said[0]
    assert "`status` is a column" in said[1]


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ({"form": "gone.toml"}, FormError),
        ({"form": "."}, UsageError),  # a folder without forms
        ({"model": "gone.tflite"}, ModelError),
        ({"output": "gone/results.csv"}, UsageError),
        ({"output": "."}, UsageError),
        ({"output": "1.png"}, UsageError),
        ({"overlays": "1.png"}, UsageError),
    ],
)
def test_what_cannot_be_done_is_said_before_any_page_is_opened(
    job: dict[str, str], error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(page_work, "read_page", lambda *_: pytest.fail("a page was opened"))
    scan = draw(tmp_path / "1.png")
    before = scan.read_bytes()
    given = {key: tmp_path / name for key, name in job.items()}
    with pytest.raises(error, match=next(iter(job.values())).split("/")[0].replace(".", r"\.")):
        read_batch(Job([scan], **given))
    assert [path.name for path in tmp_path.iterdir()] == ["1.png"]
    assert scan.read_bytes() == before


def test_a_job_has_something_to_read() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Job([])
