import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.results import duplicates, ledger, schema
from reader.results.fingerprint import fingerprint
from reader.results.ledger import About, Entry, Key, Listed
from reader.results.reading import Box, DigitReading, FieldReading, PageReading
from tests.conftest import Digits

Gray = NDArray[np.uint8]
COLUMNS, SIDE = 5, 60


def sheet(handwriting: Digits, values: str, hand: int) -> Gray:
    """A form of boxes in two rows with MNIST's digits in it; another `hand` takes other ones of the same values."""
    images, labels = handwriting
    rng = np.random.default_rng(hand)
    page = np.full((400, 500), 245, np.uint8)
    for n, value in enumerate(values):
        x, y = 80 + SIDE * (n % COLUMNS), 100 + 100 * (n // COLUMNS)
        cv2.rectangle(page, (x, y), (x + SIDE, y + SIDE), 90, 2)
        if value != " ":
            image = cv2.resize(images[rng.choice(np.flatnonzero(labels == int(value)))], (44, 44))
            left, top = x + 8 + rng.integers(-4, 5), y + 8 + rng.integers(-4, 5)
            page[top : top + 44, left : left + 44] = np.minimum(page[top : top + 44, left : left + 44], 255 - image)
    return page


def scanned(page: Gray, seed: int, upside_down: bool = False) -> tuple[Gray, NDArray[np.float64]]:
    """The page as a scanner leaves it, and the homography to it."""
    rng = np.random.default_rng(seed)
    turn = cv2.getRotationMatrix2D((250, 200), rng.uniform(-1.5, 1.5) + 180 * upside_down, rng.uniform(0.9, 1.1))
    turn[:, 2] += rng.uniform(-3, 3, 2)
    moved = cv2.GaussianBlur(cv2.warpAffine(page, turn, (500, 400), borderValue=245), (0, 0), rng.uniform(0.5, 1.2))
    noisy = np.clip(moved + rng.normal(0, 6, moved.shape), 0, 255)
    return noisy.astype(np.uint8), np.vstack([turn, [0, 0, 1]])


def fields_of(values: str, homography: NDArray[np.float64]) -> tuple[FieldReading, ...]:
    """The readings of the boxes, all right, where they lie on the scan."""
    rows = []
    for row in range(len(values) // COLUMNS):
        digits = []
        for n in range(COLUMNS):
            x, y = 80 + SIDE * n, 100 + 100 * row
            corners = np.array([[x, y], [x + SIDE, y], [x + SIDE, y + SIDE], [x, y + SIDE]], float)
            placed = corners @ homography[:2, :2].T + homography[:2, 2]
            left, top = np.floor(placed.min(axis=0)).astype(int)
            right, bottom = np.ceil(placed.max(axis=0)).astype(int)
            value = values[row * COLUMNS + n].strip()
            box = Box(int(left), int(top), int(right - left), int(bottom - top))
            digits.append(DigitReading(n, value, 0.9, "", 0.0, "ok" if value else "blank", box))
        rows.append(FieldReading(f"row{row}", "", 0.9, "ok", "", digits[0].box, tuple(digits)))
    return tuple(rows)


def entry(name: str, image: Gray, fields: tuple[FieldReading, ...]) -> Entry:
    return Entry(PageReading(name, 1, "tally", "read", "", fields), 1.0, fingerprint=fingerprint(image, fields))


def said_of(entries: list[Entry], scans: list[str] | None = None) -> dict[str, str]:
    """What is said of each page of a run, by its file."""
    connection = schema.opened(None)
    run = ledger.begin(connection, Key("f", "m", "p"), About("1", "model", "wide"))
    for number, each in enumerate(entries, start=1):
        scan = scans[number - 1] if scans else f"hash {number}"
        ledger.keep(connection, run, Listed(number, each.reading.file, scan, 1), each)
    return {page.file: page.reason for page in ledger.readings(connection, run.number) if page.reason}


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("values", ["4071935526", "11117 7111"])
def test_a_sheet_that_is_scanned_twice_is_said(handwriting: Digits, values: str, upside_down: bool) -> None:
    page = sheet(handwriting, values, 1)
    entries = []
    for name, seed, turned in (("a", 1, False), ("b", 2, upside_down)):
        image, homography = scanned(page, seed, turned)
        entries.append(entry(name, image, fields_of(values, homography)))
    assert said_of(entries) == {"b": "seems to be another scan of the sheet in a"}


def test_no_other_sheet_is_taken_for_the_same(handwriting: Digits) -> None:
    """Neither the same values in another writing, nor others in the same form."""
    entries = []
    for n in range(40):
        values = ["4071935526", "11117 7111", "0000000000", f"{n:05}{n * 977 % 100000:05}"][n % 4]
        image, homography = scanned(sheet(handwriting, values, n), n)
        entries.append(entry(f"{n}", image, fields_of(values, homography)))
    assert said_of(entries) == {}


def test_of_a_page_with_little_writing_nothing_is_said(handwriting: Digits) -> None:
    page = sheet(handwriting, "407       ", 1)
    entries = []
    for n in range(2):
        image, homography = scanned(page, n)
        entries.append(entry(f"{n}", image, fields_of("407       ", homography)))
    assert entries[0].fingerprint is None
    assert said_of(entries) == {}


def test_sheets_that_differ_in_a_sure_digit_are_two_however_alike(handwriting: Digits) -> None:
    image, homography = scanned(sheet(handwriting, "4071935526", 1), 1)
    entries = [entry("a", image, fields_of("4071935526", homography))]
    entries.append(entry("b", image, fields_of("4071935529", homography)))
    assert said_of(entries) == {}


def test_the_same_scan_is_said_of_all_but_the_first_and_of_their_fields_and_none_is_dropped(
    handwriting: Digits,
) -> None:
    image, homography = scanned(sheet(handwriting, "4071935526", 1), 1)
    each = entry("a", image, fields_of("4071935526", homography))
    connection = schema.opened(None)
    run = ledger.begin(connection, Key("f", "m", "p"), About("1", "model", "wide"))
    for number, file in enumerate(["a", "copy", "copy 2"], start=1):
        ledger.keep(connection, run, Listed(number, file, "hash", 1), each)
    pages = list(ledger.readings(connection, run.number))
    assert [page.reason for page in pages] == ["", "the same scan as a", "the same scan as a"]
    assert {field.reason for field in pages[1].fields} == {"the same scan as a"}
    assert [field.value for field in pages[1].fields] == [field.value for field in pages[0].fields]
    assert set(duplicates.notes(connection, run.number)) == {(2, 1), (3, 1)}


def test_files_that_are_not_there_are_no_duplicates() -> None:
    entries = [Entry(PageReading(name, 1, "tally", "failed", f"{name}: no such file"), 0.0, False) for name in "ab"]
    assert said_of(entries, ["path:a", "path:a"]) == {name: f"{name}: no such file" for name in "ab"}
