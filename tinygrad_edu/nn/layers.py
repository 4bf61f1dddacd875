"""Layers: Dense, Activation, Flatten."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import habits, ops
from ..autodiff.messages import describe
from ..autodiff.modes import as_array, untraced
from ..autodiff.record import TRAINED
from ..autodiff.versions import last_change
from ..tensor import Tensor
from .initializers import Initializer, get_initializer
from .module import Module

ACTIVATIONS: dict[str, Callable[[Any], Any] | None] = {
    "linear": None,
    "relu": ops.relu,
    "leaky_relu": ops.leaky_relu,
    "elu": ops.elu,
    "gelu": ops.gelu,
    "silu": ops.silu,
    "swish": ops.silu,
    "sigmoid": ops.sigmoid,
    "log_sigmoid": ops.log_sigmoid,
    "tanh": ops.tanh,
    "hard_tanh": ops.hard_tanh,
    "threshold": ops.threshold,
    "softplus": ops.softplus,
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "sin": ops.sin,
    "cos": ops.cos,
    "exp": ops.exp,
    "exponential": ops.exp,
}
"""By name; one with a parameter of its own goes in as a function, `functools.partial(tg.leaky_relu,
slope=0.2)`."""


def get_activation(activation: str | Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    """The function of a name; None and "linear" are the identity; a function is itself."""
    if activation is None or callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"unknown activation {activation!r}; known: {', '.join(ACTIVATIONS)}, or a function"
        )
    return ACTIVATIONS[activation]


class Dense(Module):
    """σ(X·W + b): a fully connected layer, for X (n, d) with W (d, units), b (units,). Lecture 07,
    (7) and (9).

    `input_size` is d, taken from the first batch where it is not given (Keras' `input_shape=(d,)`
    and `input_dim=d` say it too). Parameters are float32, as Keras', unless `dtype` says otherwise,
    and what comes in is brought to that dtype. `seed` fixes the initial weights.

    >>> layer = Dense(3, activation="relu", seed=0)
    >>> layer(np.ones((2, 4))).shape, layer.weight.shape
    ((2, 3), (4, 3))
    """

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Any], Any] | None = None,
        *,
        input_size: int | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        dtype: DTypeLike = np.float32,
        seed: int | np.random.SeedSequence | None = None,
        name: str | None = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
        **others: Any,
    ) -> None:
        habits.refuse(
            "Dense",
            others,
            "activation, input_size, use_bias, kernel_initializer, bias_initializer, dtype, "
            "seed, name",
        )
        if units < 1:
            raise ValueError(f"Dense needs at least one unit, got {units}")
        self.units, self.activation, self.use_bias = (
            int(units),
            get_activation(activation),
            use_bias,
        )
        self.kernel_initializer = get_initializer(kernel_initializer)
        self.bias_initializer = get_initializer(bias_initializer)
        self.dtype, self.seed, self.name = np.dtype(dtype), seed, name
        if self.dtype.char not in TRAINED:
            raise TypeError(
                f"parameters are trained, so floating-point of 32 bits or more, not {self.dtype}; "
                "write dtype=np.float32"
            )
        # where no seed comes: drawn now, so that copies begin alike
        self._entropy = np.random.SeedSequence()
        # the parameters drawn here, and when they were last written
        self._drawn: dict[str, tuple[int, int]] = {}
        sizes = {
            n
            for n in (input_size, input_dim, input_shape[-1] if input_shape else None)
            if n is not None
        }
        if len(sizes) > 1:
            raise ValueError(
                f"Dense got several input sizes, {sorted(sizes)}; write input_size= alone"
            )
        self.input_size = sizes.pop() if sizes else None
        self.input_shape = (input_dim,) if input_dim is not None else input_shape

    @property
    def built(self) -> bool:
        """Whether the input size is known, and so the parameters are there."""
        return self.input_size is not None

    def __getattr__(self, key: str) -> Any:
        # The parameters are drawn when they are first asked for: until then a model around can
        # still give a seed.
        size = self.__dict__.get("input_size")
        if key not in ("weight", "bias"):
            return super().__getattr__(key)
        if size is None:
            return None
        self.create(size)
        return self.__dict__[key]

    @property
    def drawn(self) -> bool:
        """Whether the parameters have their first numbers."""
        return {"weight", "bias"} <= vars(self).keys()

    def draw(self) -> None:
        if self.input_size is not None and not self.drawn:
            self.create(self.input_size)

    def called(self, name: str) -> None:
        super().called(name)
        for key in ("weight", "bias"):
            if (p := vars(self).get(key)) is not None and p.name == key:
                p.name = f"{name}.{key}"

    def reseeded(self, seed: Any) -> None:
        """Take the seed that a model around has for this layer. Parameters that were drawn before
        it came, since another layer shares them for one, are drawn anew by it, if none of them was
        used or changed: the same seed then gives the same model."""
        self.seed = seed
        if (
            seed is None
            or not self._drawn
            or self.first_call is not None
            or self.input_size is None
        ):
            return
        drawn: list[Any] = [
            (key, vars(self).get(key), p, step) for key, (p, step) in self._drawn.items()
        ]
        if all(
            id(p) == q and p.attached.buffer is None and p.requires_grad and last_change(p) == step
            for _, p, q, step in drawn
        ):
            fresh = self._initial(self.input_size)
            for key, p, _, _ in drawn:
                p.overwrite(fresh[key].astype(p.dtype))

    def _initial(self, input_size: int) -> dict[str, np.ndarray]:
        """The numbers that the parameters begin with."""
        untraced(
            f"draws the parameters of {self!r}",
            "make the layer outside, and call it on a batch once",
        )
        rng = np.random.default_rng(self._entropy if self.seed is None else self.seed)
        made = {}
        for key, shape, initializer in (
            ("weight", (input_size, self.units), self.kernel_initializer),
            ("bias", (self.units,), self.bias_initializer),
        ):
            made[key] = np.asarray(initializer(shape, rng))
            if made[key].shape != shape:
                raise ValueError(
                    f"{self!r}: the initializer of {key} returned {made[key].shape}, not {shape}"
                )
        return made

    def create(self, input_size: int) -> None:
        """Make the parameters for inputs of `input_size` features."""
        label = f"{self.name}." if self.name else ""
        made: dict[str, Tensor | None] = {
            key: Tensor(value, self.dtype, requires_grad=True, name=f"{label}{key}")
            for key, value in self._initial(input_size).items()
        }
        self.input_size = input_size
        made["bias"] = made["bias"] if self.use_bias else None
        for key in ("weight", "bias"):
            # one that was assigned before stays
            if key not in vars(self):
                setattr(self, key, made[key])
                if (p := made[key]) is not None:
                    self._drawn[key] = id(p), p.step
        if not self.trainable:
            self.rest()

    def forward(self, x: Any) -> Tensor:
        if type(x) is not Tensor or x._data.dtype is not self.dtype:
            x = as_dtype(x, self.dtype)
        shape = x.shape
        if not shape:
            raise ValueError(f"{self!r} wants rows of features, (n, d), and got one number")
        if self.input_size is None:
            self.create(shape[-1])
        weight, bias = self.weight, self.bias
        if shape[-1] != weight.shape[0]:
            raise ValueError(
                f"{self!r} has inputs of {weight.shape[0]} features, {describe(x)} has "
                f"{x.shape[-1]}"
                + (
                    "; put nn.Flatten() before it"
                    if math.prod(x.shape[1:]) == weight.shape[0]
                    else ""
                )
            )
        # not by way of NumPy's door
        y = x @ weight if isinstance(x, Tensor) else weight.__rmatmul__(x)
        if bias is not None:
            y = y + bias
        return y if self.activation is None else self.activation(y)

    def __repr__(self) -> str:
        activation = getattr(self.activation, "name", None) or getattr(
            self.activation, "__name__", None
        )
        return f"Dense({self.units}{f', {activation}' if activation else ''})"


class Activation(Module):
    """σ(X), entry by entry (softmax: row by row), as a layer of its own.

    >>> Activation("relu")(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    @habits.words
    def __init__(self, activation: str | Callable[[Any], Any], *, name: str | None = None) -> None:
        self.activation, self.name = get_activation(activation), name

    def forward(self, x: Any) -> Any:
        if not isinstance(x, Tensor):
            x = as_array(x, repr(self))
        # as Keras' layers do: a picture of uint8 becomes float32
        if x.dtype.char not in TRAINED:
            x = as_dtype(x, np.dtype(np.float32))
        return x if self.activation is None else self.activation(x)

    def __repr__(self) -> str:
        return f"Activation({getattr(self.activation, 'name', getattr(self.activation, '__name__', 'linear'))})"


class Flatten(Module):
    """(n, a, b, ...) to (n, a·b·...): each image as one row of pixels. `input_shape` (a, b, ...) of
    the first layer of a model tells it before the first batch.

    >>> Flatten()(np.zeros((2, 28, 28))).shape
    (2, 784)
    """

    def __init__(
        self, *, name: str | None = None, input_shape: tuple[int, ...] | None = None, **others: Any
    ) -> None:
        habits.refuse("Flatten", others, "name, input_shape")
        self.name, self.input_shape = name, input_shape

    def forward(self, x: Any) -> Any:
        x = x if isinstance(x, Tensor) else as_array(x, repr(self))
        if x.ndim == 0:
            raise ValueError("Flatten wants a batch, (n, ...), and got one number")
        return x.reshape((x.shape[0], math.prod(x.shape[1:])))

    def __repr__(self) -> str:
        return "Flatten()"


def as_dtype(x: Any, dtype: np.dtype) -> Any:
    """x as a layer computes with it: arrays and constants brought to `dtype` here, so that float64
    data does not turn a float32 network into float64; a tensor that is being differentiated through
    a recorded operation."""
    if not isinstance(x, Tensor):
        return as_array(x, "a layer", dtype)
    if x.dtype == dtype:
        return x
    if x.requires_grad or x.op is not None:
        return x.astype(dtype)  # part of a graph that is being recorded
    return Tensor(x, dtype, name=x.name, copy=False)
