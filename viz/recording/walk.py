"""The recorded graph as a list: every tensor and array once, inputs before results, with names,
roles and frames.

No recursion and nothing quadratic: a chain of 100 000 operations is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff.conversions import array_of
from tinygrad_edu.nn import Module
from tinygrad_edu.ops.arithmetic import identity
from tinygrad_edu.ops.choice import astype
from tinygrad_edu.tensor import Tensor

from ..text import clean
from .names import Paths, give_names
from .nodes import Frame, Node, Walk
from .roles import assign_roles, place_leaves


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
    assign_roles(nodes, top, paths)
    place_leaves(nodes, frames)
    give_names(nodes, top, frames, names or {}, paths)
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
            found = by_id[id(x)] = Node(len(nodes), x, array_of(x))
            nodes.append(found)
        return found

    for t in made:
        operands = tuple(node(x) for x in t.inputs)
        if t.op is astype and _only_cast(t, operands[0]):
            # data in the dtype of the layer that reads it: the same numbers
            by_id[id(t)] = operands[0]
            continue
        y = node(t)
        y.op, y.operands, y.params = t.op, operands, t.params
        if t.op is astype and isinstance(operands[0], Node) and operands[0].array.dtype == t.dtype:
            y.op, y.params = identity, {}  # the engine's own copy of a gradient
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
