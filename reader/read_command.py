"""The command that reads: declare options, call, print, exit code.

What reads pages is imported inside the command, so that `--help` answers at once.
"""

import os
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader.crew import at_hand
from reader.errors import ReaderError, UsageError
from reader.results.tables import Layout
from reader.standard_output import standard_output
from reader.summary import pages_of, promise, summary

if TYPE_CHECKING:
    from types import ModuleType

    from reader.batch import Batch, Job
    from reader.progress import Telling

ALL_READ, SOME_NOT_READ, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""
TIMEOUT = 300.0
"""Seconds that a page may take: a hundred times what most take."""
PACKAGES = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libX11.so.6": "libx11-6",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
    "libz.so.1": "zlib1g",
}
"""Debian's and Ubuntu's packages of the system libraries that builds of OpenCV, NumPy or LiteRT ask for."""

Scans = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files (PNG, JPEG, TIFF, BMP, WebP, JPEG 2000, PDF), ZIP files, folders of them, and addresses of such, "
        "as s3://bucket/folder; - is a list of them on standard input, one a line or with NUL bytes between them.",
        show_default=False,
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="The CSV to write, with its ledger beside it, results.sqlite for results.csv: pages that are in it are "
        "not read again. - is standard output, without a ledger.",
        show_default=False,
    ),
]
Form = Annotated[
    Path | None,
    typer.Option(
        "--form",
        "--forms",
        help="The form that the pages are copies of, or a folder of forms of which each page takes the one that "
        "fits it best; without it, boxes and digit lines are searched for.",
    ),
]
AnyLayout = Annotated[
    Layout | None,
    typer.Option(help="One row a page, a field or a digit; wide with a form, fields without.", show_default=False),
]
Overlays = Annotated[
    Path | None, typer.Option(help="A folder for pictures of the pages with what was read drawn on them.")
]
Model = Annotated[Path | None, typer.Option(help="Another model than the one in the package.")]
MaxError = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="Of the fields that need no review, how many may be wrong, such as 0.01, as far as it was measured; the "
        "fewer the more need review.",
        show_default=False,
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Pages read at once; as many as there are cores.")
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds that a page may take before it is given up.")]
Dask = Annotated[
    str | None,
    typer.Option(
        help="Address of the scheduler of a Dask cluster to read on, such as tcp://10.0.0.5:8786, in place of --jobs.",
        show_default=False,
    ),
]
Rerun = Annotated[bool, typer.Option("--rerun", help="Read all pages again; what a person verified stays.")]
Watch = Annotated[
    Path | None,
    typer.Option(
        help="A folder to read what is in it and what comes, once it is completely written, until Ctrl-C; the CSV is "
        "written anew each time.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what keeps the work from being done.")]
Log = Annotated[Path | None, typer.Option(help="A file to add a JSON object to for each page, one a line.")]


def read(  # noqa: PLR0913, PLR0917  # each is an option
    output: Output,
    scans: Scans = None,
    watch: Watch = None,
    form: Form = None,
    layout: AnyLayout = None,
    overlays: Overlays = None,
    model: Model = None,
    max_error: MaxError = None,
    jobs: Jobs = None,
    timeout: Timeout = TIMEOUT,
    dask: Dask = None,
    rerun: Rerun = False,
    quiet: Quiet = False,
    log: Log = None,
) -> None:
    """Read the digits on scanned pages into a CSV.

    It may be stopped and called again at any time: it goes on where it was. Ctrl-C finishes the pages in work and
    writes the CSV; a second Ctrl-C stops at once.

    Exit code 0: all pages read; 1: some were refused or failed, the rest is in the CSV; 2: wrong usage, form or
    model, nothing was read; 130: interrupted, the finished pages are kept.
    """
    table = None if str(output) == "-" else output
    try:
        cores = jobs or _cores()
        with nullcontext() if watch or dask else at_hand(cores, timeout) as crew:
            batch = _batch_module()
            from reader.progress import telling

            paths = _watched(watch, scans, table) if watch else _with_listed(scans or [])
            job = batch.Job(paths, table, form, layout, overlays, model, cores, timeout, rerun, dask, max_error)
            if max_error is not None and not quiet:
                typer.echo(promise(job), err=True)
            with telling(quiet, log) as told:
                done = _keep_reading(job, told) if watch else batch.read_batch(job, told.page, told.stopping, crew)
                told.note(
                    "end", pages=pages_of(done), twice=done.twice, output=str(output), interrupted=done.interrupted
                )
        if table is None:
            with standard_output() as stream:
                done.write(stream)
    except ReaderError as error:
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(WRONG_USAGE) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(INTERRUPTED) from error
    if not quiet:
        typer.echo(summary(done, job, told), err=True)
    raise typer.Exit(_exit_code(done))


def _cores() -> int:
    """The cores that this process may use; not all systems tell those, but all those that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _watched(folder: Path, scans: list[str] | None, table: Path | None) -> list[Path]:
    """The folder to watch.

    Raises:
        UsageError: there is something that does not go together with watching.
    """
    if scans:
        raise UsageError(f"--watch {folder} reads that folder alone; leave out {scans[0]}, or put it into the folder")
    if table is None:
        raise UsageError("--watch writes its table anew each time; name a file for it instead of -")
    return [folder]


def _keep_reading(job: "Job", told: "Telling") -> "Batch":
    """Watch the folders of a job until Ctrl-C; the last state of things.

    Raises:
        KeyboardInterrupt: before anything came.
    """
    from reader.watching import watch

    def tell(done: "Batch") -> None:
        told.note("table", pages=pages_of(done), output=str(job.output))
        if told.console:
            counts = ", ".join(f"{count} {status}" for status, count in pages_of(done).items())
            told.console.print(f"{job.output}: {counts}; watching {job.scans[0]}, Ctrl-C ends it")

    done = watch(job, told.page, told.stopping, tell)
    if done is None:
        raise KeyboardInterrupt
    return done


def _with_listed(scans: list[str]) -> list[Path]:
    """The paths and addresses to read, with those listed on standard input in the place of `-`.

    Raises:
        UsageError: there are none, or an address is none.
    """
    if not scans:
        raise UsageError("nothing to read; give files or folders, or a folder to --watch")
    from reader.pages.addresses import located
    from reader.pages.scan import listed

    paths = [located(scan) for scan in scans]
    if "-" not in scans:
        return paths
    found = listed(sys.stdin.buffer.read())
    if not found:
        raise UsageError("the list of scans on standard input is empty; give paths, one a line")
    at = scans.index("-")
    return [*paths[:at], *found, *paths[at + 1 :]]


def _batch_module() -> "ModuleType":
    """The module that reads; a system library that its packages lack is named, with the command that installs it."""
    try:
        from reader import batch
    except ImportError as error:
        missing = re.search(r"(lib[\w+.-]+?\.so[.\d]*): cannot open shared object file", str(error))
        if not missing:
            raise
        package = PACKAGES.get(missing[1])
        how = f"sudo apt-get install -y {package}" if package else f"apt-file search {missing[1]}"
        message = f"digit-reader: this machine lacks the system library {missing[1]}; on Debian or Ubuntu: {how}"
        typer.echo(message, err=True)
        raise typer.Exit(WRONG_USAGE) from error
    return batch


def _exit_code(done: "Batch") -> int:
    """The exit code of a batch that came to its end."""
    if done.interrupted:
        return INTERRUPTED
    return SOME_NOT_READ if done.pages("refused") or done.pages("failed") else ALL_READ
