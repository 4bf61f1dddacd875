"""evaluate and predict: a model's loss and metrics on data, and its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import habits, scores
from ..autodiff.modes import no_grad, record_everything, untraced
from ..callbacks import Callback, Callbacks
from ..losses import mean_of, weighted
from ..metrics import number
from ..progress import Means, Report
from . import arguments
from .arguments import Examples, batches, count
from .interrupts import Interrupts
from .plan import Plan, plan_of
from .step import matched, measured


@habits.words
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
    plan = plan_of(model, "evaluate")
    size = count("batch_size", batch_size, 1, 32)
    data = arguments.first(arguments.read(x, y, sample_weight), steps, size, "steps")
    report = Report(arguments.verbosity(verbose), 1, -(-len(data.x) // size))
    watching = Callbacks(callbacks, model, verbose=report.verbose, epochs=1, steps=report.steps)
    with Interrupts() as ctrl_c:
        logs = evaluated(model, plan, data, size, report, watching, ctrl_c)
    report.end(logs)
    if return_dict:
        return logs
    return list(logs.values()) if plan.metrics else logs["loss"]


def evaluated(
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
        target = matched(y[batch], prediction)
        values = map(number, measured(plan, prediction, target))
        for whole in scored.values():
            whole.add(prediction, target)
        loss = (
            weighted(plan.loss, prediction, target, weights[0][batch])
            if weights
            else mean_of(plan.loss(prediction, target), prediction, plan.loss)
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


@habits.words
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
