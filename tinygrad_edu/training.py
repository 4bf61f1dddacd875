"""compile, fit, evaluate, predict: training as the lecture's demo does it, for any callable with
parameters."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import arguments, metrics, scores
from .arguments import Examples, batches, count
from .callbacks import Callback, Callbacks
from .engine import learning, no_grad, record_everything, untraced
from .interrupts import Interrupts
from .losses import Loss, get_loss, weighted
from .metrics import Metric, get_metric, number
from .optim import Optimizer, get_optimizer
from .progress import Means, Report


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
                "them"
            )
        metrics = [metrics] if isinstance(metrics, str) or callable(metrics) else metrics or ()
        self.eager = eager
        self.step: CompiledStep | None = None  # of the last fit
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


def fit(
    model: Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: int | str = "auto",
    callbacks: Iterable[Callback] | Callback | None = None,
    validation_split: float = 0.0,
    validation_data: tuple[ArrayLike, ...] | None = None,
    shuffle: bool = True,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: ArrayLike | None = None,
    initial_epoch: int = 0,
    steps_per_epoch: None = None,
    validation_steps: int | None = None,
    validation_batch_size: int | None = None,
    validation_freq: int | Collection[int] = 1,
    *,
    seed: int | np.random.SeedSequence | np.random.Generator | None = None,
    jit: bool | None = None,
) -> History:
    """Minimise the compiled loss over batches: θ ← θ - step(∂L/∂θ), once through the data an epoch.

    x (n, ...) and y (n, ...). Each epoch goes through the data once, in a new order if `shuffle`,
    in batches of `batch_size` (None: 32), the last one smaller; from epoch `initial_epoch` to epoch
    `epochs`, which counts those before. `verbose` 0 is silent, 1 ("auto") a live progress bar, 2 a
    line an epoch. `callbacks` look on, and may stop it: see `callbacks`.

    Validation: `validation_split` keeps that part of the data, from its end; `validation_data` is
    (x, y) of its own, or (x, y, weights). It comes after every `validation_freq` epochs, or after
    those named; over all of it, or its first `validation_steps` batches of `validation_batch_size`
    (None: as in training).

    `sample_weight` (n,) multiplies each example's part of the loss, also of those split off;
    `class_weight` {class: weight} that of a class' examples in training; the loss is Σ weight·loss
    / n then. A class without a weight is refused (in Keras it has 1); both at once are multiplied
    (Keras refuses).

    `seed` fixes the order, together with the number of steps the optimizer has made: two calls of
    one epoch are one of two. Without it a seed of the model does. `jit` compiles the step (see
    `tg.jit`), with the same numbers; a model that cannot be compiled is trained without. None:
    unless `compile` said run_eagerly=True.

    The loss and metrics of an epoch are means over its batches while the weights change, as in
    Keras. Ctrl-C stops after the batch under way: weights and history stay as they are then (with
    EarlyStopping's `restore_best_weights`, those of the best epoch come back). A second Ctrl-C does
    not wait.

    Errors: no `compile` before; lengths that differ; no data; `steps_per_epoch`, as an epoch is all
    the data. Source: lecture 07, "Deep Learning: Demo"; the arguments are Keras', in Keras' order,
    `seed` and `jit` beside them.
    """
    plan = _plan(model, "fit")
    size = count("batch_size", batch_size, 1, 32)
    arguments.refuse_steps_per_epoch(steps_per_epoch, size)
    begin, end = count("initial_epoch", initial_epoch), count("epochs", epochs)
    level = arguments.verbosity(verbose)
    if not isinstance(shuffle, (bool, np.bool_)):
        raise ValueError(f"shuffle={shuffle!r} is unknown; known: True, False")
    data, held_out = arguments.validation(
        validation_data, arguments.read(x, y, sample_weight), validation_split
    )
    data = data.of_classes(class_weight)
    size_then = count("validation_batch_size", validation_batch_size, 1, size)
    comes_after = arguments.frequency(validation_freq)
    if held_out is not None:
        held_out = arguments.first(held_out, validation_steps, size_then, "validation_steps")
    orders = arguments.Orders(seed if seed is not None else getattr(model, "seed", None))
    names = ["loss", *plan.metrics]
    report = Report(level, end, -(-len(data.x) // size))
    watching = Callbacks(
        callbacks,
        model,
        verbose=level,
        epochs=end,
        steps=report.steps,
        metrics=names + [f"val_{name}" for name in names if held_out is not None],
    )
    history, logs = History(), dict[str, float]()
    with Interrupts() as ctrl_c:
        with no_grad():
            model(data.x[:1])  # layers that infer their input size see an example
        plan.optimizer.bind(model.parameters())
        step = stepper(model, plan, not plan.eager if jit is None else jit)
        model.history, model.stop_training = history, False
        watching.tell("on_train_begin")
        try:
            for epoch in range(begin, end):
                report.begin(epoch)
                watching.tell("on_epoch_begin", epoch)
                means = Means(names)
                order = orders.order(len(data.x), plan.optimizer.iterations) if shuffle else None
                for batch in batches(len(data.x), size, order):
                    watching.tell("on_train_batch_begin", report.done)
                    target = data.y[batch]
                    means.add(
                        step(data.x[batch], target, *(w[batch] for w in data.weights)), len(target)
                    )
                    report.done += 1
                    report.step(means)
                    watching.tell("on_train_batch_end", report.done - 1, means)
                    ctrl_c.check()
                    if model.stop_training:
                        break
                logs = means.result()
                if held_out is not None and comes_after(epoch):
                    values = _evaluated(
                        model, plan, held_out, size_then, Report(0, 1, 0), watching, ctrl_c
                    )
                    logs |= {f"val_{name}": value for name, value in values.items()}
                history.note(logs)
                history.epoch.append(epoch)
                report.end(logs)
                seen = set(logs)
                watching.tell("on_epoch_end", epoch, logs)
                history.note({name: value for name, value in logs.items() if name not in seen})
                ctrl_c.check()
                if model.stop_training:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
        watching.tell("on_train_end", logs)
        if history.interrupted:
            report.interrupted(len(history.epoch), history.restored_epoch)
    return history


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
        from .compiler import Jitted  # here: `import tinygrad_edu` stays fast
        from .compiler.guards import Attribute, Contents
        from .compiler.readable import is_ours

        self.model, self.loss, self.optimizer, self.metrics = (
            model,
            plan.loss,
            plan.optimizer,
            [*plan.metrics.values()],
        )
        self.reason = ""
        loss, optimizer = plan.loss, plan.optimizer
        ours = is_ours(optimizer)
        if not ours and getattr(optimizer.zero_grad, "__func__", None) is not Optimizer.zero_grad:
            self.reason = f"{type(optimizer).__name__} has a zero_grad of its own, which is called in every step"
        inside = ours and all(map(is_library_metric, self.metrics))

        def whole(x: Any, y: Any, *weights: Any) -> Any:
            value, prediction = learn(model, loss, optimizer, x, y, *weights)
            seen = measured(plan, prediction, _matched(y, prediction))
            optimizer.step()
            return value, *seen

        def most(x: Any, y: Any, *weights: Any) -> Any:
            return learn(model, loss, optimizer, x, y, *weights)

        def finished(x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
            value, prediction = self.compiled(x, y, *weights)
            seen = measured(plan, prediction, _matched(y, prediction))
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
    plan = _plan(model, "program")
    return (
        "fit has not run yet: call model.fit(x, y) first" if plan.step is None else plan.step.text()
    )


def train_step(
    model: Any, plan: Plan, x: np.ndarray, y: np.ndarray, *weights: np.ndarray
) -> list[float]:
    """One batch: forward, backward, metrics, update. Returns the loss and the metrics."""
    loss, prediction = learn(model, plan.loss, plan.optimizer, x, y, *weights)
    seen = measured(plan, prediction, _matched(y, prediction))
    plan.optimizer.step()
    return [loss.item(), *map(number, seen)]


def learn(
    model: Any, loss: Loss, optimizer: Optimizer, x: Any, y: Any, weights: Any = None
) -> tuple[Any, Any]:
    """Forward and backward on one batch: the loss, and the prediction."""
    with learning():
        prediction = model(x)
    target = _matched(y, prediction)
    value = (
        loss(prediction, target) if weights is None else weighted(loss, prediction, target, weights)
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


def evaluate(
    model: Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    batch_size: int | None = None,
    verbose: int | str = "auto",
    sample_weight: ArrayLike | None = None,
    steps: int | None = None,
    callbacks: Iterable[Callback] | Callback | None = None,
    return_dict: bool = False,
) -> Any:
    """The compiled loss and metrics on x and y, means over all examples: a list in the order loss,
    metrics; a dict with `return_dict`; one number where there are no metrics, as in Keras. Nothing
    is trained.

    `sample_weight` (n,) weighs the loss as in `fit`, not the metrics; `steps` takes the first so
    many batches only.
    """
    plan = _plan(model, "evaluate")
    size = count("batch_size", batch_size, 1, 32)
    data = arguments.first(arguments.read(x, y, sample_weight), steps, size, "steps")
    report = Report(arguments.verbosity(verbose), 1, -(-len(data.x) // size))
    watching = Callbacks(callbacks, model, verbose=report.verbose, epochs=1, steps=report.steps)
    with Interrupts() as ctrl_c:
        logs = _evaluated(model, plan, data, size, report, watching, ctrl_c)
    report.end(logs)
    if return_dict:
        return logs
    return list(logs.values()) if plan.metrics else logs["loss"]


def _evaluated(
    model: Any,
    plan: Plan,
    data: Examples,
    size: int,
    report: Report,
    watching: Callbacks,
    ctrl_c: Interrupts,
) -> dict[str, float]:
    """The means of loss and metrics over the batches."""
    x, y, weights = data
    means = Means(["loss", *plan.metrics])
    scored = {
        name: scores.Whole(metric)
        for name, metric in plan.metrics.items()
        if scores.is_score(metric)
    }
    model.stop_evaluating = False
    watching.tell("on_test_begin")
    for batch in batches(len(x), size, None):
        watching.tell("on_test_batch_begin", report.done)
        # of a frozen model too: the graph tells logits from probabilities
        with record_everything():
            prediction = model(x[batch])
        target = _matched(y[batch], prediction)
        values = map(number, measured(plan, prediction, target))
        for whole in scored.values():
            whole.add(prediction, target)
        loss = (
            weighted(plan.loss, prediction, target, weights[0][batch])
            if weights
            else plan.loss(prediction, target)
        )
        means.add([loss.item(), *values], len(target))
        report.done += 1
        report.step(means)
        watching.tell("on_test_batch_end", report.done - 1, means)
        ctrl_c.check()
        if model.stop_evaluating:
            break
    logs = means.result()
    # a score of parts says nothing of the whole
    logs |= {name: whole.result() for name, whole in scored.items()}
    watching.tell("on_test_end", logs)
    return logs


def predict(
    model: Any,
    x: ArrayLike,
    batch_size: int | None = None,
    verbose: int | str = 0,
    steps: int | None = None,
    callbacks: Iterable[Callback] | Callback | None = None,
) -> np.ndarray:
    """The model's outputs for x (n, ...), batch by batch, as one array (n, ...); of the first
    `steps` batches only."""
    untraced("calls predict", "call model(x)")
    x, size = arguments.inputs(x), count("batch_size", batch_size, 1, 32)
    if steps is not None:
        x = x[: count("steps", steps, 1) * size]
    if not len(x):
        raise ValueError("predict got no examples")
    report = Report(arguments.verbosity(verbose), 1, -(-len(x) // size))
    watching = Callbacks(callbacks, model, verbose=report.verbose, epochs=1, steps=report.steps)
    parts = []
    with Interrupts() as ctrl_c, no_grad():
        model.stop_predicting = False
        watching.tell("on_predict_begin")
        for batch in batches(len(x), size, None):
            watching.tell("on_predict_batch_begin", report.done)
            out = model(x[batch])
            parts.append(out._data if hasattr(out, "requires_grad") else np.asarray(out))
            report.done += 1
            report.step(None)
            watching.tell("on_predict_batch_end", report.done - 1, {"outputs": parts[-1]})
            ctrl_c.check()
            if model.stop_predicting:
                break
        watching.tell("on_predict_end")
    report.end({})
    return np.concatenate(parts)


def _plan(model: Any, what: str) -> Plan:
    untraced(f"calls {what}", "call it outside")
    plan = getattr(model, "plan", None)
    if plan is None:
        raise RuntimeError(
            f"{what}() needs a loss; call model.compile(optimizer='adam', loss='mse') first"
        )
    return plan


def _matched(y: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets (n,) for outputs (n, 1), and the other way round, as Keras reads them; labels (n, 1)
    for rows of outputs as (n,); else as they are."""
    if y.ndim == 1 and prediction.shape == (len(y), 1):
        return y[:, None]
    if y.shape == (len(y), 1) and (
        prediction.ndim == 1 or (prediction.shape[-1] != 1 and y.dtype.kind in "iub")
    ):
        return y[:, 0]
    return y
