"""What may look on while `fit` runs, and stop it: Keras' callbacks, by Keras' names."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from . import habits
from .metrics import better
from .progress import Means, say

Logs = Mapping[str, float] | None


class Callback:
    """Called by `fit`, `evaluate` and `predict` (`callbacks=[...]`) at the points that its methods
    name, as in Keras; override those wanted. `self.model` is the model; `self.model.stop_training =
    True` ends training after the batch or the epoch. `self.params` has `verbose`, `epochs`,
    `steps`, and in `fit` `metrics`, the names in the logs.

    `logs` are the means so far: loss and metrics, and after an epoch their `val_` too; before
    something they are empty. What a callback adds to an epoch's logs goes into the history. Batches
    are counted within the epoch, epochs from 0. A method may leave `logs` out; an argument with a
    default is for them if its name begins with "log".

    >>> class Print(Callback):
    ...     def on_epoch_end(self, epoch, logs=None): print(epoch, sorted(logs))
    """

    model: Any = None
    params: Mapping[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Before all else: the model."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Before all else: what is about to happen."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, an interrupted one too."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a step: parameters are updated."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before the first batch of `evaluate`, and of validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After the last."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `evaluate`, and of validation."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After it."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before the first batch of `predict`."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After the last."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """After it: `logs["outputs"]` are the model's."""


HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


class LambdaCallback(Callback):
    """Functions in the place of methods, by the methods' names.

    >>> seen = []
    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["loss"])).on_epoch_end(0, {"loss": 0.5})
    >>> seen
    [0.5]
    """

    def __init__(self, **functions: Callable[..., None]) -> None:
        for name, function in functions.items():
            if name not in HOOKS:
                raise TypeError(f"no callback is called {name!r}; known: {', '.join(HOOKS)}")
            setattr(self, name, function)


class Monitor(Callback):
    """What watches one of the logs, `monitor`, and knows whether it has become better, by more than
    `min_delta`.

    `mode` "min" or "max" says which way is better. "auto" knows it of the loss, and of this
    library's metrics and losses; of a metric of one's own it is asked for, as in Keras. Errors: a
    monitor that is not among the logs; a mode that is needed.
    """

    def __init__(
        self, monitor: str, min_delta: float, patience: int, mode: str, verbose: int
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'mode={mode!r} is unknown; known: "auto", "min", "max"')
        if patience < 0:
            raise ValueError(f"patience is a number of epochs, at least 0, not {patience}")
        self.monitor, self.min_delta, self.patience, self.mode = (
            monitor,
            abs(min_delta),
            patience,
            mode,
        )
        self.verbose = verbose

    def on_train_begin(self, logs: Logs = None) -> None:
        self.best, self.wait = -np.inf, 0
        # an error comes before the first epoch, not after
        known = self.params.get("metrics", ())
        if self.monitor in known:
            self.sign()
        elif self.monitor.removeprefix("val_") in known:
            self.value(dict.fromkeys(known, 0.0))

    def sign(self) -> float:
        """1 where more is better, -1 where less is."""
        mode, name = self.mode, self.monitor.removeprefix("val_")
        if mode == "auto":
            known = getattr(getattr(self.model, "plan", None), "metrics", {})
            mode = "min" if name == "loss" else better(known.get(name)) or ""
        if not mode:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}, and whether more of it is better "
                "is not "
                f'known; write {type(self).__name__}({self.monitor!r}, mode="max"), or mode="min"'
            )
        return 1.0 if mode == "max" else -1.0

    def value(self, logs: Logs) -> float | None:
        """The logs' number, turned so that more is better; None in an epoch without validation."""
        logs = logs or {}
        if self.monitor in logs:
            return self.sign() * logs[self.monitor]
        if self.monitor in self.params.get("metrics", ()):  # validation_freq
            return None
        raise KeyError(
            f"{type(self).__name__} watches {self.monitor!r}, and fit reports {', '.join(logs)}"
            + (
                "; pass validation_data or validation_split"
                if self.monitor.startswith("val_")
                else ""
            )
        )


