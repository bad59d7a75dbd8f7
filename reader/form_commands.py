"""The commands of `digit-reader form`: declare options, call, print, exit code.

What works on pages is imported inside the commands, so that `--help` answers at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from reader.errors import ReaderError

ALL_FIT, SOME_DO_NOT, WRONG_USAGE = 0, 1, 2
"""Exit codes."""

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def form() -> None:
    """Make, check and print forms: where the digits are on a sheet, and what they must keep."""


@app.command()
def detect(
    sheets: Annotated[
        list[Path],
        typer.Argument(
            help="A blank sheet, or a filled one, or several filled ones of the same form.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The form file to write, such as form.toml.", show_default=False)
    ],
    blank: Annotated[
        bool | None,
        typer.Option(
            "--blank/--filled", help="Whether the sheet is blank; without it, most cells being empty says so."
        ),
    ] = None,
) -> None:
    """Propose a form file from a sheet, and draw a picture of the sheet with the names on it."""
    with _mistakes_told():
        from reader import form_jobs

        draft = form_jobs.detect(sheets, output, blank)
    left_out = draft.proposal.left_out
    if left_out and draft.proposal.blank:
        why = "what is printed in them is no writing; if the sheet is filled in, add --filled"
        typer.echo(f"left out: {left_out} cells with print in them ({why})", err=True)
    typer.echo(f"{draft.fields} fields with {draft.boxes} boxes and lines", err=True)
    typer.echo(f"form: {draft.form}\nits sheet: {draft.sheet}\nthe names on it: {draft.picture}", err=True)
    typer.echo("Look at the picture, then rename the fields in the form and delete what is none.", err=True)


@app.command()
def check(
    form_file: Annotated[Path, typer.Argument(metavar="FORM", help="The form file.", show_default=False)],
    scans: Annotated[
        list[Path] | None,
        typer.Argument(help="Scans to lay the form over: files and folders.", show_default=False),
    ] = None,
    overlays: Annotated[Path, typer.Option(help="A folder for pictures of the form on each scan.")] = Path(
        "form-check"
    ),
) -> None:
    """Say every mistake in a form file; on scans, say how well it fits and draw it.

    Exit code 0: the form is right and fits all pages; 1: there are pages that it does not fit; 2: mistakes in the form.
    """
    with _mistakes_told():
        from reader import form_jobs

        checks = form_jobs.check(form_file, scans or [], overlays)
        typer.echo(f"{form_file}: no mistakes", err=True)
        refused = 0
        for checked in checks:
            refused += not checked.fits
            page = f" (page {checked.page})" if checked.page > 1 else ""
            where = f"; picture: {checked.picture}" if checked.picture else ""
            said = checked.said if checked.said.startswith(checked.file) else f"{checked.file}{page}: {checked.said}"
            typer.echo(f"{said}{where}", err=True)
    raise typer.Exit(SOME_DO_NOT if refused else ALL_FIT)


@app.command("print")
def print_(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The PDF to write, such as form.pdf.", show_default=False)
    ],
    form_file: Annotated[
        Path | None,
        typer.Argument(metavar="[FORM]", help="A form file whose fields have no boxes yet.", show_default=False),
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="Or a field by name and number of boxes: votes:4.", show_default=False)
    ] = None,
) -> None:
    """Make a sheet to print, with separate boxes of 5 x 7 mm and corner marks, and the form file that reads it."""
    with _mistakes_told():
        from reader import form_printing

        done = form_printing.print_form(output, form_file, field or [])
    typer.echo(f"to print: {done.pdf} ({done.pages} pages, {done.boxes} boxes; at 100%, not fitted)", err=True)
    typer.echo(f"form: {done.form}", err=True)


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """What the user can mend is told in words, with the exit code for wrong usage."""
    try:
        yield
    except ReaderError as error:
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(WRONG_USAGE) from error
