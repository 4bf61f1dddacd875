"""Products: of matrices and vectors, with a formula for each pair of ranks, since what is one line
for matrices is another for vectors; and the contraction that `einsum` writes."""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .subscripts import letters

matmul = op("matmul", "a @ b", a="g @ b.mT", b="a.mT @ g",
            doc="Y = X W for matrices, and for stacks of them: (..., n, k) @ (..., k, m). Lecture 07, (7).")

matvec = op("matvec", "a @ b", a="g[..., None] * b", b="(a.mT @ g[..., None])[..., 0]",
            doc="A matrix, or a stack of them, times one vector: (..., n, k) @ (k,).")

vecmat = op("vecmat", "a @ b", a="(b @ g[..., None])[..., 0]", b="a[:, None] * g[..., None, :]",
            doc="One vector times a matrix, or a stack of them: (k,) @ (..., k, m).")

inner = op("inner", "a @ b", a="g * b", b="g * a", doc="Two vectors: the sum of their products.")



@on_paper("v")
def _shaped(v, shape):
    return v.reshape(shape)


outer = op("outer", "np.outer(a, b)", a="_shaped(g @ np.ravel(b), a.shape)", b="_shaped(np.ravel(a) @ g, b.shape)",
           doc="Every entry of a times every entry of b: (a.size, b.size).")


def product_of(a, b):
    """The operation that `a @ b` is, by the ranks of a and b."""
    rank_a = a.ndim if hasattr(a, "ndim") else np.ndim(a)
    rank_b = b.ndim if hasattr(b, "ndim") else np.ndim(b)
    if rank_a == 1:
        return inner if rank_b == 1 else vecmat
    return matvec if rank_b == 1 else matmul


def _contracted_back(g, xs, i, subscripts):
    """dL/dx_i as a contraction: g with all other operands, to the axes of x_i. An axis of x_i that
    is nowhere else was summed, so a vector of ones stretches g over it; one that x_i has twice was
    a diagonal, so an identity puts g back on it."""
    terms, out, free = letters(subscripts, [x.ndim for x in xs])
    operands = [g] + [x for k, x in enumerate(xs) if k != i]
    names, target = [out] + [t for k, t in enumerate(terms) if k != i], ""
    for letter, n in zip(terms[i], xs[i].shape, strict=True):
        if letter in target:
            twin, free = free[0], free[1:]
            operands, names = operands + [np.eye(n, dtype=g.dtype)], names + [letter + twin]
            letter = twin
        elif not any(letter in t for t in names):
            operands, names = operands + [np.ones(n, g.dtype)], names + [letter]
        target += letter
    return contraction(operands, subscripts=f"{','.join(names)}->{target}")


contraction = op("contraction(*xs, subscripts)", "np.einsum(subscripts, *xs, optimize=len(xs) > 2)",
                 xs="_contracted_back(g, xs, i, subscripts)",
                 doc="Einstein's sum: what `einsum(subscripts, ...)` records. Its gradient is another contraction.")
