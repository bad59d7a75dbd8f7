"""Numbers side by side are told apart where other rows of the page have two columns there."""

import numpy as np

from reader.forms.columns import by_columns, in_columns


def chain(row: int, *starts: int) -> np.ndarray:
    """Digits of 20 x 30 pixels in a row, that begin in these columns."""
    return np.array([[start, row, 20, 30, 0] for start in starts], np.int32)


def counts(chains: list[np.ndarray]) -> list[int]:
    return sorted(len(one) for one in by_columns(chains))


def test_two_numbers_are_parted_where_other_rows_have_two_columns() -> None:
    apart = [chain(100, 100, 124), chain(100, 190, 214), chain(160, 100), chain(162, 200, 224)]
    assert counts([*apart, chain(220, 100, 124, 148, 200, 224)]) == [1, 2, 2, 2, 2, 3]


def test_a_gap_in_one_number_parts_it_not() -> None:
    one = chain(220, 100, 124, 180, 204)
    assert counts([one]) == [4]
    assert counts([chain(100, 100, 124, 148, 172), chain(160, 100, 124, 150, 174), one]) == [4, 4, 4]


def test_more_rows_that_run_on_than_that_part_keep_a_number_whole() -> None:
    apart = [chain(100, 100, 124), chain(100, 190, 214), chain(160, 100), chain(160, 200, 224)]
    long = [chain(300 + 60 * row, *range(100, 240, 24)) for row in range(4)]
    assert 4 in counts([*apart, *long, chain(220, 100, 124, 190, 214)])


def test_the_pieces_of_all_numbers_are_kept() -> None:
    chains = [chain(100 + 60 * row, 100, 124, 190 + row, 214 + row) for row in range(5)]
    kept = np.concatenate(by_columns(chains))
    assert sorted(kept.tolist()) == sorted(np.concatenate(chains).tolist())


def quads(*places: tuple[float, float, float, float]) -> np.ndarray:
    """Rectangles (n, 4, 2) by left, top, width and height."""
    return np.array([[[x, y], [x + w, y], [x + w, y + h], [x, y + h]] for x, y, w, h in places], np.float64)


def test_a_single_digit_stands_in_a_column_with_numbers_near_above_or_below() -> None:
    numbers = [(100.0, 100.0, 60.0, 30.0), (96.0, 160.0, 40.0, 30.0)]
    for (x, y), stands in {(108, 220): True, (108, 40): True, (108, 700): False, (300, 220): False}.items():
        lines = quads(*numbers, (x, y, 18, 30))
        assert in_columns(lines, np.array([False, False, True]))[2] == stands
    alone = np.array([False, True, True])
    assert not in_columns(quads(*numbers, (108, 220, 18, 30)), alone)[2]
    assert not in_columns(quads(*numbers, (108, 220, 18, 12)), np.array([False, False, True]))[2]
