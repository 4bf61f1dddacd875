"""The loss of each example, and the mean of them with weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.modes import as_array
from ..predictions import as_tensor, logits_of
from ..tensor import Tensor
from . import functions
from .functions import Loss, difference, huber_of, row_costs


def weighted(loss: Loss, prediction: Any, target: Any, weights: Any) -> Tensor:
    """Σ wᵢ·loss(pᵢ, tᵢ) / n: the loss with a weight for each example.

    `prediction` p and `target` t as the loss takes them; `weights` w (n,). Errors: TypeError for a
    loss of your own, of which only the mean is known; those of the loss.

    >>> import tinygrad_edu as tg
    >>> p, t = tg.tensor([[1.0], [2.0]]), np.zeros((2, 1))
    >>> weighted(functions.mse, p, t, np.array([1.0, 0.5])).item()
    1.5
    """
    function, options = loss, {}
    if isinstance(loss, partial):
        function, options = loss.func, loss.keywords
    of_each = next((each for known, each in _OF_EACH if known is function), None)
    if of_each is None:
        raise TypeError(
            "sample_weight and class_weight go with a loss that has a name: of a loss of your own "
            "only the mean is known; weight it inside"
        )
    costs = of_each(prediction, target, **options)
    if costs.ndim > 1:
        costs = costs.mean(axis=tuple(range(1, costs.ndim)))
    weighted_costs: Tensor = costs * weights
    return weighted_costs.mean()


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
