"""What every command of training begins and ends with: the packages it needs, and errors as exit codes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import typer

from reader.errors import ReaderError, UsageError
from training.settings import WorseError

REFUSED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes."""
NEEDED = {"keras": "keras", "sklearn": "scikit-learn", "matplotlib": "matplotlib", "optuna": "optuna"}
"""Modules that training needs and reading does not, and the packages that bring them."""


def need() -> None:
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
    _start_keras()


def _start_keras() -> None:
    """Import Keras and let its backend look for devices, without the lines that they write about it."""
    from reader.digits.litert import silent_stderr

    with silent_stderr():
        import keras

        keras.ops.zeros(1)


@contextmanager
def answering(how_to_go_on: str = "nothing was written") -> Iterator[None]:
    """Errors that the user can mend become a message and an exit code."""
    try:
        yield
    except ReaderError as error:
        typer.echo(f"digit-reader: {error}", err=True)
        raise typer.Exit(REFUSED if isinstance(error, WorseError) else WRONG_USAGE) from error
    except KeyboardInterrupt as error:
        typer.echo(f"digit-reader: interrupted; {how_to_go_on}", err=True)
        raise typer.Exit(INTERRUPTED) from error
