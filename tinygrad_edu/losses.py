"""The costs that go with the lecture's output units, under their own names and Keras'.

| output unit | cost | names in `compile` |
|---|---|---|
| linear | mean (p - t)² | `mse`, `mean_squared_error` |
| sigmoid | -[t log p + (1 - t) log(1 - p)] | `bce_with_logits`, `binary_crossentropy` |
| softmax | -log p[t] | `cross_entropy`, `sparse_categorical_crossentropy`; one-hot rows: `categorical_crossentropy` |

All read logits, the numbers before the sigmoid or softmax, since only these say how wrong a sure answer is: in
float32 the softmax of (0, 200) is exactly (0, 1), and log 0 is no cost to learn from. A prediction that a sigmoid or
softmax has just made is accepted too: the graph knows what it was made from, and the cost is computed from that.
Lecture 07, "Output Functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import ops
from .engine import as_array
from .tensor import Tensor

Loss = Callable[[Any, Any], Tensor]


def logits_of(prediction: Any, unit: Any) -> Any:
    """What the output unit (`ops.softmax` or `ops.sigmoid`) was given, if `prediction` is what it returned, also cast,
    or in another shape that keeps rows; `prediction` itself where it is something else: logits already.

    Errors: what another output unit returned, and parts of a softmax that are no whole rows.
    """
    op = prediction.op if isinstance(prediction, Tensor) else None
    if op is None:
        return prediction
    if op is unit and prediction.params.get("axis", -1) in (-1, prediction.ndim - 1):
        logits = prediction.inputs[0]
        if isinstance(logits, Tensor):           # for pictures: the layer that returned the unit made the logits too
            logits.layers += tuple(mark for mark in prediction.layers if mark not in logits.layers)
        return logits
    if op.output_unit and op is not unit:
        raise ValueError(f"this loss reads logits or what {unit.name} returned, and got what {op.name} returned; "
                         "choose the loss that goes with the output unit")
    if not op.view and op is not ops.astype:
        return prediction
    inner = prediction.inputs[0]                 # sigmoid(z)[:, 0] is the sigmoid of z[:, 0]
    logits = logits_of(inner, unit)
    if logits is inner:
        return prediction
    if unit is ops.softmax and not _keeps_rows(prediction, inner):
        raise ValueError("the loss got a part of each row of a softmax, or its rows turned, and their logits are lost; "
                         "give it the logits, or whole rows")
    return op(logits, **prediction.params)


def _keeps_rows(result: Tensor, inner: Tensor) -> bool:
    if result.op is ops.getitem:
        return not isinstance(result.params["index"], tuple) and inner.ndim > 1
    return result.op is ops.astype or (result.op is ops.reshape and result.shape[-1:] == inner.shape[-1:])


def mse(prediction: Any, target: Any) -> Tensor:
    """mean (p - t)², p and t of one shape. Errors: shapes that differ.

    >>> import tinygrad_edu as tg
    >>> mse(tg.tensor([0.5, 0.5]), np.array([0.0, 1.0])).item()
    0.25
    """
    return _tensor(ops.mse(_tensor(prediction), target))


def bce_with_logits(prediction: Any, target: Any) -> Tensor:
    """mean -[t log p + (1 - t) log(1 - p)], p = sigmoid(z), for z (or p as a sigmoid made it) and t in [0, 1] of one
    shape.

    >>> import tinygrad_edu as tg
    >>> bce_with_logits(tg.tensor([1000.0]), np.array([0.0])).item()
    1000.0
    """
    return ops.bce_with_logits(_tensor(logits_of(prediction, ops.sigmoid)), target)


def cross_entropy(prediction: Any, labels: Any) -> Tensor:
    """mean -log softmax(z)[t] for logits z (n, classes), or the softmax of them, and integer labels t (n,).

    Errors: labels that are no integers, out of range, or not one a row.

    >>> import tinygrad_edu as tg
    >>> cross_entropy(tg.tensor([[1000.0, -1000.0]]), np.array([1])).item()
    2000.0
    """
    return ops.cross_entropy(_tensor(logits_of(prediction, ops.softmax)), labels)


def categorical_cross_entropy(prediction: Any, target: Any) -> Tensor:
    """mean over rows of -Σ t log softmax(z), for rows t of probabilities (one-hot labels) of z's shape.

    >>> import tinygrad_edu as tg
    >>> round(categorical_cross_entropy(tg.tensor([[0.0, 0.0]]), np.array([[1.0, 0.0]])).item(), 4)
    0.6931
    """
    logits = _tensor(logits_of(prediction, ops.softmax))
    if np.shape(target) != logits.shape:
        raise ValueError(f"categorical_crossentropy: predictions {logits.shape} and one-hot targets {np.shape(target)} "
                         "differ in shape; for integer labels use 'sparse_categorical_crossentropy'")
    return -(target * ops.log_softmax(logits)).sum(axis=-1).mean()


def weighted(loss: Loss, prediction: Any, target: Any, weights: Any) -> Tensor:
    """Σ wᵢ·loss(pᵢ, tᵢ) / n: the loss with a weight (n,) for each example.

    Errors: a loss of one's own, which says nothing of single examples.

    >>> import tinygrad_edu as tg
    >>> weighted(mse, tg.tensor([[1.0], [2.0]]), np.zeros((2, 1)), np.array([1.0, 0.5])).item()
    1.5
    """
    if loss is mse:
        p = _tensor(prediction)
        if p.shape != np.shape(target):
            mse(p, target)                               # says what is wrong
        each = (p - target) ** 2
    elif loss is bce_with_logits:
        z = _tensor(logits_of(prediction, ops.sigmoid))
        if z.shape != np.shape(target):
            bce_with_logits(z, target)
        each = ops.softplus(z) - z * target
    elif loss in (cross_entropy, categorical_cross_entropy):
        z = _tensor(logits_of(prediction, ops.softmax))
        loss(z, target)                                  # refuses labels that are none
        if loss is cross_entropy:                        # a choice, since 0 · -inf is no number
            each = -ops.where(target[..., None] == np.arange(z.shape[-1]), ops.log_softmax(z), 0.0).sum(axis=-1)
        else:
            each = -(target * ops.log_softmax(z)).sum(axis=-1)
    else:
        raise TypeError("sample_weight and class_weight go with a loss that has a name: of a loss of your own only the "
                        "mean is known; weight it inside")
    if each.ndim > 1:
        each = each.mean(axis=tuple(range(1, each.ndim)))
    return (each * weights).mean()


LOSSES: dict[str, Loss] = {
    "mse": mse, "mean_squared_error": mse,
    "bce_with_logits": bce_with_logits, "binary_crossentropy": bce_with_logits,
    "cross_entropy": cross_entropy, "sparse_categorical_crossentropy": cross_entropy,
    "categorical_crossentropy": categorical_cross_entropy,
}


def get_loss(loss: str | Loss) -> Loss:
    """The loss of a name that `compile` takes; a function of (prediction, target) is itself."""
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}; known: {', '.join(LOSSES)}, or a function of (prediction, target)")
    return LOSSES[loss]


def _tensor(x: Any) -> Tensor:
    if isinstance(x, Tensor):
        return x
    x = as_array(x)
    return Tensor(x, float if x.dtype.kind in "biu" else x.dtype, copy=False)   # uint8 would wrap around: 1 - 20 = 237
