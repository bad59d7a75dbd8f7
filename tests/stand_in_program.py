"""The program, but that it reads pages by their gray level (see `tests.stand_ins`), each in so many seconds.

python -m tests.stand_in_program SECONDS read SCANS... --output results.csv
"""

import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

from reader import page_work
from reader.cli import main
from reader.digits import classifier as classifiers
from reader.page_work import Outcome, Setting, Task
from tests import stand_ins

SECONDS = "DIGIT_READER_TEST_SECONDS"


def ready(setting: Setting) -> Callable[[Task], Outcome]:
    """`tests.stand_ins.ready`, but that each page takes its time."""
    do = stand_ins.ready(setting)

    def slowly(task: Task) -> Outcome:
        time.sleep(float(os.environ[SECONDS]))
        return do(task)

    return slowly


if __name__ == "__main__":
    from tests import stand_in_program

    os.environ[SECONDS] = sys.argv.pop(1)
    os.environ[stand_ins.TEST] = str(os.getpid())
    page_work.ready = stand_in_program.ready  # by its name as a module, for the workers
    page_work.read_page = stand_ins.stand_in
    classifiers.load = lambda *_: SimpleNamespace(name="stand-in")
    main()
