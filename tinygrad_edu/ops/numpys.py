"""More of NumPy's functions, each a line or a few of what is there: `np.diag(t)`, `np.average(t)`.

Arguments are NumPy's; what none of these lines covers is refused. See `composed`.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from ..formula import BY_NUMPY
from .arithmetic import identity, mul
from .choice import where
from .composed import _array, diff, matmul, norm, split, stands_for, torch_words, trace
from .elementwise import abs as _abs
from .elementwise import round as _round
from .elementwise import trunc
from .indexing import diagonal, getitem, pad, scatter, sort
from .linalg import det_sign, inv, log_abs_det
from .linear import contraction, outer
from .reductions import cumsum, max, mean, min, sum
from .shape import (
    _axes,
    broadcast_to,
    concatenate,
    expand_dims,
    flip,
    ravel,
    reshape,
    roll,
    swapaxes,
)

# Other names of what is here

BY_NUMPY |= {np.amax: max, np.amin: min, np.around: _round, np.fix: trunc, np.fabs: _abs, np.cumulative_sum: cumsum,
             np.linalg.outer: outer, np.linalg.matmul: matmul}


def _same(name: str, *functions: Any) -> None:
    """NumPy's function of one array that leaves a real one as it is."""
    def same(x: Any, **keywords: Any) -> Any:
        return identity(x)
    same.__name__ = name
    BY_NUMPY.update(dict.fromkeys(functions, same))


_same("copy", np.copy)
_same("real", np.real, np.conjugate)


# Products

