"""Dense: the fully connected layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import habits
from ..autodiff.messages import describe
from ..autodiff.modes import untraced
from ..autodiff.record import TRAINED
from ..autodiff.versions import last_change
from ..tensor import Tensor
from .activations import ActivationFunction, get_activation, name_of
from .casting import as_dtype
from .initializers import Initializer, get_initializer
from .module import Module
from .tree import Seed

_KEYWORDS = (
    "activation, input_size, use_bias, kernel_initializer, bias_initializer, dtype, seed, name"
)


class Dense(Module):
    """σ(X·W + b): a fully connected layer, for X (n, d) with W (d, units), b (units,).

    `input_size` is d, taken from the first batch where it is not given (Keras' `input_shape=(d,)`
    and `input_dim=d` say it too). `activation` is σ, a name or a function; without it the layer is
    linear. With `use_bias=False` there is no b. `kernel_initializer` and `bias_initializer` give W
    and b their first numbers, which `seed` fixes. Parameters are float32, as Keras', unless `dtype`
    says otherwise, and inputs are converted to that dtype.

    Errors: ValueError for units below 1, or input sizes that contradict each other; TypeError for a
    dtype that cannot be trained. Source: lecture 07, (7) and (9).

    >>> layer = Dense(3, activation="relu", seed=0)
    >>> layer(np.ones((2, 4))).shape, layer.weight.shape
    ((2, 3), (4, 3))
    """

    weight: Tensor
    bias: Tensor | None
    units: int
    use_bias: bool
    activation: ActivationFunction | None
    kernel_initializer: Initializer
    bias_initializer: Initializer
    dtype: np.dtype[Any]
    seed: Seed
    name: str | None
    input_shape: tuple[int, ...] | None

    def __init__(
        self,
        units: int,
        activation: str | ActivationFunction | None = None,
        *,
        input_size: int | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        dtype: DTypeLike = np.float32,
        seed: Seed = None,
        name: str | None = None,
        input_shape: tuple[int, ...] | None = None,
        input_dim: int | None = None,
        **others: Any,
    ) -> None:
        habits.refuse("Dense", others, _KEYWORDS)
        if units < 1:
            raise ValueError(f"Dense needs at least one unit, got {units}")
        self.units, self.use_bias = int(units), use_bias
        self.activation = get_activation(activation)
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
        # the parameters drawn here: which tensor, and when it was last written
        self._first_values: dict[str, tuple[int, int]] = {}
        self.input_size = _one_size(input_size, input_dim, input_shape)
        self.input_shape = (input_dim,) if input_dim is not None else input_shape

    @property
    def built(self) -> bool:
        """Whether the input size is known, so that the layer can have parameters.

        >>> Dense(3).built, Dense(3, input_size=2).built
        (False, True)
        """
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
    def parameters_drawn(self) -> bool:
        """Whether the parameters have their first numbers.

        >>> layer = Dense(3, input_size=2)
        >>> before = layer.parameters_drawn
        >>> _ = layer.weight
        >>> before, layer.parameters_drawn
        (False, True)
        """
        return {"weight", "bias"} <= vars(self).keys()

    def draw_parameters(self) -> None:
        """Draw the parameters, if the input size is known and they are not drawn yet.

        >>> layer = Dense(3, input_size=2)
        >>> layer.draw_parameters()
        >>> layer.parameters_drawn
        True
        """
        if self.input_size is not None and not self.parameters_drawn:
            self.create(self.input_size)

    def take_name(self, name: str) -> None:
        """Use the name that the model around has for this layer, for its parameters too.

        >>> layer = Dense(1, input_size=2)
        >>> layer.take_name("hidden")
        >>> layer.weight.name
        'hidden.weight'
        """
        super().take_name(name)
        for key in ("weight", "bias"):
            if (p := vars(self).get(key)) is not None and p.name == key:
                p.name = f"{name}.{key}"

    def take_seed(self, seed: Seed) -> None:
        """Use the seed that the model around has for this layer.

        Parameters that were drawn before are drawn again by that seed if none of them was used or
        changed (a layer that shares its weight with another has drawn them early), so that the same
        seed gives the same model.

        >>> a, b = Dense(1, input_size=2), Dense(1, input_size=2)
        >>> _ = a.weight
        >>> a.take_seed(3), b.take_seed(3)
        (None, None)
        >>> bool((a.weight == b.weight).all())
        True
        """
        self.seed = seed
        if (
            seed is None
            or not self._first_values
            or self.first_call is not None
            or self.input_size is None
        ):
            return
        if all(self._untouched(key) for key in self._first_values):
            fresh = self._initial_values(self.input_size)
            for key in self._first_values:
                p = vars(self)[key]
                p.overwrite(fresh[key].astype(p.dtype))

    def _untouched(self, key: str) -> bool:
        """Whether a parameter is the one drawn here, with its first numbers."""
        p: Any = vars(self).get(key)
        identity, step = self._first_values[key]
        return (
            id(p) == identity
            and p.attached.buffer is None
            and p.requires_grad
            and last_change(p) == step
        )

    def _initial_values(self, input_size: int) -> dict[str, np.ndarray[Any, Any]]:
        """The numbers that the parameters begin with."""
        untraced(
            f"draws the parameters of {self!r}",
            "make the layer outside, and call it on a batch once",
        )
        rng = np.random.default_rng(self._entropy if self.seed is None else self.seed)
        values = {}
        for key, shape, initializer in (
            ("weight", (input_size, self.units), self.kernel_initializer),
            ("bias", (self.units,), self.bias_initializer),
        ):
            values[key] = np.asarray(initializer(shape, rng))
            if values[key].shape != shape:
                raise ValueError(
                    f"{self!r}: the initializer of {key} returned {values[key].shape}, not {shape}"
                )
        return values

    def create(self, input_size: int) -> None:
        """Make the parameters, W (input_size, units) and b (units,), with their initial numbers.

        A parameter that was assigned before stays.

        >>> layer = Dense(3)
        >>> layer.create(2)
        >>> layer.weight.shape, layer.bias.shape
        ((2, 3), (3,))
        """
        label = f"{self.name}." if self.name else ""
        made: dict[str, Tensor | None] = {
            key: Tensor(value, self.dtype, requires_grad=True, name=f"{label}{key}")
            for key, value in self._initial_values(input_size).items()
        }
        self.input_size = input_size
        made["bias"] = made["bias"] if self.use_bias else None
        for key in ("weight", "bias"):
            # one that was assigned before stays
            if key not in vars(self):
                setattr(self, key, made[key])
                if (p := made[key]) is not None:
                    self._first_values[key] = id(p), p.step
        if not self.trainable:
            self.apply_trainable()

    def forward(self, x: Any) -> Tensor:
        """σ(x·W + b) for x (n, d), an array or a tensor; returns a tensor (n, units).

        The first call makes the parameters. Errors: ValueError where d is not the input size.

        >>> layer = Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).numpy()
        array([[6., 6.]], dtype=float32)
        """
        if type(x) is not Tensor or x.dtype is not self.dtype:
            x = as_dtype(x, self.dtype)
        shape = x.shape
        if not shape:
            raise ValueError(f"{self!r} wants rows of features, (n, d), and got one number")
        if self.input_size is None:
            self.create(shape[-1])
        weight, bias = self.weight, self.bias
        if shape[-1] != weight.shape[0]:
            flat = math.prod(shape[1:]) == weight.shape[0]
            raise ValueError(
                f"{self!r} has inputs of {weight.shape[0]} features, {describe(x)} has "
                f"{shape[-1]}{'; put nn.Flatten() before it' if flat else ''}"
            )
        # not by way of NumPy's door
        y: Tensor = x @ weight if isinstance(x, Tensor) else weight.__rmatmul__(x)
        if bias is not None:
            y = y + bias
        return y if self.activation is None else self.activation(y)

    def __repr__(self) -> str:
        activation = name_of(self.activation)
        return f"Dense({self.units}{f', {activation}' if activation else ''})"


def _one_size(
    input_size: int | None, input_dim: int | None, input_shape: tuple[int, ...] | None
) -> int | None:
    """The input size, whichever of the three names said it. Errors: they contradict each other."""
    last = input_shape[-1] if input_shape else None
    sizes = {n for n in (input_size, input_dim, last) if n is not None}
    if len(sizes) > 1:
        raise ValueError(f"Dense got several input sizes, {sorted(sizes)}; write input_size= alone")
    return sizes.pop() if sizes else None
