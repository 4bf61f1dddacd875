"""Callbacks that change the learning rate: LearningRateScheduler, ReduceLROnPlateau."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import habits
from ..progress import say
from .base import Callback, Logs
from .dispatch import takes
from .monitor import Monitor


class LearningRateScheduler(Callback):
    """rate ← schedule(epoch, rate), or schedule(epoch), before each epoch.

    The learning rate of the optimizer must be a number; it is among the logs of each epoch,
    "learning_rate", as in Keras. `verbose` 1 prints it. Errors: TypeError where the optimizer has a
    schedule of its own; ValueError for a schedule that returns no number, or one below 0.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(1, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> halve = LearningRateScheduler(lambda epoch, rate: rate / 2)
    >>> model.fit([1.0], [0.0], epochs=3, verbose=0, callbacks=[halve]).history["learning_rate"]
    [0.005, 0.0025, 0.00125]
    """

    schedule: Callable[..., float]
    verbose: int
    takes_rate: bool

    @habits.words
    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        self.takes_rate = takes(schedule, 2)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set the learning rate of this epoch. Errors: see the class.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(1, 1, seed=0)
        >>> model.compile("sgd", "mse")
        >>> rates = LearningRateScheduler(lambda epoch: 0.5)
        >>> rates.set_model(model)
        >>> rates.on_epoch_begin(0)
        >>> model.optimizer.learning_rate
        0.5
        """
        optimizer = _optimizer_with_a_number(self)
        arguments = (epoch, optimizer.learning_rate) if self.takes_rate else (epoch,)
        rate: Any = self.schedule(*arguments)
        is_number = isinstance(rate, (int, float, np.integer, np.floating))
        if isinstance(rate, bool) or not is_number or not rate >= 0:
            raise ValueError(
                f"the schedule returned {rate!r:.40} for epoch {epoch}; return a rate, at least 0"
            )
        optimizer.learning_rate = float(rate)
        if self.verbose:
            say(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{optimizer.learning_rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Put the learning rate into the logs.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(1, 1, seed=0)
        >>> model.compile("sgd", "mse")
        >>> rates, logs = LearningRateScheduler(lambda epoch: 0.5), {}
        >>> rates.set_model(model)
        >>> rates.on_epoch_end(0, logs)
        >>> logs
        {'learning_rate': 0.01}
        """
        _log_rate(self, logs)


class ReduceLROnPlateau(Monitor):
    """rate ← max(factor·rate, min_lr) when `monitor` has not improved for `patience` epochs.

    After that `cooldown` epochs do not count. `min_delta` and `mode`: see `Monitor`; `verbose` 1
    prints what is done. The rate is among the logs of each epoch, "learning_rate". Errors:
    ValueError for a factor outside (0, 1); those of `Monitor`, and of `LearningRateScheduler`.
    Source: Keras' ReduceLROnPlateau.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(1, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> reduce = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=10.0)
    >>> model.fit([1.0], [0.0], epochs=4, verbose=0, callbacks=[reduce]).history["learning_rate"]
    [0.01, 0.01, 0.005, 0.0025]
    """

    factor: float
    cooldown: int
    min_lr: float
    best: float
    wait: int
    left: int  # epochs of the cooldown

    @habits.words
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        if not 0 < factor < 1:
            raise ValueError(f"factor makes the rate smaller, so it is in (0, 1), not {factor}")
        super().__init__(monitor, min_delta, patience, mode, verbose)
        self.factor, self.cooldown, self.min_lr = factor, cooldown, min_lr

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget the best value; no cooldown is left.

        >>> reduce = ReduceLROnPlateau("loss", cooldown=3)
        >>> reduce.on_train_begin()
        >>> reduce.left
        0
        """
        super().on_train_begin()
        self.left = 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the value with the best; reduce the rate after `patience` epochs without a better
        one.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(1, 1, seed=0)
        >>> model.compile("sgd", "mse")
        >>> reduce = ReduceLROnPlateau("loss", factor=0.5, patience=1)
        >>> reduce.set_model(model)
        >>> reduce.on_train_begin()
        >>> for epoch in range(2):
        ...     reduce.on_epoch_end(epoch, {"loss": 1.0})
        >>> model.optimizer.learning_rate
        0.005
        """
        value = self.value(logs)
        _log_rate(self, logs)
        if value is None:
            return
        if self.left > 0:
            self.left, self.wait = self.left - 1, 0
        if value > self.best + self.min_delta:
            self.best, self.wait = value, 0
        elif self.left <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = _optimizer_with_a_number(self)
        self.wait, self.left = 0, self.cooldown
        if optimizer.learning_rate > self.min_lr:  # one below it is not raised
            optimizer.learning_rate = max(self.factor * optimizer.learning_rate, self.min_lr)
            if self.verbose:
                say(
                    f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to "
                    f"{optimizer.learning_rate}."
                )


def _optimizer_with_a_number(callback: Callback) -> Any:
    """The optimizer of the model. Errors: TypeError where its learning rate is a schedule."""
    optimizer = callback.model.plan.optimizer
    if callable(optimizer.learning_rate):
        raise TypeError(
            f"{type(callback).__name__} changes the learning rate, which is a schedule of its own "
            "here; compile with a number"
        )
    return optimizer


def _log_rate(callback: Callback, logs: Logs) -> None:
    rate = callback.model.plan.optimizer.learning_rate
    if isinstance(logs, dict) and not callable(rate):
        logs["learning_rate"] = float(rate)
