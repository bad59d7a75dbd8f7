"""The formats that labelled digits come in -> crops and labels: Keras's .npz, IDX, folders by label, CSV."""

import contextlib
import csv
import gzip
import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import CLASSES
from reader.errors import ScanError, UsageError
from reader.pages.pictures import SUFFIXES
from reader.pages.scan import read_scan
from training.cutting import crop_of_picture, crops_of_stack
from training.labelled import Labelled, joined

HOW_TO_GIVE = (
    "give --data an .npz laid out like keras.datasets' mnist.npz (x_train, y_train, x_test, y_test), a folder of IDX "
    "files, a folder with a sub-folder of pictures for each label, or a .csv of picture and label"
)
IDX_NAME = re.compile(r"(?P<stem>.*?)(?P<what>images|labels)[-.]idx\d[-.](ubyte|int)(\.gz)?$", re.IGNORECASE)
IDX_TYPES: dict[int, np.dtype[Any]] = {0x08: np.dtype(np.uint8), 0x0B: np.dtype(">i2"), 0x0C: np.dtype(">i4")}
"""Numbers in IDX files by the code in their header (LeCun, Cortes and Burges, the MNIST database)."""
MOST_NAMED = 5
"""Mistakes named in one message."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a file or folder holds: to learn from, for the test where it says so itself, and the hash of it all."""

    learning: Labelled
    testing: Labelled | None
    sha256: str


def downloaded_mnist() -> Raw:
    """MNIST as Keras downloads it, or has downloaded it before.

    Raises:
        UsageError: there is no connection.
    """
    from keras.datasets import mnist

    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Keras draws a bar of its own
            (x_train, y_train), (x_test, y_test) = mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception
        raise UsageError(f"MNIST cannot be downloaded ({error}); {HOW_TO_GIVE}") from error
    digest = hashlib.sha256(x_train.tobytes() + y_train.tobytes() + x_test.tobytes() + y_test.tobytes()).hexdigest()
    return Raw(_checked("mnist", x_train, y_train), _checked("mnist", x_test, y_test), digest)


def npz(path: Path) -> Raw:
    """An .npz with x_train, y_train, x_test and y_test as Keras lays it out, or with x and y."""
    try:
        with np.load(path) as arrays:
            held = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zlib.error, KeyError, AttributeError) as error:
        raise UsageError(f"{path}: cannot be read as an .npz ({error}); {HOW_TO_GIVE}") from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if {"x_train", "y_train", "x_test", "y_test"} <= held.keys():
        parts = [_checked(f"{path}: x_{p}, y_{p}", held[f"x_{p}"], held[f"y_{p}"]) for p in ("train", "test")]
        return Raw(parts[0], parts[1], digest)
    if {"x", "y"} <= held.keys():
        return Raw(_checked(f"{path}: x, y", held["x"], held["y"]), None, digest)
    raise UsageError(f"{path}: holds {', '.join(held) or 'nothing'}; expected x_train, y_train, x_test, y_test or x, y")


def has_idx(path: Path) -> bool:
    """Whether a folder holds IDX files."""
    return any(IDX_NAME.match(file.name) for file in path.iterdir())


def idx_folder(path: Path) -> Raw:
    """The IDX files of a folder: images with their labels beside them, of MNIST, EMNIST or QMNIST, gzipped or not."""
    parts: dict[bool, list[Labelled]] = {True: [], False: []}
    files = sorted(file for file in path.iterdir() if IDX_NAME.match(file.name))
    for file in files:
        found = IDX_NAME.match(file.name)
        if not found or found["what"].lower() != "images":
            continue
        beside = [f for f in files if (m := IDX_NAME.match(f.name)) and m["stem"] == found["stem"] and f != file]
        labels = [f for f in beside if "labels" in f.name.lower()]
        if not labels:
            raise UsageError(f"{file}: the labels are missing; put the file {found['stem']}labels-idx1-ubyte beside it")
        images, given = idx(file), idx(labels[0])
        if given.ndim == 2:  # QMNIST: eight columns, the first is the digit (Yadav and Bottou, NeurIPS 2019)
            given = given[:, 0]
        if "emnist" in file.name.lower() and images.ndim == 3:
            images = images.transpose(0, 2, 1)  # EMNIST is stored by columns (Cohen et al., IJCNN 2017)
        testing = bool(re.search(r"t10k|test", found["stem"], re.IGNORECASE))
        parts[testing].append(_checked(f"{file} and {labels[0].name}", images, given))
    if not parts[False] and not parts[True]:
        raise UsageError(f"{path}: labels but no images; put the files named ...images-idx3-ubyte beside them")
    learning, testing_parts = (joined(parts[p]) if parts[p] else None for p in (False, True))
    if learning is None:
        return Raw(joined(parts[True]), None, _hash_of(files))
    return Raw(learning, testing_parts, _hash_of(files))


