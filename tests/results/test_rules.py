"""The rules of a form in reading: what they change, what they never change, and what they say."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from reader.forms.field import Field
from reader.forms.form import Form
from reader.forms.rules import Across, ValueRules
from reader.results.reading import Box, DigitReading, FieldReading
from reader.results.rules import by_rules

BOX = Box(0, 0, 10, 10)
SURE, DOUBT, NEAR = 0.995, 0.6, 0.35
"""Of a digit that is plain to see, of one in doubt, and of its second choice."""


def digit(place: int, said: str) -> DigitReading:
    """`7` is plain, `7/1` in doubt with a second choice, `_` an empty box, `x` one crossed out."""
    if said in "_x":
        return DigitReading(place, "", 0.99, "", 0.0, "blank" if said == "_" else "rejected", BOX)
    first, _, second = said.partition("/")
    if second:
        return DigitReading(place, first, DOUBT, second, NEAR, "review", BOX)
    return DigitReading(place, first, SURE, "0" if first != "0" else "1", 0.004, "ok", BOX)


def reading(name: str, said: str) -> FieldReading:
    digits = tuple(digit(place, each) for place, each in enumerate(said.split()))
    value = "".join(each.digit for each in digits)
    statuses = {each.status for each in digits}
    if statuses == {"blank"}:
        status, reason = "blank", ""
    elif not value:
        status, reason = "rejected", "there is writing, but no digit"
    else:
        doubts = [f"box {d.position + 1} holds no digit" for d in digits if d.status == "rejected"]
        doubts += [f"box {d.position + 1} may be {d.digit}" for d in digits if d.status == "review"]
        status, reason = ("review" if doubts else "ok"), "; ".join(doubts)
    return FieldReading(name, value, 0.9, status, reason, BOX, digits)


def read(rules: dict[str, ValueRules], said: dict[str, str], across: tuple[Across, ...] = (), kind: str = "boxes"):
    fields = []
    for name, text in said.items():
        boxes = len(text.split()) if kind == "boxes" else 1
        quads = np.array([[[x, 0], [x + 9, 0], [x + 9, 9], [x, 9]] for x in range(0, 10 * boxes, 10)], float)
        fields.append(Field(name, kind, quads, (0, 9)))
    form = Form("f", Path("f.toml"), np.full((9, 9), 255, np.uint8), tuple(fields), rules, across)
    done = by_rules([reading(name, text) for name, text in said.items()], form)
    return {each.name: each for each in done}


def form_of_one(boxes: int, rules: ValueRules) -> Form:
    quads = np.array([[[x, 0], [x + 9, 0], [x + 9, 9], [x, 9]] for x in range(0, 10 * boxes, 10)], float)
    return Form("f", Path("f"), np.full((9, 9), 255, np.uint8), (Field("a", "boxes", quads, (0, boxes)),), {"a": rules})


def one(said: str, kind: str = "boxes", **rules: object) -> FieldReading:
    return read({"a": ValueRules(**rules)}, {"a": said}, kind=kind)["a"]


@pytest.mark.parametrize(
    ("said", "rules", "value", "status"),
    [
        ("1 2 5 0", {"decimals": 2}, "12.50", "ok"),
        ("_ _ 5 0", {"decimals": 2}, "0.50", "ok"),
        ("1 2 5 _", {"decimals": 2}, "1.25", "review"),  # the last box is behind the point: 12.5 or 1.25?
        ("3 1 1 2 2 6", {"mask": "##.##.##"}, "31.12.26", "ok"),
        ("3 1 1 2 2 _", {"mask": "##.##.##"}, "31122", "review"),
        ("_ 4 8", {}, "48", "ok"),
        ("_ 4 8", {"blank": "0"}, "048", "ok"),
        ("_ _ _", {"blank": "0"}, "000", "ok"),
        ("_ _ _", {}, "", "blank"),
        ("x 4 8", {"cross": ""}, "48", "ok"),
        ("x 4 8", {}, "48", "review"),
        ("4 x 8", {"cross": ""}, "48", "review"),
        ("4 x 8", {"cross": "0"}, "408", "ok"),
        ("x x x", {"cross": ""}, "", "blank"),
        ("x x x", {}, "", "rejected"),
        ("4 _ 8", {}, "48", "review"),
        ("4 8 _", {}, "48", "ok"),
        ("4 8 _", {"align": "right"}, "48", "review"),
        ("_ 4 8", {"align": "left"}, "48", "review"),
        ("x 4 _", {"align": "right", "cross": "", "blank": "0"}, "40", "ok"),
    ],
)
def test_value_is_what_the_form_means(said: str, rules: dict[str, object], value: str, status: str) -> None:
    done = one(said, **rules)
    assert (done.value, done.status) == (value, status)
    assert bool(done.reason) == (status in ("review", "rejected"))


def test_a_cross_that_may_be_something_else_is_for_review() -> None:
    form = form_of_one(2, ValueRules(cross=""))
    weak = DigitReading(0, "", 0.85, "", 0.0, "rejected", BOX)
    given = FieldReading("a", "7", 0.8, "review", "box 1 holds no digit", BOX, (weak, digit(1, "7")))
    (done,) = by_rules([given], form)
    assert done.status == "review"
    assert "may be crossed out (0.85)" in done.reason


@pytest.mark.parametrize(
    ("said", "rules", "words"),
    [
        ("7 2", {"most": Decimal(31)}, "72 is more than 31"),
        ("0 0", {"least": Decimal(1)}, "00 is less than 1"),
        ("1 2 5 0", {"decimals": 2, "most": Decimal(12)}, "12.50 is more than 12"),
        ("1 9 8 4", {"pattern": "20.."}, "20.."),
        ("1 2", {"choices": frozenset({"11", "13"})}, "11, 13"),
        ("1 2", {"length": (3, 3)}, "has 2 digits"),
        ("7 9 9", {"check": "luhn"}, "luhn"),
        ("3 1 0 2", {"date": "DDMM"}, "no date"),
    ],
)
def test_plain_digits_that_break_a_rule_stay_and_are_for_review(
    said: str, rules: dict[str, object], words: str
) -> None:
    done = one(said, **rules)
    assert [each.digit for each in done.digits] == said.split()
    assert done.status == "review"
    assert words in done.reason


def test_second_choice_that_keeps_the_rule_is_taken_told_and_for_review() -> None:
    done = one("7/1 2", most=Decimal(31))
    assert (done.value, done.status) == ("12", "review")
    assert done.reason.startswith("a rule decided: box 1 was taken for 1 (0.35) rather than 7 (0.60)")
    assert (done.digits[0].digit, done.digits[0].second_digit) == ("1", "7")


@pytest.mark.parametrize(("second", "changed"), [(0.05, True), (0.02, False)])
def test_second_choice_that_is_far_behind_is_never_taken(second: float, changed: bool) -> None:
    given = DigitReading(0, "7", 0.9, "1", second, "review", BOX)
    form = form_of_one(2, ValueRules(most=Decimal(31)))
    (done,) = by_rules([FieldReading("a", "72", 0.9, "review", "", BOX, (given, digit(1, "2")))], form)
    assert done.value == ("12" if changed else "72")
    assert done.status == "review"


def test_no_plain_digit_is_changed_by_any_rule() -> None:
    """300 random fields of plain and doubtful digits under a check digit: only doubtful ones change, all told."""
    rng = np.random.default_rng(5)
    changes = 0
    for _ in range(300):
        values = rng.integers(0, 10, 5)
        said = [f"{v}/{(v + 1 + rng.integers(9)) % 10}" if rng.random() < 0.3 else str(v) for v in values]
        done = one(" ".join(said), check="luhn")
        for before, after in zip(said, done.digits, strict=True):
            if after.digit != before[0]:
                changes += 1
                assert "/" in before
                assert after.digit == before[-1]
                assert done.status == "review"
                assert "a rule decided" in done.reason
    assert changes > 30


def test_digit_in_much_doubt_is_for_review_though_its_check_digit_is_right() -> None:
    assert one("7 9 9 2/7 7 3 9 8 7 1 3", check="luhn").status == "review"


def test_a_number_borne_out_by_its_check_digit_is_accepted_and_says_so() -> None:
    likely = DigitReading(3, "2", 0.93, "7", 0.05, "review", BOX)
    others = [digit(place, value) for place, value in enumerate("799")]
    rest = [digit(place, value) for place, value in enumerate("7398713", start=4)]
    form = form_of_one(11, ValueRules(check="luhn"))
    given = FieldReading("a", "79927398713", 0.9, "review", "box 4 may be 2", BOX, (*others, likely, *rest))
    (done,) = by_rules([given], form)
    assert (done.value, done.status) == ("79927398713", "ok")
    assert "bears out" in done.reason
    assert done.confidence > 0.99
    plain = form_of_one(11, ValueRules(most=Decimal(10) ** 12))
    assert by_rules([given], plain)[0].status == "review"  # a rule that everything keeps says nothing


def test_line_is_not_accepted_for_a_check_digit_that_one_in_ten_cuts_keeps() -> None:
    said = "7 9 9 2/7 7 3 9 8 7 1 3"
    assert one(said, kind="line", check="luhn").status == "review"


SUM = (Across("sum", ("men", "women"), "total"),)


def test_sum_that_is_right_leaves_all_as_it_is() -> None:
    done = read({}, {"men": "1 2", "women": "3 0", "total": "4 2"}, SUM)
    assert [(each.status, each.reason) for each in done.values()] == [("ok", "")] * 3


def test_sum_that_is_wrong_is_told_for_every_field_in_it() -> None:
    done = read({}, {"men": "1 2", "women": "3 0", "total": "4 3"}, SUM)
    assert {each.status for each in done.values()} == {"review"}
    assert all("men + women is 42, and total is 43" in each.reason for each in done.values())
    assert done["total"].value == "43"


def test_sum_chooses_between_choices_of_any_of_its_fields() -> None:
    done = read({}, {"men": "1 2", "women": "3/8 0", "total": "9 2"}, SUM)
    assert done["women"].value == "80"
    assert done["women"].status == "review"
    assert "a rule decided" in done["women"].reason
    assert (done["men"].status, done["total"].status) == ("ok", "ok")


def test_fields_left_empty_count_nothing_in_a_sum_and_no_total_is_no_sum() -> None:
    assert read({}, {"men": "1 2", "women": "_ _", "total": "1 2"}, SUM)["total"].status == "ok"
    assert read({}, {"men": "1 2", "women": "3 0", "total": "_ _"}, SUM)["men"].status == "ok"


def test_order_and_date_between_fields() -> None:
    order = (Across("order", ("valid", "cast")),)
    assert "more than cast" in read({}, {"valid": "9", "cast": "8"}, order)["valid"].reason
    assert read({}, {"valid": "8", "cast": "8"}, order)["valid"].status == "ok"
    date = (Across("date", ("d", "m", "y")),)
    assert read({}, {"d": "3 1", "m": "0 4", "y": "2 6"}, date)["d"].status == "review"
    assert read({}, {"d": "3 0", "m": "0 4", "y": "2 6"}, date)["d"].status == "ok"


def test_rules_of_a_field_and_between_fields_hold_together() -> None:
    done = read({"women": ValueRules(most=Decimal(50))}, {"men": "1 2", "women": "3/8 0", "total": "9 2"}, SUM)
    assert done["women"].value == "30"  # 80 would make the sum right, and is more than 50
    assert {each.status for each in done.values()} == {"review"}


@pytest.mark.parametrize(
    ("marks", "value", "status"),
    [
        ((2,), "12.50", "ok"),
        ((3,), "125.0", "review"),  # the form says two decimals
        ((), "1250", "review"),
        ((1, 2), "12.50", "review"),
    ],
)
def test_decimals_of_a_free_line_are_where_the_point_is_written(
    marks: tuple[int, ...], value: str, status: str
) -> None:
    line = form_of_one(1, ValueRules(decimals=2))
    field = Field("a", "line", line.fields[0].quads, (1, 9))
    form = Form("f", Path("f"), line.sheet, (field,), line.rules)
    (done,) = by_rules([reading("a", "1 2 5 0")], form, {"a": marks})
    assert (done.value, done.status) == (value, status)
