"""Rows of functions of one entry, and of two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .cases import Case, Row, beyond, binary, inside, nonzero, positive, real, unary


def _step(function: Any) -> Any:
    return lambda x, **p: function(x.real, **p)


def _cbrt(x: Any) -> Any:
    sign = np.sign(x.real)
    return sign * (sign * x) ** (1 / 3)


def _angle(a: Any, b: Any) -> Any:
    """arctan2 through arctan, by the side of the point (b, a) that is the longer."""
    a, b = a + 0 * b, b + 0 * a
    steep = np.abs(a.real) > np.abs(b.real)
    ratio = np.where(steep, b / np.where(steep, a, 1), a / np.where(steep, 1, np.where(b.real == 0, 1, b)))
    flat = np.arctan(ratio)
    half = a.real.dtype.type(math.pi / 2)
    turned = np.where(b.real < 0, 2 * half * np.where(a.real < 0, -1, 1).astype(half.dtype), half.dtype.type(0))
    return np.where(steep, np.where(a.real < 0, -half, half) - flat, turned + flat)


ROWS: dict[str, Row] = {
    "exp": Row(np.exp, unary()),
    "log": Row(np.log, unary(positive)),
    "sqrt": Row(np.sqrt, unary(positive)),
    "sin": Row(np.sin, unary()),
    "cos": Row(np.cos, unary()),
    "sign": Row(lambda x: np.sign(x.real) if x.dtype.kind == "c" else np.sign(x), unary(), analytic=False),
    "abs": Row(lambda x: np.where(x.real < 0, -x, x), unary(), analytic=False),
    "exp2": Row(lambda x: np.exp(x * math.log(2)), unary(), analytic=False),
    "expm1": Row(lambda x: np.exp(x) - 1, unary()),
    "log2": Row(lambda x: np.log(x) / math.log(2), unary(positive)),
    "log10": Row(lambda x: np.log(x) / math.log(10), unary(positive)),
    "log1p": Row(lambda x: np.log(1 + x), unary(positive)),
    "cbrt": Row(_cbrt, unary(nonzero), analytic=False),
    "square": Row(lambda x: x * x, unary()),
    "reciprocal": Row(lambda x: 1 / x, unary(nonzero)),
    "tan": Row(lambda x: np.sin(x) / np.cos(x), unary(inside)),
    "arcsin": Row(np.arcsin, unary(inside)),
    "arccos": Row(np.arccos, unary(inside)),
    "arctan": Row(np.arctan, unary()),
    "sinh": Row(lambda x: (np.exp(x) - np.exp(-x)) / 2, unary()),
    "cosh": Row(lambda x: (np.exp(x) + np.exp(-x)) / 2, unary()),
    "arcsinh": Row(lambda x: np.log(x + np.sqrt(x * x + 1)), unary()),
    "arccosh": Row(lambda x: np.log(x + np.sqrt(x * x - 1)), unary(beyond)),
    "arctanh": Row(lambda x: np.log((1 + x) / (1 - x)) / 2, unary(inside)),
    "hypot": Row(lambda a, b: np.sqrt(a * a + b * b), binary(nonzero, nonzero), analytic=False),
    "arctan2": Row(_angle, binary(nonzero, nonzero), analytic=False),
    "floor": Row(_step(np.floor), unary(), analytic=False),
    "ceil": Row(_step(np.ceil), unary(), analytic=False),
    "trunc": Row(_step(np.trunc), unary(), analytic=False),
    "rint": Row(_step(np.rint), unary(), analytic=False),
    "round": Row(_step(np.round), unary() + [Case((real((2, 3)),), {"decimals": d}) for d in (1, -1)], analytic=False),
}
