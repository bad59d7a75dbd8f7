"""The commands of training: declare options, call, print, exit code.

The program `digit-reader` finds them by the entry point `training` in the group `digit_reader.commands`. What trains is
imported inside the commands, so that `--help` answers at once and reading never needs it.
"""

from pathlib import Path
from typing import Annotated

import typer

from reader.errors import UsageError
from training.line_commands import export_lines, make_lines, train_lines
from training.settings import Architecture, Freeze, Optimizer, Schedule, Settings
from training.starting import answering, need

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


Network = Annotated[
    str, typer.Option(help="Sizes of a new network, such as filters=16,units=64,dropout=0.4.", show_default=False)
]
Rate = Annotated[
    float | None, typer.Option(help=f"The highest; {RATES[0]}, or {RATES[1]} with --from.", show_default=False)
]
Strength = Annotated[
    list[str], typer.Option(help="Of one distortion, NAME=NUMBER, such as rotation=10.", show_default=False)
]
Sheet = Annotated[Path | None, typer.Option(help="Draw a sheet of distorted images into this .png, and train nothing.")]
Start = Annotated[
    str | None,
    typer.Option("--from", help="Go on from this model: .keras, .h5, or the word shipped for the package's own."),
]
Reference = Annotated[
    str, typer.Option(help="With --from: the data on which the new model must not be worse than the old one.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for name, command in (
        ("train", train), ("search", search), ("evaluate", evaluate), ("export-model", export_model),
        ("make-crops", make_crops), ("measure-limits", measure_limits),
        ("make-lines", make_lines), ("train-lines", train_lines), ("export-lines", export_lines),
    ):  # fmt: skip
        app.command(name)(command)


def train(  # noqa: PLR0913, PLR0917  # each is an option
    data: Data = ["mnist"],  # noqa: B006  # typer reads it, nobody changes it
    output: Annotated[Path, typer.Option("--output", "-o", help="The model to write, .h5 or .keras.")] = Path("ocr.h5"),
    architecture: Annotated[Architecture, typer.Option(help="The network.")] = "lenet",
    network: Network = "",
    epochs: Annotated[int, typer.Option(help="Passes over the data.")] = 12,
    batch_size: Annotated[int, typer.Option(help="Images in a step.")] = 128,
    learning_rate: Rate = None,
    optimizer: Annotated[Optimizer, typer.Option(help="Adam, or AdamW with weight decay.")] = "adam",
    schedule: Annotated[Schedule, typer.Option(help="Of the learning rate.")] = "constant",
    seed: Annotated[int, typer.Option(help="The same seed gives the same training.")] = 1,
    augment: Annotated[bool, typer.Option("--augment", help="Distort the images as scanning and writers do.")] = False,
    strength: Strength = [],  # noqa: B006
    show_augmented: Sheet = None,
    start: Start = None,
    freeze: Annotated[Freeze, typer.Option(help="What of the model of --from stays as it is.")] = "nothing",
    reference: Reference = "mnist",
    allow_loss: Annotated[float, typer.Option(help="Points of accuracy that may be lost on the reference.")] = 0.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
) -> None:
    """Train a classifier: with no options, a LeNet-like network on MNIST, saved as ocr.h5.

    Exit code 0: saved; 1: with --from, worse than before and not saved; 2: wrong usage or data, nothing was trained;
    130: interrupted, --resume goes on after the last finished epoch.
    """
    with answering("the same command with --resume goes on after the last finished epoch"):
        need()
        from training.architectures import sizes
        from training.distortions import strengths

        rate = learning_rate or RATES[start is not None]
        settings = Settings(
            tuple(data), output, architecture, epochs, batch_size, rate, optimizer, schedule, seed,
            strengths(strength) if augment or strength or show_augmented else {},
            start, freeze, reference, allow_loss, resume, sizes(architecture, network),
        )  # fmt: skip
        if show_augmented:
            _show_augmented(settings, show_augmented)
        else:
            _train(settings)


def search(  # noqa: PLR0913, PLR0917  # each is an option
    data: Data = ["mnist"],  # noqa: B006
    minutes: Annotated[float, typer.Option(help="Begin no trial, and end the one at work, after this time.")] = 30,
    trials: Annotated[int | None, typer.Option(help="End after so many trials, too.", show_default=False)] = None,
    storage: Annotated[
        Path, typer.Option(help="Where trials are kept (SQLite); an old search in it is gone on with.")
    ] = Path("search.sqlite"),
    images: Annotated[int, typer.Option(help="Images that each trial learns from at the most.")] = 10_000,
    epochs: Annotated[int, typer.Option(help="Passes over them in a trial; hopeless ones end earlier.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the choice of images and trials.")] = 1,
) -> None:
    """Try architectures and hyperparameters, and print a table of the best and how to train the first of them.

    Exit code 0: something was found; 2: wrong usage or data; 130: interrupted, the same command goes on.
    """
    with answering("the same command goes on"):
        need()
        from training import searching
        from training.display import told

        wanted = searching.Search(tuple(data), storage, minutes, trials, images, epochs, seed)
        with told() as tell:
            found = searching.search(wanted, tell)
        typer.echo(searching.table_of(found))
        typer.echo(searching.command_of(found, wanted))


def evaluate(
    data: Annotated[list[str], typer.Option(help="What to measure on, as for train.")] = ["mnist"],  # noqa: B006
    model: Annotated[
        Path | None, typer.Option(help="A .tflite with its .json, a .keras or an .h5; without it the package's own.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for the figures as JSON and as pictures.")
    ] = None,
    material: Annotated[
        Path | None,
        typer.Option(help="A folder with mnist/, digits/, not_digits/: what is rejected and what degradation costs."),
    ] = None,
    robustness: Annotated[int, typer.Option(help="With --material: images for each degradation.")] = 1000,
) -> None:
    """Measure a classifier: accuracy, report by digit, confusions, calibration, rejection, the worst mistakes.

    Exit code 0: measured; 2: wrong usage, model or data.
    """
    with answering():
        need()
        from reader.digits.classifier import load
        from training import evaluate as evaluating
        from training import report
        from training.export import learned_by
        from training.loading import load as load_data

        classifier = load(model)
        learned = learned_by(model) if model else set()
        several = [report.answers_on(classifier, load_data(name), learned) for name in data]
        figures = {"model": classifier.name, **report.figures_of(several)}
        if material:
            figures["material"] = evaluating.figures(classifier, evaluating.material_in(material, robustness))
        rounded = evaluating.rounded(figures)
        typer.echo(report.report_of(several))
        typer.echo(report.lines_of(rounded))
        for path in report.write_report(several, rounded, output) if output else []:
            typer.echo(f"wrote {path}", err=True)


def export_model(
    model: Annotated[str, typer.Argument(help="A .keras or .h5 file, or the word shipped for the package's own.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .tflite to write; -int8.tflite goes beside it.")],
    data: Annotated[
        list[str], typer.Option(help="int8 is calibrated on it, and the answers are compared on its test images.")
    ] = ["mnist"],  # noqa: B006
) -> None:
    """Turn a Keras model into LiteRT files for the reader, float and int8, and compare their answers.

    Exit code 0: written; 2: wrong usage, model or data.
    """
    with answering():
        need()
        from training import export

        rows = export.export_model(model, output, tuple(data), lambda said: typer.echo(said, err=True))
        typer.echo(f"{'model':32}{'KB':>8}{'right':>9}{'changed':>9}{'largest':>9}{'crops/s':>9}")
        for row in rows:
            typer.echo(
                f"{row.path.name:32}{row.size / 1000:8.0f}{row.accuracy:9.2%}{row.changed:9}{row.largest:9.4f}"
                f"{row.per_second:9.0f}"
            )
        typer.echo("changed: test images with another answer than the Keras model's; largest: change of a probability")


def make_crops(
    sources: Annotated[Path, typer.Argument(help="A folder with mnist/, digits/, not_digits/ and fonts/, or some.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz to write, for train --data.")],
    count: Annotated[int, typer.Option(help="Crops to learn from.")] = 400_000,
    seed: Annotated[int, typer.Option(help="Another seed gives other crops.")] = 1,
    clean_with: Annotated[
        Path | None, typer.Option(help="An earlier model: crops whose label it finds hardly possible are left out.")
    ] = None,
) -> None:
    """Make the crops that the package's own model learns: written, scanned and cut as the reader cuts them.

    Exit code 0: written; 2: wrong usage or sources.
    """
    with answering():
        need()
        from training import recipe

        if output.suffix.lower() != ".npz" or not output.parent.is_dir() or count < 1:
            raise UsageError(f"{output}, --count {count}: expected a name that ends in .npz, in a folder that there is")
        given = recipe.sources_in(sources)
        recipe.make(given, count, output, seed, clean_with, lambda said: typer.echo(said, err=True))


def measure_limits(
    model: Annotated[Path, typer.Argument(help="A .tflite file with its .json beside it, which gets the table.")],
    mnist: Annotated[Path, typer.Option(help="MNIST as an .npz laid out like Keras's: its test digits are written.")],
    pages: Annotated[int, typer.Option(help="Drawn pages to read.")] = 360,
    seed: Annotated[int, typer.Option(help="Another seed gives other pages.")] = 1,
) -> None:
    """Measure how sure a model must be for how few wrong fields, for read --max-error, on forms drawn at random.

    Exit code 0: measured, and written into the sidecar; 2: wrong usage, model or data.
    """
    with answering():
        need()
        from training import limits

        if not mnist.is_file() or pages < 1:
            raise UsageError(f"{mnist}, --pages {pages}: expected an .npz with x_test and y_test, and a page at least")
        limits.measure(model, mnist, pages, seed, lambda said: typer.echo(said, err=True))


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
