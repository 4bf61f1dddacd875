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
    `eager` says that steps are not compiled (Keras' `run_eagerly=True`, `jit_compile=False`).
    """

    def __init__(
        self,
        optimizer: str | Optimizer,
        loss: str | Loss,
        metrics: Iterable[str | Metric] | None,
        eager: bool = False,
    ) -> None:
        if isinstance(loss, (list, tuple, Mapping)) or isinstance(metrics, Mapping):
            raise TypeError(
                "a model here has one output: loss= is one name or function, metrics= a list of "
                "them; write a loop of your own for several: p, q = model(x), loss = tg.mse(p, a) "
                "+ tg.cross_entropy(q, b), loss.backward(), optimizer.step()"
            )
        metrics = [metrics] if isinstance(metrics, str) or callable(metrics) else metrics or ()
        self.eager = eager
        self.step: Any = None  # the CompiledStep of the last fit
        self.optimizer = get_optimizer(optimizer)
        self.loss = get_loss(loss)
        self.metrics: dict[str, Metric] = {}
        for metric in metrics:
            name, function = get_metric(metric, self.loss)
            taken = [
                n
                for n in ("loss", *self.metrics)
                if n == name or n.rstrip("0123456789") == f"{name}_"
            ]
            self.metrics[f"{name}_{len(taken)}" if taken else name] = function

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "step": None}  # a copy's model is another


class History:
    """What `fit` saw: `history["loss"]` holds a number an epoch, and so does every metric, `val_`
    before those of the validation data, and what callbacks add to the logs (Keras' do:
    "learning_rate"); `epoch` holds the epochs' numbers. `interrupted` tells that Ctrl-C ended it;
    `restored_epoch` which epoch's weights EarlyStopping brought back."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.interrupted = False
        self.restored_epoch: int | None = None

    def note(self, logs: Mapping[str, float]) -> None:
        """One more value each."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        last = ", ".join(
            f"{k} {v[-1]:.4f}" if isinstance(v[-1], (int, float, np.number)) else f"{k} {v[-1]}"
            for k, v in self.history.items()
        )
        return f"History({len(self.epoch)} epochs{', interrupted' if self.interrupted else ''}; {last})"


def plan_of(model: Any, what: str) -> Plan:
    untraced(f"calls {what}", "call it outside")
    plan = getattr(model, "plan", None)
    if plan is None:
        raise RuntimeError(
            f"{what}() needs a loss; call model.compile(optimizer='adam', loss='mse') first"
        )
    return plan
