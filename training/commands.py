"""The commands of training: declare options, call, print, exit code.

The program `digit-reader` finds them by the entry point `training` in the group `digit_reader.commands`. What trains is
imported inside the commands, so that `--help` answers at once and reading never needs it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from reader.errors import ReaderError, UsageError
from training.settings import Architecture, Freeze, Optimizer, Schedule, Settings

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""
NEEDED = {"keras": "keras", "sklearn": "scikit-learn", "matplotlib": "matplotlib", "optuna": "optuna"}
"""Modules that training needs and reading does not, and the packages that bring them."""
RATES = 1e-3, 2e-4
"""Highest learning rate of a new network, and of one that goes on from another."""

Data = Annotated[
    list[str],
    typer.Option(
        help="What to learn from, several times for several sets: mnist (Keras downloads it), an .npz, a folder of IDX "
        "files, a folder of pictures in sub-folders 0 to 9 and not_digit, a .csv with image and label. @3 at the end "
        "shows each image three times as often."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (train,):
        app.command()(command)


def train(  # noqa: PLR0913, PLR0917  # each is an option
    data: Data = ["mnist"],  # noqa: B006  # typer reads it, nobody changes it
    output: Annotated[Path, typer.Option("--output", "-o", help="The model to write, .h5 or .keras.")] = Path("ocr.h5"),
    architecture: Annotated[Architecture, typer.Option(help="The network.")] = "lenet",
    epochs: Annotated[int, typer.Option(help="Passes over the data.")] = 12,
    batch_size: Annotated[int, typer.Option(help="Images in a step.")] = 128,
    learning_rate: Annotated[
        float | None, typer.Option(help=f"The highest; {RATES[0]}, or {RATES[1]} with --from.", show_default=False)
    ] = None,
    optimizer: Annotated[Optimizer, typer.Option(help="Adam, or AdamW with weight decay.")] = "adam",
    schedule: Annotated[Schedule, typer.Option(help="Of the learning rate.")] = "constant",
    seed: Annotated[int, typer.Option(help="The same seed gives the same training.")] = 1,
    augment: Annotated[bool, typer.Option("--augment", help="Distort the images as scanning and writers do.")] = False,
    strength: Annotated[
        list[str], typer.Option(help="Of one distortion, NAME=NUMBER, such as rotation=10.", show_default=False)
    ] = [],  # noqa: B006
    show_augmented: Annotated[
        Path | None, typer.Option(help="Draw a sheet of distorted images into this .png, and train nothing.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Go on from this model: .keras, .h5, or the word shipped for the package's own."),
    ] = None,
    freeze: Annotated[Freeze, typer.Option(help="What of the model of --from stays as it is.")] = "nothing",
    reference: Annotated[
        str, typer.Option(help="With --from: the data on which the new model must not be worse than the old one.")
    ] = "mnist",
    allow_loss: Annotated[float, typer.Option(help="Points of accuracy that may be lost on the reference.")] = 0.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
) -> None:
    """Train a classifier: with no options, a LeNet-like network on MNIST, saved as ocr.h5.

    Exit code 0: saved; 1: with --from, worse than before and not saved; 2: wrong usage or data, nothing was trained;
    130: interrupted, --resume goes on after the last finished epoch.
    """
    with _answering():
        _need()
        from training.distortions import strengths

        rate = learning_rate or RATES[start is not None]
        settings = Settings(
            tuple(data), output, architecture, epochs, batch_size, rate, optimizer, schedule, seed,
            strengths(strength) if augment or strength or show_augmented else {},
            start, freeze, reference, allow_loss, resume,
        )  # fmt: skip
        if show_augmented:
            _show_augmented(settings, show_augmented)
        else:
            _train(settings)


def _show_augmented(settings: Settings, sheet: Path) -> None:
    from training.distortions import draw_sheet
    from training.loading import load

    if sheet.suffix.lower() != ".png" or not sheet.parent.is_dir():
        raise UsageError(f"{sheet}: expected a name that ends in .png, in a folder that there is")
    draw_sheet(load(settings.data[0]).learning.crops, settings.augment, settings.seed, sheet)
    typer.echo(f"{sheet}: a row for each distortion, the last row with all of them; nothing was trained", err=True)


def _train(settings: Settings) -> None:
    from training.display import told

    with told() as tell:
        if settings.start:
            from training.tuning import tune as run
        else:
            from training.train import train as run
        done = run(settings, tell)
    typer.echo(done.report)
    for name, share in done.accuracy.items():
        typer.echo(f"{share:.2%} of the test images right: {name}")


def _need() -> None:
    """Say how to install what training needs where it is missing; choose a backend of Keras that is installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backends = ("tensorflow", "jax", "torch")
    installed = [name for name in backends if find_spec(name)]
    missing = [package for module, package in NEEDED.items() if not find_spec(module)]
    missing += [] if installed else ["tensorflow"]
    if missing:
        raise UsageError(
            f"training needs packages that are not installed ({', '.join(missing)}): pip install "
            "'digit-reader[training]', or in the project's folder pip install '.[training]'"
        )
    os.environ.setdefault("KERAS_BACKEND", installed[0])
    from absl import logging

    logging.set_verbosity(logging.ERROR)  # Keras advises against .h5 at each saving


@contextmanager
def _answering() -> Iterator[None]:
    """Errors that the user can mend become a message and an exit code."""
    try:
        yield
    except ReaderError as error:
        refused: Any = type(error).__name__ == "WorseError"
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(REFUSED if refused else WRONG_USAGE) from error
    except KeyboardInterrupt as error:
        typer.echo("digit-reader: interrupted; the same command with --resume goes on", err=True)
        raise typer.Exit(INTERRUPTED) from error
