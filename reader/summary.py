"""What a batch is said to cost before it, what came of it after, and names as they may be shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reader.batch import Batch, Job
    from reader.progress import Telling

MOST_NAMED = 10
"""Pages that are there twice, named one by one."""


def printable(text: str) -> str:
    """Text with line breaks, control characters and what is no text at all written out.

    A file may be called anything: its name must not clear the screen or pretend to be a message of its own.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def promise(job: "Job") -> str:
    """What a limit of wrong fields costs.

    Raises:
        ModelError: it is less than was measured of the model.
    """
    from reader.digits.classifier import load

    limits = load(job.model, job.max_error).limits
    return (
        f"at most {limits.max_error:.2%} of the fields that need no review were wrong on drawn forms, and "
        f"{limits.share:.0%} of all needed it; on yours it may be more or fewer"
    )


def pages_of(done: "Batch") -> dict[str, int]:
    """How many pages there are of each status."""
    return {status: done.pages(status) for status in ("read", "refused", "failed")}


def summary(done: "Batch", job: "Job", told: "Telling") -> str:
    """What came of it all, in a few lines."""
    pages = ", ".join(f"{count} {status}" for status, count in pages_of(done).items())
    digits = ", ".join(f"{done.digits(status)} {status}" for status in ("ok", "review", "blank", "rejected"))
    before = told.tally.pages - told.tally.read
    known = f" ({before} of them known from before)" if before else ""
    where = f"table: {job.output}" if job.output else "table: standard output"
    stopped = "interrupted; what was finished is kept\n" if done.interrupted else ""
    pictures = f"; overlays: {job.overlays}" if job.overlays else ""
    twice = "".join(f"there twice: {printable(each)}\n" for each in done.twice[:MOST_NAMED])
    if len(done.twice) > MOST_NAMED:
        twice += f"and {len(done.twice) - MOST_NAMED} more that are there twice; their reasons say so\n"
    return f"{stopped}{twice}pages: {pages}{known}\ndigits and boxes: {digits}\n{where}{pictures}"
