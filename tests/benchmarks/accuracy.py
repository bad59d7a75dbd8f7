"""How well pages are read without a form file: real ones, and drawn ones spoilt in many ways; and where errors arise.

DIGIT_READER_DATA=FOLDER python tests/benchmarks/accuracy.py [--forms 4] [--seed 1] [--sets NAME ...] [--cases NAME ...]
    [--jobs 2] [--worst FOLDER]

Tables in Markdown. Exact: the best guess is right, whatever its status. Accepted: needs no review. Wrong: accepted and
wrong, of 1,000 accepted. False: blank or crossed-out places answered with an accepted digit. Stray: accepted digits
where there is no place to write in. Then the causes of what was not exact (see causes.py).
"""

import argparse
import csv
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np

from reader.digits import classifier as classifiers
from reader.digits.classifier import Classifier
from reader.errors import ReaderError
from reader.pages.scan import Scan, read_scan
from reader.pipeline import read_page
from reader.results.reading import DigitReading, PageReading
from tests.benchmarks.causes import CAUSES, both_seen, cause_of, cause_on_real, picture_of
from training.drawn import SPOILT, Drawn, answers, drawn_page, matched, place_of
from training.filling import Mark

Counts = Counter[str]
STRENGTHS = ("mild", "middle", "strong")
HEAD = ("n", "exact", "accepted", "wrong", "false", "stray", *CAUSES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=4, help="drawn forms for each strength of each way of spoiling")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sets", nargs="*", help="of the real pages; all that are there")
    parser.add_argument("--cases", nargs="*", default=list(SPOILT), choices=list(SPOILT), metavar="CASE")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--worst", type=Path, help="folder for a picture of the errors of each case")
    options = parser.parse_args()
    folder = Path(
        os.environ.get("DIGIT_READER_DATA") or sys.exit("DIGIT_READER_DATA must name the folder of real data")
    )
    sets = options.sets if options.sets is not None else sorted(p.parent.name for p in folder.glob("dev/*/truth.csv"))
    if options.worst:
        options.worst.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        by_set = {name: sum(pool.map(real_page, *truth_of(folder / "dev" / name)), Counter()) for name in sets}
        table("set", by_set)
        cases = [(case, level) for case in options.cases for level in range(len(STRENGTHS))]
        read = partial(drawn_case, folder=folder, forms=options.forms, first=1000 * options.seed, worst=options.worst)
        found = dict(zip(cases, pool.map(read, cases), strict=True))
    table("spoilt", {f"{case}: {STRENGTHS[level]}": total(places) for (case, level), places in found.items()})
    for level, strength in enumerate(STRENGTHS):
        by_place: dict[str, Counts] = defaultdict(Counter)
        for (_, own), places in found.items():
            for place, counts in places.items() if own == level else ():
                by_place[place] += counts
        if by_place:
            table(f"place, {strength}", {**dict(sorted(by_place.items())), "all": total(by_place)})


def total(counts: dict[str, Counts]) -> Counts:
    return sum(counts.values(), Counter())


@cache
def reads() -> Classifier:
    return classifiers.load(None)


def read(scan: Scan) -> PageReading:
    """The reading of a page; one that cannot be read has none."""
    try:
        return read_page(scan, reads())
    except ReaderError as error:
        return PageReading(scan.file, scan.page, "", "failed", str(error))


