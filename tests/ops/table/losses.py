"""Rows of the losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cases import Case, Row, real, unit


def _softmax(x: Any, axis: Any = -1) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _cross_entropy(z: Any, t: Any) -> Any:
    p = _softmax(z).reshape(-1, z.shape[-1])
    return np.mean(np.stack([-np.log(p[k, c]) for k, c in enumerate(np.ravel(t))]))


def _bce(z: Any, t: Any) -> Any:
    p = 1 / (1 + np.exp(-z))
    return np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p))


ROWS: dict[str, Row] = {
    "mse": Row(lambda p, t: np.mean((p - t) ** 2), [Case((real(s), real(s, 1))) for s in [(), (3,), (3, 2), (1, 1)]]),
    "bce_with_logits": Row(_bce, [Case((real(s), unit(s, 1))) for s in [(), (3,), (3, 2), (1, 1)]], analytic=False),
    "cross_entropy": Row(_cross_entropy, [Case((real(s), np.array(t, d))) for s, t, d in
                                          [((4, 3), [0, 2, 1, 2], np.int64), ((2, 3), [2, 2], np.uint8),
                                           ((1, 2), [0], np.int32), ((3,), 1, np.int64),
                                           ((2, 2, 3), [[0, 1], [2, 2]], np.int64)]], analytic=False),
}
