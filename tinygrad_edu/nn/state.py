"""The numbers of a module's parameters: copied out, set again, written to a file and read back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import weights as files_of_weights
from ..autodiff.operands import numbers_of
from ..habits.arrays import answering
from ..tensor import Tensor
from ..weights import WeightsError, misfits
from .tree import Tree

Array = np.ndarray[Any, np.dtype[Any]]


class State(Tree):
    """The part of `Module` that gets and sets the numbers of its parameters; see there.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(2, 1, seed=0)
    >>> before = model.get_weights()
    >>> model.set_weights([0 * a for a in before])
    >>> float(abs(model.layers[0].weight.numpy()).max())
    0.0
    """

    def state_dict(self) -> dict[str, Array]:
        """{name: array}, a copy of every parameter.

        >>> from tinygrad_edu import nn
        >>> {name: a.shape for name, a in nn.MLP(2, 1, seed=0).state_dict().items()}
        {'dense.weight': (2, 1), 'dense.bias': (1,)}
        """
        return {name: answering(p.numpy()) for name, p in self.parameters_by_name().items()}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Set all parameters from {name: array}: exactly these names and shapes.

        Errors: `WeightsError` lists all that does not fit, and then nothing has changed. A dtype
        fits if NumPy casts it within its kind: float64 into float32, not into integers.

        >>> from tinygrad_edu import nn
        >>> a, b = nn.MLP(2, 1, seed=0), nn.MLP(2, 1, seed=1)
        >>> b.load_state_dict(a.state_dict())
        >>> bool((a.layers[0].weight == b.layers[0].weight).all())
        True
        """
        own = self.parameters_by_name()
        given = {name: np.asarray(value) for name, value in state.items()}
        wrong = misfits(
            {name: (v.shape, v.dtype) for name, v in given.items()},
            {name: (p.shape, p.dtype) for name, p in own.items()},
            lambda have, want: np.can_cast(have, want, "same_kind"),
        )
        if wrong:
            raise WeightsError(
                f"the state does not fit this model:\n{wrong}\nBuild the model with the names "
                "and sizes it was saved with"
            )
        # all are converted before the first is set
        values = {name: _converted(name, given[name], p) for name, p in own.items()}
        for name, p in own.items():
            p.overwrite(values[name])

    def get_weights(self) -> list[Array]:
        """Copies of all parameters as a list of arrays, in order. Source: Keras' name.

        >>> from tinygrad_edu import nn
        >>> [a.shape for a in nn.MLP(2, 1, seed=0).get_weights()]
        [(2, 1), (1,)]
        """
        return [p.numpy() for p in self.parameters()]

    def set_weights(self, weights: Iterable[ArrayLike]) -> None:
        """Set all parameters from a list like that of `get_weights`.

        Errors: ValueError for another number of arrays; `WeightsError` for other shapes. Nothing
        has changed then.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(2, 1, seed=0)
        >>> model.set_weights([[[1.0], [2.0]], [0.5]])
        >>> model(np.array([[1.0, 1.0]])).numpy()
        array([[3.5]], dtype=float32)
        """
        given, names = list(weights), list(self.parameters_by_name())
        if len(given) != len(names):
            raise ValueError(
                f"set_weights got {len(given)} arrays, and the model has {len(names)} parameters: "
                f"{', '.join(names)}"
            )
        self.load_state_dict(dict(zip(names, given, strict=True)))

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters to `path`, a NumPy archive (.npz): the whole file or nothing.

        A file that stands there keeps its permissions; a link is followed. Errors: OSError as
        `open` gives it, and then the old file still stands.

        >>> from tinygrad_edu import nn
        >>> nn.MLP(2, 1, seed=0).save_weights("model.npz")
        >>> sorted(np.load("model.npz"))
        ['dense.bias', 'dense.weight']
        """
        files_of_weights.save(
            {n: numbers_of(p) for n, p in self.parameters_by_name().items()}, path
        )

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Set all parameters from a file of `save_weights`.

        The file is read without pickle, so that no code in it can run, and takes no more memory
        than the model, whatever it claims. Errors: `WeightsError` for a file that is damaged or of
        another model, and then nothing has changed; OSError if it cannot be opened.

        >>> from tinygrad_edu import nn
        >>> a, b = nn.MLP(2, 1, seed=0), nn.MLP(2, 1, seed=1)
        >>> a.save_weights("model.npz")
        >>> b.load_weights("model.npz")
        >>> bool((a.layers[0].weight == b.layers[0].weight).all())
        True
        """
        like = {name: numbers_of(p) for name, p in self.parameters_by_name().items()}
        self.load_state_dict(files_of_weights.load(path, like))


def _converted(name: str, value: Array, p: Tensor) -> Array:
    """A copy of `value` in the parameter's dtype. It is a copy: the state may be this model's own
    data."""
    with np.errstate(over="ignore"):
        converted = value.astype(p.dtype)
    integers = value.dtype.kind in "iu" and p.dtype.kind in "iu"
    wraps = integers and not np.array_equal(converted, value)
    if wraps or (np.isinf(converted) & np.isfinite(value)).any():
        raise WeightsError(f"the state's {name!r} holds numbers that are too large for {p.dtype}")
    return converted
