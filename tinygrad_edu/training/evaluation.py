"""evaluate and predict: a model's loss and metrics on data, and its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import habits, scores
from ..autodiff.modes import no_grad, record_everything, untraced
from ..autodiff.operands import numbers_of
from ..callbacks import Callback, CallbackList
from ..losses import mean_of, weighted
from ..metrics import number
from ..progress import Means, Report
from . import arguments
from .arguments import whole_number
from .examples import Examples, as_inputs, batches, read_examples
from .interrupts import DeferInterrupt
from .plan import Plan, plan_of
from .step import match_target_shape, metric_values


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
    """Σ L(model(xᵢ), yᵢ) / n, and so each metric: the compiled loss and metrics on x and y.

    x (n, ...) and y (n, ...). Returns a list in the order loss, metrics; a dict with `return_dict`;
    one number where there are no metrics, as in Keras. Nothing is trained.

    `sample_weight` (n,) weighs the loss as in `fit`, not the metrics; `steps` takes the first
    `steps` batches of `batch_size` (None: 32) only. `verbose` and `callbacks` as in `fit`. Errors:
    those of `fit`.

    >>> from tinygrad_edu import nn
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse", metrics=["mae"])
    >>> model.evaluate([1.0, 2.0], [2.0, 2.0], verbose=0)
    [0.5, 0.5]
    """
    plan = plan_of(model, "evaluate")
    size = whole_number("batch_size", batch_size, 1, 32)
    data = arguments.first_batches(read_examples(x, y, sample_weight), steps, size, "steps")
    report = Report(arguments.verbosity(verbose), 1, -(-len(data.x) // size))
    told = CallbackList(callbacks, model, verbose=report.verbose, epochs=1, steps=report.steps)
    with DeferInterrupt() as ctrl_c:
        logs = means_over_batches(model, plan, data, size, report, told, ctrl_c)
    report.end(logs)
    if return_dict:
        return logs
    return list(logs.values()) if plan.metrics else logs["loss"]


def means_over_batches(
    model: Any,
    plan: Plan,
    data: Examples,
    size: int,
    report: Report,
    callbacks: CallbackList,
    ctrl_c: DeferInterrupt,
) -> dict[str, float]:
    """{name: mean} of loss and metrics over the examples, in batches of `size`.

    A score such as "auc", which is no mean, is taken of all examples at once.

    >>> from tinygrad_edu import nn                       # evaluate and validation call it
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse", metrics=["r2"])
    >>> model.evaluate([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], verbose=0, return_dict=True)
    {'loss': 0.0, 'r2': 1.0}
    """
    x, y, weights = data
    means = Means(["loss", *plan.metrics])
    whole_scores = {
        name: scores.WholeScore(metric)
        for name, metric in plan.metrics.items()
        if scores.is_score(metric)
    }
    model.stop_evaluating = False
    callbacks.tell("on_test_begin")
    for batch in batches(len(x), size, None):
        callbacks.tell("on_test_batch_begin", report.done)
        # of a frozen model too: the graph tells logits from probabilities
        with record_everything():
            prediction = model(x[batch])
        target = match_target_shape(y[batch], prediction)
        values = map(number, metric_values(plan, prediction, target))
        for score in whole_scores.values():
            score.add(prediction, target)
        if weights:
            loss = weighted(plan.loss, prediction, target, weights[0][batch])
        else:
            loss = mean_of(plan.loss(prediction, target), prediction, plan.loss)
        means.add([loss.item(), *values], len(target))
        report.done += 1
        report.step(means)
        callbacks.tell("on_test_batch_end", report.done - 1, means)
        ctrl_c.check()
        if model.stop_evaluating:
            break
    logs = means.result()
    # a mean of the batches' scores is not the score of the whole
    logs |= {name: score.result() for name, score in whole_scores.items()}
    callbacks.tell("on_test_end", logs)
    return logs


@habits.words
def predict(
    model: Any,
    x: ArrayLike,
    batch_size: int | None = None,
    verbose: int | str = 0,
    steps: int | None = None,
    callbacks: Iterable[Callback] | Callback | None = None,
) -> np.ndarray[Any, np.dtype[Any]]:
    """model(x), batch by batch: the outputs as one array (n, ...).

    x (n, ...); `batch_size` None is 32; `steps` takes the first `steps` batches only. `verbose` and
    `callbacks` as in `fit`. Errors: ValueError for no examples.

    >>> from tinygrad_edu import nn
    >>> model = nn.Sequential([nn.Dense(1, kernel_initializer="ones")])
    >>> model.predict(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[3.],
           [7.]], dtype=float32)
    """
    untraced("calls predict", "call model(x)")
    x, size = as_inputs(x), whole_number("batch_size", batch_size, 1, 32)
    if steps is not None:
        x = x[: whole_number("steps", steps, 1) * size]
    if not len(x):
        raise ValueError("predict got no examples")
    report = Report(arguments.verbosity(verbose), 1, -(-len(x) // size))
    told = CallbackList(callbacks, model, verbose=report.verbose, epochs=1, steps=report.steps)
    parts = []
    with DeferInterrupt() as ctrl_c, no_grad():
        model.stop_predicting = False
        told.tell("on_predict_begin")
        for batch in batches(len(x), size, None):
            told.tell("on_predict_batch_begin", report.done)
            out = model(x[batch])
            parts.append(np.asarray(numbers_of(out)))
            report.done += 1
            report.step(None)
            told.tell("on_predict_batch_end", report.done - 1, {"outputs": parts[-1]})
            ctrl_c.check()
            if model.stop_predicting:
                break
        told.tell("on_predict_end")
    report.end({})
    return np.concatenate(parts)
