"""Rows of arithmetic and of choices between entries."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cases import SHAPES, Case, Row, binary, booleans, nonzero, positive, real, unary

SPECIAL = np.array([0.0, 1.5, np.nan, np.inf, -np.inf])

BITS = [Case((booleans(2, 4), booleans(4))), Case((booleans(), booleans(3, 1))),
        Case((np.arange(4), np.array([[1], [6]]))),
        Case((np.arange(3, dtype=np.uint8), np.array([2, 1, 255], np.uint8)))]
TRUTHS = [*BITS[:3], Case((SPECIAL, np.zeros((2, 1)))), Case((np.array(0.0), np.array([0, 3])))]


def _clip(x: Any, min: Any = None, max: Any = None) -> Any:
    x = x + np.zeros((), x.dtype)
    x = x if min is None else np.where(x.real < min, x.dtype.type(min), x)
    return x if max is None else np.where(x.real > max, x.dtype.type(max), x)


def _astype(x: Any, dtype: Any) -> Any:
    return x if x.dtype.kind == "c" else x.astype(dtype)


def _floor_divide(a: Any, b: Any) -> Any:
    return np.floor_divide(a.real, b.real)


ROWS: dict[str, Row] = {
    "add": Row(np.add, binary()),
    "sub": Row(np.subtract, binary()),
    "mul": Row(np.multiply, binary()),
    "div": Row(np.true_divide, binary(real, nonzero)),
    "neg": Row(np.negative, unary()),
    "identity": Row(lambda x: x + np.zeros((), x.dtype), unary()),
    "floor_divide": Row(_floor_divide, binary(real, nonzero), analytic=False),
    "mod": Row(lambda a, b: a - b * _floor_divide(a, b), binary(real, nonzero), analytic=False),
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
    "logical_and": Row(np.logical_and, TRUTHS), "logical_or": Row(np.logical_or, TRUTHS),
    "logical_xor": Row(np.logical_xor, TRUTHS),
    "logical_not": Row(np.logical_not, [Case((booleans(2, 4),)), Case((booleans(),)), Case((booleans(0),)),
                                        Case((SPECIAL,)), Case((np.arange(3),))]),
    "bitwise_and": Row(np.bitwise_and, BITS), "bitwise_or": Row(np.bitwise_or, BITS),
    "bitwise_xor": Row(np.bitwise_xor, BITS),
    "invert": Row(np.invert, [Case((booleans(2, 4),)), Case((np.arange(-2, 3),)),
                              Case((np.arange(3, dtype=np.uint8),))]),
    "isnan": Row(np.isnan, [Case((SPECIAL,)), Case((np.array(1.0),)), Case((np.zeros((0, 2)),))]),
    "isinf": Row(np.isinf, [Case((SPECIAL,)), Case((np.array(1.0),)), Case((np.zeros((0, 2)),))]),
    "isfinite": Row(np.isfinite, [Case((SPECIAL,)), Case((np.array(1.0),)), Case((np.zeros((0, 2)),))]),
    "where": Row(np.where, [Case((booleans(*c), real(a), real(b, 1)))
                            for c, a, b in [((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), ()), ((), (4,), (4,)),
                                            ((2, 1), (3,), (1,)), ((0,), (1,), ()), ((2, 3), (), ())]]),
    "maximum": Row(lambda a, b: np.where(a.real > b.real, a, b), binary(), analytic=False),
    "minimum": Row(lambda a, b: np.where(a.real < b.real, a, b), binary(), analytic=False),
    "clip": Row(_clip, [Case((real(s),), p) for s in SHAPES
                        for p in ({"min": -0.5, "max": 0.6}, {"min": 0}, {"max": 0.2}, {})], analytic=False),
    "astype": Row(_astype, [Case((real(s),), {"dtype": d}) for s in SHAPES for d in ("float32", np.float64)],
                  analytic=False),
}
