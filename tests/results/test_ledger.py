import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from reader.errors import LedgerError
from reader.results import ledger, schema, verified
from reader.results.ledger import About, Connection, Entry, Key, Listed, Run
from reader.results.reading import Box, DigitReading, FieldReading, PageReading

KEY = Key("forms", "model", "program")
BOX = Box(10, 20, 30, 40)


def field(name: str, value: str, box: Box = BOX, empty: int = 0) -> FieldReading:
    digits = [DigitReading(n, each, 0.9 - n / 100, "4", 0.05, "ok", box) for n, each in enumerate(value)]
    digits += [DigitReading(len(value) + n, "", 1.0, "", 0.0, "blank", box) for n in range(empty)]
    return FieldReading(name, value, 0.8, "ok", "", box, tuple(digits))


PAGE = PageReading("a.png", 1, "tally", "read", "", (field("votes", "007"), field("extra", "", empty=2)), 0.75)


def begun(place: Path | None = None) -> tuple[Connection, Run]:
    connection = schema.opened(place)
    return connection, ledger.begin(connection, KEY, About("1.0", "model", "wide", ["votes"]))


def kept(connection: Connection, run: Run, reading: PageReading, scan: str = "hash", number: int = 1) -> None:
    entry = Entry(reading, 1.5, fingerprint=None)
    ledger.keep(connection, run, Listed(number, reading.file, scan, reading.page), entry, 1)


def test_a_page_comes_back_as_it_was(tmp_path: Path) -> None:
    with closing(begun(tmp_path / "l.sqlite")[0]) as connection:
        run = Run(1, KEY, "1.0")
        kept(connection, run, PAGE)
    with closing(schema.looked_into(tmp_path / "l.sqlite")) as connection:
        assert list(ledger.readings(connection, 1)) == [PAGE]
        assert connection.execute("SELECT seconds, version FROM page").fetchall() == [(1.5, "1.0")]
        assert ledger.known(connection, KEY, "hash") == {1: 1}
        assert ledger.pages_of(connection, KEY, "hash") == 1


def test_names_that_are_no_text_come_back_too() -> None:
    connection, run = begun()
    reading = PageReading("bad\udcff\n.png", 1, "", "failed", "bad\udcff\n.png: damaged")
    kept(connection, run, reading)
    (back,) = ledger.readings(connection, run.number)
    assert back.file == "bad\udcff\n.png"
    assert back.reason.endswith(": damaged")


def test_a_ledger_of_version_1_is_brought_up_to_date_and_nothing_is_lost(tmp_path: Path) -> None:
    place = tmp_path / "l.sqlite"
    with closing(sqlite3.connect(place)) as old, old:
        old.executescript(Path(__file__).with_name("ledger_version_1.sql").read_text())
    with closing(schema.opened(place)) as connection:
        (reading,) = ledger.readings(connection, 1)
        assert reading == PageReading(
            *("scans/a.png", 1, "tally", "read", ""),
            (
                FieldReading(
                    *("votes", "42", 1.0, "verified", "", Box(5, 6, 70, 80)),
                    (
                        DigitReading(0, "4", 1.0, "", 0.0, "verified", Box(5, 6, 35, 80)),
                        DigitReading(1, "2", 1.0, "", 0.0, "verified", Box(40, 6, 35, 80)),
                    ),
                ),
            ),
            1.25,
        )
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.STEPS),)
        kept(connection, Run(1, KEY, "1.0"), PAGE, number=2)
        assert len(list(ledger.readings(connection, 1))) == 2


