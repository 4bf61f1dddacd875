"""The costs that go with the lecture's output units, under their own names and Keras'.

| output unit | cost | names in `compile` |
|---|---|---|
| linear | mean (p - t)² | `mse`, `mean_squared_error` |
| linear, with outliers | mean of the absolute p - t; of squares near 0 | `mae`,
`mean_absolute_error`; `huber` |
| sigmoid | -[t log p + (1 - t) log(1 - p)] | `bce_with_logits`, `binary_crossentropy` |
| softmax | -log p[t] | `cross_entropy`, `sparse_categorical_crossentropy`; one-hot rows:
`categorical_crossentropy` |

All compute with logits, the numbers before the sigmoid or softmax, since only these say how wrong a
sure answer is: in float32 the softmax of (0, 200) is exactly (0, 1), and log 0 is no cost to learn
from. What a sigmoid or softmax of this library returned refers to its logits, and the cost is
computed from these. `cross_entropy` and `bce_with_logits` read anything else as logits, as
PyTorch's do; under Keras' names probabilities of one's own are recognised, or refused where they
could be logits; `from_logits=` decides it by hand. See `predictions`. Lecture 07, "Output
Functions".
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import habits, ops
from .autodiff.messages import describe
from .autodiff.modes import as_array
from .order import in_order
from .predictions import logits_of, tensor_of
from .tensor import Tensor

Loss = Callable[..., Tensor]


def mse(prediction: Any, target: Any) -> Tensor:
    """mean (p - t)², p and t of one shape. Errors: shapes that differ.

    >>> import tinygrad_edu as tg
    >>> mse(tg.tensor([0.5, 0.5]), np.array([0.0, 1.0])).item()
    0.25
    """
    return _tensor(ops.mse(tensor_of(prediction), target))


def mae(prediction: Any, target: Any) -> Tensor:
    """mean |p - t|, p and t of one shape. Errors: shapes that differ. Source: Keras'
    MeanAbsoluteError.

    >>> mae(np.array([0.5, 3.0]), np.array([0.0, 1.0])).item()
    1.25
    """
    return ops.abs(_difference(prediction, target, "mae")).mean()


def huber(prediction: Any, target: Any, delta: float = 1.0) -> Tensor:
    """mean of d²/2 where |d| ≤ δ, else δ(|d| - δ/2), with d = p - t: squares near 0, and outliers
    count as in `mae`.

    Errors: shapes that differ. Source: Huber 1964; Keras' Huber, PyTorch's HuberLoss.

    >>> huber(np.array([0.5, 3.0]), np.array([0.0, 1.0])).item()
    0.8125
    """
    return _huber(_difference(prediction, target, "huber"), delta).mean()


def _difference(prediction: Any, target: Any, name: str) -> Tensor:
    p = tensor_of(prediction)
    if p.shape != np.shape(target):
        raise ValueError(
            f"{name}: prediction {p.shape} and target {np.shape(target)} differ in shape; write "
            f"target.reshape{p.shape}"
        )
    return p - target


def _huber(d: Tensor, delta: float) -> Tensor:
    if not delta > 0:
        raise ValueError(f"huber's delta is where squares end, greater than 0, and got {delta}")
    size = ops.abs(d)
    near = ops.minimum(size, delta)
    return near * (size - 0.5 * near)


def bce_with_logits(prediction: Any, target: Any, from_logits: bool | None = None) -> Tensor:
    """mean -[t log p + (1 - t) log(1 - p)], p = sigmoid(z), for z (or p as a sigmoid made it) and t
    in [0, 1] of one shape. With `from_logits=False` the prediction is p, wherever it comes from.

    >>> import tinygrad_edu as tg
    >>> bce_with_logits(tg.tensor([1000.0]), np.array([0.0])).item()
    1000.0
    """
    _in_turn(prediction, target)
    return _tensor(ops.bce_with_logits(logits_of(prediction, ops.sigmoid, from_logits), target))


def binary_crossentropy(prediction: Any, target: Any, from_logits: bool | None = None) -> Tensor:
    """mean -[t log p + (1 - t) log(1 - p)], for probabilities p or logits; p nearer to 0 or 1 than
    1e-7 counts as that.

    Without `from_logits` the prediction says which it is. Errors: numbers in [0, 1] that could be
    either. Source: Keras' BinaryCrossentropy, whose `from_logits` is False unless given.

    >>> import tinygrad_edu as tg
    >>> z = tg.tensor([2.0], requires_grad=True)
    >>> t = np.array([1.0])
    >>> [round(binary_crossentropy(p, t).item(), 6) for p in (z, tg.sigmoid(z), 1 / (1 + np.exp(-z)))]
    [0.126928, 0.126928, 0.126928]
    """
    _in_turn(prediction, target)
    return _tensor(
        ops.bce_with_logits(logits_of(prediction, ops.sigmoid, from_logits, keras=True), target)
    )


def cross_entropy(prediction: Any, labels: Any, from_logits: bool | None = None) -> Tensor:
    """mean -log softmax(z)[t] for logits z (n, classes), or the softmax of them, and integer labels
    t (n,). With `from_logits=False` the prediction is probabilities, wherever they come from.

    Errors: labels that are no integers, out of range, or not one a row.

    >>> import tinygrad_edu as tg
    >>> cross_entropy(tg.tensor([[1000.0, -1000.0]]), np.array([1])).item()
    2000.0
    """
    _in_turn(prediction, labels)
    return _tensor(ops.cross_entropy(logits_of(prediction, ops.softmax, from_logits), labels))


def sparse_categorical_crossentropy(
    prediction: Any, labels: Any, from_logits: bool | None = None
) -> Tensor:
    """mean -log p[t] for rows of probabilities p or of logits (n, classes), and integer labels t
    (n,); p below 1e-7 counts as 1e-7, and a row as if divided by its sum.

    Without `from_logits` the prediction says which it is: rows in [0, 1] that sum to 1 are
    probabilities. Source: Keras' SparseCategoricalCrossentropy, whose `from_logits` is False unless
    given.

    >>> round(sparse_categorical_crossentropy(np.array([[0.25, 0.75]]), np.array([1])).item(), 6)
    0.287682
    """
    _in_turn(prediction, labels)
    return _tensor(
        ops.cross_entropy(logits_of(prediction, ops.softmax, from_logits, keras=True), labels)
    )


def categorical_cross_entropy(
    prediction: Any, target: Any, from_logits: bool | None = None
) -> Tensor:
    """mean over rows of -Σ t log softmax(z), for rows t of probabilities (one-hot labels) of z's
    shape.

    >>> import tinygrad_edu as tg
    >>> round(categorical_cross_entropy(tg.tensor([[0.0, 0.0]]), np.array([[1.0, 0.0]])).item(), 4)
    0.6931
    """
    _in_turn(prediction, target)
    return _rows(logits_of(prediction, ops.softmax, from_logits), target).mean()


def categorical_crossentropy(
    prediction: Any, target: Any, from_logits: bool | None = None
) -> Tensor:
    """mean over rows of -Σ t log p, for rows of probabilities p or of logits, and rows t of
    probabilities (one-hot labels); else as `sparse_categorical_crossentropy`. Source: Keras'
    CategoricalCrossentropy.

    >>> round(categorical_crossentropy(np.array([[0.25, 0.75]]), np.array([[0.0, 1.0]])).item(), 6)
    0.287682
    """
    _in_turn(prediction, target)
    return _rows(logits_of(prediction, ops.softmax, from_logits, keras=True), target).mean()


def MeanSquaredError() -> Loss:
    """Keras' name for `mse`."""
    return mse


