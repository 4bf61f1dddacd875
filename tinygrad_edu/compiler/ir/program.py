"""From a tape to a program: nodes and effects in order, without what nobody needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...tensor import Tensor
from ..trace.guards import Place
from ..trace.tape import Entry, Tape
from ..trace.watched import Watched
from .node import Graph, Node, inputs_of, nodes_in


@dataclass
class Effect:
    """What a program does beside computing: `grad` sets a gradient, `write` writes into a tensor,
    `update` is an optimizer's step."""

    kind: str
    target: Any
    values: list[Any]
    entry: Entry

    def tensors(self) -> list[Tensor]:
        """Whose memory it writes."""
        return (
            [p for g in self.target.groups for p in g.tensors]
            if self.kind == "update"
            else [self.target]
        )

    @property
    def index(self) -> Any:
        return self.entry.params.get("index", ...)


@dataclass
class Program:
    """Nodes and effects in order. `sources` says where each input node comes from: an argument's
    number, a tensor, its gradient, or a place."""

    graph: Graph
    tape: Tape
    sources: dict[int, tuple[str, Any]] = field(default_factory=dict)  # by the node's id
    effects: list[Effect] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)  # nodes and constants
    arguments: list[np.ndarray] = field(default_factory=list)
    env: dict[int, Any] = field(default_factory=dict)

    def items(self, outputs: list[Any] | None = None) -> list[Node | Effect]:
        """What has to run, in order, for the effects and the outputs."""
        effects = self.lasting()
        needed: dict[int, Node] = {}
        todo = [
            *nodes_in(self.outputs if outputs is None else outputs),
            *(n for e in effects for n in nodes_in([*e.values, e.index])),
        ]
        while todo:
            node = todo.pop()
            if id(node) not in needed:
                needed[id(node)] = node
                todo.extend(inputs_of(node))
        found: list[Node | Effect] = []
        rest = iter(self.effects)
        done = 0
        for node in self.graph.nodes:
            while done < node.after:
                found.append(next(rest))
                done += 1
            if id(node) in needed:
                found.append(node)
        found.extend(rest)
        kept = {id(e) for e in effects}
        return [x for x in found if isinstance(x, Node) or id(x) in kept]

    def lasting(self) -> list[Effect]:
        """The effects without gradients that are set once more before anything reads them."""
        found: list[Effect] = []
        later: set[int] = set()
        for effect in reversed(self.effects):
            if effect.kind == "update":
                later.clear()
            if effect.kind == "grad":
                if id(effect.target) in later:
                    continue
                later.add(id(effect.target))
            found.append(effect)
        return found[::-1]

    def argument_of(self, x: Tensor) -> int | None:
        """The number of the argument whose memory a tensor has."""
        numbers = (k for kind, k in self.sources.values() if kind == "argument")
        return next((k for k in numbers if self.arguments[k] is x._data), None)


