"""A field as it lies on a page: what the layout finds without a form, and what the registration places with one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["boxes", "line"]


@dataclass(frozen=True, slots=True)
class Field:
    """Where the digits of one field are on a page.

    Attributes:
        name: the form's name for it, or `r1`, `t1_r2_c3` where no form gave one.
        kind: `boxes`, a quadrilateral for each digit; or `line`, one quadrilateral with digits written free in it.
        quads: (n, 4, 2) float64, (x, y) in page pixels, corners in the order top left, top right, bottom right,
            bottom left as the writing stands (so a page upside-down has its "top left" at the lower right).
            Box edges run along the middle of the printed frame.
        digits: fewest and most digits that the field may hold.
    """

    name: str
    kind: Kind
    quads: NDArray[np.float64]
    digits: tuple[int, int]

    def __post_init__(self) -> None:
        if self.quads.ndim != 3 or self.quads.shape[1:] != (4, 2) or not len(self.quads):
            raise ValueError(f"field {self.name}: quads are (n, 4, 2), not {self.quads.shape}")
        if self.kind == "line" and len(self.quads) != 1:
            raise ValueError(f"field {self.name}: a line is one quadrilateral, not {len(self.quads)}")
        if not 0 <= self.digits[0] <= self.digits[1]:
            raise ValueError(f"field {self.name}: digits run from fewest to most, not {self.digits}")
        for quad in self.quads:
            if not _is_convex(quad):
                raise ValueError(f"field {self.name}: {quad.tolist()} is not a convex clockwise quadrilateral")


def _is_convex(quad: NDArray[np.float64]) -> bool:
    """Whether (4, 2) corners turn clockwise (x right, y down) at every one of them."""
    edges = np.roll(quad, -1, axis=0) - quad
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    return bool((turns > 0).all())
