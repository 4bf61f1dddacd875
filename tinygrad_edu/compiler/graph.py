"""A graph that was recorded, as a program: the value and the gradient of each of its tensors.

Nothing is traced and nothing is run again: the operations are there, and so are their rules. Leaves
become the program's inputs, so that it can be run on other numbers, or written out for another
target: by what draws the graph, by an export, by a page that computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..autodiff import walk
from ..tensor import Tensor
from .ir.node import Graph, Node, inputs_of, nodes_in
from .ir.operators import run_call


@dataclass
class GraphProgram:
    """What `program_of` gives. All dicts are by the tensor's id; an entry is a node, or an array
    where nothing of it depends on an input.

    `inputs` are the leaves; `seeds` the gradients of the roots, which are inputs too. `value` and
    `gradient` are those of every tensor (no gradient where none comes). `parts` holds what each use
    of a tensor adds to its gradient, by the ids of result and place among its inputs.
    """

    graph: Graph
    tensors: list[Tensor]  # inputs before what is made from them
    inputs: dict[int, Node] = field(default_factory=dict)
    seeds: dict[int, Node] = field(default_factory=dict)
    value: dict[int, Any] = field(default_factory=dict)
    gradient: dict[int, Any] = field(default_factory=dict)
    parts: dict[tuple[int, int], Any] = field(default_factory=dict)

    def needed(self, outputs: Iterable[Any]) -> list[Node]:
        """The nodes that these outputs are computed from, in order, themselves included."""
        found: dict[int, Node] = {}
        todo = list(nodes_in(list(outputs)))
        while todo:
            node = todo.pop()
            if id(node) not in found:
                found[id(node)] = node
                todo.extend(inputs_of(node))
        return [n for n in self.graph.nodes if id(n) in found]

    def run(self, outputs: Iterable[Any], given: Mapping[int, np.ndarray]) -> list[np.ndarray]:
        """These outputs where tensors (by id) are these arrays; the others, and the seeds, are as
        they were recorded."""
        outputs = list(outputs)
        values = {id(node): node.value for node in self.seeds.values()}
        for key, node in self.inputs.items():
            values[id(node)] = np.asarray(given.get(key, node.value), node.dtype)
        with np.errstate(all="ignore"):
            for node in self.needed(outputs):
                if id(node) not in values:
                    args = [_filled(a, values) for a in node.args]
                    kwargs = {k: _filled(v, values) for k, v in node.kwargs.items()}
                    values[id(node)] = run_call(node.kind, node.function, args, kwargs)
        return [np.asarray(values[id(x)] if isinstance(x, Node) else x) for x in outputs]


def program_of(*roots: Tensor) -> GraphProgram:
    """The program of all that the roots were made from, with the gradients of their sum.

    What was computed without a gradient was not recorded: its result is an input here. Under
    `record_everything()` nothing is left out.

    >>> import tinygrad_edu as tg
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> y = (x * x).sum()
    >>> program = program_of(y)
    >>> outputs = program.value[id(y)], program.gradient[id(x)]
    >>> [a.tolist() for a in program.run(outputs, {id(x): np.array([3.0, 4.0])})]
    [25.0, [6.0, 8.0]]
    """
    program = GraphProgram(Graph(), walk.graph(roots))
    with np.errstate(all="call", call=lambda *_: None):
        _forward(program)
        with np.errstate(under="ignore"):
            _backward(program, roots)
    return program


def _forward(program: GraphProgram) -> None:
    graph, value = program.graph, program.value
    for x in program.tensors:
        if x.op is None:
            node = program.inputs[id(x)] = graph.input(x._data, x.name or "x")
            value[id(x)] = node
        else:
            y = graph.operation(x.op, _operands(program, x), x.params)
            value[id(x)] = _settled(y)


def _backward(program: GraphProgram, roots: tuple[Tensor, ...]) -> None:
    """Newest tensor first, as the walk back of the engine."""
    graph, gradient = program.graph, program.gradient
    for root in {id(r): r for r in roots}.values():
        times = sum(r is root for r in roots)
        seed = graph.input(np.full(root.shape, times, root.dtype), "g")
        program.seeds[id(root)] = gradient[id(root)] = seed
    for y in reversed(program.tensors):
        if y.op is None or id(y) not in gradient or not y.requires_grad:
            continue
        for i, x in enumerate(y.inputs):
            if not (isinstance(x, Tensor) and x.requires_grad):
                continue
            params = {**y.params, "i": i} if y.op.variadic else y.params
            inputs, g = _operands(program, y), gradient[id(y)]
            r = _settled(graph.rule(y.op, i, g, program.value[id(y)], inputs, params))
            if r.shape != x.shape:
                r = walk.unbroadcast(r, x.shape)
            if r.dtype != x.dtype:
                r = r.astype(x.dtype)
            program.parts[id(y), i] = r
            gradient[id(x)] = gradient[id(x)] + r if id(x) in gradient else r


def _operands(program: GraphProgram, y: Tensor) -> tuple[Any, ...]:
    return tuple(program.value[id(x)] if isinstance(x, Tensor) else x for x in y.inputs)


def _settled(y: Any) -> Any:
    """Between operations a value is an array, a constant too."""
    if not isinstance(y, Node):
        return np.asarray(y)
    y.scalar = False
    return y


def _filled(x: Any, values: Mapping[int, Any]) -> Any:
    """An argument with numbers in the place of nodes."""
    if isinstance(x, Node):
        return values[id(x)]
    if isinstance(x, (list, tuple)):
        parts = [_filled(part, values) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x
