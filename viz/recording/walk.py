"""The recorded graph as a list: every tensor and array once, inputs before results, with names,
roles and frames.

No recursion and nothing quadratic: a chain of 100 000 operations is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff.conversions import array_of
from tinygrad_edu.autodiff.walk import graph as everything_behind
from tinygrad_edu.nn import Module
from tinygrad_edu.ops.arithmetic import identity
from tinygrad_edu.ops.choice import astype
from tinygrad_edu.tensor import Tensor

from .frames import frames_of_modules, given_frames
from .names import Paths, give_names
from .nodes import Node, Walk
from .roles import assign_roles, place_leaves


def walk(
    roots: Sequence[Tensor],
    names: Mapping[str, Any] | None = None,
    layers: Mapping[str, Iterable[Any]] | None = None,
    model: Any = None,
) -> Walk:
    """Everything that `roots` were computed from.

    `names` and `layers` are those of `viz.graph`; `model` is what returned the roots, where that is
    known.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor(2.0, requires_grad=True, name="w")
    >>> [(n.name, n.role) for n in walk([w * 3]).nodes]
    [('w', 'parameter'), ('f', 'output')]
    """
    named = {id(v) for k, v in (names or {}).items() if not str(k).startswith("_")}
    collector = _Collector(named | {id(r) for r in roots})
    collector.collect(roots)
    nodes, by_id = collector.nodes, collector.by_id
    top = list(dict.fromkeys(by_id[id(r)] for r in roots))
    paths = Paths([*([model] if isinstance(model, Module) else []), *_modules(nodes)])
    frames = given_frames(layers, by_id) if layers else frames_of_modules(nodes, paths)
    assign_roles(nodes, top, paths)
    place_leaves(nodes, frames)
    give_names(nodes, top, frames, names or {}, paths)
    return Walk(nodes, top, frames)


class _Collector:
    """Makes the nodes. Tensors and arrays whose id is in `shown` have a card whatever they are."""

    def __init__(self, shown: set[int]) -> None:
        self.shown = shown
        self.nodes: list[Node] = []
        self.by_id: dict[int, Node] = {}

    def collect(self, roots: Sequence[Tensor]) -> None:
        """The nodes of all results, each after those it was computed from; then of roots that are
        none."""
        for t in everything_behind(roots):
            if t.op is not None:
                self._result(t)
        for r in roots:
            self._node(r)

    def _result(self, t: Tensor) -> None:
        operands = tuple(self._node(x) for x in t.inputs)
        first = operands[0]
        if t.op is astype and _is_only_cast(t, first):
            # data in the dtype of the layer that reads it: the same numbers
            self.by_id[id(t)] = first
            return
        y = self._node(t)
        y.op, y.operands, y.params = t.op, operands, t.params
        if t.op is astype and isinstance(first, Node) and first.array.dtype == t.dtype:
            y.op, y.params = identity, {}  # the engine's own copy of a gradient
        for x in dict.fromkeys(y.inputs):
            x.users.append(y)

    def _node(self, x: Any) -> Any:
        """The node of a tensor or array; of a number, and of a constant without a name, the number
        itself, which is written into the formula."""
        if id(x) in self.by_id:
            return self.by_id[id(x)]
        if not isinstance(x, (Tensor, np.ndarray)):
            return x
        if x.ndim == 0 and id(x) not in self.shown and not _has_card(x):
            return x.item()
        self.by_id[id(x)] = node = Node(len(self.nodes), x, array_of(x))
        self.nodes.append(node)
        return node


def _has_card(x: Any) -> bool:
    """Whether a single number has a card of its own: a parameter, a result, or one with a name."""
    return isinstance(x, Tensor) and bool(x.requires_grad or x.op is not None or x.name)


def _is_only_cast(t: Tensor, x: Any) -> bool:
    """Whether t is data as it was given, x, in another floating dtype."""
    return (
        isinstance(x, Node)
        and x.op is None
        and t.dtype.kind == "f"
        and not t.requires_grad
        and x.array.dtype.kind in "fiu"
        and isinstance(t.inputs[0], Tensor)
        and not t.inputs[0].requires_grad
    )


def _modules(nodes: Sequence[Node]) -> list[Any]:
    """The modules that results came from: the outer ones first."""
    found: dict[int, Any] = {}
    for n in nodes:
        if n.op is not None:
            for module, _ in n.obj.attached.frames[::-1]:
                found.setdefault(id(module), module)
    return list(found.values())
