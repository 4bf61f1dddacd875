"""From a tape to a program: nodes and effects in order, without what nobody needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..tensor import Tensor
from .node import Graph, Node, inputs_of, nodes_in
from .tape import Entry, Tape, TraceError


@dataclass
class Effect:
    """What a program does beside computing: `grad` sets a gradient, `write` writes into a tensor, `update` is an
    optimizer's step."""

    kind: str
    target: Any
    values: list[Any]
    entry: Entry

    @property
    def index(self) -> Any:
        return self.entry.params.get("index", ...)


@dataclass
class Program:
    """Nodes and effects in order. `sources` says where each input node comes from: an argument's number, a tensor, its
    gradient, or an array."""

    graph: Graph
    tape: Tape
    sources: dict[int, tuple[str, Any]] = field(default_factory=dict)      # by the node's id
    effects: list[Effect] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)                       # nodes and constants
    arguments: list[np.ndarray] = field(default_factory=list)
    env: dict[int, Any] = field(default_factory=dict)

    def items(self, outputs: list[Any] | None = None) -> list[Node | Effect]:
        """What has to run, in order, for the effects and the outputs."""
        effects = self.lasting()
        needed: dict[int, Node] = {}
        todo = [*nodes_in(self.outputs if outputs is None else outputs),
                *(n for e in effects for n in nodes_in([*e.values, e.index]))]
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
        return next((k for kind, k in self.sources.values() if kind == "argument" and self.arguments[k] is x._data), None)


def lower(tape: Tape, arguments: list[np.ndarray], outputs: list[np.ndarray], captured: set[int],
          names: list[str]) -> Program:
    """The program of a tape. `captured` holds the ids of plain arrays that the function has from outside."""
    program = Program(Graph(), tape, arguments=arguments)
    graph, env = program.graph, program.env
    writes = any(e.kind in ("write", "update") for e in tape.entries)

    def outside(value: np.ndarray, name: str, *source: Any) -> Node:
        node = graph.input(value, name)
        program.sources[id(node)] = source  # type: ignore[assignment]
        return node

    for k, (array, name) in enumerate(zip(arguments, names, strict=True)):
        env[id(array)] = outside(array, name, "argument", k)
    numbers = {id(a): k for k, a in enumerate(arguments)}

    def resolve(x: Any) -> Any:
        array = getattr(x, "_data", x)
        if isinstance(array, (list, tuple)):
            return type(array)(resolve(part) for part in array)
        if not isinstance(array, np.ndarray):
            return x
        if id(array) not in env:
            owner = tape.owners.get(id(array))
            if id(array) in numbers:
                env[id(array)] = outside(array, names[numbers[id(array)]], "argument", numbers[id(array)])
            elif owner is not None and id(owner) not in tape.born:
                env[id(array)] = outside(array, owner.name or "w", "tensor", owner)
            elif id(array) in captured:
                env[id(array)] = outside(array, "data", "array", array)
            else:
                env[id(array)] = array
        return env[id(array)]

    def effect(kind: str, entry: Entry, values: list[Any]) -> None:
        program.effects.append(Effect(kind, entry.out, values, entry))
        graph.effects += 1

    with np.errstate(all="call", call=lambda *_: None):
        for entry, arrays in ((e, e.arrays) for e in tape.entries):
            graph.entry = entry
            inputs = tuple(resolve(a) for a in arrays)
            if entry.kind == "op":
                params = {k: resolve(v) for k, v in entry.params.items()}
                y = _operation(graph, entry, inputs, params)
                if writes and entry.op.view and isinstance(y, Node) and not np.shares_memory(  # type: ignore[union-attr]
                        entry.out._data, arrays[0]):
                    y = y.copy()                 # recorded nowhere, so copied: it does not see what is written later
                env[id(entry.out._data)] = y if isinstance(y, Node) else np.asarray(y)
            elif entry.kind == "rule":
                with np.errstate(under="ignore"):
                    r = _rule(graph, entry, inputs, {k: resolve(v) for k, v in entry.params.items()})
                env[id(entry.out._data)] = r if isinstance(r, Node) else np.asarray(r)
            elif entry.kind == "copy":
                x, dtype = inputs[0], entry.out.dtype
                if isinstance(x, Node):
                    env[id(entry.out._data)] = x.astype(dtype) if x.dtype != dtype else x.copy() if writes else x
                else:
                    env[id(entry.out._data)] = np.asarray(x, dtype)
            elif entry.kind == "grad_in":
                env[id(entry.out._data)] = outside(entry.out._data, f"grad_{entry.out.name or 'w'}", "gradient",
                                                   entry.inputs[0])
            elif entry.kind == "grad":
                if entry.out.op is None and (id(entry.out) not in tape.born):
                    effect("grad", entry, list(inputs))
            elif entry.kind == "write":
                target, index = entry.out, entry.params["index"]
                effect("write", entry, list(inputs))
                entry.params["index"] = resolve(index)
                env.pop(id(target._data), None)
            elif entry.kind == "update":
                effect("update", entry, [None if x is None else resolve(x) for x in arrays])
                for group in entry.out.groups:
                    for p in group.tensors:
                        env.pop(id(p._data), None)
        program.outputs = [resolve(a) for a in outputs]
    for entry in tape.entries:
        if entry.kind == "write" and id(entry.out) in tape.born and entry.out.op is None:
            raise TraceError("jit: a tensor that the function made is written into; compute the new one instead")
    return program


def _operation(graph: Graph, entry: Entry, inputs: tuple, params: dict[str, Any]) -> Any:
    op = entry.op
    if not any(True for _ in nodes_in([*inputs, *params.values()])):
        return entry.out._data if not _drawing(params) else graph.call("helper", op.forward, inputs, params,  # type: ignore[union-attr]
                                                                       entry.out._data)
    if _drawing(params):
        return graph.call("helper", op.forward, inputs, params, entry.out._data)  # type: ignore[union-attr]
    return graph.operation(op, inputs, params)  # type: ignore[arg-type]


def _rule(graph: Graph, entry: Entry, inputs: tuple, params: dict[str, Any]) -> Any:
    from .. import engine
    op, (g, y, *rest) = entry.op, inputs
    k = 0 if op.variadic else entry.index  # type: ignore[union-attr]
    values = tuple(getattr(x, "value", x) for x in rest)
    plain = engine.operands(op, values)
    operands = [x if getattr(v, "dtype", None) == getattr(p, "dtype", None) else x.astype(p.dtype)
                for x, v, p in zip(rest, values, plain, strict=True)]
    if not any(True for _ in nodes_in([g, y, *operands])):
        return entry.out._data
    return graph.opened(op.gradients[k], (g, y, *operands), params)  # type: ignore[union-attr, arg-type]


def _drawing(params: dict[str, Any]) -> bool:
    return any(isinstance(v, (np.random.Generator, np.random.RandomState)) for v in params.values())


def tensors_of(program: Program) -> list[Tensor]:
    """The tensors from outside that the program reads or writes."""
    found = [x for kind, x in program.sources.values() if kind in ("tensor", "gradient")]
    for e in program.effects:
        if e.kind == "update":
            found += [p for g in e.target.groups for p in g.tensors]
        else:
            found.append(e.target)
    return list({id(x): x for x in found}.values())
