"""Spoils a clean sheet as scanners, copiers and phone cameras do, and says where each point of it went.

Images are (rows, columns, 3) uint8 BGR or (rows, columns) uint8, 255 is paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.filling import Mark
from training.press import Image

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What happens to a sheet on its way into a file; as it stands, nothing.

    Attributes:
        turn: quarter turns clockwise, 0 to 3.
        skew: turn in degrees, clockwise.
        tilt: degrees between the sheet and a camera's sensor; the direction is drawn at random.
        scale: size of the result, 0.5 halves the dots per inch.
        blur: spread of the blur, pixels of the result.
        noise: spread of the noise, gray levels.
        fade: 0 leaves the ink as it is, 0.8 leaves a fifth of its contrast.
        paper: gray level of the paper.
        shade: 0 is even light, 0.6 leaves the darkest corner four tenths of it; a soft shadow edge comes with it.
        bleed: strength of the back page shining through, 0 to 1.
        stains: number of them.
        wear: part of the ink that is missing in specks, as on a bad copy.
        jpeg: quality, 0 for no compression.
        bilevel: black and white only.
        gray: three channels become one.
        dark_ground: what lies around a turned sheet is dark, not white.
    """

    turn: int = 0
    skew: float = 0
    tilt: float = 0
    scale: float = 1
    blur: float = 0
    noise: float = 0
    fade: float = 0
    paper: int = 255
    shade: float = 0
    bleed: float = 0
    stains: int = 0
    wear: float = 0
    jpeg: int = 0
    bilevel: bool = False
    gray: bool = False
    dark_ground: bool = False


def degrade(image: Image, how: Spoiling, rng: np.random.Generator) -> tuple[Image, NDArray[np.float64]]:
    """Spoil a sheet.

    Returns:
        The new image, and the (3, 3) homography that takes (x, y) in the old image to (x, y) in the new one.
    """
    light: Floats = image.astype(np.float32) / np.float32(255)
    if how.bleed:
        light *= 1 - how.bleed * (1 - _blurred(light[:, ::-1], image.shape[1] / 1000))
    light = _inked((1 - light) * (1 - how.fade))
    if how.wear:
        light = _inked((1 - light) * _shaped(_specks(light.shape[:2], how.wear, rng), light))
    light *= how.paper / 255
    for _ in range(how.stains):
        light *= _shaped(_stain(light.shape[:2], rng), light)
    light, homography = _moved_by_camera(light, how, rng)
    if how.shade:
        light *= _shaped(_uneven_light(light.shape[:2], how.shade, rng), light)
    if how.blur:
        light = _blurred(light, how.blur)
    if how.gray and light.ndim == 3:
        light = cv2.cvtColor(light, cv2.COLOR_BGR2GRAY).astype(np.float32, copy=False)
    if how.noise:
        light += rng.standard_normal(light.shape, np.float32) * np.float32(how.noise / 255)
    new = np.clip(light * 255, 0, 255).round().astype(np.uint8)
    if how.bilevel:
        new = _bilevel(new)
    return (_compressed(new, how.jpeg) if how.jpeg else new), homography


def moved(marks: Sequence[Mark], homography: NDArray[np.float64]) -> tuple[Mark, ...]:
    """The truth about a sheet, its boxes moved along: the upright rectangle around the four moved corners."""
    placed = []
    for mark in marks:
        x, y, right, low = mark.x, mark.y, mark.x + mark.width, mark.y + mark.height
        corners = np.array([[[x, y], [right, y], [right, low], [x, low]]], np.float64)
        ends = cv2.perspectiveTransform(corners, homography)[0]
        (x, y), (width, height) = ends.min(axis=0).tolist(), np.ptp(ends, axis=0).tolist()
        placed.append(replace(mark, x=x, y=y, width=width, height=height))
    return tuple(placed)


