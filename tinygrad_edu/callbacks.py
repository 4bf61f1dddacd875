"""What may look on while `fit` runs, and stop it: Keras' callbacks, by Keras' names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

Logs = Mapping[str, float]


class Callback:
    """Called by `fit(callbacks=[...])` at the points that its methods name; override those wanted. `self.model` is the
    model in training; `self.model.stop_training = True` ends it after the epoch.

    `logs` are the means so far: loss and metrics, and after an epoch their `val_` too. Batches are counted within the
    epoch, epochs from 0.

    >>> class Print(Callback):
    ...     def on_epoch_end(self, epoch, logs): print(epoch, sorted(logs))
    """

    model: Any = None

    def on_train_begin(self) -> None:
        """Before the first epoch."""

    def on_train_end(self) -> None:
        """After the last epoch, an interrupted one too."""

    def on_epoch_begin(self, epoch: int) -> None:
        """Before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After a step: parameters are updated."""


class LambdaCallback(Callback):
    """Functions in the place of methods, by the methods' names.

    >>> seen = []
    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["loss"])).on_epoch_end(0, {"loss": 0.5})
    >>> seen
    [0.5]
    """

    def __init__(self, **functions: Callable[..., None]) -> None:
        for name, function in functions.items():
            if not name.startswith("on_") or not hasattr(Callback, name):
                raise TypeError(f"no callback is called {name!r}; known: "
                                f"{', '.join(n for n in vars(Callback) if n.startswith('on_'))}")
            setattr(self, name, function)


class EarlyStopping(Callback):
    """Ends training when `monitor` has not improved by more than `min_delta` for `patience` epochs in a row.

    `mode` "min" or "max" says which way is better; "auto" takes "max" for accuracies, "min" for all else.
    With `restore_best_weights` the model ends with the parameters of its best epoch, `best_epoch`.
    Errors: a monitor that is not among the logs. Source: Keras' EarlyStopping.

    >>> EarlyStopping("val_loss", patience=3).patience
    3
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0.0, patience: int = 0, mode: str = "auto",
                 restore_best_weights: bool = False) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'mode={mode!r} is unknown; known: "auto", "min", "max"')
        self.monitor, self.min_delta, self.patience = monitor, abs(min_delta), patience
        self.sign = 1.0 if mode == "max" or (mode == "auto" and "acc" in monitor) else -1.0
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self) -> None:
        self.best, self.best_epoch, self.stopped_epoch, self.wait = -np.inf, 0, 0, 0
        self.weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.monitor not in logs:
            raise KeyError(f"EarlyStopping watches {self.monitor!r}, and fit reports {', '.join(logs)}"
                           + ("; pass validation_data or validation_split" if self.monitor.startswith("val_") else ""))
        value = self.sign * logs[self.monitor]
        if value > self.best + self.min_delta:
            self.best, self.best_epoch, self.wait = value, epoch, 0
            if self.restore_best_weights:
                self.weights = [p.numpy() for p in self.model.parameters()]
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.out_of_patience(epoch)

    def out_of_patience(self, epoch: int) -> None:
        """What is done when nothing has improved for long enough."""
        self.stopped_epoch = epoch
        self.model.stop_training = True

    def on_train_end(self) -> None:
        if self.weights is not None:
            for p, value in zip(self.model.parameters(), self.weights, strict=True):
                p.overwrite(value)


class LearningRateScheduler(Callback):
    """rate ← schedule(epoch, rate) before each epoch. The optimizer's learning rate must be a number.

    >>> LearningRateScheduler(lambda epoch, rate: rate * 0.9).schedule(1, 0.1)
    0.09000000000000001
    """

    def __init__(self, schedule: Callable[[int, float], float]) -> None:
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int) -> None:
        optimizer = _optimizer_with_a_number(self)
        optimizer.learning_rate = float(self.schedule(epoch, optimizer.learning_rate))


class ReduceLROnPlateau(EarlyStopping):
    """rate ← max(factor·rate, min_lr) when `monitor` has not improved for `patience` epochs. Source: Keras'.

    >>> ReduceLROnPlateau("loss", factor=0.5).factor
    0.5
    """

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, mode: str = "auto",
                 min_delta: float = 1e-4, min_lr: float = 0.0) -> None:
        if not 0 < factor < 1:
            raise ValueError(f"factor makes the rate smaller, so it is in (0, 1), not {factor}")
        super().__init__(monitor, min_delta, patience, mode)
        self.factor, self.min_lr = factor, min_lr

    def out_of_patience(self, epoch: int) -> None:
        optimizer = _optimizer_with_a_number(self)
        optimizer.learning_rate = max(self.factor * optimizer.learning_rate, self.min_lr)
        self.wait = 0


class TerminateOnNaN(Callback):
    """Ends training when the loss of a step is NaN or infinite, and says at which.

    >>> TerminateOnNaN().stopped_batch is None
    True
    """

    stopped_batch: int | None = None

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.stopped_batch is None and not np.isfinite(logs["loss"]):
            self.stopped_batch = batch
            self.model.stop_training = True


def _optimizer_with_a_number(callback: Callback) -> Any:
    optimizer = callback.model.plan.optimizer
    if callable(optimizer.learning_rate):
        raise TypeError(f"{type(callback).__name__} changes the learning rate, which is a schedule of its own here; "
                        "compile with a number")
    return optimizer


class Callbacks:
    """Several as one. `batches` says whether any of them wants to be told of batches: telling costs time."""

    def __init__(self, callbacks: Iterable[Callback], model: Any) -> None:
        self.all = list(callbacks)
        for c in self.all:
            if not isinstance(c, Callback):
                raise TypeError(f"callbacks= takes callbacks, not {type(c).__name__}; for a function write "
                                "LambdaCallback(on_epoch_end=f)")
            c.model = model
        self.batches = any(type(c).on_train_batch_end is not Callback.on_train_batch_end
                           or "on_train_batch_end" in vars(c) for c in self.all)

    def tell(self, name: str, *args: Any) -> None:
        """Call this method of each, in order."""
        for c in self.all:
            getattr(c, name)(*args)
