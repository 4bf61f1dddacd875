"""One row an operation: a reference written without the catalogue, and the inputs it is tried on.

Every reference is a plain NumPy function that also takes complex arrays, choosing by real parts where it has to
choose: then the complex step, Im f(x + ih)/h, gives its derivative to the last digit.
"""

from __future__ import annotations

import operator
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHAPES = [(), (1,), (4,), (2, 3), (0,), (2, 0, 3)]
PAIRS = [((3, 1), (1, 4)), ((), (4,)), ((4,), ()), ((1,), (4,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 3)),
         ((), ()), ((0,), (1,)), ((0, 3), (3,)), ((2, 1, 3), (4, 1))]
REDUCTIONS = [((), {}), ((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1, "keepdims": True}),
              ((2, 3), {"axis": -2}), ((2, 3, 4), {"axis": (0, 2)}), ((2, 3, 4), {"axis": (-1, 0), "keepdims": True}),
              ((2, 3, 4), {"axis": (2, 1, 0)}), ((2, 3, 4), {"axis": (1,)}), ((2, 3), {"keepdims": True}),
              ((1, 3), {"axis": 0}), ((0, 3), {"axis": 1}), ((2, 3), {"axis": ()}),
              ((2, 3), {"axis": (), "keepdims": True})]
INDICES = [((4,), 2), ((4,), -1), ((4,), np.int64(1)), ((4,), slice(None, None, -1)), ((4,), slice(1, 1)),
           ((4,), [0, 0, 3]), ((4,), np.array([[0, -1], [3, 3]])), ((4,), np.array([True, False, True, False])),
           ((4,), np.zeros(4, bool)), ((4,), np.array(2)), ((), ()), ((), Ellipsis), ((), None), ((2, 3), 1),
           ((2, 3), (slice(None), None, slice(0, 2))), ((2, 3), (..., 0)), ((2, 3), (1, 2)),
           ((2, 3), (np.array([0, 0, 1]), np.array([2, 2, 0]))), ((2, 3), (slice(None), [2, 2])),
           ((2, 3), np.array([[True, False, True], [False, True, True]])), ((2, 3), np.ix_([1, 1], [0, 2])),
           ((2, 3, 4), ([0, 1], slice(None), [3, 3])), ((2, 3), True), ((0, 3), slice(None)),
           ((3,), np.array([], int))]


