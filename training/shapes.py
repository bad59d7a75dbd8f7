"""What stands in a field and is no digit: crosses, dashes, corners, blots, texture.

All give ink as (56, 56) float32, 0 is paper, 1 is ink, about 40 pixels high.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data import GLYPH_SIZE

Ink = NDArray[np.float32]
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


def _lines(paths: list[NDArray[np.float64]], rng: np.random.Generator, thick: float | None = None) -> Ink:
    """Paths (points, 2), (x, y), in -1 to 1, drawn on (56, 56) by a pen that is not steady."""
    canvas = np.zeros((GLYPH_SIZE * 2, GLYPH_SIZE * 2), np.uint8)
    width = thick if thick is not None else float(np.exp(rng.uniform(np.log(2), np.log(14))))
    for path in paths:
        bent = path + rng.normal(0, 0.03, path.shape)
        points = ((bent * 20 * 2 + GLYPH_SIZE) * 2**_SHIFT).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    small = cv2.resize(canvas, (GLYPH_SIZE, GLYPH_SIZE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def _line(start: tuple[float, float], end: tuple[float, float], bow: float) -> NDArray[np.float64]:
    """A stroke between two points, bowed to its side by a part of its length."""
    one, two = np.array(start), np.array(end)
    t = np.linspace(0, 1, 9)[:, None]
    normal = np.array([-(two - one)[1], (two - one)[0]])
    bowed: NDArray[np.float64] = one + t * (two - one) + bow * 4 * t * (1 - t) * normal
    return bowed


def cross(rng: np.random.Generator) -> Ink:
    """An X or a plus, sloppy, its strokes of unlike length, at times with a loop from one stroke to the next."""
    wide, high = rng.uniform(0.55, 1), rng.uniform(0.55, 1)
    jitter = rng.normal(0, 0.14, (4, 2))
    corners = np.array([[-wide, -high], [wide, high], [wide, -high], [-wide, high]])
    if rng.random() < 0.3:
        corners = np.array([[-wide, 0], [wide, 0], [0, -high], [0, high]])
    a, b, c, d = corners + jitter
    first, second = _line(tuple(a), tuple(b), rng.normal(0, 0.06)), _line(tuple(c), tuple(d), rng.normal(0, 0.06))
    paths = [np.vstack([first, second])] if rng.random() < 0.2 else [first, second]
    if rng.random() < 0.1:
        paths.append(_line((-wide, 0), (wide, 0), 0.0) + rng.normal(0, 0.1, (1, 2)))
    return _lines(paths, rng)


def dash(rng: np.random.Generator) -> Ink:
    """A dash or two, an equals sign, a wave: lying, never standing like a 1."""
    kind, tilt, reach = rng.random(), rng.uniform(-0.35, 0.35), rng.uniform(0.5, 1)
    if kind < 0.6:
        return _lines([_line((-reach, tilt), (reach, -tilt), rng.normal(0, 0.05))], rng)
    if kind < 0.8:
        gap = rng.uniform(0.2, 0.6)
        both = [_line((-reach, s * gap + tilt), (reach, s * gap - tilt), rng.normal(0, 0.04)) for s in (-1, 1)]
        return _lines(both, rng, rng.uniform(2, 9))
    x = np.linspace(-1, 1, 25)
    return _lines(
        [np.stack([x, rng.uniform(0.1, 0.4) * np.sin(x * rng.uniform(2.5, 5))], axis=1)], rng, rng.uniform(2, 8)
    )


def dot(rng: np.random.Generator) -> Ink:
    """A full stop or a blot, longer than high if it is not round."""
    canvas = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    axes = (int(rng.integers(10, 20)), int(rng.integers(7, 20)))
    axes = (max(axes), min(axes))
    cv2.ellipse(canvas, (28, 28), axes, float(rng.uniform(-25, 25)), 0, 360, 255, -1, cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def corner(rng: np.random.Generator) -> Ink:
    """Rulings that meet: a corner (not the top right, which is a 7), a T, a frame in part."""
    left, right, top, bottom = rng.uniform(0.4, 1, 4) * np.array([-1, 1, -1, 1])
    sides = {
        "left": _line((left, top), (left, bottom), 0), "right": _line((right, top), (right, bottom), 0),
        "top": _line((left, top), (right, top), 0), "bottom": _line((left, bottom), (right, bottom), 0),
        "across": _line((left, 0), (right, 0), 0), "upright": _line((0, top), (0, bottom), 0),
    }  # fmt: skip
    choices = (
        ("left", "bottom"), ("left", "top"), ("right", "bottom"), ("left", "top", "bottom"), ("top", "bottom", "right"),
        ("left", "right", "bottom"), ("left", "right", "top"), ("upright", "bottom"), ("across", "left"),
        ("across", "right"), ("across", "upright"), ("left", "right", "across"), ("top", "bottom"),
    )  # fmt: skip
    chosen = choices[int(rng.integers(len(choices)))]
    return _lines([sides[name] for name in chosen], rng, float(np.exp(rng.uniform(np.log(1.5), np.log(8)))))


def scribble(rng: np.random.Generator) -> Ink:
    """Ink over ink: zigzag or loops."""
    n = int(rng.integers(6, 26))
    if rng.random() < 0.5:
        x = np.linspace(-1, 1, n) + rng.normal(0, 0.1, n)
        y = np.where(np.arange(n) % 2 == 0, -1.0, 1.0) * rng.uniform(0.4, 1) + rng.normal(0, 0.15, n)
        path = np.stack([x, y] if rng.random() < 0.5 else [y, x], axis=1)
    else:
        angle = np.linspace(0, rng.uniform(15, 45), 120)
        size = rng.uniform(0.3, 1, 2)
        path = np.stack([np.cos(angle) * size[0], np.sin(angle) * size[1]], axis=1)
        path = path + np.cumsum(rng.normal(0, 0.06, path.shape), axis=0)
        path = np.clip(path, -1.2, 1.2)
    return _lines([path], rng, rng.uniform(2, 8))


def blackout(rng: np.random.Generator) -> Ink:
    """A digit blacked out: a filled block or blot, or a zigzag so close that hardly any paper shows."""
    canvas = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    wide = rng.uniform(16, 40)
    high = float(np.clip(wide / np.exp(rng.uniform(np.log(0.55), np.log(2.2))), 12, 44))
    if rng.random() < 0.5:
        corners = cv2.boxPoints(((28, 28), (wide, high), float(rng.normal(0, 6))))
        cv2.fillPoly(canvas, [corners.round().astype(np.int32)], 255, cv2.LINE_AA)
    elif rng.random() < 0.3:
        axes = (round(wide / 2), round(high / 2))
        cv2.ellipse(canvas, (28, 28), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    else:
        turns = int(rng.integers(10, 30))
        x = np.linspace(28 - wide / 2, 28 + wide / 2, turns) + rng.normal(0, 1, turns)
        y = 28 + np.where(np.arange(turns) % 2, high / 2, -high / 2) * rng.uniform(0.75, 1.05, turns)
        path = np.stack([x, y] if rng.random() < 0.6 else [y, x], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [path], False, 255, int(rng.integers(3, 6)), cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def check(rng: np.random.Generator) -> Ink:
    """A tick: a short stroke down, a long one up."""
    low = (rng.uniform(-0.5, 0), rng.uniform(0.5, 1))
    down = _line((rng.uniform(-1, -0.6), rng.uniform(-0.3, 0.4)), low, rng.normal(0, 0.06))
    up = _line(low, (rng.uniform(0.5, 1.1), rng.uniform(-1.1, -0.3)), rng.normal(0, 0.06))
    return _lines([np.vstack([down, up])], rng, rng.uniform(2, 9))


def texture(rng: np.random.Generator) -> Ink:
    """What is left of a printed ground or of paper: blots and threads of noise."""
    noise = rng.standard_normal((GLYPH_SIZE, GLYPH_SIZE)).astype(np.float32)
    along, across = rng.uniform(0.7, 7, 2)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=along, sigmaY=across).astype(np.float32)
    ink = np.clip((noise - np.quantile(noise, rng.uniform(0.6, 0.93))) / (noise.std() * 0.5), 0, 1)
    far = np.hypot(*np.meshgrid(np.linspace(-1.3, 1.3, GLYPH_SIZE), np.linspace(-1.3, 1.3, GLYPH_SIZE)))
    return np.asarray(ink * (far < rng.uniform(0.5, 1.1)), np.float32)


SHAPES: tuple[tuple[Callable[[np.random.Generator], Ink], float], ...] = (
    (cross, 0.28), (dash, 0.11), (dot, 0.06), (corner, 0.13), (scribble, 0.13), (blackout, 0.08), (check, 0.07),
    (texture, 0.14),
)  # fmt: skip
"""The shapes and their shares."""


def shape(rng: np.random.Generator) -> Ink:
    """Any of the shapes."""
    shares = np.array([share for _, share in SHAPES])
    draw = SHAPES[int(rng.choice(len(SHAPES), p=shares / shares.sum()))][0]
    return draw(rng)
