"""Makes up forms: layouts, frames, colours and fonts at random, so that nothing is tuned to the few that we know."""

import numpy as np

from training.blocks import Block, Bubbles, Entry, Frame, Gap, Look, Row, Table, Text
from training.sheets import Form, print_form

WORDS = (
    *("name", "date", "room", "count", "meter", "reading", "total", "number", "site", "visit", "week", "form", "page"),
    *("please", "write", "one", "digit", "in", "each", "box", "station", "unit", "sample", "plot", "depth", "weight"),
    *("age", "height", "signature", "office", "team", "vote", "ballot", "score", "points", "question", "answer"),
)
TITLES = ("Meter log", "Survey sheet", "Tally of votes", "Score card", "Field record", "Questionnaire", "Stock list")
UNITS = ("", "", "", "kWh", "m", "kg", "cm", "%", "EUR")
FRAMES: tuple[Frame, ...] = (
    *("comb", "half comb", "rake", "boxes", "white", "tinted", "dashes", "box", "underline", "dots", "bare"),
)
PAPERS = ((210, 297), (215.9, 279.4), (148, 210))


def random_look(rng: np.random.Generator) -> Look:
    """Black, gray or coloured frames, thin or thick, sometimes dotted or tinted, in one of the fonts."""
    colours = ((0, 0, 0), (0, 0, 0), (110, 110, 110), (170, 170, 170), (150, 90, 20), (60, 60, 200), (60, 140, 60))
    tinted = rng.random() < 0.15
    return Look(
        colour=colours[rng.integers(len(colours))],
        thickness=float(rng.uniform(0.12, 0.6)),
        dotted=bool(rng.random() < 0.08),
        tint=(235, 240, 250) if tinted else (255, 255, 255),
        font=("uni", "sans", "italic")[rng.choice(3, p=(0.5, 0.4, 0.1))],
        text=float(rng.uniform(2.6, 4.2)),
        markers=bool(rng.random() < 0.15),
        watermark="SAMPLE" if rng.random() < 0.1 else "",
    )


def random_form(seed: int, dpi: int = 200, frames: tuple[Frame, ...] = FRAMES) -> Form:
    """A page of a made-up design; the same seed gives the same page.

    Args:
        seed: of the design.
        dpi: dots per inch.
        frames: the places to write in are printed in some of these ways.
    """
    rng = np.random.default_rng([seed, 8])
    look, paper, margin = random_look(rng), PAPERS[rng.integers(len(PAPERS))], float(rng.uniform(12, 20))
    blocks: list[Block] = [Text(TITLES[rng.integers(len(TITLES))], float(rng.uniform(1.4, 2.4)), 700, "middle"), Gap(3)]
    for part in range(int(rng.integers(4, 8))):
        kind = rng.choice(["rows", "rows", "rows", "table", "text", "grid", "bubbles", "words"])
        blocks += _part(str(kind), part, rng, frames)
        blocks.append(Gap(float(rng.uniform(2, 7))))
    if not any(isinstance(block, Row | Table) for block in blocks):
        blocks += _part("rows", 9, rng, frames)
    return print_form(blocks, look, dpi, paper, margin)


def _part(kind: str, part: int, rng: np.random.Generator, frames: tuple[Frame, ...]) -> list[Block]:
    """Some blocks that belong together."""
    match kind:
        case "rows":
            return _rows(part, rng, frames)
        case "table":
            return [_sentence(rng, 3, 700), _table(part, rng)]
        case "grid":
            side, count = float(rng.uniform(7, 13)), int(rng.integers(3, 8))
            every = int(rng.choice([0, 0, 3]))
            return [Table(f"g{part}", (), ("",) * count, int(rng.integers(3, 9)), 1, (side, side), 0, every)]
        case "words":
            frame: Frame = ("underline", "dots", "box")[rng.integers(3)]
            labels = [_sentence(rng, int(rng.integers(1, 3)), 400).text.rstrip(".") for _ in range(rng.integers(1, 4))]
            places = [Entry(f"w{part}_{i}", text, frame, (0, 9), (7, 8), "", True) for i, text in enumerate(labels)]
            return [Row((place,), 40) for place in places]
        case "bubbles":
            return [_sentence(rng, 4, 400), Bubbles(int(rng.integers(2, 6)), int(rng.integers(4, 15)))]
        case _:
            return [_sentence(rng, int(rng.integers(5, 11)), 400) for _ in range(int(rng.integers(1, 5)))]


def _rows(part: int, rng: np.random.Generator, frames: tuple[Frame, ...]) -> list[Block]:
    """One to five rows of entries of one kind, with a heading now and then."""
    frame = frames[rng.integers(len(frames))]
    wide = float(rng.uniform(4.5, 9))
    cell = (wide, wide * float(rng.uniform(1, 1.5)))
    beside = 2 if rng.random() < 0.25 else 1
    aligned = float(rng.uniform(30, 60)) if rng.random() < 0.6 and beside == 1 else 0.0
    above = beside == 2 and rng.random() < 0.4
    blocks: list[Block] = []
    if rng.random() < 0.5:
        heading = _sentence(rng, int(rng.integers(1, 4)), 700).text
        blocks.append(Text(heading, 1, 700, inverse=bool(rng.random() < 0.25)))
    for row in range(int(rng.integers(1, 6))):
        entries = []
        for column in range(beside):
            most = int(rng.integers(1, 5 if beside == 2 else 9))
            label = _sentence(rng, 1 if beside == 2 else int(rng.integers(1, 4)), 400).text.rstrip(".") + ":"
            unit = UNITS[rng.integers(len(UNITS))]
            entries.append(Entry(f"f{part}_{row}_{column}", label, frame, (1, most), cell, unit))
        blocks += [Row(tuple(entries), aligned, above), Gap(float(rng.uniform(1, 4)))]
    return blocks


def _table(part: int, rng: np.random.Generator) -> Table:
    """A table with a header, headings in words or numbers, and room for one digit or for a few in each cell."""
    columns, digits = int(rng.integers(2, 6)), int(rng.choice([1, 1, 2, 4]))
    numbered = rng.random() < 0.3
    high = float(rng.uniform(7, 11))
    wide = high * float(rng.uniform(0.9, 1.3)) if digits == 1 else high * (0.75 * digits + 0.6)
    first = 12 if numbered else 32
    columns = min(columns, int((105 - first) / wide))  # the narrowest paper leaves 108 mm
    lines = int(rng.integers(2, 9))
    headings = tuple(str(i + 1) if numbered else WORDS[rng.integers(len(WORDS))] for i in range(lines))
    header = ("No" if numbered else "Item", *("ABCDEFG"[i] for i in range(columns)))
    return Table(f"t{part}", header, headings, columns, digits, (wide, high), first)


def _sentence(rng: np.random.Generator, words: int, weight: int) -> Text:
    """A printed line of so many words."""
    return Text(" ".join(WORDS[rng.integers(len(WORDS))] for _ in range(words)).capitalize() + ".", 1, weight)
