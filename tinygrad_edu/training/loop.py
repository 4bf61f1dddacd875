"""fit: epochs of training steps, as the lecture's demo runs them, for any callable with parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import habits
from ..autodiff.modes import no_grad
from ..callbacks import Callback, Callbacks
from ..progress import Means, Report
from . import arguments
from .arguments import batches, count
from .evaluation import evaluated
from .interrupts import Interrupts
from .plan import History, plan_of
from .step import stepper


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
    plan = plan_of(model, "fit")
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
                    values = evaluated(
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
