"""What a tape keeps, and what makes it stop: the state that operations, arrays and gradients share
while a function is traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autodiff import versions
from ...autodiff.messages import describe
from ...tensor import Tensor
from .entry import Entry, TraceError
from .plain import wrap
from .watched import Watched


class Notes:
    """What one run of a function did. `strict`: what cannot be written down is an error; else it is
    noted in `problem`, and the run goes on."""

    strict: bool
    problem: str

    def __init__(self, strict: bool = True) -> None:
        self.entries: list[Entry] = []
        self.owners: dict[int, Tensor] = {}  # leaves by their array
        # what .grad is by now, by the tensor's id
        self.gradients: dict[int, tuple[Tensor, Tensor | None]] = {}
        self.labels: dict[int, Tensor] = {}  # whose gradient an array is
        # arrays and NumPy numbers that come from what is recorded
        self.made_here: dict[int, Any] = {}
        self.alive: list[Any] = []
        self.born: dict[int, Tensor] = {}  # tensors made during the run, by their id
        self.found_none: dict[int, bool] = {}  # whether `.grad` was None where it was first read
        # places whose numbers were looked at: a guard stands for them
        self.frozen: set[Any] = set()
        # the inputs of the next operation as the function has them
        self.told: tuple[Any, ...] | None = None
        # changed in place, and not yet stored where it belongs
        self.unstored: Watched | None = None
        self.states: dict[int, tuple[Any, Any]] = {}  # generators, and their state before the run
        self.asks_type = ""  # what calls type(), if anything does
        self.settled = True  # whether a later call finds what this one found
        self.walking = False
        self.strict, self.problem = strict, ""

    def refuse(self, what: str, cure: str) -> None:
        """Say why this function cannot be jitted."""
        self.problem = self.problem or f"jit: {what}; {cure}. Or call the function without jit"
        if self.strict:
            raise TraceError(self.problem)

    def end(self) -> None:
        """The run is over. What was refused stays so, though the function caught the error."""
        self.settle()
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

    def settle(self) -> None:
        if self.unstored is not None:
            x, where = self.unstored.owner  # type: ignore[misc]
            self.unstored = None
            self.refuse(
                f"it changes {describe(x)}.{where} in place through another name",
                f"write w.{where} *= 2 on the tensor itself",
            )

    def own(self, array: Any) -> Tensor:
        y = wrap(array)
        self.born[id(y)] = y
        return y

    def add(self, entry: Entry) -> None:
        if self.unstored is not None:
            self.settle()
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
