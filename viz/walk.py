"""The recorded graph as a list: every tensor and array once, inputs before results, with names,
roles and frames.

No recursion and nothing quadratic: a chain of 100 000 operations is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu import Tensor, ops
from tinygrad_edu.autodiff.record import UNRECORDED
from tinygrad_edu.nn import Module

from .names import Paths, name_all
from .text import clean

TRAINED = ("parameter", "frozen")
LOSSES = {"mse", "bce_with_logits", "cross_entropy"}


@dataclass(eq=False, slots=True)
class Node:
    """One tensor or array of the graph."""

    index: int
    obj: Any
    array: np.ndarray
    op: Any = None  # None for a leaf
    operands: tuple[Any, ...] = ()  # nodes, and numbers as they are
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    # the name as it was given, where the picture's is shorter
    full: str = ""
    # or input, target, parameter, frozen, unrecorded, output, loss
    role: str = "operation"
    frame: int = -1  # the innermost frame it is in; -1 for none
    users: list[Node] = field(default_factory=list)  # operations that read it, once each
    host: Node | None = None  # a leaf that stands above an operation: which one
    given: bool = False  # the user named it

    @property
    def inputs(self) -> list[Node]:
        return [x for x in self.operands if isinstance(x, Node)]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape


@dataclass(eq=False, slots=True)
class Frame:
    """A layer: what a module made, or what the user says belongs together."""

    index: int
    label: str
    parent: int = -1
    module: Any = None


@dataclass(eq=False, slots=True)
class Walk:
    nodes: list[Node]  # inputs before results
    roots: list[Node]
    frames: list[Frame]  # outer before inner


def walk(
    roots: Sequence[Tensor],
    names: Mapping[str, Any] | None = None,
    layers: Mapping[str, Iterable[Any]] | None = None,
    model: Any = None,
) -> Walk:
    """Everything that `roots` were computed from; by `model`, where that is known."""
    named = {id(v) for k, v in (names or {}).items() if not str(k).startswith("_")}
    nodes, by_id = _collect(roots, named | {id(r) for r in roots})
    top = list(dict.fromkeys(by_id[id(r)] for r in roots))
    paths = Paths([*([model] if isinstance(model, Module) else []), *_modules(nodes)])
    frames = _frames_given(layers, by_id) if layers else _frames_of_modules(nodes, paths)
    _roles(nodes, top, paths)
    _hosts(nodes, frames)
    name_all(nodes, top, frames, names or {}, paths)
    return Walk(nodes, top, frames)


def _collect(roots: Sequence[Tensor], drawn: set[int]) -> tuple[list[Node], dict[int, Node]]:
    seen: dict[int, Any] = {}
    todo = list(roots)[::-1]
    made = []
    while todo:
        t = todo.pop()
        if id(t) in seen:
            continue
        seen[id(t)] = t
        if t.op is not None:
            made.append(t)
            todo += [x for x in t.inputs if isinstance(x, Tensor)]
    made.sort(key=lambda t: t.step)  # a result is newer than what it was computed from

    nodes: list[Node] = []
    by_id: dict[int, Node] = {}

    def node(x: Any) -> Any:
        found = by_id.get(id(x))
        if found is None:
            if not isinstance(x, (Tensor, np.ndarray)):
                return x  # a number is written into the formula
            if (
                x.ndim == 0
                and id(x) not in drawn
                and not (isinstance(x, Tensor) and (x.requires_grad or x.op is not None or x.name))
            ):
                return x.item()  # a constant without a name
            found = by_id[id(x)] = Node(len(nodes), x, x._data if isinstance(x, Tensor) else x)
            nodes.append(found)
        return found

    for t in made:
        operands = tuple(node(x) for x in t.inputs)
        if t.op is ops.astype and _only_cast(t, operands[0]):
            # data in the dtype of the layer that reads it: the same numbers
            by_id[id(t)] = operands[0]
            continue
        y = node(t)
        y.op, y.operands, y.params = t.op, operands, t.params
        if (
            t.op is ops.astype
            and isinstance(operands[0], Node)
            and operands[0].array.dtype == t.dtype
        ):
            y.op, y.params = ops.identity, {}  # the engine's own copy of a gradient
        for x in dict.fromkeys(y.inputs):
            x.users.append(y)
    for r in roots:
        node(r)
    return nodes, by_id


def _only_cast(t: Tensor, x: Any) -> bool:
    """Whether t is data as it was given, in another floating dtype."""
    return (
        isinstance(x, Node)
        and x.op is None
        and t.dtype.kind == "f"
        and not t.requires_grad
        and x.array.dtype.kind in "fiu"
        and t.op is not None
        and isinstance(t.inputs[0], Tensor)
        and not t.inputs[0].requires_grad
    )


def _modules(nodes: list[Node]) -> list[Any]:
    """The modules that results came from: the outer ones first."""
    found: dict[int, Any] = {}
    for n in nodes:
        if n.op is not None:
            for module, _ in n.obj.attached.frames[::-1]:
                found.setdefault(id(module), module)
    return list(found.values())


def _frames_given(layers: Mapping[str, Iterable[Any]], by_id: dict[int, Node]) -> list[Frame]:
    frames: list[Frame] = []
    for label, members in layers.items():
        f = Frame(len(frames), clean(label))
        for t in members:
            n = by_id.get(id(t))
            if n is not None and n.frame < 0:
                n.frame = f.index
        if any(n.frame == f.index for n in by_id.values()):
            frames.append(f)
    return frames


def _frames_of_modules(nodes: list[Node], paths: Paths) -> list[Frame]:
    """Module m returned y and began at step s: what was made in (s, y.step] was made inside m.
    Calls nest, so one sweep with a stack of the open ones finds the innermost for each. "(2)" is a
    second call of the same module."""
    last: dict[tuple[int, int], tuple[int, int, Any]] = {}
    for n in nodes:
        if n.op is not None:
            for module, first in n.obj.attached.frames:
                key = (id(module), first)
                last[key] = (first, max(n.obj.step, last[key][1] if key in last else 0), module)
    calls = sorted(last.values(), key=lambda c: (c[0], -c[1]))
    frames: list[Frame] = []
    counts: dict[int, int] = {}
    open_: list[tuple[int, Frame]] = []
    k = 0
    for n in nodes:
        if n.op is None:
            continue
        step = n.obj.step
        while open_ and open_[-1][0] < step:
            open_.pop()
        while k < len(calls) and calls[k][0] < step:
            first, end, module = calls[k]
            k += 1
            if end < step:
                continue
            while open_ and open_[-1][0] < end:
                open_.pop()  # not nested in it after all
            counts[id(module)] = counts.get(id(module), 0) + 1
            label = paths.label(module)
            label += f" ({counts[id(module)]})" if counts[id(module)] > 1 else ""
            frames.append(Frame(len(frames), label, open_[-1][1].index if open_ else -1, module))
            open_.append((end, frames[-1]))
        if open_:
            n.frame = open_[-1][1].index
    return frames


def _roles(nodes: list[Node], roots: list[Node], paths: Paths) -> None:
    for n in nodes:
        if n.op is None:
            n.role = _role_of_leaf(n.obj, paths)
    for r in roots:
        if r.op is None:
            continue
        r.role = "output"
        reduces = any(x.array.size > 1 for x in r.inputs)
        if r.array.ndim == 0 and (r.op.name in LOSSES or reduces or r.obj.name in ("L", "loss")):
            r.role = "loss"
            _prediction(r)


def _role_of_leaf(x: Any, paths: Paths) -> str:
    if not isinstance(x, Tensor):
        return "input"
    if x.requires_grad:
        return "parameter"
    if id(x) in paths.parameters:
        return "frozen"
    return "unrecorded" if x.params is UNRECORDED else "input"


def _prediction(loss: Node) -> None:
    """Walk back from a loss to where a prediction meets the data it is compared with; mark both."""
    n: Node | None = loss
    while n is not None and n.op is not None:
        made = [x for x in n.inputs if x.op is not None]
        data = [x for x in n.inputs if x.role == "input"]
        if n.op.name in LOSSES | {"sub"} and data and len(n.inputs) > 1:
            for x in data:
                if x.users == [n]:
                    x.role = "target"
            if len(made) == 1:
                made[0].role = "output"
            return
        # Only through operations of one argument: past a parameter this would be the network
        # itself.
        n = made[0] if len(n.inputs) == 1 and made else None


def _hosts(nodes: list[Node], frames: list[Frame]) -> None:
    """Which leaves stand above the operation that reads them, and so inside its frame. One that
    several read stands in the row: arrows that leave it for another column break Graphviz' router
    where it shares a rank."""
    for n in nodes:
        if n.op is None:
            continue
        inputs = list(dict.fromkeys(n.inputs))
        mine = [x for x in inputs if x.op is None and x.users[0] is n]
        # nothing computed comes in: one leaf begins the row, data if there is
        if len(mine) == len(inputs) and mine:
            first = next((x for x in mine if x.role not in TRAINED), mine[0])
            mine = [x for x in mine if x is not first]
            if first.role in TRAINED and first.frame < 0:
                first.frame = _around(first.users, frames)
        for x in mine:
            if x.role in TRAINED and x.frame < 0:
                x.frame = _around(x.users, frames)
            if len(mine) <= 2 and len(x.users) == 1:
                x.host = n


def _around(users: list[Node], frames: list[Frame]) -> int:
    """The innermost frame around all who share a parameter."""
    inside = users[0].frame
    if all(u.frame == inside for u in users):
        return inside
    around = inside
    paths = []
    for k in {u.frame for u in users}:
        path = set()
        while k >= 0:
            path.add(k)
            k = frames[k].parent
        paths.append(path)
    while around >= 0 and not all(around in path for path in paths):
        around = frames[around].parent
    return around
