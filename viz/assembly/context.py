"""What cards and edges are both made from: the graph, its groups, the gradients and the words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..mathematics.pieces import Symbol, number_symbol
from ..recording.fold import Group
from ..recording.gradients import Gradients
from ..recording.nodes import Node, Walk
from ..text import clean
from ..words import Words


class Context:
    """The recorded graph, with a key for every card and a symbol for every node."""

    def __init__(
        self,
        graph: Walk,
        groups: list[Group],
        gradients: Gradients,
        words: Words,
        with_gradients: bool,
        with_values: bool,
    ) -> None:
        self.graph: Walk = graph
        self.groups: list[Group] = groups
        self.gradients: Gradients = gradients
        self.words: Words = words
        self.with_gradients: bool = with_gradients
        self.with_values: bool = with_values
        self._group_of = {n.index: g for g in groups for n in g.nodes}
        self._keys = keys_of(groups)
        self._symbols: dict[int, Symbol] = {}

    def group_of(self, node: Node) -> Group:
        """The group whose card shows a node."""
        return self._group_of[node.index]

    def key(self, group: Group) -> str:
        """The identifier of a group's card."""
        return self._keys[id(group)]

    def symbol(self, x: Any) -> Symbol:
        """What stands in a formula for a node or a number."""
        if not isinstance(x, Node):
            return number_symbol(x)
        if x.index not in self._symbols:
            self._symbols[x.index] = Symbol(clean(x.name), shape=x.shape)
        return self._symbols[x.index]

    def operands(self, n: Node) -> list[Symbol]:
        """The symbols of what an operation reads."""
        return [self.symbol(x) for x in n.operands]


def keys_of(groups: Iterable[Group]) -> dict[int, str]:
    """A readable identifier for each group's card, by `id(group)`: its name in ASCII, numbered
    where another card has that one."""
    keys: dict[int, str] = {}
    counts: dict[str, int] = {}
    for g in groups:
        stem = re.sub(r"[^A-Za-z0-9]+", "_", g.label or g.last.name).strip("_") or "node"
        stem = f"n{stem}" if stem[0].isdigit() else stem
        counts[stem] = counts.get(stem, 0) + 1
        key = _numbered(stem, counts[stem])
        while key != stem and key in counts:
            counts[stem] += 1
            key = _numbered(stem, counts[stem])
        counts.setdefault(key, 1)
        keys[id(g)] = key
    return keys


def _numbered(stem: str, k: int) -> str:
    return stem if k == 1 else f"{stem}_{k}"
