"""Optimizers: SGD with momentum, Adam, AdamW and RMSprop, with Keras' names and defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import habits
from .base import Optimizer
from .buffers import ParameterBuffer
from .rules import Adam, AdamW, RMSprop, SGD
from .update import flush

__all__ = [
    "OPTIMIZERS",
    "Adam",
    "AdamW",
    "ParameterBuffer",
    "Optimizer",
    "RMSprop",
    "SGD",
    "flush",
    "get_optimizer",
]

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSprop,
}


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """A new optimizer of that name with its defaults; an optimizer is itself.

    `optimizer` is a name, "sgd", "adam", "adamw" or "rmsprop" in any case, or an Optimizer.
    Errors: ValueError for an unknown name, and for a class; it says what to write.

    >>> get_optimizer("Adam").learning_rate
    0.001
    >>> sgd = SGD(learning_rate=0.5)
    >>> get_optimizer(sgd) is sgd
    True
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        raise ValueError(
            f"unknown optimizer {optimizer!r}: a class; write optim.{optimizer.__name__}()"
        )
    if not isinstance(optimizer, str) or optimizer.lower() not in OPTIMIZERS:
        raise ValueError(
            f"unknown optimizer {optimizer!r}; known: {', '.join(OPTIMIZERS)}, or an Optimizer, "
            "Adam(learning_rate=0.01) for one"
        )
    return OPTIMIZERS[optimizer.lower()]()


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> object:
        import sys

        if (module := sys.modules.get(f"{__name__}.{name}")) is not None:
            return module  # optim.lr_scheduler
        raise habits.missing(__name__, name, sys.modules[__name__])
