"""A trace: one run of a function on stand-ins for its arguments, with a tape, and what came of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import engine
from ..tensor import Tensor, _behind
from ..text import describe
from ..transforms import _flatten
from .surroundings import Surroundings
from .tape import Tape, wrap


class Trace:
    """One run of `call`, which takes the leaves of the arguments: arrays and tensors.

    `results` are the arrays that a program has to compute; `differentiable` numbers those that can be differentiated
    outside, with respect to `inputs` (tensors, and numbers of arguments); `backs` holds for each its seed, and the
    gradients for all inputs.
    """

    def __init__(self, name: str, call: Callable[[list[Any]], Any], leaves: list[Any], names: list[str],
                 roots: list[Any], tape: Tape, constants: bool) -> None:
        self.name, self.call, self.names = name, call, names
        self.tape = tape
        self.leaves = [wrap(np.zeros(0)) if isinstance(x, Tensor) else None for x in leaves]     # only their kinds
        self.given_names = {f"a{k}": x.name for k, x in enumerate(leaves) if isinstance(x, Tensor)}
        self.own = [_stand_in(x, n) for x, n in zip(leaves, names, strict=True)]
        self.arguments = [x._data for x in self.own]
        with engine._mode("tape", self.tape):
            value = call(self.own)
            self.outputs, self.restore = _flatten(value)
            self.results: list[np.ndarray] = []
            self.backs: list[tuple[np.ndarray, list[np.ndarray]]] = []
            self.differentiable: list[int] = []
            self.tensors: list[Tensor] = []
            self.inputs: list[Any] = []
            self.effects = constants or any(
                e.kind in ("write", "update") or (e.kind == "grad" and e.inputs) for e in self.tape.entries)
            self.specs = [self._spec(x) for x in self.outputs]
            if self.differentiable:
                self._walk_back()
        for x, own in zip(leaves, self.own, strict=True):
            if isinstance(x, Tensor) and id(own) in self.tape.gradients:
                if x.op is not None:
                    self.tape.refuse(f"backward() inside the function reaches {describe(x)}, which has a graph of its "
                                     "own outside", "pass x.detach(), or return the loss and call backward() outside")
                x._grad = own._grad
            if isinstance(x, Tensor) and id(x._data) in self.tape.owners and self.tape.owners[id(x._data)] is x:
                self.tape.refuse(f"{describe(x)} is an argument, and the function has it from outside too",
                                 "pass it one way only")
            if isinstance(x, Tensor) and x.behind is not None:
                self.tape.refuse(f"the argument {describe(x)} is what an output unit returned, whose logits a loss "
                                 "would look for", "pass the logits, or call the output unit inside")
        self.surroundings = Surroundings(*roots)

    def forget(self) -> None:
        """Let go of the numbers of this run, and of its graph."""
        self.tape = Tape(self.tape.strict)
        self.outputs, self.results, self.tensors, self.arguments = [], [], [], []

    def _spec(self, x: Any) -> tuple:
        """How an output is made of the program's results."""
        if isinstance(x, np.ndarray):
            self.tape.refuse("the function returns a NumPy array, computed outside of tensors",
                             "return the tensor it was made from")
        if not isinstance(x, Tensor):
            return "static", x
        for k, own in enumerate(self.own):
            if own is x:
                return "argument", k
        if x.op is None and id(x) not in self.tape.born and id(x._data) not in self.tape.made_here:
            return "tensor", x
        if x.behind is not None and x.op is None:
            self.tape.refuse(f"the function returns {describe(x)}, a constant that refers to the logits behind it",
                             "return what the output unit returned, and write .detach() outside")
        if x.op is not None and x.behind is not None:
            return "unit", self._result(x), x.op, x.params, self._spec(x.inputs[0]), x._requires_grad, x.name
        n = self._result(x)
        if x._requires_grad and x.op is not None and engine.mode.recording and not self.effects:
            if n not in self.differentiable:
                self.differentiable.append(n)
                self.tensors.append(x)
        return "result", n, x.name

    def _result(self, x: Tensor) -> int:
        for n, array in enumerate(self.results):
            if array is x._data:
                return n
        self.results.append(x._data)
        return len(self.results) - 1

    def _walk_back(self) -> None:
        """Write down the walk back from each differentiable result too."""
        walks = []
        leaves: dict[int, Any] = {}
        numbers = {id(t): k for k, t in enumerate(self.own)}
        for y in self.tensors:
            seed = np.ones_like(y._data)
            found = self.tape.backward([(y, wrap(seed))], None)
            found = {id(x): (x, g) for x, g in found.values() if x.op is None and id(x) not in self.tape.born}
            leaves |= {key: numbers.get(key, x) for key, (x, _) in found.items()}
            walks.append((seed, found))
        self.inputs = list(leaves.values())
        shapes = {id(x): x for _, found in walks for x, _ in found.values()}
        for seed, found in walks:
            gradients = []
            for key in leaves:
                zero = np.zeros(shapes[key].shape, shapes[key].dtype)
                gradients.append(found[key][1]._data if key in found else zero)
            self.backs.append((seed, gradients))

    def rebuilt(self, results: list[Tensor], leaves: list[Any]) -> Any:
        """The function's return value, with these results in it."""
        return self.restore([self._built(spec, results, leaves) for spec in self.specs])

    def _built(self, spec: tuple, results: list[Tensor], leaves: list[Any]) -> Any:
        kind = spec[0]
        if kind == "static":
            return spec[1]
        if kind == "argument":
            return leaves[spec[1]]
        if kind == "tensor":
            return spec[1]
        y = results[spec[1]]
        if kind == "unit":
            _, _, y.op, y.params, inner, requires_grad, y.name = spec
            y.inputs = (self._built(inner, results, leaves),)
            y._requires_grad = requires_grad and y.inputs[0]._requires_grad
            y.behind = _behind(y.op, y.inputs, y.params)
            if y.inputs[0].step > y.step:
                y.step = engine.tick()
        else:
            y.name = spec[2]
        return y

    def flat(self, value: Any) -> list[Any]:
        """The leaves of a return value."""
        return _flatten(value)[0]

    def root(self, outputs: list[Any], k: int) -> Tensor:
        """The tensor among outputs, or behind one of them, that is the k-th differentiable result."""
        def look(spec: tuple, x: Any) -> Any:
            if spec[0] == "unit":
                return look(spec[4], x.inputs[0])
            return x if spec[0] == "result" and spec[1] == self.differentiable[k] else None
        return next(x for x in map(look, self.specs, outputs) if x is not None)


def _stand_in(x: Any, name: str) -> Tensor:
    """A leaf with the memory of an argument, that the trace has for itself."""
    if isinstance(x, Tensor):
        own = wrap(x._data.view())
        own._requires_grad, own._grad, own.name = x._requires_grad, x._grad, x.name or name
        return own
    own = wrap(np.asarray(x).view())
    own.name = name
    return own


def names_of(f: Callable) -> list[str] | None:
    """The parameters' names of a function."""
    try:
        return [p.name for p in inspect.signature(f).parameters.values()
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        return None
