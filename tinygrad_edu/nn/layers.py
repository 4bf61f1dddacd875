"""Layers without parameters: Activation and Flatten."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import habits
from ..autodiff.modes import as_array
from ..autodiff.record import TRAINED
from ..tensor import Tensor
from .activations import ActivationFunction, get_activation, name_of
from .casting import as_dtype
from .module import Module


class Activation(Module):
    """σ(X), entry by entry (softmax: row by row), as a layer of its own.

    `activation` is a name or a function of a tensor; `name` is the layer's. Errors: ValueError for
    an unknown name.

    >>> Activation("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    activation: ActivationFunction | None
    name: str | None

    @habits.words
    def __init__(self, activation: str | ActivationFunction, *, name: str | None = None) -> None:
        self.activation, self.name = get_activation(activation), name

    def forward(self, x: Any) -> Any:
        """σ(x) for x of any shape, an array or a tensor; integers become float32.

        >>> Activation("softmax")(np.zeros((1, 4)))
        array([[0.25, 0.25, 0.25, 0.25]])
        """
        if not isinstance(x, Tensor):
            x = as_array(x, repr(self))
        # as Keras' layers do: a picture of uint8 becomes float32
        if x.dtype.char not in TRAINED:
            x = as_dtype(x, np.dtype(np.float32))
        return x if self.activation is None else self.activation(x)

    def __repr__(self) -> str:
        return f"Activation({name_of(self.activation) or 'linear'})"


class Flatten(Module):
    """(n, a, b, ...) to (n, a·b·...): each image as one row of pixels.

    `input_shape` (a, b, ...), of the first layer of a model, tells its size before the first batch.
    `name` is the layer's, in pictures and summaries.

    >>> Flatten()(np.zeros((2, 28, 28))).shape
    (2, 784)
    """

    name: str | None
    input_shape: tuple[int, ...] | None

    def __init__(
        self, *, name: str | None = None, input_shape: tuple[int, ...] | None = None, **others: Any
    ) -> None:
        habits.refuse("Flatten", others, "name, input_shape")
        self.name, self.input_shape = name, input_shape

    def forward(self, x: Any) -> Any:
        """x (n, a, b, ...), an array or a tensor, as rows (n, a·b·...).

        Errors: ValueError for one number, which is no batch.

        >>> Flatten()(np.array([[[1, 2], [3, 4]]]))
        array([[1, 2, 3, 4]])
        """
        x = x if isinstance(x, Tensor) else as_array(x, repr(self))
        if x.ndim == 0:
            raise ValueError("Flatten wants a batch, (n, ...), and got one number")
        return x.reshape((x.shape[0], math.prod(x.shape[1:])))

    def __repr__(self) -> str:
        return "Flatten()"
