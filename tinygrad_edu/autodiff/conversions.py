"""What Python and NumPy ask of an object: its length, its truth, a number, an array, a copy.

Each answer keeps the gradient, or says that it would be lost and what to write instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .messages import array_instead, describe, only_compared, represent
from .modes import mode


def read_only(array: np.ndarray) -> np.ndarray:
    """A view of an array that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view


def array_of(x: Any) -> np.ndarray:
    """The numbers of a tensor as a read-only view: nothing is copied. Anything else as np.asarray.

    For pictures and debuggers, which look at every tensor of a graph and change none.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> array_of(w), array_of(w).flags.writeable
    (array([1., 2.]), False)
    """
    if not isinstance(x, Conversions):
        return np.asarray(x)
    if mode.tape is not None:
        mode.tape.escapes(x, "a look at its numbers")
    return read_only(x._data)


class Conversions:
    """The part of a Tensor that is not about differentiation."""

    __slots__ = ()
    _data: np.ndarray

    def __len__(self: Any) -> int:
        return len(self._data)

    def __iter__(self: Any) -> Iterator[Any]:
        if self.ndim == 0:
            raise TypeError(
                f"{describe(self)} is one number and cannot be iterated over; write .item()"
            )
        return (self[i] for i in range(len(self)))

    def __bool__(self: Any) -> bool:
        if self.size != 1:
            raise ValueError(
                f"{describe(self)} has {self.size} entries and no single truth; write (x > "
                "0).all() or .any(), or tg.where for a choice entry by entry"
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "its truth (if, while, and, or)")
        return bool(self._data)

    def __float__(self: Any) -> float:
        return float(self._constant("float()"))

    def __int__(self: Any) -> int:
        return int(self._constant("int()"))

    def __index__(self: Any) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError(
                f"an index is one whole number, and {describe(self)} is {self.dtype} of shape "
                f"{self.shape}; write t.argmax() for a place, .astype(int) for whole "
                "numbers, xs[i] of each entry"
            )
        return int(self.item())

    def __format__(self: Any, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def _constant(self: Any, what: str) -> float:
        """The only entry, where no gradient is lost with it: of a constant, of anything under
        no_grad(), and of a loss whose backward() has run."""
        if (
            self._requires_grad
            and mode.recording
            and (self.op is None or self._grad is None)
            and self.size == 1
        ):
            raise TypeError(
                f"{what} of {describe(self)} would lose its gradient silently, and so do "
                "math.tanh(x), '%f' % x and array[i] = x, which call it; write tg.tanh(x), "
                "tg.stack(xs), or x.item() for the number alone"
            )
        return self.item()

    def __array__(
        self: Any, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> np.ndarray:
        if self._requires_grad and not only_compared(sys._getframe(1)):
            raise TypeError(
                f"{describe(self)} requires a gradient, which an array would lose silently; write "
                + array_instead(sys._getframe(1))
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "a NumPy array made from it")
        return np.array(read_only(self._data), dtype=dtype, copy=copy)

    @property
    def _mask(self: Any) -> Any:
        """np.ma's functions ask every operand for its mask, and would go on with the bare
        numbers."""
        raise TypeError(
            f"np.ma has no gradients, and {describe(self)} is a tensor; write tg.where(~m.mask, "
            "m.data, 0.0) for the masked array m"
        )

    def __copy__(self: Any) -> Any:
        if self.op is not None:
            return self
        return type(self)(self._data, requires_grad=self._requires_grad, name=self.name)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        if self.op is not None:
            raise RuntimeError(
                f"{describe(self)} is the result of an operation and shares its graph; "
                "copy.deepcopy is for leaves. Write x.detach() first"
            )
        twin = type(self)(self._data, requires_grad=self._requires_grad, name=self.name)
        twin._grad = None if self._grad is None else self._grad.copy()
        return memo.setdefault(id(self), twin)

    def __reduce__(self: Any) -> Any:
        if self.op is not None:
            raise RuntimeError(f"{describe(self)} is the result of an operation; pickle x.detach()")
        kind: Any = type(self)
        return partial(kind, requires_grad=self._requires_grad, name=self.name), (self._data,)

    def __repr__(self: Any) -> str:
        return represent(self)
