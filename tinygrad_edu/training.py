"""compile, fit, evaluate, predict: training as the lecture's demo does it, for any callable with parameters."""

from __future__ import annotations

import operator
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import metrics
from .callbacks import Callback, Callbacks
from .engine import learning, no_grad, untraced
from .losses import Loss, get_loss, weighted
from .metrics import Metric, get_metric
from .optim import Optimizer, get_optimizer
from .progress import Means, Report


class Plan:
    """What `compile` chose: an optimizer, a loss and metrics, each by its Keras name or as an object.

    The loss reads the logits even where the model ends in a softmax or sigmoid; see `losses`.
    """

    def __init__(self, optimizer: str | Optimizer, loss: str | Loss, metrics: Iterable[str | Metric] | None) -> None:
        metrics = [metrics] if isinstance(metrics, str) else metrics or ()
        self.step: CompiledStep | None = None        # of the last fit
        self.optimizer = get_optimizer(optimizer)
        self.loss = get_loss(loss)
        self.metrics: dict[str, Metric] = {}
        for metric in metrics:
            name, function = get_metric(metric, self.loss)
            taken = [n for n in ("loss", *self.metrics) if n == name or n.rstrip("0123456789") == f"{name}_"]
            self.metrics[f"{name}_{len(taken)}" if taken else name] = function

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "step": None}          # a copy's model is another


