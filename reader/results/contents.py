"""What is in a ledger, in figures."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reader.errors import LedgerError
from reader.results import duplicates, ledger, ledger_rows, schema


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a ledger.

    Attributes:
        started: when the newest run began, in UTC.
        finished: when it was done; None where it was broken off, or is at work.
        version: of the program.
        model: its name.
        pages: of the newest run, by form and status.
        fields: of the newest run, by status.
        digits: of the newest run, digits and boxes, by status.
        seconds: that all its pages took together.
        slowest: its pages that took longest, with the seconds.
        twice: its pages that are there already, with what is to be said of each.
        verified: fields that a person verified, of this run or not.
        others: pages that are in the ledger besides: of other runs, forms, models or programs.
    """

    started: str
    finished: str | None
    version: str
    model: str
    pages: Counter[tuple[str, str]]
    fields: Counter[str]
    digits: Counter[str]
    seconds: float
    slowest: Sequence[tuple[str, float]]
    twice: Sequence[str]
    verified: int
    others: int


def contents(place: Path) -> Contents:
    """What is in a ledger.

    Raises:
        LedgerError: there is no ledger, or nothing in it.
    """
    with closing(schema.looked_into(place)) as connection:
        run = newest(connection, place)
        pages: Counter[tuple[str, str]] = Counter()
        statuses: Counter[tuple[str, str]] = Counter()
        for page in ledger.counted(ledger.readings(connection, run), statuses):
            pages[page.form, page.status] += 1
        of_run = "FROM listing JOIN page ON page.id = page_id WHERE run = ?"
        (seconds,) = connection.execute(f"SELECT total(seconds) {of_run}", (run,)).fetchone()
        slowest = connection.execute(
            f"SELECT listing.file, listing.page, seconds {of_run} ORDER BY seconds DESC LIMIT 3", (run,)
        ).fetchall()
        (said,) = connection.execute("SELECT count(*) FROM verified").fetchone()
        (others,) = connection.execute(
            "SELECT count(*) FROM page WHERE id NOT IN (SELECT page_id FROM listing WHERE run = ?)", (run,)
        ).fetchone()
        started, finished, version, model = connection.execute(
            "SELECT started, finished, version, model_name FROM run WHERE id = ?", (run,)
        ).fetchone()
        return Contents(
            started,
            finished,
            version,
            model,
            pages,
            fields=_of("field", statuses),
            digits=_of("digit", statuses),
            seconds=seconds,
            slowest=[(f"{ledger_rows.path(file)} (page {page})", taken) for file, page, taken in slowest],
            twice=duplicates.told(connection, run),
            verified=said,
            others=others,
        )


def _of(what: str, statuses: Counter[tuple[str, str]]) -> Counter[str]:
    """The counts of one kind of thing."""
    return Counter({status: count for (kind, status), count in statuses.items() if kind == what})


def newest(connection: ledger.Connection, place: Path) -> int:
    """The newest run of a ledger.

    Raises:
        LedgerError: there is none.
    """
    run = ledger.newest(connection)
    if run is None:
        raise LedgerError(f"{place}: nothing is in this ledger yet; read some scans first")
    return run
