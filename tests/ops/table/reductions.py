"""Rows of sums, means, norms and extremes along axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cases import Case, Row, booleans, nonzero, real, reductions

SPREAD = [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "keepdims": True}),
          ((2, 3, 4), {"axis": (0, 2)}), ((2, 3, 4), {"axis": (-1, 1), "keepdims": True}), ((2, 3), {"ddof": 1}),
          ((2, 3), {"axis": 1, "ddof": 1}), ((4, 2), {"axis": 0, "ddof": 1.5}), ((0, 3), {"axis": 1})]
NORMS = [((), {}), ((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "keepdims": True}),
         ((2, 3, 4), {"axis": (0, 2)}), ((2, 3), {"keepdims": True}), ((2, 3, 4), {}), ((3, 0), {"axis": 1})]
RUNNING = [((), {}), ((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}), ((0,), {}),
           ((2, 0), {"axis": 1}), ((2, 0), {"axis": 0}), ((2, 3, 2), {"axis": 1}), ((1, 3), {"axis": 0})]
TRUTHS = [((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": (0, 1), "keepdims": True}), ((), {}), ((0, 3), {}),
          ((0, 3), {"axis": 0})]


def _max(x: Any, axis: Any = None, keepdims: bool = False, sign: int = 1) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis).astype(int))
    rest = tuple(k for k in range(x.ndim) if k not in axes)
    flat = np.transpose(x, rest + axes).reshape([x.shape[k] for k in rest] + [-1 if x.size else
                                                 int(np.prod([x.shape[k] for k in axes]))])
    y = np.take_along_axis(flat, np.argmax(sign * flat.real, axis=-1)[..., None], axis=-1)[..., 0]
    return y.reshape([1 if k in axes else n for k, n in enumerate(x.shape)]) if keepdims else y


def _var(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    n = x.size // max(1, np.mean(x, axis=axis).size) if x.size else x.shape[axis]
    away = x - np.sum(x, axis=axis, keepdims=True) / n
    return np.sum(away * away, axis=axis, keepdims=keepdims) / (n - ddof)


def _norm(x: Any, p: float = 2, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sum((np.sign(x.real) * x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)


def _running(function: Any) -> Any:
    def reference(x: Any, axis: Any = None) -> Any:
        x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
        parts = np.split(x, range(1, x.shape[axis]), axis) if x.shape[axis] else []
        return np.concatenate([function(np.concatenate(parts[: k + 1], axis), axis=axis, keepdims=True)
                               for k in range(len(parts))], axis) if parts else x
    return reference


ROWS: dict[str, Row] = {
    "sum": Row(np.sum, reductions() + [Case((real(()),), {"axis": 0}), Case((real(()),), {"axis": -1})]),
    "mean": Row(np.mean, reductions(skip_empty=True)),
    "max": Row(_max, reductions(skip_empty=True), analytic=False),
    "min": Row(lambda x, **p: _max(x, sign=-1, **p), reductions(skip_empty=True), analytic=False),
    "argmax": Row(np.argmax, [Case((real(s),), p) for s, p in
                              [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
                               ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}), ((), {})]]),
    "argmin": Row(np.argmin, [Case((real(s),), p) for s, p in
                              [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
                               ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}), ((), {})]]),
    "var": Row(_var, [Case((real(s),), p) for s, p in SPREAD], analytic=False),
    "std": Row(lambda x, **p: np.sqrt(_var(x, **p)), [Case((real(s),), p) for s, p in SPREAD], analytic=False),
    "prod": Row(np.prod, reductions() + [Case((real(()),), {"axis": 0}), Case((real(()),), {"axis": -1})]),
    "euclidean_norm": Row(_norm, [Case((real(s),), p) for s, p in NORMS], analytic=False),
    "p_norm": Row(_norm, [Case((nonzero(s),), {"p": n} | p) for s, p in NORMS for n in (1, 3, 1.5)], analytic=False),
    "cumsum": Row(_running(np.sum), [Case((real(s),), p) for s, p in RUNNING]),
    "cumprod": Row(_running(np.prod), [Case((real(s),), p) for s, p in RUNNING]),
    "argsort": Row(lambda x, axis=-1: np.argsort(x, axis=axis, kind="stable"),
                   [Case((real(s),), p) for s, p in [((4,), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": None}),
                                                     ((0,), {})]] + [Case((np.array([2.0, 1, 2, 1]),))]),
    "all": Row(np.all, [Case((booleans(*s),), p) for s, p in TRUTHS] + [Case((np.array([1.0, 0, 2]),))]),
    "any": Row(np.any, [Case((booleans(*s),), p) for s, p in TRUTHS] + [Case((np.array([1.0, 0, 2]),))]),
}
