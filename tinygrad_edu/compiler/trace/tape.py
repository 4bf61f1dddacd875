"""The tape: what a function does with tensors, written down while it runs.

The run is a real one, with its numbers and its effects; every operation that is recorded, every
gradient rule that is applied, and every gradient, array and parameter that is written comes by
here. Values are known by the array that holds them. While a tape runs, the walk back works on
tensors, so that its own sums and shapes are noted like others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...autodiff import modes, versions, walk
from ...autodiff.attached import NOTHING
from ...autodiff.messages import describe
from ...autodiff.operands import as_floats, as_inputs, in_one_dtype
from ...autodiff.record import UNRECORDED, record
from ...formula import OPS, Op
from ...tensor import Tensor
from ..ir.node import run_call
from .watched import Watched


class TraceError(TypeError):
    """A function did what cannot be written down once and run again."""


@dataclass
class Entry:
    """One thing that happened: `kind` says what."""

    kind: str  # op, numpy, rule, copy, grad (a gradient was set), grad_in (read), write, update
    out: Any  # the tensor made; for grad, write and update whose
    inputs: tuple = ()  # tensors, arrays and numbers
    params: dict[str, Any] = field(default_factory=dict)
    op: Op | None = None
    index: int = 0  # of the rule
    step: int = 0  # when
    arrays: tuple = ()  # the inputs' arrays as they were
    backward: bool = False  # whether it belongs to a walk back
    call: tuple[str, Any] = ("", None)  # of NumPy: the kind of call, and the function


class Tape:
    """What one run of a function did. `strict`: what cannot be written down is an error; else it is
    noted in `problem`, and the run goes on."""

    def __init__(self, strict: bool = True) -> None:
        self.entries: list[Entry] = []
        self.owners: dict[int, Tensor] = {}  # leaves by their array
        self.gradients: dict[
            int, tuple[Tensor, Tensor | None]
        ] = {}  # what .grad is by now, by the tensor's id
        self.labels: dict[int, Tensor] = {}  # whose gradient an array is
        self.made_here: dict[
            int, Any
        ] = {}  # arrays and NumPy numbers that come from what is recorded
        self.alive: list[Any] = []
        self.born: dict[int, Tensor] = {}  # tensors made during the run, by their id
        self.found_none: dict[int, bool] = {}  # whether `.grad` was None where it was first read
        self.frozen: set[Any] = (
            set()
        )  # places whose numbers were looked at: a guard stands for them
        self.told: tuple | None = None  # the inputs of the next operation as the function has them
        self.unstored: Watched | None = (
            None  # changed in place, and not yet stored where it belongs
        )
        self.states: dict[int, tuple[Any, Any]] = {}  # generators, and their state before the run
        self.asks_type = ""  # what calls type(), if anything does
        self.settled = True  # whether a later call finds what this one found
        self.walking = False
        self.strict, self.problem = strict, ""

    # What operations tell

    def did(self, op: Op, inputs: tuple, params: dict[str, Any], y: Tensor) -> None:
        """An operation ran."""
        if op.name == "getitem" and self._chooses(params["index"]):
            self.refuse(
                "the shape of x[mask] depends on the numbers in the mask",
                "write tg.where(mask, x, 0)",
            )
        if self.told is not None:  # the graph keeps what is watched, until the run has ended
            inputs, self.told = self.told, None
            y.inputs = inputs if y.op is not None else ()
        self._add(Entry("op", y, inputs, params, op))

    def made(self, y: Tensor, source: Any) -> None:
        """A tensor was made, perhaps as the copy of another, or of an array."""
        self.born[id(y)] = y
        if source is not None and y._data is not plain_array(source):
            self._add(Entry("copy", y, (source,)))

    def tracks(self, x: Tensor) -> None:
        """`requires_grad` of a tensor is set."""
        if id(x) not in self.born and x.op is None:
            self.refuse(
                f"it sets requires_grad of {describe(x)}, which it has from outside",
                "set it outside",
            )

    def draws(self, generator: np.random.Generator) -> None:
        """Random numbers are about to be drawn: `undo` gives them back."""
        self.states.setdefault(id(generator), (generator, generator.bit_generator.state))

    def rule(
        self, op: Op, i: int, g: Tensor, y: Tensor, inputs: tuple, params: dict[str, Any]
    ) -> Tensor:
        """Run the gradient rule of an operation's i-th input."""
        k = 0 if op.variadic else i
        arrays = in_one_dtype(op, tuple(as_operand(x) for x in inputs))
        r = self._own(op.gradients[k](g._data, y._data, *arrays, **params))  # type: ignore[misc]
        self._add(Entry("rule", r, (g, y, *inputs), params, op, i))
        return r

    def backward(
        self, roots: Iterable[tuple[Any, Any]], wanted: set[int] | None
    ) -> dict[int, tuple[Any, Any]]:
        """The engine's walk, on tensors."""
        seeded = []
        for y, seed in roots:
            if not isinstance(seed, Tensor):
                seed = self._own(plain_array(seed))
            seeded.append((y, seed))
        self.walking = True
        try:
            with modes._mode("recording", False):
                return walk._backward(seeded, wanted, False, self)
        finally:
            self.walking = False

    def is_gradient(self, g: Tensor, x: Tensor) -> None:
        """g is dL/dx, or what is known of it so far."""
        self.labels.setdefault(id(g._data), x)  # a rule may hand on what it was given
        self.alive.append(g)

    # Gradients and data that are set and read

    def accumulated(self, found: dict[int, tuple[Tensor, Any]]) -> dict[int, tuple[Tensor, Any]]:
        """Note that each gradient found is added to `.grad`; returns them as arrays that nothing
        shares."""
        out = {}
        for step, (x, g) in found.items():
            if isinstance(g, Tensor):
                before = self.gradient_of(x)
                with modes._mode("recording", False):
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
        g = (
            None
            if value is None
            else value
            if isinstance(value, Tensor)
            else wrap(plain_array(value))
        )
        self._stored(value, x, "grad")
        self._set(x, g)
        return None if g is None else g._data.copy()

    def _set(self, x: Tensor, g: Tensor | None) -> None:
        self.gradients[id(x)] = x, g
        self._add(Entry("grad", x, () if g is None else (g,)))

    def untyped(self, who: str) -> None:
        """An array is handed out that type() would tell from a real one."""
        if who:  # an error in any case: from here on the run would be another one
            self.problem = self.problem or (
                f"jit: {who} calls type, which tells an array from what stands for it while it is "
                "traced; write isinstance(x, ...), or pass a setting as an argument. Or call the "
                "function without jit"
            )
            raise TraceError(self.problem)

    def grad_of(self, x: Tensor) -> Watched | None:
        """What `.grad` says to the function: an array."""
        self.untyped(self.asks_type)
        g = self.gradient_of(x)
        return (
            None if g is None else Watched(g._data, self, None, (x, "grad"), f"{describe(x)}.grad")
        )

    def data_of(self, x: Tensor) -> Watched:
        """What `.data` says to the function: an array, of the same memory."""
        self.untyped(self.asks_type)
        if x.op is None:
            self.owners.setdefault(id(x._data), x)
        return Watched(x._data, self, None, (x, "data"), f"{describe(x)}.data")

    def set_data(self, x: Tensor, value: Any) -> Any:
        """A value that `.data` is set to, as an array of its dtype."""
        self._stored(value, x, "data")
        if isinstance(value, Tensor):
            return (value if value.dtype == x.dtype else OPS["astype"](value, dtype=x.dtype))._data
        if type(value) is Watched and value.dtype != x.dtype:
            value = value.astype(x.dtype)
        return plain_array(value)

    def wrote(self, x: Tensor, index: Any, value: Any) -> None:
        """The memory of x was written."""
        if self._traced_index(index):
            self.refuse(
                "it writes into places that a tensor names", "write tg.where(mask, new, old)"
            )
        self._add(Entry("write", self.owners.get(id(x._data), x), (value,), {"index": index}))

    def updates(self, optimizer: Any) -> None:
        """An optimizer takes its step: one thing, whatever it does inside."""
        gradients = tuple(
            self.gradients.get(id(p), (p, None))[1] for g in optimizer.groups for p in g.tensors
        )
        self._add(Entry("update", optimizer, gradients))
        with modes._mode("tape", None):
            optimizer.step()

    # Arrays

    def array(self, x: Any) -> Any:
        """The array that a tensor or a watched array holds."""
        return plain_array(x)

    def watches(self, x: Any) -> bool:
        """Whether x is an array that is watched."""
        return type(x) is Watched

    def operation(self, op: Op, inputs: tuple, params: dict[str, Any]) -> Tensor:
        """An operation of tensors and watched arrays: computed with the arrays, noted with what is
        watched."""
        plain = as_inputs(op, tuple(x.value if type(x) is Watched else x for x in inputs))
        # A NumPy number is a plain one beside floating arrays, and an array of its own dtype
        # elsewhere.
        inputs = tuple(
            self.numpy("call", np.asarray, (x,), {})
            if type(x) is Watched and isinstance(p, np.ndarray) and isinstance(x.value, np.generic)
            else x
            for x, p in zip(inputs, plain, strict=True)
        )
        if op.real and as_floats(op, plain) is not None:
            inputs = tuple(
                x.astype(np.float64) if hasattr(x, "astype") and r is not None else x
                for x, r in zip(inputs, op.gradients, strict=True)
            )
            return self.operation(op, inputs, params)
        try:
            self.told = inputs
            return record(op, tuple(as_operand(x) for x in inputs), params)
        finally:
            self.told = None

    def formula(self, op: Op, inputs: tuple, params: dict[str, Any]) -> Any:
        """An operation of arrays alone: its formula, on what `Op.arrays` makes of them."""
        plain = op.arrays(_unwatched(inputs))

        def brought(x: Any, p: Any) -> Any:
            if type(x) is not Watched:
                return p
            if getattr(p, "dtype", None) == x.dtype:
                return x
            return self.numpy("call", np.asarray, (x, p.dtype), {})

        return self.numpy("formula", op, tuple(map(brought, inputs, plain)), params)

    def numpy(self, kind: str, function: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call of NumPy with watched arrays: made, and noted."""
        if "out" in kwargs or any(isinstance(x, Tensor) for x in _parts([args, kwargs])):
            raise TypeError(
                "a call that mixes tensors with .data or .grad in one list; write one kind only"
            )
        called = function.forward if kind == "formula" else function
        values, options = _unwatched(args), _unwatched(kwargs)
        result = run_call("call" if kind == "formula" else kind, called, list(values), options)
        if result is NotImplemented:
            return result
        watched = [x for x in _parts([args, kwargs]) if type(x) is Watched]
        for x in watched:
            if result is x.value:
                return x
        if not isinstance(result, (np.ndarray, np.generic)) or result.dtype.kind not in "biufc":
            for x in watched:
                self.numbers(x, "a NumPy function that gives no array of numbers")
            return result
        self.made_here[id(result)] = result
        places: frozenset | None = frozenset()
        for x in watched:
            places = None if places is None or x.places is None else places | x.places
        first = watched[0].word
        y = Watched(
            result,
            self,
            places,
            None,
            first if first.startswith("a part") else f"a part of, or made from, {first}",
        )
        self._add(Entry("numpy", y, args, kwargs, None, 0, call=(kind, called)))
        return y

    def numbers(self, x: Watched, what: str) -> Any:
        """The array behind x, for what cannot be followed. Frozen, if a guard can stand for it."""
        if not self._freezes([x]):
            self.refuse(
                f"{x.word} ({describe(x.value)}) was used through {what}, which would be frozen as "
                "it is in this run",
                "use tg.where or np.where for a choice, operators and NumPy's functions on the "
                "array itself, or return it and look at it outside",
            )
        return x.value

    def plainly(self, x: Any, what: str) -> Any:
        """x with arrays in the place of what is watched, for a call that cannot be followed."""
        for part in _parts(x):
            if type(part) is Watched:
                self.numbers(part, what)
        return _unwatched(x)

    def plain_index(self, index: Any) -> Any:
        """An index with arrays in the place of what is watched. A mask decides a shape, so it is
        frozen."""

        def plain(x: Any) -> Any:
            if isinstance(x, tuple):
                return tuple(map(plain, x))
            if type(x) is not Watched:
                return x
            if isinstance(x.value, np.generic):
                return self.numbers(x, "an index")
            if x.dtype != bool:
                return x.value
            if not self._freezes([x]):
                self.refuse(
                    "the shape of x[mask] depends on the numbers in the mask",
                    "write tg.where(mask, x, 0)",
                )
            return x.value.copy()

        return plain(index)

    def plain_value(self, value: Any) -> Any:
        """A value that is written into a tensor."""
        return (
            as_operand(value)
            if type(value) is Watched and isinstance(value.value, np.ndarray)
            else (self.plainly(value, "an assignment"))
        )

    def in_place(self, x: Watched, symbol: str, other: Any) -> Any:
        """x ∘= other. Of `w.grad` and `w.data` it is a new array, which has to be stored there
        next."""
        if x.owner is None:
            self.changes_in_place(x)
            return run_call("in place", symbol, [x.value, self.plainly(other, f"{symbol}=")], {})
        y = self.numpy("binary", symbol, (x, other), {})
        if y.shape != x.shape or not np.can_cast(y.dtype, x.dtype, "same_kind"):
            return run_call(
                "in place", symbol, [x.value.copy(), _unwatched(other)], {}
            )  # NumPy's own error
        y = y if y.dtype == x.dtype else y.astype(x.dtype)
        self.unstored = y = Watched(y.value, self, None, x.owner, x.word)
        return y

    def _stored(self, value: Any, x: Tensor, where: str) -> None:
        if self.unstored is not None and value is self.unstored and value.owner == (x, where):
            self.unstored = None

    def changes_in_place(self, x: Watched) -> None:
        """Refuse a change of an array's memory."""
        what = f"{describe(x.owner[0])}.{x.owner[1]}" if x.owner else x.word
        self.refuse(
            f"it changes {what} in place",
            "compute a new array, x = x + 1 for x += 1; of a parameter write w.data = ..., w.grad "
            "= ...",
        )

    def _freezes(self, watched: list[Watched]) -> bool:
        """Whether guards can stand for the numbers of these."""
        if any(x.places is None for x in watched):
            return False
        for x in watched:
            self.frozen |= x.places or frozenset()
        return True

    # What cannot be written down

    def escapes(self, x: Tensor, what: str) -> None:
        """A tensor's numbers leave for where nothing is recorded."""
        self.refuse(
            f"{describe(x)} was used through {what}, which would be frozen as it is in this run",
            "use tg.where for a choice, NumPy's functions on the tensor itself, or return it and "
            "look at it outside",
        )

    def refuse(self, what: str, cure: str) -> None:
        """Say why this function cannot be jitted."""
        self.problem = self.problem or f"jit: {what}; {cure}. Or call the function without jit"
        if self.strict:
            raise TraceError(self.problem)

    def end(self) -> None:
        """The run is over. What was refused stays so, though the function caught the error."""
        self._settled()
        if self.problem and self.strict:
            raise TraceError(self.problem)

    def undo(self) -> None:
        """Give back what was drawn: the run is to be made again, plainly."""
        for generator, state in self.states.values():
            generator.bit_generator.state = state

    @property
    def lasting(self) -> bool:
        """Whether the run has changed parameters."""
        return any(e.kind in ("write", "update") for e in self.entries)

    def _settled(self) -> None:
        if self.unstored is not None:
            x, where = self.unstored.owner  # type: ignore[misc]
            self.unstored = None
            self.refuse(
                f"it changes {describe(x)}.{where} in place through another name",
                f"write w.{where} *= 2 on the tensor itself",
            )

    def _own(self, array: Any) -> Tensor:
        y = wrap(array)
        self.born[id(y)] = y
        return y

    def _add(self, entry: Entry) -> None:
        if self.unstored is not None:
            self._settled()
        entry.step, entry.backward = versions.tick(), self.walking
        entry.arrays = tuple(self._as_it_is(x) for x in entry.inputs)
        entry.params = {k: self._as_it_is(v) for k, v in entry.params.items()}
        for x in entry.inputs:
            if type(x) is Tensor and x.op is None and id(x) not in self.born:
                self.owners.setdefault(id(x._data), x)
        if isinstance(entry.out, Tensor) and entry.kind in ("op", "rule", "copy", "grad_in"):
            self.made_here[id(entry.out._data)] = entry.out._data
        self.entries.append(entry)

    def _as_it_is(self, x: Any) -> Any:
        """An input with arrays in it. One that the function made itself may be written later, so it
        is copied."""
        if isinstance(x, Tensor):
            return x._data
        if type(x) is Watched:
            return x if isinstance(x.value, np.generic) else x.value
        if isinstance(x, (list, tuple)):
            parts = [self._as_it_is(part) for part in x]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        if isinstance(x, np.ndarray) and id(x) not in self.made_here and id(x) not in self.owners:
            return x.copy()
        return x

    def _traced_index(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(isinstance(p, np.ndarray) and id(p) in self.made_here for p in parts)

    def _chooses(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(
            isinstance(p, np.ndarray) and p.dtype == bool and id(p) in self.made_here for p in parts
        )


def plain_array(x: Any) -> Any:
    """The array that a tensor or a watched array holds; x itself where it is neither."""
    return x._data if isinstance(x, Tensor) else np.asarray(x.value if type(x) is Watched else x)


def as_operand(x: Any) -> Any:
    """What an operation computes with: a NumPy number as a plain one, which takes its partners'
    dtype."""
    if type(x) is not Watched:
        return x
    return x.value.item() if isinstance(x.value, np.generic) else x.value


def _parts(x: Any) -> Iterator[Any]:
    """What an argument is made of."""
    if isinstance(x, (list, tuple)):
        for part in x:
            yield from _parts(part)
    elif isinstance(x, dict):
        yield from _parts(list(x.values()))
    else:
        yield x


def _unwatched(x: Any) -> Any:
    """An argument with the arrays in the place of what is watched."""
    if type(x) is Watched:
        return x.value
    if isinstance(x, (list, tuple)):
        parts = [_unwatched(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return {k: _unwatched(v) for k, v in x.items()} if isinstance(x, dict) else x


def wrap(array: Any) -> Tensor:
    """An array as a constant with the same memory."""
    y = Tensor.__new__(Tensor)
    y._data = array if type(array) is np.ndarray else np.asarray(array)
    y._grad = y.op = y.name = None
    y.attached = NOTHING
    y.inputs, y.params = (), UNRECORDED
    y._requires_grad = y.retains = False
    y.step = versions.tick()
    return y
