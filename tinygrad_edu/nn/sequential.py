"""Models that are a chain of layers: f(x) = f⁽ᴸ⁾(… f⁽²⁾(f⁽¹⁾(x)))."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import habits
from ..autodiff.modes import no_grad
from ..tensor import Tensor
from .dropout import Dropout
from .initializers import Initializer
from .layers import Activation, Dense, Flatten
from .module import Module


class Sequential(Module):
    """Layers one after the other, in a list (or one by one, as in PyTorch; or by `add`). Each is
    named by its class and number, as Keras does: `dense`, `dense_1`.

    `seed` fixes the initial weights of all layers that have no seed of their own and were not
    called or changed before, and the order in which `fit` shuffles where it is given none.

    >>> model = Sequential([Dense(8, "tanh"), Dense(1)], seed=0)
    >>> model(np.zeros((4, 2))).shape, model[0]
    ((4, 1), Dense(8, tanh))
    """

    @habits.words
    def __init__(
        self, *layers: Iterable[Module] | Module, seed: int | None = None, name: str | None = None
    ) -> None:
        given: Any = layers[0] if len(layers) == 1 and not isinstance(layers[0], Module) else layers
        if not isinstance(given, Iterable) or isinstance(given, (str, Mapping)):
            raise TypeError(
                f"Sequential takes a list of layers, not {given!r:.40}; write "
                "nn.Sequential([nn.Dense(8), nn.Dense(1)])"
            )
        self.layers, self.name = list(given), name
        self.seed: int | np.random.SeedSequence | None = seed
        self._input_shape: tuple[int, ...] | None = None
        self._arrange()

    def _arrange(self) -> None:
        """Look at the layers: whether they are such, their names, their seeds, and what is known of
        their sizes."""
        for i, layer in enumerate(self.layers):
            if isinstance(layer, type) and issubclass(layer, Module):
                raise TypeError(
                    f"layer {i} of Sequential is {layer.__name__}, a class; write "
                    f"nn.{layer.__name__}(...). A function f goes in as nn.Activation(f)"
                )
            if not isinstance(layer, Module):
                raise TypeError(
                    f"layer {i} of Sequential is {layer!r}, which is no layer; a function f goes "
                    "in as nn.Activation(f)"
                )
        chosen = [
            layer.name
            for layer in dict.fromkeys(self.layers)
            if layer.name and not layer.name_given
        ]
        for name_ in chosen:
            if chosen.count(name_) > 1:
                raise ValueError(f"two layers are named {name_!r}; give each a name of its own")
        self.adopt(self.seed)
        shape = vars(self.layers[0]).get("input_shape") if self.layers else None
        if shape is not None and self._input_shape is None:
            self._input_shape = tuple(shape)
            self._sizes(self._input_shape)

    def _sizes(self, shape: tuple[int, ...]) -> None:
        """Tell the layers their input sizes, as far as they follow from the first one's."""
        for layer in self.layers:
            if type(layer) is Flatten:
                shape = (math.prod(shape),)
            elif type(layer) is Dense:
                layer.input_size = layer.input_size or shape[-1]
                shape = (*shape[:-1], layer.units)
            elif type(layer) not in (Activation, Dropout):
                return

    def add(self, layer: Module) -> None:
        """One more layer at the end, as in Keras.

        >>> model = Sequential(seed=0)
        >>> model.add(Dense(8, "relu"))
        >>> model.add(Dense(1))
        >>> model
        Sequential(Dense(8, relu), Dense(1))
        """
        if getattr(self, "plan", None) is not None:
            raise RuntimeError(
                "add() after compile(): its optimizer and program are those of the model as it "
                "was; add all layers first"
            )
        layers, self.layers = self.layers, [*self.layers, layer]
        try:
            self._arrange()
        except (TypeError, ValueError):
            self.layers = layers
            raise
        if self._input_shape is not None:
            self._sizes(self._input_shape)

    append = add

    def __len__(self) -> int:
        return len(self.layers)

    def __bool__(self) -> bool:
        return True  # a model without layers is a model

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    def __getitem__(self, index: int | slice) -> Any:
        return Sequential(self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Module:
        """The layer of that name or number, as in Keras."""
        if index is not None:
            return self.layers[index]
        found = dict(self.children())
        if name not in found:
            raise ValueError(f"there is no layer {name!r}; there are {', '.join(found)}")
        return found[name]

    def members(self) -> Iterator[tuple[str, Tensor | Module]]:
        # Names are made here, each time: a layer can be put into `layers` later, or bring a name
        # from another model.
        taken = set[str]()
        kinds: list[type] = []
        for layer in dict.fromkeys(self.layers):
            kind, number = type(layer).__name__.lower(), kinds.count(type(layer))
            kinds.append(type(layer))
            name = layer.name or (f"{kind}_{number}" if number else kind)
            free = itertools.count(1)
            while name in taken:
                name = f"{kind}_{next(free)}"
            taken.add(name)
            yield name, layer
        for key, item in super().members():
            if not key.startswith("layers."):
                yield key, item

    def forward(self, x: Any) -> Any:
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        for layer in self.layers:
            x = layer(x)
        if self._input_shape is None and len(shape) > 1:
            self._input_shape = shape[1:]
        return x

    def summary(self) -> str:
        """Print, and return, the layers with their output shapes and their numbers of
        parameters."""
        return super().summary()

    def _summary(self) -> str:
        shapes = ["?"] * len(self.layers)
        if self._input_shape is not None:
            with no_grad():
                x: Any = np.zeros((1, *self._input_shape), np.float32)
                for i, layer in enumerate(self.layers):
                    x = layer(x)
                    shapes[i] = str((None, *x.shape[1:]))
        names = {id(layer): name for name, layer in self.children()}
        counts = [sum(p.size for _, p in layer.named_parameters()) for layer in self.layers]
        rows = [
            (f"{names[id(layer)]} ({type(layer).__name__})", shape, f"{count:,}")
            for layer, shape, count in zip(self.layers, shapes, counts, strict=True)
        ]
        heads = ("Layer (type)", "Output Shape", "Param #")
        wide = [max(len(r[k]) for r in [heads, *rows]) for k in range(3)]
        rule = "_" * (sum(wide) + 6)
        lines = [f"{a:<{wide[0]}}   {b:<{wide[1]}}   {c:>{wide[2]}}" for a, b, c in [heads, *rows]]
        text = "\n".join(
            [
                f"Model: {self.name or 'sequential'!r}",
                rule,
                lines[0],
                rule,
                *lines[1:],
                rule,
                *self.counts(),
            ]
        )
        if "?" in shapes:
            text += "\nShapes and counts are known after the first call, or model.build((None, features...))."
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class MLP(Sequential):
    """The multilayer perceptron of the lecture, (10): H⁽ᵏ⁾ = σ(H⁽ᵏ⁻¹⁾W⁽ᵏ⁾ + b⁽ᵏ⁾), then the output
    unit.

    `sizes` are input, hidden and output: `MLP(2, 2, 1)` is the lecture's XOR network. `activation`
    is that of the hidden layers, `output` that of the last (None: linear).

    >>> [p.shape for p in MLP(2, 2, 1, seed=0).parameters()]
    [(2, 2), (2,), (2, 1), (1,)]
    """

    def __init__(
        self,
        *sizes: int,
        activation: str | Callable[[Any], Any] | None = "relu",
        output: str | Callable[[Any], Any] | None = None,
        kernel_initializer: str | Initializer = "glorot_uniform",
        dtype: DTypeLike = np.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(
                f"MLP needs at least an input and an output size, got {sizes}; write MLP(2, 8, 1)"
            )
        pairs = list(zip(sizes, sizes[1:], strict=False))
        super().__init__(
            [
                Dense(
                    h,
                    activation if k < len(pairs) - 1 else output,
                    input_size=d,
                    dtype=dtype,
                    kernel_initializer=kernel_initializer,
                )
                for k, (d, h) in enumerate(pairs)
            ],
            seed=seed,
            name=name,
        )
