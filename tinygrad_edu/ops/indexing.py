"""Entries picked out, repeated and moved.

What moves the entries of x moves their numbers 0, 1, 2, ... just so: applied to the numbers, the
formula itself says where each entry of the output came from, and there its gradient goes home.
"""

import math

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .primitive import primitive


def _is_basic(index):
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (int, np.integer, slice)) for p in parts)


@primitive("scatter_add")
def _add_at(v, index, shape):
    """Zeros of the given shape, with v added at index."""
    out = np.zeros(shape, v.dtype)
    if _is_basic(index):
        out[index] += v                     # a basic index names no entry twice
    else:
        np.add.at(out, index, v)            # an index array may: each occurrence adds
    return out


getitem = op("getitem(x, *, index)", "x[index]", x="scatter(g, index=index, shape=x.shape)", view=True,
             doc="Basic, advanced and boolean indexing; an entry taken twice gets both gradients.")
scatter = op("scatter(v, *, index, shape)", "_add_at(v, index, shape)", v="g[index]",
             doc="The gradient of indexing; its own gradient is indexing again.")


def _numbers(shape):
    return np.arange(math.prod(shape)).reshape(shape)


@primitive("scatter_to_numbers")
def _home(g, numbers, shape):
    """Each entry of g added to the entry of that number in an array of the given shape; -1 is no
    entry's number."""
    size, numbers = math.prod(shape), np.ravel(np.asarray(numbers))
    return scatter(np.ravel(g), index=numbers, shape=(size + 1,))[:size].reshape(shape)


take = op("take(x, indices, *, axis=None)", "np.take(x, indices, axis=axis)",
          x="_home(g, np.take(_numbers(x.shape), indices, axis=axis), x.shape)", numpy=np.take)
take_along_axis = op("take_along_axis(x, indices, *, axis=-1)", "np.take_along_axis(x, indices, axis)",
                     x="_home(g, np.take_along_axis(_numbers(x.shape), indices, axis), x.shape)")
repeat = op("repeat(x, *, repeats, axis=None)", "np.repeat(x, repeats, axis)",
            x="_home(g, np.repeat(_numbers(x.shape), repeats, axis), x.shape)")
tile = op("tile(x, *, reps)", "np.tile(x, reps)", x="_home(g, np.tile(_numbers(x.shape), reps), x.shape)")
diagonal = op("diagonal(x, *, offset=0, axis1=0, axis2=1)", "np.diagonal(x, offset, axis1, axis2)", view=True,
              x="_home(g, np.diagonal(_numbers(x.shape), offset, axis1, axis2), x.shape)")


@primitive("sorted_numbers")
def _order(x, axis):
    """The numbers of the entries of x, sorted as they are."""
    order = np.asarray(np.argsort(x, axis=axis, kind="stable"))
    return order if axis is None else np.take_along_axis(_numbers(x.shape), order, axis)


sort = op("sort(x, *, axis=-1)", "np.sort(x, axis=axis)", x="_home(g, _order(x, axis), x.shape)", numpy=np.sort,
          doc="Ascending; of equal entries the first stays first, and gets the first one's gradient.")


def _padded(x, pad_width, mode, constant_values):
    moves = ("constant", "edge", "reflect", "symmetric", "wrap")
    if mode not in moves:
        raise TypeError(f"pad: mode {mode!r} has no gradient rule; known: {', '.join(moves)}")
    return np.pad(x, pad_width, mode, **({"constant_values": constant_values} if mode == "constant" else {}))


pad = op("pad(x, *, pad_width, mode='constant', constant_values=0)", "_padded(x, pad_width, mode, constant_values)",
         x="_home(g, _padded(_numbers(x.shape), pad_width, mode, -1), x.shape)", numpy=np.pad,
         doc="Modes constant, edge, reflect, symmetric and wrap.")
