"""Draws handwriting: digits, marks that are no digits, and words, as strokes of a pen with a writer's own habits.

All functions give ink as (rows, columns) float32, 0 is paper and 1 is full ink, anti-aliased, cut to the ink with a
margin of about a pixel. `height` is the height in pixels that the writer aims at for a digit; what comes out varies as
hands do. The same writer, height and state of `rng` give the same picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.skeletons import DIGITS, LETTERS, RARE, UNLIKE_DIGITS, parsed

Ink = NDArray[np.float32]
Path = NDArray[np.float64]

STEPS = 10
"""Straight pieces for each span between two points of a skeleton."""
FINE = 150
"""Rows that a digit is drawn with, at least, before it is made smaller; 4x or so keeps edges smooth."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One person's hand and pen.

    Attributes:
        seed: tells this hand from all others; its habits of shape come from it.
        slant: columns that a stroke goes to the right for each row that it goes up; negative leans left.
        width: stroke width as a part of the digit's height.
        aspect: how much wider (above 1) or narrower than the skeleton.
        tilt: turn of the writing, radians, clockwise.
        tremor: trembling of the line, as a part of the digit's height.
        roundness: 0 draws corners sharp, 1 rounds them off.
        looseness: how far the same digit differs from one time to the next, as a part of its height.
        pressure: how much the stroke width changes along a stroke, 0 to 1.
        ink: darkness of the ink, 0 to 1.
        grain: how broken the ink is, 0 for a felt pen, 0.5 for a hard pencil.
        styles: for each digit the allograph this writer uses.
    """

    seed: int
    slant: float
    width: float
    aspect: float
    tilt: float
    tremor: float
    roundness: float
    looseness: float
    pressure: float
    ink: float
    grain: float
    styles: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.styles) != 10 or not all(0 <= s < len(d) for s, d in zip(self.styles, DIGITS, strict=True)):
            raise ValueError(f"a writer has an allograph for each digit, not {self.styles}")
        if not (0 < self.width < 0.5 and 0 < self.ink <= 1 and 0 <= self.grain < 1 and 0.3 < self.aspect < 3):
            raise ValueError("a writer's pen has a width, ink and grain between 0 and 1")


def writer(seed: int) -> Writer:
    """The writer of this number: habits drawn at random, always the same for the same number."""
    rng = np.random.default_rng([seed, 1])
    pencil = rng.random() < 0.2
    return Writer(
        seed=seed,
        slant=float(rng.normal(0.12, 0.14)),
        width=float(np.clip(rng.lognormal(np.log(0.085), 0.35), 0.04, 0.16)),
        aspect=float(np.clip(rng.lognormal(0.0, 0.15), 0.7, 1.5)),
        tilt=float(rng.normal(0, 0.04)),
        tremor=float(rng.uniform(0, 0.008) + (rng.random() < 0.1) * 0.008),
        roundness=float(rng.random()),
        looseness=float(rng.uniform(0.01, 0.038)),
        pressure=float(rng.uniform(0, 0.45)),
        ink=float(rng.uniform(0.45, 0.75) if pencil else rng.uniform(0.75, 1)),
        grain=float(rng.uniform(0.1, 0.35) if pencil else rng.uniform(0, 0.15)),
        styles=tuple(int(rng.integers(len(forms))) for forms in DIGITS),
    )


def draw_digit(digit: int, writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """One digit in the writer's own allograph of it."""
    return _drawn(_habitual(DIGITS[digit][writer.styles[digit]], writer, rng), writer, height, rng)


