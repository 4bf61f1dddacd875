"""Names and keywords of PyTorch, Keras and TensorFlow that are none here, each with the line to
write: the answers of `__getattr__` and of keywords that nobody knows. What costs a line works under
their names instead (`x.unsqueeze(0)`, `lr=`, `model.add`), and stands where it is defined. The
lines are in `torch_names` and `keras_names`, those of modules that are imported in `elsewhere`.
"""

from __future__ import annotations

import functools
import opcode
import sys
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from .keras_names import CALLBACKS, DATASETS, KEYWORDS, LOSSES, METRICS, SCHEDULES
from .torch_names import IN_PLACE, KEYWORD, MODULE, NN, OPTIM, OPTIMIZER, TENSOR, TOP

P = ParamSpec("P")
R = TypeVar("R")

NAMES: dict[str, Mapping[str, str]] = {
    "Tensor": TENSOR,
    "module": MODULE,
    "tinygrad_edu": TOP,
    "tinygrad_edu.nn": NN,
    "tinygrad_edu.optim": OPTIM,
    "tinygrad_edu.callbacks": CALLBACKS,
    "tinygrad_edu.losses": LOSSES,
    "tinygrad_edu.metrics": METRICS,
    "tinygrad_edu.schedules": SCHEDULES,
    "tinygrad_edu.datasets": DATASETS,
    "optimizer": OPTIMIZER,
}


def missing(kind: str, name: str, owner: Any, called: str = "x") -> Exception:
    """The error for a name that `owner` has not: with the line to write where the name is a habit.

    >>> print(missing("tinygrad_edu.nn", "Linear", None))
    tinygrad_edu.nn has no 'Linear'; write nn.Dense(units, input_size=features)
    """
    line = NAMES[kind].get(name)
    if line is None and kind == "Tensor" and name.endswith("_") and not name.startswith("_"):
        line = IN_PLACE
    who = kind
    if not kind.startswith("tinygrad_edu") and owner is not None:
        who = type(owner).__name__
    if line is None:
        return AttributeError(f"{who} has no attribute {name!r}", name=name, obj=owner)
    return with_line(who, name, line.format(x=called, plain=name.rstrip("_")))


def with_line(who: str, name: str, line: str) -> Exception:
    """The error that says what to write for a name: an ImportError where `from who import name`
    asks, since Python would put a message of its own in the place of an AttributeError's."""
    words = f"{who} has no {name!r}; write {line}"
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_name in ("missing", "__getattr__"):
        frame = frame.f_back
    if frame is not None and _imports(frame):
        return ImportError(words, name=who)
    # Without name and owner: Python would add a name that is spelled alike, "Did you mean:
    # 'linear'?"
    return AttributeError(words, name=None, obj=None)


def _imports(frame: Any) -> bool:
    """Whether the instruction under way in a frame is `from ... import`."""
    return opcode.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"


def refuse(who: str, given: Mapping[str, Any], known: str) -> None:
    """A TypeError for keywords that nobody knows, with the line to write where it is a habit."""
    for name in given:
        line = KEYWORDS.get(who, {}).get(name) or KEYWORD.get(name)
        if line is not None:
            raise TypeError(f"{who} has no keyword {name!r}; write {line.format(name=name)}")
        raise TypeError(f"{who} has no keyword {name!r}; known: {known}")


def words(function: Callable[P, R]) -> Callable[P, R]:
    """A function that answers keywords which it has not with the line to write, in the place of
    Python's bare TypeError. Of a class' `__init__` the class is named.

    >>> @words
    ... def fit(x, epochs=1): return x
    >>> fit(1, nb_epoch=3)
    Traceback (most recent call last):
    TypeError: fit has no keyword 'nb_epoch'; write epochs=
    """
    code = function.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    path = function.__qualname__.split(".")
    who = path[-2] if path[-1] == "__init__" else path[-1]

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        if not kwargs.keys() <= set(known):
            others = {name: value for name, value in kwargs.items() if name not in known}
            refuse(who, others, ", ".join(n for n in known if n not in ("self", "model")))
        return function(*args, **kwargs)

    return called
