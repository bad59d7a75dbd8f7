"""The commands about ledgers: declare options, call, print, exit code.

What opens ledgers is imported inside the commands, so that `--help` answers at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reader.errors import ReaderError, UsageError
from reader.results.tables import Layout
from reader.standard_output import standard_output
from reader.summary import printable

if TYPE_CHECKING:
    from reader.results.contents import Contents

WRONG_USAGE = 2
MOST_NAMED = 10
"""Pages that are there twice, named one by one."""

Ledger = Annotated[Path, typer.Argument(help="The ledger beside the CSV, such as results.sqlite.", show_default=False)]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", help="The file to write: .csv, .xlsx or .parquet; - is standard output.", show_default=False
    ),
]
STATUSES = ("read", "refused", "failed", "ok", "review", "blank", "rejected", "verified")
Statuses = Annotated[
    list[str],
    typer.Option(
        "--status",
        help=f"Only pages, fields or digits of this status, of {', '.join(STATUSES)}; several times for several.",
        show_default=False,
    ),
]


@contextmanager
def _answering() -> Iterator[None]:
    """Errors that a user can mend are told, with the exit code for wrong usage."""
    try:
        yield
    except ReaderError as error:
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(WRONG_USAGE) from error


def export(  # noqa: PLR0913, PLR0917  # each is an option
    ledger: Ledger,
    output: Output,
    layout: Annotated[Layout | None, typer.Option(help="A row a page, a field or a digit.", show_default=False)] = None,
    status: Statuses = [],  # noqa: B006  # typer reads it, nobody changes it
    delimiter: Annotated[str, typer.Option(help="Between the cells of a CSV.")] = ",",
    decimal: Annotated[str, typer.Option(help="The decimal point in a CSV.")] = ".",
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch scans at addresses such as s3:// for their pictures in an .xlsx.")
    ] = False,
) -> None:
    r"""Write the pages of the newest run of a ledger as a table, without reading them again.

    For Excel in much of Europe: --delimiter ";" --decimal ",". Exit code 2: nothing was written.
    """
    with _answering():
        from reader.exporting import Export
        from reader.exporting import export as write

        if strange := set(status) - set(STATUSES):
            raise UsageError(f"--status {', '.join(sorted(strange))}: statuses are {', '.join(STATUSES)}")
        separator = "\t" if delimiter in ("tab", r"\t") else delimiter
        with standard_output() if str(output) == "-" else nullcontext(output) as place:
            try:
                write(Export(ledger, place, layout, status, separator, decimal, fetch))
            except ValueError as error:
                raise UsageError(f"--delimiter {delimiter} --decimal {decimal}: {error}") from error


def status(ledger: Ledger) -> None:
    """Tell what is in a ledger."""
    with _answering():
        from reader.results.contents import contents

        typer.echo("\n".join(_lines(contents(ledger))))


def verify(
    ledger: Ledger,
    corrected: Annotated[
        Path | None,
        typer.Argument(
            help="A table of the layout fields in which you corrected values, and set the status of each row that you "
            "checked to verified; the other rows are left out.",
            show_default=False,
        ),
    ] = None,
    value: Annotated[
        tuple[str, int, str, str] | None,
        typer.Option(
            metavar="FILE PAGE FIELD VALUE", help="One value, without a table: its scan, page and field as in the CSV."
        ),
    ] = None,
) -> None:
    """Keep what a person read: it stands above whatever is read of the same scan, now and later.

    The CSV has it after the next `read` or `export`. Exit code 2: there is a mistake, and nothing was kept.
    """
    with _answering():
        from reader import verifying

        if (corrected is None) == (value is None):
            raise UsageError("give either a corrected table or --value FILE PAGE FIELD VALUE")
        given = [verifying.Correction(*value)] if value else []
        given += verifying.corrections_in(corrected) if corrected else []
        changed = verifying.verify(ledger, given, literally=value is not None)
        typer.echo(f"verified: {len(given)} fields, {changed} of them with another value than before", err=True)


def merge(
    ledgers: Annotated[list[Path], typer.Argument(help="Ledgers of shards, in their order.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The ledger to write.", show_default=False)],
) -> None:
    """Put ledgers of scans that were read apart, in the same way, into one; then `export` it."""
    with _answering():
        from reader.results.merging import merge as put_together

        put_together(ledgers, output)


def _lines(found: "Contents") -> list[str]:
    """What is in a ledger, as lines."""
    names = ("read", "refused", "failed")
    forms = sorted({form for form, _ in found.pages})
    width = max([len(form or "no form") for form in forms] + [len("pages")])
    table = [f"{'pages':{width}}" + "".join(f"{name:>10}" for name in names)]
    for form in forms:
        table.append(f"{form or 'no form':{width}}" + "".join(f"{found.pages[form, name]:>10}" for name in names))
    statuses = ("ok", "review", "blank", "rejected", "verified")
    table += ["", f"{'':{width}}" + "".join(f"{name:>10}" for name in statuses)]
    for what, counts in (("fields", found.fields), ("digits", found.digits)):
        table.append(f"{what:{width}}" + "".join(f"{counts[name]:>10}" for name in statuses))
    pages = found.pages.total()
    each = f", {found.seconds / pages:.2f} s a page" if pages else ""
    return [
        f"last run: {found.started}, {'done ' + found.finished if found.finished else 'broken off, or still at work'}",
        f"digit-reader {found.version}, model {found.model}",
        "",
        *table,
        "",
        f"time: {found.seconds:.1f} s of work{each}; slowest: "
        + ", ".join(f"{printable(name)} {seconds:.1f} s" for name, seconds in found.slowest),
        f"verified by a person, in all: {found.verified} fields; pages kept from other runs: {found.others}",
        f"there twice: {len(found.twice)} pages",
        *(f"  {printable(each)}" for each in found.twice[:MOST_NAMED]),
    ]
