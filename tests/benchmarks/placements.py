"""Sheets and the ways they come back: placed at random, written on, scanned or photographed; all from a seed."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet (rows, columns) uint8 with its boxes (n, 4): x, y, width, height in its pixels."""

    name: str
    image: Gray
    boxes: Points


def drawn_sheets(seed: int = 1) -> list[Sheet]:
    """Sheets of several designs: combs and prose, a table, a survey, rulings alone, a small slip."""
    rng = np.random.default_rng(seed)
    return [_comb_form(rng), _table(rng, 14, 6, True), _table(rng, 12, 5, False), _survey(rng), _slip(rng)]


def _paper(rows: int, columns: int) -> Gray:
    return np.full((rows, columns), 255, np.uint8)


def _words(rng: np.random.Generator, count: int) -> str:
    syllables = ["ta", "ri", "so", "men", "ko", "la", "be", "du", "chi", "ra", "no", "vel", "pos", "ter", "ni", "gal"]
    return " ".join("".join(rng.choice(syllables, rng.integers(1, 4))) for _ in range(count))


def _text(image: Gray, at: tuple[int, int], text: str, size: float = 0.7, bold: int = 1) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_COMPLEX, size, 30, bold, cv2.LINE_AA)


def _comb(image: Gray, at: tuple[int, int], count: int, cell: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    boxes = [(at[0] + n * cell[0], at[1], *cell) for n in range(count)]
    for x, y, w, h in boxes:
        cv2.rectangle(image, (x, y), (x + w, y + h), 60, 2)
    return boxes


def _comb_form(rng: np.random.Generator) -> Sheet:
    image, boxes = _paper(1754, 1240), []
    _text(image, (250, 130), _words(rng, 3).title(), 1.5, 3)
    for n in range(8):
        _text(image, (90, 230 + 35 * n), _words(rng, 9))
    for n in range(9):
        y = 560 + 110 * n
        _text(image, (90, y + 35), _words(rng, 2).title())
        boxes += _comb(image, (480, y), 5 + int(rng.integers(0, 6)), (48, 54))
    _text(image, (90, 1640), _words(rng, 10), 0.6)
    return Sheet("combs", image, np.array(boxes, float))


def _table(rng: np.random.Generator, rows: int, columns: int, words: bool) -> Sheet:
    image, boxes = _paper(1240, 1000), []
    width, height, left, top = 700 // columns, 60, 240, 220
    if words:
        _text(image, (240, 120), _words(rng, 3).title(), 1.2, 2)
    for row in range(rows):
        if words:
            _text(image, (60, top + row * height + 40), _words(rng, 1))
        for column in range(columns):
            x, y = left + column * width, top + row * height
            cv2.rectangle(image, (x, y), (x + width, y + height), 40, 2)
            boxes.append((x, y, width, height))
    if not words:
        _text(image, (240, 180), _words(rng, 1).title(), 1.0, 2)
    return Sheet("table" if words else "bare_grid", image, np.array(boxes, float))


def _survey(rng: np.random.Generator) -> Sheet:
    image, boxes = _paper(1754, 1240), []
    cv2.rectangle(image, (60, 60), (1180, 180), 0, -1)
    cv2.putText(image, _words(rng, 3).upper(), (100, 135), cv2.FONT_HERSHEY_DUPLEX, 1.5, 255, 2, cv2.LINE_AA)
    for n in range(22):
        y = 250 + 64 * n
        _text(image, (80, y + 30), f"{n + 1}. {_words(rng, int(rng.integers(3, 8)))}", 0.65)
        boxes += _comb(image, (1000 - 40 * int(rng.integers(0, 3)), y), int(rng.integers(1, 5)), (40, 44))
    return Sheet("survey", image, np.array(boxes, float))


def _slip(rng: np.random.Generator) -> Sheet:
    image = _paper(420, 900)
    _text(image, (40, 70), _words(rng, 3).title(), 1.0, 2)
    boxes = _comb(image, (40, 130), 8, (56, 70)) + _comb(image, (600, 130), 4, (56, 70))
    _text(image, (40, 270), _words(rng, 6))
    boxes += _comb(image, (40, 300), 6, (56, 70))
    cv2.line(image, (500, 370), (860, 370), 60, 2)
    return Sheet("slip", image, np.array(boxes, float))


def data_sheets() -> list[Sheet]:
    """The whole pages under DIGIT_READER_DATA at 150 dpi; none where it is not set."""
    root = os.environ.get("DIGIT_READER_DATA")
    return [] if root is None else [s for d in ("answer_sheets", "hsf") for s in _pages(Path(root) / "dev" / d)]


def _pages(folder: Path) -> list[Sheet]:
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sheets = []
    for file in sorted({row["file"] for row in rows}):
        image = cv2.imread(str(folder / "images" / file), cv2.IMREAD_GRAYSCALE)
        assert image is not None, file
        scale = 1750 / max(image.shape)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        boxes = [[float(row[k]) * scale for k in ("x", "y", "width", "height")] for row in rows if row["file"] == file]
        sheets.append(Sheet(Path(file).stem, np.asarray(small, np.uint8), np.array(boxes)))
    return sheets


def written_on(rng: np.random.Generator, sheet: Sheet, amount: float) -> Gray:
    """The sheet with digits of a pen in its boxes and, the more the greater `amount` (0 to 1), scrawl anywhere."""
    image = sheet.image.copy()
    for x, y, w, h in sheet.boxes:
        if rng.random() < 0.7:
            scale = h / 40 * rng.uniform(0.8, 1.2)
            at = (int(x + w * rng.uniform(0.1, 0.4)), int(y + h * rng.uniform(0.7, 1.0)))
            digit = str(rng.integers(0, 10))
            cv2.putText(image, digit, at, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, scale, 40, 2, cv2.LINE_AA)
    for _ in range(int(12 * amount)):
        start = rng.uniform(0, 1, 2) * image.shape[::-1]
        steps = np.cumsum(rng.normal(0, 0.02 * max(image.shape), (12, 2)), axis=0)
        cv2.polylines(image, [np.int32(start + steps)], False, 50, int(rng.integers(2, 5)), cv2.LINE_AA)
    return image


def random_placement(rng: np.random.Generator, size: tuple[int, int], tilt: float) -> tuple[Points, tuple[int, int]]:
    """A camera's view of a sheet of (rows, columns): the homography sheet -> page, and the page's (rows, columns)."""
    rows, columns = size
    scale, turn = rng.uniform(0.5, 2.0), rng.uniform(0, 2 * np.pi)
    angle, towards, distance = np.radians(rng.uniform(0, tilt)), rng.uniform(0, 2 * np.pi), 1.4 * max(size)
    axis = np.array([np.cos(towards), np.sin(towards), 0]) * angle
    turned = cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(np.array([0, 0, turn]))[0]
    centre = np.array([[1, 0, -columns / 2], [0, 1, -rows / 2], [0, 0, 1]])
    onto = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, distance]])
    view = np.diag([distance * scale, distance * scale, 1]) @ onto @ centre
    corners = cv2.perspectiveTransform(np.array([[[0, 0], [columns, 0], [columns, rows], [0, rows]]], float), view)[0]
    margin = rng.uniform(-0.01, 0.08, 4) * scale * max(size)
    low, high = corners.min(axis=0) - margin[:2], corners.max(axis=0) + margin[2:]
    view = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ view
    return view / view[2, 2], (int(high[1] - low[1]), int(high[0] - low[0]))


def scanned(rng: np.random.Generator, image: Gray, view: Points, size: tuple[int, int]) -> Gray:
    """The image under the homography, with the light, blur, noise and compression of a scanner or a phone."""
    scale = np.sqrt(abs(np.linalg.det(view[:2, :2])))
    if scale < 0.75:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / scale), np.uint8)
    ground = float(rng.choice([255, 240, 120]))
    page = cv2.warpPerspective(image, view, size[::-1], flags=cv2.INTER_LINEAR, borderValue=ground).astype(np.float32)
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 1.4)) + rng.normal(0, rng.uniform(0, 10), page.shape)
    if rng.random() < 0.25:
        return np.where(page > rng.uniform(140, 200), 255, 0).astype(np.uint8)
    across = np.linspace(rng.uniform(0.7, 1), 1, page.shape[1])[None]
    page = np.clip(page * across * rng.uniform(0.7, 1), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", page, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)


def evened(image: Gray) -> Gray:
    """The image over its own ground: paper white."""
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    ground = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9))), (0, 0), 8)
    ground = cv2.resize(ground, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(image.astype(np.float32) / np.maximum(ground, 1) * 255, 0, 255).astype(np.uint8)
