"""The line network: the picture of a whole line -> its digits, without taking it apart (CTC: Graves et al., ICML 2006).

It looks at two columns of the picture at a time, each with what lies around it, and says which digit is written there,
or none; the digits of all columns, each one once, are the number. Keras 3 on any backend.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from reader.digits.ctc import NOTHING
from reader.digits.line_images import HEIGHT, shown
from reader.digits.line_network import SYMBOLS
from reader.errors import UsageError
from training.amounts import Line
from training.architectures import convolution

WARM_UP = 0.05
"""Share of the steps in which the learning rate rises; then it falls along a cosine."""
WEIGHT_DECAY = 2e-3
CLIPPED = 5.0
"""Longest step of all weights together."""

Picture = NDArray[np.uint8]


def line_network(width: int = 24, dropout: float = 0.2) -> keras.Model:
    """A convolutional network (batch, 32, columns, 1), 0 is paper and 1 is ink -> logits (batch, columns / 2, 11).

    Args:
        width: channels of the first convolution; four times as many in the last.
        dropout: before the last layer.
    """
    inputs = keras.Input((HEIGHT, None, 1), name="lines")
    x = convolution(inputs, width, (5, 5), (2, 2))
    x = convolution(x, 2 * width, (3, 3), (2, 2))
    x = layers.add([x, convolution(x, 2 * width)])
    x = convolution(x, 3 * width, (3, 3), (2, 1))
    x = layers.add([x, convolution(x, 3 * width)])
    x = convolution(x, 4 * width, (4, 1), (4, 1))
    x = layers.add([x, convolution(x, 4 * width, (1, 5))])
    x = layers.add([x, convolution(x, 4 * width, (1, 5))])
    x = layers.Dropout(dropout)(x)
    x = layers.Conv2D(2 * SYMBOLS, (1, 3), padding="same")(x)  # two answers for each four columns
    return keras.Model(inputs, layers.Reshape((-1, SYMBOLS), name="logits")(x), name="lines")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a line network is fitted: passes over the lines, the highest learning rate, the seed, lines in a step."""

    epochs: int = 6
    learning_rate: float = 2e-3
    seed: int = 1
    batch_size: int = 64

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or not 0 < self.learning_rate <= 1:
            raise UsageError(
                f"{self.epochs} epochs, {self.batch_size} lines in a step, learning rate {self.learning_rate}: "
                "expected 1 or more of the first two, and a rate above 0 and at most 1"
            )


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Lines in batches of about the same width, in a new order and bent anew in each epoch."""

    def __init__(self, lines: Sequence[Line], batch: int, seed: int) -> None:
        super().__init__()
        self._lines, self._batch, self._seed, self._epoch = lines, batch, seed, 0
        self._widths = np.array([line.image.shape[1] for line in lines])
        self._longest = max(len(line.digits) for line in lines)
        self.on_epoch_end()

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._order)

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """The lines (batch, 32, columns, 1) and their digits, each 1 more than it is, filled up with 0."""
        chosen = [self._lines[index] for index in self._order[number]]
        rng = np.random.default_rng([self._seed, self._epoch, number])
        return shown([_bent(line.image, rng) for line in chosen]), _numbers(chosen, self._longest)

    def on_epoch_end(self) -> None:
        """Mix the lines anew: sorted by width, but not quite, then cut into batches, these in any order."""
        self._epoch += 1
        rng = np.random.default_rng([self._seed, self._epoch])
        order = np.argsort(self._widths * rng.uniform(0.9, 1.1, len(self._widths)))
        batches = [order[start : start + self._batch] for start in range(0, len(order), self._batch)]
        # The widest and the narrowest ones first: TensorFlow takes the first two for examples of the shapes of all.
        ends = dict.fromkeys((len(batches) - 1, 0))
        self._order = [batches[i] for i in [*ends, *(i for i in rng.permutation(len(batches)) if i not in ends)]]


def _numbers(lines: Sequence[Line], longest: int) -> NDArray[np.int32]:
    """The digits of lines (n, longest), each 1 more than it is, filled up with 0."""
    digits = np.zeros((len(lines), longest), np.int32)
    for row, line in zip(digits, lines, strict=True):
        row[: len(line.digits)] = [int(digit) + 1 for digit in line.digits]
    return digits


def _bent(image: Picture, rng: np.random.Generator) -> Picture:
    """A line somewhat wider or narrower, higher or lower, leaning, paler or bolder than it was drawn."""
    wide, high = np.exp(rng.normal(0, (0.1, 0.06)))
    lean, shift = rng.normal(0, 0.08), rng.normal(0, 1)
    middle = HEIGHT / 2
    columns = max(1, round(image.shape[1] * wide + abs(lean) * HEIGHT))
    matrix = np.array([[wide, lean, max(0.0, -lean) * HEIGHT], [0, high, middle * (1 - high) + shift]], np.float64)
    moved = cv2.warpAffine(image, matrix, (columns, HEIGHT), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.convertScaleAbs(moved, alpha=rng.uniform(0.7, 1.3)), np.uint8)


def fitted(
    model: keras.Model, lines: Sequence[Line], plan: Plan, after: Callable[[int, float], None] = lambda _e, _l: None
) -> None:
    """Fit a line network to lines.

    Args:
        model: a new network, or one to go on with.
        lines: to learn from.
        plan: how.
        after: called after each epoch with its number, from 1 on, and its mean loss.
    """
    data = Batches(lines, plan.batch_size, plan.seed)
    steps = len(data) * plan.epochs
    warm = max(1, round(WARM_UP * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        plan.learning_rate / 10, max(1, steps - warm), alpha=0.01, warmup_target=plan.learning_rate, warmup_steps=warm
    )
    model.compile(keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, clipnorm=CLIPPED), keras.losses.CTC())
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after(epoch + 1, float(logs["loss"])))
    model.fit(data, epochs=plan.epochs, verbose=0, callbacks=[told])


def answered(model: keras.Model, images: Sequence[Picture], batch: int = 64) -> list[NDArray[np.float64]]:
    """What a network says of each line: (steps, 11) logits."""
    found: list[NDArray[np.float64]] = []
    for start in range(0, len(images), batch):
        said = keras.ops.convert_to_numpy(model(shown(images[start : start + batch]), training=False))
        found += list(np.asarray(said, np.float64))
    return found


def surprises(model: keras.Model, lines: Sequence[Line], batch: int = 64) -> NDArray[np.float64]:
    """How unlikely a network finds the numbers of lines: (n,) negative logarithms of their probabilities."""
    found = np.zeros(len(lines))
    by_width = np.argsort([line.image.shape[1] for line in lines])
    for start in range(0, len(lines), batch):
        chosen = by_width[start : start + batch]
        some = [lines[index] for index in chosen]
        said = model(shown([line.image for line in some]), training=False)
        lengths = np.array([len(line.digits) for line in some], np.int32)
        steps = np.full(len(some), said.shape[1], np.int32)
        found[chosen] = keras.ops.convert_to_numpy(
            keras.ops.ctc_loss(_numbers(some, max(1, lengths.max())), said, lengths, steps, mask_index=NOTHING)
        )
    return found


def spelled(answers: NDArray[np.float64]) -> str:
    """The likeliest digits of a line, step by step."""
    row = answers.argmax(axis=1)
    kept = row[np.append(True, row[1:] != row[:-1])]
    return "".join(str(symbol - 1) for symbol in kept if symbol != NOTHING)