def MeanAbsoluteError() -> Loss:
    """Keras' name for `mae`."""
    return mae


def Huber(delta: float = 1.0) -> Loss:
    """Keras' name for `huber` with its `delta` given.

    >>> Huber(delta=2.0)(np.array([4.0]), np.array([0.0])).item()
    6.0
    """
    return partial(huber, delta=delta)


def BinaryCrossentropy(from_logits: bool | None = None) -> Loss:
    """Keras' name for `binary_crossentropy` with its `from_logits` given: for `compile(loss=...)`.

    >>> BinaryCrossentropy(from_logits=False)(np.array([0.5]), np.array([1.0])).item().__round__(4)
    0.6931
    """
    return partial(binary_crossentropy, from_logits=from_logits)


def CategoricalCrossentropy(from_logits: bool | None = None) -> Loss:
    """Keras' name for `categorical_crossentropy` with its `from_logits` given."""
    return partial(categorical_crossentropy, from_logits=from_logits)


def SparseCategoricalCrossentropy(from_logits: bool | None = None) -> Loss:
    """Keras' name for `sparse_categorical_crossentropy` with its `from_logits` given."""
    return partial(sparse_categorical_crossentropy, from_logits=from_logits)


def _rows(z: Tensor, target: Any) -> Tensor:
    """-Σ t log softmax(z) for each row; a class with t = 0 costs nothing, at a logit of -inf
    too."""
    if np.shape(target) != z.shape:
        raise ValueError(
            f"categorical_crossentropy: predictions {z.shape} and one-hot targets "
            f"{np.shape(target)} differ in shape; for integer labels use "
            "'sparse_categorical_crossentropy'"
        )
    return -ops.multiply_no_nan(ops.log_softmax(z), target).sum(axis=-1)


