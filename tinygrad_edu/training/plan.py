"""What `compile` chose, and what `fit` returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..autodiff.modes import untraced
from ..losses import Loss, get_loss
from ..metrics import Metric, get_metric
from ..optim import Optimizer, get_optimizer


class Plan:
    """What `compile` chose: an optimizer, a loss and metrics, each by its Keras name or as an
    object.

    The loss reads the logits even where the model ends in a softmax or sigmoid; see `losses`.
    `eager` says that steps are not compiled (Keras' `run_eagerly=True`, `jit_compile=False`). Two
    metrics of one name are reported as `name` and `name_1`.

    Errors: ValueError for an unknown name; TypeError for losses or metrics of several outputs.

    >>> plan = Plan("adam", "mse", ["mae"])
    >>> type(plan.optimizer).__name__, list(plan.metrics)
    ('Adam', ['mae'])
    """

    def __init__(
        self,
        optimizer: str | Optimizer,
        loss: str | Loss,
        metrics: Iterable[str | Metric] | str | Metric | None,
        eager: bool = False,
    ) -> None:
        if isinstance(loss, (list, tuple, Mapping)) or isinstance(metrics, Mapping):
            raise TypeError(
                "a model here has one output: loss= is one name or function, metrics= a list of "
                "them; write a loop of your own for several: p, q = model(x), loss = tg.mse(p, a) "
                "+ tg.cross_entropy(q, b), loss.backward(), optimizer.step()"
            )
        self.eager = eager
        self.step: Any = None  # the CompiledStep of the last fit
        self.optimizer: Optimizer = get_optimizer(optimizer)
        self.loss: Loss = get_loss(loss)
        self.metrics: dict[str, Metric] = {}
        if isinstance(metrics, str) or callable(metrics):
            metrics = [metrics]
        for metric in metrics or ():
            name, function = get_metric(metric, self.loss)
            self.metrics[self._free_name(name)] = function

    def _free_name(self, name: str) -> str:
        """`name`, or with a number where a metric, or the loss, has it already."""
        alike = [
            known
            for known in ("loss", *self.metrics)
            if known == name or known.rstrip("0123456789") == f"{name}_"
        ]
        return f"{name}_{len(alike)}" if alike else name

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "step": None}  # a copy's model is another


class History:
    """What `fit` reports: `history["loss"]` has one value per epoch, and so has every metric.

    Values of the validation data have `val_` before their name; what callbacks add to the logs is
    here too (Keras' add "learning_rate"). `epoch` has the numbers of the epochs, from 0.
    `interrupted` tells whether Ctrl-C ended the run; `restored_epoch` is the epoch whose weights
    EarlyStopping brought back, or None.

    >>> history = History()
    >>> history.note({"loss": 0.5})
    >>> history.epoch.append(0)
    >>> history, history.history
    (History(1 epochs; loss 0.5000), {'loss': [0.5]})
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.interrupted = False
        self.restored_epoch: int | None = None

    def note(self, logs: Mapping[str, float]) -> None:
        """Append one value to the list of each name.

        >>> history = History()
        >>> history.note({"loss": 0.5})
        >>> history.note({"loss": 0.25})
        >>> history.history
        {'loss': [0.5, 0.25]}
        """
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {_last(values)}" for name, values in self.history.items())
        interrupted = ", interrupted" if self.interrupted else ""
        return f"History({len(self.epoch)} epochs{interrupted}; {last})"


def _last(values: list[Any]) -> str:
    value = values[-1]
    return f"{value:.4f}" if isinstance(value, (int, float, np.number)) else f"{value}"


def plan_of(model: Any, what: str) -> Plan:
    """What `compile` chose for the model that `what` (fit, evaluate) is called of.

    Errors: RuntimeError before `compile`, or inside a function that `jit` traces.

    >>> from tinygrad_edu import nn
    >>> plan_of(nn.MLP(2, 1), "fit")
    Traceback (most recent call last):
    ...
    RuntimeError: fit() needs a loss; call model.compile(optimizer='adam', loss='mse') first
    """
    untraced(f"calls {what}", "call it outside")
    plan: Plan | None = getattr(model, "plan", None)
    if plan is None:
        raise RuntimeError(
            f"{what}() needs a loss; call model.compile(optimizer='adam', loss='mse') first"
        )
    return plan
