"""Inverse, linear systems and determinant, of a matrix or of each of a stack."""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op

inv = op("inv", "np.linalg.inv(x)", x="-(y.mT @ g @ y.mT)")

solve_matrix = op("solve_matrix", "np.linalg.solve(a, b)", a="-np.linalg.solve(a.mT, g) @ y.mT",
                  b="np.linalg.solve(a.mT, g)", doc="X with A X = B, for a matrix B or a stack of them.")

solve_vector = op("solve_vector", "np.linalg.solve(a, b)",
                  a="-np.linalg.solve(a.mT, g[..., None]) * y[..., None, :]",
                  b="np.linalg.solve(a.mT, g[..., None])[..., 0]", doc="x with A x = b, for one vector b.")


@on_paper("cofactors(x)")
def _cofactors(x):
    """The determinants of what is left without row i and column j, with their signs: d det/dx, for
    singular x too. Matrices larger than 5 × 5 take det(x)·x⁻ᵀ, which a singular one has not."""
    n = x.shape[-1]
    if n > 5:
        return np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT
    keep = np.array([[k for k in range(n) if k != j] for j in range(n)], int).reshape(n, max(n - 1, 0))
    minors = x[..., keep[:, None, :, None], keep[None, :, None, :]]
    return np.linalg.det(minors) * (1 - 2 * (np.add.outer(np.arange(n), np.arange(n)) % 2))


det = op("det", "np.linalg.det(x)", x="g[..., None, None] * _cofactors(x)",
         doc="Its gradient is the matrix of cofactors, exact for singular matrices up to 5 × 5.")