class History:
    """What `fit` saw: `history["loss"]` holds a number an epoch, and so does every metric, `val_` before those of the
    validation data; `epoch` holds the epochs' numbers. `interrupted` tells that Ctrl-C ended it."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.interrupted = False

    def __repr__(self) -> str:
        last = ", ".join(f"{k} {v[-1]:.4f}" for k, v in self.history.items())
        return f"History({len(self.epoch)} epochs{', interrupted' if self.interrupted else ''}; {last})"


def fit(model: Any, x: ArrayLike, y: ArrayLike, *, batch_size: int = 32, epochs: int = 1, verbose: int = 1,
        validation_split: float = 0.0, validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        shuffle: bool = True, seed: int | None = None, jit: bool = True, callbacks: Iterable[Callback] = (),
        sample_weight: ArrayLike | None = None, class_weight: Mapping[int, float] | None = None) -> History:
    """Minimise the compiled loss over batches: θ ← θ - step(∂L/∂θ), `epochs` times through the data.

    x (n, ...) and y (n, ...). Each epoch goes through the data once, in a new order if `shuffle`, in batches of
    `batch_size`, the last one smaller. `validation_split` keeps that part of the data, from its end, for validation;
    `validation_data` is (x, y) of its own. `verbose` 0 is silent, 1 a live progress bar, 2 a line an epoch. `seed`
    fixes the order; without it, a seed of the model does. `jit` compiles the step (see `tg.jit`), with the same
    numbers; a model that cannot be compiled is trained without. `callbacks` look on, and may stop it: see `callbacks`.
    `sample_weight` (n,) multiplies each example's part of the loss, `class_weight` {class: weight} that of a class'
    examples; the loss is Σ weight·loss / n then.

    The loss and metrics of an epoch are means over its batches while the weights change, as in Keras. Ctrl-C stops
    after the step under way: weights and history stay as they are then.

    Errors: no `compile` before; lengths that differ; no data. Source: lecture 07, "Deep Learning: Demo".
    """
    plan = _plan(model, "fit")
    x, y = _pair(x, y)
    if epochs < 0 or batch_size < 1:
        raise ValueError(f"epochs must be at least 0, batch_size must be at least 1; got {epochs} and {batch_size}")
    weights = example_weights(y, sample_weight, class_weight)
    if validation_data is not None:
        validation_data = _pair(*validation_data)
    elif validation_split:
        if not 0 < validation_split < 1:
            raise ValueError(f"validation_split is a part between 0 and 1, got {validation_split}")
        cut = int(len(x) * (1 - validation_split))
        if not 0 < cut < len(x):
            raise ValueError(f"validation_split={validation_split} of {len(x)} examples leaves one side empty")
        x, validation_data, y = x[:cut], (x[cut:], y[cut:]), y[:cut]
    rng = np.random.default_rng(seed if seed is not None else _second_stream(getattr(model, "seed", None)))
    with no_grad():
        model(x[:1])                             # layers that infer their input size see an example
    plan.optimizer.bind(model.parameters())
    step = stepper(model, plan, jit)
    history = History()
    model.history, model.stop_training = history, False
    watching = Callbacks(callbacks, model)
    report = Report(verbose, epochs, -(-len(x) // max(1, batch_size)))
    watching.tell("on_train_begin")
    try:
        with WholeSteps().run() as whole_step:
            for epoch in range(epochs):
                report.begin(epoch)
                watching.tell("on_epoch_begin", epoch)
                means = Means(["loss", *plan.metrics])
                order = rng.permutation(len(x)) if shuffle else None
                for batch in _batches(len(x), batch_size, order):
                    with whole_step:
                        target = y[batch]
                        means.add(step(x[batch], target, *(w[batch] for w in weights)), len(target))
                        report.done += 1
                    report.step(means)
                    if watching.batches:
                        watching.tell("on_train_batch_end", report.done - 1, means.result())
                logs = means.result()
                if validation_data is not None:
                    values = evaluate(model, *validation_data, batch_size=batch_size, verbose=0, return_dict=True)
                    logs |= {f"val_{name}": value for name, value in values.items()}
                for name, value in logs.items():
                    history.history.setdefault(name, []).append(value)
                history.epoch.append(epoch)
                report.end(logs)
                watching.tell("on_epoch_end", epoch, logs)
                if model.stop_training:
                    break
    except KeyboardInterrupt:
        history.interrupted = True
        report.interrupted(len(history.epoch))
    watching.tell("on_train_end")
    return history


class WholeSteps:
    """Around a training run: Ctrl-C waits until the step under way has ended, so that no parameter is updated while
    another is not yet. A second Ctrl-C does not wait, nor does one between steps. Outside the main thread, where no
    signal arrives, and where somebody else handles it, this does nothing.

        with WholeSteps().run() as whole_step:
            with whole_step: ...
    """

    def __init__(self) -> None:
        self.busy = self.waiting = False

    def interrupt(self, number: int, frame: Any) -> None:
        """What Ctrl-C does."""
        if self.waiting or not self.busy:
            raise KeyboardInterrupt
        self.waiting = True

    @contextmanager
    def run(self) -> Iterator[WholeSteps]:
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
            yield self
            return
        signal.signal(signal.SIGINT, self.interrupt)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def __enter__(self) -> None:
        self.busy = True

    def __exit__(self, *error: Any) -> None:
        self.busy = False
        if self.waiting and error[0] is None:
            self.waiting = False
            raise KeyboardInterrupt


def stepper(model: Any, plan: Plan, jit: bool) -> Callable[..., list[float]]:
    """What `fit` does with a batch: forward, backward, update; it returns the loss and the metrics.

    Compiled with `jit`, where that is the same. A program is kept from one call of `fit` to the next.
    """
    if not jit:
        return lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def step(x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
        if plan.step is None or not plan.step.fits(model, plan):
            plan.step = CompiledStep(model, plan)    # the first, or a callback has changed the plan
        return plan.step.run(x, y, *weights)
    return step


class CompiledStep:
    """The step of a model and a plan, compiled. This library's metrics and optimizers are part of the program; a user's
    may do anything, so they are called after it, as in the plain step."""

    def __init__(self, model: Any, plan: Plan) -> None:
        from .compiler import Jitted  # here: `import tinygrad_edu` stays fast
        from .compiler.guards import Attribute, Contents
        from .compiler.readable import is_ours
        self.model, self.loss, self.optimizer, self.metrics = model, plan.loss, plan.optimizer, [*plan.metrics.values()]
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
            return [value.item(), *map(float, seen)]

        whole.__name__ = most.__name__ = "step"
        self.compiled = Jitted(whole if inside else most, strict=False, constants=True, watch=lambda: [
            Attribute("the loss", plan, "loss"), Attribute("the optimizer", plan, "optimizer"),
            Contents("the metrics", plan.metrics)])
        self.run: Callable[..., list[float]] = self.compiled.numbers if inside else finished
        if self.reason:
            self.run = lambda x, y, *weights: train_step(model, plan, x, y, *weights)

    def fits(self, model: Any, plan: Plan) -> bool:
        """Whether it is the step of these still."""
        metrics = plan.metrics.values()
        return (self.model is model and self.loss is plan.loss and self.optimizer is plan.optimizer
                and len(metrics) == len(self.metrics) and all(map(operator.is_, metrics, self.metrics)))

    def text(self) -> str:
        """The program to be read, or why there is none."""
        reason = self.reason or self.compiled.refusal
        if reason:
            return f"fit ran the step plainly, with the same numbers. {reason}"
        return self.compiled.source if self.compiled.latest is not None else (
            "fit ran too few steps to write one down: the first one makes the parameters")


def program(model: Any) -> str:
    """The program of the step that `fit` ran last, forward, backward and update, to be read; or why there is none.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(2, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> model.program()
    'fit has not run yet: call model.fit(x, y) first'
    """
    plan = _plan(model, "program")
    return "fit has not run yet: call model.fit(x, y) first" if plan.step is None else plan.step.text()


def train_step(model: Any, plan: Plan, x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
    """One batch: forward, backward, metrics, update. Returns the loss and the metrics."""
    loss, prediction = learn(model, plan.loss, plan.optimizer, x, y, *weights)
    seen = measured(plan, prediction, _matched(y, prediction))
    plan.optimizer.step()
    return [loss.item(), *map(float, seen)]


def learn(model: Any, loss: Loss, optimizer: Optimizer, x: Any, y: Any, weights: Any = None) -> tuple[Any, Any]:
    """Forward and backward on one batch: the loss, and the prediction."""
    with learning():
        prediction = model(x)
    target = _matched(y, prediction)
    value = loss(prediction, target) if weights is None else weighted(loss, prediction, target, weights)
    optimizer.zero_grad()
    value.backward()
    return value, prediction


def measured(plan: Plan, prediction: Any, target: Any) -> list[Any]:
    """What the metrics say. A user's gets a prediction that no gradient is asked of."""
    return [metric(prediction if is_library_metric(metric) else prediction.detach(), target)
            for metric in plan.metrics.values()]


def is_library_metric(metric: Any) -> bool:
    """Whether a metric is one of this library's: by what it is, since `functools.wraps` lends another's name."""
    return vars(metrics).get(getattr(metric, "__name__", "")) is metric


def example_weights(y: np.ndarray, sample_weight: ArrayLike | None,
                    class_weight: Mapping[int, float] | None) -> list[np.ndarray]:
    """The weight of each example as one array (n,) in a list; an empty list where none is given."""
    if sample_weight is None and class_weight is None:
        return []
    found = np.ones(len(y), np.float32)
    if class_weight is not None:
        labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        missing = set(np.unique(labels).tolist()) - set(class_weight)
        if missing:
            raise ValueError(f"class_weight has no weight for {', '.join(map(str, sorted(missing)))}")
        found *= np.array([class_weight[k] for k in labels.tolist()], np.float32)
    if sample_weight is not None:
        given = np.asarray(sample_weight, np.float32)
        if given.shape != found.shape:
            raise ValueError(f"sample_weight has shape {given.shape}; write one number an example, {found.shape}")
        found *= given
    return [found]


def evaluate(model: Any, x: ArrayLike, y: ArrayLike, *, batch_size: int = 32, verbose: int = 1,
             return_dict: bool = False) -> Any:
    """The compiled loss and metrics on x and y, means over all examples: a list in the order loss, metrics; a dict with
    `return_dict`; one number where there are no metrics, as in Keras. Nothing is trained."""
    plan = _plan(model, "evaluate")
    x, y = _pair(x, y)
    means = Means(["loss", *plan.metrics])
    report = Report(verbose, 1, -(-len(x) // max(1, batch_size)))
    for batch in _batches(len(x), batch_size, None):
        prediction = model(x[batch])             # recorded, so that the loss finds the logits behind a softmax
        target = _matched(y[batch], prediction)
        values = map(float, measured(plan, prediction, target))
        means.add([plan.loss(prediction, target).item(), *values], len(target))
        report.done += 1
        report.step(means)
    logs = means.result()
    report.end(logs)
    if return_dict:
        return logs
    return list(logs.values()) if plan.metrics else logs["loss"]


def predict(model: Any, x: ArrayLike, *, batch_size: int = 32, verbose: int = 0) -> np.ndarray:
    """The model's outputs for x (n, ...), batch by batch, as one array (n, ...)."""
    untraced("calls predict", "call model(x)")
    x = _examples(x)
    if not len(x):
        raise ValueError("predict got no examples")
    report = Report(verbose, 1, -(-len(x) // max(1, batch_size)))
    parts = []
    with no_grad():
        for batch in _batches(len(x), batch_size, None):
            out = model(x[batch])
            parts.append(out._data if hasattr(out, "requires_grad") else np.asarray(out))
            report.done += 1
            report.step(None)
    report.end({})
    return np.concatenate(parts)


def _plan(model: Any, what: str) -> Plan:
    untraced(f"calls {what}", "call it outside")
    plan = getattr(model, "plan", None)
    if plan is None:
        raise RuntimeError(f"{what}() needs a loss; call model.compile(optimizer='adam', loss='mse') first")
    return plan


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = _examples(x), np.asarray(y)
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(f"x has shape {x.shape} and y {y.shape}: they must be of the same length, one target an "
                         "example")
    if not len(x):
        raise ValueError("there are no examples: x and y are empty")
    return x, y


def _examples(x: ArrayLike) -> np.ndarray:
    """x, as a column where each example is one number, as Keras reads it."""
    x = np.asarray(x)
    return x[:, None] if x.ndim == 1 else x


def _matched(y: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets (n,) for outputs (n, 1), and the other way round, as Keras reads them; labels (n, 1) for rows of outputs
    as (n,); else as they are."""
    if y.ndim == 1 and prediction.shape == (len(y), 1):
        return y[:, None]
    if y.shape == (len(y), 1) and (prediction.ndim == 1 or (prediction.shape[-1] != 1 and y.dtype.kind in "iub")):
        return y[:, 0]
    return y


def _batches(n: int, size: int, order: np.ndarray | None) -> Iterator[Any]:
    if size < 1:
        raise ValueError(f"batch_size must be at least 1, got {size}")
    for start in range(0, n, size):
        part = slice(start, min(n, start + size))
        yield part if order is None else order[part]


def _second_stream(seed: Any) -> Any:
    """A seed for the order of the data that is another stream than the weights'."""
    if seed is None:
        return None
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return np.random.SeedSequence(sequence.entropy, spawn_key=(*sequence.spawn_key, 2**31))
