"""Other shapes for the same entries, and arrays joined. What only looks at memory anew is a
view."""

import math

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op


def _axes(ndim, axis):
    """The axes that `axis` names, counted from 0; all for None, and none of a number, which NumPy
    lets have axis 0."""
    if axis is None or ndim == 0:
        return tuple(range(ndim))
    for a in (named := tuple(int(a) for a in np.atleast_1d(axis))):
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(a % ndim for a in named)


@on_paper("v")
def _restored(v, shape, axis):
    """v, reduced along axis from an array of that shape, with the reduced axes back as length 1."""
    axes = _axes(len(shape), axis)
    return v.reshape(tuple(1 if k in axes else n for k, n in enumerate(shape)))


reshape = op("reshape(x, *, shape)", "np.reshape(x, shape)", x="g.reshape(x.shape)", view=True)
ravel = op("ravel", "np.ravel(x)", x="g.reshape(x.shape)", view=True)
squeeze = op("squeeze(x, *, axis=None)", "np.squeeze(x, axis=axis)", x="g.reshape(x.shape)", view=True,
             numpy=np.squeeze)
expand_dims = op("expand_dims(x, *, axis)", "np.expand_dims(x, axis)", x="g.reshape(x.shape)", view=True)


def _inverse(axes):
    return None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))


transpose = op("transpose(x, *, axes=None)", "np.transpose(x, axes)", x="np.transpose(g, _inverse(axes))", view=True)
swapaxes = op("swapaxes(x, *, axis1, axis2)", "np.swapaxes(x, axis1, axis2)", x="np.swapaxes(g, axis1, axis2)",
              view=True)
moveaxis = op("moveaxis(x, *, source, destination)", "np.moveaxis(x, source, destination)",
              x="np.moveaxis(g, destination, source)", view=True)
broadcast_to = op("broadcast_to(x, *, shape)", "np.broadcast_to(x, shape)", x="g", view=True)
flip = op("flip(x, *, axis=None)", "np.flip(x, axis)", x="np.flip(g, axis)", view=True)


def _back(shift):
    return -shift if isinstance(shift, int) else tuple(-s for s in shift)


roll = op("roll(x, *, shift, axis=None)", "np.roll(x, shift, axis)", x="np.roll(g, _back(shift), axis)")

tril = op("tril(x, *, k=0)", "np.tril(x, k)", x="np.tril(g, k)", doc="What lies on and below diagonal k, 0 above.")
triu = op("triu(x, *, k=0)", "np.triu(x, k)", x="np.triu(g, k)", doc="What lies on and above diagonal k, 0 below.")


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