def _in_turn(prediction: Any, target: Any) -> None:
    """Refuse what is surely (target, prediction), Keras' order, in which these costs are other
    ones."""
    turned = getattr(target, "requires_grad", False) and not getattr(
        prediction, "requires_grad", False
    )
    if not turned and not isinstance(prediction, Tensor) and not isinstance(target, Tensor):
        # plain data: zeros and ones, and numbers between them in the place of the target
        t, p = np.asarray(target), np.asarray(prediction)
        if t.dtype.kind == "f" and p.size and p.shape == t.shape:
            sure = bool(((p == 0) | (p == 1)).all())
            turned = sure and bool(((t > 0) & (t < 1)).any())
    if turned:
        raise TypeError(
            "a loss is called here with (prediction, target), and got the target first, as in "
            "Keras; write loss(logits, y) for loss(y, logits). In compile a function of your own "
            "says its order by its parameters' names"
        )


def parts_of(loss: Loss) -> tuple[Loss, bool | None]:
    """The cost's own function, and the `from_logits` that a partial of it was given."""
    if isinstance(loss, partial):
        return loss.func, loss.keywords.get("from_logits")
    return loss, None


SIGMOID = (bce_with_logits, binary_crossentropy)
"""The costs of a sigmoid output unit; Keras' name last."""
SPARSE = (cross_entropy, sparse_categorical_crossentropy)
"""The costs of a softmax output unit with integer labels."""
CATEGORICAL = (categorical_cross_entropy, categorical_crossentropy)
"""Those with rows of probabilities."""


def mean_of(value: Any, prediction: Any, loss: Loss) -> Tensor:
    """What a loss returned, as one number: itself, or the mean of one an example, as in Keras.

    Errors: what is no tensor, so that nothing could be learned from it; a shape that does not come
    from the examples.
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


def weighted(loss: Loss, prediction: Any, target: Any, weights: Any) -> Tensor:
    """Σ wᵢ·loss(pᵢ, tᵢ) / n: the loss with a weight (n,) for each example.

    Errors: a loss of one's own that returns their mean, and so says nothing of single ones.

    >>> import tinygrad_edu as tg
    >>> weighted(mse, tg.tensor([[1.0], [2.0]]), np.zeros((2, 1)), np.array([1.0, 0.5])).item()
    1.5
    """
    own, from_logits = parts_of(loss)
    if own is mse:
        p = tensor_of(prediction)
        if p.shape != np.shape(target):
            mse(p, target)  # says what is wrong
        each = (p - target) ** 2
    elif own is mae:
        each = ops.abs(_difference(prediction, target, "mae"))
    elif own is huber:
        each = _huber(
            _difference(prediction, target, "huber"),
            loss.keywords.get("delta", 1.0) if isinstance(loss, partial) else 1.0,
        )
    elif own in SIGMOID:
        z = logits_of(prediction, ops.sigmoid, from_logits, keras=own is binary_crossentropy)
        bce_with_logits(z, target, from_logits=True)  # refuses labels that are none
        t = target if isinstance(target, Tensor) else as_array(target, "a loss", z.dtype)
        each = ops.multiply_no_nan(ops.softplus(-z), t) + ops.multiply_no_nan(
            ops.softplus(z), 1 - t
        )
    elif own in SPARSE:
        z = logits_of(
            prediction, ops.softmax, from_logits, keras=own is sparse_categorical_crossentropy
        )
        cross_entropy(z, target, from_logits=True)  # refuses labels that are none
        # a choice, since 0 · -inf is no number
        chosen = target[..., None] == np.arange(z.shape[-1])
        each = -ops.where(chosen, ops.log_softmax(z), 0.0).sum(axis=-1)
    elif own in CATEGORICAL:
        each = _rows(
            logits_of(prediction, ops.softmax, from_logits, keras=own is categorical_crossentropy),
            target,
        )
    else:
        each = loss(prediction, target)
        if np.shape(each)[:1] != np.shape(weights):
            raise TypeError(
                "sample_weight and class_weight go with a loss that has a name, or returns a number "
                "an example: of a mean they are no part; weight it inside, or leave the mean out"
            )
    if each.ndim > 1:
        each = each.mean(axis=tuple(range(1, each.ndim)))
    return (each * weights).mean()


LOSSES: dict[str, Loss] = {
    "mse": mse,
    "mean_squared_error": mse,
    "mae": mae,
    "mean_absolute_error": mae,
    "huber": huber,
    "bce_with_logits": bce_with_logits,
    "binary_crossentropy": binary_crossentropy,
    "cross_entropy": cross_entropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    "categorical_cross_entropy": categorical_cross_entropy,
    "categorical_crossentropy": categorical_crossentropy,
}


def get_loss(loss: str | Loss) -> Loss:
    """The loss of a name that `compile` takes. A function of (prediction, target) is itself; one of
    (y_true, y_pred) is called in its own order, which its parameters' names tell. Errors: names
    that do not tell it."""
    if callable(loss):
        return in_order(loss, "loss")
    if loss not in LOSSES:
        raise ValueError(
            f"unknown loss {loss!r}; known: {', '.join(LOSSES)}, or a function of (prediction, "
            "target)"
        )
    return LOSSES[loss]


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else Tensor(x, copy=False)


def __getattr__(name: str) -> Any:
    raise habits.missing(__name__, name, sys.modules[__name__])
