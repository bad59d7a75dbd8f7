"""The commands for the line network: make lines to learn from, and train on them."""

from pathlib import Path
from typing import Annotated

import typer

from reader.errors import UsageError
from training.starting import answering, need


def make_lines(
    sources: Annotated[Path, typer.Argument(help="A folder with mnist/, digits/, not_digits/ and fonts/, or some.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz to write, for train-lines.")],
    count: Annotated[int, typer.Option(help="Lines to learn from.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other lines.")] = 1,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Draw the lines that the package's own line network learns: numbers as people write them without boxes.

    Exit code 0: written; 2: wrong usage or sources.
    """
    with answering():
        need()
        from training import line_files, recipe

        if output.suffix.lower() != ".npz" or not output.parent.is_dir() or count < 1 or jobs < 1:
            raise UsageError(f"{output}, --count {count}: expected a name that ends in .npz, in a folder that there is")
        line_files.make(recipe.sources_in(sources), count, output, seed, jobs, lambda said: typer.echo(said, err=True))


def train_lines(  # noqa: PLR0913, PLR0917  # each is an option
    data: Annotated[list[Path], typer.Argument(help="Files that make-lines wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .tflite to write.")] = Path("lines.tflite"),
    start: Annotated[Path | None, typer.Option("--from", help="Go on from this .keras file.")] = None,
    clean_with: Annotated[
        Path | None, typer.Option(help="A .keras file: lines whose number it finds hardly possible are left out.")
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the lines.")] = 6,
    learning_rate: Annotated[float, typer.Option(help="The highest.")] = 2e-3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same training.")] = 1,
) -> None:
    """Train the network that reads a line as a whole, beside the classifier that reads its pieces.

    The network is written as .keras, too, with its record beside it; without TensorFlow (KERAS_BACKEND=torch or jax)
    so alone, for export-lines. Exit code 0: written; 2: wrong usage or data.
    """
    with answering("--from the .keras file goes on from the last finished epoch"):
        need()
        from training import line_training
        from training.line_network import Plan

        plan = Plan(epochs, learning_rate, seed)
        line_training.train(data, output, plan, start, clean_with, lambda said: typer.echo(said, err=True))


def export_lines(
    network: Annotated[Path, typer.Argument(help="The .keras file that train-lines wrote.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The .tflite; else named like it.")] = None,
) -> None:
    """Make the file that the reader takes of a line network that was trained without TensorFlow.

    Exit code 0: written; 2: wrong usage or network.
    """
    with answering():
        need()
        from training import line_training

        line_training.export(network, output or network.with_suffix(".tflite"))
        typer.echo(f"{output or network.with_suffix('.tflite')}: written", err=True)
