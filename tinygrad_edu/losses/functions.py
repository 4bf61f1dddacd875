"""The losses: functions of (prediction, target) that return one number, the mean over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..order import require_prediction_first
from ..predictions import as_tensor, logits_of
from ..tensor import Tensor

Loss = Callable[..., Tensor]


# Of numbers


def mse(prediction: Any, target: Any) -> Tensor:
    """mean (p - t)²: the cost of a linear output unit.

    p is the `prediction` and t the `target`, of one shape (n, ...). Errors: ValueError for shapes
    that differ. Source: lecture 07, "Output Functions".

    >>> import tinygrad_edu as tg
    >>> mse(tg.tensor([0.5, 0.5]), np.array([0.0, 1.0])).item()
    0.25
    """
    return _tensor(ops.mse(as_tensor(prediction), target))


def mae(prediction: Any, target: Any) -> Tensor:
    """mean |p - t|: outliers count less than in `mse`.

    p is the `prediction` and t the `target`, of one shape (n, ...). Errors: ValueError for shapes
    that differ. Source: Keras' MeanAbsoluteError.

    >>> mae(np.array([0.5, 3.0]), np.array([0.0, 1.0])).item()
    1.25
    """
    return ops.abs(difference(prediction, target, "mae")).mean()


def huber(prediction: Any, target: Any, delta: float = 1.0) -> Tensor:
    """mean of d²/2 where |d| ≤ δ, else δ(|d| - δ/2), with d = p - t: as `mse` near 0, as `mae` for
    outliers.

    p is the `prediction` and t the `target`, of one shape (n, ...); δ is `delta`. Errors:
    ValueError for shapes that differ, or a δ that is not positive. Source: Huber 1964; Keras'
    Huber, PyTorch's HuberLoss.

    >>> huber(np.array([0.5, 3.0]), np.array([0.0, 1.0])).item()
    0.8125
    """
    return huber_of(difference(prediction, target, "huber"), delta).mean()


def difference(prediction: Any, target: Any, name: str) -> Tensor:
    """p - t as a tensor. Errors: ValueError for shapes that differ; it names the loss.

    >>> difference(np.array([0.5, 3.0]), np.array([0.0, 1.0]), "mae").numpy()
    array([0.5, 2. ])
    """
    p = as_tensor(prediction)
    if p.shape != np.shape(target):
        raise ValueError(
            f"{name}: prediction {p.shape} and target {np.shape(target)} differ in shape; write "
            f"target.reshape{p.shape}"
        )
    d: Tensor = p - target
    return d


def huber_of(d: Tensor, delta: float) -> Tensor:
    """d²/2 where |d| ≤ δ, else δ(|d| - δ/2), entry by entry.

    >>> import tinygrad_edu as tg
    >>> huber_of(tg.tensor([0.5, -3.0]), 1.0).numpy()
    array([0.125, 2.5  ])
    """
    if not delta > 0:
        raise ValueError(f"huber's delta is where squares end, greater than 0, and got {delta}")
    size = ops.abs(d)
    near = ops.minimum(size, delta)
    return near * (size - 0.5 * near)


# Of two classes


def bce_with_logits(prediction: Any, target: Any, from_logits: bool | None = None) -> Tensor:
    """mean -[t log p + (1 - t) log(1 - p)], p = sigmoid(z): the cost of a sigmoid output unit.

    `prediction`: the logits z (n, ...), or what a sigmoid of this library returned; `target`: t in
    [0, 1], of one shape with it. With `from_logits=False` the prediction is p, wherever it comes
    from. Errors: ValueError for shapes that differ, targets outside [0, 1], or probabilities where
    logits are read. Source: lecture 07, "Output Functions"; PyTorch's name.

    >>> import tinygrad_edu as tg
    >>> bce_with_logits(tg.tensor([1000.0]), np.array([0.0])).item()
    1000.0
    """
    require_prediction_first(prediction, target)
    return _tensor(ops.bce_with_logits(logits_of(prediction, ops.sigmoid, from_logits), target))


def binary_crossentropy(prediction: Any, target: Any, from_logits: bool | None = None) -> Tensor:
    """mean -[t log p + (1 - t) log(1 - p)], for probabilities p or logits (n, ...) and t in [0, 1].

    `prediction` and `target` have one shape. A p nearer to 0 or 1 than 1e-7 counts as that. Without
    `from_logits` the prediction says which it is: the graph that it comes from, or its numbers.
    Errors: ValueError for numbers in [0, 1] that could be either; those of `bce_with_logits`.
    Source: Keras' BinaryCrossentropy, whose `from_logits` is False unless given.

    >>> import tinygrad_edu as tg
    >>> z, t = tg.tensor([2.0], requires_grad=True), np.array([1.0])
    >>> by_hand = 1 / (1 + np.exp(-z))
    >>> [round(binary_crossentropy(p, t).item(), 6) for p in (z, tg.sigmoid(z), by_hand)]
    [0.126928, 0.126928, 0.126928]
    """
    require_prediction_first(prediction, target)
    z = logits_of(prediction, ops.sigmoid, from_logits, keras=True)
    return _tensor(ops.bce_with_logits(z, target))


# Of several classes


def cross_entropy(prediction: Any, labels: Any, from_logits: bool | None = None) -> Tensor:
    """mean -log softmax(z)[t], for logits z (n, classes) and integer labels t (n,): the cost of a
    softmax output unit.

    The prediction may be what a softmax of this library returned, too. With `from_logits=False` it
    is probabilities, wherever they come from. Errors: ValueError or TypeError for labels that are
    no integers, out of range, or not one a row; ValueError for probabilities where logits are read.
    Source: lecture 07, "Output Functions"; PyTorch's name.

    >>> import tinygrad_edu as tg
    >>> cross_entropy(tg.tensor([[1000.0, -1000.0]]), np.array([1])).item()
    2000.0
    """
    require_prediction_first(prediction, labels)
    return _tensor(ops.cross_entropy(logits_of(prediction, ops.softmax, from_logits), labels))


def sparse_categorical_crossentropy(
    prediction: Any, labels: Any, from_logits: bool | None = None
) -> Tensor:
    """mean -log p[t], for rows of probabilities p or of logits (n, classes), and integer labels t
    (n,).

    A p below 1e-7 counts as 1e-7, and a row as if it were divided by its sum. Without `from_logits`
    the prediction says which it is: rows in [0, 1] that sum to 1 are probabilities. Errors: those
    of `cross_entropy`. Source: Keras' SparseCategoricalCrossentropy, whose `from_logits` is False
    unless given.

    >>> round(sparse_categorical_crossentropy(np.array([[0.25, 0.75]]), np.array([1])).item(), 6)
    0.287682
    """
    require_prediction_first(prediction, labels)
    z = logits_of(prediction, ops.softmax, from_logits, keras=True)
    return _tensor(ops.cross_entropy(z, labels))


def categorical_cross_entropy(
    prediction: Any, target: Any, from_logits: bool | None = None
) -> Tensor:
    """mean over rows of -Σ t log softmax(z), for logits z (n, classes) and one-hot labels t.

    `prediction`: the logits, or what a softmax returned; `target`: rows of probabilities, of its
    shape. `from_logits` as in `cross_entropy`. Errors: ValueError for shapes that differ.

    >>> import tinygrad_edu as tg
    >>> round(categorical_cross_entropy(tg.tensor([[0.0, 0.0]]), np.array([[1.0, 0.0]])).item(), 4)
    0.6931
    """
    require_prediction_first(prediction, target)
    return row_costs(logits_of(prediction, ops.softmax, from_logits), target).mean()


def categorical_crossentropy(
    prediction: Any, target: Any, from_logits: bool | None = None
) -> Tensor:
    """mean over rows of -Σ t log p, for probabilities p or logits (n, classes) and one-hot labels
    t.

    `prediction` and `from_logits` as in `sparse_categorical_crossentropy`; `target`: rows of
    probabilities, of its shape. Errors: ValueError for shapes that differ. Source: Keras'
    CategoricalCrossentropy.

    >>> round(categorical_crossentropy(np.array([[0.25, 0.75]]), np.array([[0.0, 1.0]])).item(), 6)
    0.287682
    """
    require_prediction_first(prediction, target)
    return row_costs(logits_of(prediction, ops.softmax, from_logits, keras=True), target).mean()


def row_costs(z: Tensor, target: Any) -> Tensor:
    """-Σ t log softmax(z) for each row, (n, classes) to (n,). A class with t = 0 costs nothing,
    even at a logit of -inf.

    Errors: ValueError for shapes that differ.

    >>> import tinygrad_edu as tg
    >>> row_costs(tg.tensor([[-np.inf, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])).numpy().round(4)
    array([0.6931])
    """
    if np.shape(target) != z.shape:
        raise ValueError(
            f"categorical_crossentropy: predictions {z.shape} and one-hot targets "
            f"{np.shape(target)} differ in shape; for integer labels use "
            "'sparse_categorical_crossentropy'"
        )
    costs: Tensor = ops.multiply_no_nan(ops.log_softmax(z), target)
    return -costs.sum(axis=-1)


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else Tensor(x, copy=False)
