"""The tape: what a function does with tensors, written down while it runs.

The run is a real one, with its numbers and its effects; every operation that is recorded, every
gradient rule that is applied, and every gradient, array and parameter that is written comes by
here. Values are known by the array that holds them. While a tape runs, the walk back works on
tensors, so that its own sums and shapes are noted like others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...autodiff import modes, walk
from ...autodiff.messages import describe
from ...autodiff.operands import in_one_dtype
from ...formula import OPS, Op
from ...tensor import Tensor
from .arrays import ArrayNotes
from .entry import Entry, TraceError
from .plain import as_operand, plain_array, wrap
from .watched import Watched


class Tape(ArrayNotes):
    """What one run of a function did: what operations, the walk back, gradients and data tell."""

    told: tuple[Any, ...] | None
    walking: bool
    problem: str

    # What operations tell

    def did(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], y: Tensor) -> None:
        """An operation ran."""
        if op.name == "getitem" and self._chooses(params["index"]):
            self.refuse(
                "the shape of x[mask] depends on the numbers in the mask",
                "write tg.where(mask, x, 0)",
            )
        if self.told is not None:  # the graph keeps what is watched, until the run has ended
            inputs, self.told = self.told, None
            y.inputs = inputs if y.op is not None else ()
        self.add(Entry("op", y, inputs, params, op))

    def made(self, y: Tensor, source: Any) -> None:
        """A tensor was made, perhaps as the copy of another, or of an array."""
        self.born[id(y)] = y
        if source is not None and y._data is not plain_array(source):
            self.add(Entry("copy", y, (source,)))

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
        self, op: Op, i: int, g: Tensor, y: Tensor, inputs: tuple[Any, ...], params: dict[str, Any]
    ) -> Tensor:
        """Run the gradient rule of an operation's i-th input."""
        k = 0 if op.variadic else i
        arrays = in_one_dtype(op, tuple(as_operand(x) for x in inputs))
        r = self.own(op.gradients[k](g._data, y._data, *arrays, **params))  # type: ignore[misc]
        self.add(Entry("rule", r, (g, y, *inputs), params, op, i))
        return r

    def backward(
        self, roots: Iterable[tuple[Any, Any]], wanted: set[int] | None
    ) -> dict[int, tuple[Any, Any]]:
        """The engine's walk, on tensors."""
        seeded = []
        for y, seed in roots:
            if not isinstance(seed, Tensor):
                seed = self.own(plain_array(seed))
            seeded.append((y, seed))
        self.walking = True
        try:
            with modes.switched("recording", False):
                return walk.walk_back(seeded, wanted, False, self)
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
                with modes.switched("recording", False):
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
        g = self.own(x._grad.copy())
        self.add(Entry("grad_in", g, (x,)))
        self.labels[id(g._data)] = x
        self.gradients[id(x)] = x, g
        return g

    def set_gradient(self, x: Tensor, value: Any) -> np.ndarray | None:
        """`.grad` is assigned to."""
        g = value
        if value is not None and not isinstance(value, Tensor):
            g = wrap(plain_array(value))
        self.stored(value, x, "grad")
        self._set(x, g)
        return None if g is None else g._data.copy()

    def _set(self, x: Tensor, g: Tensor | None) -> None:
        self.gradients[id(x)] = x, g
        self.add(Entry("grad", x, () if g is None else (g,)))

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
        self.stored(value, x, "data")
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
        self.add(Entry("write", self.owners.get(id(x._data), x), (value,), {"index": index}))

    def updates(self, optimizer: Any) -> None:
        """An optimizer takes its step: one thing, whatever it does inside."""
        gradients = tuple(
            self.gradients.get(id(p), (p, None))[1] for g in optimizer.groups for p in g.tensors
        )
        self.add(Entry("update", optimizer, gradients))
        with modes.switched("tape", None):
            optimizer.step()

    def escapes(self, x: Tensor, what: str) -> None:
        """A tensor's numbers leave for where nothing is recorded."""
        self.refuse(
            f"{describe(x)} was used through {what}, which would be frozen as it is in this run",
            "use tg.where for a choice, NumPy's functions on the tensor itself, or return it and "
            "look at it outside",
        )

    def _traced_index(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(isinstance(p, np.ndarray) and id(p) in self.made_here for p in parts)

    def _chooses(self, index: Any) -> bool:
        parts = index if isinstance(index, tuple) else (index,)
        return any(
            isinstance(p, np.ndarray) and p.dtype == bool and id(p) in self.made_here for p in parts
        )
