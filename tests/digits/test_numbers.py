"""Where boxes hold numbers of several digits, others as large may hold some, too."""

import numpy as np

from reader.digits.numbers import _like


def boxes(*sizes: tuple[int, int]) -> np.ndarray:
    """Boxes (n, 4, 2) of these widths and heights."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    return np.array([corners * size for size in sizes])


def test_boxes_of_every_size_that_holds_numbers_are_told() -> None:
    """Of two tables only the one with the more numbers counted: in the other 16 was read as a sure 6."""
    quads = boxes(*[(75, 55)] * 9, *[(110, 110)] * 5, *[(50, 60)] * 4)
    sure = np.array([True] * 8 + [False] + [True] * 4 + [False] + [False] * 4)
    written = np.ones(18, bool)
    assert _like(quads, sure, written).tolist() == [True] * 14 + [False] * 4
    written[8] = False
    assert not _like(quads, sure, written)[8]


def test_a_few_numbers_among_many_digits_say_nothing() -> None:
    quads = boxes(*[(70, 70)] * 40)
    assert not _like(quads, np.arange(40) < 2, np.ones(40, bool)).any()
    assert not _like(quads, np.arange(40) < 4, np.ones(40, bool)).any()
    assert _like(quads, np.arange(40) < 8, np.ones(40, bool)).all()
