"""The names of losses that `compile` takes."""

from __future__ import annotations

from functools import partial

from ..order import in_order
from .functions import (
    Loss,
    bce_with_logits,
    binary_crossentropy,
    categorical_cross_entropy,
    categorical_crossentropy,
    cross_entropy,
    huber,
    mae,
    mse,
    sparse_categorical_crossentropy,
)

SIGMOID = (bce_with_logits, binary_crossentropy)
"""The losses of a sigmoid output unit; Keras' name last."""
SPARSE = (cross_entropy, sparse_categorical_crossentropy)
"""The losses of a softmax output unit with integer labels."""
CATEGORICAL = (categorical_cross_entropy, categorical_crossentropy)
"""Those with rows of probabilities."""

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
    """The loss of a name that `compile` takes.

    A function of (prediction, target) is returned as it is; one of (y_true, y_pred) is called in
    that order, which the names of its parameters tell. Errors: ValueError for an unknown name;
    TypeError for parameters whose names do not tell the order.

    >>> get_loss("mean_squared_error") is mse
    True
    >>> get_loss(lambda y_true, y_pred: y_true - 2 * y_pred)(5.0, 1.0)     # prediction, target
    -9.0
    """
    if callable(loss):
        return in_order(loss, "loss")
    if loss not in LOSSES:
        raise ValueError(
            f"unknown loss {loss!r}; known: {', '.join(LOSSES)}, or a function of (prediction, "
            "target)"
        )
    return LOSSES[loss]


def unwrap_loss(loss: Loss) -> tuple[Loss, bool | None]:
    """The function of a loss, and the `from_logits` that it was given, or None.

    >>> from tinygrad_edu.losses import BinaryCrossentropy
    >>> function, from_logits = unwrap_loss(BinaryCrossentropy(from_logits=True))
    >>> function is binary_crossentropy, from_logits
    (True, True)
    """
    if isinstance(loss, partial):
        return loss.func, loss.keywords.get("from_logits")
    return loss, None
