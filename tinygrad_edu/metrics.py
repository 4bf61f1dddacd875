"""What training reports beside the loss. A metric maps (prediction, target) to one number, the mean over the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import losses, ops
from .engine import as_array, mode

Metric = Callable[[Any, np.ndarray], float]


def sparse_accuracy(prediction: Any, labels: np.ndarray) -> float:
    """The part of rows whose largest entry stands at the label."""
    guess, labels = _array(prediction).argmax(axis=-1), _array(labels)
    if guess.shape != labels.shape:
        raise ValueError(f"{guess.shape} rows of predictions, but labels {labels.shape}; write one label a row")
    return _number((guess == labels).mean())


def categorical_accuracy(prediction: Any, target: np.ndarray) -> float:
    """The part of rows whose largest entry stands where the target's does."""
    return sparse_accuracy(prediction, _array(target).argmax(axis=-1))


def binary_accuracy(prediction: Any, target: np.ndarray) -> float:
    """The part of entries on the target's side: of 1/2 where a sigmoid made them, of 0 where they are logits."""
    _difference(prediction, target)          # refuses shapes that differ
    middle = 0.5 if losses.logits_of(prediction, ops.sigmoid) is not prediction else 0.0
    return _number(((_array(prediction) > middle) == (_array(target) > 0.5)).mean())


def rounded_accuracy(prediction: Any, target: np.ndarray) -> float:
    """The part of entries that are nearer to their 0/1 target than to the other: accuracy of a linear output unit."""
    _difference(prediction, target)
    return _number(((_array(prediction) > 0.5) == (_array(target) > 0.5)).mean())


def mean_absolute_error(prediction: Any, target: np.ndarray) -> float:
    """mean |p - t|."""
    return _number(np.abs(_difference(prediction, target)).mean())


def mean_squared_error(prediction: Any, target: np.ndarray) -> float:
    """mean (p - t)²."""
    return _number((_difference(prediction, target) ** 2).mean())


_ACCURACY: dict[Any, Metric] = {losses.cross_entropy: sparse_accuracy, losses.bce_with_logits: binary_accuracy,
                                losses.categorical_cross_entropy: categorical_accuracy, losses.mse: rounded_accuracy}
METRICS: dict[str, Metric] = {"mae": mean_absolute_error, "mean_absolute_error": mean_absolute_error,
                              "mse": mean_squared_error, "mean_squared_error": mean_squared_error}


_LESS_IS_BETTER = (mean_absolute_error, mean_squared_error, *losses.LOSSES.values())


def better(metric: Metric | None) -> str | None:
    """"min" or "max", as this metric or loss is better; None of one that is not known here."""
    if metric in _ACCURACY.values():
        return "max"
    return "min" if metric in _LESS_IS_BETTER else None


def get_metric(metric: str | Metric, loss: losses.Loss) -> tuple[str, Metric]:
    """A metric by its Keras name; "accuracy" is the one that goes with the loss."""
    if callable(metric):
        return getattr(metric, "__name__", type(metric).__name__), metric
    if metric in ("accuracy", "acc"):
        if loss not in _ACCURACY:
            raise ValueError("metrics=['accuracy'] goes with a loss that has a name; with a loss of your own, give a "
                             "function of (prediction, target), tinygrad_edu.metrics.sparse_accuracy for one")
        return metric, _ACCURACY[loss]
    if metric not in METRICS:
        raise ValueError(f"unknown metric {metric!r}; known: accuracy, {', '.join(METRICS)}, or a function")
    return metric, METRICS[metric]


def _array(x: Any) -> Any:
    """The numbers of x; while jit writes down what happens, the tensor itself."""
    if not hasattr(x, "requires_grad"):
        return as_array(x)
    return x if mode.tape is not None else x._data


def _number(x: Any) -> Any:
    return float(x) if mode.tape is None else x


def _difference(prediction: Any, target: Any) -> Any:
    p, t = _array(prediction).astype(float), _array(target).astype(float)    # uint8 would wrap around
    if p.shape != t.shape:
        raise ValueError(f"prediction {p.shape} and target {t.shape} differ in shape; write target.reshape{p.shape}")
    return p - t
