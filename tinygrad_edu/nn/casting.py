"""The dtype that a layer computes in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autodiff.modes import as_array
from ..tensor import Tensor


def as_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    """x in a layer's dtype, so that float64 data does not turn a float32 network into float64.

    Arrays and constants are converted at once; a tensor that is being differentiated is converted
    by a recorded operation, through which the gradient goes back. Returns an array for an array, a
    tensor for a tensor. Errors: TypeError for what is no array of numbers.

    >>> as_dtype(np.ones(2), np.dtype("float32"))
    array([1., 1.], dtype=float32)
    """
    if not isinstance(x, Tensor):
        return as_array(x, "a layer", dtype)
    if x.dtype == dtype:
        return x
    if x.requires_grad or x.op is not None:
        return x.astype(dtype)  # part of a graph that is being recorded
    return Tensor(x, dtype, name=x.name, copy=False)
