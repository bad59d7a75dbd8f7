"""The networks: crops (28, 28, 1), 0 to 1 -> the digits and, where there are eleven classes, what is no digit."""

import inspect
from collections.abc import Callable

import keras
from keras import layers

from reader.digits.crops import SIZE
from reader.errors import UsageError

CLASSES = 11


def lenet(filters: int = 32, units: int = 128, dropout: float = 0.5, classes: int = 10) -> keras.Model:
    """The network the project began with, after LeNet (LeCun et al., Proc. IEEE 1998): ends in a softmax.

    Two sets of convolution, activation and max-pooling, then two sets of fully connected, activation and dropout.

    Args:
        filters: of the first convolution; twice as many in the second.
        units: of the first fully connected layer; half as many in the second.
        dropout: after each of the two.
        classes: 10 digits, or 11 with what is no digit.
    """
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1), name="crops"),
            layers.Conv2D(filters, 5, padding="same"), layers.Activation("relu"), layers.MaxPooling2D(2),
            layers.Conv2D(2 * filters, 3, padding="same"), layers.Activation("relu"), layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(units), layers.Activation("relu"), layers.Dropout(dropout),
            layers.Dense(units // 2), layers.Activation("relu"), layers.Dropout(dropout),
            layers.Dense(classes), layers.Activation("softmax"),
        ],
        name="lenet",
    )  # fmt: skip


def residual(width: int = 24, units: int = 64, dropout: float = 0.3, classes: int = CLASSES) -> keras.Model:
    """A small residual network (He et al., CVPR 2016): 14x14 and 7x7, one block each, then a dense layer; to logits.

    It looks at 28x28 only with its first strided 5x5 convolution: on a processor, full resolution costs most of the
    time and brings least.

    Args:
        width: channels at 14x14; twice as many at 7x7.
        units: of the dense layer.
        dropout: before the last layer.
        classes: 10 digits, or 11 with what is no digit.
    """
    inputs = keras.Input((SIZE, SIZE, 1), name="crops")
    x = convolution(inputs, width, kernel=5, strides=2)
    x = layers.add([x, convolution(x, width)])
    x = convolution(x, 2 * width, strides=2)
    x = layers.add([x, convolution(x, 2 * width)])
    x = layers.Flatten()(x)
    x = layers.Dense(units, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(classes, name="logits")(x), name="residual")


def convolution(
    x: keras.KerasTensor, filters: int, kernel: int | tuple[int, int] = 3, strides: int | tuple[int, int] = 1
) -> keras.KerasTensor:
    """A convolution that keeps the size but for its strides, normalized by batch (Ioffe and Szegedy, ICML 2015)."""
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {"lenet": lenet, "residual": residual}
"""By the name that the command line takes."""


def sizes(architecture: str, given: str) -> dict[str, float]:
    """Sizes of a network from text such as `filters=16,dropout=0.4`; whole numbers but for the dropout.

    Raises:
        UsageError: the network has no such size, or it is no number that makes sense.
    """
    known = [name for name in inspect.signature(ARCHITECTURES[architecture]).parameters if name != "classes"]
    found: dict[str, float] = {}
    for part in filter(None, given.split(",")):
        name, _, value = part.strip().partition("=")
        try:
            number = float(value) if name == "dropout" else int(value)
        except ValueError:
            number = -1
        if name not in known or number < 0 or (name == "dropout" and number >= 1) or (name != "dropout" and number < 2):
            raise UsageError(
                f"--network {part}: {architecture} has the sizes {', '.join(known)}; such as {known[0]}=16"
            )
        found[name] = number
    return found
