"""Rows of products of matrices and vectors, and of linear algebra."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cases import Case, Row, real

EINSUMS = [("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
           ("ij->j", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("iij->j", (2, 2, 3)), ("iji->j", (2, 3, 2)),
           ("i,j,k->ijk", (2,), (3,), (2,)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)),
           ("...ij,jk->...ik", (5, 2, 3), (3, 4)), ("...i,...i->...", (4, 3), (2, 4, 3)), ("i...->...", (2, 3, 4)),
           ("i,i", (3,), (3,)), (",i->i", (), (3,)),
           ("ij,ij->ij", (2, 3), (2, 3)), ("ii,i->i", (3, 3), (3,)), ("ij,k->i", (2, 3), (4,)), ("->", ()),
           ("ij,jk->ik", (0, 3), (3, 2)), ("b...i,bij->b...j", (2, 4, 3), (2, 3, 2))]


def square(*shape: int, salt: int = 0) -> np.ndarray:
    """Far from singular."""
    return real(shape, salt) / 4 + 2 * np.eye(shape[-1])


def _contraction(*xs: Any, subscripts: str) -> Any:
    return np.asarray(np.einsum(subscripts, *xs))


def _det(x: Any) -> Any:
    """By the first row."""
    n = x.shape[-1]
    if n == 0:
        return np.ones(x.shape[:-2], x.dtype)
    rest = [np.delete(x[..., 1:, :], j, -1) for j in range(n)]
    return sum((-1) ** j * x[..., 0, j] * _det(rest[j]) for j in range(n))


def _cholesky(x: Any) -> Any:
    """Column by column, from the lower triangle."""
    out = np.zeros_like(x)
    for j in range(x.shape[-1]):
        rest = x[..., j:, j] - np.einsum("...ik,...k->...i", out[..., j:, :j], out[..., j, :j])
        out[..., j:, j] = rest / np.sqrt(rest[..., :1])
    return out


def _log_abs_det(x: Any) -> Any:
    found = _det(x)
    return np.log(found * np.sign(found.real))


def symmetric(*shape: int) -> np.ndarray:
    """Positive definite; above the diagonal stands what Cholesky's root must not read."""
    x = square(*shape)
    return np.tril(x @ x.swapaxes(-1, -2)) + np.triu(x, 1)


def negative(*shape: int) -> np.ndarray:
    """Far from singular, with two rows exchanged."""
    return square(*shape)[..., [1, 0, *range(2, shape[-1])], :]


DETERMINANTS = [Case((x,)) for x in (square(1, 1), square(3, 3), negative(2, 2), negative(2, 3, 3), square(0, 2, 2),
                                     np.zeros((0, 0)))]

ROWS: dict[str, Row] = {
    "cholesky": Row(_cholesky, [Case((symmetric(*s),)) for s in [(1, 1), (2, 2), (4, 4), (2, 3, 3), (0, 2, 2)]],
                    analytic=False),
    "log_abs_det": Row(_log_abs_det, DETERMINANTS, analytic=False),
    "det_sign": Row(lambda x: np.sign(_det(x).real), DETERMINANTS, analytic=False),
    "matmul": Row(lambda a, b: np.einsum("...ij,...jk->...ik", a, b),
                  [Case((real(s), real(t, 1))) for s, t in
                   [((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
                    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 3), (3, 1)), ((1, 1), (1, 1)),
                    ((1, 2, 3), (4, 3, 2))]]),
    "matvec": Row(lambda a, b: np.einsum("...ij,j->...i", a, b),
                  [Case((real(s), real(t, 1))) for s, t in
                   [((2, 3), (3,)), ((5, 2, 3), (3,)), ((0, 3), (3,)), ((2, 0), (0,)), ((1, 3), (3,)),
                    ((3, 1), (1,))]]),
    "vecmat": Row(lambda a, b: np.einsum("i,...ij->...j", a, b),
                  [Case((real(s), real(t, 1))) for s, t in
                   [((3,), (3, 4)), ((3,), (5, 3, 4)), ((3,), (3, 0)), ((0,), (0, 2)), ((3,), (3, 1)),
                    ((1,), (1, 3))]]),
    "inner": Row(lambda a, b: np.sum(a * b),
                 [Case((real(s), real(s, 1))) for s in [(3,), (1,), (0,)]]),
    "outer": Row(lambda a, b: a.reshape(-1, 1) * b.reshape(1, -1),
                 [Case((real(s), real(t, 1))) for s, t in [((3,), (4,)), ((), (2,)), ((2, 2), (3, 1)), ((0,), (2,))]]),
    "contraction": Row(_contraction, [Case(tuple(real(s, k) for k, s in enumerate(shapes)), {"subscripts": text})
                                      for text, *shapes in EINSUMS]),
    "inv": Row(np.linalg.inv, [Case((square(*s),)) for s in [(1, 1), (3, 3), (2, 3, 3), (0, 2, 2)]]),
    "det": Row(_det, [Case((square(*s),)) for s in [(1, 1), (2, 2), (5, 5), (6, 6), (2, 3, 3), (0, 2, 2)]]
               + [Case((np.arange(1.0, 10).reshape(3, 3),)), Case((np.zeros((0, 0)),))]),
    "solve_matrix": Row(np.linalg.solve, [Case((square(*s), real(t, 1))) for s, t in
                                          [((3, 3), (3, 2)), ((1, 1), (1, 1)), ((2, 3, 3), (2, 3, 2)),
                                           ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((3, 3), (3, 0))]]),
    "solve_vector": Row(lambda a, b: np.linalg.solve(a, np.broadcast_to(b, a.shape[:-1])[..., None])[..., 0],
                        [Case((square(*s), real(t, 1))) for s, t in [((3, 3), (3,)), ((1, 1), (1,)),
                                                                     ((2, 3, 3), (3,))]]),
}
