"""One training step: forward, backward, metrics, update; plainly, or compiled."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .. import metrics
from ..autodiff.modes import learning
from ..losses import Loss, mean_of, weighted
from ..metrics import number
from ..optim import Optimizer
from .plan import Plan, plan_of


def stepper(model: Any, plan: Plan, jit: bool) -> Callable[..., list[float]]:
    """What `fit` does with a batch: forward, backward, update; it returns the loss and the metrics.

    Compiled with `jit`, where that is the same. A program is kept from one call of `fit` to the
    next.
    """
    if not jit:
        return lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def step(x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
        if plan.step is None or not plan.step.fits(model, plan):
            plan.step = CompiledStep(model, plan)  # the first, or a callback has changed the plan
        return plan.step.run(x, y, *weights)

    return step


class CompiledStep:
    """The step of a model and a plan, compiled. This library's metrics and optimizers are part of
    the program; a user's may do anything, so they are called after it, as in the plain step."""

    def __init__(self, model: Any, plan: Plan) -> None:
        from ..compiler import Jitted  # here: `import tinygrad_edu` stays fast
        from ..compiler.trace.guards import Attribute, Contents
        from ..optim.update import is_declared

        self.model, self.loss, self.optimizer, self.metrics = (
            model,
            plan.loss,
            plan.optimizer,
            [*plan.metrics.values()],
        )
        self.reason = ""
        loss, optimizer = plan.loss, plan.optimizer
        ours = is_declared(optimizer)
        if not ours and getattr(optimizer.zero_grad, "__func__", None) is not Optimizer.zero_grad:
            self.reason = f"{type(optimizer).__name__} has a zero_grad of its own, which is called in every step"
        inside = ours and all(map(is_library_metric, self.metrics))

        def whole(x: Any, y: Any, *weights: Any) -> Any:
            value, prediction = learn(model, loss, optimizer, x, y, *weights)
            seen = measured(plan, prediction, matched(y, prediction))
            optimizer.step()
            return value, *seen

        def most(x: Any, y: Any, *weights: Any) -> Any:
            return learn(model, loss, optimizer, x, y, *weights)

        def finished(x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
            value, prediction = self.compiled(x, y, *weights)
            seen = measured(plan, prediction, matched(y, prediction))
            optimizer.step()
            return [value.item(), *map(number, seen)]

        whole.__name__ = most.__name__ = "step"
        self.compiled = Jitted(
            whole if inside else most,
            strict=False,
            constants=True,
            watch=lambda: [
                Attribute("the loss", plan, "loss"),
                Attribute("the optimizer", plan, "optimizer"),
                Contents("the metrics", plan.metrics),
            ],
        )
        self.run: Callable[..., list[float]] = self.compiled.numbers if inside else finished
        if self.reason:
            self.run = lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def fits(self, model: Any, plan: Plan) -> bool:
        """Whether it is the step of these still."""
        metrics = plan.metrics.values()
        return (
            self.model is model
            and self.loss is plan.loss
            and self.optimizer is plan.optimizer
            and len(metrics) == len(self.metrics)
            and all(map(operator.is_, metrics, self.metrics))
        )

    def text(self) -> str:
        """The program to be read, or why there is none."""
        reason = self.reason or self.compiled.refusal
        if reason:
            return f"fit ran the step plainly, with the same numbers. {reason}"
        return (
            self.compiled.source
            if self.compiled.latest is not None
            else ("fit ran too few steps to write one down: the first one makes the parameters")
        )


def program(model: Any) -> str:
    """The program of the step that `fit` ran last, forward, backward and update, to be read; or why
    there is none.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(2, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> model.program()
    'fit has not run yet: call model.fit(x, y) first'
    """
    plan = plan_of(model, "program")
    return (
        "fit has not run yet: call model.fit(x, y) first" if plan.step is None else plan.step.text()
    )


def train_step(
    model: Any, plan: Plan, x: np.ndarray, y: np.ndarray, *weights: np.ndarray
) -> list[float]:
    """One batch: forward, backward, metrics, update. Returns the loss and the metrics."""
    loss, prediction = learn(model, plan.loss, plan.optimizer, x, y, *weights)
    seen = measured(plan, prediction, matched(y, prediction))
    plan.optimizer.step()
    return [loss.item(), *map(number, seen)]


def learn(
    model: Any, loss: Loss, optimizer: Optimizer, x: Any, y: Any, weights: Any = None
) -> tuple[Any, Any]:
    """Forward and backward on one batch: the loss, and the prediction."""
    with learning():
        prediction = model(x)
    target = matched(y, prediction)
    value = (
        mean_of(loss(prediction, target), prediction, loss)
        if weights is None
        else weighted(loss, prediction, target, weights)
    )
    optimizer.zero_grad()
    value.backward()
    return value, prediction


def measured(plan: Plan, prediction: Any, target: Any) -> list[Any]:
    """What the metrics say. A user's gets a prediction that no gradient is asked of."""
    return [
        metric(prediction if is_library_metric(metric) else prediction.detach(), target)
        for metric in plan.metrics.values()
    ]


def is_library_metric(metric: Any) -> bool:
    """Whether a metric is one of this library's: by what it is, since `functools.wraps` lends
    another's name."""
    return isinstance(metric, FunctionType) and metric.__globals__ is vars(metrics)


def matched(y: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets (n,) for outputs (n, 1), and the other way round, as Keras reads them; labels (n, 1)
    for rows of outputs as (n,); else as they are."""
    if y.ndim == 1 and prediction.shape == (len(y), 1):
        return y[:, None]
    if y.shape == (len(y), 1) and (
        prediction.ndim == 1 or (prediction.shape[-1] != 1 and y.dtype.kind in "iub")
    ):
        return y[:, 0]
    return y
