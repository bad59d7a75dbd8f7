"""Gray -> ink: how much of each pixel is covered by pen or print, whatever the light, the paper and the pencil.

The way there is the one of the document binarization contests (Pratikakis et al., DIBCO/H-DIBCO 2009-2019): divide by
an estimate of the paper (Gatos et al., Pattern Recognition 2006), take what is darker than the paper's own texture and
than a share of the local ink (the idea of Su, Lu and Tan, DAS 2010), and keep faint ink only where it hangs on to
strong ink (the hysteresis of Canny, 1986). The edges stay soft, as the crop wants them. Local figures are estimated on
a picture reduced in size; full size is only touched by a few 8-bit operations.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Map = NDArray[np.float32]

REDUCED_SIDE = 900
"""The local figures are estimated with the longer side brought down to about this many pixels."""
DARKEST_PAPER = 0.35
"""No paper is darker than this share of the picture's brightest paper: what is, is a printed bar or a dark border."""
TINT_WIDTH, TINTED = 0.85, 0.001
"""A tint is as wide as this share of a character, much more than a stroke, and covers this share of a page, or more."""
PALEST_TINT, DARKEST_TINT = 12, 130
"""How dark it is, of 255; what is darker is a bar."""
PAGE = 20
"""Characters that a page is high at the least; cut-outs, where strokes may be as wide as that, are lower."""
FAINTEST_INK = 0.07
"""Share of the paper's light that ink takes away at the least."""
DARKEST_FLOOR = 0.6
"""What takes away this share of the paper's light is ink, whatever lies around it."""
SHARE_OF_LOCAL_INK = 0.25
"""Ink is at least this share as dark as the ink around it: keeps out blur, watermark and show-through."""
TEXTURE_SPREADS = 3.7
"""Ink is darker than the paper around it by this many standard deviations of the paper's own texture."""
CORE = 1.6
"""From this multiple of the least ink on, the darkest spot of a stroke counts as fully covered."""
STRONG = 1.8
"""Ink must somewhere reach this multiple of the least ink, or it is dropped with all that hangs on to it."""


def soft_ink(gray: Gray) -> Map:
    """The same as `ink_levels`, as (rows, columns) float32, 0 is paper and 1 is full ink."""
    return as_shares(ink_levels(gray))


def as_shares(levels: Gray) -> Map:
    """Ink of any shape, 0 to 255 uint8 -> 0 to 1 float32."""
    shares: Map = np.multiply(levels, np.float32(1 / 255), dtype=np.float32)
    return shares


