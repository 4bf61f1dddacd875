"""What a prediction is: logits, or probabilities that an output unit or a formula of one's own made
of them.

A cost reads logits. It takes probabilities too, where they are known to be such, never by a guess:

1. What the library's own unit returned says so: it holds a reference to its logits
   (`Tensor.behind`), through views, casts and `detach()`.
2. `from_logits=` says so.
3. Under Keras' names the graph says so: from exp(z) > 0 follows 1 / (1 + exp(-z)) in [0, 1]; a
   linear layer has no bounds, so it returns logits. Rows in [0, 1] that sum to 1 are probabilities;
   and where there is no graph (an array from `predict`), what lies outside [0, 1] is none. All else
   is refused.

PyTorch's names, `cross_entropy` and `bce_with_logits`, say what they take: logits. They refuse what
cannot be any.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .autodiff.modes import as_array, mode
from .formula import Op
from .tensor import Tensor

EPSILON = 1e-7
"""Probabilities nearer than this to 0 (and 1, of a sigmoid) cost as much as this, as in Keras."""

Span = tuple[float, float]
ALL: Span = (-np.inf, np.inf)


def tensor_of(x: Any) -> Tensor:
    """x as a tensor, integers as float64: uint8 would wrap around, 1 - 20 = 237."""
    if isinstance(x, Tensor):
        return x.astype(np.float64) if x.dtype.kind in "biu" else x
    x = as_array(x, "prediction")
    return Tensor(x, float if x.dtype.kind in "biu" else x.dtype, copy=False)


def logits_of(
    prediction: Any, unit: Op, from_logits: bool | None = None, *, keras: bool = False
) -> Tensor:
    """The logits of a prediction for the output unit `ops.softmax` or `ops.sigmoid`. `keras` tells
    that the cost has Keras' name, under which probabilities that come from elsewhere are
    recognised.

    Errors: what another unit returned; parts of a softmax that are no whole rows; what could be
    either.
    """
    p = tensor_of(prediction)
    if p.attached.behind is not None:
        if from_logits:
            raise ValueError(
                f"from_logits=True, and this prediction is what {p.attached.behind.unit.name} returned; "
                "give its logits, or leave from_logits out"
            )
        if p.attached.behind.unit is unit or from_logits is None:
            return _followed(p, unit)
    if from_logits is None:
        from_logits = is_logits(p, unit, keras=keras)
    return p if from_logits else _from_probabilities(p, unit)


def is_logits(p: Tensor, unit: Op, *, keras: bool) -> bool:
    """Whether a prediction without a reference is logits, as the module's text says."""
    if p.op is None:
        return not keras or not _probabilities_by_numbers(p, unit, graph=False)
    (low, high), below = _bounds(p)
    bounded = low >= -1e-6 and high <= 1 + 1e-6
    if not keras:
        if bounded:
            raise ValueError(
                "this cost reads logits, and the prediction can only lie in [0, 1], as "
                f"probabilities do; {_SAY}"
            )
        return True
    if low < 0 and not below and not bounded:
        return True
    return not (bounded and unit is ops.sigmoid) and not _probabilities_by_numbers(
        p, unit, graph=True
    )


_SAY = "write from_logits=False for probabilities, from_logits=True for logits"


def _probabilities_by_numbers(p: Tensor, unit: Op, *, graph: bool) -> bool:
    """Whether these are probabilities by their numbers; a refusal where they could be either. Where
    a graph has left both open, numbers outside [0, 1] decide nothing: those of the next batch may
    lie inside."""
    softmax, x = unit is ops.softmax, p._data
    if softmax or not graph:
        if mode.tape is not None:
            mode.tape.escapes(
                p,
                f"a cost that looks at its numbers to know whether they are probabilities ({_SAY})",
            )
        outside = x.size == 0 or bool((x < -1e-6).any() or (x > 1 + 1e-6).any())
        if outside and not graph:
            return False
        if (
            softmax
            and not outside
            and x.ndim
            and not (np.abs(x.sum(axis=-1, dtype=float) - 1) > 1e-3).any()
        ):
            return True
    name = "CategoricalCrossentropy" if softmax else "BinaryCrossentropy"
    raise ValueError(
        "logits or probabilities? This prediction, which no output unit of this library returned, "
        f"could be either{', and its rows do not sum to 1' if softmax else ''}; {_SAY}, in compile "
        f"loss=tg.losses.{name}(from_logits=...)"
    )


def _followed(p: Tensor, unit: Op) -> Tensor:
    """The logits that the prediction refers to, in its own shape and dtype."""
    assert p.attached.behind is not None
    if p.attached.behind.unit is not unit:
        raise ValueError(
            f"this loss reads logits or what {unit.name} returned, and got what "
            f"{p.attached.behind.unit.name} returned; choose the loss that goes with the output unit"
        )
    z = p.attached.behind.logits
    for change, params in p.attached.behind.since:  # sigmoid(z)[:, 0] is the sigmoid of z[:, 0]
        before, z = z, change(z, **params)
        if unit is ops.softmax and not _keeps_rows(change, params, before, z):
            raise ValueError(
                "the loss got a part of each row of a softmax, or its rows turned, and their "
                "logits are lost; give it the logits, or whole rows"
            )
    return z