def lower(
    tape: Tape,
    arguments: list[Any],
    outputs: list[Any],
    names: list[str],
    places: list[tuple[np.ndarray, Place]] | None = None,
) -> Program:
    """The program of a tape, for arrays that come as arguments and from places outside."""
    program = Program(Graph(), tape, arguments=arguments)
    graph, env = program.graph, program.env
    written = [
        t._data
        for e in tape.entries
        if e.kind in ("write", "update")
        for t in Effect(e.kind, e.out, [], e).tensors()
    ]

    def frozen(y: Any, of: np.ndarray) -> Any:
        """A copy that eager code made because nothing would remember whose view it is: needed where
        that is written."""
        return (
            y.copy()
            if isinstance(y, Node) and any(np.may_share_memory(of, w) for w in written)
            else y
        )

    def outside(value: np.ndarray, name: str, *source: Any) -> Node:
        node = graph.input(value, name)
        program.sources[id(node)] = source  # type: ignore[assignment]
        return node

    for k, (array, name) in enumerate(zip(arguments, names, strict=True)):
        env[id(array)] = outside(array, name, "argument", k)
    for array, place in places or ():
        env[id(array)] = outside(array, place.word, "place", place)
    numbers = {id(a): k for k, a in enumerate(arguments)}

    def resolve(x: Any) -> Any:
        array = x.value if type(x) is Watched else getattr(x, "_data", x)
        if isinstance(array, (list, tuple)):
            parts = [resolve(part) for part in array]
            return type(array)(*parts) if hasattr(array, "_fields") else type(array)(parts)
        if isinstance(array, np.generic):  # one that is watched is known by its object
            return env.get(id(array), x)
        if not isinstance(array, np.ndarray):
            return x
        if id(array) not in env:
            owner = tape.owners.get(id(array))
            if id(array) in numbers:
                env[id(array)] = outside(
                    array, names[numbers[id(array)]], "argument", numbers[id(array)]
                )
            elif owner is not None and id(owner) not in tape.born:
                env[id(array)] = outside(array, owner.name or "w", "tensor", owner)
            else:
                env[id(array)] = array
        return env[id(array)]

    def effect(kind: str, entry: Entry, values: list[Any]) -> None:
        program.effects.append(Effect(kind, entry.out, values, entry))
        graph.effects += 1
        graph.writes += kind != "grad"

    def happened(entry: Entry, inputs: tuple) -> None:
        kind, out = entry.kind, entry.out
        if kind == "numpy":
            options = {k: resolve(v) for k, v in entry.params.items()}
            env[id(out.value)] = out.value
            if any(True for _ in nodes_in([*inputs, options])):
                called, function = entry.call
                env[id(out.value)] = (
                    graph.opened(function, inputs, options, out.value)
                    if called == "formula"
                    else graph.call(called, function, inputs, options, out.value)
                )
        elif kind in ("op", "rule"):
            inputs = tuple(x.item() if isinstance(x, Node) and x.scalar else x for x in inputs)
            params = {k: resolve(v) for k, v in entry.params.items()}
            assert entry.op is not None
            if kind == "op":
                y = graph.operation(entry.op, inputs, params, out._data)
            else:
                g, value, *operands = inputs
                y = graph.rule(entry.op, entry.index, g, value, tuple(operands), params, out._data)
            view = kind == "op" and entry.op.view
            if view and not np.may_share_memory(out._data, entry.arrays[0]):
                y = frozen(y, entry.arrays[0])
            if isinstance(y, Node):
                y.scalar = False  # between operations it is an array
            env[id(out._data)] = y if isinstance(y, Node) else np.asarray(y)
        elif kind == "copy":
            x = inputs[0]
            if isinstance(x, Node) and x.scalar:
                x = graph.call("call", np.asarray, (x,))
            if isinstance(x, Node):
                env[id(out._data)] = (
                    x.astype(out.dtype) if x.dtype != out.dtype else frozen(x, entry.arrays[0])
                )
            else:
                env[id(out._data)] = np.asarray(x, out.dtype)
        elif kind == "grad_in":
            env[id(out._data)] = outside(
                out._data, f"grad_{entry.inputs[0].name or 'w'}", "gradient", entry.inputs[0]
            )
        elif kind == "grad":
            if out.op is None and id(out) not in tape.born:
                effect("grad", entry, list(inputs))
        elif kind == "write":
            if id(out) in tape.born or id(out._data) in tape.made_here:
                tape.refuse(
                    "it writes into a tensor that it made itself", "compute the new one instead"
                )
            entry.params["index"] = resolve(entry.params["index"])
            effect("write", entry, list(inputs))
        elif kind == "update":
            effect("update", entry, [None if x is None else resolve(x) for x in entry.arrays])

    with np.errstate(all="call", call=lambda *_: None):
        for entry in tape.entries:
            graph.entry = entry
            with np.errstate(**({"under": "ignore"} if entry.backward else {})):  # type: ignore[arg-type]
                happened(entry, tuple(resolve(a) for a in entry.arrays))
        program.outputs = [resolve(a) for a in outputs]
    return program


def tensors_of(program: Program) -> list[Tensor]:
    """The tensors from outside that the program reads or writes."""
    found = [x for kind, x in program.sources.values() if kind in ("tensor", "gradient")]
    for e in program.effects:
        if e.kind == "update":
            found += [p for g in e.target.groups for p in g.tensors]
        else:
            found.append(e.target)
    return list({id(x): x for x in found}.values())
