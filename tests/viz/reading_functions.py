"""The functions that pictures write by name, each computed by its definition."""

from __future__ import annotations

import math

import numpy as np


def _others(x, axis=None):
    """The product of all others, by multiplying them."""
    x = np.asarray(x, float)
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis))
    out = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        mine = tuple(slice(None) if a in axes else k[a] for a in range(x.ndim))
        rest = x.copy()
        rest[k] = 1
        out[k] = rest[mine].prod()
    return out


def _from_the_end(g, axis=None):
    axis = 0 if axis is None else axis
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def _cumprod_backward(g, x, axis=None):
    """By the definition: ∂(x₀⋯x_k)/∂x_i = the product of the others up to k."""
    flat = np.asarray(x, float).reshape(-1) if axis is None else np.asarray(x, float)
    axis = 0 if axis is None else axis
    out = np.zeros(flat.shape)
    gm, xm, om = (
        np.moveaxis(a, axis, 0) for a in (np.asarray(g, float).reshape(flat.shape), flat, out)
    )
    for i in range(len(xm)):
        for k in range(i, len(xm)):
            om[i] += gm[k] * np.prod(np.delete(xm[: k + 1], i, axis=0), axis=0)
    return out.reshape(np.shape(x))


def _softmax(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _cofactors(x):
    out = np.empty(x.shape)
    for k in np.ndindex(x.shape[:-2]):
        for i, j in np.ndindex(x.shape[-2:]):
            minor = np.delete(np.delete(x[k], i, 0), j, 1)
            out[(*k, i, j)] = (-1) ** (i + j) * np.linalg.det(minor) if minor.size else 1
    return out


def _cholesky_backward(y, g):
    """Φ(S + Sᵀ) of S = L⁻ᵀ Φ(Lᵀ g) L⁻¹, with inverses written out."""
    lower = lambda m: np.tril(m, -1) + np.tril(np.triu(m)) / 2
    inverse = np.linalg.inv(y)
    s = np.swapaxes(inverse, -1, -2) @ lower(np.swapaxes(y, -1, -2) @ g) @ inverse
    return lower(s + np.swapaxes(s, -1, -2))


_area = np.vectorize(lambda v: math.erfc(-v / 2**0.5) / 2, otypes=[float])


FUNCTIONS = {
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": _softmax,
    "Phi": _area,
    "phi": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "softplus": lambda x: np.logaddexp(0, x),
    "sum_from_the_end": _from_the_end,
    "cumprod_backward": _cumprod_backward,
    "product_of_others": _others,
    "cofactors": _cofactors,
    "cholesky_backward": _cholesky_backward,
    "det": np.linalg.det,
    "inv": np.linalg.inv,
    "slogdet": np.linalg.slogdet,
    "cholesky": np.linalg.cholesky,
    "solve": np.linalg.solve,
    "norm": lambda x, axis=None: np.linalg.norm(x, axis=axis),
    "ones": lambda n: np.ones(int(n)),
    "eye": lambda n: np.eye(int(n)),
    "float32": np.float32,
    "float64": np.float64,
    "normal_pdf": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "normal_cdf": _area,
    "take": lambda x, i, axis=None: np.take(x, np.asarray(i, int), axis=axis),
    "take_along_axis": lambda x, i, axis: np.take_along_axis(
        x, np.asarray(i, int), None if axis is None else int(axis)
    ),
}
WITH_WHOLE = (
    "reshape",
    "transpose",
    "swapaxes",
    "moveaxis",
    "flip",
    "roll",
    "tril",
    "triu",
    "repeat",
    "tile",
    "pad",
    "diagonal",
    "expand_dims",
    "squeeze",
    "broadcast_to",
    "round",
)