def _keeps_rows(change: Any, params: dict[str, Any], before: Tensor, after: Tensor) -> bool:
    if change is ops.getitem:
        return not isinstance(params["index"], tuple) and before.ndim > 1
    return change in (ops.astype, ops.identity) or (
        change is ops.reshape and after.shape[-1:] == before.shape[-1:]
    )


def _from_probabilities(p: Tensor, unit: Op) -> Tensor:
    """Numbers whose softmax or sigmoid is p: log p, whose softmax is p / Σ p; log p - log(1 -
    p)."""
    if (
        mode.tape is None
        and p.size
        and not (p._data.min() >= -1e-6 and p._data.max() <= 1 + 1e-6)
        and not np.isnan(p._data).any()
    ):
        raise ValueError(
            f"from_logits=False, and the prediction holds {p._data.min():.4g} to "
            f"{p._data.max():.4g}: probabilities lie in [0, 1]. Write from_logits=True"
        )
    if unit is ops.softmax:
        return ops.log(ops.clip(p, min=EPSILON, max=1.0))
    p = ops.clip(p, min=EPSILON, max=1 - EPSILON)
    return ops.log(p) - ops.log(1 - p)


# The least and greatest that a result can be, whatever the parameters are

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


def _corners(f: Callable[[float, float], float], a: Span, b: Span) -> Span:
    with np.errstate(all="ignore"):
        found = [
            float(
                np.nan_to_num(
                    f(np.float64(x), np.float64(y)), nan=0.0, posinf=np.inf, neginf=-np.inf
                )
            )
            for x in a
            for y in b
        ]
    return min(found), max(found)


def _inverse(a: Span) -> Span:
    if a[0] < 0 < a[1]:
        return ALL
    if a[0] >= 0:
        return (1 / a[1] if a[1] else np.inf), (1 / a[0] if a[0] else np.inf)
    low, high = _inverse((-a[1], -a[0]))
    return -high, -low


def _span(x: Tensor, parts: list[Span]) -> Span:
    """The bounds of a result from those of its inputs."""
    assert x.op is not None
    name, a = x.op.name, parts[0]
    if name in _FIXED:
        return _FIXED[name]
    if name in _SAME or x.op.view:
        return (min(p[0] for p in parts), max(p[1] for p in parts)) if x.op.variadic else a
    if name == "relu":
        return max(a[0], 0.0), max(a[1], 0.0)
    if name == "neg":
        return -a[1], -a[0]
    if name == "add":
        return a[0] + parts[1][0], a[1] + parts[1][1]
    if name == "sub":
        return a[0] - parts[1][1], a[1] - parts[1][0]
    if name == "mul":
        return _corners(operator.mul, a, parts[1])
    if name == "div":
        return _corners(operator.mul, a, _inverse(parts[1]))
    if name == "reciprocal":
        return _inverse(a)
    if name == "power_of" and x.params["n"] == -1:
        return _inverse(a)
    if name == "power_of" and (x.params["n"] % 2 == 0 or a[0] >= 0):
        return 0.0, np.inf
    if name == "where":
        return min(parts[1][0], parts[2][0]), max(parts[1][1], parts[2][1])
    if name == "maximum":
        return max(a[0], parts[1][0]), max(a[1], parts[1][1])
    if name == "minimum":
        return min(a[0], parts[1][0]), min(a[1], parts[1][1])
    if name == "clip":
        low, high = (x.params.get(k) for k in ("min", "max"))
        low, high = (
            (-np.inf if low is None else np.min(low)),
            (np.inf if high is None else np.max(high)),
        )
        return float(min(max(a[0], low), high)), float(max(min(a[1], high), low))
    inner = x.inputs[0]
    if name == "sum" and isinstance(inner, Tensor) and x.size:
        n = inner.size / x.size
        return a[0] * n if a[0] else 0.0, a[1] * n if a[1] else 0.0
    return ALL


def _bounds(root: Tensor) -> tuple[Span, bool]:
    """The bounds of a result, and whether probabilities may have gone into it: an output unit's
    result, or that of an operation that is not the catalogue's, of which only entry by entry
    something else was made. A product of matrices, or a sum over features, ends the search: it is a
    layer, and what it returns has no bounds."""
    spans: dict[int, Span] = {}
    open_: dict[int, bool] = {}
    stack = [root]
    while stack:
        x = stack[-1]
        inner = [i for i in x.inputs if isinstance(i, Tensor)]
        read = x.op is not None and (x.op.name in _READ or x.op.view) and x.op.name not in _FIXED
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


def _over_features(x: Tensor) -> bool:
    """Whether a sum goes over the last axis."""
    if x.op is not ops.sum:
        return False
    axis, ndim = x.params.get("axis"), x.inputs[0].ndim
    return axis is None or ndim - 1 in {int(a) % max(ndim, 1) for a in np.atleast_1d(axis)}


_READ = {
    *_SAME,
    "relu",
    "neg",
    "add",
    "sub",
    "mul",
    "div",
    "reciprocal",
    "power_of",
    "where",
    "maximum",
    "minimum",
    "clip",
    "sum",
}


def _constant(x: Any) -> Span:
    """Numbers are known; an array's entries may be others in the next batch."""
    if isinstance(x, (bool, int, float)):
        return float(x), float(x)
    return (0.0, 1.0) if isinstance(x, np.ndarray) and x.dtype.kind == "b" else ALL