def ink_levels(gray: Gray) -> Gray:
    """How much of each pixel is covered with ink.

    Args:
        gray: (rows, columns) uint8, 255 is paper, darker is ink: a page or a patch of one.

    Returns:
        (rows, columns) uint8, 0 is paper and 255 is full ink; stroke cores are 255, their edges in between; texture,
        watermarks and uneven light are 0 as far as they are fainter than the strokes near them.

    Raises:
        ValueError: the picture is not a two-dimensional uint8 array with pixels.
    """
    _check(gray)
    dark = _evened(gray)
    cv2.bitwise_not(dark, dst=dark)  # in place: fresh memory of a page's size costs more than the work itself
    _take_out_tints(dark)
    factor = -(-max(gray.shape) // REDUCED_SIDE)
    least, usual = _least_and_usual_ink(_reduced(dark, factor), max(3, _character(gray.shape) // factor))
    anchored = _anchored(_darkest(dark, factor), least, np.minimum(least * STRONG, usual))
    core = cv2.dilate(dark, np.ones((5, 5), np.uint8))
    cv2.max(core, _enlarged(np.minimum(least * CORE, np.maximum(usual, least + 1)), gray.shape, factor), dst=core)
    floor = _enlarged(least, gray.shape, factor)
    cv2.divide(cv2.subtract(dark, floor, dst=dark), cv2.subtract(core, floor, dst=core), dst=dark, scale=255)
    anchored = np.repeat(np.repeat(anchored, factor, axis=1), factor, axis=0)[: gray.shape[0], : gray.shape[1]]
    return cv2.bitwise_and(dark, anchored, dst=dark).astype(np.uint8, copy=False)


def paper_evened(gray: Gray) -> Gray:
    """The picture with uneven light and gray paper divided out.

    Args:
        gray: (rows, columns) uint8, 255 is paper, darker is ink.

    Returns:
        (rows, columns) uint8 in which paper is about 255 everywhere; ink keeps its share of the paper's light.

    Raises:
        ValueError: the picture is not a two-dimensional uint8 array with pixels.
    """
    _check(gray)
    return _evened(gray)


def _check(gray: Gray) -> None:
    if gray.ndim != 2 or gray.dtype != np.uint8 or gray.size == 0:
        raise ValueError(f"binarizing wants (rows, columns) uint8, not {gray.shape} {gray.dtype}")


def _character(shape: tuple[int, ...]) -> int:
    """Pixels about as tall as a character: a fortieth of a page, an eighth of a cut-out with a line or a few boxes."""
    return max(15, min(33, min(shape) // 8), min(shape) // 40)


def _padded(picture: Gray, factor: int) -> Gray:
    """The picture with its last row and column repeated until both sides are multiples of the factor."""
    rows, columns = (-side % factor for side in picture.shape)
    if not rows and not columns:
        return picture
    return cv2.copyMakeBorder(picture, 0, rows, 0, columns, cv2.BORDER_REPLICATE).astype(np.uint8, copy=False)


def _reduced(picture: Gray, factor: int) -> Gray:
    """Each square of `factor` pixels becomes its mean (whole factors have a fast way in OpenCV)."""
    if factor == 1:
        return picture
    padded = _padded(picture, factor)
    size = (padded.shape[1] // factor, padded.shape[0] // factor)
    return cv2.resize(padded, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _darkest(dark: Gray, factor: int) -> Gray:
    """Each square of `factor` pixels becomes its darkest one (the largest value)."""
    if factor == 1:
        return dark
    spread = cv2.dilate(_padded(dark, factor), np.ones((factor, factor), np.uint8), anchor=(0, 0))
    return np.ascontiguousarray(spread[::factor, ::factor]).astype(np.uint8, copy=False)


def _enlarged(small: NDArray[np.uint8] | Map, shape: tuple[int, ...], factor: int) -> Gray:
    """A reduced map at the full shape again, in whole numbers."""
    whole = np.clip(np.rint(small), 0, 255).astype(np.uint8)
    if factor == 1:
        return whole
    size = (small.shape[1] * factor, small.shape[0] * factor)
    large = cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return large[: shape[0], : shape[1]]


def _evened(gray: Gray) -> Gray:
    """Divide by the paper: a closing wider than any stroke, so that only what is bright all around is left."""
    character = _character(gray.shape)
    factor = max(1, character // 8)
    small = _reduced(gray, factor)
    width = 2 * (character // factor) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    paper = cv2.blur(paper, (width, width), borderType=cv2.BORDER_REPLICATE)
    brightest = float(np.sort(paper, axis=None, kind="stable")[int(0.95 * (paper.size - 1))])
    level = _enlarged(np.maximum(paper, max(1.0, DARKEST_PAPER * brightest)), gray.shape, factor)
    return cv2.divide(gray, level, None, 255).astype(np.uint8, copy=False)


def _take_out_tints(dark: Gray) -> None:
    """Take what is printed as an even tint, to write on, for paper; `dark` is 0 for white, and is changed."""
    character = _character(dark.shape)
    if min(dark.shape) < PAGE * character:
        return
    factor = max(1, character // 8)
    width = max(3, round(TINT_WIDTH * character / factor))
    opened = cv2.morphologyEx(_reduced(dark, factor), cv2.MORPH_OPEN, np.ones((width, width), np.uint8))
    tint = np.asarray(opened, np.uint8)
    tint[(tint < PALEST_TINT) | (tint > DARKEST_TINT)] = 0
    if cv2.countNonZero(tint) < TINTED * tint.size:
        return
    level = _enlarged(np.asarray(cv2.dilate(tint, np.ones((3, 3), np.uint8)), np.uint8), dark.shape, factor)
    cv2.subtract(dark, level, dst=dark)
    cv2.divide(dark, cv2.bitwise_not(level), dst=dark, scale=255)


def _least_and_usual_ink(small: Gray, character: int) -> tuple[Map, Map]:
    """How dark a pixel must be to count as ink, and how dark the ink around is on average.

    Args:
        small: (rows, columns) uint8, 0 is paper, 255 is black.
        character: height of a character in pixels, about.

    Returns:
        Two (rows, columns) float32 maps of darkness, 0 to 255.
    """
    dark = small.astype(np.float32)
    wide = 8 * character + 1
    mean = _mean(dark, wide)
    spread = _spread(_mean(dark * dark, wide), mean)
    capped: Map = np.minimum(dark, mean + spread)  # a black bar nearby must not make pencil look like texture
    mean = _mean(capped, wide)
    paper: Map = (dark < mean + 0.5 * _spread(_mean(capped * capped, wide), mean)).astype(np.float32)
    share: Map = np.maximum(_mean(paper, wide), np.float32(1e-3))
    paper *= dark
    level: Map = _mean(paper, wide) / share
    spread = _spread(_mean(paper * dark, wide) / share, level)
    texture = np.maximum(level + TEXTURE_SPREADS * spread, np.float32(FAINTEST_INK * 255))
    inked: Map = dark * (dark > texture)
    near = 2 * character + 1
    usual: Map = (_mean(dark * inked, near) / np.maximum(_mean(inked, near), 1e-3)).astype(np.float32)
    least: Map = np.minimum(np.maximum(texture, SHARE_OF_LOCAL_INK * usual), np.float32(DARKEST_FLOOR * 255))
    return least, usual


def _spread(mean_square: Map, mean: Map) -> Map:
    spread: Map = np.sqrt(np.maximum(mean_square - mean * mean, np.float32(0)))
    return spread


def _mean(values: Map, width: int) -> Map:
    return cv2.blur(values, (width, width), borderType=cv2.BORDER_REFLECT).astype(np.float32, copy=False)


def _anchored(darkest: Gray, least: Map, strong: Map) -> Gray:
    """255 where ink hangs together with strong ink, 0 elsewhere; maps of one shape, darkness 0 to 255."""
    count, labels = cv2.connectedComponents((darkest > least).view(np.uint8), connectivity=8)
    keep = np.zeros(count, np.uint8)
    keep[labels[(darkest >= strong) & (labels > 0)]] = 255
    anchored: Gray = keep[labels]
    return anchored
