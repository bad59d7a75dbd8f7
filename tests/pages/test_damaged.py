import json
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.damage import seeds

FILES = int(os.environ.get("DIGIT_READER_DAMAGED", "40"))
"""Damaged files of each format that are tried; tests/benchmarks/damaged_files.py tries many more."""
FOUND = {"jp2": [1030], "pdf": [27]}
"""Files, of seed 1, that once brought something down."""
PROGRAM = """
from tests.benchmarks.damaged_files import read_damaged
from tests.damage import seeds
for kind in seeds():
    read_damaged(kind, 7, range({files}), 2048)
    read_damaged(kind, 1, {found}.get(kind, []), 2048)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited by setrlimit")
def test_damaged_files_are_read_or_refused_and_bring_nothing_down() -> None:
    command = [sys.executable, "-c", PROGRAM.format(files=FILES, found=FOUND)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120 + FILES)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = defaultdict(list)
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["kind"]].append(answer)
    assert set(answers) == set(seeds())
    for kind, of_kind in answers.items():
        assert len(of_kind) == FILES + len(FOUND.get(kind, []))
        assert [answer for answer in of_kind if answer["what"].startswith("bug")] == []
        assert len({answer["what"] for answer in of_kind}) > 1  # some are read, at least in part, and some are refused
        assert max(answer["seconds"] for answer in of_kind) < 5
