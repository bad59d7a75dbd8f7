"""The program run inside a test."""

from typer.testing import CliRunner

from reader.cli import app


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the program."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr
