"""The bounds of a result: the least and the greatest that it can be, whatever the parameters are.

They follow from the graph, by interval arithmetic: exp(z) lies in [0, ∞), so 1 + exp(z) lies in
[1, ∞) and 1 / (1 + exp(z)) in [0, 1]. `predictions` uses them to tell probabilities from logits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .tensor import Tensor

Span = tuple[float, float]
ALL: Span = (-np.inf, np.inf)


def bounds(root: Tensor) -> tuple[Span, bool]:
    """(low, high) of a result, and whether probabilities may have gone into it.

    They may if only entrywise operations lie between it and the result of an output unit, or of an
    operation that is not of the catalogue. A product of matrices, or a sum over features, ends the
    search: it is a layer, and what a layer returns has no bounds.

    >>> import tinygrad_edu as tg
    >>> z = tg.tensor([2.0], requires_grad=True)
    >>> bounds(1 / (1 + tg.exp(-z)))
    ((0.0, 1.0), False)
    """
    spans: dict[int, Span] = {}
    open_: dict[int, bool] = {}
    stack = [root]
    while stack:
        x = stack[-1]
        inner = [i for i in x.inputs if isinstance(i, Tensor)]
        read = _is_read(x)
        if read and (missing := [i for i in inner if id(i) not in spans]):
            stack += missing
            continue
        stack.pop()
        if x.op is None:
            spans[id(x)], open_[id(x)] = ALL, False
        elif read:
            spans[id(x)] = _span(
                x, [spans[id(i)] if isinstance(i, Tensor) else _constant(i) for i in x.inputs]
            )
            open_[id(x)] = any(open_[id(i)] for i in inner) and not _over_features(x)
        else:
            spans[id(x)] = _FIXED.get(x.op.name, ALL)
            open_[id(x)] = x.op.output_unit or x.op is not getattr(ops, x.op.name, None)
    return spans[id(root)], open_[id(root)]


def _is_read(x: Tensor) -> bool:
    """Whether the bounds of a result follow from those of its inputs."""
    if x.op is None or x.op.name in _FIXED:
        return False
    return bool(x.op.name in _SAME or x.op.name in _RULES or x.op.view)


def _span(x: Tensor, parts: list[Span]) -> Span:
    """The bounds of a result from those of its inputs."""
    assert x.op is not None
    if x.op.name in _SAME or x.op.view:
        if x.op.variadic:
            return min(p[0] for p in parts), max(p[1] for p in parts)
        return parts[0]
    return _RULES[x.op.name](x, parts)


def _over_features(x: Tensor) -> bool:
    """Whether a sum goes over the last axis."""
    if x.op is not ops.sum:
        return False
    axis, ndim = x.params.get("axis"), x.inputs[0].ndim
    return axis is None or ndim - 1 in {int(a) % max(ndim, 1) for a in np.atleast_1d(axis)}


def _constant(x: Any) -> Span:
    """Numbers are known; the entries of an array may be others in the next batch."""
    if isinstance(x, (bool, int, float)):
        return float(x), float(x)
    return (0.0, 1.0) if isinstance(x, np.ndarray) and x.dtype.kind == "b" else ALL


# The rules


def _corners(f: Callable[[Any, Any], Any], a: Span, b: Span) -> Span:
    """The bounds of f(x, y) for an f that is monotone in x and in y: those of the four corners."""
    with np.errstate(all="ignore"):
        values = [
            float(
                np.nan_to_num(
                    f(np.float64(x), np.float64(y)), nan=0.0, posinf=np.inf, neginf=-np.inf
                )
            )
            for x in a
            for y in b
        ]
    return min(values), max(values)


def _inverse(a: Span) -> Span:
    """The bounds of 1 / x."""
    if a[0] < 0 < a[1]:
        return ALL
    if a[0] >= 0:
        return (1 / a[1] if a[1] else np.inf), (1 / a[0] if a[0] else np.inf)
    low, high = _inverse((-a[1], -a[0]))
    return -high, -low


def _of_power(x: Tensor, parts: list[Span]) -> Span:
    n, a = x.params["n"], parts[0]
    if n == -1:
        return _inverse(a)
    return (0.0, np.inf) if n % 2 == 0 or a[0] >= 0 else ALL


def _of_clip(x: Tensor, parts: list[Span]) -> Span:
    low, high = (x.params.get(key) for key in ("min", "max"))
    least = -np.inf if low is None else np.min(low)
    most = np.inf if high is None else np.max(high)
    (a, b) = parts[0]
    return float(min(max(a, least), most)), float(max(min(b, most), least))


def _of_sum(x: Tensor, parts: list[Span]) -> Span:
    inner, (low, high) = x.inputs[0], parts[0]
    if not isinstance(inner, Tensor) or not x.size:
        return ALL
    n = inner.size / x.size
    return low * n if low else 0.0, high * n if high else 0.0


_FIXED: dict[str, Span] = {
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "normal_cdf": (0, 1),
    "normal_pdf": (0, 1),
    "rbf": (0, 1),
    "threshold": (0, 1),
    "hard_tanh": (-1, 1),
    "tanh": (-1, 1),
    "sin": (-1, 1),
    "cos": (-1, 1),
    "sign": (-1, 1),
    "exp": (0, np.inf),
    "exp2": (0, np.inf),
    "abs": (0, np.inf),
    "square": (0, np.inf),
    "softplus": (0, np.inf),
    "sqrt": (0, np.inf),
    "euclidean_norm": (0, np.inf),
    "p_norm": (0, np.inf),
    "var": (0, np.inf),
    "std": (0, np.inf),
    "log_sigmoid": (-np.inf, 0),
    "log_softmax": (-np.inf, 0),
    "arctan": (-np.pi / 2, np.pi / 2),
}
"""Results whose bounds do not depend on their inputs."""

_SAME = {
    "astype",
    "mean",
    "max",
    "min",
    "take",
    "take_along_axis",
    "repeat",
    "tile",
    "sort",
    "roll",
    "identity",
    "concatenate",
    "stack",
}
"""Operations that only choose, move or average entries."""

_RULES: dict[str, Callable[[Tensor, list[Span]], Span]] = {
    "relu": lambda x, p: (max(p[0][0], 0.0), max(p[0][1], 0.0)),
    "neg": lambda x, p: (-p[0][1], -p[0][0]),
    "add": lambda x, p: (p[0][0] + p[1][0], p[0][1] + p[1][1]),
    "sub": lambda x, p: (p[0][0] - p[1][1], p[0][1] - p[1][0]),
    "mul": lambda x, p: _corners(operator.mul, p[0], p[1]),
    "div": lambda x, p: _corners(operator.mul, p[0], _inverse(p[1])),
    "reciprocal": lambda x, p: _inverse(p[0]),
    "power_of": _of_power,
    "where": lambda x, p: (min(p[1][0], p[2][0]), max(p[1][1], p[2][1])),
    "maximum": lambda x, p: (max(p[0][0], p[1][0]), max(p[0][1], p[1][1])),
    "minimum": lambda x, p: (min(p[0][0], p[1][0]), min(p[0][1], p[1][1])),
    "clip": _of_clip,
    "sum": _of_sum,
}
"""The bounds of a result from those of its inputs, p."""
