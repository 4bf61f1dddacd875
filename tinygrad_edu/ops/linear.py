"""The matrix product, with a formula for each pair of ranks: what is one line for matrices is another for vectors."""

import numpy as np

from ..formula import op

matmul = op("matmul", "a @ b", a="g @ b.mT", b="a.mT @ g", numpy=np.matmul,
            doc="Y = X W for matrices, and for stacks of them: (..., n, k) @ (..., k, m). Lecture 07, (7).")

matvec = op("matvec", "a @ b", a="g[..., None] * b", b="(a.mT @ g[..., None])[..., 0]",
            doc="A matrix, or a stack of them, times one vector: (..., n, k) @ (k,).")

vecmat = op("vecmat", "a @ b", a="(b @ g[..., None])[..., 0]", b="a[:, None] * g[..., None, :]",
            doc="One vector times a matrix, or a stack of them: (k,) @ (..., k, m).")

inner = op("inner", "a @ b", a="g * b", b="g * a", doc="Two vectors: the sum of their products.")


def product_of(a, b):
    """The operation that `a @ b` is, by the ranks of a and b."""
    flat_a, flat_b = (x.ndim == 1 if hasattr(x, "ndim") else np.ndim(x) == 1 for x in (a, b))
    if flat_a:
        return inner if flat_b else vecmat
    return matvec if flat_b else matmul
