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


def matrix_product(a, b):
    """The operation that `a @ b` is, by the ranks of a and b."""
    if a.ndim == 1:
        return inner if b.ndim == 1 else vecmat
    return matvec if b.ndim == 1 else matmul
