"""Models that are a chain of layers: f(x) = f⁽ᴸ⁾(… f⁽²⁾(f⁽¹⁾(x)))."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..engine import no_grad
from ..tensor import Tensor
from .initializers import Initializer
from .layers import Dense
from .module import Module


class Sequential(Module):
    """Layers one after the other. Each is named by its class and number, as Keras does: `dense`, `dense_1`.

    `seed` fixes the initial weights of all layers that have no seed of their own and were not called or changed before,
    and the order in which `fit` shuffles where it is given none.

    >>> model = Sequential([Dense(8, "tanh"), Dense(1)], seed=0)
    >>> model(np.zeros((4, 2))).shape
    (4, 1)
    """

    def __init__(self, layers: Iterable[Module], *, seed: int | None = None, name: str | None = None) -> None:
        self.layers, self.name = list(layers), name
        self.seed: int | np.random.SeedSequence | None = seed
        self._input_shape: tuple[int, ...] | None = None
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Module):
                raise TypeError(f"layer {i} of Sequential is {layer!r}, which is no layer; a function f goes in as "
                                "nn.Activation(f)")
        chosen = [layer.name for layer in dict.fromkeys(self.layers) if layer.name and not layer.name_given]
        for name_ in chosen:
            if chosen.count(name_) > 1:
                raise ValueError(f"two layers are named {name_!r}; give each a name of its own")
        self.adopt(seed)

    def members(self) -> Iterator[tuple[str, Tensor | Module]]:
        # Names are made here, each time: a layer can be put into `layers` later, or bring a name from another model.
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
        """Print, and return, the layers with their output shapes and their numbers of parameters."""
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
        rows = [(f"{names[id(layer)]} ({type(layer).__name__})", shape, f"{count:,}")
                for layer, shape, count in zip(self.layers, shapes, counts, strict=True)]
        total = sum(p.size for _, p in self.named_parameters())
        trained = sum(p.size for _, p in self.named_parameters() if p.requires_grad)
        heads = ("Layer (type)", "Output Shape", "Param #")
        wide = [max(len(r[k]) for r in [heads, *rows]) for k in range(3)]
        rule = "_" * (sum(wide) + 6)
        lines = [f"{a:<{wide[0]}}   {b:<{wide[1]}}   {c:>{wide[2]}}" for a, b, c in [heads, *rows]]
        text = "\n".join([f"Model: {self.name or 'sequential'!r}", rule, lines[0], rule, *lines[1:], rule,
                          f"Total params: {total:,}", f"Trainable params: {trained:,}",
                          f"Non-trainable params: {total - trained:,}"])
        if "?" in shapes:
            text += "\nShapes and counts are known after the first call, or model.build((None, features...))."
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class MLP(Sequential):
    """The multilayer perceptron of the lecture, (10): H⁽ᵏ⁾ = σ(H⁽ᵏ⁻¹⁾W⁽ᵏ⁾ + b⁽ᵏ⁾), then the output unit.

    `sizes` are input, hidden and output: `MLP(2, 2, 1)` is the lecture's XOR network. `activation` is that of the
    hidden layers, `output` that of the last (None: linear).

    >>> [p.shape for p in MLP(2, 2, 1, seed=0).parameters()]
    [(2, 2), (2,), (2, 1), (1,)]
    """

    def __init__(self, *sizes: int, activation: str | Callable[[Any], Any] | None = "relu",
                 output: str | Callable[[Any], Any] | None = None,
                 kernel_initializer: str | Initializer = "glorot_uniform", dtype: DTypeLike = np.float32,
                 seed: int | None = None, name: str | None = None) -> None:
        if len(sizes) < 2:
            raise ValueError(f"MLP needs at least an input and an output size, got {sizes}; write MLP(2, 8, 1)")
        pairs = list(zip(sizes, sizes[1:], strict=False))
        super().__init__(
            [Dense(h, activation if k < len(pairs) - 1 else output, input_size=d, dtype=dtype,
                   kernel_initializer=kernel_initializer) for k, (d, h) in enumerate(pairs)], seed=seed, name=name)
