"""How many pages a second are read from files to a table, against what only decoding and binarizing them takes.

    python tests/benchmarks/throughput.py [--pages 200] [--jobs 1 2]

The pages are A4 at 300 dpi with 60 digits in boxes among printed text, skewed and noisy as a scanner leaves them, half
of them JPEG, half PNG, each drawn anew; they are read with their form and without. Printed for each: pages/s, its ratio
to the floor, and the peak memory of a worker. The floor is the same files decoded and binarized (Otsu) with OpenCV, one
after the other in one process, in the same run; then the time that each stage of a page takes, and what its worker's
memory peaks at after it.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from reader import pipeline
from reader.digits import classifier
from reader.pages.scan import read_scan
from reader.preparing import sheets_of
from tests.benchmarks.speed import processor
from training.blocks import Entry, Gap, Look, Row, Text
from training.filling import fill, pen_hand
from training.scanning import Spoiling, degrade
from training.sheets import Form, print_form

PROSE = "Please write one digit in each box. Leave a box empty where there is nothing to write, and cross nothing out."
FIELDS, BOXES = 6, 10
STAGED = 10
"""Pages that the stages are timed on."""
STAGES = (
    *("page_of", "deskewed", "inked", "find_fields", "best_of", "views_of", "quarters_to_upright", "may_hold_digits"),
    *("read_boxes", "read_free", "written_points", "by_rules"),
)
"""Functions that `reader.pipeline.read_page` calls."""


def blank() -> Form:
    """The form."""
    fields = [Row((Entry(f"f{n}", f"Number {n + 1}", "comb", (1, BOXES), (7, 9)),)) for n in range(FIELDS)]
    return print_form(
        [Text("Sixty digits", 2, 700), *(block for row in fields for block in (row, Text(PROSE, 1, 400), Gap(6)))],
        Look(),
        dpi=300,
    )


def draw(folder: Path, pages: int) -> Path:
    """The scans in a folder, and the form file beside it."""
    form = blank()
    (folder / "scans").mkdir()
    cv2.imwrite(str(folder / "blank.png"), form.image)
    lines = ['name = "sixty"', 'image = "blank.png"']
    for field in form.fields:
        lines += ["[[field]]", f'name = "{field.name}"', f"boxes = {[list(map(int, box)) for box in field.boxes]}"]
    (folder / "form.toml").write_text("\n".join(lines))
    for n in range(pages):
        rng = np.random.default_rng(n)
        values = {field.name: "".join(rng.choice([*"0123456789"], BOXES)) for field in form.fields}
        sheet = fill(form, values, pen_hand(n % 7), rng)
        image = degrade(sheet.image, Spoiling(skew=rng.uniform(-1.5, 1.5), blur=0.8, noise=4, gray=True), rng)[0]
        cv2.imwrite(str(folder / "scans" / f"{n}.{'jpg' if n % 2 else 'png'}"), image)
    return folder / "form.toml"


def floor(scans: list[Path]) -> float:
    """Seconds to decode and binarize all scans with OpenCV."""
    begin = time.perf_counter()
    for scan in scans:
        gray = cv2.imread(str(scan), cv2.IMREAD_GRAYSCALE)
        cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return time.perf_counter() - begin


def batch(folder: Path, form: Path | None, jobs: int) -> tuple[float, int]:
    """Seconds for all scans, and the most memory of one worker in kB, in a process of its own."""
    program = (
        "import resource, sys, time; from pathlib import Path; from reader.batch import Job, read_batch;"
        "begin = time.perf_counter(); form = Path(sys.argv[2]) if sys.argv[2] else None;"
        "done = read_batch(Job([Path(sys.argv[1])], form=form, jobs=int(sys.argv[3])));"
        "print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.pages('read'))"
    )
    arguments = [sys.executable, "-c", program, str(folder / "scans"), str(form or ""), str(jobs)]
    seconds, most, read = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    if int(read) != len(list((folder / "scans").iterdir())):
        raise SystemExit(f"only {read} pages were read")
    return float(seconds), int(most)


def first_page(folder: Path) -> float:
    """Seconds from the start of the program to its end, for one scan."""
    scan = min((folder / "scans").iterdir())
    program = [sys.executable, "-c", "from reader.cli import main; main()"]
    begin = time.perf_counter()
    subprocess.run(
        [*program, "read", str(scan), "--output", os.devnull, "--jobs", "1"], capture_output=True, check=True
    )
    return time.perf_counter() - begin


@contextmanager
def staged(taken: dict[str, float], peaks: dict[str, int]) -> Iterator[None]:
    """Take the time and the memory of each stage of `read_page` meanwhile."""

    def measured(name: str, stage: Callable[..., object]) -> Callable[..., object]:
        def work(*arguments: object) -> object:
            forget_peak()
            begin = time.perf_counter()
            result = stage(*arguments)
            taken[name] = taken.get(name, 0.0) + time.perf_counter() - begin
            peaks[name] = max(peaks.get(name, 0), peak())
            return result

        return work

    kept = {name: getattr(pipeline, name) for name in STAGES if hasattr(pipeline, name)}
    for name, stage in kept.items():
        setattr(pipeline, name, measured(name, stage))
    try:
        yield
    finally:
        for name, stage in kept.items():
            setattr(pipeline, name, stage)


def forget_peak() -> None:
    """Let this process's peak of memory begin anew (Linux, proc(5): clear_refs)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The most memory of this process since then, in kB; 0 where the system does not tell."""
    found = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line[:6] == "VmHWM:"]
    return int(found[0]) if found else 0


