"""Callbacks that watch one of the logs: EarlyStopping, and TerminateOnNaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import habits
from ..metrics import better
from ..progress import say
from .base import Callback, Logs

Array = np.ndarray[Any, np.dtype[Any]]


class Monitor(Callback):
    """Base of callbacks that watch one of the logs, `monitor`, and know whether it has improved by
    more than `min_delta`.

    `patience` is how many epochs without an improvement are accepted; `verbose` 1 prints what is
    done. `mode` "min" or "max" says which way is better. "auto" knows it of the loss, and of the
    metrics and losses of this library; of a metric of your own it must be given, as in Keras.
    Errors: ValueError for an unknown mode, or one that is missing; KeyError for a monitor that is
    not among the logs.

    >>> monitor = Monitor("loss", min_delta=0.0, patience=2, mode="auto", verbose=0)
    >>> monitor.value({"loss": 0.5})                      # turned: more is better
    -0.5
    """

    monitor: str
    mode: str
    min_delta: float
    patience: int
    verbose: int
    best: float
    wait: int

    def __init__(
        self, monitor: str, min_delta: float, patience: int, mode: str, verbose: int
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'mode={mode!r} is unknown; known: "auto", "min", "max"')
        if patience < 0:
            raise ValueError(f"patience is a number of epochs, at least 0, not {patience}")
        self.monitor, self.mode = monitor, mode
        self.min_delta, self.patience = abs(min_delta), patience
        self.verbose = verbose

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget the best value; check that `monitor` will be among the logs.

        >>> monitor = Monitor("loss", min_delta=0.0, patience=2, mode="auto", verbose=0)
        >>> monitor.on_train_begin()
        >>> monitor.best, monitor.wait
        (-inf, 0)
        """
        self.best, self.wait = -np.inf, 0
        # an error comes before the first epoch, not after
        known = self.params.get("metrics", ())
        if self.monitor in known:
            self.sign()
        elif self.monitor.removeprefix("val_") in known:
            self.value(dict.fromkeys(known, 0.0))

    def sign(self) -> float:
        """1 where more is better, -1 where less is. Errors: ValueError where it is not known.

        >>> Monitor("val_loss", min_delta=0.0, patience=2, mode="auto", verbose=0).sign()
        -1.0
        """
        mode, name = self.mode, self.monitor.removeprefix("val_")
        if mode == "auto":
            known = getattr(getattr(self.model, "plan", None), "metrics", {})
            mode = "min" if name == "loss" else better(known.get(name)) or ""
        if not mode:
            cls = type(self).__name__
            raise ValueError(
                f"{cls} watches {self.monitor!r}, and whether more of it is better is not known; "
                f'write {cls}({self.monitor!r}, mode="max"), or mode="min"'
            )
        return 1.0 if mode == "max" else -1.0

    def value(self, logs: Logs) -> float | None:
        """sign · logs[monitor], so that more is better; None in an epoch without validation.

        Errors: KeyError for a monitor that is not among the logs.

        >>> Monitor("score", min_delta=0.0, patience=2, mode="max", verbose=0).value({"score": 3.0})
        3.0
        """
        logs = logs or {}
        if self.monitor in logs:
            return self.sign() * logs[self.monitor]
        if self.monitor in self.params.get("metrics", ()):  # validation_freq
            return None
        validation = self.monitor.startswith("val_")
        raise KeyError(
            f"{type(self).__name__} watches {self.monitor!r}, and fit reports {', '.join(logs)}"
            f"{'; pass validation_data or validation_split' if validation else ''}"
        )


class EarlyStopping(Monitor):
    """Ends training when `monitor` has not improved by more than `min_delta` for `patience` epochs
    in a row.

    With a `baseline` it must be better than that, too. Epochs before `start_from_epoch` do not
    count. `mode`: see `Monitor`; `verbose` 1 prints what is done. With `restore_best_weights` the
    model ends with the parameters of its best epoch, `best_epoch`, also after Ctrl-C;
    `history.restored_epoch` says so.

    Errors: those of `Monitor`. Source: Keras' EarlyStopping.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(1, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> stop = EarlyStopping("loss", min_delta=10.0, patience=2)
    >>> model.fit([1.0], [0.0], epochs=100, verbose=0, callbacks=[stop]).epoch
    [0, 1, 2]
    """

    baseline: float | None
    start_from_epoch: int
    best: float
    best_epoch: int
    stopped_epoch: int
    wait: int

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
        """Forget the best epoch and its weights.

        >>> stop = EarlyStopping("loss")
        >>> stop.on_train_begin()
        >>> stop.best_epoch, stop.stopped_epoch
        (0, 0)
        """
        super().on_train_begin()
        self.best_epoch = self.stopped_epoch = 0
        self.weights: list[Array] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare the value with the best; stop after `patience` epochs without a better one.

        >>> stop = EarlyStopping("loss", patience=5)
        >>> stop.on_train_begin()
        >>> for epoch, loss in enumerate([0.5, 0.25, 0.75]):
        ...     stop.on_epoch_end(epoch, {"loss": loss})
        >>> stop.best_epoch, stop.wait
        (1, 1)
        """
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
        """Say where training stopped, and bring back the weights of the best epoch.

        >>> stop = EarlyStopping("loss", verbose=1)
        >>> stop.on_train_begin()
        >>> stop.stopped_epoch = 6
        >>> stop.on_train_end()
        Epoch 7: early stopping
        """
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


class TerminateOnNaN(Callback):
    """Ends training after the batch whose loss is NaN or infinite; `stopped_batch` is its number.

    Source: Keras' TerminateOnNaN.

    >>> TerminateOnNaN().stopped_batch is None
    True
    """

    stopped_batch: int | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget the batch of an earlier run.

        >>> stop = TerminateOnNaN()
        >>> stop.stopped_batch = 3
        >>> stop.on_train_begin()
        >>> stop.stopped_batch is None
        True
        """
        self.stopped_batch = None

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss.

        >>> from types import SimpleNamespace
        >>> stop = TerminateOnNaN()
        >>> stop.set_model(SimpleNamespace(stop_training=False))
        >>> stop.on_train_batch_end(3, {"loss": float("nan")})
        >>> stop.stopped_batch, stop.model.stop_training
        (3, True)
        """
        loss = (logs or {}).get("loss", 0.0)
        if not np.isfinite(loss):
            self.stopped_batch = batch
            self.model.stop_training = True
            if self.params.get("verbose"):
                say(f"\nBatch {batch}: the loss is {loss}; training ends.")