def test_a_ledger_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with closing(schema.opened(tmp_path / "l.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (tmp_path / "l.sqlite").read_bytes()
    with pytest.raises(LedgerError, match="later version"):
        schema.opened(tmp_path / "l.sqlite")
    assert (tmp_path / "l.sqlite").read_bytes() == before


def test_a_page_is_written_wholly_or_not_at_all() -> None:
    connection, run = begun()
    kept(connection, run, PAGE)
    broken = FieldReading("votes", "1", 0.5, "ok", "", None, ())  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        kept(connection, run, PageReading("a.png", 1, "tally", "read", "", (field("new", "1"), broken)))
    assert list(ledger.readings(connection, run.number)) == [PAGE]


FILL = """
import sys, resource
from pathlib import Path
from reader.errors import ReaderError
from tests.results.test_ledger import PAGE, begun, kept
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
connection, run = begun(Path(sys.argv[1]))
try:
    for number in range(100_000):
        kept(connection, run, PAGE, f"hash {number}", number)
except ReaderError as error:
    print(error)
"""


def test_a_full_disk_is_said_and_the_ledger_goes_on_where_it_was(tmp_path: Path) -> None:
    place = tmp_path / "l.sqlite"
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", FILL, place], capture_output=True, text=True, cwd=root, check=True)
    assert str(place) in done.stdout
    assert "make room" in done.stdout
    with closing(schema.opened(place)) as connection:
        pages = list(ledger.readings(connection, 1))
        assert len(pages) > 10
        assert set(pages) == {PAGE}
        kept(connection, Run(1, KEY, "1.0"), PAGE, "one more", 200_000)
        assert len(list(ledger.readings(connection, 1))) == len(pages) + 1


def named(reading: PageReading, name: str) -> FieldReading:
    return next(each for each in reading.fields if each.name == name)


def said(value: str, reading: PageReading = PAGE, name: str = "votes") -> PageReading:
    """The page after a person said something of a field."""
    connection, run = begun()
    kept(connection, run, reading)
    with ledger.transaction(connection):
        verified.verify(connection, 1, named(reading, name), value)
    (back,) = ledger.readings(connection, run.number)
    return back


def test_what_a_person_said_is_told_digit_by_digit_where_that_is_plain() -> None:
    assert [digit.digit for digit in said("123").fields[0].digits] == ["1", "2", "3"]
    assert {digit.status for digit in said("123").fields[0].digits} == {"verified"}
    assert said("12").fields[0].digits == ()
    partly = PageReading("a.png", 1, "tally", "read", "", (field("votes", "12", empty=2),))
    assert [digit.digit for digit in said("78", partly).fields[0].digits] == ["7", "8", "", ""]


def test_without_a_form_what_a_person_said_belongs_to_a_place_and_not_to_a_name() -> None:
    here, there = Box(100, 100, 50, 50), Box(100, 300, 50, 50)
    connection, run = begun()
    kept(connection, run, PageReading("a.png", 1, "", "read", "", (field("r1", "5", here), field("r2", "6", there))))
    with ledger.transaction(connection):
        verified.verify(connection, 1, field("r2", "6", there), "9")
    moved = Box(103, 298, 50, 52)
    kept(connection, run, PageReading("a.png", 1, "", "read", "", (field("r2", "5", here), field("r3", "6", moved))))
    (back,) = ledger.readings(connection, run.number)
    assert [(each.name, each.value) for each in back.fields] == [("r2", "5"), ("r3", "9")]
    kept(connection, run, PageReading("a.png", 1, "", "failed", "nothing found"))
    (back,) = ledger.readings(connection, run.number)
    assert [(each.name, each.value, each.status) for each in back.fields] == [("r2", "9", "verified")]


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    (one, first), (other, second) = begun(tmp_path / "l.sqlite"), begun(tmp_path / "l.sqlite")
    with closing(one), closing(other):
        for number in range(20):
            kept(one, first, PAGE, f"{number}", number)
            kept(other, second, PAGE, f"{number}", number)
        assert list(ledger.readings(one, first.number)) == list(ledger.readings(other, second.number))
        assert one.execute("SELECT count(*) FROM page").fetchone() == (20,)


def test_a_run_of_many_pages_takes_little_memory(tmp_path: Path) -> None:
    connection, run = begun(tmp_path / "l.sqlite")
    with closing(connection):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(3000):
            kept(connection, run, PAGE, f"hash {number}", number)
        assert sum(1 for _ in ledger.readings(connection, run.number)) == 3000
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kB