class EarlyStopping(Monitor):
    """Ends training when `monitor` has not improved by more than `min_delta` for `patience` epochs
    in a row, or is not better than `baseline` for so long; epochs before `start_from_epoch` do not
    count.

    `mode`: see `Monitor`. With `restore_best_weights` the model ends with the parameters of its
    best epoch, `best_epoch`, also after Ctrl-C; `history.restored_epoch` says so. Source: Keras'
    EarlyStopping.

    >>> EarlyStopping("val_loss", patience=3).patience
    3
    """

    @habits.words
    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, min_delta, patience, mode, verbose)
        self.baseline, self.start_from_epoch = baseline, start_from_epoch
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs: Logs = None) -> None:
        super().on_train_begin()
        self.best_epoch = self.stopped_epoch = 0
        self.weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        value = self.value(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        improved = value > self.best + self.min_delta
        if improved:
            self.best, self.best_epoch = value, epoch
            if self.baseline is None or value > self.sign() * self.baseline + self.min_delta:
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
        # the first may be NaN
        if self.restore_best_weights and (improved or self.weights is None):
            self.weights, self.best_epoch = [p.numpy() for p in self.model.parameters()], epoch

    def on_train_end(self, logs: Logs = None) -> None:
        if self.verbose and self.stopped_epoch:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.weights is None:
            return
        for p, value in zip(self.model.parameters(), self.weights, strict=True):
            p.overwrite(value)
        if (history := getattr(self.model, "history", None)) is not None:
            history.restored_epoch = self.best_epoch
        if self.verbose:
            say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")


class LearningRateScheduler(Callback):
    """rate ← schedule(epoch, rate), or schedule(epoch), before each epoch. The optimizer's learning
    rate must be a number; it is among the logs of the epoch, "learning_rate", as in Keras.

    >>> LearningRateScheduler(lambda epoch, rate: rate * 0.9).schedule(1, 0.1)
    0.09000000000000001
    """

    @habits.words
    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        self.takes_rate = _accepts(schedule, 2)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = _optimizer_with_a_number(self)
        rate = (
            self.schedule(epoch, optimizer.learning_rate)
            if self.takes_rate
            else self.schedule(epoch)
        )
        if (
            isinstance(rate, bool)
            or not isinstance(rate, (int, float, np.integer, np.floating))
            or not rate >= 0
        ):
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
        _log_rate(self, logs)


class ReduceLROnPlateau(Monitor):
    """rate ← max(factor·rate, min_lr) when `monitor` has not improved for `patience` epochs; after
    that `cooldown` epochs do not count. The rate is among the logs of each epoch, "learning_rate".
    Source: Keras' ReduceLROnPlateau.

    >>> ReduceLROnPlateau("loss", factor=0.5).factor
    0.5
    """

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
        super().on_train_begin()
        self.left = 0  # epochs of the cooldown

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
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


class TerminateOnNaN(Callback):
    """Ends training after the batch whose loss is NaN or infinite, `stopped_batch`, and says at
    which.

    >>> TerminateOnNaN().stopped_batch is None
    True
    """

    stopped_batch: int | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self.stopped_batch = None

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if not np.isfinite(loss):
            self.stopped_batch = batch
            self.model.stop_training = True
            if self.params.get("verbose"):
                say(f"\nBatch {batch}: the loss is {loss}; training ends.")


def _optimizer_with_a_number(callback: Callback) -> Any:
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


class Callbacks:
    """Several as one, which tells each only what it listens to: telling costs time."""

    def __init__(
        self, callbacks: Iterable[Callback] | Callback | None, model: Any, **params: Any
    ) -> None:
        self.all = (
            [callbacks]
            if isinstance(callbacks, Callback)
            else []
            if callbacks is None
            else _listed(callbacks)
        )
        for c in self.all:
            if isinstance(c, type) and issubclass(c, Callback):
                raise TypeError(
                    f"callbacks= takes callbacks, not their class; write {c.__name__}()"
                )
            if not isinstance(c, Callback):
                raise TypeError(
                    f"callbacks= takes callbacks, not {type(c).__name__}; for a function write "
                    "LambdaCallback(on_epoch_end=f)"
                )
            c.set_params(params)
            c.set_model(model)
        self.listening = {
            hook: [f for c in self.all if (f := _listener(c, hook)) is not None] for hook in HOOKS
        }

    def tell(self, hook: str, *args: Any) -> None:
        """Call this method of each that has one, in order: `hook, logs` or `hook, number, logs`;
        without logs, {}."""
        if not self.listening[hook]:
            return
        numbers = args[: 1 if hook.startswith(NUMBERED) else 0]
        logs = args[-1] if len(args) > len(numbers) else {}
        logs = logs.result() if isinstance(logs, Means) else logs
        for function, with_logs in self.listening[hook]:
            function(*numbers, logs) if with_logs else function(*numbers)


NUMBERED = ("on_epoch", "on_batch", "on_train_batch", "on_test_batch", "on_predict_batch")
ALSO = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _listed(callbacks: Iterable[Callback]) -> list[Callback]:
    try:
        return list(callbacks)
    except TypeError:
        cure = (
            f"{callbacks.__name__}()"
            if isinstance(callbacks, type)
            else "[LambdaCallback(on_epoch_end=f)]"
        )
        raise TypeError(
            f"callbacks= takes a list of callbacks, not {callbacks!r:.60}; write callbacks={cure}"
        ) from None


def _listener(c: Callback, hook: str) -> tuple[Callable[..., None], bool] | None:
    """The method of this name, if it is not the one that does nothing, and whether it takes
    logs."""
    if hook in ALSO.values():
        return None  # called under the other name
    names = [
        name
        for name in (hook, ALSO.get(hook, hook))
        if name in vars(c) or getattr(type(c), name) is not getattr(Callback, name)
    ]
    if not names:
        return None
    function, numbers = getattr(c, names[0]), 1 if hook.startswith(NUMBERED) else 0
    for with_logs in (True, False):
        if _accepts(function, numbers + with_logs):
            return function, with_logs and _wants(function, numbers)
    raise TypeError(
        f"{type(c).__name__}.{names[0]} is called with ({'number, ' * numbers}logs); write def "
        f"{names[0]}(self, {('epoch, ' if 'epoch' in hook else 'batch, ') * numbers}logs=None)"
    )


def _wants(function: Callable[..., Any], position: int) -> bool:
    """Whether the argument there is for logs: not the `k=k` of `lambda epoch, k=k: ...`, by which
    one keeps a value."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:
        return True
    p = parameters[position] if position < len(parameters) else parameters[-1]
    return p.default is p.empty or p.name.startswith(("log", "_"))


def _accepts(function: Callable[..., Any], arguments: int) -> bool:
    """Whether it can be called with so many."""
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError:
        return False
    except ValueError:  # builtins say nothing
        return True
    return True


def __getattr__(name: str) -> Any:
    raise habits.missing(__name__, name, sys.modules[__name__])
