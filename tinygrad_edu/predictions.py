"""Is a prediction logits, or probabilities? What a loss has to know.

A loss reads logits. It takes probabilities too, where it is certain that they are probabilities:

1. What a softmax or sigmoid of this library returned refers to its logits, also through views,
   casts and `detach()`.
2. `from_logits=` says it.
3. Under Keras' names the graph says it: since exp(z) > 0, 1 / (1 + exp(-z)) lies in [0, 1], and a
   linear layer, which has no bounds, returns logits (see `intervals`). Rows in [0, 1] that sum to 1
   are probabilities. Where there is no graph (an array from `predict`), numbers outside [0, 1] are
   logits. Everything else is refused.

PyTorch's names, `cross_entropy` and `bce_with_logits`, take logits, and refuse what cannot be
logits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import ops
from .autodiff.attached import Behind
from .autodiff.modes import as_array, mode
from .autodiff.operands import numbers_of
from .formula import Op
from .intervals import bounds
from .tensor import Tensor

EPSILON = 1e-7
"""Probabilities nearer than this to 0 (and 1, of a sigmoid) cost as much as this, as in Keras."""


def as_tensor(x: Any) -> Tensor:
    """x as a tensor; integers as float64, since those of uint8 wrap around: 1 - 20 = 237.

    >>> as_tensor(np.array([1, 2], np.uint8)).dtype
    dtype('float64')
    """
    if isinstance(x, Tensor):
        return x.astype(np.float64) if x.dtype.kind in "biu" else x
    x = as_array(x, "prediction")
    return Tensor(x, float if x.dtype.kind in "biu" else x.dtype, copy=False)


def logits_of(
    prediction: Any, unit: Op, from_logits: bool | None = None, *, keras: bool = False
) -> Tensor:
    """The logits z of a prediction, which is z, or unit(z) for the output unit `ops.softmax` or
    `ops.sigmoid`.

    `keras` says that the loss has Keras' name, under which probabilities that come from elsewhere
    are recognised. Returns a tensor of the prediction's shape. Errors: ValueError for what another
    unit returned, parts of a softmax that are no whole rows, and what could be either.

    >>> import tinygrad_edu as tg
    >>> z = tg.tensor([[1.0, 2.0]])
    >>> logits_of(tg.softmax(z), ops.softmax).numpy()
    array([[1., 2.]])
    """
    p = as_tensor(prediction)
    behind = p.attached.behind
    if behind is not None:
        if from_logits:
            raise ValueError(
                f"from_logits=True, and this prediction is what {behind.unit.name} returned; give "
                "its logits, or leave from_logits out"
            )
        if behind.unit is unit or from_logits is None:
            return _followed(behind, unit)
    if from_logits is None:
        from_logits = is_logits(p, unit, keras=keras)
    return p if from_logits else _from_probabilities(p, unit)


def is_logits(p: Tensor, unit: Op, *, keras: bool) -> bool:
    """Whether a prediction that does not refer to logits is logits itself; see above for how.

    Errors: ValueError for what could be either.

    >>> is_logits(Tensor([[3.0, -2.0]]), ops.softmax, keras=True)
    True
    >>> is_logits(Tensor([[0.25, 0.75]]), ops.softmax, keras=True)
    False
    """
    if p.op is None:
        return not keras or not _probabilities_by_numbers(p, unit, graph=False)
    (low, high), open_ = bounds(p)
    bounded = low >= -1e-6 and high <= 1 + 1e-6
    if not keras:
        if bounded:
            raise ValueError(
                "this cost reads logits, and the prediction can only lie in [0, 1], as "
                f"probabilities do; {_SAY}"
            )
        return True
    if low < 0 and not open_ and not bounded:
        return True
    return not (bounded and unit is ops.sigmoid) and not _probabilities_by_numbers(
        p, unit, graph=True
    )


_SAY = "write from_logits=False for probabilities, from_logits=True for logits"


def _probabilities_by_numbers(p: Tensor, unit: Op, *, graph: bool) -> bool:
    """Whether these are probabilities by their numbers; an error where they could be either. Where
    a graph has left both open, numbers outside [0, 1] decide nothing: those of the next batch may
    lie inside."""
    softmax, x = unit is ops.softmax, numbers_of(p)
    if softmax or not graph:
        if mode.tape is not None:
            mode.tape.escapes(
                p,
                f"a cost that looks at its numbers to know whether they are probabilities ({_SAY})",
            )
        outside = x.size == 0 or bool((x < -1e-6).any() or (x > 1 + 1e-6).any())
        if outside and not graph:
            return False
        if softmax and not outside and _rows_sum_to_1(x):
            return True
    name = "CategoricalCrossentropy" if softmax else "BinaryCrossentropy"
    raise ValueError(
        "logits or probabilities? This prediction, which no output unit of this library returned, "
        f"could be either{', and its rows do not sum to 1' if softmax else ''}; {_SAY}, in compile "
        f"loss=tg.losses.{name}(from_logits=...)"
    )


def _rows_sum_to_1(x: np.ndarray[Any, Any]) -> bool:
    return x.ndim > 0 and not (np.abs(x.sum(axis=-1, dtype=float) - 1) > 1e-3).any()


def _followed(behind: Behind, unit: Op) -> Tensor:
    """The logits that a prediction refers to, in its own shape and dtype."""
    if behind.unit is not unit:
        raise ValueError(
            f"this loss reads logits or what {unit.name} returned, and got what "
            f"{behind.unit.name} returned; choose the loss that goes with the output unit"
        )
    z: Tensor = behind.logits
    for change, params in behind.since:  # sigmoid(z)[:, 0] is the sigmoid of z[:, 0]
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
        and not (numbers_of(p).min() >= -1e-6 and numbers_of(p).max() <= 1 + 1e-6)
        and not np.isnan(numbers_of(p)).any()
    ):
        raise ValueError(
            f"from_logits=False, and the prediction holds {numbers_of(p).min():.4g} to "
            f"{numbers_of(p).max():.4g}: probabilities lie in [0, 1]. Write from_logits=True"
        )
    if unit is ops.softmax:
        return ops.log(ops.clip(p, min=EPSILON, max=1.0))
    p = ops.clip(p, min=EPSILON, max=1 - EPSILON)
    return ops.log(p) - ops.log(1 - p)
