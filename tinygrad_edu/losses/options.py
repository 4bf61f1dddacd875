"""Keras' classes of losses: the functions with their options, for `compile(loss=...)`."""

from __future__ import annotations

from functools import partial

from .functions import (
    Loss,
    binary_crossentropy,
    categorical_crossentropy,
    huber,
    mae,
    mse,
    sparse_categorical_crossentropy,
)


def MeanSquaredError() -> Loss:
    """mean (p - t)²: Keras' name for `mse`.

    >>> MeanSquaredError() is mse
    True
    """
    return mse


def MeanAbsoluteError() -> Loss:
    """mean |p - t|: Keras' name for `mae`.

    >>> MeanAbsoluteError() is mae
    True
    """
    return mae


def Huber(delta: float = 1.0) -> Loss:
    """`huber` with this `delta`, where squares end: Keras' name.

    >>> import numpy as np
    >>> Huber(delta=2.0)(np.array([4.0]), np.array([0.0])).item()
    6.0
    """
    return partial(huber, delta=delta)


def BinaryCrossentropy(from_logits: bool | None = None) -> Loss:
    """`binary_crossentropy` with this `from_logits`: Keras' name.

    `from_logits` True: the model returns logits; False: probabilities; None: the prediction says
    it.

    >>> import numpy as np
    >>> round(BinaryCrossentropy(from_logits=False)(np.array([0.5]), np.array([1.0])).item(), 4)
    0.6931
    """
    return partial(binary_crossentropy, from_logits=from_logits)


def CategoricalCrossentropy(from_logits: bool | None = None) -> Loss:
    """`categorical_crossentropy` with this `from_logits`, see `BinaryCrossentropy`: Keras' name.

    >>> import numpy as np
    >>> loss = CategoricalCrossentropy(from_logits=True)
    >>> round(loss(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])).item(), 4)
    0.6931
    """
    return partial(categorical_crossentropy, from_logits=from_logits)


def SparseCategoricalCrossentropy(from_logits: bool | None = None) -> Loss:
    """`sparse_categorical_crossentropy` with this `from_logits`, see `BinaryCrossentropy`: Keras'
    name.

    >>> import numpy as np
    >>> loss = SparseCategoricalCrossentropy(from_logits=True)
    >>> round(loss(np.array([[0.0, 0.0]]), np.array([1])).item(), 4)
    0.6931
    """
    return partial(sparse_categorical_crossentropy, from_logits=from_logits)
