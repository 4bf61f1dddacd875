"""`x.at[index].set(values)`: a new tensor that differs from x in some entries, as JAX writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ops import broadcast_to, getitem, scatter, where


class At:
    """`x.at`: to be indexed."""

    x: Any

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> Entries:
        return Entries(self.x, index)


class Entries:
    """`x.at[index]`: what can be done to these entries. Each method gives a new tensor; x stays.

    An index that names an entry twice is refused by `set`, `multiply` and `divide`, where the order
    would decide; `add` and `subtract` count both. Source: jax.numpy.ndarray.at.
    """

    x: Any
    index: Any
    chosen: Any  # x[index]

    def __init__(self, x: Any, index: Any) -> None:
        self.x, self.index = x, index
        self.chosen = getitem(x, index=index) if not hasattr(index, "_data") else x[index]

    def set(self, values: Any) -> Any:
        """y[index] = values, y elsewhere x.

        >>> import tinygrad_edu as tg
        >>> tg.tensor([1.0, 2.0, 3.0]).at[1:].set([7.0, 8.0]).tolist()
        [1.0, 7.0, 8.0]
        """
        return where(self._hits("set") == 1, self._spread(values), self.x)

    def add(self, values: Any) -> Any:
        """y[index] = x[index] + values.

        >>> import tinygrad_edu as tg
        >>> tg.tensor([1.0, 2.0]).at[[0, 0]].add(1.0).tolist()
        [3.0, 2.0]
        """
        return self.x + self._spread(values)

    def subtract(self, values: Any) -> Any:
        """y[index] = x[index] - values."""
        return self.x - self._spread(values)

    def multiply(self, values: Any) -> Any:
        """y[index] = x[index] * values."""
        self._hits("multiply")
        return self.set(self.chosen * values)

    def divide(self, values: Any) -> Any:
        """y[index] = x[index] / values."""
        self._hits("divide")
        return self.set(self.chosen / values)

    def get(self) -> Any:
        """x[index]."""
        return self.chosen

    def _spread(self, values: Any) -> Any:
        """Zeros of x's shape with the values at the index."""
        if not hasattr(values, "_data"):
            values = np.asarray(values, self.x.dtype)
        elif values.dtype != self.x.dtype:
            values = values.astype(self.x.dtype)
        values = broadcast_to(values, shape=self.chosen.shape)
        return scatter(values, index=_plain(self.index), shape=self.x.shape)

    def _hits(self, what: str) -> np.ndarray:
        """How often the index names each entry."""
        hits: np.ndarray = np.zeros(self.x.shape, int)
        np.add.at(hits, _plain(self.index), 1)
        if (hits > 1).any():
            raise ValueError(
                f".at[index].{what}(...): the index names an entry twice, and their order would "
                "decide; write .add(...), or an index without repetition"
            )
        return hits

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f".at[index] has no {name!r}; write .set, .add, .subtract, .multiply or .divide, and "
            "for others x.at[index].set(f(x[index]))"
        )


def _plain(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(_plain, index))
    if isinstance(index, list):
        return np.array(index, None if np.size(index) else np.intp)
    return getattr(index, "_data", index)
