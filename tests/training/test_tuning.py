"""A model learns one's own form without losing the rest; a model that lost it is not saved."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reader.errors import ModelError
from training.data import NOT_DIGIT
from training.settings import Settings, WorseError

keras = pytest.importorskip("keras", reason="training needs the extra `training`")

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, handwriting: Digits) -> Settings:
    """A small model fitted to handwriting, that handwriting as the reference, and a form of another kind."""
    folder = tmp_path_factory.mktemp("tuning")
    chosen = np.random.default_rng(1).permutation(len(handwriting[1]))[:1600]
    images, labels = handwriting[0][chosen], handwriting[1][chosen]
    keras.utils.set_random_seed(1)
    layers = keras.layers
    parts = [layers.Conv2D(8, 5, strides=2, activation="relu"), layers.Flatten(), layers.Dense(32, activation="relu")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *parts, layers.Dense(10), layers.Activation("softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images[..., None] / np.float32(255), labels, epochs=6, batch_size=32, verbose=0)
    model.save(folder / "old.keras")
    np.savez(folder / "old.npz", x=images, y=labels)
    shear = np.array([[1, 1.1, -15], [0, 1, 0]])  # a hand that leans far to the left
    leaning = np.stack([cv2.warpAffine(image, shear, (28, 28)) for image in images[:240]])
    np.savez(folder / "own.npz", x=leaning, y=labels[:240])
    return Settings(
        (str(folder / "own.npz"),), folder / "new.keras", epochs=3, batch_size=32, learning_rate=1e-3,
        start=str(folder / "old.keras"), reference=str(folder / "old.npz"), allowed_loss=3.0,
    )  # fmt: skip


def test_own_form_gets_better_and_the_reference_stays(settings: Settings) -> None:
    from training.tuning import tune

    compared = tune(settings).record["compared"]
    own = compared[settings.data[0]]
    assert own["after"] > own["before"] + 0.1
    assert compared["reference"]["after"] > compared["reference"]["before"] - 0.03
    assert json.loads(settings.record.read_text())["compared"] == compared


def test_a_model_that_is_worse_on_the_reference_is_not_saved(settings: Settings, tmp_path: Path) -> None:
    from training.tuning import tune

    ruined = replace(settings, output=tmp_path / "bad.keras", epochs=1, learning_rate=0.5, allowed_loss=0.0)
    with pytest.raises(WorseError, match=r"bad\.keras: not saved.*points fewer right on the reference.*--allow-loss"):
        tune(ruined)
    assert not (tmp_path / "bad.keras").exists()


def test_freezing_keeps_what_it_says(settings: Settings) -> None:
    from training.networks import opened
    from training.tuning import freeze, with_classes

    model = with_classes(opened(str(settings.start)), 10)
    names = {"nothing": 6, "convolutions": 4, "all-but-last": 2}
    for what, free in names.items():
        freeze(model, what)  # type: ignore[arg-type]
        assert len(model.trainable_weights) == free


def test_a_new_class_leaves_the_known_ones_as_they_were(settings: Settings, handwriting: Digits) -> None:
    from training.networks import logits, opened
    from training.tuning import with_classes

    old = opened(str(settings.start))
    wider = with_classes(old, 11)
    crops = handwriting[0][:40]
    before, after = logits(old, crops)[:, :10], logits(wider, crops)
    shifted = after[:, :10] - after[:, :10].max(axis=1, keepdims=True)
    np.testing.assert_allclose(
        np.maximum(shifted, -10), np.maximum(before - before.max(axis=1, keepdims=True), -10), atol=1e-3
    )
    assert wider.output_shape[-1] == 11


def test_shapes_that_are_no_digits_are_rehearsed_where_the_model_knows_them(settings: Settings) -> None:
    from training.loading import load
    from training.tuning import reference_of

    data, own = load(settings.reference), [load(settings.data[0])]
    assert (reference_of(data, own, True).tested.labels == NOT_DIGIT).any()
    assert (reference_of(data, own, True).rehearsed.learning.labels == NOT_DIGIT).any()
    assert not (reference_of(data, own, False).tested.labels == NOT_DIGIT).any()


def test_a_model_that_is_none_is_said_by_name(tmp_path: Path) -> None:
    from training.networks import opened

    (tmp_path / "text.keras").write_text("no network")
    with pytest.raises(ModelError, match=r"text\.keras: not a network that Keras can open"):
        opened(str(tmp_path / "text.keras"))
    with pytest.raises(ModelError, match=r"gone\.h5: there is no such file; give a network.*shipped"):
        opened(str(tmp_path / "gone.h5"))
