"""Sums, means, norms and extremes along axes, and running sums and products.

`axis` is None for all axes, a number, or a tuple of numbers; `axis=()` reduces nothing.
"""

import math

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .elementwise import _ratio
from .shape import _axes, _restored


def _count(shape, axis):
    """How many entries one result sums."""
    return math.prod(shape[a] for a in _axes(len(shape), axis))


@on_paper("x - mean(x, axis=axis, keepdims=True)")
def _centered(x, axis):
    """x less its mean, exactly 0 for a constant: one entry is taken away first, so that the mean
    cannot round."""
    first = tuple(slice(0, 1) if k in _axes(x.ndim, axis) else slice(None) for k in range(x.ndim))
    x = x - x[first]
    return x - np.mean(x, axis=axis, keepdims=True)


@on_paper("(x == _restored(y, x.shape, axis)) / sum(x == _restored(y, x.shape, axis), axis=axis, keepdims=True)")
def _ties(x, y, axis):
    """1 where x is the extreme y, shared evenly where several are: the shares of each slice sum to
    1."""
    hit = (x == _restored(y, x.shape, axis)).astype(x.dtype)
    return hit / np.sum(hit, axis=axis, keepdims=True)


@on_paper("prod(others(x))")
def _others(x, axis):
    """For each entry the product of all others that are multiplied with it: exact where some of
    them are 0."""
    axes = _axes(x.ndim, axis)
    order = [k for k in range(x.ndim) if k not in axes] + list(axes)
    moved = np.transpose(x, order)
    flat = moved.reshape((*moved.shape[: x.ndim - len(axes)], _count(x.shape, axis)))
    one = np.ones_like(flat[..., :1])
    left = np.cumprod(np.concatenate([one, flat[..., :-1]], axis=-1), axis=-1)
    right = np.flip(np.cumprod(np.flip(np.concatenate([flat[..., 1:], one], axis=-1), -1), axis=-1), -1)
    return np.transpose((left * right).reshape(moved.shape), tuple(np.argsort(order)))


# A gradient with reduced axes of length 1 is enough: the engine broadcasts it to the input.
sum = op("sum(x, *, axis=None, keepdims=False)", "np.sum(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis)", numpy=np.sum)
mean = op("mean(x, *, axis=None, keepdims=False)", "np.mean(x, axis=axis, keepdims=keepdims)",
          x="_restored(g, x.shape, axis) / _count(x.shape, axis)", numpy=np.mean)
var = op("var(x, *, axis=None, ddof=0, keepdims=False)", "np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) * 2 / (_count(x.shape, axis) - ddof) * _centered(x, axis)", numpy=np.var,
         doc="Σ (x - mean x)² / (n - ddof).")
std = op("std(x, *, axis=None, ddof=0, keepdims=False)", "np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) / (_count(x.shape, axis) - ddof) "
           "* _ratio(_centered(x, axis), _restored(y, x.shape, axis))", numpy=np.std,
         doc="√var; the gradient at a constant is 0, the middle of the slopes at that tip.")
prod = op("prod(x, *, axis=None, keepdims=False)", "np.prod(x, axis=axis, keepdims=keepdims)",
          x="_restored(g, x.shape, axis) * _others(x, axis)", numpy=np.prod,
          doc="The gradient is the product of the other entries, exact where some are 0.")
max = op("max(x, *, axis=None, keepdims=False)", "np.max(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) * _ties(x, y, axis)", numpy=np.max, doc="Ties share the gradient evenly.")
min = op("min(x, *, axis=None, keepdims=False)", "np.min(x, axis=axis, keepdims=keepdims)",
         x="_restored(g, x.shape, axis) * _ties(x, y, axis)", numpy=np.min, doc="Ties share the gradient evenly.")

# Norms: the tip at 0 has the gradient 0.
euclidean_norm = op("euclidean_norm(x, *, axis=None, keepdims=False)",
                    "np.linalg.norm(x, axis=axis, keepdims=keepdims)",
                    x="_restored(g, x.shape, axis) * _ratio(x, _restored(y, x.shape, axis))",
                    doc="√(Σ x²), of a vector, or of all entries (Frobenius); its gradient at 0 is 0.")
p_norm = op("p_norm(x, *, p, axis=None, keepdims=False)",
            "np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)", real=True,
            x="_restored(g, x.shape, axis) * np.sign(x) "
              "* _ratio(np.abs(x), _restored(y, x.shape, axis)) ** (p - 1)",
            doc="(Σ |x|^p)^(1/p); its gradient at 0 is 0.")

# What is true, and where: no gradient.
argmax = op("argmax(x, *, axis=None, keepdims=False)", "np.argmax(x, axis=axis, keepdims=keepdims)", numpy=np.argmax)
argmin = op("argmin(x, *, axis=None, keepdims=False)", "np.argmin(x, axis=axis, keepdims=keepdims)", numpy=np.argmin)
argsort = op("argsort(x, *, axis=-1)", "np.argsort(x, axis=axis, kind='stable')", numpy=np.argsort)
all = op("all(x, *, axis=None, keepdims=False)", "np.all(x, axis=axis, keepdims=keepdims)", numpy=np.all)
any = op("any(x, *, axis=None, keepdims=False)", "np.any(x, axis=axis, keepdims=keepdims)", numpy=np.any)


@on_paper("sum_from_the_end(g)")
def _suffix_sums(g, axis, shape):
    """Σ over k >= i of g_k, in the shape of the input: the running sum from the other end."""
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis).reshape(shape)


@on_paper("sum_from_the_end(g * cumprod(x)) / x")
def _running_others(g, x, axis):
    """dL/dx_i = (x_0 ⋯ x_{i-1})·r_i with r_i = g_i + x_{i+1}·r_{i+1}: no division, so a 0 in x is
    exact."""
    axis, shape = (0, (x.size,)) if axis is None else (axis, x.shape)
    g, z = np.moveaxis(g, axis, 0), np.moveaxis(x.reshape(shape), axis, 0)
    if z.shape[0] == 0:
        return g.reshape(x.shape)
    r = [g[-1]]
    for i in range(z.shape[0] - 2, -1, -1):
        r.append(g[i] + z[i + 1] * r[-1])
    before = np.cumprod(np.concatenate([np.ones_like(z[:1]), z[:-1]], axis=0), axis=0)
    return np.moveaxis(before * np.stack(r[::-1], axis=0), 0, axis).reshape(x.shape)


cumsum = op("cumsum(x, *, axis=None)", "np.cumsum(x, axis=axis)", x="_suffix_sums(g, axis, x.shape)",
            numpy=np.cumsum)
cumprod = op("cumprod(x, *, axis=None)", "np.cumprod(x, axis=axis)", x="_running_others(g, x, axis)",
             numpy=np.cumprod)
