"""Which nodes share a card: layers, long chains, and, where nothing else helps, stretches of the
recording.

Each step keeps the picture a graph without cycles: what is folded is either a module's own work, or
a run of the topological order. All of it is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from .nodes import TRAINED, Node, Walk

LIMIT = 400
"""More cards than this are no picture."""

MANY = 60
"""More cards than this make `detail="auto"` draw layers, where there are modules."""

LOOPS = 10
"""Nor may there be more arrows beyond one a card than a tenth of the limit: they take the layout
minutes."""

LONGEST_REPEAT = 64
"""A block of more operations is not looked for."""

FULL_SIZE = 16
"""A parameter of more numbers than this makes `detail="auto"` draw layers."""


@dataclass(eq=False, slots=True)
class Group:
    """What one card stands for."""

    nodes: list[Node]  # in topological order
    kind: str  # single, layer, layers, chain, repeat, block
    label: str = ""
    count: int = 1  # how many equal ones it stands for
    frame: int = -1
    module: object = None

    @property
    def first(self) -> Node:
        return self.nodes[0]

    @property
    def last(self) -> Node:
        return next((n for n in reversed(self.nodes) if n.op is not None), self.nodes[-1])

    @property
    def operations(self) -> list[Node]:
        return [n for n in self.nodes if n.op is not None]


def fold(graph: Walk, detail: str, limit: int = LIMIT) -> tuple[list[Group], str]:
    """The cards' groups, and which of "ops", "layers", "model", "folded" was done."""
    modules = [f for f in graph.frames if f.module is not None]
    if detail == "auto":
        big = any(n.role in TRAINED and n.array.size > FULL_SIZE for n in graph.nodes)
        detail = "layers" if modules and (big or len(graph.nodes) > min(MANY, limit)) else "ops"
    coarse = detail in ("layers", "model") and bool(graph.frames)
    if coarse:
        groups = _equal_siblings(_by_layer(graph, whole=detail == "model"))
    else:
        groups = [Group([n], "single", frame=n.frame) for n in graph.nodes]
    done = detail if coarse else "ops"
    if _fits(groups, limit):
        return groups, done
    if not coarse and modules:
        groups, done = _equal_siblings(_by_layer(graph)), "folded"
    chained = _chains(groups, set(graph.roots))
    if not _fits(chained, limit) and (repeated := _repeats(groups, limit)) is not groups:
        groups, done = repeated, "folded"
        chained = _chains(groups, set(graph.roots))
    if len(groups) > limit:
        groups, done = chained, "folded"
    if len(groups) > limit:
        groups, done = _blocks(groups, limit // 2), "folded"
    return groups, done


def _fits(groups: list[Group], limit: int) -> bool:
    return len(groups) <= limit and loops(groups) <= max(4, limit // LOOPS)


def loops(groups: Sequence[Group]) -> int:
    """How many arrows there are beyond the one that each card needs: those that have to run past
    others."""
    group_of = {n.index: k for k, g in enumerate(groups) for n in g.nodes}
    pairs = {
        (group_of[x.index], k) for k, g in enumerate(groups) for n in g.nodes for x in n.inputs
    }
    return sum(1 for a, b in pairs if a != b) - len(groups)


def _by_layer(graph: Walk, whole: bool = False) -> list[Group]:
    """A group for every innermost frame, while frames that hold frames are drawn around them; if
    `whole`, one for every outermost."""
    outer = set() if whole else {f.parent for f in graph.frames}
    top: dict[int, int] = {-1: -1}
    for frame in graph.frames:  # outer before inner
        top[frame.index] = top[frame.parent] if whole and frame.parent >= 0 else frame.index
    groups: list[Group] = []
    of_frame: dict[int, Group] = {}
    for n in graph.nodes:
        f = top[n.frame]
        if f >= 0 and f not in outer:
            if f not in of_frame:
                frame = graph.frames[f]
                of_frame[f] = Group(
                    [], "layer", frame.label, frame=frame.parent, module=frame.module
                )
                groups.append(of_frame[f])
            of_frame[f].nodes.append(n)
        else:
            groups.append(Group([n], "single", frame=f))
    return _sorted(groups)


def _sorted(groups: list[Group]) -> list[Group]:
    """In topological order again; groups that turn out to feed each other are drawn as what they
    are made of."""
    group_of = {n.index: g for g in groups for n in g.nodes}
    waiting = {
        id(g): len({id(group_of[x.index]) for n in g.nodes for x in n.inputs} - {id(g)})
        for g in groups
    }
    ready = [(g.last.index, g.first.index, g) for g in groups if not waiting[id(g)]]
    heapify(ready)
    done: list[Group] = []
    while ready:
        *_, g = heappop(ready)
        done.append(g)
        for other in {
            id(group_of[u.index]): group_of[u.index] for n in g.nodes for u in n.users
        }.values():
            if other is not g:
                waiting[id(other)] -= 1
                if not waiting[id(other)]:
                    heappush(ready, (other.last.index, other.first.index, other))
    if len(done) == len(groups):
        return done
    # A cycle: some layer is left and entered again. Its operations are drawn one by one.
    stuck = {id(g) for g in groups} - {id(g) for g in done}
    parts = [
        p
        for g in groups
        for p in (
            [Group([n], "single", frame=n.frame) for n in g.nodes]
            if id(g) in stuck and len(g.nodes) > 1
            else [g]
        )
    ]
    return sorted(parts, key=lambda g: g.last.index)


def _signature(g: Group) -> tuple[object, ...]:
    return (
        g.kind,
        type(g.module).__name__,
        g.frame,
        tuple((n.op.name if n.op else "", n.shape) for n in g.nodes),
    )


def _equal_siblings(groups: list[Group]) -> list[Group]:
    """Three or more equal layers in a row become one, `× n`."""
    out: list[Group] = []
    k = 0
    while k < len(groups):
        g, end = groups[k], k + 1
        if g.kind == "layer":
            same = _signature(g)
            while (
                end < len(groups)
                and groups[end].kind == "layer"
                and _signature(groups[end]) == same
                and (_feeds(groups[end - 1], groups[end]))
            ):
                end += 1
        if end - k >= 3:
            out.append(
                Group(
                    [n for h in groups[k:end] for n in h.nodes],
                    "layers",
                    g.label,
                    end - k,
                    g.frame,
                    g.module,
                )
            )
        else:
            out += groups[k:end]
        k = end
    return out


def _feeds(a: Group, b: Group) -> bool:
    inside = {m.index for m in b.nodes}
    return any(u.index in inside for n in a.operations for u in n.users)


def _repeats(groups: list[Group], limit: int) -> list[Group]:
    """Blocks of operations that come again and again, as the steps of a recurrence and the blocks
    of a residual network do, are one card, `× n`: the longest such run first, until the picture
    fits."""
    while not _fits(groups, limit):
        made = [g for g in groups if g.operations]
        start, length, times = _longest_run([_likeness(g) for g in made])
        if times < 3 or length * times < max(9, len(made) // 10):
            # what looks alike here and there by chance is no structure
            return groups
        run = made[start : start + length * times]
        inside = {n.index for g in run for n in g.nodes}
        leaves = [
            g
            for g in groups
            if not g.operations and all(u.index in inside for n in g.nodes for u in n.users)
        ]
        together = {id(g) for g in (*run, *leaves)}
        nodes = sorted((n for g in (*run, *leaves) for n in g.nodes), key=lambda n: n.index)
        folded = Group(
            nodes,
            "repeat",
            count=times,
            frame=run[0].frame if len({g.frame for g in run}) == 1 else -1,
        )
        groups = sorted(
            [g for g in groups if id(g) not in together] + [folded],
            key=lambda g: (g.last.index, g.first.index),
        )
    return groups


def _likeness(g: Group) -> tuple[object, ...]:
    """What two groups must have in common to repeat each other: their operations, shapes, and which
    operands are leaves."""
    return g.kind, tuple(
        (
            n.op.name,
            n.shape if not n.op.variadic else (),
            tuple(isinstance(x, Node) and x.op is None for x in n.operands)
            if not n.op.variadic
            else (),
        )
        for n in g.operations
    )


def _longest_run(items: Sequence[object]) -> tuple[int, int, int]:
    """Where the longest stretch begins that is one block again and again, how long that is, and how
    often it comes.

    >>> _longest_run("xabcabcabcy")
    (1, 3, 3)
    """
    names: dict[object, int] = {}
    s = np.array([names.setdefault(x, len(names)) for x in items], int)
    best = (0, 1, 1)
    for p in range(2, min(LONGEST_REPEAT, len(s) // 3) + 1):
        same = np.concatenate([[False], s[:-p] == s[p:], [False]])
        edges = np.flatnonzero(same[1:] != same[:-1])
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            times = int(b - a + p) // p
            if times >= 3 and times * p > best[1] * best[2]:
                best = int(a), p, times
    return best


def _chains(groups: list[Group], roots: set[Node]) -> list[Group]:
    """Runs of single operations, each read by the next alone, become one card; leaves that only
    they read go along."""
    single = {g.nodes[0].index: g for g in groups if g.kind == "single"}
    placed: set[int] = set()
    out: list[Group] = []
    for g in groups:
        if g.kind != "single":
            out.append(g)
            continue
        n = g.nodes[0]
        if n.op is None or n.index in placed:
            continue
        run = [n]
        while n not in roots and len(n.users) == 1:
            n = n.users[0]
            made = [x for x in n.inputs if x.op is not None and x is not run[-1]]
            if n.index not in single or made or n in roots or n.frame != run[0].frame:
                break
            run.append(n)
        placed |= {m.index for m in run}
        if len(run) < 3:
            out += [single[m.index] for m in run]
            continue
        inside = {m.index for m in run}
        leaves = {
            x.index: x
            for m in run
            for x in m.inputs
            if x.op is None
            and x.index in single
            and x.index not in placed
            and x is not run[0].inputs[0]
            and all(u.index in inside for u in x.users)
        }
        placed |= leaves.keys()
        out.append(
            Group(
                sorted([*leaves.values(), *run], key=lambda m: m.index), "chain", frame=run[0].frame
            )
        )
    out += [
        g
        for g in groups
        if g.kind == "single" and g.nodes[0].op is None and g.nodes[0].index not in placed
    ]
    return sorted(out, key=lambda g: (g.last.index, g.first.index))


def _blocks(groups: list[Group], most: int) -> list[Group]:
    """The last resort: stretches of the topological order, each one card. Edges then only go
    forward."""
    keep = {id(g) for g in (groups[0], groups[-1])}
    size = -(-len(groups) // max(1, most))
    out: list[Group] = []
    for k in range(0, len(groups), size):
        part = groups[k : k + size]
        if len(part) == 1 or (len(part) == 2 and all(id(g) in keep for g in part)):
            out += part
            continue
        ends = [g for g in part if id(g) in keep]
        middle = sorted(
            (n for g in part if id(g) not in keep for n in g.nodes), key=lambda n: n.index
        )
        block = [Group(middle, "block")] if middle else []
        out += (
            ([ends[0]] if ends and ends[0] is part[0] else [])
            + block
            + ([part[-1]] if ends and ends[-1] is part[-1] and part[-1] is not part[0] else [])
        )
    return out


def period(items: Sequence[object]) -> int:
    """The length of the shortest beginning that, repeated and cut off, gives all of `items`: Knuth,
    Morris and Pratt.

    >>> period("abcabcab"), period("abcd")
    (3, 4)
    """
    fail = [0] * len(items)
    k = 0
    for i in range(1, len(items)):
        while k and items[i] != items[k]:
            k = fail[k - 1]
        k += items[i] == items[k]
        fail[i] = k
    return len(items) - (fail[-1] if items else 0)
