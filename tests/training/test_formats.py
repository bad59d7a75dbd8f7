"""Labelled digits are taken in from every format they come in, and mistakes are said by name before any training."""

import csv
import gzip
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.digits.crops import crop
from reader.errors import UsageError
from training import formats
from training.labelled import Labelled, held_back
from training.loading import classes_in, load

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="module")
def few(handwriting: Digits) -> Digits:
    return handwriting[0][::100], handwriting[1][::100]


def write_idx(path: Path, array: NDArray[np.generic], code: int = 8, packed: bool = False) -> None:
    content = struct.pack(">HBB", 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if packed else content)


def write_npz(path: Path, digits: Digits, **changed: NDArray[np.generic]) -> str:
    arrays = {"x_train": digits[0], "y_train": digits[1], "x_test": digits[0][:9], "y_test": digits[1][:9]}
    np.savez(path, **(arrays | changed))
    return str(path)


def page_of(image: NDArray[np.uint8], size: int = 90) -> NDArray[np.uint8]:
    """A digit in dark pencil on grayish paper, as it is cut out of a scan."""
    large = cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1).normal(0, 3, large.shape)
    return np.clip(225 - 0.7 * large + noise, 0, 255).astype(np.uint8)


def alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_npz_keeps_mnist_as_it_is(few: Digits, tmp_path: Path) -> None:
    loaded = load(write_npz(tmp_path / "digits.npz", few))
    np.testing.assert_array_equal(loaded.learning.crops, few[0])
    np.testing.assert_array_equal(loaded.learning.labels, few[1])
    assert len(loaded.testing.labels) == 9
    assert loaded.own_test


def test_images_that_are_no_crops_go_through_the_readers_crop_function(few: Digits, tmp_path: Path) -> None:
    moved = np.pad(few[0], ((0, 0), (0, 20), (6, 0)))
    loaded = load(write_npz(tmp_path / "digits.npz", few, x_train=moved))
    expected = np.stack([crop(image.astype(np.float32) / np.float32(255)) for image in moved])
    np.testing.assert_array_equal(loaded.learning.crops, expected)


def test_dark_on_light_is_turned_over(few: Digits, tmp_path: Path) -> None:
    loaded = load(write_npz(tmp_path / "digits.npz", few, x_train=255 - few[0]))
    np.testing.assert_array_equal(loaded.learning.crops, few[0])


@pytest.mark.parametrize("packed", [False, True])
def test_idx_folder_of_mnist(few: Digits, tmp_path: Path, packed: bool) -> None:
    end = ".gz" if packed else ""
    for part, count in (("train", 50), ("t10k", 20)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{end}", few[0][:count], packed=packed)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{end}", few[1][:count].astype(np.uint8), packed=packed)
    loaded = load(str(tmp_path))
    np.testing.assert_array_equal(loaded.learning.crops, few[0])
    np.testing.assert_array_equal(loaded.testing.labels, few[1][:20])


def test_emnist_is_turned_upright(few: Digits, tmp_path: Path) -> None:
    write_idx(tmp_path / "emnist-digits-train-images-idx3-ubyte", few[0].transpose(0, 2, 1))
    write_idx(tmp_path / "emnist-digits-train-labels-idx1-ubyte", few[1].astype(np.uint8))
    loaded = load(str(tmp_path))
    np.testing.assert_array_equal(np.sort(loaded.everything.crops.sum(axis=(1, 2))), np.sort(few[0].sum(axis=(1, 2))))
    assert max(alike(few[0][0], image) for image in loaded.everything.crops) == pytest.approx(1)


def test_qmnist_has_its_digit_in_the_first_column(few: Digits, tmp_path: Path) -> None:
    write_idx(tmp_path / "qmnist-train-images-idx3-ubyte", few[0])
    table = np.column_stack([few[1], np.full((len(few[1]), 7), 99)]).astype(">i4")
    write_idx(tmp_path / "qmnist-train-labels-idx2-int", table, code=0x0C)
    loaded = load(str(tmp_path))
    np.testing.assert_array_equal(np.bincount(loaded.everything.labels), np.bincount(few[1]))


def test_pictures_by_label_are_inked_and_cropped(few: Digits, tmp_path: Path) -> None:
    for n, (image, label) in enumerate(zip(*few, strict=True)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / str(label) / f"{n:02}.png"), page_of(image))
    (tmp_path / "not_digit").mkdir()
    cv2.imwrite(
        str(tmp_path / "not_digit" / "dash.png"), page_of(np.pad(np.full((4, 20), 255, np.uint8), ((12, 12), (4, 4))))
    )
    loaded = load(str(tmp_path))
    assert classes_in([loaded]) == 11
    assert len(loaded.everything.labels) == len(few[1]) + 1
    best = [max(alike(image, made) for made in loaded.everything.crops) for image in few[0]]
    assert np.median(best) > 0.95


