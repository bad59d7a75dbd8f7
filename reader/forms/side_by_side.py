"""Boxes found one by one -> one field where they stand wall to wall, as the digits of one number do."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reader.forms.field import Field

FEWEST = 3
"""Boxes, at the least, that are one number's: two may be two."""
ALIKE = 1.5
"""Boxes of one number differ by this factor at the most, across and down, as they were found."""
LEVEL = 0.8
"""Share of the height of the lower one of two that they have at the same level."""
GAP = 0.35
"""Paper between two boxes at the most, in parts of their width, as walls are thick and boxes are found within them."""
STEP = 1.2
"""How wide a box is from a wall to the same wall of the next one, in parts of its width as found."""

Ends = NDArray[np.float64]


def joined(fields: list[Field]) -> list[Field]:
    """The fields, with rows of single boxes as one field each, in the place of the first of them.

    A box that is missing in a row is put where it must be.
    """
    single = sorted(
        (field for field in fields if _is_single(field)), key=lambda field: float(field.quads[0, :, 0].min())
    )
    rows: list[list[Field]] = []
    for field in single:
        row = next((row for row in rows if _steps(_ends(row[-1]), _ends(field))), None)
        if row is None:
            rows.append([field])
        else:
            row.append(field)
    whole = {id(row[0]): row for row in rows if len(row) >= FEWEST}
    gone = {id(field) for row in whole.values() for field in row[1:]}
    return [_as_one(whole[id(field)]) if id(field) in whole else field for field in fields if id(field) not in gone]


def _is_single(field: Field) -> bool:
    return field.kind == "boxes" and len(field.quads) == 1


def _ends(field: Field) -> Ends:
    """Left, top, right, bottom of a single box."""
    return np.concatenate([field.quads[0].min(axis=0), field.quads[0].max(axis=0)])


def _steps(one: Ends, other: Ends) -> int:
    """How many boxes a box is to the right of another one of its row: 1 or 2; 0 where it is not of its row."""
    sizes, others = one[2:] - one[:2], other[2:] - other[:2]
    level = min(one[3], other[3]) - max(one[1], other[1])
    if (np.maximum(sizes, others) > ALIKE * np.minimum(sizes, others)).any() or level < LEVEL * max(
        sizes[1], others[1]
    ):
        return 0
    wide = (sizes[0] + others[0]) / 2
    gap = (other[0] - one[2]) / wide
    return next((steps for steps in (1, 2) if abs(gap - STEP * (steps - 1)) <= GAP), 0)


def _as_one(row: list[Field]) -> Field:
    """One field of single boxes side by side, with those that are missing between them."""
    quads = [row[0].quads[0]]
    for before, after in pairwise(row):
        if _steps(_ends(before), _ends(after)) == 2:
            quads.append((before.quads[0] + after.quads[0]) / 2)
        quads.append(after.quads[0])
    return replace(row[0], quads=np.array(quads), digits=(0, len(quads)))