def _moved_by_camera(light: Floats, how: Spoiling, rng: np.random.Generator) -> tuple[Floats, NDArray[np.float64]]:
    """The sheet turned, skewed, tilted and scaled, on a ground that holds all of it."""
    rows, columns = light.shape[:2]
    turned = np.rot90(light, -how.turn)
    corners = {
        0: np.eye(3),
        1: np.array([[0, -1, rows - 1], [1, 0, 0], [0, 0, 1]]),
        2: np.array([[-1, 0, columns - 1], [0, -1, rows - 1], [0, 0, 1]]),
        3: np.array([[0, 1, 0], [-1, 0, columns - 1], [0, 0, 1]]),
    }
    homography: NDArray[np.float64] = corners[how.turn % 4].astype(np.float64)
    light = np.ascontiguousarray(turned, np.float32)
    if how.skew or how.tilt:
        view = _view(light.shape[:2], how.skew, how.tilt, float(rng.uniform(0, 2 * np.pi)))
        outline = np.array([[[0, 0], [light.shape[1], 0], list(light.shape[1::-1]), [0, light.shape[0]]]], np.float64)
        ends = cv2.perspectiveTransform(outline, view)[0]
        edge = 0.03 * max(light.shape) if how.tilt else 0
        low, size = ends.min(axis=0) - edge, np.ceil(np.ptp(ends, axis=0) + 2 * edge).astype(int)
        view = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ view
        there = cv2.warpPerspective(np.ones(light.shape[:2], np.float32), view, size.tolist(), flags=cv2.INTER_LINEAR)
        seen = cv2.warpPerspective(light, view, size.tolist(), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        light = _on_ground(seen.astype(np.float32, copy=False), there.astype(np.float32), how.dark_ground, rng)
        homography = view @ homography
    if how.scale != 1:
        light, smaller = _resized(light, how.scale)
        homography = smaller @ homography
    return light, homography


def _view(shape: tuple[int, ...], skew: float, tilt: float, direction: float) -> NDArray[np.float64]:
    """How a camera sees a sheet turned by `skew` and tilted by `tilt` degrees: a (3, 3) homography.

    The camera's focal length is 1.2 times the sheet's longer side, about that of a phone held over a page.
    """
    rows, columns = shape
    focal = 1.2 * max(shape)
    axis = np.array([np.cos(direction), np.sin(direction), 0]) * np.radians(tilt)
    turn, _ = cv2.Rodrigues(axis)
    about, _ = cv2.Rodrigues(np.array([0, 0, np.radians(skew)]))
    rotation = turn @ about
    plane = np.column_stack([rotation[:, 0], rotation[:, 1], [0, 0, focal]])
    centre = np.array([[1, 0, -columns / 2], [0, 1, -rows / 2], [0, 0, 1]])
    camera = np.array([[focal, 0, columns / 2], [0, focal, rows / 2], [0, 0, 1]])
    view: NDArray[np.float64] = camera @ plane @ centre
    view /= view[2, 2]
    return view


def _on_ground(light: Floats, there: Floats, dark: bool, rng: np.random.Generator) -> Floats:
    """The sheet where `there` is 1, a table top or the scanner's lid where it is 0."""
    ground = np.ones_like(light)
    if dark:
        rough = rng.standard_normal(light.shape[:2], np.float32)
        grain = cv2.GaussianBlur(rough, (0, 0), sigmaX=12, sigmaY=1.5) * 0.25
        tone = np.float32(rng.uniform(0.15, 0.5)) * rng.uniform(0.75, 1, light.shape[2:]).astype(np.float32)
        ground = np.clip(ground * tone + _shaped(grain, light), 0.02, 0.9)
    cover = _shaped(there, light)
    return (light * cover + ground * (1 - cover)).astype(np.float32)


def _resized(light: Floats, scale: float) -> tuple[Floats, NDArray[np.float64]]:
    """The image with another number of pixels, and the homography that pixel centres move by."""
    size = (max(1, round(light.shape[1] * scale)), max(1, round(light.shape[0] * scale)))
    across, down = size[0] / light.shape[1], size[1] / light.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    new = cv2.resize(light, size, interpolation=how).astype(np.float32)
    return new, np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1]])


def _uneven_light(shape: tuple[int, ...], shade: float, rng: np.random.Generator) -> Floats:
    """How much light falls on each pixel, 1 - shade to 1: a slope, a bright spot, and the soft edge of a shadow."""
    y, x = np.mgrid[0:1:64j, 0:1:64j]
    slope = np.cos(angle := rng.uniform(0, 2 * np.pi)) * x + np.sin(angle) * y
    spot = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.8))
    edge = rng.uniform(-0.2, 0.8) + rng.uniform(-0.5, 0.5) * x - y
    shadow = 1 / (1 + np.exp(edge / rng.uniform(0.01, 0.05)))
    dark = _unit(slope) + 0.5 * _unit(spot) + 0.7 * shadow
    light = (1 - shade * _unit(dark)).astype(np.float32)
    return cv2.resize(light, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values stretched to 0 to 1."""
    unit: NDArray[np.float64] = (values - values.min()) / max(float(np.ptp(values)), 1e-9)
    return unit


def _stain(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """The light that a coffee stain lets through: a faint blob with a darker rim, or the ring of a cup."""
    rows, columns = shape
    mask = np.zeros(shape, np.uint8)
    centre = (int(rng.integers(columns)), int(rng.integers(rows)))
    axes = (max(3, int(rng.uniform(0.02, 0.1) * columns)), max(3, int(rng.uniform(0.02, 0.1) * columns)))
    rim = max(1, columns // 250)
    cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, rim)
    stain = mask.astype(np.float32) * rng.uniform(0.15, 0.35) / 255
    if rng.random() < 0.6:
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
        stain = np.maximum(stain, mask.astype(np.float32) * rng.uniform(0.05, 0.18) / 255)
    return _inked(_blurred(stain.astype(np.float32), rim / 2 + 0.3))


def _specks(shape: tuple[int, ...], wear: float, rng: np.random.Generator) -> Floats:
    """1 where the ink holds and 0 where it is missing, in specks of about a pixel and a half."""
    rough = _blurred(rng.standard_normal(shape, np.float32), 1.0)
    return (rough > np.quantile(rough[:: max(1, shape[0] // 500)], wear)).astype(np.float32)


def _bilevel(image: Image) -> Image:
    """Black and white, by Otsu's threshold moved a little towards paper, as scanners' text mode does."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_OTSU)
    return np.where(gray > level + 0.25 * (255 - level), 255, 0).astype(np.uint8)


def _compressed(image: Image, quality: int) -> Image:
    """The image after JPEG."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if back is None:
        raise ValueError(f"an image of {image.shape} cannot be a JPEG")
    return back.astype(np.uint8, copy=False)


def _blurred(light: Floats, spread: float) -> Floats:
    """Blurred by a Gaussian of this spread in pixels."""
    return cv2.GaussianBlur(light, (0, 0), spread).astype(np.float32, copy=False)


def _inked(ink: Floats) -> Floats:
    """The light that ink, 0 to 1, leaves."""
    return (1 - ink).astype(np.float32, copy=False)


def _shaped(plane: Floats, like: Floats) -> Floats:
    """A (rows, columns) plane ready to multiply an image of one or of three channels."""
    return plane[:, :, np.newaxis] if like.ndim == 3 else plane
