"""The networks: crops (28, 28, 1), 0 to 1 -> eleven logits, the digits and NOT_DIGIT."""

from collections.abc import Callable

import keras
from keras import layers

from reader.digits.crops import SIZE

CLASSES = 11


def residual(width: int = 24, units: int = 64, dropout: float = 0.3) -> keras.Model:
    """A small residual network (He et al., CVPR 2016): 14x14 and 7x7, one block each, then a dense layer.

    It looks at 28x28 only with its first strided 5x5 convolution: on a processor, full resolution costs most of the
    time and brings least.

    Args:
        width: channels at 14x14; twice as many at 7x7.
        units: of the dense layer.
        dropout: before the last layer.
    """
    inputs = keras.Input((SIZE, SIZE, 1), name="crops")
    x = _convolution(inputs, width, kernel=5, strides=2)
    x = layers.add([x, _convolution(x, width)])
    x = _convolution(x, 2 * width, strides=2)
    x = layers.add([x, _convolution(x, 2 * width)])
    x = layers.Flatten()(x)
    x = layers.Dense(units, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(CLASSES, name="logits")(x), name="residual")


def _convolution(x: keras.KerasTensor, filters: int, kernel: int = 3, strides: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {"residual": residual}
"""By the name that the command line takes."""
