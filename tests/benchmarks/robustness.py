"""Reads made-up forms, filled with MNIST's test digits and spoilt in many ways, without a form file; prints how well.

DIGIT_READER_DATA=FOLDER python tests/benchmarks/robustness.py [--forms 8] [--seed 1] [--case NAME ...] [--worst FOLDER]

For each way of spoiling and for each way of printing the place to write in: exact (best guess right, whatever its
status), accepted (needs no review), wrong (accepted and wrong, of 1,000 accepted), false (blank or crossed-out places
answered with an accepted digit), stray (accepted digits where there is no place to write in), each over all forms.
"""

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from reader.digits import classifier as classifiers
from reader.digits.classifier import Classifier
from reader.pages.scan import Scan
from reader.pipeline import read_page
from reader.results import overlay
from reader.results.reading import DigitReading, PageReading
from training.designs import FRAMES, random_form
from training.filling import Hand, Mark, bank_hand, fill, values_for
from training.scanning import Spoiling, degrade

FLATBED = Spoiling(skew=1.2, blur=0.6, noise=4, jpeg=80)
CASES = {
    "clean": Spoiling(),
    "flatbed": FLATBED,
    "gray": replace(FLATBED, gray=True, paper=225),
    "black and white": Spoiling(skew=-0.7, noise=10, bilevel=True),
    "copied, 1 bit": Spoiling(skew=0.5, wear=0.08, blur=0.8, noise=15, bilevel=True),
    "100 dpi": replace(FLATBED, scale=0.5, blur=0.3),
    "300 dpi": replace(FLATBED, scale=1.5),
    "turned 90": replace(FLATBED, turn=1),
    "turned 180": replace(FLATBED, turn=2),
    "turned 270": replace(FLATBED, turn=3),
    "skewed 7": replace(FLATBED, skew=7),
    "skewed -15": replace(FLATBED, skew=-15),
    "photo 10": Spoiling(tilt=10, skew=2, shade=0.3, blur=0.7, noise=4, jpeg=85, dark_ground=True),
    "photo 25": Spoiling(tilt=25, skew=-4, shade=0.5, blur=0.7, noise=5, jpeg=80, dark_ground=True),
    "uneven light": replace(FLATBED, shade=0.65),
    "JPEG 25": replace(FLATBED, jpeg=25),
    "noise": replace(FLATBED, noise=22, jpeg=0),
    "blur": replace(FLATBED, blur=1.8),
    "faint": replace(FLATBED, fade=0.7),
    "pencil": FLATBED,
    "gray paper": replace(FLATBED, paper=170),
    "shining through": replace(FLATBED, bleed=0.25),
    "stains": replace(FLATBED, stains=10),
}
Counts = Counter[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=8, help="forms for each way of spoiling")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--worst", type=Path, help="folder for pictures of the pages that were read badly")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    images, labels = mnist_test()
    classifier = classifiers.load(None)
    by_case: dict[str, Counts] = defaultdict(Counter)
    by_kind: dict[str, Counts] = defaultdict(Counter)
    for case in options.case:
        for number in range(options.forms):
            seed = options.seed * 1000 + number
            hand = bank_hand(images, labels, seed)
            if case == "pencil":
                hand = replace(hand, colour=(150, 150, 150))
            counts = read_one(case, seed, hand, classifier, options.worst)
            for kind, count in counts.items():
                by_case[case] += count
                by_kind[kind] += count
        print(line(case, by_case[case]), flush=True)
    print()
    for kind in sorted(by_kind):
        print(line(kind, by_kind[kind]))
    print(line("all", sum(by_kind.values(), Counter())))


def mnist_test() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's 10,000 test digits and their labels."""
    folder = os.environ.get("DIGIT_READER_DATA")
    if not folder:
        sys.exit("DIGIT_READER_DATA must name the folder of real data: MNIST's test digits come from there")
    with np.load(Path(folder) / "mnist" / "mnist.npz") as data:
        return data["x_test"], data["y_test"].astype(np.int64)


