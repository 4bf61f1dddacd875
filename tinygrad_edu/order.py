"""Which argument of a user's loss or metric is the target, and which the prediction: the names of
its parameters tell.

Here, as in PyTorch, a loss is called with (prediction, target); in Keras and scikit-learn with
(y_true, y_pred). For a loss that is not symmetric the wrong order gives wrong numbers without an
error. So the names of the parameters decide, and where they do not the function is refused with the
line to write.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .formula import Op

TARGET, PREDICTION = "target", "prediction"

_CLEAR = {
    TARGET: frozenset(
        "true target targets label labels truth actual expected observed gt desired ground".split()
    ),
    PREDICTION: frozenset(
        """pred preds prediction predictions predicted predict hat yhat phat ypred logits logit
        probs prob proba probability probabilities output outputs out estimate estimated
        forecast""".split()
    ),
}
"""Words that are clear, alone or as a part of a name: `true` in `y_true`."""

_SHORT = {
    TARGET: frozenset("y t ys ts d onehot _".split()),
    PREDICTION: frozenset("p z a h o f ps zs input _".split()),
}
"""Names that are clear only together: in (p, t) the first is the prediction; (p, q) says nothing.
`_` is a parameter that is not used."""


def kinds_of(name: str) -> tuple[set[str], set[str]]:
    """What the name of a parameter means by itself, and what it means beside another short name.

    >>> [kinds_of(name) for name in ("y_true", "yPred", "p", "x")]
    [({'target'}, set()), ({'prediction'}, set()), (set(), {'prediction'}), (set(), set())]
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = {*plain.split("_"), plain.replace("_", "")}
    return (
        {kind for kind, known in _CLEAR.items() if words & known},
        {kind for kind, known in _SHORT.items() if (plain.strip("_") or "_") in known},
    )


def target_first(function: Callable[..., Any], what: str) -> bool:
    """Whether a loss or metric of a user is to be called with (target, prediction).

    `what` is "loss" or "metric", for the message. Errors: TypeError for names that do not tell it,
    or contradict each other.

    >>> target_first(lambda y_true, y_pred: 0, "loss"), target_first(lambda p, t: 0, "loss")
    (True, False)
    """
    names = _names(function)
    if names is None:  # nothing to read: written in C
        return False
    if names == ("*", "*"):
        name = getattr(function, "__name__", type(function).__name__)
        raise TypeError(
            f"a {what} is called with the prediction and the target, and {name}(*args) does not "
            f"say which comes first; write lambda prediction, target: {name}(...)"
        )
    (clear, short), (clear_2, short_2) = map(kinds_of, names)
    both = (TARGET, PREDICTION), (PREDICTION, TARGET)
    # one is enough: of (pred, x) the second is the target
    if clear or clear_2:
        turned, usual = (clear <= {a} and clear_2 <= {b} for a, b in both)
    else:
        turned, usual = (a in short and b in short_2 for a, b in both)
    if turned == usual:
        name = getattr(function, "__name__", type(function).__name__)
        name = name if name.isidentifier() else "f"
        raise TypeError(
            f"a {what} is called with the prediction and the target, and the parameters of {name}("
            f"{', '.join(names)}) do not say which is which; name them (prediction, target), or "
            "(y_true, y_pred) as in Keras. Of a function that others wrote: lambda prediction, "
            f"target: {name}(...)"
        )
    return turned


def _names(function: Callable[..., Any]) -> tuple[str, str] | None:
    """The two parameters that are given by position."""
    if isinstance(function, Op):
        return (function.inputs[0], function.inputs[1]) if len(function.inputs) == 2 else None
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) and not any(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters
    ):
        return "*", "*"
    found = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (found[0], found[1]) if len(found) >= 2 else None


def in_order(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    """The function as it is called here, with (prediction, target): itself, or one that swaps the
    arguments.

    Errors: those of `target_first`.

    >>> in_order(lambda y_true, y_pred: y_true - 2 * y_pred, "loss")(1.0, 5.0)
    3.0
    """
    if not target_first(function, what):
        return function

    def swapped(prediction: Any, target: Any) -> Any:
        return function(target, prediction)

    swapped.__name__ = swapped.__qualname__ = getattr(function, "__name__", type(function).__name__)
    swapped.__doc__ = function.__doc__
    return swapped


def require_prediction_first(prediction: Any, target: Any) -> None:
    """Refuse what is surely (target, prediction), Keras' order, for which a loss has other values.

    Two cases are sure. Only the second argument requires a gradient, and the first is an array, or
    has labels or zeros and ones. Or both are arrays of floats, the first has zeros and ones alone,
    and the second has numbers between them. Errors: TypeError.

    >>> require_prediction_first(np.array([0.2, 0.9]), np.array([0.0, 1.0]))
    >>> require_prediction_first(np.array([0.0, 1.0]), np.array([0.2, 0.9]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    TypeError: a loss is called here with (prediction, target), and got the target first, as in ...
    """
    if _requires_grad(target) and not _requires_grad(prediction):
        # soft targets may be trained, too: the prediction is a tensor of other numbers then
        swapped = not hasattr(prediction, "requires_grad") or _zeros_and_ones(prediction)
    elif hasattr(prediction, "requires_grad") or hasattr(target, "requires_grad"):
        swapped = False
    else:
        t = np.asarray(target)
        comparable = t.dtype.kind == "f" and t.size > 0 and np.shape(prediction) == t.shape
        between = comparable and bool(((t > 0) & (t < 1)).any())
        swapped = between and _zeros_and_ones(prediction)
    if swapped:
        raise TypeError(
            "a loss is called here with (prediction, target), and got the target first, as in "
            "Keras; write loss(logits, y) for loss(y, logits). In compile a function of your own "
            "says its order by its parameters' names"
        )


def _requires_grad(x: Any) -> bool:
    return bool(getattr(x, "requires_grad", False))


def _zeros_and_ones(x: Any) -> bool:
    """Whether x holds nothing else, or is integers: labels."""
    array = np.asarray(getattr(x, "_data", x))
    return array.dtype.kind in "biu" or bool(((array == 0) | (array == 1)).all())
