"""The recorded graph as a list: every tensor and array once, inputs before results, with names, roles and frames.

No recursion and nothing quadratic: a chain of 100 000 operations is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu import Tensor, ops
from tinygrad_edu.snapshots import kept

from .text import clean

LOSSES = {"mse", "bce_with_logits", "cross_entropy"}


@dataclass(eq=False, slots=True)
class Node:
    """One tensor or array of the graph."""
    index: int
    obj: Any
    array: np.ndarray
    op: Any = None                               # None for a leaf
    operands: tuple[Any, ...] = ()               # nodes, and numbers as they are
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    role: str = "operation"                      # or input, target, parameter, output, loss
    frame: int = -1                              # the innermost frame it is in; -1 for none
    users: list[Node] = field(default_factory=list)   # operations that read it, once each
    host: Node | None = None                     # a leaf that stands above an operation: which one
    given: bool = False                          # the user named it

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
    nodes: list[Node]                            # inputs before results
    roots: list[Node]
    frames: list[Frame]                          # outer before inner


def walk(roots: Sequence[Tensor], names: Mapping[str, Any] | None = None,
         layers: Mapping[str, Iterable[Any]] | None = None) -> Walk:
    """Everything that `roots` were computed from."""
    named = {id(v) for k, v in (names or {}).items() if not str(k).startswith("_")}
    nodes, by_id = _collect(roots, named | {id(r) for r in roots})
    top = list(dict.fromkeys(by_id[id(r)] for r in roots))
    frames = _frames_given(layers, by_id) if layers else _frames_of_modules(nodes)
    _roles(nodes, top)
    _hosts(nodes, frames)
    _name(nodes, top, frames, names or {})
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
    made.sort(key=lambda t: t.step)              # a result is newer than what it was computed from

    nodes: list[Node] = []
    by_id: dict[int, Node] = {}

    def node(x: Any) -> Any:
        found = by_id.get(id(x))
        if found is None:
            if not isinstance(x, (Tensor, np.ndarray)):
                return x                         # a number is written into the formula
            if x.ndim == 0 and id(x) not in drawn and not (isinstance(x, Tensor) and (
                    x.requires_grad or x.op is not None or x.name)):
                return x.item()                  # a constant without a name
            found = by_id[id(x)] = Node(len(nodes), x, x._data if isinstance(x, Tensor) else x)
            nodes.append(found)
        return found

    for t in made:
        operands = tuple(node(x) for x in t.inputs)
        y = node(t)
        y.op, y.operands, y.params = t.op, operands, t.params
        if t.op is ops.astype and isinstance(operands[0], Node) and operands[0].array.dtype == t.dtype:
            y.op, y.params = ops.identity, {}    # the engine's own copy of a gradient
        for x in dict.fromkeys(y.inputs):
            x.users.append(y)
    for r in roots:
        node(r)
    return nodes, by_id


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


def _frames_of_modules(nodes: list[Node]) -> list[Frame]:
    """Module m returned y and began at step s: what was made in (s, y.step] was made inside m. Calls nest, so one
    sweep with a stack of the open ones finds the innermost for each."""
    last: dict[tuple[int, int], tuple[int, int, Any]] = {}
    for n in nodes:
        if n.op is not None:
            for module, first in n.obj.layers:
                key = (id(module), first)
                last[key] = (first, max(n.obj.step, last[key][1] if key in last else 0), module)
    calls = sorted(last.values(), key=lambda c: (c[0], -c[1]))
    frames: list[Frame] = []
    counts: dict[str, int] = {}
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
                open_.pop()                      # not nested in it after all
            label = clean(getattr(module, "name", None) or type(module).__name__)
            counts[label] = counts.get(label, 0) + 1
            label += f" ({counts[label]})" if counts[label] > 1 else ""
            frames.append(Frame(len(frames), label, open_[-1][1].index if open_ else -1, module))
            open_.append((end, frames[-1]))
        if open_:
            n.frame = open_[-1][1].index
    return frames


def _roles(nodes: list[Node], roots: list[Node]) -> None:
    for n in nodes:
        if n.op is None:
            n.role = "parameter" if getattr(n.obj, "requires_grad", False) else "input"
    for r in roots:
        if r.op is None:
            continue
        r.role = "output"
        reduces = any(x.array.size > 1 for x in r.inputs)
        if r.array.ndim == 0 and (r.op.name in LOSSES or reduces or r.obj.name in ("L", "loss")):
            r.role = "loss"
            _prediction(r)


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
        # Only through operations of one argument: past a parameter this would be the network itself.
        n = made[0] if len(n.inputs) == 1 and made else None


def _hosts(nodes: list[Node], frames: list[Frame]) -> None:
    """Which leaves stand above the operation that reads them first, and so inside its frame."""
    for n in nodes:
        if n.op is None:
            continue
        inputs = list(dict.fromkeys(n.inputs))
        mine = [x for x in inputs if x.op is None and x.users[0] is n]
        if len(mine) == len(inputs) and mine:    # nothing computed comes in: one leaf begins the row, data if there is
            first = next((x for x in mine if x.role != "parameter"), mine[0])
            mine = [x for x in mine if x is not first]
            if first.role == "parameter" and first.frame < 0:
                first.frame = _around(first.users, frames)
        for x in mine:
            if x.role == "parameter" and x.frame < 0:
                x.frame = _around(x.users, frames)
            if len(mine) <= 2 and all(u.frame == n.frame for u in x.users):
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


def _name(nodes: list[Node], roots: list[Node], frames: list[Frame], names: Mapping[str, Any]) -> None:
    """The caller's names first, then the tensor's own, then short ones that are free."""
    given: dict[int, str] = {}
    for key, value in names.items():
        if isinstance(value, (Tensor, np.ndarray)) and not str(key).startswith("_"):
            given.setdefault(id(value), str(key))
            if isinstance(value, np.ndarray):
                given.setdefault(id(kept(value)), str(key))
    for n in nodes:
        name = str(given.get(id(n.obj)) or getattr(n.obj, "name", None) or "")
        n.given = bool(name and clean(name))
        if n.given:
            n.name = clean(name)
    _letters(nodes, frames, given)
    taken = {n.name for n in nodes}
    counts: dict[str, int] = {}

    def free(stem: str, alone: bool) -> str:
        while True:
            counts[stem] = counts.get(stem, 0) + 1
            name = stem if alone and counts[stem] == 1 else f"{stem}{counts[stem]}"
            if name not in taken:
                taken.add(name)
                return name

    top = set(roots)
    for n in nodes:
        if n.given:
            continue
        if n.role in ("loss", "output") and n in top:
            n.name = free("L" if n.role == "loss" else "f", True)
        elif n.op is None:
            n.name = free({"input": "X" if n.array.ndim > 1 else "x", "target": "y"}.get(n.role, "w"), True)
        elif n.obj.layers and not frames[n.frame].parent < 0 or n.obj.layers and n.role != "output":
            n.name = free("H", False)
        elif n.role == "output":
            n.name = free("f", True)
        else:
            n.name = free("u", False)


def _letters(nodes: list[Node], frames: list[Frame], given: Mapping[int, str]) -> None:
    """W1 and b1 for the weight and the bias of the first layer, as the lecture writes them: `dense.weight` is no letter
    of a formula. The card's tooltip and description keep the tensor's own name."""
    taken = {n.name for n in nodes}
    long = [(n, n.name[len(f.label) + 1:]) for n in nodes if n.role == "parameter" and n.frame >= 0
            and id(n.obj) not in given for f in [frames[n.frame]] if f.module is not None
            and n.name.startswith(f"{f.label}.")]
    layers = list(dict.fromkeys(n.frame for n, _ in long))
    for n, part in long:
        letter = {"weight": "W", "bias": "b"}.get(part)
        short = f"{letter}{layers.index(n.frame) + 1 if len(layers) > 1 else ''}" if letter else part
        if short not in taken:
            taken.add(short)
            n.name = short
