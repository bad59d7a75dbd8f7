"""A model that exists -> one that also knows one's own form, without losing the rest: `digit-reader train --from`."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reader.digits.classifier import NOT_DIGIT
from training.evaluate import drawn_shapes
from training.fitting import fitted
from training.labelled import Labelled, held_back, joined
from training.loading import DataSet, classes_in, load
from training.networks import logits, opened, softmax, without_softmax
from training.settings import Freeze, Settings, WorseError
from training.telling import NOBODY, Teller
from training.train import Trained, apart, loaded, measured, save

REHEARSED = 4000
"""Reference images shown in an epoch at the least, lest what was known is forgotten (rehearsal: Robins, 1995)."""
OWN_SHARE = 0.5
"""A small set of one's own is shown so often that it comes to this share of the rehearsed images."""
SHAPES_LEARNED, SHAPES_TESTED = 100, 50
"""Crosses, dashes and so on of each kind, rehearsed and measured where the model knows what is no digit."""
CHECKED = 2000
"""Reference images by which the best epoch is chosen."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a tuned model must not lose.

    Attributes:
        rehearsed: shown again while tuning.
        checked: looked at after each epoch.
        tested: measured before and after; never learned from.
    """

    rehearsed: DataSet
    checked: Labelled
    tested: Labelled


def tune(settings: Settings, tell: Teller = NOBODY) -> Trained:
    """Go on from the model that the settings name, and save what comes out, unless it is worse on the reference.

    Raises:
        UsageError, ModelError: the data or the model cannot be used; said before any training.
        WorseError: the new model is worse on the reference than the settings allow; nothing is saved.
    """
    model = opened(str(settings.start))
    sets = loaded(settings.data, tell)
    tell.say(f"loading the reference {settings.reference}")
    knows_others = int(model.output_shape[-1]) > NOT_DIGIT
    reference = reference_of(load(settings.reference, tell.say), sets, knows_others)
    model = with_classes(model, max(classes_in(sets), int(model.output_shape[-1])))
    freeze(model, settings.freeze)
    before = _accuracies(model, sets, reference)
    own, validation = apart([_often(data, reference.rehearsed) for data in sets])
    checks = joined([validation, reference.checked])
    tell.say(
        f"tuning {settings.start}: {_counted(model)} of {model.count_params():,} parameters are free; "
        f"{settings.epochs} epochs, each with {round(_shown(reference.rehearsed))} reference images again"
    )
    best = _Best(validation, reference.checked)
    keras.utils.set_random_seed(settings.seed)
    model, history = fitted(model, [*own, reference.rehearsed], checks, settings, tell, best.look)
    best.put_back(model)
    after = _accuracies(model, sets, reference)
    done = measured(model, sets, checks, settings, history)
    compared = {name: {"before": before[name], "after": after[name]} for name in before}
    for name in before:
        tell.say(f"{name}: {before[name]:.2%} right before, {after[name]:.2%} after")
    lost = 100 * (before["reference"] - after["reference"])
    if lost > settings.allowed_loss + 1e-9:
        raise WorseError(
            f"{settings.output}: not saved, for the new model answers {lost:.2f} points fewer right on the reference "
            f"{settings.reference} than {settings.start} (allowed: {settings.allowed_loss:g}); give more of the old "
            "data with --data, a lower --learning-rate or --freeze, or allow the loss with --allow-loss"
        )
    done = replace(done, record={**done.record, "compared": compared})
    save(done, settings, tell)
    return done


def reference_of(data: DataSet, own: list[DataSet], knows_others: bool) -> Reference:
    """The reference set: the data named and, for a model that knows what is no digit, drawn shapes that are none."""
    rest, checked = held_back(data.learning, max(2, len(data.learning.labels) // CHECKED))
    tested = data.testing
    shown = max(REHEARSED, 2 * round(sum(_shown(one) for one in own)))
    weight = min(1.0, shown / len(rest.labels))
    if knows_others:
        learned, tested_shapes = (_shapes(count, seed) for count, seed in ((SHAPES_LEARNED, 11), (SHAPES_TESTED, 12)))
        often = max(1, round(shown / 10 / len(learned.labels) / weight))
        rest = joined([rest, *[learned] * often])
        tested = joined([tested, tested_shapes])
    rehearsed = DataSet(data.name, rest, tested, data.own_test, weight, data.sha256)
    return Reference(rehearsed, checked, tested)


def _shapes(count: int, seed: int) -> Labelled:
    crops = np.concatenate(list(drawn_shapes(count, seed).values()))
    return Labelled(crops, np.full(len(crops), NOT_DIGIT, np.uint8))


def _shown(data: DataSet) -> float:
    return data.weight * len(data.learning.labels)


def _often(data: DataSet, rehearsed: DataSet) -> DataSet:
    """A set without a weight of its own, shown so often that it counts beside the rehearsed one."""
    if data.weight != 1:
        return data
    wanted = OWN_SHARE * _shown(rehearsed) / max(1, len(data.learning.labels))
    return replace(data, weight=float(np.clip(round(wanted), 1, 50)))


def with_classes(model: keras.Model, classes: int) -> keras.Model:
    """A network that gives logits of so many classes; what it knew it still knows, a new class starts from nothing."""
    bare = without_softmax(model)
    last: Any = bare.layers[-1]
    if int(bare.output_shape[-1]) == classes or not isinstance(last, keras.layers.Dense):
        return bare
    head = keras.layers.Dense(classes, name=f"logits_{classes}")
    wider = keras.Model(bare.inputs[0], head(last.input), name=bare.name)
    new: list[NDArray[np.float32]] = head.get_weights()
    for fresh, known in zip(new, last.get_weights(), strict=True):
        fresh[..., : known.shape[-1]] = known
    head.set_weights(new)
    return wider


def freeze(model: keras.Model, what: Freeze) -> None:
    """Keep layers as they are: none, all before the dense ones, or all but the last."""
    layers = model.layers
    dense = [i for i, layer in enumerate(layers) if isinstance(layer, keras.layers.Dense)]
    first_free = {"nothing": 0, "convolutions": dense[0], "all-but-last": dense[-1]}[what]
    for i, layer in enumerate(layers):
        layer.trainable = i >= first_free


def _counted(model: keras.Model) -> str:
    return f"{sum(int(np.prod(weight.shape)) for weight in model.trainable_weights):,}"


def _accuracies(model: keras.Model, sets: list[DataSet], reference: Reference) -> dict[str, float]:
    """Share of the test images answered right, for each set and for the reference."""
    parts = {**{data.name: data.testing for data in sets}, "reference": reference.tested}
    return {name: float((logits(model, p.crops).argmax(axis=1) == p.labels).mean()) for name, p in parts.items()}


class _Best:
    """Keeps the weights of the epoch with the least loss, one's own validation and the reference counting alike."""

    def __init__(self, own: Labelled, reference: Labelled) -> None:
        self._parts, self._least = [own, reference], np.inf
        self._weights: list[NDArray[np.float32]] = []

    def look(self, model: keras.Model) -> None:
        """Called after each epoch."""
        loss = sum(_loss(model, part) for part in self._parts)
        if loss < self._least:
            self._least, self._weights = loss, model.get_weights()

    def put_back(self, model: keras.Model) -> None:
        """Give the network its best weights again."""
        if self._weights:
            model.set_weights(self._weights)


def _loss(model: keras.Model, part: Labelled) -> float:
    if not len(part.labels):
        return 0.0
    sure = softmax(logits(model, part.crops))[np.arange(len(part.labels)), part.labels]
    return float(-np.log(np.maximum(sure, 1e-7)).mean())
