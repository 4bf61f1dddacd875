"""Writing into a tensor: `x[i] = v`, `x += v`. Allowed where no graph loses by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .. import ops
from ..formula import Op
from . import versions
from .inputs import numbers
from .messages import describe
from .modes import mode
from .record import LENT, UNRECORDED, record


def _in_place(op: Op, sign: str) -> Any:
    """x ∘= other: under no_grad() an update, written into the memory of a leaf; else x = x ∘ other,
    since a graph may need the old numbers."""

    def assign(x: Any, other: Any) -> Any:
        recording = mode.recording
        own = x.op is None and x.params is not LENT and x.params is not UNRECORDED
        if not own or (recording and not x._requires_grad):
            return record(op, (x, other))
        if recording:
            name = x.name if x.name and x.name.isidentifier() else "x"
            raise RuntimeError(
                f"{describe(x)} is trained, and {sign} outside no_grad() would put a result of an "
                f"operation in its place, which no step trains; write `with tg.no_grad(): {name} "
                f"{sign} ...` for an update, y = {name} {sign[:-1]} ... for a new tensor"
            )
        y = record(op, (x, other))
        if y.shape != x.shape or y.dtype.kind != x.dtype.kind:
            raise ValueError(
                f"{describe(x)} {sign} ... has the result {describe(y)}, which does not fit into "
                f"it; an update keeps shape and kind. Write y = x {sign[:-1]} ... for a new tensor"
            )
        x[...] = y
        return x

    return assign


def plain_index(index: Any) -> Any:
    """An index without tensors, and a copy of what the user may change later."""
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    if isinstance(index, Assignments):
        tensor: Any = type(index)
        return tensor(index)._data
    if mode.tape is not None and mode.tape.watches(index):
        return mode.tape.plain_index(index)
    # A copy: the graph keeps it, and the user may shuffle theirs.
    if isinstance(index, list):
        return np.array(index, None if np.size(index) else np.intp)
    return index.copy() if isinstance(index, np.ndarray) else index


class Assignments:
    """The part of a Tensor that changes it in place."""

    __slots__ = ()

    def __setitem__(self: Any, index: Any, value: ArrayLike | Any) -> None:
        if self.op is not None or (self._requires_grad and mode.recording):
            raise RuntimeError(
                f"assignment into {describe(self)} would be lost on the graph; write "
                "tg.where(mask, new, old), or `with tg.no_grad(): x[...] = value` to set a leaf"
            )
        if not self._data.flags.writeable:
            raise RuntimeError(
                f"{describe(self)} is read-only: a part of a tensor, or a detached one; write into "
                "the tensor itself, x[i, j] = value for x[i][j] = value, or into tensor(x)"
            )
        index = plain_index(index)
        if mode.tape is not None:
            value = mode.tape.plain_value(value)
        array = getattr(value, "_data", None) if isinstance(value, Assignments) else None
        self._data[index] = numbers(value, "assignment") if array is None else array
        versions.mark_changed(self)
        if mode.tape is not None:
            mode.tape.wrote(self, index, value)

    if not TYPE_CHECKING:  # their types: methods.pyi
        __iadd__, __isub__ = _in_place(ops.add, "+="), _in_place(ops.sub, "-=")
        __imul__, __itruediv__ = _in_place(ops.mul, "*="), _in_place(ops.div, "/=")
        __ifloordiv__, __imod__ = _in_place(ops.floor_divide, "//="), _in_place(ops.mod, "%=")
        __ipow__ = _in_place(ops.power, "**=")
