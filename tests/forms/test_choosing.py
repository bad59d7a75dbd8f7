"""Several forms: the page's own is chosen, though another is much like it; none, or two alike, is said."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from reader.errors import FitError
from reader.forms.choosing import best_of
from reader.forms.field import Field
from reader.forms.form import Form
from reader.forms.sheet import Sheet, prepare
from reader.pages.page import page_of
from reader.pages.scan import Scan
from training.blocks import Entry, Gap, Look, Row, Table, Text
from training.filling import Hand, fill
from training.sheets import Form as Drawn
from training.sheets import print_form

A6 = (105, 148)
BASE = [
    Text("Tally of votes", 2, 700, "middle"),
    Gap(3),
    Row((Entry("station", "Polling station:", "comb", (1, 4), (6, 8)),), 40),
    Gap(3),
    Table("votes", ("List", "A", "B", "C"), ("north", "south", "east"), 3, 1, (9, 8), 26),
    Gap(4),
]
LAST = {
    "first": [Text("First round. Write one digit in each box.", 1, 400, "left")],
    "second": [Text("Second round: count each list twice!", 1, 400, "left")],
    "longer": [
        Text("First round. Write one digit in each box.", 1, 400, "left"),
        Gap(2),
        Text("Sign the sheet and hang it up at the door.", 1, 400, "left"),
    ],
}
OTHER = [
    Text("Meters", 2, 700, "middle"),
    Gap(8),
    *(
        block
        for n in range(5)
        for block in (Row((Entry(f"m{n}", f"Meter {n}:", "boxes", (1, 5), (6, 8)),), 30), Gap(3))
    ),
]


@pytest.fixture(scope="module")
def drawn() -> dict[str, Drawn]:
    forms = {name: print_form([*BASE, *last], Look(), 150, A6, margin=8) for name, last in LAST.items()}
    return {**forms, "meters": print_form(OTHER, Look(), 150, A6, margin=8)}


def sheet_of(name: str, form: Drawn) -> Sheet:
    def quads(boxes: list[tuple[int, ...]]) -> NDArray[np.float64]:
        return np.array([[[x, y], [x + w, y], [x + w, y + h], [x, y + h]] for x, y, w, h in boxes], np.float64)

    fields = tuple(Field(each.name, "boxes", quads([*each.boxes]), (0, len(each.boxes))) for each in form.fields)
    gray = form.image if form.image.ndim == 2 else form.image.mean(axis=2).astype(np.uint8)
    return prepare(Form(name, Path(name), gray, fields))


@pytest.fixture(scope="module")
def sheets(drawn: dict[str, Drawn]) -> dict[str, Sheet]:
    return {name: sheet_of(name, form) for name, form in drawn.items()}


def filled(form: Drawn, hand: Hand) -> Scan:
    values = {"station": "4071", "votes_r1_c1": "6", "votes_r2_c2": "1", "votes_r3_c3": "9", "m1": "50213"}
    known = {field.name for field in form.fields}
    written = {name: value for name, value in values.items() if name in known}
    sheet = fill(form, written, hand, np.random.default_rng(3))
    return Scan("page.png", 1, sheet.image)


@pytest.mark.parametrize("name", ["first", "second", "longer", "meters"])
def test_page_takes_its_own_form_among_others_much_like_it(
    name: str, drawn: dict[str, Drawn], sheets: dict[str, Sheet], real_hand: Hand
) -> None:
    sheet, placement = best_of(list(sheets.values()), page_of(filled(drawn[name], real_hand)))
    assert sheet.form.name == name
    assert len(placement.fields) == len(sheet.form.fields)


def test_page_that_fits_none_is_refused_with_their_names(
    drawn: dict[str, Drawn], sheets: dict[str, Sheet], real_hand: Hand
) -> None:
    with pytest.raises(FitError, match=r"none of the forms \(first, second\)"):
        best_of([sheets["first"], sheets["second"]], page_of(filled(drawn["meters"], real_hand)))


def test_two_forms_that_fit_alike_are_said_and_nothing_is_read(
    drawn: dict[str, Drawn], sheets: dict[str, Sheet], real_hand: Hand
) -> None:
    twin = sheet_of("twin", drawn["first"])
    with pytest.raises(FitError, match=r"first and twin fit this page alike|twin and first fit this page alike"):
        best_of([sheets["first"], twin, sheets["meters"]], page_of(filled(drawn["first"], real_hand)))
