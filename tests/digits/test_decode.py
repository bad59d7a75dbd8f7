"""Lines of digits are read whole: touching, with separators, underlined; what is no digit is not read as one."""

import cv2
import numpy as np
import pytest

from reader.digits.classifier import Classifier, load
from reader.digits.decode import Digit, read_line
from training import pen


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load(None)


def _tight(digit: np.ndarray, height: int) -> np.ndarray:
    ink = digit.astype(np.float32) / 255
    rows, columns = np.flatnonzero((ink > 0.3).any(axis=1)), np.flatnonzero((ink > 0.3).any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(3, round(ink.shape[1] * height / ink.shape[0]))
    return np.clip(cv2.resize(ink, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _line(digits: list[np.ndarray], gaps: list[int], height: int = 44) -> tuple[np.ndarray, list[int]]:
    """Ink of digits in a row, `gaps` pixels apart (negative: overlapping), and the middle column of each."""
    tight = [_tight(digit, height) for digit in digits]
    width = sum(digit.shape[1] for digit in tight) + sum(map(abs, gaps)) + 90
    ink = np.zeros((height + 24, width), np.float32)
    left, middles = 12, []
    for digit, gap in zip(tight, [*gaps, 0], strict=True):
        window = (slice(12, 12 + height), slice(left, left + digit.shape[1]))
        ink[window] = np.maximum(ink[window], digit)
        middles.append(left + digit.shape[1] // 2)
        left += digit.shape[1] + gap
    return ink, middles


def _value(digits: tuple[Digit, ...]) -> str:
    return "".join(digit.value for digit in digits)


def _strings(handwriting, count: int, gap: tuple[int, int], seed: int):
    """Strings of 3 to 6 MNIST digits with gaps in a range: (ink, value, middles)."""
    images, labels = handwriting
    random = np.random.default_rng(seed)
    for _ in range(count):
        chosen = random.integers(len(images), size=int(random.integers(3, 7)))
        gaps = [int(value) for value in random.integers(*gap, size=len(chosen) - 1)]
        ink, middles = _line(list(images[chosen]), gaps)
        yield ink, "".join(map(str, labels[chosen])), middles


def test_spaced_digits_are_read_and_outlined(handwriting, classifier):
    right = total = outlined = 0
    for ink, value, middles in _strings(handwriting, 30, (4, 20), 1):
        found = read_line(ink, (1, 12), classifier)
        total += 1
        if _value(found) == value:
            right += 1
            outlined += all(
                digit.outline[0, 0] <= middle <= digit.outline[2, 0]
                for digit, middle in zip(found, middles, strict=True)
            )
    assert right / total > 0.85
    assert outlined == right


def test_touching_digits_are_split(handwriting, classifier):
    right = sum(
        _value(read_line(ink, (1, 12), classifier)) == value for ink, value, _ in _strings(handwriting, 40, (-4, 2), 2)
    )
    assert right / 40 > 0.6


def test_underline_separators_and_dash_are_no_digits(handwriting, classifier):
    right = 0
    for ink, value, middles in _strings(handwriting, 30, (10, 14), 3):
        bottom, right_end = ink.shape[0] - 11, ink.shape[1]
        end = np.flatnonzero((ink > 0.3).any(axis=0))[-1]
        cv2.circle(ink, ((middles[-2] + middles[-1]) // 2, bottom - 4), 2, 1, -1)
        cv2.line(ink, (int(end) + 14, 36), (int(end) + 36, 35), 1, 3)
        cv2.line(ink, (0, bottom + 2), (right_end, bottom), 1, 2)
        right += _value(read_line(ink, (1, 12), classifier)) == value
    assert right / 30 > 0.7


def test_accepted_strings_are_right(handwriting, classifier):
    accepted = wrong = 0
    for ink, value, _ in _strings(handwriting, 60, (-3, 16), 4):
        found = read_line(ink, (1, 12), classifier)
        if found and all(digit.status == "ok" for digit in found):
            accepted += 1
            wrong += _value(found) != value
    assert accepted > 15
    assert wrong <= 1


def test_the_number_of_digits_is_kept_to(handwriting, classifier):
    for ink, value, _ in _strings(handwriting, 6, (-3, 10), 5):
        assert len(read_line(ink, (len(value), len(value)), classifier)) == len(value)


@pytest.mark.parametrize("word", ["Name", "signature", "Total amount", "Wednesday", "km/h", "Xavier"])
def test_words_are_not_read_as_sure_digits(word, classifier):
    ink = np.zeros((80, 60 + 34 * len(word)), np.float32)
    for font in (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX):
        page = np.zeros(ink.shape, np.uint8)
        cv2.putText(page, word, (15, 52), font, 1.4, 255, 3, cv2.LINE_AA)
        found = read_line((page / 255).astype(np.float32), (1, 12), classifier)
        assert not found or any(digit.status != "ok" for digit in found)


def test_a_word_is_left_out_but_kept_for_review_where_a_number_is_asked_for(classifier):
    names = ("anna", "lisa")
    seeds = range(8)
    words = [pen.draw_word(n, pen.writer(7000 + s), 50, np.random.default_rng(s)) for n in names for s in seeds]
    inks = [np.pad(word, 14) for word in words]
    assert not any(read_line(ink, (0, 20), classifier) for ink in inks)
    asked = [read_line(ink, (0, 20), classifier, is_asked_for=True) for ink in inks]
    assert any(asked)
    assert not any(digit.status == "ok" for digits in asked for digit in digits)


def test_no_ink_and_dirt_have_no_digits(classifier):
    assert read_line(np.zeros((60, 200), np.float32), (1, 12), classifier) == ()
    dirt = np.zeros((60, 200), np.float32)
    dirt[30:32, 50:52] = dirt[10:12, 120:122] = 1
    assert all(digit.status != "ok" for digit in read_line(dirt, (1, 12), classifier))


def test_a_digit_refuses_nonsense():
    outline = np.zeros((4, 2))
    with pytest.raises(ValueError, match="blank"):
        Digit("3", 0.9, "", 0.0, "blank", outline)
    with pytest.raises(ValueError, match="outline"):
        Digit("3", 0.9, "", 0.0, "ok", outline[:2])


def test_a_digit_broken_into_specks_is_not_left_out_in_silence(handwriting, classifier):
    """A worn stroke of which only dots are left: 5634 was read as 564, and sure of it."""
    images, _ = handwriting
    accepted = 0
    for seed in range(10):
        random = np.random.default_rng([8, seed])
        ink, middles = _line(list(images[random.integers(len(images), size=4)]), [12, 12, 12])
        worn = slice(middles[2] - 18, middles[2] + 18)
        dots = np.zeros(ink.shape, bool)
        dots[3::7, :] = True
        dots[4::7, :] = dots[5::7, :] = True
        ink[:, worn] *= dots[:, worn]
        found = read_line(ink, (1, 12), classifier)
        accepted += len(found) == 3 and all(digit.status == "ok" for digit in found)
    assert accepted == 0
