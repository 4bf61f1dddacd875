"""fit: epochs of training steps, as in the lecture's demo, for any callable with parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import habits
from ..autodiff.modes import no_grad
from ..callbacks import Callback, CallbackList
from ..progress import Means, Report
from . import arguments
from .arguments import whole_number
from .evaluation import means_over_batches
from .examples import EpochOrders, Examples, batches, read_examples, split_validation
from .interrupts import DeferInterrupt
from .plan import History, Plan, plan_of
from .step import make_train_step


@habits.words
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
    """θ ← θ - step(∂L/∂θ) for each batch, L the compiled loss: train the model on x and y.

    x (n, ...) and y (n, ...). Each epoch goes through the data once, in a new order if `shuffle`,
    in batches of `batch_size` (None: 32), the last one smaller; from epoch `initial_epoch` to epoch
    `epochs`, which counts those before. `verbose` 0 is silent, 1 ("auto") a live progress bar, 2 a
    line an epoch. `callbacks` are called as it runs, and may stop it: see `callbacks`.

    Validation: `validation_split` keeps that part of the data, from its end; `validation_data` is
    (x, y) of its own, or (x, y, weights). It comes after every `validation_freq` epochs, or after
    those named; over all of it, or its first `validation_steps` batches of `validation_batch_size`
    (None: as in training).

    `sample_weight` (n,) multiplies each example's part of the loss, also of those split off;
    `class_weight` {class: weight} does so for the examples of a class in training; the loss is then
    Σ weight·loss / n. A class without a weight is refused (in Keras it has 1); both at once are
    multiplied (Keras refuses).

    `seed` fixes the order, together with the number of steps the optimizer has made: two calls of
    one epoch are one of two. Without it the seed of the model does. `jit` compiles the step (see
    `tg.jit`), with the same numbers; a model that cannot be compiled is trained without. None:
    unless `compile` said run_eagerly=True.

    Returns a `History`: the means of loss and metrics over the batches of each epoch, taken while
    the weights change, as in Keras. Ctrl-C stops after the current batch: weights and history stay
    as they are then (with EarlyStopping's `restore_best_weights`, those of the best epoch come
    back). A second Ctrl-C does not wait.

    Errors: RuntimeError before `compile`; ValueError for lengths that differ, no data, or
    `steps_per_epoch`, as an epoch is all the data. Source: lecture 07, "Deep Learning: Demo"; the
    arguments are Keras', in Keras' order, then `seed` and `jit`.

    >>> from tinygrad_edu import datasets, nn
    >>> X, y = datasets.moons(seed=0)
    >>> model = nn.MLP(2, 8, 1, output="sigmoid", seed=0)
    >>> model.compile("adam", "binary_crossentropy")
    >>> history = model.fit(X, y, epochs=3, verbose=0)
    >>> history.epoch, history.history["loss"][2] < history.history["loss"][0]
    ([0, 1, 2], True)
    """
    plan = plan_of(model, "fit")
    size = whole_number("batch_size", batch_size, 1, 32)
    arguments.refuse_steps_per_epoch(steps_per_epoch, size)
    begin, end = whole_number("initial_epoch", initial_epoch), whole_number("epochs", epochs)
    level = arguments.verbosity(verbose)
    if not isinstance(shuffle, (bool, np.bool_)):
        raise ValueError(f"shuffle={shuffle!r} is unknown; known: True, False")
    data, held_out = split_validation(
        validation_data, read_examples(x, y, sample_weight), validation_split
    )
    data = data.with_class_weights(class_weight)
    validation_size = whole_number("validation_batch_size", validation_batch_size, 1, size)
    validates = arguments.validation_epochs(validation_freq)
    if held_out is not None:
        held_out = arguments.first_batches(
            held_out, validation_steps, validation_size, "validation_steps"
        )
    orders = EpochOrders(seed if seed is not None else getattr(model, "seed", None))
    names = ["loss", *plan.metrics]
    report = Report(level, end, -(-len(data.x) // size))
    told = CallbackList(
        callbacks,
        model,
        verbose=level,
        epochs=end,
        steps=report.steps,
        metrics=names + [f"val_{name}" for name in names if held_out is not None],
    )
    with DeferInterrupt() as ctrl_c:
        with no_grad():
            model(data.x[:1])  # layers that infer their input size see an example
        plan.optimizer.bind(model.parameters())
        loop = _Loop(
            model=model,
            plan=plan,
            step=make_train_step(model, plan, not plan.eager if jit is None else jit),
            data=data,
            size=size,
            orders=orders if shuffle else None,
            held_out=held_out,
            validation_size=validation_size,
            validates=validates,
            report=report,
            callbacks=told,
            ctrl_c=ctrl_c,
        )
        return loop.run(range(begin, end))


@dataclass
class _Loop:
    """One call of `fit`: what it goes through, and what it has reached."""

    model: Any
    plan: Plan
    step: Callable[..., list[float]]  # one training step: the loss and the metrics
    data: Examples
    size: int  # of a batch
    orders: EpochOrders | None  # None: without shuffling
    held_out: Examples | None  # for validation
    validation_size: int  # of a batch
    validates: Callable[[int], bool]  # whether validation comes after this epoch
    report: Report
    callbacks: CallbackList
    ctrl_c: DeferInterrupt
    history: History = field(default_factory=History)
    logs: dict[str, float] = field(default_factory=dict)  # of the last epoch

    def run(self, epochs: range) -> History:
        """Train for these epochs; Ctrl-C ends them after the current batch."""
        model, history = self.model, self.history
        model.history, model.stop_training = history, False
        self.callbacks.tell("on_train_begin")
        try:
            for epoch in epochs:
                self.epoch(epoch)
                self.ctrl_c.check()
                if model.stop_training:
                    break
        except KeyboardInterrupt:
            history.interrupted = True
        self.callbacks.tell("on_train_end", self.logs)
        if history.interrupted:
            self.report.interrupted(len(history.epoch), history.restored_epoch)
        return history

    def epoch(self, epoch: int) -> None:
        """One epoch: the batches, validation, and what is told about them."""
        self.report.begin(epoch)
        self.callbacks.tell("on_epoch_begin", epoch)
        self.logs = self.batches().result()
        if self.held_out is not None and self.validates(epoch):
            values = self.validate(self.held_out)
            self.logs |= {f"val_{name}": value for name, value in values.items()}
        self.history.note(self.logs)
        self.history.epoch.append(epoch)
        self.report.end(self.logs)
        known = set(self.logs)
        self.callbacks.tell("on_epoch_end", epoch, self.logs)
        self.history.note({n: value for n, value in self.logs.items() if n not in known})

    def batches(self) -> Means:
        """A step for each batch; returns the means of loss and metrics over the examples."""
        model, data, report, callbacks = self.model, self.data, self.report, self.callbacks
        means = Means(["loss", *self.plan.metrics])
        order = None
        if self.orders is not None:
            order = self.orders.order(len(data.x), self.plan.optimizer.iterations)
        for batch in batches(len(data.x), self.size, order):
            callbacks.tell("on_train_batch_begin", report.done)
            target = data.y[batch]
            weights = (w[batch] for w in data.weights)
            means.add(self.step(data.x[batch], target, *weights), len(target))
            report.done += 1
            report.step(means)
            callbacks.tell("on_train_batch_end", report.done - 1, means)
            self.ctrl_c.check()
            if model.stop_training:
                break
        return means

    def validate(self, held_out: Examples) -> dict[str, float]:
        """The means of loss and metrics on the examples that are held out."""
        return means_over_batches(
            self.model,
            self.plan,
            held_out,
            self.validation_size,
            Report(0, 1, 0),
            self.callbacks,
            self.ctrl_c,
        )