def real(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Both signs, no two entries within 0.1 of each other, of another salt's, or of 0."""
    n = int(np.prod(shape, dtype=int))
    values = 0.37 * (np.arange(n) - n // 2 + 0.3) + 0.11 * salt
    return np.random.default_rng(zlib.crc32(repr((shape, salt)).encode())).permutation(values).reshape(shape)


def positive(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    return np.abs(real(shape, salt)) + 0.3


def nonzero(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Both signs, away from 0."""
    x = real(shape, salt)
    return x + np.sign(x)


def unit(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Inside (0, 1)."""
    return 1 / (1 + np.exp(-real(shape, salt)))


@dataclass
class Case:
    inputs: tuple
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Row:
    reference: Callable[..., Any]
    cases: list[Case]
    analytic: bool = True       # whether the formula itself takes complex arrays


def unary(domain: Callable = real) -> list[Case]:
    return [Case((domain(s),)) for s in SHAPES]


def binary(first: Callable = real, second: Callable = real) -> list[Case]:
    return [Case((first(s, 0), second(t, 1))) for s, t in PAIRS]


def reductions(skip_empty: bool = False) -> list[Case]:
    return [Case((real(s),), p) for s, p in REDUCTIONS] + ([] if skip_empty else [Case((real((0, 3)),), {"axis": 0})])


def booleans(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).random(shape) < 0.5


def _max(x: Any, axis: Any = None, keepdims: bool = False, sign: int = 1) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis).astype(int))
    rest = tuple(k for k in range(x.ndim) if k not in axes)
    flat = np.transpose(x, rest + axes).reshape([x.shape[k] for k in rest] + [-1 if x.size else
                                                 int(np.prod([x.shape[k] for k in axes]))])
    y = np.take_along_axis(flat, np.argmax(sign * flat.real, axis=-1)[..., None], axis=-1)[..., 0]
    return y.reshape([1 if k in axes else n for k, n in enumerate(x.shape)]) if keepdims else y


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _softmax(x: Any, axis: Any = -1) -> Any:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def _scatter(v: Any, index: Any, shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, v.dtype)
    for place, value in zip(np.arange(out.size).reshape(shape)[index].ravel(), v.ravel(), strict=True):
        out.ravel()[place] += value
    return out


def _cross_entropy(z: Any, t: Any) -> Any:
    p = _softmax(z).reshape(-1, z.shape[-1])
    return np.mean(np.stack([-np.log(p[k, c]) for k, c in enumerate(np.ravel(t))]))


def _bce(z: Any, t: Any) -> Any:
    p = 1 / (1 + np.exp(-z))
    return np.mean(-t * np.log(p) - (1 - t) * np.log(1 - p))


def _clip(x: Any, min: Any = None, max: Any = None) -> Any:
    x = x + np.zeros((), x.dtype)
    x = x if min is None else np.where(x.real < min, x.dtype.type(min), x)
    return x if max is None else np.where(x.real > max, x.dtype.type(max), x)


def _astype(x: Any, dtype: Any) -> Any:
    return x if x.dtype.kind == "c" else x.astype(dtype)


TABLE: dict[str, Row] = {
    # arithmetic
    "add": Row(np.add, binary()),
    "sub": Row(np.subtract, binary()),
    "mul": Row(np.multiply, binary()),
    "div": Row(np.true_divide, binary(real, nonzero)),
    "neg": Row(np.negative, unary()),
    "power": Row(np.power, binary(positive)),
    "power_of": Row(lambda x, n: np.prod([x] * int(n), axis=0) if n in (1, 2, 3) else np.power(x, n),
                    [Case((real(s),), {"n": n}) for s in SHAPES for n in (2, 3)]
                    + [Case((nonzero((2, 3)),), {"n": n}) for n in (0, 1, -1, -2, 0.0, 1.0, 2.0, 4, True)]
                    + [Case((positive((2, 3)),), {"n": n}) for n in (0.5, -0.5, 1.5, 2.5)]),
    "equal": Row(np.equal, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 2])))]),
    "not_equal": Row(np.not_equal, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 2])))]),
    "less": Row(np.less, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 1])))]),
    "less_equal": Row(np.less_equal, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 1])))]),
    "greater": Row(np.greater, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 1])))]),
    "greater_equal": Row(np.greater_equal, binary() + [Case((np.arange(3.0), np.array([0.0, 2, 1])))]),
    "logical_and": Row(np.logical_and, [Case((booleans(2, 4), booleans(4))), Case((booleans(), booleans(3, 1)))]),
    "logical_or": Row(np.logical_or, [Case((booleans(2, 4), booleans(4))), Case((booleans(), booleans(3, 1)))]),
    "logical_not": Row(np.logical_not, [Case((booleans(2, 4),)), Case((booleans(),)), Case((booleans(0),))]),
    # elementwise
    "exp": Row(np.exp, unary()),
    "log": Row(np.log, unary(positive)),
    "sqrt": Row(np.sqrt, unary(positive)),
    "sin": Row(np.sin, unary()),
    "cos": Row(np.cos, unary()),
    "sign": Row(lambda x: np.sign(x.real) if x.dtype.kind == "c" else np.sign(x), unary(), analytic=False),
    "abs": Row(lambda x: np.where(x.real < 0, -x, x), unary(), analytic=False),
    "where": Row(np.where, [Case((booleans(*c), real(a), real(b, 1)))
                            for c, a, b in [((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), ()), ((), (4,), (4,)),
                                            ((2, 1), (3,), (1,)), ((0,), (1,), ()), ((2, 3), (), ())]]),
    "maximum": Row(lambda a, b: np.where(a.real > b.real, a, b), binary(), analytic=False),
    "minimum": Row(lambda a, b: np.where(a.real < b.real, a, b), binary(), analytic=False),
    "clip": Row(_clip, [Case((real(s),), p) for s in SHAPES
                        for p in ({"min": -0.5, "max": 0.6}, {"min": 0}, {"max": 0.2}, {})], analytic=False),
    "astype": Row(_astype, [Case((real(s),), {"dtype": d}) for s in SHAPES for d in ("float32", np.float64)],
                  analytic=False),
    # activations
    "relu": Row(lambda x: np.where(x.real > 0, x, np.zeros((), x.dtype)), unary(), analytic=False),
    "tanh": Row(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), unary()),
    "sigmoid": Row(lambda x: 1 / (1 + np.exp(-x)), unary(), analytic=False),
    "softplus": Row(lambda x: np.log(1 + np.exp(x)), unary(), analytic=False),
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
    # reductions
    "sum": Row(np.sum, reductions()),
    "mean": Row(np.mean, reductions(skip_empty=True)),
    "max": Row(_max, reductions(skip_empty=True), analytic=False),
    "min": Row(lambda x, **p: _max(x, sign=-1, **p), reductions(skip_empty=True), analytic=False),
    "argmax": Row(np.argmax, [Case((real(s),), p) for s, p in
                              [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
                               ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}), ((), {})]]),
    "argmin": Row(np.argmin, [Case((real(s),), p) for s, p in
                              [((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}),
                               ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3), {"keepdims": True}), ((), {})]]),
    # shape
    "reshape": Row(lambda x, shape: np.reshape(x, shape),
                   [Case((real(s),), {"shape": t}) for s, t in
                    [((), (1, 1)), ((1,), ()), ((2, 3), (3, 2)), ((2, 3), -1), ((2, 3), (1, -1, 2)), ((6,), (2, 3)),
                     ((0, 3), (3, 0, 2)), ((2, 3), (2, 3)), ((2, 3), [6])]]),
    "transpose": Row(np.transpose, [Case((real(s),), p) for s, p in
                                    [((), {}), ((3,), {}), ((2, 3), {}), ((2, 3, 4), {}),
                                     ((2, 3, 4), {"axes": (1, 2, 0)}), ((2, 3, 4), {"axes": (2, 0, 1)}),
                                     ((2, 3, 4), {"axes": (-1, 0, -2)}), ((2, 3, 4), {"axes": [0, 2, 1]}),
                                     ((0, 3), {}), ((2, 3), {"axes": None})]]),
    "swapaxes": Row(np.swapaxes, [Case((real(s),), {"axis1": a, "axis2": b}) for s, a, b in
                                  [((2, 3), 0, 1), ((2, 3, 4), -1, 0), ((2, 3, 4), 1, 1), ((0, 3), 0, 1)]]),
    "broadcast_to": Row(np.broadcast_to, [Case((real(s),), {"shape": t}) for s, t in
                                          [((3,), (2, 3)), ((2, 1), (2, 4)), ((), (3,)), ((), ()), ((1,), (0,)),
                                           ((2, 3), (2, 3)), ((1, 3), (4, 2, 3)), ((1,), (1, 1))]]),
    "getitem": Row(lambda x, index: np.asarray(operator.getitem(x, index)),
                   [Case((real(s),), {"index": i}) for s, i in INDICES]),
    "scatter": Row(_scatter, [Case((real(np.shape(np.empty(s)[i])),), {"index": i, "shape": s}) for s, i in INDICES]),
    "concatenate": Row(lambda *xs, axis=0: np.concatenate(xs, axis=axis),
                       [Case(tuple(real(s, k) for k, s in enumerate(shapes)), p) for shapes, p in
                        [([(2,), (3,)], {}), ([(2, 3), (1, 3)], {}), ([(2, 3), (2, 1), (2, 2)], {"axis": 1}),
                         ([(2, 3), (2, 1)], {"axis": -1}), ([(2, 3)], {}), ([(0, 3), (2, 3)], {})]]),
    "stack": Row(lambda *xs, axis=0: np.stack(xs, axis=axis),
                 [Case(tuple(real(s, k) for k in range(n)), p) for s, n, p in
                  [((), 3, {}), ((2,), 2, {}), ((2, 3), 2, {"axis": 1}), ((2, 3), 3, {"axis": -1}), ((3,), 1, {}),
                   ((2, 3), 2, {"axis": -3}), ((0,), 2, {})]]),
    # linear
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
    # losses
    "mse": Row(lambda p, t: np.mean((p - t) ** 2), [Case((real(s), real(s, 1))) for s in [(), (3,), (3, 2), (1, 1)]]),
    "bce_with_logits": Row(_bce, [Case((real(s), unit(s, 1))) for s in [(), (3,), (3, 2), (1, 1)]], analytic=False),
    "cross_entropy": Row(_cross_entropy, [Case((real(s), np.array(t, d))) for s, t, d in
                                          [((4, 3), [0, 2, 1, 2], np.int64), ((2, 3), [2, 2], np.uint8),
                                           ((1, 2), [0], np.int32), ((3,), 1, np.int64),
                                           ((2, 2, 3), [[0, 1], [2, 2]], np.int64)]], analytic=False),
}
