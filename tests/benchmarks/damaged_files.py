"""How the program stands damaged files: 10,000 of each format, read in processes with little memory and time.

    python -m tests.benchmarks.damaged_files --files 10000 --seed 1

Each file must be read or refused with a reason, in less than `--seconds` and `--megabytes`, and never bring its process
down. Prints a line for each format, and each file that did not; exits with 1 if there is any.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from reader.errors import ScanError
from reader.pages.scan import Scan, find_scans, read_scans
from tests.damage import damaged, seeds

HANGS = 300
"""Seconds without an answer that are too many on any machine; `--seconds` are of the processor's time."""
AT_ONCE = 500
"""Files that one process reads."""


def main() -> int:
    """Read damaged files of each format, in many processes, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--formats", nargs="*", default=sorted(seeds()))
    parser.add_argument("--megabytes", type=int, default=2048)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--batch", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch:
        kind, first, count = given.batch[0], int(given.batch[1]), int(given.batch[2])
        print("ready", flush=True)
        read_damaged(kind, given.seed, range(first, first + count), given.megabytes, given.seconds)
        return 0
    bad = 0
    for kind in given.formats:
        start, counts, slowest, found = time.perf_counter(), Counter[str](), 0.0, []
        first = 0
        while first < given.files:
            done, died = _run(given, kind, first, min(AT_ONCE, given.files - first))
            for answer in done:
                counts[answer["what"].split(":")[0]] += 1
                slowest = max(slowest, answer["seconds"])
                if answer["what"].startswith("bug"):
                    found.append(answer)
            if died:
                found.append({"kind": kind, "number": first + len(done), "what": died})
            first += len(done) + bool(died)
        slow = f"slowest {slowest:.2f} s, {time.perf_counter() - start:.0f} s in all"
        print(f"{kind}: {first} files, {dict(counts)}, {slow}; {len(found)} bad", flush=True)
        for one in found:
            print("   ", json.dumps(one), flush=True)
        bad += len(found)
    return int(bad > 0)


def _run(given: argparse.Namespace, kind: str, first: int, count: int) -> tuple[list[dict[str, Any]], str]:
    """Read some files in a process of their own: what came of each, and what the process died of, if it did."""
    limits = ["--seed", str(given.seed), "--megabytes", str(given.megabytes), "--seconds", str(given.seconds)]
    batch = ["--batch", kind, str(first), str(count), *limits]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", "tests.benchmarks.damaged_files", *batch]
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=Path(__file__).parents[2])
        lines, since, died = 0, time.monotonic(), ""
        while process.poll() is None:
            time.sleep(0.05)
            now = _lines(out.fileno())
            if len(now) != lines:
                lines, since = len(now), time.monotonic()
            if time.monotonic() - since > HANGS:
                process.kill()
                died = "hangs"
        answers = [json.loads(line) for line in _lines(out.fileno())[1:]]
        if process.wait() and not died:
            died = (
                f"ended with {process.returncode}: "
                + os.pread(errors.fileno(), 10**6, 0).decode(errors="replace")[-500:]
            )
    return answers, died


def _lines(file: int) -> list[str]:
    """The whole lines of a file."""
    return os.pread(file, 10**7, 0).decode().split("\n")[:-1]


def read_damaged(kind: str, seed: int, numbers: Iterable[int], megabytes: int, seconds: int = 10) -> None:
    """Read some files of a format, and print a line for each."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    starts = seeds()[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"scan.{kind}")
        for number in numbers:
            rng = np.random.default_rng([seed, number])
            path.write_bytes(damaged(starts[number % len(starts)], rng))
            start = time.process_time()
            resource.setrlimit(resource.RLIMIT_CPU, (int(start) + 1 + seconds, resource.RLIM_INFINITY))
            what = _read(path)
            print(
                json.dumps({"kind": kind, "number": number, "what": what, "seconds": time.process_time() - start}),
                flush=True,
            )


def _read(path: Path) -> str:
    """What comes of a file: read, refused, partly, or a bug."""
    what = set()
    try:
        for file in find_scans([path]):
            try:
                what |= {"read" if isinstance(page, Scan) else "refused" for page in read_scans(file)}
            except ScanError:
                what.add("refused")
    except Exception as error:
        return f"bug: {type(error).__name__}: {error}"
    return what.pop() if len(what) == 1 else "partly"


if __name__ == "__main__":
    sys.exit(main())
