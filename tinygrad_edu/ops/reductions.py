"""Sums, means and extremes along axes."""

import math

import numpy as np

from ..formula import op
from .activations import _restored


def _count(shape, axis):
    """How many entries one result sums."""
    return math.prod(shape if axis is None else (shape[a] for a in np.atleast_1d(axis)))


def _ties(x, y, axis):
    """1 where x is the extreme y, shared evenly where several are: the shares of each slice sum to 1."""
    hit = (x == _restored(y, x.shape, axis)).astype(x.dtype)
    return hit / np.sum(hit, axis=axis, keepdims=True)


# A gradient with reduced axes of length 1 is enough: the engine broadcasts it to the input.
sum = op("sum(x, *, axis=None, keepdims=False)", "np.sum(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis)", numpy=np.sum)
mean = op("mean(x, *, axis=None, keepdims=False)", "np.mean(x, axis=axis, keepdims=keepdims)",
          x="_restored(g, x.shape, axis) / _count(x.shape, axis)", numpy=np.mean)
max = op("max(x, *, axis=None, keepdims=False)", "np.max(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) * _ties(x, y, axis)", numpy=np.max, doc="Ties share the gradient evenly.")
min = op("min(x, *, axis=None, keepdims=False)", "np.min(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) * _ties(x, y, axis)", numpy=np.min, doc="Ties share the gradient evenly.")
argmax = op("argmax(x, *, axis=None, keepdims=False)", "np.argmax(x, axis=axis, keepdims=keepdims)", numpy=np.argmax)
argmin = op("argmin(x, *, axis=None, keepdims=False)", "np.argmin(x, axis=axis, keepdims=keepdims)", numpy=np.argmin)
