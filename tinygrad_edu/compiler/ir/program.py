"""A program: nodes and effects in order, without what nobody needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...tensor import Tensor
from ..trace.entry import Entry
from ..trace.tape import Tape
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
    tape: Tape | None
    sources: dict[int, tuple[str, Any]] = field(default_factory=dict)  # by the node's id
    effects: list[Effect] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)  # nodes and constants
    arguments: list[np.ndarray] = field(default_factory=list)
    env: dict[int, Any] = field(default_factory=dict)
    argument_numbers: dict[int, int | None] = field(default_factory=dict)  # of tensors outside

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
        if id(x) in self.argument_numbers:
            return self.argument_numbers[id(x)]
        numbers = (k for kind, k in self.sources.values() if kind == "argument")
        return next((k for k in numbers if self.arguments[k] is x._data), None)

    def without_numbers(self) -> Program:
        """The same, without the numbers and the graph of the run that it was written from: what a
        text of it is made of."""
        self.argument_numbers = {id(x): self.argument_of(x) for x in tensors_of(self)}
        for node in self.graph.nodes:
            node.value = np.broadcast_to(np.zeros((), node.dtype), node.shape)
            node.entry = None
        for effect in self.effects:
            params = {"index": effect.index}
            effect.entry = Entry(effect.kind, None, params=params)
        self.graph.known, self.graph.entry = {}, None
        self.tape, self.env, self.arguments = None, {}, []
        return self


def tensors_of(program: Program) -> list[Tensor]:
    """The tensors from outside that the program reads or writes."""
    found = [x for kind, x in program.sources.values() if kind in ("tensor", "gradient")]
    for e in program.effects:
        if e.kind == "update":
            found += [p for g in e.target.groups for p in g.tensors]
        else:
            found.append(e.target)
    return list({id(x): x for x in found}.values())
