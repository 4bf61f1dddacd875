"""What training reports beside the loss.

A metric is a function of (prediction, target) that returns one number, the mean over the batch;
`scores` has those that are no means over examples. [A = B] below is 1 where it holds, else 0.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from . import habits, losses, ops, predictions, scores
from .autodiff.modes import as_array, mode
from .autodiff.operands import numbers_of
from .order import in_order

Array = np.ndarray[Any, np.dtype[Any]]
Metric = Callable[[Any, Array], float]


def sparse_accuracy(prediction: Any, labels: Array) -> float:
    """mean over rows of [argmax p = t]: the part of rows whose largest entry is at the label.

    `prediction` (n, classes), probabilities or logits; `labels` (n,), integers. Errors: ValueError
    for another number of labels than rows.

    >>> sparse_accuracy(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([0, 0]))
    0.5
    """
    guess, labels = _array(prediction).argmax(axis=-1), _array(labels)
    if guess.shape != labels.shape:
        raise ValueError(
            f"{guess.shape} rows of predictions, but labels {labels.shape}; write one label a row"
        )
    return _number((guess == labels).mean())


def categorical_accuracy(prediction: Any, target: Array) -> float:
    """mean over rows of [argmax p = argmax t]: the part of rows whose largest entry is where the
    target's is.

    p is the `prediction` and t the `target`, both (n, classes); the rows of t are one-hot labels,
    or probabilities. Errors: ValueError for another number of rows.

    >>> categorical_accuracy(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([[1, 0], [1, 0]]))
    0.5
    """
    return sparse_accuracy(prediction, _array(target).argmax(axis=-1))


def binary_accuracy(prediction: Any, target: Array, from_logits: bool | None = None) -> float:
    """mean of [(p > 1/2) = (t > 1/2)]: the part of entries on the target's side of 1/2; logits on
    the target's side of 0.

    Both (n, ...) of one shape. The prediction says whether it is logits, or `from_logits` does.
    Errors: ValueError for numbers in [0, 1] that could be either, and for shapes that differ.

    >>> binary_accuracy(np.array([0.9, 0.4]), np.array([1, 1]), from_logits=False)
    0.5
    """
    return _sides(prediction, target, from_logits, keras=True)


def rounded_accuracy(prediction: Any, target: Array) -> float:
    """mean of [(p > 1/2) = (t > 1/2)]: the accuracy of a linear output unit with targets 0 and 1.

    `prediction` p and `target` t (n, ...) of one shape. Errors: ValueError for shapes that differ.

    >>> rounded_accuracy(np.array([0.8, 0.3, -0.1]), np.array([1, 1, 0])).__round__(4)
    0.6667
    """
    return _above(prediction, target, 0.5)


def mean_absolute_error(prediction: Any, target: Array) -> float:
    """mean |p - t|, for the `prediction` p and the `target` t of one shape (n, ...).

    Errors: ValueError for shapes that differ.

    >>> mean_absolute_error(np.array([0.5, 3.0]), np.array([0.0, 1.0]))
    1.25
    """
    return _number(np.abs(_difference(prediction, target)).mean())


def mean_squared_error(prediction: Any, target: Array) -> float:
    """mean (p - t)², for the `prediction` p and the `target` t of one shape (n, ...).

    Errors: ValueError for shapes that differ.

    >>> mean_squared_error(np.array([0.5, 3.0]), np.array([0.0, 1.0]))
    2.125
    """
    return _number((_difference(prediction, target) ** 2).mean())


def accuracy(loss: losses.Loss) -> Metric:
    """The metric that "accuracy" means beside a loss, as in Keras.

    One column of outputs counts entries; several count rows by their largest entry, against labels
    of one axis less or rows of targets. Of examples with several labels at once Keras counts rows
    too; write metrics=["binary_accuracy"] for their entries.

    >>> metric = accuracy(losses.sparse_categorical_crossentropy)
    >>> metric(np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([0, 1]))
    1.0
    """
    function, from_logits = losses.unwrap_loss(loss)

    def accuracy(prediction: Any, target: Array) -> float:
        shape, labels = np.shape(prediction), np.shape(target)
        if function in losses.SPARSE or (
            len(shape) > 1 and shape[-1] > 1 and len(labels) < len(shape)
        ):
            return sparse_accuracy(prediction, target)
        if function in losses.CATEGORICAL or (len(shape) > 1 and shape[-1] > 1):
            return categorical_accuracy(prediction, target)
        if function in losses.SIGMOID:
            return _sides(
                prediction, target, from_logits, keras=function is losses.binary_crossentropy
            )
        return rounded_accuracy(prediction, target)

    return accuracy


METRICS: dict[str, Metric] = {
    "mae": mean_absolute_error,
    "mean_absolute_error": mean_absolute_error,
    **scores.SCORES,
    "mse": mean_squared_error,
    "mean_squared_error": mean_squared_error,
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_accuracy,
}


_LESS_IS_BETTER = (mean_absolute_error, mean_squared_error, *losses.LOSSES.values())


def better(metric: Metric | None) -> str | None:
    """ "min" or "max": which way a metric or loss of this library is better; None for any other.

    >>> better(mean_squared_error), better(sparse_accuracy), better(lambda p, t: 0.0)
    ('min', 'max', None)
    """
    if getattr(metric, "__globals__", None) is globals() and "accuracy" in metric.__name__:  # type: ignore[union-attr]
        return "max"
    if metric in scores.SCORES.values() or getattr(metric, "func", None) is scores.top_k:
        return "max"
    return "min" if metric in _LESS_IS_BETTER else None


def get_metric(metric: str | Metric, loss: losses.Loss) -> tuple[str, Metric]:
    """(name, function) of a metric by its Keras name; "accuracy" is the one that goes with the
    loss.

    A function of (prediction, target) is returned as it is; one of (y_true, y_pred), as in Keras
    and scikit-learn, is called in that order. Errors: ValueError for an unknown name, and for
    "accuracy" beside a loss of your own; TypeError for parameters whose names do not tell the
    order.

    >>> name, function = get_metric("mae", losses.mse)
    >>> name, function is mean_absolute_error
    ('mae', True)
    """
    if callable(metric):
        return getattr(metric, "__name__", type(metric).__name__), in_order(metric, "metric")
    if metric in ("accuracy", "acc"):
        if losses.unwrap_loss(loss)[0] not in losses.LOSSES.values():
            raise ValueError(
                "metrics=['accuracy'] goes with a loss that has a name; with a loss of your own, "
                "give a function of (prediction, target), tinygrad_edu.metrics.sparse_accuracy for "
                "one"
            )
        return metric, accuracy(loss)
    if metric not in METRICS:
        raise ValueError(
            f"unknown metric {metric!r}; known: accuracy, {', '.join(METRICS)}, or a function"
        )
    return metric, METRICS[metric]


def number(x: Any) -> float:
    """What a metric returned, x, as a Python number; the mean where x has one number for each
    example.

    Errors: ValueError for an array of another shape.

    >>> number(np.float32(0.5)), number(np.array([1.0, 2.0]))
    (0.5, 1.5)
    """
    if np.ndim(x) == 1:
        x = np.mean(numbers_of(x))
    if np.size(x) != 1:
        raise ValueError(
            f"a metric returned an array of shape {np.shape(x)}: neither one number nor one an "
            "example; are prediction and target of one shape? Write its mean if it is meant"
        )
    return float(x.item() if hasattr(x, "item") else x)


def _array(x: Any) -> Any:
    """The numbers of x; while jit writes down what happens, the tensor itself."""
    if not hasattr(x, "requires_grad"):
        return as_array(x, "a metric")
    return x if mode.tape is not None else numbers_of(x)


def _number(x: Any) -> float:
    """x as a Python number; while jit writes down what happens, the tensor itself."""
    number: float = float(x) if mode.tape is None else x
    return number


def _difference(prediction: Any, target: Any) -> Any:
    # uint8 would wrap around
    p, t = _array(prediction).astype(float), _array(target).astype(float)
    if p.shape != t.shape:
        raise ValueError(
            f"prediction {p.shape} and target {t.shape} differ in shape; write "
            f"target.reshape{p.shape}"
        )
    return p - t


def _above(prediction: Any, target: Any, middle: float) -> float:
    _difference(prediction, target)  # refuses shapes that differ
    return _number(((_array(prediction) > middle) == (_array(target) > 0.5)).mean())


def _sides(prediction: Any, target: Any, from_logits: bool | None, *, keras: bool) -> float:
    p = predictions.as_tensor(prediction)
    if p.attached.behind is not None:
        predictions.logits_of(p, ops.sigmoid, from_logits)  # refuses another unit's
        return _above(p, target, 0.5)
    if from_logits is None:
        from_logits = predictions.is_logits(p, ops.sigmoid, keras=keras)
    return _above(p, target, 0.0 if from_logits else 0.5)


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> Any:
        raise habits.missing(__name__, name, sys.modules[__name__])
