"""One training step: forward, backward, metrics, update; plainly, or compiled."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import metrics
from ..autodiff.modes import learning
from ..losses import Loss, mean_of, weighted
from ..metrics import Metric, number
from ..optim import Optimizer
from .plan import Plan, plan_of

if TYPE_CHECKING:
    from ..compiler import Jitted

Array = np.ndarray[Any, np.dtype[Any]]
Step = Callable[..., list[float]]


def make_train_step(model: Any, plan: Plan, jit: bool) -> Step:
    """The function (x, y, *weights) ↦ [loss, *metrics] that `fit` calls for each batch: forward,
    backward, update.

    With `jit` it is compiled, where that gives the same numbers. A program is kept from one call of
    `fit` to the next.

    >>> from tinygrad_edu import nn
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> model.build((None, 1))
    >>> model.plan.optimizer.bind(model.parameters())
    >>> step = make_train_step(model, model.plan, jit=False)
    >>> step(np.array([[2.0]]), np.array([1.0]))          # (2 - 1)²
    [1.0]
    """
    if not jit:
        return lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def step(x: Array, y: Array, *weights: Array) -> list[float]:
        if plan.step is None or not plan.step.fits(model, plan):
            plan.step = CompiledStep(model, plan)  # the first, or a callback has changed the plan
        values: list[float] = plan.step.run(x, y, *weights)
        return values

    return step


class CompiledStep:
    """The training step of a model and a plan, compiled.

    Metrics and optimizers of this library are part of the program. Those of a user may do anything,
    so they are called after it, as in the plain step.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(1, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> CompiledStep(model, model.plan).fits(model, model.plan)
    True
    """

    model: Any
    loss: Loss
    optimizer: Optimizer
    metrics: list[Metric]
    reason: str  # why the step is not compiled; "" where it is
    compiled: Jitted

    def __init__(self, model: Any, plan: Plan) -> None:
        from ..compiler import Jitted  # here: `import tinygrad_edu` stays fast
        from ..compiler.trace.guards import Attribute, Contents
        from ..optim.update import is_declared

        self.model, self.loss, self.optimizer = model, plan.loss, plan.optimizer
        self.metrics = [*plan.metrics.values()]
        self.reason = ""
        loss, optimizer = plan.loss, plan.optimizer
        ours = is_declared(optimizer)
        if not ours and getattr(optimizer.zero_grad, "__func__", None) is not Optimizer.zero_grad:
            self.reason = (
                f"{type(optimizer).__name__} has a zero_grad of its own, which is called in every "
                "step"
            )
        inside = ours and all(map(is_library_metric, self.metrics))

        def with_update(x: Any, y: Any, *weights: Any) -> Any:
            value, prediction = forward_backward(model, loss, optimizer, x, y, *weights)
            seen = metric_values(plan, prediction, match_target_shape(y, prediction))
            optimizer.step()
            return value, *seen

        def without_update(x: Any, y: Any, *weights: Any) -> Any:
            return forward_backward(model, loss, optimizer, x, y, *weights)

        def finished(x: Array, y: Array, *weights: Array) -> list[float]:
            value, prediction = self.compiled(x, y, *weights)
            seen = metric_values(plan, prediction, match_target_shape(y, prediction))
            optimizer.step()
            return [value.item(), *map(number, seen)]

        with_update.__name__ = without_update.__name__ = "step"
        self.compiled = Jitted(
            with_update if inside else without_update,
            strict=False,
            constants=True,
            watch=lambda: [
                Attribute("the loss", plan, "loss"),
                Attribute("the optimizer", plan, "optimizer"),
                Contents("the metrics", plan.metrics),
            ],
        )
        self.run: Step = self.compiled.numbers if inside else finished
        if self.reason:
            self.run = lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def fits(self, model: Any, plan: Plan) -> bool:
        """Whether it is still the step of this model and plan.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(1, 1, seed=0)
        >>> model.compile("sgd", "mse")
        >>> step = CompiledStep(model, model.plan)
        >>> model.compile("sgd", "mae")
        >>> step.fits(model, model.plan)
        False
        """
        metrics = plan.metrics.values()
        return (
            self.model is model
            and self.loss is plan.loss
            and self.optimizer is plan.optimizer
            and len(metrics) == len(self.metrics)
            and all(map(operator.is_, metrics, self.metrics))
        )

    def text(self) -> str:
        """The program to be read, or why there is none.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(1, 1, seed=0)
        >>> model.compile("sgd", "mse")
        >>> CompiledStep(model, model.plan).text()
        'fit ran too few steps to write one down: the first one makes the parameters'
        """
        reason = self.reason or self.compiled.refusal
        if reason:
            return f"fit ran the step plainly, with the same numbers. {reason}"
        if self.compiled.latest is None:
            return "fit ran too few steps to write one down: the first one makes the parameters"
        return str(self.compiled.source)


def program(model: Any) -> str:
    """The program of the step that `fit` ran last, forward, backward and update, to be read; or why
    there is none.

    Errors: RuntimeError before `compile`.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(2, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> model.program()
    'fit has not run yet: call model.fit(x, y) first'
    """
    plan = plan_of(model, "program")
    if plan.step is None:
        return "fit has not run yet: call model.fit(x, y) first"
    return str(plan.step.text())


def train_step(model: Any, plan: Plan, x: Array, y: Array, *weights: Array) -> list[float]:
    """θ ← θ - step(∂L/∂θ) for one batch: forward, backward, metrics, update. Returns the loss and
    the metrics, before the update.

    >>> from tinygrad_edu import nn
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones", use_bias=False)])
    >>> model.compile("sgd", "mse")
    >>> model.build((None, 1))
    >>> model.plan.optimizer.bind(model.parameters())
    >>> loss = train_step(model, model.plan, np.array([[2.0]]), np.array([1.0]))
    >>> loss, model.layers[0].weight.numpy()              # w - 0.01 · 2 (2 - 1) 2
    ([1.0], array([[0.96]], dtype=float32))
    """
    loss, prediction = forward_backward(model, plan.loss, plan.optimizer, x, y, *weights)
    seen = metric_values(plan, prediction, match_target_shape(y, prediction))
    plan.optimizer.step()
    return [loss.item(), *map(number, seen)]


def forward_backward(
    model: Any, loss: Loss, optimizer: Optimizer, x: Any, y: Any, weights: Any = None
) -> tuple[Any, Any]:
    """L = loss(model(x), y), and ∂L/∂θ into the `.grad` of every parameter. Returns L and the
    prediction.

    >>> from tinygrad_edu import losses, nn, optim
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones", input_size=1)])
    >>> sgd = optim.SGD(model.parameters())
    >>> L, p = forward_backward(model, losses.mse, sgd, np.array([[2.0]]), np.array([1.0]))
    >>> L.item(), p.item(), model.layers[0].bias.grad
    (1.0, 2.0, array([2.], dtype=float32))
    """
    with learning():
        prediction = model(x)
    target = match_target_shape(y, prediction)
    if weights is None:
        value = mean_of(loss(prediction, target), prediction, loss)
    else:
        value = weighted(loss, prediction, target, weights)
    optimizer.zero_grad()
    value.backward()
    return value, prediction


def metric_values(plan: Plan, prediction: Any, target: Any) -> list[Any]:
    """The value of each metric. One of a user's gets a prediction that no gradient is asked of.

    >>> import tinygrad_edu as tg
    >>> metric_values(Plan("sgd", "mse", ["mae"]), tg.tensor([1.0, 3.0]), np.array([0.0, 0.0]))
    [2.0]
    """
    return [
        metric(prediction if is_library_metric(metric) else prediction.detach(), target)
        for metric in plan.metrics.values()
    ]


def is_library_metric(metric: Any) -> bool:
    """Whether a metric is one of this library's.

    The function itself is looked at, not its name: `functools.wraps` gives a user's function the
    name of another.

    >>> is_library_metric(metrics.sparse_accuracy), is_library_metric(lambda p, t: 0.0)
    (True, False)
    """
    return isinstance(metric, FunctionType) and metric.__globals__ is vars(metrics)


def match_target_shape(y: Array, prediction: Any) -> Array:
    """y in the shape that goes with the prediction, as Keras reads it.

    Targets (n,) become (n, 1) for outputs (n, 1), and the other way round; labels (n, 1) become
    (n,) for rows of outputs; all else stays.

    >>> match_target_shape(np.array([1.0, 2.0]), np.zeros((2, 1))).shape
    (2, 1)
    """
    if y.ndim == 1 and prediction.shape == (len(y), 1):
        return y[:, None]
    if y.shape == (len(y), 1) and (
        prediction.ndim == 1 or (prediction.shape[-1] != 1 and y.dtype.kind in "iub")
    ):
        return y[:, 0]
    return y
