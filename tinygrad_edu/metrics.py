"""What training reports beside the loss. A metric maps (prediction, target) to one number, the mean
over the batch; `scores` has those that are no means over examples."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import habits, losses, ops, predictions, scores
from .autodiff.modes import as_array, mode
from .order import in_order

Metric = Callable[[Any, np.ndarray], float]


def sparse_accuracy(prediction: Any, labels: np.ndarray) -> float:
    """The part of rows whose largest entry stands at the label."""
    guess, labels = _array(prediction).argmax(axis=-1), _array(labels)
    if guess.shape != labels.shape:
        raise ValueError(
            f"{guess.shape} rows of predictions, but labels {labels.shape}; write one label a row"
        )
    return _number((guess == labels).mean())


def categorical_accuracy(prediction: Any, target: np.ndarray) -> float:
    """The part of rows whose largest entry stands where the target's does."""
    return sparse_accuracy(prediction, _array(target).argmax(axis=-1))


def binary_accuracy(prediction: Any, target: np.ndarray, from_logits: bool | None = None) -> float:
    """The part of entries on the target's side: of 1/2 where they are probabilities, of 0 where
    they are logits.

    The prediction says which it is, or `from_logits`. Errors: numbers in [0, 1] that could be
    either.
    """
    return _sides(prediction, target, from_logits, keras=True)


def rounded_accuracy(prediction: Any, target: np.ndarray) -> float:
    """The part of entries that are nearer to their 0/1 target than to the other: accuracy of a
    linear output unit."""
    return _above(prediction, target, 0.5)


def mean_absolute_error(prediction: Any, target: np.ndarray) -> float:
    """mean |p - t|."""
    return _number(np.abs(_difference(prediction, target)).mean())


def mean_squared_error(prediction: Any, target: np.ndarray) -> float:
    """mean (p - t)²."""
    return _number((_difference(prediction, target) ** 2).mean())


def accuracy(loss: losses.Loss) -> Metric:
    """What "accuracy" is beside a loss, by the shapes of prediction and target, as in Keras: one
    column counts entries; several count rows by their largest entry, against labels of one axis
    less or rows of targets.

    Of examples with several labels at once Keras counts rows too; write metrics=["binary_accuracy"]
    for their entries.
    """
    own, from_logits = losses.parts_of(loss)

    def accuracy(prediction: Any, target: np.ndarray) -> float:
        shape, labels = np.shape(prediction), np.shape(target)
        if own in losses.SPARSE or (len(shape) > 1 and shape[-1] > 1 and len(labels) < len(shape)):
            return sparse_accuracy(prediction, target)
        if own in losses.CATEGORICAL or (len(shape) > 1 and shape[-1] > 1):
            return categorical_accuracy(prediction, target)
        if own in losses.SIGMOID:
            return _sides(prediction, target, from_logits, keras=own is losses.binary_crossentropy)
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
    """ "min" or "max", as this metric or loss is better; None of one that is not known here."""
    if getattr(metric, "__globals__", None) is globals() and "accuracy" in metric.__name__:  # type: ignore[union-attr]
        return "max"
    if metric in scores.SCORES.values() or getattr(metric, "func", None) is scores.top_k:
        return "max"
    return "min" if metric in _LESS_IS_BETTER else None


def get_metric(metric: str | Metric, loss: losses.Loss) -> tuple[str, Metric]:
    """A metric by its Keras name; "accuracy" is the one that goes with the loss. A function of
    (prediction, target) is itself; one of (y_true, y_pred), as Keras and scikit-learn write them,
    is called in its own order."""
    if callable(metric):
        return getattr(metric, "__name__", type(metric).__name__), in_order(metric, "metric")
    if metric in ("accuracy", "acc"):
        if losses.parts_of(loss)[0] not in losses.LOSSES.values():
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
    """What a metric returned, as a Python number, the mean where it is one an example: a metric is
    looked at, not differentiated."""
    if np.ndim(x) == 1:
        x = np.mean(x._data if hasattr(x, "_data") else x)
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
    return x if mode.tape is not None else x._data


def _number(x: Any) -> Any:
    return float(x) if mode.tape is None else x


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
    p = predictions.tensor_of(prediction)
    if p.attached.behind is not None:
        predictions.logits_of(p, ops.sigmoid, from_logits)  # refuses another unit's
        return _above(p, target, 0.5)
    if from_logits is None:
        from_logits = predictions.is_logits(p, ops.sigmoid, keras=keras)
    return _above(p, target, 0.0 if from_logits else 0.5)


def __getattr__(name: str) -> Any:
    raise habits.missing(__name__, name, sys.modules[__name__])
