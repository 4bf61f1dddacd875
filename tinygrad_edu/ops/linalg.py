"""Inverse, linear systems, determinant and Cholesky's root, of a matrix or of each of a stack."""

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

log_abs_det = op("log_abs_det", "np.linalg.slogdet(x)[1]", x="g[..., None, None] * np.linalg.inv(x).mT",
                 doc="log |det x|, where det x itself would overflow: the second part of `np.linalg.slogdet`.")

det_sign = op("det_sign", "np.linalg.slogdet(x)[0]", x="np.where(True, 0, g[..., None, None])",
              doc="The sign of det x, which stays as it is nearby: the first part of `np.linalg.slogdet`.")


@on_paper("Φ(m)")
def _half_below(m):
    """What stands below the diagonal, and half of what stands on it."""
    return np.tril(m) * (1 - np.eye(m.shape[-1], dtype=m.dtype) / 2)


@on_paper("cholesky_backward(y, g)")
def _cholesky_back(y, g):
    """With S = L⁻ᵀ Φ(Lᵀ g) L⁻¹, S + Sᵀ is the gradient for a pair of mirrored entries; it goes to
    the lower one, which is the one that NumPy reads."""
    s = np.linalg.solve(y.mT, np.linalg.solve(y.mT, _half_below(y.mT @ g)).mT)
    return _half_below(s + s.mT)


cholesky = op("cholesky", "np.linalg.cholesky(x)", x="_cholesky_back(y, g)",
              doc="The lower triangular L with L Lᵀ = x, for x symmetric and positive definite. As NumPy's, it reads the "
                  "lower triangle alone, and there the gradient is: off the diagonal twice the symmetric one that JAX "
                  "and PyTorch give, with the same total for any x that is symmetric. Source: Murray 2016, eq. 8.")
