"""CallbackList: several callbacks told as one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from ..progress import Means
from .base import HOOKS, Callback

NUMBERED = ("on_epoch", "on_batch", "on_train_batch", "on_test_batch", "on_predict_batch")
"""Hooks whose first argument is the number of the epoch or batch."""
ALSO = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}
"""Hooks with a second name."""

# A method, and whether it takes logs.
Listener = tuple[Callable[..., None], bool]


class CallbackList:
    """Several callbacks as one. Each is called only for the hooks that it overrides: calls cost
    time.

    `callbacks` is a list of callbacks, one callback, or None. Errors: TypeError for what is no
    callback, and for a method with other arguments than its hook's.

    >>> seen = []
    >>> note = Callback()
    >>> note.on_epoch_end = lambda epoch, logs: seen.append((epoch, logs))
    >>> told = CallbackList([note], model=None, verbose=0)
    >>> told.tell("on_epoch_end", 3, {"loss": 0.5})
    >>> seen
    [(3, {'loss': 0.5})]
    """

    def __init__(
        self, callbacks: Iterable[Callback] | Callback | None, model: Any, **params: Any
    ) -> None:
        self.all: list[Callback] = _listed(callbacks)
        for c in self.all:
            _check(c)
            c.set_params(params)
            c.set_model(model)
        self.listening: dict[str, list[Listener]] = {hook: [] for hook in HOOKS}
        for hook, listeners in self.listening.items():
            for c in self.all:
                if (listener := _listener(c, hook)) is not None:
                    listeners.append(listener)

    def tell(self, hook: str, *args: Any) -> None:
        """Call this hook of each callback that overrides it, in order.

        `args` are `logs`, or `number, logs`; logs that are left out are {}.

        >>> from tinygrad_edu.callbacks import LambdaCallback
        >>> told = CallbackList(LambdaCallback(on_train_begin=lambda logs: print(logs)), model=None)
        >>> told.tell("on_train_begin")
        {}
        """
        if not self.listening[hook]:
            return
        numbers = args[: 1 if hook.startswith(NUMBERED) else 0]
        logs = args[-1] if len(args) > len(numbers) else {}
        logs = logs.result() if isinstance(logs, Means) else logs
        for function, with_logs in self.listening[hook]:
            function(*numbers, logs) if with_logs else function(*numbers)


def _listed(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    if isinstance(callbacks, Callback):
        return [callbacks]
    try:
        return list(callbacks)
    except TypeError:
        is_class = isinstance(callbacks, type)
        cure = f"{callbacks.__name__}()" if is_class else "[LambdaCallback(on_epoch_end=f)]"
        raise TypeError(
            f"callbacks= takes a list of callbacks, not {callbacks!r:.60}; write callbacks={cure}"
        ) from None


def _check(c: Any) -> None:
    if isinstance(c, type) and issubclass(c, Callback):
        raise TypeError(f"callbacks= takes callbacks, not their class; write {c.__name__}()")
    if not isinstance(c, Callback):
        raise TypeError(
            f"callbacks= takes callbacks, not {type(c).__name__}; for a function write "
            "LambdaCallback(on_epoch_end=f)"
        )


def _listener(c: Callback, hook: str) -> Listener | None:
    """The method of this name, unless it is the one that does nothing, and whether it takes
    logs."""
    if hook in ALSO.values():
        return None  # called under the other name
    names = [
        name
        for name in (hook, ALSO.get(hook, hook))
        if name in vars(c) or getattr(type(c), name) is not getattr(Callback, name)
    ]
    if not names:
        return None
    function, numbers = getattr(c, names[0]), 1 if hook.startswith(NUMBERED) else 0
    for with_logs in (True, False):
        if takes(function, numbers + with_logs):
            return function, with_logs and _wants(function, numbers)
    number = "epoch, " if "epoch" in hook else "batch, "
    raise TypeError(
        f"{type(c).__name__}.{names[0]} is called with ({'number, ' * numbers}logs); write def "
        f"{names[0]}(self, {number * numbers}logs=None)"
    )


def _wants(function: Callable[..., Any], position: int) -> bool:
    """Whether the argument there is for logs: not the `k=k` of `lambda epoch, k=k: ...`, by which
    one keeps a value."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:
        return True
    p = parameters[position] if position < len(parameters) else parameters[-1]
    return p.default is p.empty or p.name.startswith(("log", "_"))


def takes(function: Callable[..., Any], arguments: int) -> bool:
    """Whether a function can be called with this many positional arguments; True where it cannot be
    known, as of functions written in C.

    >>> takes(lambda epoch, rate: rate, 2), takes(lambda epoch: 0.1, 2)
    (True, False)
    """
    try:
        inspect.signature(function).bind(*[None] * arguments)
    except TypeError:
        return False
    except ValueError:  # builtins say nothing
        return True
    return True
