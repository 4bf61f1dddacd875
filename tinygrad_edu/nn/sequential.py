"""Models that are a chain of layers: f(x) = f⁽ᴸ⁾(… f⁽²⁾(f⁽¹⁾(x)))."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

import numpy as np
from numpy.typing import DTypeLike

from .. import habits
from ..autodiff.modes import no_grad
from ..tensor import Tensor
from .activations import ActivationFunction
from .dense import Dense
from .dropout import Dropout
from .initializers import Initializer
from .layers import Activation, Flatten
from .module import Module
from .summary import layer_table
from .tree import Tree


class Sequential(Module):
    """f⁽ᴸ⁾(… f⁽²⁾(f⁽¹⁾(x))): layers one after the other.

    They are given as a list, one by one as in PyTorch, or by `add`. Each is named by its class and
    number, as Keras does: `dense`, `dense_1`. `seed` fixes the initial weights of all layers that
    have no seed of their own and were not called or changed before, and the order in which `fit`
    shuffles where it is given none; `name` is the model's.

    Errors: TypeError for what is no layer; ValueError for two layers with one name.

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
        self.layers: list[Module] = list(given)
        self.name = name
        self.seed: int | np.random.SeedSequence | None = seed
        self._input_shape: tuple[int, ...] | None = None
        self._arrange()

    def _arrange(self) -> None:
        """Check the layers, and give them names, seeds, and the sizes that are known."""
        for i, layer in enumerate(self.layers):
            _check_layer(i, layer)
        chosen = [
            layer.name
            for layer in dict.fromkeys(self.layers)
            if layer.name and not layer.name_given
        ]
        for name_ in chosen:
            if chosen.count(name_) > 1:
                raise ValueError(f"two layers are named {name_!r}; give each a name of its own")
        self.name_and_seed_layers(self.seed)
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
        """Put one more layer at the end, as in Keras.

        Errors: RuntimeError after `compile`; those of `Sequential`, and then nothing has changed.

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

    append = add  # PyTorch's name

    def __len__(self) -> int:
        return len(self.layers)

    def __bool__(self) -> bool:
        return True  # a model without layers is a model

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Module:
        return Sequential(self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Module:
        """The layer of that name or number, as in Keras.

        Errors: ValueError for an unknown name, with the known ones; IndexError for a number.

        >>> model = Sequential([Flatten(), Dense(3)])
        >>> model.get_layer("dense"), model.get_layer(index=0)
        (Dense(3), Flatten())
        """
        if index is not None:
            return self.layers[index]
        layers = dict(self._named_layers())
        if name not in layers:
            known = ", ".join(name for name, _ in self.children())
            raise ValueError(f"there is no layer {name!r}; there are {known}")
        return layers[name]

    def _named_layers(self) -> Iterator[tuple[str, Module]]:
        # Names are made here, each time: a layer can be put into `layers` later, or bring a name
        # from another model.
        names = set[str]()
        numbers: dict[type, int] = {}
        for layer in dict.fromkeys(self.layers):
            cls = type(layer)
            number = numbers[cls] = numbers.get(cls, -1) + 1
            kind = cls.__name__.lower()
            name = layer.name or (f"{kind}_{number}" if number else kind)
            free = itertools.count(1)
            while name in names:
                name = f"{kind}_{next(free)}"
            names.add(name)
            yield name, layer

    def members(self) -> Iterator[tuple[str, Tensor | Tree]]:
        """The layers with their names, then what else is assigned to the model.

        >>> [name for name, _ in Sequential([Dense(3), Dense(3), Flatten()]).members()]
        ['dense', 'dense_1', 'flatten']
        """
        yield from self._named_layers()
        for key, value in vars(self).items():
            if key != "layers":
                yield from self.members_of(key, value)

    def forward(self, x: Any) -> Any:
        """f⁽ᴸ⁾(… f⁽¹⁾(x)) for x (n, ...), an array or a tensor.

        >>> Sequential([Activation("relu"), Flatten()])(np.array([[[-1.0, 2.0]]]))
        array([[0., 2.]])
        """
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        for layer in self.layers:
            x = layer(x)
        if self._input_shape is None and len(shape) > 1:
            self._input_shape = shape[1:]
        return x

    def summary(self) -> str:
        """Print, and return, the layers with their output shapes and numbers of parameters.

        A shape begins with None, the number of examples. "?" stands where the model does not know
        the shape of its inputs yet.

        >>> model = Sequential([Flatten(input_shape=(28, 28)), Dense(10)], seed=0)
        >>> print(model.summary().splitlines()[5])        # doctest: +ELLIPSIS
        Model: 'sequential'
        ...
        dense (Dense)       (None, 10)       7,850
        """
        return super().summary()

    def _summary(self) -> str:
        return layer_table(self, self.layers, self._output_shapes())

    def _output_shapes(self) -> list[str]:
        if self._input_shape is None:
            return ["?"] * len(self.layers)
        shapes = []
        with no_grad():
            x: Any = np.zeros((1, *self._input_shape), np.float32)
            for layer in self.layers:
                x = layer(x)
                shapes.append(str((None, *x.shape[1:])))
        return shapes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


def _check_layer(i: int, layer: Any) -> None:
    """Refuse what is no layer, with the line to write."""
    if isinstance(layer, type) and issubclass(layer, Module):
        raise TypeError(
            f"layer {i} of Sequential is {layer.__name__}, a class; write "
            f"nn.{layer.__name__}(...). A function f goes in as nn.Activation(f)"
        )
    if not isinstance(layer, Module):
        raise TypeError(
            f"layer {i} of Sequential is {layer!r}, which is no layer; a function f goes in as "
            "nn.Activation(f)"
        )


class MLP(Sequential):
    """H⁽ᵏ⁾ = σ(H⁽ᵏ⁻¹⁾W⁽ᵏ⁾ + b⁽ᵏ⁾), then the output unit: the multilayer perceptron.

    `sizes` are those of the input, the hidden layers and the output: `MLP(2, 2, 1)` is the
    lecture's XOR network. `activation` is that of the hidden layers, `output` that of the last
    (None: linear). `kernel_initializer`, `dtype`: see `Dense`; `seed` fixes the initial weights;
    `name` is the model's.

    Errors: ValueError for fewer than two sizes. Source: lecture 07, (10).

    >>> [p.shape for p in MLP(2, 2, 1, seed=0).parameters()]
    [(2, 2), (2,), (2, 1), (1,)]
    """

    def __init__(
        self,
        *sizes: int,
        activation: str | ActivationFunction | None = "relu",
        output: str | ActivationFunction | None = None,
        kernel_initializer: str | Initializer = "glorot_uniform",
        dtype: DTypeLike = np.float32,
        seed: int | None = None,
        name: str | None = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(
                f"MLP needs at least an input and an output size, got {sizes}; write MLP(2, 8, 1)"
            )
        last = len(sizes) - 2
        layers = [
            Dense(
                units,
                output if k == last else activation,
                input_size=inputs,
                dtype=dtype,
                kernel_initializer=kernel_initializer,
            )
            for k, (inputs, units) in enumerate(itertools.pairwise(sizes))
        ]
        super().__init__(layers, seed=seed, name=name)