def test_csv_of_paths_and_labels(few: Digits, tmp_path: Path) -> None:
    rows = [("image", "label", "split")]
    for n, (image, label) in enumerate(zip(*few, strict=True)):
        cv2.imwrite(str(tmp_path / f"{n}.png"), image)
        rows.append((f"{n}.png", str(label), "test" if n < 7 else "train"))
    with (tmp_path / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    loaded = load(f"{tmp_path / 'list.csv'}@2.5")
    np.testing.assert_array_equal(loaded.testing.crops, few[0][:7])
    np.testing.assert_array_equal(loaded.learning.labels, few[1][7:])
    assert loaded.weight == 2.5


def test_every_sixth_image_is_held_back_and_always_the_same(few: Digits, tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", x=few[0], y=few[1])
    one, again = load(str(tmp_path / "own.npz")), load(str(tmp_path / "own.npz"))
    assert (len(one.learning.labels), len(one.testing.labels)) == (41, 9)
    np.testing.assert_array_equal(one.testing.crops, again.testing.crops)
    rest, taken = held_back(Labelled(few[0], few[1].astype(np.uint8)), 6)
    assert not {image.tobytes() for image in taken.crops} & {image.tobytes() for image in rest.crops}


def bad_npz(name: str, few: Digits, folder: Path) -> str:
    path = folder / "bad.npz"
    if name == "text":
        path.write_text("not an archive")
        return str(path)
    changed: dict[str, NDArray[np.generic]] = {
        "shape": few[0].reshape(len(few[0]), -1), "fractions": few[0] / 255, "labels": few[1] + 8,
        "count": few[1][:-1], "blank": np.zeros_like(few[0]),
    }  # fmt: skip
    return write_npz(path, few, **{"y_train" if name in ("labels", "count") else "x_train": changed[name]})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text", "cannot be read as an .npz"),
        ("shape", r"\(50, 784\).*expected \(n, rows, columns\)"),
        ("fractions", "float64.*whole numbers"),
        ("labels", "labels are 0 to 9.*not 11, 12"),
        ("count", "50 images but labels of shape"),
        ("blank", "50 of 50 images have nothing on them"),
    ],
)
def test_a_bad_npz_is_said_by_name(name: str, words: str, few: Digits, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"bad\.npz.*{words}"):
        load(bad_npz(name, few, tmp_path))


def test_a_truncated_idx_file_is_said_by_name(few: Digits, tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", few[0], packed=True)
    write_idx(tmp_path / "train-labels-idx1-ubyte", few[1].astype(np.uint8))
    whole = (tmp_path / "train-images-idx3-ubyte.gz").read_bytes()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match=r"train-images-idx3-ubyte\.gz: not a whole IDX file"):
        load(str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(UsageError, match="labels are missing"):
        load(str(tmp_path))


def test_all_pictures_that_cannot_be_read_are_named_at_once(few: Digits, tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    cv2.imwrite(str(tmp_path / "3" / "good.png"), few[0][0])
    (tmp_path / "3" / "torn.png").write_bytes(b"\x89PNG torn")
    cv2.imwrite(str(tmp_path / "3" / "white.png"), np.full((40, 40), 255, np.uint8))
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path))
    assert "torn.png" in str(caught.value)
    assert "white.png: nothing is written" in str(caught.value)
    assert "good.png" not in str(caught.value)


def test_labels_that_are_none_are_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "seven").mkdir()
    with pytest.raises(UsageError, match=r"sub-folders seven are no labels.*0 to 9 and not_digit"):
        load(str(tmp_path))
    (tmp_path / "list.csv").write_text("image,label\na.png,12\n")
    with pytest.raises(UsageError, match=r"list\.csv: labels are 0 to 9 and not_digit, not '12' in row 2"):
        load(str(tmp_path / "list.csv"))
    (tmp_path / "list.csv").write_text("picture,digit\na.png,1\n")
    with pytest.raises(UsageError, match="expected a first line with image and label, found picture, digit"):
        load(str(tmp_path / "list.csv"))


def test_offline_the_message_says_how_to_give_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    mnist = pytest.importorskip("keras.datasets.mnist", reason="training needs the extra `training`")

    def offline() -> None:
        raise Exception("URL fetch failure")  # as Keras does

    monkeypatch.setattr(mnist, "load_data", offline)
    with pytest.raises(UsageError, match=r"MNIST cannot be downloaded \(URL fetch failure\); give --data an \.npz"):
        load("mnist")


def test_what_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.npz: cannot be read"):
        load(str(tmp_path / "gone.npz"))
    with pytest.raises(UsageError, match="nowhere: there is no such file or folder; give --data"):
        load(str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="above 0 and at most 1000"):
        load(f"{tmp_path / 'gone.npz'}@0")
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(3, np.uint8))
    with pytest.raises(UsageError, match="labels but no images"):
        formats.idx_folder(tmp_path)
