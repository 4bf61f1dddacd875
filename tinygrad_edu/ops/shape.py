"""Operations that move entries without changing them."""

import math

import numpy as np

from ..formula import op

reshape = op("reshape(x, *, shape)", "np.reshape(x, shape)", x="g.reshape(x.shape)", view=True)


def _inverse(axes):
    return None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))


transpose = op("transpose(x, *, axes=None)", "np.transpose(x, axes)", x="np.transpose(g, _inverse(axes))", view=True)
swapaxes = op("swapaxes(x, *, axis1, axis2)", "np.swapaxes(x, axis1, axis2)", x="np.swapaxes(g, axis1, axis2)",
              view=True)
broadcast_to = op("broadcast_to(x, *, shape)", "np.broadcast_to(x, shape)", x="g", view=True)


def _is_basic(index):
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (int, np.integer, slice)) for p in parts)


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


def _piece(g, shapes, i, axis):
    """The part of g that came from the i-th of the arrays joined along axis."""
    sizes = [math.prod(s) if axis is None else s[axis] for s in shapes]
    start = sum(sizes[:i])
    if axis is None:                        # NumPy joins them flattened
        return g[start : start + sizes[i]].reshape(shapes[i])
    index = [slice(None)] * g.ndim
    index[axis] = slice(start, start + sizes[i])
    return g[tuple(index)]


def _layer(g, i, axis):
    index = [slice(None)] * g.ndim
    index[axis] = i
    return g[tuple(index)]


concatenate = op("concatenate(*xs, axis=0)", "np.concatenate(xs, axis=axis)",
                 xs="_piece(g, [x.shape for x in xs], i, axis)")
stack = op("stack(*xs, axis=0)", "np.stack(xs, axis=axis)", xs="_layer(g, i, axis)", numpy=np.stack)
