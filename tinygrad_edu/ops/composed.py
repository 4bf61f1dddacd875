"""What NumPy offers under one name and the catalogue as several operations: a graph shows the
operations.

Each takes arrays or tensors. `stands_for` says which NumPy function a tensor brings here.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ..formula import BY_NUMPY
from .arithmetic import mul
from .choice import astype
from .choice import clip as _clip
from .indexing import diagonal, getitem
from .linalg import solve_matrix, solve_vector
from .linear import contraction, product_of
from .reductions import euclidean_norm, max, min, p_norm, sum
from .shape import _axes, concatenate, expand_dims, ravel, reshape, squeeze


def stands_for(*functions: Callable) -> Callable[[Callable], Callable]:
    def note(ours: Callable) -> Callable:
        BY_NUMPY.update(dict.fromkeys(functions, ours))
        return ours
    return note


def torch_words(**ours: str) -> Callable[[Callable], Callable]:
    """PyTorch's keywords where they mean the same, by their names here: `dim="axis"`."""
    def note(function: Callable) -> Callable:
        @wraps(function)
        def called(*args: Any, **keywords: Any) -> Any:
            if not ours.keys().isdisjoint(keywords):
                keywords = {ours.get(name, name): value for name, value in keywords.items()}
            return function(*args, **keywords)
        return called
    return note


def _array(x: Any) -> Any:
    return x if hasattr(x, "ndim") else np.asarray(x)


# Products

@stands_for(np.matmul)
def matmul(a: Any, b: Any) -> Any:
    """a @ b for matrices, stacks of matrices and vectors, as NumPy's.

    Arguments:
        a (..., n, k) or (k,), b (..., k, m) or (k,)
    Returns: (..., n, m), without n or m where a or b is a vector.
    Error: lengths k that differ. Lecture 07, (7).

    >>> matmul(np.eye(2), np.array([1.0, 2.0]))
    array([1., 2.])
    """
    return product_of(a, b)(a, b)


@stands_for(np.einsum)
def einsum(subscripts: str, *operands: Any, optimize: Any = True) -> Any:
    """Einstein's sum over the letters that the output lacks: "ij,jk->ik" is the matrix product.

    Arguments:
        subscripts: a letter for each axis of each operand; those after `->` stay
        operands: arrays, as many as there are terms
        optimize: taken for NumPy's sake; the order of the products is chosen here
    Returns: an axis for each letter after `->`.
    Error: operands first, NumPy's other way to write it.

    >>> float(einsum("ii", np.array([[1.0, 2.0], [3.0, 4.0]])))
    5.0
    """
    if not isinstance(subscripts, str):
        raise TypeError('einsum is written with subscripts first, einsum("ij,jk->ik", a, b)')
    return contraction(*(_array(x) for x in operands), subscripts=subscripts)


@stands_for(np.tensordot)
@torch_words(dims="axes")
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Σ over the paired axes of a and b.

    Arguments:
        a (...), b (...)
        axes: how many axes are paired, the last of a with the first of b; or the two lists of them
    Returns: the axes of a that are left, then those of b.
    Error: paired axes of different lengths.

    >>> tensordot(np.ones((2, 3)), np.ones((3, 4)), axes=1).shape
    (2, 4)
    """
    a, b = _array(a), _array(b)
    if isinstance(axes, (int, np.integer)):
        axes = range(a.ndim - axes, a.ndim), range(axes)
    left, right = (_axes(x.ndim, tuple(np.atleast_1d(k))) for x, k in zip((a, b), axes, strict=True))
    if [a.shape[k] for k in left] != [b.shape[k] for k in right]:
        raise ValueError(f"tensordot: axes {left} of {a.shape} and {right} of {b.shape} differ in length")
    names = string.ascii_letters[: a.ndim + b.ndim]
    first, second = names[: a.ndim], list(names[a.ndim:])
    for i, k in zip(left, right, strict=True):
        second[k] = first[i]
    kept = [c for c in first if c not in second] + [c for c in second if c not in first]
    return contraction(a, b, subscripts=f"{first},{''.join(second)}->{''.join(kept)}")


@stands_for(np.dot)
def dot(a: Any, b: Any) -> Any:
    """Σ a·b, the product that NumPy calls dot: a @ b for vectors and matrices, a * b where one is a
    number, and for more axes the last of a with the second to last of b.

    Arguments:
        a (..., k), b (k,) or (..., k, m)
    Returns: the axes of a but its last, then those of b but the one that is summed.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    np.float64(11.0)
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return mul(a, b)
    a, b = _array(a), _array(b)
    return matmul(a, b) if b.ndim < 3 else tensordot(a, b, axes=(-1, -2))


