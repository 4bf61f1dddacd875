"""The tape: what a function does with tensors, written down while it runs.

The run is a real one, with its numbers and its effects; every operation that is recorded, every gradient rule that
is applied, and every gradient, array and parameter that is written comes by here. Values are known by the array that
holds them. While a tape runs, the walk back works on tensors, so that its own sums and shapes are noted like others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import engine
from ..formula import OPS, Op
from ..tensor import UNRECORDED, Tensor
from ..text import describe


class TraceError(TypeError):
    """A function did what cannot be written down once and run again."""


@dataclass
class Entry:
    """One thing that happened: `kind` says what."""

    kind: str                    # op, rule, copy, grad (a gradient was set), grad_in (one was read), write, update
    out: Any                     # the tensor made; for grad, write and update whose
    inputs: tuple = ()           # tensors, arrays and numbers
    params: dict[str, Any] = field(default_factory=dict)
    op: Op | None = None
    index: int = 0               # of the rule
    step: int = 0                # when
    arrays: tuple = ()           # the inputs' arrays as they were
    backward: bool = False       # whether it belongs to a walk back


class Tape:
    """What one run of a function did. `strict`: what cannot be written down is an error; else it is noted in
    `problem`, and the run goes on."""

    def __init__(self, strict: bool = True) -> None:
        self.entries: list[Entry] = []
        self.owners: dict[int, Tensor] = {}          # leaves by their array
        self.gradients: dict[int, tuple[Tensor, Tensor | None]] = {}     # what .grad is by now, by the tensor's id
        self.labels: dict[int, Tensor] = {}          # whose gradient an array is
        self.seeds: dict[int, np.ndarray] = {}       # constants of our own
        self.made_here: dict[int, np.ndarray] = {}   # arrays known to have been made during the run
        self.alive: list[Any] = []
        self.born: dict[int, Tensor] = {}            # tensors made during the run, by their id
        self.found_none: dict[int, bool] = {}        # whether `.grad` was None where it was first read
        self.walking = False
        self.strict, self.problem = strict, ""
        self.began = engine.tick()

    # What operations tell

    def did(self, op: Op, inputs: tuple, params: dict[str, Any], y: Tensor) -> None:
        """An operation ran."""
        if op.name == "getitem" and self._chooses(params["index"]):
            self.refuse("the shape of x[mask] depends on the numbers in the mask", "write tg.where(mask, x, 0)")
        self._add(Entry("op", y, inputs, params, op))

    def made(self, y: Tensor, source: Tensor | None) -> None:
        """A tensor was made, perhaps as the copy of another."""
        self.born[id(y)] = y
        if source is not None and y._data is not source._data:
            self._add(Entry("copy", y, (source,)))

    def rule(self, op: Op, i: int, g: Tensor, y: Tensor, inputs: tuple, params: dict[str, Any]) -> Tensor:
        """Run the gradient rule of an operation's i-th input."""
        k = 0 if op.variadic else i
        arrays = engine.operands(op, inputs)
        r = self._own(op.gradients[k](g._data, y._data, *arrays, **params))  # type: ignore[misc]
        self._add(Entry("rule", r, (g, y, *inputs), params, op, i))
        return r

    def backward(self, roots: Iterable[tuple[Any, Any]], wanted: set[int] | None) -> dict[int, tuple[Any, Any]]:
        """The engine's walk, on tensors."""
        seeded = []
        for y, seed in roots:
            if not isinstance(seed, Tensor):
                self.seeds.setdefault(id(seed), seed)
                seed = self._own(seed)
            seeded.append((y, seed))
        self.walking = True
        try:
            with engine._mode("recording", False):
                return engine._backward(seeded, wanted, False, self)
        finally:
            self.walking = False

    def is_gradient(self, g: Tensor, x: Tensor) -> None:
        """g is dL/dx, or what is known of it so far."""
        self.labels.setdefault(id(g._data), x)       # a rule may hand on what it was given
        self.alive.append(g)

    # Gradients and data that are set and read

    def accumulated(self, found: dict[int, tuple[Tensor, Any]]) -> dict[int, tuple[Tensor, Any]]:
        """Note that each gradient found is added to `.grad`; returns them as arrays that nothing shares."""
        out = {}
        for step, (x, g) in found.items():
            if isinstance(g, Tensor):
                before = self.gradient_of(x)
                with engine._mode("recording", False):
                    total = g if before is None else before + g
                if before is not None:
                    self.labels[id(total._data)] = x
                self._set(x, total)
                out[step] = (x, g._data.copy())
            else:
                out[step] = (x, g)
        return out

    def gradient_of(self, x: Tensor) -> Tensor | None:
        """What `.grad` says: a tensor while the tape runs."""
        if id(x) in self.gradients:
            return self.gradients[id(x)][1]
        self.found_none[id(x)] = x._grad is None
        if x._grad is None:
            self.gradients[id(x)] = x, None
            return None
        g = self._own(x._grad.copy())
        self._add(Entry("grad_in", g, (x,)))
        self.labels[id(g._data)] = x
        self.gradients[id(x)] = x, g
        return g

    def set_gradient(self, x: Tensor, value: Any) -> np.ndarray | None:
        """`.grad` is assigned to."""
        g = None if value is None else value if isinstance(value, Tensor) else Tensor(np.asarray(value))
        self._set(x, g)
        return None if g is None else g._data.copy()

    def _set(self, x: Tensor, g: Tensor | None) -> None:
        self.gradients[id(x)] = x, g
        self._add(Entry("grad", x, () if g is None else (g,)))

    def data_of(self, x: Tensor) -> Tensor:
        """What `.data` says: a constant with the same memory."""
        if x.op is None:
            self.owners.setdefault(id(x._data), x)
        return wrap(x._data)

    def plain(self, value: Any, dtype: np.dtype) -> Any:
        """A value that `.data` is set to, as an array."""
        if not isinstance(value, Tensor):
            return value
        return (value if value.dtype == dtype else OPS["astype"](value, dtype=dtype))._data

    def wrote(self, x: Tensor, index: Any, value: Any) -> None:
        """The memory of x was written."""
        if self._traced_index(index):
            self.refuse("it writes into places that a tensor names", "write tg.where(mask, new, old)")
        self._add(Entry("write", self.owners.get(id(x._data), x), (value,), {"index": index}))

    def updates(self, optimizer: Any) -> None:
        """An optimizer takes its step: one thing, whatever it does inside."""
        gradients = tuple(self.gradients.get(id(p), (p, None))[1] for g in optimizer.groups for p in g.tensors)
        self._add(Entry("update", optimizer, gradients))
        with engine._mode("tape", None):
            optimizer.step()

    # What cannot be written down

    def escapes(self, x: Tensor, what: str) -> None:
        """A tensor's numbers leave for where nothing is recorded."""
        self.refuse(f"{describe(x)} was used through {what}, which would be frozen as it is in this run",
                    "use tg.where for a choice, NumPy's functions on the tensor itself, or return it and look at it "
                    "outside")

    def refuse(self, what: str, cure: str) -> None:
        """Say why this function cannot be jitted."""
        message = f"jit: {what}; {cure}. Or call the function without jit"
        if self.strict:
            raise TraceError(message)
        self.problem = self.problem or message

    # For comparison with a second run

    def signature(self) -> list[Any]:
        """What happened, with values named by their first appearance: equal for runs that did the same."""
        numbers: dict[int, int] = {}

        def name(x: Any) -> Any:
            array = getattr(x, "_data", x)
            if isinstance(array, np.ndarray):
                return numbers.setdefault(id(array), len(numbers)), array.shape, array.dtype.str
            if isinstance(array, (tuple, list)):
                return tuple(name(part) for part in array)
            return repr(array)
        return [(e.kind, e.op and e.op.name, e.index, name(e.arrays), sorted((k, name(v)) for k, v in e.params.items()),
                 name(e.out)) for e in self.entries]

    def arrays(self) -> list[np.ndarray]:
        """All arrays in the order of their first appearance."""
        seen: dict[int, np.ndarray] = {}

        def look(x: Any) -> None:
            array = getattr(x, "_data", x)
            if isinstance(array, np.ndarray):
                seen.setdefault(id(array), array)
            elif isinstance(array, (tuple, list)):
                for part in array:
                    look(part)
        for e in self.entries:
            look(e.arrays)
            for _, value in sorted(e.params.items()):
                look(value)
            look(e.out)
        return list(seen.values())

    def _own(self, array: Any) -> Tensor:
        y = wrap(array)
        self.born[id(y)] = y
        return y

    def _add(self, entry: Entry) -> None:
        entry.step, entry.backward = engine.tick(), self.walking
        entry.arrays = tuple(getattr(x, "_data", x) for x in entry.inputs)
        for x in entry.inputs:
            if type(x) is Tensor and x.op is None and id(x) not in self.born:
                self.owners.setdefault(id(x._data), x)
        if isinstance(entry.out, Tensor) and entry.kind in ("op", "rule", "copy", "grad_in"):
            self.made_here[id(entry.out._data)] = entry.out._data
        self.entries.append(entry)

    def _traced_index(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(isinstance(p, np.ndarray) and id(p) in self.made_here for p in parts)

    def _chooses(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(isinstance(p, np.ndarray) and p.dtype == bool and id(p) in self.made_here for p in parts)


def wrap(array: Any) -> Tensor:
    """An array as a constant with the same memory."""
    y = Tensor.__new__(Tensor)
    y._data = array if type(array) is np.ndarray else np.asarray(array)
    y._grad = y.op = y.name = y.buffer = y.seal = None
    y.inputs, y.params, y.layers = (), UNRECORDED, ()
    y._requires_grad = y.retains = False
    y.step = engine.tick()
    return y
