"""What training tells, shown to a person: a bar with loss, accuracy and time left on a terminal, else plain lines."""

from collections.abc import Iterator
from contextlib import contextmanager

from training.telling import Step, Teller


@contextmanager
def told() -> Iterator[Teller]:
    """Someone to tell, who shows it on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0, left="", visible=False)

        def step(now: Step) -> None:
            done = (now.epoch - 1 + now.batch / now.batches) / now.epochs
            bar.update(
                task, completed=done, description=_line(now), left=f"{clock(now.seconds_left)} left", visible=True
            )
            if now.checked:
                console.print(f"{_line(now)}{_checked(now)}; {clock(now.seconds_left)} left")

        yield Teller(console.print, step)


def _line(now: Step) -> str:
    return f"epoch {now.epoch}/{now.epochs}: loss {now.loss:.4f}, accuracy {now.accuracy:.2%}"


def _checked(now: Step) -> str:
    return f"; validation loss {now.checked[0]:.4f}, accuracy {now.checked[1]:.2%}" if now.checked else ""


def clock(seconds: float) -> str:
    """Seconds as a person says them."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
