"""Module: what has parameters and maps tensors to a tensor.

A module is put together of four parts, one a file:

    call.py     model(x) runs forward
    tree.py     what is inside: parameters and modules, their names, freezing
    state.py    the numbers of the parameters: copied, set, saved, loaded
    module.py   compile, fit, evaluate, predict, summary
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .. import habits
from ..autodiff.messages import Printed, describe
from ..autodiff.modes import untraced
from ..losses import Loss
from ..metrics import Metric
from ..optim import Optimizer
from ..training import History, Plan, evaluate, fit, predict, program
from .state import State
from .summary import parameter_table
from .tree import Tree


class Module(State):
    """Base of layers and models: define `forward`, and assign tensors and modules as attributes.

    Every tensor that is an attribute is a parameter, trained if it requires a gradient; order and
    names are those of definition, `hidden.weight` for the `weight` of the module assigned as
    `hidden`; lists of modules count their names. A `forward(self, x, training)` is told whether the
    model learns: True under `fit` and in `with tg.learning():`, False in `evaluate` and `predict`,
    or what the call says, `model(x, training=True)`. Keras' layers work as they are: `call` is
    another name of `forward`, and a `build(self, input_shape)` runs before the first call.

    >>> import tinygrad_edu as tg
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = tg.tensor(2.0, requires_grad=True, name="slope")
    ...     def forward(self, x):
    ...         return x * self.slope
    >>> line = Line()
    >>> line(tg.tensor(3.0)).item(), [name for name, _ in line.named_parameters()]
    (6.0, ['slope'])
    """

    plan: Plan  # what compile chose
    history: History  # of the last fit
    stop_training: bool  # set it to True, and fit ends after the batch or the epoch

    # Training, as Keras says it

    @habits.words
    def compile(
        self,
        optimizer: str | Optimizer = "adam",
        loss: str | Loss = "mse",
        metrics: Iterable[str | Metric] | str | Metric | None = (),
        *,
        loss_weights: None = None,
        weighted_metrics: None = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose what `fit` minimises, how, and what it reports. See `training.Plan`.

        `optimizer`, `loss` and each of `metrics` is a Keras name or an object.

        A loss or metric of your own is a function of the prediction, a tensor (n, ...), and the
        target, an array (n, ...). It returns one number, the mean over them, or one for each
        example, whose mean is taken, as in Keras; of a metric no gradient is asked. The names of
        its parameters tell their order: (prediction, target), (p, t), (logits, labels) or, as in
        Keras and scikit-learn, (y_true, y_pred), (y, y_hat). Names that do not tell it are refused.

        With `run_eagerly=True` or `jit_compile=False` `fit` does not compile its step. The other
        arguments are Keras', accepted where they change nothing: a model has one output, every
        batch is a step, no loss is scaled.

        Errors: names that are unknown; `loss_weights`, `weighted_metrics`, and another
        `steps_per_execution` than 1.

        >>> from tinygrad_edu import nn
        >>> model = nn.MLP(2, 1, seed=0)
        >>> model.compile("sgd", loss="mse", metrics=["mae"])
        >>> model.plan.optimizer.learning_rate, list(model.plan.metrics)
        (0.01, ['mae'])
        """
        if loss_weights is not None:
            raise ValueError(
                "loss_weights are for models of several outputs; weight the parts inside a loss of "
                "your own: loss=lambda prediction, target: ..."
            )
        if weighted_metrics:
            raise ValueError(
                "weighted_metrics are not supported: metrics are means over the examples as they "
                "are; write metrics=[...], and weight inside a function of your own"
            )
        if steps_per_execution not in (1, "auto"):
            raise ValueError(
                f"steps_per_execution={steps_per_execution}: every batch is one step here; leave "
                "it out"
            )
        self.plan = Plan(optimizer, loss, metrics, run_eagerly or jit_compile is False)

    fit = fit
    evaluate = evaluate
    predict = predict
    program = program

    # What a person sees

    def summary(self) -> str:
        """Print, and return, the parameters with their shapes and sizes.

        >>> from tinygrad_edu import nn
        >>> text = nn.Dense(1, input_size=2, seed=0).summary()
        Model: 'Dense'
        weight                          f32[2,1]                       2
        bias                            f32[1]                         1
        Total params: 3
        Trainable params: 3
        Non-trainable params: 0
        """
        untraced("prints a summary", "print it outside")
        text = Printed(self._summary())
        print(text)
        return text

    def _summary(self) -> str:
        return parameter_table(self)

    def _repr_html_(self) -> str:
        """What a notebook shows of a model: its summary."""
        return f"<pre>{escape(self._summary())}</pre>"

    def __repr__(self) -> str:
        try:
            parts = [f"{key}={_short(item)}" for key, item in self.members()]
        except RuntimeError:  # members that are none: an error of another moment
            parts = []
        line = f"{type(self).__name__}({', '.join(parts)})"
        if len(line) <= 100:
            return line
        inside = ",\n".join(parts).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {inside})"


def _short(item: Any) -> str:
    """A module as it is written, a tensor by its dtype and shape."""
    return repr(item) if isinstance(item, Tree) else describe(item).split()[-1]
