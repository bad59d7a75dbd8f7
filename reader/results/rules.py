"""The rules of a form, used in reading: the likeliest digits that keep them, and a word where a rule decided.

A rule changes a digit only where the classifier is in doubt about it, and only to its second choice if that is not far
behind; such an answer is always for a person to see. Where the first choices keep the rules and little else does, the
answer is accepted: a check digit tells of any single digit that is misread.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, product

import numpy as np

from reader.forms.form import Form
from reader.forms.rules import Across, ValueRules, breach, breach_across, written_out
from reader.results.points import decimals_of
from reader.results.reading import DigitReading, FieldReading
from reader.results.values import Answer, answer_of, digits_of

PLAIN = 0.97
"""Probability of a digit from which on no rule changes it: boxes are accepted from there without any rule."""
FARTHEST = 0.05
"""Least probability of all changes together, over that of the first choices, at which a rule may make them."""
MOST_CHANGED = 10
"""Digits in doubt, the least sure ones, that a rule looks at for another choice."""
SURE_BY_RULES = 0.99
"""Probability, with the rules known, from which on an answer in doubt is accepted."""
MOST_BORNE_OUT = 3
"""Digits in doubt at the most in an answer that rules bear out: all values that these may have are gone through."""
BROKEN = 0.02
"""Share of values that writers get wrong, by their own rules."""
WRONGLY_CUT = 0.3
"""Share of lines in doubt that may be taken apart wrongly: then the digits keep rules by chance."""
DRAWN = 500
"""Values drawn to see how often rules are kept by chance."""

Answers = dict[str, Answer]
Digits = dict[str, tuple[DigitReading, ...]]
Why = Callable[[Mapping[str, str]], str]
"""Which rule the digits of fields, by name, break, in words; empty where they keep all."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A digit in doubt: of which field, at which place."""

    name: str
    place: int
    digit: DigitReading


def by_rules(
    readings: Sequence[FieldReading], form: Form, points: Mapping[str, tuple[int, ...]] | None = None
) -> tuple[FieldReading, ...]:
    """The readings of a form's fields with the values that the form means, and its rules used.

    Args:
        readings: of all fields of the form, in its order.
        form: what it says of them.
        points: of free lines, by name, how many digits stand before each point that is written.
    """
    answers: Answers = {}
    for field, reading in zip(form.fields, readings, strict=True):
        rules, doubt = form.rules.get(field.name, ValueRules()), ""
        if field.kind == "line" and rules.decimals and reading.value:
            marks = (points or {}).get(field.name, ())
            decimals, doubt = decimals_of(marks, len(reading.value), rules.decimals)
            rules = replace(rules, decimals=decimals)
        answers[field.name] = answer_of(reading, field.kind, rules, doubt)
    for name, answer in list(answers.items()):
        if answer.rules.can_be_broken and answer.complete:
            answers |= _held_to({name: answer}, _own(answers))
    for rule in form.across:
        of_rule = {name: answers[name] for name in rule.all_names}
        if any(answer.complete for answer in of_rule.values()) and not _is_unclear(of_rule):
            answers |= _held_to(of_rule, _both(rule, answers))
    return tuple(answers[field.name].reading for field in form.fields)


def _is_unclear(answers: Answers) -> bool:
    """Whether one of the fields has writing that is no value."""
    return any(not each.complete and each.reading.status in ("review", "rejected") for each in answers.values())


def _own(answers: Answers) -> Why:
    """The rules of each field by itself."""

    def why(digits: Mapping[str, str]) -> str:
        each = (breach(text, answers[name].rules) for name, text in digits.items() if text)
        return next(filter(None, each), "")

    return why


def _both(rule: Across, answers: Answers) -> Why:
    """A rule between fields, and the rules of each."""

    def why(digits: Mapping[str, str]) -> str:
        values = {name: written_out(text, answers[name].rules) for name, text in digits.items()}
        return breach_across(rule, values) or _own(answers)(digits)

    return why


def _held_to(answers: Answers, why: Why) -> Answers:
    """The answers of fields that rules bind together, changed, accepted or put to review as the rules have it."""
    broken = why({name: answer.digits for name, answer in answers.items()})
    spots = _spots(answers)
    if not broken:
        return _borne_out(answers, spots, why)
    for changed in _changes(answers, spots):
        if not why({name: digits_of(digits, answers[name].rules) for name, digits in changed.items()}):
            return {name: _changed(answer, changed[name], broken) for name, answer in answers.items()}
    return {name: _to_review(answer, broken) for name, answer in answers.items()}


def _spots(answers: Answers) -> list[_Spot]:
    """The digits in doubt, the least sure first."""
    spots = [
        _Spot(name, place, digit)
        for name, answer in answers.items()
        for place, digit in enumerate(answer.reading.digits)
        if digit.status == "review" and digit.confidence < PLAIN
    ]
    return sorted(spots, key=lambda spot: spot.digit.confidence)


