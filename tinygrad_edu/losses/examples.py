"""The loss of each example, and the mean of them with weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.messages import describe
from ..autodiff.modes import as_array
from ..predictions import as_tensor, logits_of
from ..tensor import Tensor
from . import functions
from .functions import Loss, difference, huber_of, row_costs


def weighted(loss: Loss, prediction: Any, target: Any, weights: Any) -> Tensor:
    """Σ wᵢ·loss(pᵢ, tᵢ) / n: the loss with a weight for each example.

    `prediction` p and `target` t as the loss takes them; `weights` w (n,). Errors: TypeError for a
    loss of your own, that returns the mean of them; those of the loss.

    >>> import tinygrad_edu as tg
    >>> p, t = tg.tensor([[1.0], [2.0]]), np.zeros((2, 1))
    >>> weighted(functions.mse, p, t, np.array([1.0, 0.5])).item()
    1.5
    """
    function, options = loss, {}
    if isinstance(loss, partial):
        function, options = loss.func, loss.keywords
    of_each = next((each for known, each in _OF_EACH if known is function), None)
    if of_each is not None:
        costs = of_each(prediction, target, **options)
    else:
        costs = loss(prediction, target)
        if np.shape(costs)[:1] != np.shape(weights):
            raise TypeError(
                "sample_weight and class_weight go with a loss that has a name, or returns a "
                "number an example: of a mean they are no part; weight it inside, or leave the "
                "mean out"
            )
    if costs.ndim > 1:
        costs = costs.mean(axis=tuple(range(1, costs.ndim)))
    weighted_costs: Tensor = costs * weights
    return weighted_costs.mean()


def mean_of(value: Any, prediction: Any, loss: Loss) -> Tensor:
    """What a loss returned, as one number: `value` itself, or its mean where it has one number for
    each example, as in Keras.

    Errors: TypeError for what is no tensor, since nothing could be learned from it; ValueError for
    a shape that does not come from the examples of the `prediction`. `loss` is named in them.

    >>> import tinygrad_edu as tg
    >>> p = tg.tensor([1.0, 3.0])
    >>> mean_of((p - 1) ** 2, p, functions.mse).item()
    2.0
    """
    if not isinstance(value, Tensor):
        name = getattr(loss, "__name__", type(loss).__name__)
        raise TypeError(
            f"the loss {name} returned {type(value).__name__}, and a loss is a tensor, which "
            "depends on the prediction; write it with the prediction's operations, ((y_pred - "
            "y_true) ** 2).mean(), not of y_pred.numpy()"
        )
    if value.size == 1:
        return value
    if value.shape != prediction.shape[: value.ndim]:
        raise ValueError(
            f"the loss returned {describe(value)} for the prediction {describe(prediction)}: "
            "neither one number nor one an example; are prediction and target of one shape? Write "
            "its .mean() if it is meant"
        )
    return value.mean()


# The cost of each example, (n, ...)


def _squares(prediction: Any, target: Any) -> Tensor:
    p = as_tensor(prediction)
    if p.shape != np.shape(target):
        functions.mse(p, target)  # says what is wrong
    d: Tensor = p - target
    return d**2


def _absolutes(prediction: Any, target: Any) -> Tensor:
    return ops.abs(difference(prediction, target, "mae"))


def _huber(prediction: Any, target: Any, delta: float = 1.0) -> Tensor:
    return huber_of(difference(prediction, target, "huber"), delta)


def _of_two_classes(
    prediction: Any, target: Any, from_logits: bool | None = None, *, keras: bool
) -> Tensor:
    z = logits_of(prediction, ops.sigmoid, from_logits, keras=keras)
    functions.bce_with_logits(z, target, from_logits=True)  # refuses labels that are none
    t = target if isinstance(target, Tensor) else as_array(target, "a loss", z.dtype)
    of_ones = ops.multiply_no_nan(ops.softplus(-z), t)
    of_zeros = ops.multiply_no_nan(ops.softplus(z), 1 - t)
    return of_ones + of_zeros


def _of_labels(
    prediction: Any, target: Any, from_logits: bool | None = None, *, keras: bool
) -> Tensor:
    z = logits_of(prediction, ops.softmax, from_logits, keras=keras)
    functions.cross_entropy(z, target, from_logits=True)  # refuses labels that are none
    # a choice, since 0 · -inf is no number
    chosen = target[..., None] == np.arange(z.shape[-1])
    costs: Tensor = ops.where(chosen, ops.log_softmax(z), 0.0)
    return -costs.sum(axis=-1)


def _of_rows(
    prediction: Any, target: Any, from_logits: bool | None = None, *, keras: bool
) -> Tensor:
    return row_costs(logits_of(prediction, ops.softmax, from_logits, keras=keras), target)


_OF_EACH: list[tuple[Loss, Callable[..., Tensor]]] = [
    (functions.mse, _squares),
    (functions.mae, _absolutes),
    (functions.huber, _huber),
    (functions.bce_with_logits, partial(_of_two_classes, keras=False)),
    (functions.binary_crossentropy, partial(_of_two_classes, keras=True)),
    (functions.cross_entropy, partial(_of_labels, keras=False)),
    (functions.sparse_categorical_crossentropy, partial(_of_labels, keras=True)),
    (functions.categorical_cross_entropy, partial(_of_rows, keras=False)),
    (functions.categorical_crossentropy, partial(_of_rows, keras=True)),
]
"""A list, searched by identity: a loss of a user need not be hashable."""
