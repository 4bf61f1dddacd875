"""What a tape holds: an entry for each thing that happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...formula import Op


class TraceError(TypeError):
    """A function did what cannot be written down once and run again.

    Raised by a function under `jit`; the message says what it did, and what to write instead.

    >>> import tinygrad_edu as tg
    >>> @tg.jit
    ... def f(x):
    ...     return x if x.item() > 0 else -x
    >>> try:
    ...     f(tg.tensor(2.0))
    ... except TraceError:
    ...     print("a branch by a value is not written down")
    a branch by a value is not written down
    """


@dataclass
class Entry:
    """One thing that happened: `kind` says what."""

    kind: str  # op, numpy, rule, copy, grad (a gradient was set), grad_in (read), write, update
    out: Any  # the tensor made; for grad, write and update whose
    inputs: tuple[Any, ...] = ()  # tensors, arrays and numbers
    params: dict[str, Any] = field(default_factory=dict)
    op: Op | None = None
    index: int = 0  # of the rule
    step: int = 0  # when
    arrays: tuple[Any, ...] = ()  # the inputs' arrays as they were
    backward: bool = False  # whether it belongs to a walk back
    call: tuple[str, Any] = ("", None)  # of NumPy: the kind of call, and the function
