"""How long a page takes, and how long the program takes to answer `--help`.

    python tests/benchmarks/speed.py

The page is A4 at 300 dpi, 60 digits in boxes among printed text, skewed and noisy as a scanner leaves it; it is read
without a form, from the decoded image to the reading, on one core. Printed: n, median, and the quickest and slowest.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from reader.digits import classifier
from reader.pages.scan import Scan
from reader.pipeline import read_page
from training.blocks import Entry, Gap, Look, Row, Text
from training.filling import fill, pen_hand
from training.scanning import Spoiling, degrade
from training.sheets import print_form

PROSE = "Please write one digit in each box. Leave a box empty where there is nothing to write, and cross nothing out."
FIELDS, BOXES = 6, 10
PAGES, STARTS = 20, 10


def a4_page() -> np.ndarray:
    """The page: (rows, columns) uint8."""
    fields = [Row((Entry(f"f{n}", f"Number {n + 1}", "comb", (1, BOXES), (7, 9)),)) for n in range(FIELDS)]
    blocks = [Text("Sixty digits", 2, 700), *(block for row in fields for block in (row, Text(PROSE, 1, 400), Gap(6)))]
    form = print_form(blocks, Look(), dpi=300)
    rng = np.random.default_rng(0)
    values = {f"f{n}": "".join(rng.choice([*"0123456789"], BOXES)) for n in range(FIELDS)}
    sheet = fill(form, values, pen_hand(3), rng)
    return degrade(sheet.image, Spoiling(skew=1.0, blur=0.8, noise=4, gray=True), rng)[0]


def seconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of several runs took, after one that does not count."""
    work()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return taken


def said(name: str, taken: list[float]) -> str:
    """One line of the report."""
    return f"{name:24s} n={len(taken)}  median {median(taken):.3f} s  {min(taken):.3f} to {max(taken):.3f} s"


def processor() -> str:
    """What the machine says that it is."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{processor()}, one core; Python {platform.python_version()}; load {os.getloadavg()[0]:.1f} before the run")
    scan = Scan("a4.png", 1, a4_page())
    model = classifier.load()
    found = sum(len(field.digits) for field in read_page(scan, model).fields)
    print(f"page of {scan.image.shape[1]} x {scan.image.shape[0]} pixels, {found} boxes or digits found")
    print(said("a page", seconds(lambda: read_page(scan, model), PAGES)))
    program = [sys.executable, "-c", "from reader.cli import main; main()"]
    for arguments in (["--help"], ["read", "--help"]):
        call = [*program, *arguments]
        taken = seconds(lambda call=call: subprocess.run(call, capture_output=True, check=True), STARTS)
        print(said(f"digit-reader {' '.join(arguments)}", taken))


if __name__ == "__main__":
    main()
