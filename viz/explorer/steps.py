"""The picture as data for the page: what each card holds, and the steps of the two passes, in one
language."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.autodiff.walk import unbroadcast

from ..model import Card, Edge, Picture, Use, edge_suffixes
from ..recording.gradients import product
from ..recording.nodes import Node
from ..text import clean
from . import entries
from .matrices import card_data, matrix
from .trace import trace

_SIGNS = {"add": "+", "sub": "−", "mul": "*", "div": "/", **dict.fromkeys(entries.PRODUCTS, "·")}


def data(p: Picture) -> dict[str, Any]:
    """Cards by key, with the derivation of each number, and the steps in order: forward operation
    by operation, then backward edge by edge."""
    cards = {c.key: card_data(c, p) for c in p.cards}
    for key, columns in trace(p).items():
        for column in cards[key]["columns"]:
            if column["kind"] in columns:
                column["entries"] = columns[column["kind"]]
    return {"cards": cards, "steps": _Steps(p).all()}


class _Steps:
    """Makes the steps of one picture."""

    def __init__(self, p: Picture) -> None:
        self.p, self.words = p, p.words
        self.cards = {c.key: c for c in p.cards}
        self.suffixes = edge_suffixes(p)
        self.returning: dict[str, list[Edge]] = {}
        for e in p.edges:
            if e.returns:
                self.returning.setdefault(e.source, []).append(e)

    def all(self) -> list[dict[str, Any]]:
        order = {c.key: k for k, c in enumerate(self.p.cards)}
        edges = sorted((e for e in self.p.edges if e.returns), key=lambda e: -order[e.target])
        steps = [self._forward(c) for c in self.p.cards if _is_computed(c)]
        steps += [self._seed(c) for c in self.p.cards if self._begins(c)]
        uses: dict[str, int] = {}
        for e in edges:
            uses[e.source] = uses.get(e.source, 0) + 1
            steps.append(self._backward(e, uses[e.source]))
        return steps

    def _begins(self, c: Card) -> bool:
        """Whether the backward pass begins at a card: it has a gradient, and none comes to it."""
        return (
            c.node is not None
            and c.node.op is not None
            and c.array("gradient") is not None
            and c.key not in self.returning
        )

    # Forward

    def _forward(self, c: Card) -> dict[str, Any]:
        step: dict[str, Any] = {
            "pass": "forward",
            "card": c.key,
            "edges": [
                f"forward-{e.source}-{e.target}{self.suffixes[id(e)]}"
                for e in self.p.edges
                if e.target == c.key
            ],
            "title": f"{self.words['forward pass']}: {c.title}",
        }
        y = c.node
        if y is None:
            step["parts"] = [*c.lines]
            return step
        sign = _SIGNS.get(y.op.name)
        parts: list[Any] = []
        for x in y.inputs if sign else dict.fromkeys(y.inputs):
            parts += [sign or ","] if parts else []
            parts.append(self._value(x))
        step["formula"] = c.title
        step["parts"] = [*parts, "→", self._value(y)]
        return step

    def _value(self, n: Node) -> dict[str, Any]:
        return matrix(n.array, clean(n.name), "value", self.p)

    # Backward

    def _seed(self, c: Card) -> dict[str, Any]:
        """Where the backward pass begins: ∂L/∂L = 1."""
        head, array = self._gradient_head(c), c.array("gradient")
        is_one = array is not None and array.size == 1 and float(array.reshape(-1)[0]) == 1
        return {
            "pass": "backward",
            "card": c.key,
            "edges": [],
            "title": f"{self.words['backward pass']}: {head}",
            "formula": f"{head} = 1" if is_one else head,
            "parts": [] if array is None else [matrix(array, head, "gradient", self.p)],
            "text": self.words["seed"],
            "reveals": c.key,
        }

    def _gradient_head(self, c: Card) -> str:
        column = c.column("gradient")
        return "" if column is None else column.head

    def _backward(self, e: Edge, which: int) -> dict[str, Any]:
        """One gradient on its way back over one edge; `which` counts the edges that come back to
        its card."""
        source, target = self.cards[e.source], self.cards[e.target]
        uses = len(self.returning[e.source])
        step: dict[str, Any] = {
            "pass": "backward",
            "card": e.source,
            "from": e.target,
            "edges": [f"backward-{e.target}-{e.source}{self.suffixes[id(e)]}"],
            "title": f"{self.words['backward pass']}: {target.name} → {source.name}",
        }
        if which == uses:
            step["reveals"] = e.source
        if e.use is None:
            step["text"] = e.tip
            return step
        step["formula"] = e.rule
        outer = target.array("gradient")
        if outer is None:  # too large to be written out
            step["text"] = e.result
            return step
        head = self._gradient_head(source) or self.words["gradient"]
        parts = self._chain_rule(e, e.use, outer, head if uses == 1 else "")
        if uses > 1:
            name = clean(e.use.x.name)
            step["text"] = self.words["use of"].format(k=which, n=uses, name=name)
            total = source.array("gradient")
            if which == uses and total is not None:
                parts += [self.words["in all"], matrix(total, head, "gradient", self.p)]
        step["parts"] = parts
        return step

    def _chain_rule(self, e: Edge, use: Use, outer: np.ndarray, head: str) -> list[Any]:
        """Outer gradient, local derivative, their product, and the sum over what was broadcast."""
        parts = self._factors(use, matrix(outer, self._outer_head(e), "gradient", self.p))
        ran = product(use.y, use.operand, outer)
        parts.append("=")
        if ran.shape != use.x.array.shape:
            parts += [matrix(ran, "", "gradient", self.p), e.total or "→"]
            ran = unbroadcast(ran, use.x.array.shape)
        parts.append(matrix(ran, head, "gradient", self.p))
        return parts

    def _outer_head(self, e: Edge) -> str:
        return self._gradient_head(self.cards[e.target])

    def _factors(self, use: Use, outer: dict[str, Any]) -> list[Any]:
        """The outer gradient and what it is multiplied by: the local derivative, a transposed
        matrix, or what else the rule reads."""
        x, y, i = use.x, use.y, use.operand
        local = local_derivative(y, i)
        if local is not None:
            head = f"∂{clean(y.name)}/∂{clean(x.name)}"
            return [outer, "*", matrix(local, head, "local", self.p)]
        others = [
            o
            for j, o in enumerate(y.operands)
            if isinstance(o, Node) and not y.op.variadic and j in y.op.reads[i]
        ]
        if y.op.name == "matmul" and all(o.array.ndim == 2 for o in (*others, x)):
            other = others[0]
            turned = matrix(other.array.T, f"{clean(other.name)}ᵀ", "value", self.p)
            return [outer, "·", turned] if i == 0 else [turned, "·", outer]
        return [outer, *(part for o in others for part in (",", self._value(o)))]


def _is_computed(c: Card) -> bool:
    """Whether a card shows a result: an operation's, a layer's, or a folded part's."""
    return bool(c.lines) if c.node is None else c.node.op is not None


def local_derivative(y: Node, i: int) -> np.ndarray | None:
    """∂y/∂x for operand i, number by number, where it has as many numbers as the result or the
    operand: of an operation entry by entry, and of one whose result is a single number.

    Else None: there is no such matrix, only the one that the rule multiplies by.
    """
    x = y.operands[i]
    large = max(x.array.size, y.array.size) > entries.MOST_TRACED
    if large or y.op.name in entries.PRODUCTS:
        return None
    slopes = entries.jacobian(y, i)
    if slopes is None:
        return None
    if y.array.size == 1:
        return slopes.reshape(x.array.shape)
    if (entries.reads(y, i).sum(axis=1) > 1).any():
        return None
    local: np.ndarray = slopes.sum(axis=1).reshape(y.array.shape)
    return local
