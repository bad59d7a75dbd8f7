import csv
import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from reader.forms import form as forms
from samples import make

SAMPLES = Path(make.__file__).parent
DESIGNS = {design.name: design for design in make.designs()}


@pytest.mark.parametrize("name", DESIGNS)
def test_the_script_draws_what_is_committed(name: str) -> None:
    design, folder = DESIGNS[name], SAMPLES / name
    assert (folder / "form.toml").read_text(encoding="utf-8") == make.form_file(design)
    assert (folder / "expected.csv").read_text(encoding="utf-8") == make.expected(design)
    assert {path.name for path in (folder / "scans").iterdir()} == {scan.file for scan in design.scans}
    scan = design.scans[0]
    stored = cv2.imread(str(folder / "scans" / scan.file), cv2.IMREAD_UNCHANGED)
    drawn = make.scanned(design, scan)
    assert stored is not None
    assert stored.shape == drawn.shape
    assert np.abs(stored.astype(int) - drawn).mean() < 2  # compressed twice, and by whatever version of libjpeg


@pytest.mark.parametrize("name", DESIGNS)
def test_the_form_files_are_in_order(name: str) -> None:
    (form,) = forms.load(SAMPLES / name / "form.toml")
    assert form.name == name
    assert len(form.fields) == len(make.form_of(DESIGNS[name]).fields)


MAY_BE_WRONG = {("marks-2.jpg", "p_r2_c2")}
"""Scan and field that the model in the package reads wrong, and marks for review."""


def test_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 3_000_000


@pytest.mark.parametrize("name", DESIGNS)
def test_reading_the_samples_gives_the_csv_they_must_give(name: str) -> None:
    from reader.batch import Job, read_batch

    folder = SAMPLES / name
    batch = read_batch(Job(scans=(folder / "scans",), form=folder / "form.toml"))
    got = {Path(row["file"]).name: row for row in csv.DictReader(io.StringIO(batch.csv))}
    must = list(csv.DictReader((folder / "expected.csv").open(newline="", encoding="utf-8")))
    assert len(got) == len(must)
    for row in must:
        answer = got[Path(row["file"]).name]
        assert answer["status"] == row["status"]
        assert set(row["review"].split()) <= set(answer["review"].split()), "what is crossed out is not said"
        flagged = set(answer["review"].split())
        wrong = {field: (row[field], answer[field]) for field in list(row)[5:] if row[field] != answer[field]}
        assert not {field for field in wrong if field not in flagged}, f"wrong and called sure: {wrong}"
        # A hard value may be wrong, but never unsaid: this is what `review` is for.
        unknown = {field for field in wrong if (Path(row["file"]).name, field) not in MAY_BE_WRONG}
        assert not unknown, f"{row['file']}: (right, read) {wrong}"
