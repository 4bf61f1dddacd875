"""Sums, means, extremes, norms, products and running ones, along axes."""

from __future__ import annotations

import math

import numpy as np

from .dual import Dual, side, tip
from .entrywise import entrywise, mul, sub
from .moves import concatenate, getitem, reshape


def axes(x, axis):
    axis = range(x.ndim) if axis is None else np.atleast_1d(axis)
    return tuple(int(a) % x.ndim for a in axis)


def sum(x, axis=None, keepdims=False):
    k = axes(x, axis)
    return Dual(
        np.sum(x.value, axis=k, keepdims=keepdims),
        np.sum(x.tangents, axis=tuple(a + 1 for a in k), keepdims=keepdims),
    )


def mean(x, axis=None, keepdims=False):
    total = sum(x, axis, keepdims)
    count = np.prod([x.shape[a] for a in axes(x, axis)])
    return Dual(total.value / count, total.tangents / count)


def extreme(x, axis, keepdims, sign):
    k = axes(x, axis)
    peak = sign * np.max(sign * x.value.real, axis=k, keepdims=True)
    hit = side(x.value.real - peak) == 0
    share = hit / np.sum(hit, axis=k, keepdims=True)
    weigh = lambda v, extra: np.sum(v * share, axis=tuple(a + extra for a in k), keepdims=keepdims)
    value = np.where(
        np.iscomplexobj(x.value), weigh(x.value, 0), peak if keepdims else np.squeeze(peak, axis=k)
    )
    return Dual(value if np.iscomplexobj(x.value) else value.real, weigh(x.tangents, 1))


def max(x, axis=None, keepdims=False):
    return extreme(x, axis, keepdims, 1)


def min(x, axis=None, keepdims=False):
    return extreme(x, axis, keepdims, -1)


def logsumexp(x, axis=None, keepdims=False):
    k = axes(x, axis)
    peak = np.max(x.value.real, axis=k, keepdims=True)
    e = np.exp(x.value - peak)
    total = np.sum(e, axis=k, keepdims=True)
    value, p = np.log(total) + peak, e / total
    return Dual(
        value if keepdims else np.squeeze(value, axis=k),
        np.sum(p * x.tangents, axis=tuple(a + 1 for a in k), keepdims=keepdims),
    )


def softmax(x, axis=-1):
    k = axes(x, axis)
    e = np.exp(x.value - np.max(x.value.real, axis=k, keepdims=True))
    p = e / np.sum(e, axis=k, keepdims=True)
    inner = np.sum(p * x.tangents, axis=tuple(a + 1 for a in k), keepdims=True)
    return Dual(p, p * (x.tangents - inner))


def log_softmax(x, axis=-1):
    return sub(x, logsumexp(x, axis, True))


def var(x, axis=None, keepdims=False, ddof=0):
    away = sub(x, mean(x, axis, True))
    total = sum(mul(away, away), axis, keepdims)
    count = np.prod([x.shape[a] for a in axes(x, axis)]) - ddof
    return Dual(total.value / count, total.tangents / count)


def root(x):
    """The square root that is flat at 0, the tip of a norm."""
    still = tip(x.value.real)
    y = np.where(still, 0, np.sqrt(x.value))
    return entrywise(x, y, np.where(still, 0, 0.5 / np.where(still, 1, y)))


def std(x, axis=None, keepdims=False, ddof=0):
    return root(var(x, axis, keepdims, ddof))


def euclidean_norm(x, axis=None, keepdims=False):
    return root(sum(mul(x, x), axis, keepdims))


def prod(x, axis=None, keepdims=False):
    """d Π x_i = Σ dx_i Π of the others, written so."""
    k = axes(x, axis)
    rest = [a for a in range(x.ndim) if a not in k]
    shape = [x.shape[a] for a in rest]
    n = math.prod(x.shape[a] for a in k)
    flat = np.transpose(x.value, rest + list(k)).reshape((*shape, n))
    tangents = np.transpose(x.tangents, [0] + [a + 1 for a in rest + list(k)]).reshape(
        (len(x.tangents), *shape, n)
    )
    out = np.prod(flat, axis=-1)
    d = np.zeros((len(tangents), *out.shape), flat.dtype)
    for i in range(flat.shape[-1]):
        d = d + tangents[..., i] * np.prod(np.delete(flat, i, -1), axis=-1)
    y = Dual(out, d)
    return reshape(y, tuple(1 if a in k else n for a, n in enumerate(x.shape))) if keepdims else y


def running(x, axis, function):
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    axis %= x.ndim
    before = (slice(None),) * axis
    return concatenate(
        [
            function(getitem(x, (*before, slice(0, n + 1))), axis=axis, keepdims=True)
            for n in range(x.shape[axis])
        ],
        axis,
    )


def cumsum(x, axis=None):
    return running(x, axis, sum)


def cumprod(x, axis=None):
    return running(x, axis, prod)
