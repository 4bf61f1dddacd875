"""What a tape notes of arrays: NumPy's calls on those that are watched, and what their numbers are
used for."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autodiff.messages import describe
from ...autodiff.operands import as_floats, as_inputs
from ...autodiff.record import record
from ...formula import Op
from ...tensor import Tensor
from ..ir.operators import run_call
from .entry import Entry
from .notes import Notes
from .plain import as_operand, parts_of, plain_array, unwatched
from .watched import Watched


class ArrayNotes(Notes):
    """The part of a tape that `Watched` arrays and operations on them talk to."""

    frozen: set[Any]

    def array(self, x: Any) -> Any:
        """The array that a tensor or a watched array holds."""
        return plain_array(x)

    def watches(self, x: Any) -> bool:
        """Whether x is an array that is watched."""
        return type(x) is Watched

    def operation(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
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
            y: Tensor = record(op, tuple(as_operand(x) for x in inputs), params)
            return y
        finally:
            self.told = None

    def formula(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """An operation of arrays alone: its formula, on what `Op.arrays` makes of them."""
        plain = op.arrays(unwatched(inputs))

        def brought(x: Any, p: Any) -> Any:
            if type(x) is not Watched:
                return p
            if getattr(p, "dtype", None) == x.dtype:
                return x
            return self.numpy("call", np.asarray, (x, p.dtype), {})

        return self.numpy("formula", op, tuple(map(brought, inputs, plain)), params)

    def numpy(self, kind: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call of NumPy with watched arrays: made, and noted."""
        if "out" in kwargs or any(isinstance(x, Tensor) for x in parts_of([args, kwargs])):
            raise TypeError(
                "a call that mixes tensors with .data or .grad in one list; write one kind only"
            )
        called = function.forward if kind == "formula" else function
        values, options = unwatched(args), unwatched(kwargs)
        result = run_call("call" if kind == "formula" else kind, called, list(values), options)
        if result is NotImplemented:
            return result
        watched = [x for x in parts_of([args, kwargs]) if type(x) is Watched]
        for x in watched:
            if result is x.value:
                return x
        if not isinstance(result, (np.ndarray, np.generic)) or result.dtype.kind not in "biufc":
            for x in watched:
                self.numbers(x, "a NumPy function that gives no array of numbers")
            return result
        self.made_here[id(result)] = result
        places: frozenset[Any] | None = frozenset()
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
        self.add(Entry("numpy", y, args, kwargs, None, 0, call=(kind, called)))
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
        for part in parts_of(x):
            if type(part) is Watched:
                self.numbers(part, what)
        return unwatched(x)

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
                "in place", symbol, [x.value.copy(), unwatched(other)], {}
            )  # NumPy's own error
        y = y if y.dtype == x.dtype else y.astype(x.dtype)
        self.unstored = y = Watched(y.value, self, None, x.owner, x.word)
        return y

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

    def stored(self, value: Any, x: Tensor, where: str) -> None:
        if self.unstored is not None and value is self.unstored and value.owner == (x, where):
            self.unstored = None
