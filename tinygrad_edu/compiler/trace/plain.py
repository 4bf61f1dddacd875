"""Arrays, whatever holds them: a tensor, an array that is watched, or what holds several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...autodiff import versions
from ...autodiff.attached import NOTHING
from ...autodiff.record import UNRECORDED
from ...tensor import Tensor
from .watched import Watched


def plain_array(x: Any) -> Any:
    """The array that a tensor or a watched array holds; x itself where it is neither."""
    if isinstance(x, Tensor):
        return x._data
    return np.asarray(x.value if type(x) is Watched else x)


def as_operand(x: Any) -> Any:
    """What an operation computes with: a NumPy number as a plain one, which takes its partners'
    dtype."""
    if type(x) is not Watched:
        return x
    return x.value.item() if isinstance(x.value, np.generic) else x.value


def parts_of(x: Any) -> Iterator[Any]:
    """What an argument is made of."""
    if isinstance(x, (list, tuple)):
        for part in x:
            yield from parts_of(part)
    elif isinstance(x, dict):
        yield from parts_of(list(x.values()))
    else:
        yield x


def unwatched(x: Any) -> Any:
    """An argument with the arrays in the place of what is watched."""
    if type(x) is Watched:
        return x.value
    if isinstance(x, (list, tuple)):
        parts = [unwatched(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return {k: unwatched(v) for k, v in x.items()} if isinstance(x, dict) else x


def wrap(array: Any) -> Tensor:
    """An array as a constant with the same memory."""
    y = Tensor.__new__(Tensor)
    y._data = array if type(array) is np.ndarray else np.asarray(array)
    y._grad = y.op = y.name = None
    y.attached = NOTHING
    y.inputs, y.params = (), UNRECORDED
    y._requires_grad = y.retains = False
    y.step = versions.tick()
    return y