def draw_rare_digit(digit: int, writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """One digit in an allograph that few write; the same writer always takes the same."""
    form = np.random.default_rng([writer.seed, 4, digit]).integers(len(RARE[digit]))
    return _drawn(_habitual(RARE[digit][form], writer, rng), writer, height, rng)


def draw_letter(letter: str, writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """One letter or mark that `skeletons.LETTERS` has; `""` picks one that nobody takes for a digit."""
    chosen = letter or UNLIKE_DIGITS[rng.integers(len(UNLIKE_DIGITS))]
    return _drawn(_habitual(LETTERS[chosen], writer, rng), writer, height, rng)


def draw_word(word: str, writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """A word of letters that `skeletons.LETTERS` has; half of the writers join the letters."""
    joins = bool(np.random.default_rng([writer.seed, 2]).random() < 0.5)
    paths: list[Path] = []
    pen, spaced = 0.0, 1.0
    for letter in word:
        if letter == " ":
            pen, spaced = pen + 0.35, 1.0
            continue
        strokes = _habitual(LETTERS[letter], writer, rng)
        left, right = (float(f([f(path[:, 0]) for path in strokes])) for f in (min, max))
        moved = [path + np.array([pen - left, 0]) for path in strokes]
        if joins and paths and letter.islower() and spaced < 0.2:
            join = np.vstack([paths[-1][-1], moved[0][0]])
            paths.append(np.linspace(join[0], join[1], STEPS))
        paths += moved
        spaced = rng.uniform(0.08, 0.16)
        pen += right - left + spaced
    return _drawn(paths, writer, height, rng)


def draw_cross(writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """Two strokes from corner to corner, as people cross out a box.

    Never a single stroke: alone, it cannot be told from a 1.
    """
    wide = rng.uniform(0.7, 1.2)
    strokes = [np.array([[0, 0], [wide, 1]]), np.array([[wide, 0], [0, 1]])]
    return _drawn([_curve(s + rng.normal(0, 0.05, s.shape)) for s in strokes], writer, height, rng)


def draw_dash(writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """A level stroke in the middle, straight or wavy, sometimes two of them; lower than `height`, of course."""
    length = rng.uniform(0.4, 1.0)
    wave = rng.uniform(0, 0.12) * (rng.random() < 0.4)
    strokes = []
    for level in (0, 0.22)[: 1 + (rng.random() < 0.15)]:
        x = np.linspace(0, length, 5)
        points = np.column_stack([x, level + wave * np.sin(x / length * 2 * np.pi)])
        strokes.append(_curve(points + rng.normal(0, 0.015, points.shape)))
    return _drawn(strokes, writer, height, rng)


def draw_check(writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """A tick."""
    low = rng.uniform(0.2, 0.4)
    points = np.array([[0, rng.uniform(0.5, 0.75)], [low, 1], [low + rng.uniform(0.4, 0.9), 0]])
    return _drawn([np.vstack([_curve(points[:2]), _curve(points[1:])])], writer, height, rng)


def draw_scribble(writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """A tangle: strokes to and fro, loops, or both, as people make something unreadable."""
    count = int(rng.integers(9, 20))
    x = np.linspace(0, rng.uniform(0.45, 1.1), count)
    y = 0.5 + np.where(np.arange(count) % 2, 0.5, -0.5) * rng.uniform(0.6, 1, count)
    back = rng.uniform(0, 0.25) * (rng.random() < 0.6)
    points = np.column_stack([x + back * np.sin(np.arange(count) * 2.2), y]) + rng.normal(0, 0.05, (count, 2))
    if rng.random() < 0.3:
        points = rng.uniform([0, 0], [0.8, 1], (count, 2))
    return _drawn([_curve(points)], writer, height, rng)


def _habitual(skeleton: str, writer: Writer, rng: np.random.Generator) -> list[Path]:
    """A skeleton's strokes as paths, changed as this writer always does and as it came out this time."""
    letters = [ord(c) for c in skeleton]
    habits = np.random.default_rng([writer.seed, 3, *letters])
    wide = habits.lognormal(0.05, 0.18)
    strokes = []
    for runs in parsed(skeleton):
        points = np.array([point for run in runs for point in run]) * np.array([wide, 1])
        points = points + habits.normal(0, 0.028, points.shape) + rng.normal(0, writer.looseness, points.shape)
        pieces, start, corner = [], 0, None
        for run in runs:
            piece = points[start : start + len(run)]
            if corner is not None:
                piece[0] = corner
            pieces.append(_curve(piece))
            start, corner = start + len(run), piece[-1]
        strokes.append(np.vstack(pieces))
    return strokes


def _curve(points: Path) -> Path:
    """A dense (n, 2) path through (m, 2) points, m >= 2.

    Centripetal Catmull-Rom spline by the pyramid of Barry & Goldman (SIGGRAPH 1988); it makes no loops of its own
    (Yuksel et al., Computer-Aided Design 2011).
    """
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    knots = np.concatenate([[0], np.cumsum(np.sqrt(np.maximum(np.hypot(*np.diff(ends, axis=0).T), 1e-6)))])
    path = []
    for i in range(1, len(ends) - 2):
        t = np.linspace(knots[i], knots[i + 1], STEPS, endpoint=False)[:, None]
        k, p = knots[i - 1 : i + 3], ends[i - 1 : i + 3]
        first = [_mix(p[j], p[j + 1], k[j], k[j + 1], t) for j in range(3)]
        second = [_mix(first[j], first[j + 1], k[j], k[j + 2], t) for j in range(2)]
        path.append(_mix(second[0], second[1], k[1], k[2], t))
    return np.vstack([*path, points[-1:]])


def _mix(a: Path, b: Path, begin: float, end: float, at: Path) -> Path:
    """Straight from `a` at `begin` to `b` at `end`."""
    return ((end - at) * a + (at - begin) * b) / (end - begin)


def _drawn(strokes: list[Path], writer: Writer, height: int, rng: np.random.Generator) -> Ink:
    """Paths in parts of the height -> ink: the writer's slant, tilt, trembling and pen."""
    if height < 4:
        raise ValueError(f"writing is at least 4 pixels high, not {height}")
    lean, turn = writer.slant + rng.normal(0, 0.05), writer.tilt + rng.normal(0, 0.04)
    wide = writer.aspect * rng.lognormal(0, 0.08)
    size = height * rng.lognormal(0, 0.05)
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[wide, -lean], [0, 1]])
    moved = [_trembled(_rounded(path, writer.roundness), writer.tremor, rng) @ shape.T * size for path in strokes]
    fine = max(2, -(-FINE // height))
    pen = writer.width * height
    margin = pen + 1
    low = np.min([path.min(axis=0) for path in moved], axis=0) - margin
    columns, rows = np.ceil(np.max([path.max(axis=0) for path in moved], axis=0) - low + margin).astype(int)
    canvas = np.zeros((rows * fine, columns * fine), np.uint8)
    for path in moved:
        _stroke(canvas, (path - low) * fine, pen * fine, writer.pressure, rng)
    small = cv2.resize(canvas, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
    ink: Ink = small.astype(np.float32) / np.float32(255)
    return _cut((ink * _texture(ink.shape, writer, rng)).astype(np.float32))


def _rounded(path: Path, roundness: float) -> Path:
    """The path with its corners rounded off: a mean along the path, its ends kept."""
    reach = 2 * round(roundness * STEPS / 3)
    if reach == 0 or len(path) <= reach:
        return path
    padded = np.pad(path, ((reach // 2, reach // 2), (0, 0)), mode="reflect", reflect_type="odd")
    weights = np.ones(reach + 1) / (reach + 1)
    return np.column_stack([np.convolve(padded[:, axis], weights, mode="valid") for axis in (0, 1)])


def _trembled(path: Path, tremor: float, rng: np.random.Generator) -> Path:
    """The path with a smooth trembling across it, `tremor` its spread."""
    noise = rng.normal(0, 1, (len(path) + 4, 2))
    smooth = np.stack([np.convolve(noise[:, axis], np.ones(5) / np.sqrt(5), mode="valid") for axis in (0, 1)], axis=1)
    trembled: Path = path + tremor * smooth
    return trembled


def _stroke(canvas: NDArray[np.uint8], path: Path, pen: float, pressure: float, rng: np.random.Generator) -> None:
    """Draw one path on the canvas, (x, y) in its pixels, with a pen whose width follows the pressure."""
    along = np.linspace(0, 1, len(path))
    wave = np.sin(2 * np.pi * (along * rng.uniform(0.5, 2) + rng.random()))
    taper = np.where(along > 0.85, (1 - along) / 0.15, 1) * 0.5 + 0.5
    widths = pen * (1 + pressure * (0.5 * wave + taper - 1))
    points = np.round(path * 16).astype(int)
    for start, end, width in zip(points[:-1], points[1:], widths, strict=False):
        cv2.line(canvas, start.tolist(), end.tolist(), 255, max(1, round(float(width))), cv2.LINE_8, 4)


def _texture(shape: tuple[int, ...], writer: Writer, rng: np.random.Generator) -> Ink:
    """How dark the ink is at each pixel: (rows, columns) float32, 0 to 1."""
    noise = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 0.8) * 2.5
    texture: Ink = np.clip(writer.ink * (1 - writer.grain * np.abs(noise)), 0, 1).astype(np.float32)
    return texture


def _cut(ink: Ink) -> Ink:
    """The ink without the empty paper around it, one pixel left on each side where there is one."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.05), np.flatnonzero(ink.max(axis=0) > 0.05)
    top, left = max(rows[0] - 1, 0), max(columns[0] - 1, 0)
    return ink[top : rows[-1] + 2, left : columns[-1] + 2]
