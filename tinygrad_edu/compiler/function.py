"""`jit`: the function that a user calls, which traces where it must and runs a program where it can."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any

import numpy as np

from .. import engine
from ..tensor import Tensor
from ..transforms import _flatten
from .compiled import Compiled
from .tape import Tape
from .trace import Trace, names_of

KEPT = 8
"""Programs kept for arguments of one kind, where what the function finds around itself goes to and fro."""


def jit(f: Callable[..., Any]) -> Jitted:
    """f, traced on its first call and compiled to straight-line NumPy: same numbers, same effects, fewer microseconds.

    The trace is a real call, with its results and effects. It is made again for arguments of another shape, dtype,
    structure or plain value, and where variables, globals or attributes of modules that f reads are rebound. Later
    calls run `program`; `source` is the same for reading.

    - Arrays and tensors among the arguments, also in lists, tuples and dicts, are inputs; all else (numbers, strings,
      models) is frozen, and traced anew for each value. Write `np.float32(rate)` for a number that changes often.
    - Tensors and arrays from outside are read at every call, so that a change is seen. What Python does with numbers
      and shapes (if, for, counters, print) happens at the trace only; where it needs a tensor's entries (`if x > 0`,
      `.item()`, `.numpy()`) that is a TraceError with the cure.
    - `backward()`, `.grad`, gradient transforms, `no_grad`, an optimizer's step and assignments to `.data` are part
      of the program. A result can be differentiated outside, to any order; where f calls `backward()` or changes
      parameters itself, its results are constants.
    - Where f makes arrays of its own by NumPy, it is traced on the second call too; if they differ, as random ones do,
      that is a TraceError. Pass them as arguments.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    >>> @jit
    ... def loss(x):
    ...     return ((x * w) ** 2).sum()
    >>> loss(np.array([3.0, 1.0])).backward(); w.grad
    array([18.,  4.])
    """
    return f if isinstance(f, Jitted) else Jitted(f)


class Jitted:
    """A function under `jit`. `source` and `program` are of its latest trace."""

    def __init__(self, f: Callable[..., Any], strict: bool = True, constants: bool = False) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.strict = f, strict
        self.constants = constants                   # results are not differentiated outside
        self.programs: dict[Any, list[Compiled]] = {}
        self.pending: dict[Any, Trace] = {}          # traced once, to be compared with a second time
        self.refused: dict[Any, str] = {}            # only where not strict
        self.latest: Compiled | None = None
        self.usual: Compiled | None = None           # of the last call, where arguments were plain
        self.traces = 0

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    @property
    def source(self) -> str:
        """The program as one would write it by hand."""
        return self._latest().source

    @property
    def program(self) -> str:
        """The program that runs."""
        return self._latest().program

    def _latest(self) -> Compiled:
        if self.latest is None:
            raise RuntimeError(f"{getattr(self.f, '__name__', 'the function')} has not been traced yet; call it once "
                               "with its arguments")
        return self.latest

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = engine.mode
        usual = self.usual
        if (usual is not None and mode.plain and not mode.training and not kwargs
                and len(args) == len(usual.trace.own) and usual.fits(args)):
            return usual.run(args)                   # as the call before: nothing to look up
        if mode.tape is not None or mode.watching or mode.everything:
            return self.f(*args, **kwargs)           # part of another trace, or someone wants to see each operation
        leaves: list[Any] = []
        key: list[Any] = [mode.recording, mode.training]
        for x in args:
            if type(x) is np.ndarray:
                leaves.append(x)
                key.append((x.shape, x.dtype))
            else:
                self._note(x, leaves, key)
        for name in sorted(kwargs):
            key.append(name)
            self._note(kwargs[name], leaves, key)
        kind = tuple(key)
        for compiled in self.programs.get(kind, ()):
            if compiled.holds(leaves):
                simple = (mode.plain and not mode.training and not kwargs
                          and all(isinstance(x, (Tensor, np.ndarray)) for x in args))
                self.usual = compiled if simple else None
                return compiled.run(leaves)
        if kind in self.refused:
            return self.f(*args, **kwargs)
        return self._trace(kind, leaves, args, kwargs)

    def numbers(self, *args: Any) -> list[float]:
        """What a call returns, where that is a list of single numbers, as Python's."""
        usual = self.usual
        if (usual is not None and usual.plain and engine.mode.plain and not engine.mode.training
                and len(args) == len(usual.trace.own) and usual.fits(args)):
            return [float(value) for value in usual.raw(args)]
        return [float(value) for value in self(*args)]

    def _note(self, x: Any, leaves: list[Any], key: list[Any]) -> None:
        """Sort an argument into what varies from call to call and what is frozen."""
        if isinstance(x, Tensor):
            same = next((k for k, y in enumerate(leaves) if y is x), None)
            leaves.append(x)
            key.append((x.shape, x.dtype, x._requires_grad, x.name, same, x._grad is None, x.op is None))
        elif isinstance(x, (np.ndarray, np.generic)):
            leaves.append(np.asarray(x))
            key.append((x.shape, x.dtype))
        elif isinstance(x, (list, tuple)):
            key.append((type(x), len(x)))
            for part in x:
                self._note(part, leaves, key)
        elif isinstance(x, dict):
            key.append((dict, tuple(x)))
            for part in x.values():
                self._note(part, leaves, key)
        else:
            try:
                hash(x)
                key.append((type(x), x))
            except TypeError:
                key.append((type(x), id(x)))

    def _trace(self, kind: Any, leaves: list[Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        self.traces += 1
        tape = Tape(self.strict)
        try:
            trace = self._traced(tape, leaves, args, kwargs)
        except Exception as error:
            if self.strict or any(e.kind in ("write", "update") for e in tape.entries):
                raise
            self.refused[kind] = str(error)          # it may be our stand-ins that it cannot work with
            return self.f(*args, **kwargs)
        if tape.problem:
            self.refused[kind] = tape.problem
            return trace.restore(trace.outputs)
        captured: set[int] = set()
        if strange := _strange(tape):
            before = self.pending.pop(kind, None)
            if before is None:
                self.pending[kind] = trace
                self.latest = Compiled(trace, captured)
                return self.latest.first(leaves)
            captured = self._compared(before.tape, tape, strange)
            if tape.problem:
                self.refused[kind] = tape.problem
                return trace.restore(trace.outputs)
        compiled = self.latest = Compiled(trace, captured)
        self.programs.setdefault(kind, []).insert(0, compiled)
        del self.programs[kind][KEPT:]
        value = compiled.first(leaves)
        compiled.forget()
        return value

    def _traced(self, tape: Tape, leaves: list[Any], args: tuple, kwargs: dict[str, Any]) -> Trace:
        flat, restore = _flatten([list(args), kwargs])
        places = [i for i, x in enumerate(flat) if isinstance(x, (Tensor, np.ndarray, np.generic))]
        order = sorted(kwargs)

        def call(values: list[Any]) -> Any:
            filled = list(flat)
            for i, v in zip(places, values, strict=True):
                filled[i] = v
            positional, named = restore(filled)
            return self.f(*positional, **named)
        parameters = names_of(self.f) or []
        names: list[str] = []
        for n, x in [*((parameters[i] if i < len(parameters) else f"x{i}", a) for i, a in enumerate(args)),
                     *((k, kwargs[k]) for k in order)]:
            inside = [p for p in _flatten(x)[0] if isinstance(p, (Tensor, np.ndarray, np.generic))]
            names += [n] if len(inside) == 1 else [f"{n}_{k}" for k in range(len(inside))]
        frozen = [x for x in flat if not isinstance(x, (Tensor, np.ndarray, np.generic))]
        return Trace(getattr(self.f, "__name__", "f"), call, [flat[i] for i in places], names, [self.f, *frozen],
                     tape, self.constants)

    def _compared(self, before: Tape, now: Tape, strange: list[np.ndarray]) -> set[int]:
        """The ids of arrays that are the same object in two runs; refuses where the runs did not do the same."""
        if before.signature() != now.signature():
            now.refuse("two calls with arguments of one kind did different things",
                       "what it decides by (a counter, a random draw) must be an argument")
            return set()
        numbers = {id(a): k for k, a in enumerate(now.arrays())}
        old = before.arrays()
        captured = set()
        for array in strange:
            twin = old[numbers[id(array)]]
            if twin is array:
                captured.add(id(array))
            elif not np.array_equal(twin, array, equal_nan=array.dtype.kind == "f"):
                now.refuse(f"an array {array.dtype}{list(array.shape)} that the function made was another one in the "
                           "second call: it is random, or computed from something that changed",
                           "pass it as an argument, or compute it with tensors")
        return captured


def _strange(tape: Tape) -> list[np.ndarray]:
    """Arrays that came from neither the arguments nor a tensor nor an operation: captured, or made by NumPy."""
    known = set(tape.made_here) | set(tape.seeds) | {id(t._data) for t in tape.owners.values()
                                                    if id(t) not in tape.born}
    return [a for a in tape.arrays() if id(a) not in known]
