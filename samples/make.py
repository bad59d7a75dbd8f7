"""Draws the samples: three forms, filled in by drawn hands, scanned as people scan.

python samples/make.py            draws them anew, each in its folder beside this file
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.blocks import Block, Entry, Gap, Look, Row, Table, Text
from training.filling import Hand, fill, pen_hand
from training.press import Image
from training.scanning import Spoiling, degrade
from training.sheets import Form, print_form

HERE = Path(__file__).parent
DPI = 200
A5 = (148, 210)
BLACK, BLUE, GRAY = (30, 25, 25), (140, 60, 30), (80, 80, 80)


@dataclass(frozen=True, slots=True)
class Scan:
    """One filled page: its file, who wrote it in which colour, what, and how it was scanned."""

    file: str
    writer: int
    colour: tuple[int, int, int]
    values: Mapping[str, str]
    how: Spoiling


@dataclass(frozen=True, slots=True)
class Design:
    """One sample form and its scans."""

    name: str
    look: Look
    blocks: tuple[Block, ...]
    scans: tuple[Scan, ...]


METER = Design(
    name="meter",
    look=Look(text=3.4),
    blocks=(
        Text("Meter reading log", 2, 700, "middle"),
        Text("Please write one digit in each box.", 1, 400, "middle"),
        Gap(4),
        Row((Entry("route", "Route number", "comb", (1, 4), (7, 9)),), 45),
        Gap(3),
        Row(
            (
                Entry("day", "Day", "boxes", (1, 2), (6.5, 8.5)),
                Entry("month", "Month", "boxes", (1, 2), (6.5, 8.5)),
                Entry("year", "Year", "boxes", (1, 2), (6.5, 8.5)),
            )
        ),
        Gap(6),
        Text("Meters", 1.3, 700),
        *(
            block
            for place in ("cellar", "ground_floor", "first_floor", "attic", "garden")
            for block in (
                Row((Entry(place, place.replace("_", " ").capitalize(), "half comb", (1, 6), (7, 9), "kWh"),), 45),
                Gap(3),
            )
        ),
        Gap(4),
        Row((Entry("reader", "Read by (staff number)", "comb", (1, 5), (7, 9)),), 45),
    ),
    scans=(
        Scan(
            "meter-1.jpg",
            12,
            BLUE,
            {
                **{"route": "1042", "day": "07", "month": "03", "year": "26", "cellar": "018365", "reader": "20417"},
                **{"ground_floor": "  4729", "first_floor": "350816", "attic": " 96204", "garden": "000158"},
            },
            Spoiling(skew=1.6, blur=0.6, noise=4, jpeg=80),
        ),
        Scan(
            "meter-2.png",
            44,
            BLACK,
            {
                **{"route": "1043", "day": "19", "month": "03", "year": "26", "cellar": "572940", "reader": "20417"},
                **{"ground_floor": "083611", "first_floor": "  7052", "attic": "      ", "garden": " 24839"},
            },
            Spoiling(skew=-0.8, noise=12, bilevel=True),
        ),
        Scan(
            "meter-3.jpg",
            4,
            BLUE,
            {
                **{"route": "2210", "day": "31", "month": "12", "year": "25", "cellar": "440917", "reader": "39586"},
                **{"ground_floor": "136258", "first_floor": "907744", "attic": "  5163", "garden": "      "},
            },
            Spoiling(tilt=14, skew=3, shade=0.35, blur=0.7, noise=4, jpeg=80, dark_ground=True),
        ),
    ),
)

PUPILS = ("Adams", "Bauer", "Costa", "Dupont", "Eklund", "Fischer", "Garcia")
MARKS = Design(
    name="marks",
    look=Look(colour=(90, 90, 90), thickness=0.35, font="sans", text=3.2),
    blocks=(
        Text("Mark sheet", 2, 700, "middle"),
        Text("Points for each question, 0 to 9. Cross out what was not set.", 1, 400, "middle"),
        Gap(4),
        Row((Entry("school", "School", "boxes", (1, 5), (7, 8.5)), Entry("paper", "Paper", "boxes", (1, 2), (7, 8.5)))),
        Gap(5),
        Table("p", ("Name", *(f"Q {q}" for q in "abcdef")), PUPILS, 6, 1, (11, 10), 34),
        Gap(6),
        Row((Entry("absent", "Number of pupils absent", "comb", (1, 2), (7, 9)),)),
    ),
    scans=(
        Scan("marks-1.jpg", 13, BLACK, {}, Spoiling(skew=-2.2, blur=0.6, noise=4, paper=235, jpeg=75)),
        Scan("marks-2.jpg", 8, BLUE, {}, Spoiling(turn=2, skew=0.7, blur=0.5, noise=4, bleed=0.1, jpeg=80)),
        Scan("marks-10.png", 64, GRAY, {}, Spoiling(skew=0.5, scale=0.75, noise=0, gray=True)),
    ),
)

SURVEY = Design(
    name="survey",
    look=Look(colour=(150, 90, 20), thickness=0.3, text=3.6),
    blocks=(
        Text("Household questionnaire", 2, 700, "middle"),
        Text("Write numbers only; leave empty what you do not know.", 1, 400, "middle"),
        Gap(6),
        Row((Entry("household", "Household number", "box", (1, 6), (7, 10)),), 62),
        Gap(4),
        Row((Entry("persons", "Persons living here", "box", (1, 2), (9, 10)),), 62),
        Gap(4),
        Row((Entry("rent", "Rent each month", "box", (1, 4), (8, 10), "EUR"),), 62),
        Gap(8),
        *(
            block
            for name, label, most, unit in (
                ("area", "Living area", 3, "square metres"),
                ("built", "Year in which the house was built", 4, ""),
                ("power", "Electricity used last year", 5, "kWh"),
                ("water", "Water used last year", 4, "cubic metres"),
                ("telephone", "Telephone", 8, ""),
            )
            for block in (Row((Entry(name, label, "underline", (1, most), (7, 9), unit),), 62), Gap(5))
        ),
    ),
    scans=(
        Scan(
            "survey-1.jpg",
            17,
            BLUE,
            {
                **{"household": "420781", "persons": "4", "rent": "1385", "area": "96", "built": "1974"},
                **{"power": "3260", "water": "128", "telephone": "55019347"},
            },
            Spoiling(skew=0.9, blur=0.6, noise=4, jpeg=80),
        ),
        Scan(
            "survey-2.jpg",
            26,
            BLACK,
            {
                **{"household": "420782", "persons": "2", "rent": "", "area": "54", "built": "2008"},
                **{"power": "1975", "water": "63", "telephone": ""},
            },
            Spoiling(tilt=10, skew=-4, shade=0.3, blur=0.6, noise=4, jpeg=80, dark_ground=True),
        ),
        Scan(
            "survey-3.png",
            33,
            BLACK,
            {
                **{"household": "420790", "persons": "11", "rent": "2640", "area": "183", "built": "1897"},
                **{"power": "12058", "water": "407", "telephone": "70826331"},
            },
            Spoiling(skew=-1.3, noise=10, bilevel=True),
        ),
    ),
)


def _marks(seed: int) -> dict[str, str]:
    """What a teacher wrote on a mark sheet: points in most cells, crosses through question f, some left empty."""
    rng = np.random.default_rng(seed)
    values = {"school": str(rng.integers(10_000, 100_000)), "paper": f"0{seed}", "absent": f" {rng.integers(1, 9)}"}
    for row in range(len(PUPILS)):
        absent = rng.random() < 0.1
        for column in range(6):
            written = "x" if column == 5 and seed == 2 else str(rng.integers(0, 10))
            values[f"p_r{row + 1}_c{column + 1}"] = " " if absent else written
    return values


def designs() -> tuple[Design, ...]:
    """The three designs, with all that is written on their scans."""
    filled = tuple(
        Scan(scan.file, scan.writer, scan.colour, _marks(seed), scan.how) for seed, scan in enumerate(MARKS.scans, 1)
    )
    return METER, Design(MARKS.name, MARKS.look, MARKS.blocks, filled), SURVEY


def form_of(design: Design) -> Form:
    """The blank sheet of a design."""
    return print_form(design.blocks, design.look, DPI, A5, margin=14)


def form_file(design: Design) -> str:
    """The form file (TOML) of a design."""
    lines = [f'name = "{design.name}"', 'image = "blank.png"']
    for field in form_of(design).fields:
        boxes = [list(box) for box in field.boxes]
        lines += ["", "[[field]]", f'name = "{field.name}"']
        lines += (
            [f"boxes = {boxes}"] if field.kind == "boxes" else [f"line = {boxes[0]}", f"digits = {[*field.digits]}"]
        )
    return "\n".join([*lines, ""])


def expected(design: Design) -> str:
    """The CSV (wide layout) that the scans of a design must give, where nothing is in doubt but what is crossed out."""
    names = [field.name for field in form_of(design).fields]
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "page", "form", "status", "review", *names])
    for scan in design.scans:
        file = f"samples/{design.name}/scans/{scan.file}"
        review = " ".join(name for name in names if "x" in scan.values.get(name, ""))
        digits = ["".join(c for c in scan.values.get(name, "") if c.isdigit()) for name in names]
        rows.writerow([file, 1, design.name, "read", review, *digits])
    return text.getvalue()


def scanned(design: Design, scan: Scan) -> Image:
    """One filled and scanned page."""
    rng = np.random.default_rng([scan.writer, 9])
    drawn = pen_hand(scan.writer)
    hand = Hand(drawn.draw, drawn.writer, scan.colour, size=0.68, untidiness=0.04, tightness=0.15)
    sheet = fill(form_of(design), scan.values, hand, rng)
    image, _ = degrade(sheet.image, scan.how, rng)
    return image


def main() -> None:
    """Draw all samples."""
    for design in designs():
        folder = HERE / design.name
        (folder / "scans").mkdir(parents=True, exist_ok=True)
        blank = cv2.cvtColor(form_of(design).image, cv2.COLOR_BGR2GRAY)
        cv2.imwrite(str(folder / "blank.png"), blank, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        (folder / "form.toml").write_text(form_file(design), encoding="utf-8")
        (folder / "expected.csv").write_text(expected(design), encoding="utf-8")
        for scan in design.scans:
            image = scanned(design, scan)
            options = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_BILEVEL, int(scan.how.bilevel)]
            if scan.how.jpeg:
                options = [cv2.IMWRITE_JPEG_QUALITY, scan.how.jpeg]
            cv2.imwrite(str(folder / "scans" / scan.file), image, options)
            print(f"{folder / 'scans' / scan.file}")


if __name__ == "__main__":
    main()
