"""The command line: declare options, call, print, exit code.

What reads pages is imported inside the commands, so that `--help` answers at once.
"""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader import form_commands
from reader.errors import ReaderError
from reader.results.tables import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from reader.batch import Batch, Job
    from reader.todo import PageDone

ALL_READ, SOME_NOT_READ, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""
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

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(form_commands.app, name="form")


def main() -> None:
    """Run the program `digit-reader`."""
    app()


@app.callback()
def digit_reader() -> None:
    """A folder of scanned paper forms goes in; the handwritten digits on them come out as a CSV."""


@app.command()
def read(
    scans: Annotated[
        list[Path],
        typer.Argument(help="Files (PNG, JPEG, TIFF, BMP, WebP, PDF) and folders of them.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The CSV to write; - is standard output.", show_default=False)
    ],
    form: Annotated[
        Path | None,
        typer.Option(
            "--form",
            "--forms",
            help="The form that the pages are copies of, or a folder of forms of which each page takes the one that "
            "fits it best; without it, boxes and digit lines are searched for.",
        ),
    ] = None,
    layout: Annotated[
        Layout | None,
        typer.Option(help="One row a page, a field or a digit; wide with a form, fields without.", show_default=False),
    ] = None,
    overlays: Annotated[
        Path | None, typer.Option(help="A folder for pictures of the pages with what was read drawn on them.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Another model than the one in the package.")] = None,
) -> None:
    """Read the digits on scanned pages into a CSV.

    Exit code 0: all pages read; 1: some were refused or failed, the rest is in the CSV; 2: wrong usage, form or
    model, nothing was read; 130: interrupted, the finished pages are in the CSV.
    """
    to_stdout = str(output) == "-"
    try:
        batch = _batch_module()
        job = batch.Job(scans, None if to_stdout else output, form, layout, overlays, model)
        with _telling() as tell:
            done: Batch = batch.read_batch(job, tell)
    except ReaderError as error:
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(WRONG_USAGE) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(INTERRUPTED) from error
    if to_stdout:
        stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", "backslashreplace", newline="")
        done.write(stream)
        stream.detach()
    typer.echo(_summary(done, job), err=True)
    raise typer.Exit(_exit_code(done))


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


@contextmanager
def _telling() -> "Iterator[Callable[[PageDone], None]]":
    """What tells the user on standard error how the work goes: a bar on a terminal, and a line for a page not read."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)

        def tell(done: "PageDone") -> None:
            page = done.reading
            bar.update(task, completed=done.file, total=done.files, description=Path(page.file).name)
            if page.status != "read":
                console.print(f"{page.status}: {_placed(page.file, page.page, page.reason)}")
            if done.trouble:
                console.print(done.trouble.rstrip())

        yield tell


def _placed(file: str, page: int, reason: str) -> str:
    """A reason with its file and page in front, unless it names the file itself."""
    named = reason if reason.startswith(file) else f"{file}: {reason}"
    return named if page == 1 else f"{named} (page {page})"


def _summary(done: "Batch", job: "Job") -> str:
    """What came of it all, in three lines."""
    pages = ", ".join(f"{done.pages(status)} {status}" for status in ("read", "refused", "failed"))
    digits = ", ".join(f"{done.digits(status)} {status}" for status in ("ok", "review", "blank", "rejected"))
    where = f"table: {job.output}" if job.output else "table: standard output"
    stopped = "interrupted; what was finished is kept\n" if done.interrupted else ""
    pictures = f"; overlays: {job.overlays}" if job.overlays else ""
    return f"{stopped}pages: {pages}\ndigits and boxes: {digits}\n{where}{pictures}"


def _exit_code(done: "Batch") -> int:
    """The exit code of a batch that came to its end."""
    if done.interrupted:
        return INTERRUPTED
    return SOME_NOT_READ if done.pages("refused") or done.pages("failed") else ALL_READ


def _add_more_commands() -> None:
    """The commands that other packages bring, training above all: reading does not import it."""
    for found in {entry.name: entry for entry in entry_points(group="digit_reader.commands")}.values():
        found.load()(app)


_add_more_commands()
