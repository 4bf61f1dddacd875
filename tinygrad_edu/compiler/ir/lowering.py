"""From a tape to a program: each entry's nodes and effects, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..trace.entry import Entry
from ..trace.guards import Place
from ..trace.tape import Tape
from ..trace.watched import Watched
from .node import Graph, Node, nodes_in
from .program import Effect, Program


def lower(
    tape: Tape,
    arguments: list[Any],
    outputs: list[Any],
    names: list[str],
    places: list[tuple[np.ndarray, Place]] | None = None,
) -> Program:
    """The program of a tape, for arrays that come as arguments and from places outside."""
    lowering = Lowering(tape, arguments, names, places or ())
    with np.errstate(all="call", call=lambda *_: None):
        for entry in tape.entries:
            lowering.entry(entry)
        lowering.program.outputs = [lowering.resolve(a) for a in outputs]
    return lowering.program


class Lowering:
    """Goes through a tape, a method for each kind of entry. `env` knows the node, or the constant,
    that stands for each array by now."""

    tape: Tape
    names: list[str]
    program: Program
    graph: Graph
    env: dict[int, Any]
    numbers: dict[int, int]
    written: list[np.ndarray]

    def __init__(
        self,
        tape: Tape,
        arguments: list[Any],
        names: list[str],
        places: Iterable[tuple[np.ndarray, Place]],
    ) -> None:
        self.tape, self.names = tape, names
        self.program = Program(Graph(), tape, arguments=arguments)
        self.graph, self.env = self.program.graph, self.program.env
        self.numbers = {id(a): k for k, a in enumerate(arguments)}
        self.written = [
            t._data
            for e in tape.entries
            if e.kind in ("write", "update")
            for t in Effect(e.kind, e.out, [], e).tensors()
        ]
        for k, (array, name) in enumerate(zip(arguments, names, strict=True)):
            self.env[id(array)] = self._outside(array, name, "argument", k)
        for array, place in places:
            self.env[id(array)] = self._outside(array, place.word, "place", place)

    def entry(self, entry: Entry) -> None:
        """One thing that happened."""
        self.graph.entry = entry
        quiet: Any = {"under": "ignore"} if entry.backward else {}
        with np.errstate(**quiet):
            inputs = tuple(self.resolve(a) for a in entry.arrays)
            getattr(self, f"_{entry.kind}")(entry, inputs)

    def resolve(self, x: Any) -> Any:
        """The node or the constant that stands for a value."""
        array = x.value if type(x) is Watched else getattr(x, "_data", x)
        if isinstance(array, (list, tuple)):
            parts = [self.resolve(part) for part in array]
            return type(array)(*parts) if hasattr(array, "_fields") else type(array)(parts)
        if isinstance(array, np.generic):  # one that is watched is known by its object
            return self.env.get(id(array), x)
        if not isinstance(array, np.ndarray):
            return x
        if id(array) not in self.env:
            self.env[id(array)] = self._first_seen(array)
        return self.env[id(array)]

    def _first_seen(self, array: np.ndarray) -> Any:
        owner, number = self.tape.owners.get(id(array)), self.numbers.get(id(array))
        if number is not None:
            return self._outside(array, self.names[number], "argument", number)
        if owner is not None and id(owner) not in self.tape.born:
            return self._outside(array, owner.name or "w", "tensor", owner)
        return array

    def _outside(self, value: np.ndarray, name: str, kind: str, source: Any) -> Node:
        node = self.graph.input(value, name)
        self.program.sources[id(node)] = kind, source
        return node

    def _frozen(self, y: Any, of: np.ndarray) -> Any:
        """A copy that eager code made because nothing would remember whose view it is: needed where
        that is written."""
        copies = isinstance(y, Node) and any(np.may_share_memory(of, w) for w in self.written)
        return y.copy() if copies else y

    def _effect(self, kind: str, entry: Entry, values: list[Any]) -> None:
        self.program.effects.append(Effect(kind, entry.out, values, entry))
        self.graph.effects += 1
        self.graph.writes += kind != "grad"

    # A method a kind of entry

    def _numpy(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        options = {k: self.resolve(v) for k, v in entry.params.items()}
        y = entry.out.value
        if next(nodes_in([*inputs, options]), None) is not None:
            called, function = entry.call
            if called == "formula":
                y = self.graph.opened(function, inputs, options, y)
            else:
                y = self.graph.call(called, function, inputs, options, y)
        self.env[id(entry.out.value)] = y

    def _op(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        assert entry.op is not None
        out = entry.out._data
        y = self.graph.operation(entry.op, _arrays(inputs), self._params(entry), out)
        if entry.op.view and not np.may_share_memory(out, entry.arrays[0]):
            y = self._frozen(y, entry.arrays[0])
        self._made(entry, y)

    def _rule(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        assert entry.op is not None
        g, y, *operands = _arrays(inputs)
        r = self.graph.rule(
            entry.op, entry.index, g, y, tuple(operands), self._params(entry), entry.out._data
        )
        self._made(entry, r)

    def _params(self, entry: Entry) -> dict[str, Any]:
        return {k: self.resolve(v) for k, v in entry.params.items()}

    def _made(self, entry: Entry, y: Any) -> None:
        if isinstance(y, Node):
            y.scalar = False  # between operations it is an array
        self.env[id(entry.out._data)] = y if isinstance(y, Node) else np.asarray(y)

    def _copy(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        x, out = inputs[0], entry.out
        if isinstance(x, Node) and x.scalar:
            x = self.graph.call("call", np.asarray, (x,))
        if not isinstance(x, Node):
            y = np.asarray(x, out.dtype)
        elif x.dtype != out.dtype:
            y = x.astype(out.dtype)
        else:
            y = self._frozen(x, entry.arrays[0])
        self.env[id(out._data)] = y

    def _grad_in(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        x, out = entry.inputs[0], entry.out._data
        self.env[id(out)] = self._outside(out, f"grad_{x.name or 'w'}", "gradient", x)

    def _grad(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        if entry.out.op is None and id(entry.out) not in self.tape.born:
            self._effect("grad", entry, list(inputs))

    def _write(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        out = entry.out
        if id(out) in self.tape.born or id(out._data) in self.tape.made_here:
            self.tape.refuse(
                "it writes into a tensor that it made itself", "compute the new one instead"
            )
        entry.params["index"] = self.resolve(entry.params["index"])
        self._effect("write", entry, list(inputs))

    def _update(self, entry: Entry, inputs: tuple[Any, ...]) -> None:
        values = [None if x is None else self.resolve(x) for x in entry.arrays]
        self._effect("update", entry, values)


def _arrays(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """NumPy's numbers as Python's, which take their partners' dtype."""
    return tuple(x.item() if isinstance(x, Node) and x.scalar else x for x in inputs)
