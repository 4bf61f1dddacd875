"""compile, fit, evaluate, predict: training as the lecture's demo does it, for any callable with parameters."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import metrics
from .callbacks import Callback, Callbacks
from .engine import learning, no_grad, record_everything
from .inputs import numbers
from .losses import Loss, get_loss, weighted
from .metrics import Metric, get_metric, number
from .optim import Optimizer, get_optimizer
from .progress import Means, Report


class Plan:
    """What `compile` chose: an optimizer, a loss and metrics, each by its Keras name or as an object.

    The loss reads the logits even where the model ends in a softmax or sigmoid; see `losses`.
    """

    def __init__(self, optimizer: str | Optimizer, loss: str | Loss, metrics: Iterable[str | Metric] | None) -> None:
        metrics = [metrics] if isinstance(metrics, str) else metrics or ()
        self.step: tuple[Any, Any] | None = None     # a model, and its compiled step
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

    Compiled with `jit`. This library's metrics are part of the program then. A user's may do anything, so they are
    called between backward and update, on the prediction that the program returns.
    """
    if not jit:
        return lambda x, y, *weights: train_step(model, plan, x, y, *weights)
    if plan.step is not None and plan.step[0] is model:
        return plan.step[1]                          # of an earlier fit: jit sees what has changed since
    whole = all(getattr(m, "__module__", "") == metrics.__name__ for m in plan.metrics.values())

    def step(x: Any, y: Any, *weights: Any) -> Any:
        loss, seen, prediction = learn(model, plan, x, y, plan.metrics.values() if whole else (), *weights)
        if whole:
            plan.optimizer.step()
        return (loss, *seen) if whole else (loss, prediction)
    from .compiler import Jitted  # here: `import tinygrad_edu` stays fast
    compiled = Jitted(step, strict=False, constants=True)

    def with_metrics(x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
        loss, prediction = compiled(x, y, *weights)
        y = _matched(y, prediction)
        values = [float(loss), *(metrics.number(metric(prediction, y)) for metric in plan.metrics.values())]
        plan.optimizer.step()
        return values
    run = compiled.numbers if whole else with_metrics
    plan.step = model, run
    return run


def train_step(model: Any, plan: Plan, x: np.ndarray, y: np.ndarray, *weights: np.ndarray) -> list[float]:
    """One batch: forward, backward, update. Returns the loss and the metrics."""
    loss, seen, _ = learn(model, plan, x, y, plan.metrics.values(), *weights)
    plan.optimizer.step()
    return [loss.item(), *map(number, seen)]


def learn(model: Any, plan: Plan, x: Any, y: Any, metrics: Iterable[Metric],
          weights: Any = None) -> tuple[Any, list[Any], Any]:
    """Forward and backward on one batch: the loss, what the metrics say, and the prediction."""
    with learning():
        prediction = model(x)
    y = _matched(y, prediction)
    loss = plan.loss(prediction, y) if weights is None else weighted(plan.loss, prediction, y, weights)
    seen = [metric(prediction, y) for metric in metrics]
    plan.optimizer.zero_grad()
    loss.backward()
    return loss, seen, prediction


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
        given = np.asarray(numbers(sample_weight, "sample_weight"), np.float32)
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
        with record_everything():                # of a frozen model too: the graph tells logits from probabilities
            prediction = model(x[batch])
        target = _matched(y[batch], prediction)
        values = [number(m(prediction, target)) for m in plan.metrics.values()]
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
    plan = getattr(model, "plan", None)
    if plan is None:
        raise RuntimeError(f"{what}() needs a loss; call model.compile(optimizer='adam', loss='mse') first")
    return plan


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = _examples(x), np.asarray(numbers(y, "y"))
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(f"x has shape {x.shape} and y {y.shape}: they must be of the same length, one target an "
                         "example")
    if not len(x):
        raise ValueError("there are no examples: x and y are empty")
    return x, y


def _examples(x: ArrayLike) -> np.ndarray:
    """x, as a column where each example is one number, as Keras reads it."""
    x = np.asarray(numbers(x, "x"))
    return x[:, None] if x.ndim == 1 else x


def _matched(y: np.ndarray, prediction: Any) -> np.ndarray:
    """Targets (n,) for outputs (n, 1), and the other way round, as Keras reads them; else as they are."""
    if y.ndim == 1 and prediction.shape == (len(y), 1):
        return y[:, None]
    if y.shape == (len(y), 1) and (prediction.ndim == 1 or prediction.shape[-1] != 1):
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