def _changes(answers: Answers, spots: list[_Spot]) -> Iterator[Digits]:
    """Second choices in place of first ones, the likeliest such change first, as far as they are near enough."""
    near = [spot for spot in spots[:MOST_CHANGED] if spot.digit.second_digit and _ratio(spot) >= FARTHEST]
    ways = [list(compress(near, choice)) for choice in product((0, 1), repeat=len(near))]
    costs = [math.prod(_ratio(spot) for spot in way) for way in ways]
    for index in sorted(range(len(ways)), key=lambda n: -costs[n]):
        if ways[index] and costs[index] >= FARTHEST:
            changed = {name: list(answer.reading.digits) for name, answer in answers.items()}
            for spot in ways[index]:
                changed[spot.name][spot.place] = _exchanged(spot.digit)
            yield {name: tuple(digits) for name, digits in changed.items()}


def _ratio(spot: _Spot) -> float:
    """How likely the second choice is, over the first."""
    return min(1.0, spot.digit.second_confidence / max(spot.digit.confidence, 1e-9))


def _exchanged(digit: DigitReading) -> DigitReading:
    """The digit with its two choices exchanged."""
    return replace(
        digit,
        digit=digit.second_digit,
        confidence=digit.second_confidence,
        second_digit=digit.digit,
        second_confidence=digit.confidence,
        status="review",
    )


def _changed(answer: Answer, digits: tuple[DigitReading, ...], broken: str) -> Answer:
    """The answer with digits that a rule chose, for review; the same answer where it chose none of its own."""
    if digits == answer.reading.digits:
        return answer
    new = [
        f"{'box' if answer.kind == 'boxes' else 'digit'} {after.position + 1} was taken for {after.digit} "
        f"({after.confidence:.2f}) rather than {after.second_digit} ({after.second_confidence:.2f})"
        for before, after in zip(answer.reading.digits, digits, strict=True)
        if before != after
    ]
    value = written_out(digits_of(digits, answer.rules), answer.rules)
    confidence = float(np.prod([digit.confidence for digit in digits]))
    reason = f"a rule decided: {'; '.join(new)}, for {broken}"
    reading = replace(answer.reading, value=value, confidence=confidence, status="review", reason=reason, digits=digits)
    return replace(answer, reading=reading, open=False)


def _to_review(answer: Answer, broken: str) -> Answer:
    """The answer for review, because it breaks a rule."""
    if not answer.complete:
        return answer
    reason = "; ".join(filter(None, [broken, answer.reading.reason]))
    return replace(answer, reading=replace(answer.reading, status="review", reason=reason), open=False)


def _borne_out(answers: Answers, spots: list[_Spot], why: Why) -> Answers:
    """The answers, which keep the rules; those in doubt are accepted where it is unlikely that others would, too."""
    doubtful = {name: answer for name, answer in answers.items() if answer.reading.status == "review"}
    if not doubtful or len(spots) > MOST_BORNE_OUT or not all(answer.open for answer in doubtful.values()):
        return answers
    sure = _probability(answers, spots, why)
    if any(answer.kind == "line" for answer in doubtful.values()):
        sure *= (1 - WRONGLY_CUT) / (1 - WRONGLY_CUT + WRONGLY_CUT * _by_chance(answers, doubtful, why))
    if sure < SURE_BY_RULES:
        return answers
    accepted = {name: _accepted(answer, sure) for name, answer in doubtful.items()}
    return {**answers, **accepted}


def _accepted(answer: Answer, sure: float) -> Answer:
    """The answer accepted, because rules bear it out."""
    digits = tuple(replace(each, status="ok") if each.status == "review" else each for each in answer.reading.digits)
    said = f"a rule bears out what was in doubt: {answer.reading.reason}"
    confidence = max(answer.reading.confidence, sure)
    reading = replace(answer.reading, status="ok", confidence=confidence, reason=said, digits=digits)
    return replace(answer, reading=reading, open=False)


def _probability(answers: Answers, spots: list[_Spot], why: Why) -> float:
    """The probability of the first choices, with the rules known, among all digits that stand where one is in doubt."""
    first = kept = 0.0
    digits = {name: list(answer.reading.digits) for name, answer in answers.items()}
    for choice in product("0123456789", repeat=len(spots)):
        share = math.prod(_share(spot.digit, value) for spot, value in zip(spots, choice, strict=True))
        for spot, value in zip(spots, choice, strict=True):
            digits[spot.name][spot.place] = replace(spot.digit, digit=value)
        broken = why({name: digits_of(tuple(each), answers[name].rules) for name, each in digits.items()})
        kept += share * (BROKEN if broken else 1)
        if all(spot.digit.digit == value for spot, value in zip(spots, choice, strict=True)):
            first = share
    return first / max(kept, 1e-9)


def _share(digit: DigitReading, value: str) -> float:
    """The probability that a digit in doubt is this one: what its two choices leave, the others have in equal parts."""
    if value == digit.digit:
        return digit.confidence
    if value == digit.second_digit:
        return digit.second_confidence
    known = 2 if digit.second_digit else 1
    return max(0.0, 1 - digit.confidence - digit.second_confidence) / (10 - known)


def _by_chance(answers: Answers, doubtful: Answers, why: Why) -> float:
    """How often the rules are kept where the fields in doubt have random digits; seeded, so it is always the same."""
    rng = np.random.default_rng(0)
    texts = {name: answer.digits for name, answer in answers.items()}
    kept = 0
    for _ in range(DRAWN):
        drawn = {name: "".join(map(str, rng.integers(0, 10, len(texts[name])))) for name in doubtful}
        kept += not why({**texts, **drawn})
    return (kept + 1) / (DRAWN + 2)
