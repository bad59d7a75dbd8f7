"""The command line: what the program is called with, and which module answers."""

from importlib.metadata import entry_points

import typer

from reader import form_commands, ledger_commands, read_command

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command("read")(read_command.read)
app.command("export")(ledger_commands.export)
app.command("status")(ledger_commands.status)
app.command("verify")(ledger_commands.verify)
app.command("merge")(ledger_commands.merge)
app.add_typer(form_commands.app, name="form")


def main() -> None:
    """Run the program `digit-reader`."""
    app()


@app.callback()
def digit_reader() -> None:
    """A folder of scanned paper forms goes in; the handwritten digits on them come out as a CSV."""


def _add_more_commands() -> None:
    """The commands that other packages bring, training above all: reading does not import it."""
    for found in {entry.name: entry for entry in entry_points(group="digit_reader.commands")}.values():
        found.load()(app)


_add_more_commands()
