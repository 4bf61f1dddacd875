"""The edges: values that go forward, gradients that come back, and the rule on each."""

from __future__ import annotations

import numpy as np

from ..mathematics import notation
from ..model import Edge, Use
from ..numbers import in_words, shape_text
from ..recording.fold import Group
from ..recording.gradients import goes_back, product, summed_axes
from ..recording.nodes import Node
from ..text import clean
from ..words import Words
from .context import Context


class EdgeMaker:
    """Makes an edge for every use of a node by a card of one operation; from and to a folded card,
    one edge stands for all uses."""

    def __init__(self, context: Context) -> None:
        self.context: Context = context
        self.words: Words = context.words

    def edges(self) -> list[Edge]:
        """The edges in the order of the operations that read."""
        out: list[Edge] = []
        pairs: dict[tuple[int, int], Edge] = {}
        for group, use in self._uses():
            source = self.context.group_of(use.x)
            if group.kind == source.kind == "single":
                out.append(self._edge(use))
                continue
            e = pairs.get((id(source), id(group)))
            if e is not None:
                self._add_use(e, use)
                continue
            e = self._edge(use) if group.kind == "single" else self._to_folded(use, group)
            pairs[id(source), id(group)] = e
            out.append(e)
        return out

    def _uses(self) -> list[tuple[Group, Use]]:
        """Every use of a node by an operation of another card, with the reader's group."""
        return [
            (group, Use(x, y, i))
            for group in self.context.groups
            for y in group.operations
            for i, x in enumerate(y.operands)
            if isinstance(x, Node) and self.context.group_of(x) is not group
        ]

    def _returns(self, use: Use) -> bool:
        """Whether a gradient comes back along a use."""
        reached = self.context.gradients.reached
        return use.y.index in reached and goes_back(use.x, use.y, use.operand)

    def _key(self, node: Node) -> str:
        return self.context.key(self.context.group_of(node))

    def _edge(self, use: Use) -> Edge:
        """The edge of one use, with its gradient rule if a gradient comes back."""
        x, y, words = use.x, use.y, self.words
        operands = self.context.operands(y)
        formula = notation.formula(y.op, operands, dict(y.params), words).text
        edge = Edge(
            self._key(x),
            self._key(y),
            x.array.size,
            heading=f"{clean(x.name)} → {self.context.symbol(y).text} = {formula}",
            detail=f"{clean(x.name)}: {shape_text(x.shape, words)}",
            use=use,
        )
        if self._returns(use):
            self._add_rule(edge, use)
        return edge

    def _to_folded(self, use: Use, group: Group) -> Edge:
        x = use.x
        shape = shape_text(x.shape, self.words)
        return Edge(
            self._key(x),
            self.context.key(group),
            x.array.size,
            heading=f"{clean(x.name)} → {clean(group.label or use.y.name)}: {shape}",
            returns=self._returns(use),
        )

    def _add_use(self, e: Edge, use: Use) -> None:
        """Another use along an edge of a folded card: no rule holds for all of them."""
        e.count, e.size = e.count + 1, max(e.size, use.x.array.size)
        e.returns = e.returns or self._returns(use)
        e.use, e.label, e.rule, e.total, e.result = None, "", "", "", ""

    def _add_rule(self, edge: Edge, use: Use) -> None:
        """What comes back along an edge: the rule that ran, and the sum over what was broadcast."""
        x, y, i = use.x, use.y, use.operand
        words, gradients = self.words, self.context.gradients
        operands, out = self.context.operands(y), self.context.symbol(y)
        params = dict(y.params)
        g = gradients.known.get(y.index)
        ran = product(y, i, np.zeros(y.array.shape, y.array.dtype) if g is None else g).shape
        summed = summed_axes(ran, x.array.shape)
        of = clean(gradients.of or "")
        outer, mine = f"∂{of}/∂{out.text}", f"∂{of}/∂{self.context.symbol(x).text}"
        rule = notation.rule(y.op, i, operands, out, outer, params, words, summed, len(ran))
        edge.returns = True
        edge.total = notation.sum_text(summed, len(ran), words)
        edge.label = notation.multiplier(y.op, i, operands, out, params, words, summed, len(ran))
        edge.rule = f"{mine} {'=' if self._is_all(x) else '+='} {rule}"
        if x.index in gradients.known:
            head = words["accumulated"] if x.index in gradients.accumulated else mine
            edge.result = f"{head} = {in_words(gradients.known[x.index], words)}"

    def _is_all(self, x: Node) -> bool:
        """Whether the gradient of x comes along one edge alone, and was not there before."""
        uses = sum(v is x for u in x.users for v in u.operands)
        return uses == 1 and x.index not in self.context.gradients.accumulated