def truth_of(folder: Path) -> tuple[list[Path], list[list[dict[str, str]]]]:
    """The pictures of a set, and what is written on each."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    files = sorted({row["file"] for row in rows})
    return [folder / "images" / file for file in files], [
        [row for row in rows if row["file"] == file] for file in files
    ]


def real_page(path: Path, rows: list[dict[str, str]]) -> Counts:
    """What one real picture adds to the counts, as ../shared/tools/score.py counts."""
    reading = read(read_scan(path))
    counts: Counts = Counter()
    for row in rows:
        x, y, width, height = (float(row[name]) for name in ("x", "y", "width", "height"))
        mark = Mark(row["field"], None, row["label"], x, y, width, height)
        found = sorted(matched([mark], answers(reading), np.eye(3))[0], key=lambda d: d.box.x + d.box.width / 2)
        counts += (one := scored(mark, found))
        if one["n"] > one["exact"]:
            corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
            counts[cause_on_real(row["label"], found, corners, reading)] += 1
    return counts


def drawn_case(
    which: tuple[str, int], folder: Path, forms: int, first: int, worst: Path | None = None
) -> dict[str, Counts]:
    """The counts of the pages of one case, for each kind of place to write in; other designs for other cases."""
    digits, labels = mnist_test(folder)
    counts: dict[str, Counts] = defaultdict(Counter)
    pictures: list[np.ndarray] = []
    start = first + forms * list(SPOILT).index(which[0])
    for seed in range(start, start + forms):
        page = drawn_page(*which, seed, digits, labels)
        reading = read(page.scan)
        given, both = answers(reading), cache(partial(both_seen, page))
        matches = matched(page.marks, given, np.linalg.inv(page.to_scan))
        kept = {id(digit) for found in matches for digit in found}
        counts[page.frame]["stray"] += sum(digit.status == "ok" and id(digit) not in kept for digit in given)
        for mark, found in zip(page.marks, matches, strict=True):
            one = scored(mark, found)
            if one["n"] > one["exact"]:
                why = cause_of(mark, found, page, both, reading, reads())
                one[why] += 1
                pictures.append(labelled(page, mark, found, why))
            counts[place_of(mark, page.frame)] += one
    if worst and pictures:
        widest = max(picture.shape[1] for picture in pictures)
        padded = [np.pad(p, ((0, 0), (0, widest - p.shape[1])), constant_values=255) for p in pictures[:60]]
        cv2.imwrite(str(worst / f"{which[0].replace(' ', '-')}-{which[1]}.png"), np.vstack(padded))
    return dict(counts)


def labelled(page: Drawn, mark: Mark, found: Sequence[DigitReading], why: str) -> np.ndarray:
    """The picture of a place with what went wrong written beside it."""
    said = "".join(digit.digit for digit in found) or "nothing"
    text = np.full((96, 560), 255, np.uint8)
    sure = " SURE" if found and all(digit.status == "ok" for digit in found) else ""
    cv2.putText(
        text, f"{mark.label} read {said}{sure}: {why}", (6, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA
    )
    cv2.putText(
        text, f"{place_of(mark, page.frame)}, {mark.field}, {page.scan.file}", (6, 75), 0, 0.45, 0, 1, cv2.LINE_AA
    )
    return np.hstack([text, picture_of(page, mark)])


def mnist_test(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """MNIST's 10,000 test digits and their labels."""
    with np.load(folder / "mnist" / "mnist.npz") as data:
        return data["x_test"], data["y_test"].astype(np.int64)


def scored(mark: Mark, found: Sequence[DigitReading]) -> Counts:
    """What one place to write in adds to the counts."""
    sure = [digit.status == "ok" for digit in found]
    if mark.label in ("blank", "cross"):
        return Counter(empty=1, false=int(any(sure)))
    right = "".join(digit.digit for digit in found) == mark.label
    accepted = bool(found) and all(sure)
    return Counter(n=1, exact=int(right), accepted=int(accepted), wrong=int(accepted and not right))


def table(title: str, rows: dict[str, Counts]) -> None:
    """A table in Markdown."""
    if not rows:
        return
    print(f"\n| {title} | {' | '.join(HEAD)} |\n|---|{'---:|' * len(HEAD)}")
    for name, count in rows.items():
        n, accepted = max(1, count["n"]), max(1, count["accepted"])
        cells = [str(count["n"]), f"{count['exact'] / n:.2%}", f"{count['accepted'] / n:.2%}"]
        cells += [f"{1000 * count['wrong'] / accepted:.1f}", f"{count['false']}/{count['empty']}", str(count["stray"])]
        print(f"| {name} | {' | '.join(cells + [str(count[cause]) for cause in CAUSES])} |", flush=True)


if __name__ == "__main__":
    main()
