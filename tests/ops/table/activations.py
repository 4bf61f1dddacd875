"""Rows of the activations and of the softmax family."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .cases import Case, Row, binary, real, reductions, unary


def _parts(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b: np.where that keeps their dtype."""
    return np.where(condition, a, b).astype(np.result_type(a, b))


def _bell(x: Any) -> Any:
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _area(x: Any) -> Any:
    """The normal distribution by its series, 1/2 + φ(x)·Σ x^(2n+1) / (1·3·5⋯(2n+1)): to the last
    digits for |x| < 4."""
    term, total = x + 0, x + 0
    for n in range(1, 80):
        term = term * x * x / (2 * n + 1)
        total = total + term
    return _bell(x) * total + 0.5


def _rbf(x: Any, W: Any, sigma: Any) -> Any:
    return np.exp(-np.sum((x[..., :, None] - W) ** 2, axis=-2) / (sigma * sigma))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _softmax(x: Any, axis: Any = -1) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


ROWS: dict[str, Row] = {
    "multiply_no_nan": Row(lambda x, w: x * w, binary(real, real)),
    "relu": Row(lambda x: np.where(x.real > 0, x, np.zeros((), x.dtype)), unary(), analytic=False),
    "tanh": Row(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), unary()),
    "sigmoid": Row(lambda x: 1 / (1 + np.exp(-x)), unary(), analytic=False),
    "softplus": Row(lambda x: np.log(1 + np.exp(x)), unary(), analytic=False),
    "leaky_relu": Row(lambda x, slope=0.01: np.where(x.real > 0, x, slope * x),
                      unary() + [Case((real((2, 3)),), {"slope": s}) for s in (0, 0.3, 1, -1.0)], analytic=False),
    "elu": Row(lambda x, alpha=1.0: np.where(x.real > 0, x, alpha * (np.exp(x) - 1)),
               unary() + [Case((real((2, 3)),), {"alpha": a}) for a in (0.5, 2)], analytic=False),
    "hard_tanh": Row(lambda x: np.where(np.abs(x.real) > 1, np.sign(x.real), x), unary(), analytic=False),
    "threshold": Row(lambda x, theta=0.0: (x.real >= theta).astype(x.real.dtype),
                     unary() + [Case((real((2, 3)),), {"theta": 0.5})], analytic=False),
    "log_sigmoid": Row(lambda x: -np.log(1 + np.exp(-x)), unary(), analytic=False),
    "silu": Row(lambda x: x / (1 + np.exp(-x)), unary(), analytic=False),
    "normal_pdf": Row(_bell, unary(), analytic=False),
    "normal_cdf": Row(_area, unary(), analytic=False),
    "gelu": Row(lambda x: x * _area(x), unary(), analytic=False),
    "rbf": Row(_rbf, [Case((real(s), real(t, 1), np.array(r))) for s, t, r in
                      [((2,), (2, 3), 1.5), ((4, 2), (2, 3), 2.0), ((4, 2), (2, 3), [1.5, 2.0, 2.5]),
                       ((2, 2, 2), (2, 1), 2.0), ((0, 2), (2, 3), 1.0)]], analytic=False),
    "logaddexp": Row(lambda a, b: np.log(np.exp(a) + np.exp(b)), binary(), analytic=False),
    "softmax": Row(_softmax, [Case((real(s),), p) for s, p in
                              [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
                               ((2, 3, 2), {"axis": (0, 2)}), ((2, 3), {"axis": None}), ((0, 3), {}), ((1,), {})]],
                   analytic=False),
    "log_softmax": Row(lambda x, axis=-1: np.log(_softmax(x, axis)),
                       [Case((real(s),), p) for s, p in
                        [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
                         ((2, 3, 2), {"axis": (0, 2)}), ((2, 3), {"axis": None}), ((0, 3), {}), ((1,), {})]],
                       analytic=False),
    "logsumexp": Row(_logsumexp, reductions(skip_empty=True), analytic=False),
}