@stands_for(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """Σ aᵢ bᵢ over all entries, whatever the shapes.

    Arguments:
        a (...), b with as many entries
    Returns: (), one number.

    >>> float(vdot(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]])))
    5.0
    """
    return ravel(_array(a)) @ ravel(_array(b))


@stands_for(np.vecdot, np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    return sum(mul(x1, x2), axis=axis)


@stands_for(*(getattr(np, name) for name in ("matvec", "vecmat") if hasattr(np, name)))
def _one_vector(a: Any, b: Any) -> Any:
    return matmul(a, b)


@stands_for(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Kronecker's product: every entry of a times the whole of b, in blocks.

    Arguments:
        a (n, m), b (k, l), or as many axes as you like
    Returns: (n k, m l), the lengths multiplied axis by axis.

    >>> kron(np.array([1.0, 10.0]), np.array([1.0, 2.0]))
    array([ 1.,  2., 10., 20.])
    """
    a, b = _array(a), _array(b)
    n = a.ndim if a.ndim > b.ndim else b.ndim
    a, b = (reshape(x, shape=(1,) * (n - x.ndim) + tuple(x.shape)) for x in (a, b))
    blocks = mul(reshape(a, shape=tuple(k for size in a.shape for k in (size, 1))),
                 reshape(b, shape=tuple(k for size in b.shape for k in (1, size))))
    return reshape(blocks, shape=tuple(i * j for i, j in zip(a.shape, b.shape, strict=True)))


@stands_for(np.cross, np.linalg.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    a, b = _array(a), _array(b)
    if a.shape[-1] != 3 or b.shape[-1] != 3 or (axisa, axisb, axisc) != (-1, -1, -1) or axis not in (None, -1):
        raise TypeError("np.cross has a gradient rule for vectors of 3 along the last axis; write np.moveaxis(a, axis, "
                        "-1), and a[0] * b[1] - a[1] * b[0] for vectors of 2")
    left = mul(roll(a, shift=-1, axis=-1), roll(b, shift=-2, axis=-1))
    return left - mul(roll(a, shift=-2, axis=-1), roll(b, shift=-1, axis=-1))


@stands_for(np.convolve)
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = _array(a), _array(v)
    if a.ndim != 1 or v.ndim != 1 or mode not in ("full", "valid", "same"):
        raise ValueError(f'np.convolve is of two vectors, with mode "full", "valid" or "same", not {mode!r}')
    a, v = (a, v) if a.size >= v.size else (v, a)
    m, n = v.size, a.size
    wide = pad(a, pad_width=m - 1)
    full = getitem(wide, index=np.arange(n + m - 1)[:, None] + np.arange(m)) @ flip(v, axis=0)
    start = {"full": 0, "valid": m - 1, "same": (m - 1) // 2}[mode]
    length = {"full": n + m - 1, "valid": n - m + 1, "same": n}[mode]
    return getitem(full, index=slice(start, start + length))


# Means and orders

@stands_for(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    if returned:
        raise TypeError("np.average(returned=True) of a tensor: write np.average(...), and weights.sum()")
    a, keepdims = _array(a), keepdims is True
    if weights is None:
        return mean(a, axis=axis, keepdims=keepdims)
    w = _array(weights)
    if w.shape != a.shape:
        if axis is None or w.ndim != 1 or w.shape[0] != a.shape[_axes(a.ndim, axis)[0]]:
            raise TypeError(f"np.average: weights {w.shape} do not fit {tuple(a.shape)} along axis {axis}")
        axis = _axes(a.ndim, axis)[0]
        w = reshape(w, shape=tuple(-1 if k == axis else 1 for k in range(a.ndim)))
    total = sum(broadcast_to(w, shape=tuple(a.shape)), axis=axis, keepdims=keepdims)
    return sum(mul(a, w), axis=axis, keepdims=keepdims) / total


@stands_for(np.median)
@torch_words(dim="axis", keepdim="keepdims")
def median(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The middle one in order, or the mean of the two middle ones, whose gradients are 1/2.

    Arguments:
        a (...)
        axis: the axis, or a tuple of axes; None for all
        keepdims: whether reduced axes stay, with length 1
        out, overwrite_input: NumPy's, refused
    Returns: a without the reduced axes.

    >>> float(median(np.array([3.0, 1.0, 2.0, 10.0])))
    2.5
    """
    return _quantile(a, 0.5, axis=axis, keepdims=keepdims, out=out)


@stands_for(np.quantile)
def _quantile(a: Any, q: Any, axis: Any = None, out: None = None, overwrite_input: bool = False,
              method: str = "linear", keepdims: bool = False, *, weights: None = None, **more: Any) -> Any:
    if out is not None or method != "linear" or weights is not None or hasattr(q, "requires_grad") or more:
        raise TypeError("quantiles of a tensor have a gradient rule with plain q, method='linear', without weights or "
                        "out")
    a, q = _array(a), np.asarray(q, float)
    if not ((q >= 0) & (q <= 1)).all():
        raise ValueError(f"quantiles are in [0, 1], and got {q}")
    axes = _axes(a.ndim, axis)
    others = [k for k in range(a.ndim) if k not in axes]
    flat = np.transpose(a, [*others, *axes]).reshape((*(a.shape[k] for k in others), -1))
    n = flat.shape[-1]
    if not n:
        raise ValueError("there is no median of no entries")
    rising, at = sort(flat, axis=-1), q.reshape(-1) * (n - 1)
    low = np.floor(at).astype(int)
    high, part = np.minimum(low + 1, n - 1), (at - low).astype(a.dtype if a.dtype.kind == "f" else float)
    below, above = getitem(rising, index=(..., low)), getitem(rising, index=(..., high))
    found = below + (above - below) * part
    kept = tuple(1 if k in axes else s for k, s in enumerate(a.shape)) if keepdims else tuple(a.shape[k] for k in others)
    return reshape(np.moveaxis(found, -1, 0), shape=(*q.shape, *kept))


@stands_for(np.percentile)
def _percentile(a: Any, q: Any, *rest: Any, **keywords: Any) -> Any:
    return _quantile(a, np.asarray(q) / 100, *rest, **keywords)


@stands_for(np.ptp)
def _ptp(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Any:
    keepdims = keepdims is True
    return max(_array(a), axis=axis, keepdims=keepdims) - min(_array(a), axis=axis, keepdims=keepdims)


@stands_for(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = _array(y)
    before = (slice(None),) * _axes(y.ndim, axis)[0]
    wide = dx if x is None else diff(_array(x))
    if x is not None and np.ndim(x) == 1:
        wide = reshape(wide, shape=(-1,) + (1,) * (y.ndim - 1 - len(before)))
    elif x is not None:
        wide = diff(_array(x), axis=axis)
    pairs = getitem(y, index=(*before, slice(1, None))) + getitem(y, index=(*before, slice(None, -1)))
    return sum(wide * pairs / 2, axis=axis)


# Linear algebra

class SlogdetResult(NamedTuple):
    """NumPy's pair."""

    sign: Any
    logabsdet: Any


@stands_for(np.linalg.slogdet)
def slogdet(a: Any) -> SlogdetResult:
    """(sign of det a, log |det a|), where det a itself would overflow.

    Arguments:
        a (..., n, n)
    Returns: the pair (sign, logabsdet), each (...).

    >>> sign, log = slogdet(-np.eye(3) * 2)
    >>> float(sign), float(log).__round__(4)
    (-1.0, 2.0794)
    """
    return SlogdetResult(det_sign(_array(a)), log_abs_det(_array(a)))


@stands_for(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    a = _array(a)
    if n == 0:
        return a * 0 + np.eye(a.shape[-1], dtype=a.dtype)
    return reduce(matmul, [inv(a) if n < 0 else a] * math.trunc(n if n > 0 else -n))


@stands_for(np.linalg.multi_dot)
def _multi_dot(arrays: Any, *, out: None = None) -> Any:
    return reduce(matmul, arrays)


@stands_for(np.linalg.vector_norm)
def _vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis is not None and np.ndim(axis):
        raise TypeError("np.linalg.vector_norm of a tensor has a gradient rule along one axis, or over all")
    x = _array(x)
    if axis is not None:
        return norm(x, ord=ord, axis=axis, keepdims=keepdims)
    y = norm(ravel(x), ord=ord)
    return reshape(y, shape=(1,) * x.ndim) if keepdims else y


@stands_for(np.linalg.matrix_norm)
def _matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


@stands_for(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x: Any) -> Any:
    return swapaxes(x, axis1=-2, axis2=-1)


@stands_for(np.linalg.trace)
def _trace(x: Any, *, offset: int = 0) -> Any:
    return trace(x, offset=offset, axis1=-2, axis2=-1)


@stands_for(np.linalg.diagonal)
def _diagonal(x: Any, *, offset: int = 0) -> Any:
    return diagonal(x, offset=offset, axis1=-2, axis2=-1)


@stands_for(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    y = 0 * _array(x)
    for k in range(len(p)):
        y = y * x + p[k]
    return y


# Shapes and choices

@stands_for(np.diag)
@torch_words(diagonal="k")
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with this diagonal.

    Arguments:
        v (n, m) or (n,)
        k: which diagonal: above the main one if positive
    Returns: (min(n, m),) of a matrix, (n, n) of a vector, larger by |k|.
    Error: more than two axes.

    >>> diag(np.array([1.0, 2.0])), diag(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([[1., 0.],
           [0., 2.]]), array([1., 4.]))
    """
    v = _array(v)
    if v.ndim == 2:
        return diagonal(v, offset=k)
    if v.ndim != 1:
        raise ValueError(f"diag is of a vector or a matrix, and got {v.ndim} axes")
    size, at = v.shape[0] + (k if k > 0 else -k), np.arange(v.shape[0])
    place = (at, at + k) if k >= 0 else (at - k, at)
    return scatter(v, index=place, shape=(size, size))


@stands_for(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return diag(ravel(_array(v)), k)


@stands_for(np.fliplr)
def _fliplr(m: Any) -> Any:
    return flip(m, axis=1)


@stands_for(np.flipud)
def _flipud(m: Any) -> Any:
    return flip(m, axis=0)


@stands_for(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return concatenate(_array(arr), _array(values), axis=axis)


@stands_for(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    if np.ndim(indices_or_sections) == 0:
        n, parts = ary.shape[axis], int(indices_or_sections)
        sizes = [n // parts + (k < n % parts) for k in range(parts)]
        indices_or_sections = np.cumsum(sizes)[:-1]
    return split(ary, indices_or_sections, axis)


@stands_for(np.hsplit)
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, axis=0 if ary.ndim == 1 else 1)


@stands_for(np.vsplit)
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return split(ary, indices_or_sections, axis=0)


@stands_for(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return concatenate([reshape(x, shape=(-1, 1)) if x.ndim < 2 else x for x in map(_array, tup)], axis=1)


def _at_least(n: int, arys: tuple) -> Any:
    found = [x if x.ndim >= n else expand_dims(x, axis=tuple(range(n - x.ndim))) for x in map(_array, arys)]
    return found[0] if len(found) == 1 else tuple(found)


@stands_for(np.atleast_1d)
def _atleast_1d(*arys: Any) -> Any:
    return _at_least(1, arys)


@stands_for(np.atleast_2d)
def _atleast_2d(*arys: Any) -> Any:
    return _at_least(2, arys)


@stands_for(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*(np.shape(x) for x in args))
    return tuple(broadcast_to(_array(x), shape=shape) for x in args)


@stands_for(np.unstack)
def _unstack(x: Any, /, *, axis: int = 0) -> Any:
    x = np.moveaxis(x, axis, 0)
    return tuple(x[i] for i in range(len(x)))


@stands_for(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return getitem(ravel(_array(arr)), index=np.ravel(getattr(condition, "_data", np.asarray(condition))).astype(bool))


@stands_for(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        default = where(condition, choice, default)
    return default


@stands_for(np.ediff1d)
def _ediff1d(ary: Any, to_end: None = None, to_begin: None = None) -> Any:
    if to_end is not None or to_begin is not None:
        raise TypeError("np.ediff1d of a tensor: write np.concatenate([begin, np.diff(x), end])")
    return diff(ravel(_array(ary)))


@stands_for(np.degrees, np.rad2deg)
def _degrees(x: Any) -> Any:
    return mul(x, 180 / math.pi)


@stands_for(np.radians, np.deg2rad)
def _radians(x: Any) -> Any:
    return mul(x, math.pi / 180)


@stands_for(np.float_power)
def _float_power(x1: Any, x2: Any) -> Any:
    return np.power(x1, x2)