def stages(scans: list[Path], form: Path | None) -> None:
    """Print what each stage of a page takes."""
    sheets, model = sheets_of(form), classifier.load()
    taken: dict[str, float] = {}
    peaks: dict[str, int] = {}
    whole = decoding = 0.0
    for n, path in enumerate([scans[0], *scans]):  # the first one does not count
        begin = time.perf_counter()
        scan = read_scan(path)
        decoded = time.perf_counter()
        with staged(taken, peaks):
            pipeline.read_page(scan, model, sheets)
        if n == 0:
            taken.clear()
            continue
        decoding += decoded - begin
        whole += time.perf_counter() - begin
    print(f"  {'decoding':20s} {decoding / len(scans) * 1000:7.1f} ms")
    for name, seconds in sorted(taken.items(), key=lambda each: -each[1]):
        print(f"  {name:20s} {seconds / len(scans) * 1000:7.1f} ms   memory to {peaks[name] / 1024:4.0f} MB")
    print(f"  {'a page in all':20s} {whole / len(scans) * 1000:7.1f} ms   (n={len(scans)})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    cv2.setNumThreads(1)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"{processor()}, {cores} cores, load {load:.1f} before; Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        form = draw(folder, given.pages)
        scans = sorted((folder / "scans").iterdir())
        size = sum(scan.stat().st_size for scan in scans) / len(scans) / 1e6
        print(f"{len(scans)} pages of A4, 300 dpi, {size:.1f} MB a file on average")
        floor(scans)
        least = floor(scans)
        print(f"floor (decoding and binarizing): {len(scans) / least:.2f} pages/s")
        for what, form_file in (("with its form", form), ("without a form", None)):
            for jobs in given.jobs:
                seconds, most = batch(folder, form_file, jobs)
                ratio = f"{seconds * jobs / least:.1f} times the floor on each core"
                print(
                    f"{what}, --jobs {jobs}: {len(scans) / seconds:.2f} pages/s, {ratio}, {most / 1024:.0f} MB a worker"
                )
            stages(scans[:STAGED], form_file)
        starts = [first_page(folder) for _ in range(5)]
        print(
            f"the program for one page: median {median(starts):.2f} s, {min(starts):.2f} to {max(starts):.2f} s (n=5)"
        )


if __name__ == "__main__":
    main()