def read_one(case: str, seed: int, hand: Hand, classifier: Classifier, worst: Path | None) -> dict[str, Counts]:
    """Draw, fill, spoil and read one form; counts for each kind of place to write in."""
    rng = np.random.default_rng([seed, sum(map(ord, case))])
    frame = FRAMES[seed % len(FRAMES)]
    form = random_form(seed, 200, (frame,))
    sheet = fill(form, values_for(form, rng), hand, rng)
    image, homography = degrade(sheet.image, CASES[case], rng)
    scan = Scan(f"{case} {seed}", 1, image)
    start = time.perf_counter()
    reading = read_page(scan, classifier, None)
    seconds = time.perf_counter() - start
    counts: dict[str, Counts] = defaultdict(Counter)
    answers = [d for field in reading.fields for d in field.digits if d.digit]
    matches = matched(sheet.marks, answers, np.linalg.inv(homography))
    for mark, found in zip(sheet.marks, matches, strict=True):
        if mark.field != "printed":
            counts[kind_of(mark, frame)] += scored(mark, found)
    kept = {id(digit) for found in matches for digit in found}
    page = counts[frame]
    page["stray"] += sum(digit.status == "ok" and id(digit) not in kept for digit in answers)
    page["pages"] += 1
    page["milliseconds"] += round(seconds * 1000)
    if worst:
        keep_if_bad(worst, scan, reading, counts)
    return counts


def kind_of(mark: Mark, frame: str) -> str:
    """How the place to write in is printed: rows of this form by its frame, tables and grids by theirs."""
    if mark.field.startswith("f"):
        return frame
    return "grid cell" if mark.field.startswith("g") else "table cell" if mark.position == 0 else "table number"


def matched(marks: Sequence[Mark], answers: Sequence[DigitReading], to_sheet: np.ndarray) -> list[list[DigitReading]]:
    """For each mark the answers whose middle lies in it, a tenth of its size beyond allowed, in the order as read.

    `to_sheet` takes (x, y) in the scan to the sheet that the marks are measured on: there, boxes are upright.
    """
    found: list[list[DigitReading]] = [[] for _ in marks]
    for digit in answers:
        middle = np.array([[[digit.box.x + digit.box.width / 2, digit.box.y + digit.box.height / 2]]])
        x, y = cv2.perspectiveTransform(middle, to_sheet)[0, 0]
        for mark, inside in zip(marks, found, strict=True):
            across, down = (x - mark.x) / mark.width, (y - mark.y) / mark.height
            if abs(across - 0.5) <= 0.6 and abs(down - 0.5) <= 0.6:
                inside.append(digit)
    return found


def scored(mark: Mark, found: list[DigitReading]) -> Counts:
    """What one place to write in adds to the counts."""
    sure = [digit.status == "ok" for digit in found]
    if mark.label in ("blank", "cross"):
        return Counter(empty=1, false=int(any(sure)))
    value = "".join(digit.digit for digit in found)
    right, accepted = value == mark.label, bool(found) and all(sure)
    return Counter(digits=1, exact=int(right), accepted=int(accepted), wrong=int(accepted and not right))


def keep_if_bad(folder: Path, scan: Scan, reading: PageReading, counts: dict[str, Counts]) -> None:
    """Save the overlay of a page on which much went wrong."""
    total = sum(counts.values(), Counter())
    if total["exact"] < 0.9 * total["digits"] or total["wrong"] or total["false"] or total["stray"]:
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{scan.file.replace(' ', '-')}.jpg"), overlay.overlay(scan, reading))


def line(name: str, count: Counts) -> str:
    """One row of the table."""
    digits, accepted = max(1, count["digits"]), max(1, count["accepted"])
    text = f"{name:16s} n={count['digits']:5d}  exact {count['exact'] / digits:6.1%}  accepted {accepted / digits:6.1%}"
    text += f"  wrong {1000 * count['wrong'] / accepted:6.1f} per 1,000  false {count['false']:3d}/{count['empty']}"
    if count["pages"]:
        text += f"  stray {count['stray'] / count['pages']:5.1f} a page"
        text += f"  {count['milliseconds'] / count['pages']:5.0f} ms a page"
    return text


if __name__ == "__main__":
    main()