@stands_for(np.inner)
def _inner(a: Any, b: Any) -> Any:
    return mul(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else tensordot(a, b, axes=(-1, -1))


@stands_for(np.trace)
@torch_words(dim1="axis1", dim2="axis2")
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Σ x_ii, the sum of a diagonal.

    Arguments:
        a (..., n, n)
        offset: which diagonal: above the main one if positive
        axis1, axis2: the two axes of the matrix
    Returns: a without the two axes.

    >>> float(trace(np.eye(3)))
    3.0
    """
    return sum(diagonal(_array(a), offset=offset, axis1=axis1, axis2=axis2), axis=-1)


# Linear algebra

@stands_for(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """x with A x = b.

    Arguments:
        a (..., n, n), b (n,) or (..., n, m)
    Returns: the shape of b, stacked as a is.
    Error: np.linalg.LinAlgError for a singular A.

    >>> solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 4.0]))
    array([1., 1.])
    """
    a, b = _array(a), _array(b)
    return (solve_vector if b.ndim == 1 else solve_matrix)(a, b)


@stands_for(np.linalg.norm)
@torch_words(dim="axis", keepdim="keepdims", p="ord")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """(Σ |x|^ord)^(1/ord) of vectors, √(Σ x²) where `ord` is None.

    Arguments:
        x (...)
        ord: a number, inf or -inf; of matrices (two axes) 'fro', 1, -1, inf or -inf
        axis: one axis for vectors, two for matrices; None for all entries
        keepdims: whether these axes stay, with length 1
    Returns: x without these axes.
    The gradient at 0 is 0. Error: norms by singular values (2, -2, 'nuc' of matrices), which have
    no rule here.

    >>> float(norm(np.array([3.0, 4.0]))), float(norm(np.array([3.0, 4.0]), ord=1))
    (5.0, 7.0)
    """
    x = _array(x)
    if x.dtype.kind in "biu":
        x = astype(x, dtype=np.float64)              # as NumPy: in int8, |-128| is -128
    if ord is None:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if axis is None and x.ndim not in (1, 2):
        raise ValueError(f"norm: ord={ord!r} is for vectors and matrices, and x has {x.ndim} axes; say which: axis=")
    axes = _axes(x.ndim, axis)
    if len(axes) == 1 and ord != "fro":
        if ord == 2:
            return euclidean_norm(x, axis=axes[0], keepdims=keepdims)
        if ord in (np.inf, -np.inf):
            return (max if ord > 0 else min)(abs(x), axis=axes[0], keepdims=keepdims)
        if not isinstance(ord, str) and ord != 0:
            return p_norm(x, p=ord, axis=axes[0], keepdims=keepdims)
    if len(axes) == 2 and ord == "fro":
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    if len(axes) == 2 and ord in (1, -1, np.inf, -np.inf):
        inner, outer = axes if ord in (1, -1) else axes[::-1]
        y = (max if ord > 0 else min)(sum(abs(x), axis=inner, keepdims=True), axis=outer, keepdims=True)
        return y if keepdims else squeeze(y, axis=axes)
    cure = "; write norm(x), √Σx², for PyTorch's norm(2)" if ord == 2 else ""
    raise TypeError(f"norm: ord={ord!r} over {len(axes)} axes has no gradient rule here{cure}")


# Bounds

@stands_for(np.clip)
def _numpys_clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None, **rest: Any) -> Any:
    return _clip(a, min=a_min if min is None else min, max=a_max if max is None else max, **rest)


# Shapes

def flatten(x: Any, order: Any = "C", *, start_dim: int | None = None) -> Any:
    """All entries in one row, as `ravel`.

    Arguments:
        x (...)
        order, start_dim: NumPy's and PyTorch's words, refused where they mean another order
    Returns: (x.size,).

    >>> flatten([[1, 2], [3, 4]])
    array([1, 2, 3, 4])
    """
    if start_dim is not None or order not in ("C", "K", "A"):
        raise TypeError("flatten puts all entries in one row; write x.reshape(len(x), -1) for PyTorch's flatten(1)")
    return ravel(_array(x))


@stands_for(np.split)
def split(x: Any, indices_or_sections: Any, axis: int = 0, *, dim: int | None = None) -> list[Any]:
    """x cut along an axis.

    Arguments:
        x (...)
        indices_or_sections: into how many equal parts, or at which places
        axis: the axis that is cut
        dim: PyTorch's, refused: there the sizes of the parts are given, not their number
    Returns: a list of the parts.
    Errors: one number; parts that cannot be equal.

    >>> [p.shape for p in split(np.zeros((4, 3)), [1, 3])]
    [(1, 3), (2, 3), (1, 3)]
    """
    x = _array(x)
    if dim is not None:
        raise TypeError(f"split(dim=) takes the size of a part in PyTorch, and the number of parts here; write split(x, "
                        f"x.shape[{dim}] // size, axis={dim})")
    if x.ndim == 0:
        raise ValueError("split: one number cannot be cut; x must have an axis")
    axis = _axes(x.ndim, axis)[0]
    n = x.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        parts = int(indices_or_sections)
        if parts < 1 or n % parts:
            raise ValueError(f"split: {n} along axis {axis} cannot be cut into {parts} equal parts; give the places "
                             "to cut at, [2, 5]")
        places = list(range(0, n + 1, n // parts)) if n else [0] * (parts + 1)
    else:
        places = [0, *(int(p) for p in indices_or_sections), n]
    before = (slice(None),) * axis
    return [getitem(x, index=(*before, slice(a, b))) for a, b in zip(places, places[1:], strict=False)]


@stands_for(np.hstack)
def hstack(xs: Any) -> Any:
    """Side by side: joined along the second axis, vectors and numbers along their only one.

    Arguments:
        xs: a list of arrays that differ in their second axis alone
    Returns: one array.

    >>> hstack([[1, 2], [3]])
    array([1, 2, 3])
    """
    xs = [reshape(x, shape=(1,)) if x.ndim == 0 else x for x in map(_array, xs)]
    return concatenate(xs, axis=0 if xs and xs[0].ndim == 1 else 1)


@stands_for(np.vstack)
def vstack(xs: Any) -> Any:
    """One above the other: joined along the first axis, a vector being a row.

    Arguments:
        xs: a list of arrays that differ in their first axis alone
    Returns: one array.

    >>> vstack([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    return concatenate([expand_dims(ravel(x), axis=0) if x.ndim < 2 else x for x in map(_array, xs)], axis=0)


@stands_for(np.diff)
@torch_words(dim="axis")
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """x[i + 1] - x[i] along an axis, n times.

    Arguments:
        x (...)
        n: how often, 0 or more
        axis: the axis, the last where it is not given
    Returns: x with the axis shorter by n.
    Errors: one number; a negative n.

    >>> diff(np.array([1.0, 4.0, 9.0]))
    array([3., 5.])
    """
    x = _array(x)
    if x.ndim == 0:
        raise ValueError("diff: one number has no neighbours; x must have an axis")
    if n < 0:
        raise ValueError(f"diff: n={n} differences cannot be taken; n is 0, 1, 2, ...")
    before = (slice(None),) * _axes(x.ndim, axis)[0]
    for _ in range(n):
        x = getitem(x, index=(*before, slice(1, None))) - getitem(x, index=(*before, slice(None, -1)))
    return x