def idx(path: Path) -> NDArray[Any]:
    """The array in one IDX file, gzipped or not.

    Raises:
        UsageError: it is something else, or cut short.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        zero, code, dimensions = struct.unpack_from(">HBB", content)
        shape = struct.unpack_from(f">{dimensions}I", content, 4)
        if zero or code not in IDX_TYPES:
            raise ValueError("its first bytes are not those of an IDX file")
        numbers: NDArray[Any] = np.frombuffer(content, IDX_TYPES[code], offset=4 + 4 * dimensions)
        return numbers.reshape(shape)
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise UsageError(f"{path}: not a whole IDX file ({error}); fetch it again") from error


def folder(path: Path) -> Raw:
    """Pictures in sub-folders named by label, 0 to 9 and not_digit; or in train/LABEL and test/LABEL."""
    split = [path / "train", path / "test"]
    if all(part.is_dir() for part in split):
        parts = [_by_label(part) for part in split]
        return Raw(_pictures(parts[0]), _pictures(parts[1]), _hash_of([f for part in parts for f, _ in part]))
    found = _by_label(path)
    return Raw(_pictures(found), None, _hash_of([f for f, _ in found]))


def _by_label(path: Path) -> list[tuple[Path, str]]:
    folders = sorted(f for f in path.iterdir() if f.is_dir() and not f.name.startswith("."))
    strange = [f.name for f in folders if f.name not in CLASSES]
    if strange or not folders:
        what = f"the sub-folders {_few(strange)} are no labels" if strange else "no sub-folders and no IDX files in it"
        raise UsageError(f"{path}: {what}; expected sub-folders named 0 to 9 and not_digit with pictures in them")
    found = [(file, f.name) for f in folders for file in sorted(f.rglob("*")) if file.suffix.lower() in SUFFIXES]
    if not found:
        raise UsageError(f"{path}: no pictures in its sub-folders; expected files {', '.join(SUFFIXES)}")
    return found


def table(path: Path) -> Raw:
    """A CSV with the columns image and label, and maybe split with train or test; paths are relative to the CSV."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as a CSV in UTF-8 ({error})") from error
    if not rows or not {"image", "label"} <= rows[0].keys():
        columns = ", ".join(str(name) for name in rows[0]) if rows else "no rows"
        raise UsageError(f"{path}: expected a first line with image and label, found {columns}")
    if nameless := [str(n) for n, row in enumerate(rows, 2) if not row["image"]]:
        raise UsageError(f"{path}: no picture is named in row {_few(nameless)}")
    strange = [f"{row['label']!r} in row {n}" for n, row in enumerate(rows, 2) if row["label"] not in CLASSES]
    if strange:
        raise UsageError(f"{path}: labels are 0 to 9 and not_digit, not {_few(strange)}")
    if wrong := [str(n) for n, row in enumerate(rows, 2) if row.get("split", "train") not in ("train", "test")]:
        raise UsageError(f"{path}: the column split holds train or test, and not so in row {_few(wrong)}")
    files = [(path.parent / row["image"], str(row["label"])) for row in rows]
    digest = _hash_of([path, *(file for file, _ in files if file.is_file())])
    loaded, testing = _pictures(files), np.array([row.get("split") == "test" for row in rows])
    return Raw(loaded.where(~testing), loaded.where(testing), digest) if testing.any() else Raw(loaded, None, digest)


def _pictures(files: list[tuple[Path, str]]) -> Labelled:
    """Crops of picture files; all that cannot be read are named."""
    made, mistakes = [], []
    for file, _ in files:
        try:
            made.append(crop_of_picture(str(file), read_scan(file).image))
        except (ScanError, UsageError) as error:
            mistakes.append(str(error))
    if mistakes:
        raise UsageError("\n".join([*mistakes[:MOST_NAMED], *_and_more(mistakes)]))
    return Labelled(np.stack(made), np.array([CLASSES.index(label) for _, label in files], np.uint8))


def _checked(name: str, images: NDArray[Any], labels: NDArray[Any]) -> Labelled:
    """Arrays as they came, checked and made crops of."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or not np.issubdtype(images.dtype, np.integer) or 0 in images.shape:
        raise UsageError(
            f"{name}: images of shape {images.shape} and type {images.dtype}; expected (n, rows, columns), "
            "gray levels 0 to 255 as whole numbers"
        )
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        raise UsageError(f"{name}: {len(images)} images but labels of shape {labels.shape} and type {labels.dtype}")
    numbers, levels = labels.astype(np.int64), images.astype(np.int64) if images.dtype != np.uint8 else images
    if strange := sorted({int(v) for v in numbers if not 0 <= v < len(CLASSES)}):
        named = _few([str(v) for v in strange])
        raise UsageError(f"{name}: labels are 0 to 9, and 10 for what is no digit, not {named}; leave those images out")
    if levels.min() < 0 or levels.max() > 255:
        raise UsageError(f"{name}: gray levels from {levels.min()} to {levels.max()}; expected 0 to 255")
    return Labelled(crops_of_stack(name, levels.astype(np.uint8)), numbers.astype(np.uint8))


def _few(names: list[str]) -> str:
    return ", ".join([*names[:MOST_NAMED], *_and_more(names)])


def _and_more(names: list[str]) -> list[str]:
    return [f"and {len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []


def _hash_of(files: Iterable[Path]) -> str:
    """One hash of the contents of several files, in their order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
