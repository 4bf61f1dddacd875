"""For every number that a card writes out: how it was computed, and from which other numbers.

A number is named by three: the key of its card, "value" or "gradient", and its place, row by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model import Card, Picture
from ..recording.nodes import Node
from . import entries

Origin = list[Any]
"""[card, "value" or "gradient", place]."""


def trace(p: Picture) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """By card and column: for each number its derivation as text, and the numbers it came from."""
    tracer = _Tracer(p)
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for c in p.cards:
        values, gradients = tracer.values(c), tracer.gradients(c)
        found[c.key] = {
            **({"value": values} if values else {}),
            **({"gradient": gradients} if gradients else {}),
        }
    return found


class _Tracer:
    def __init__(self, p: Picture) -> None:
        self.p = p
        self.cards = {c.key: c for c in p.cards}
        self.card_of = {c.node.index: c for c in p.cards if c.node is not None}
        # by result and number of the operand: the Jacobian, and which entries read which
        self.tables: dict[tuple[int, int], tuple[np.ndarray | None, np.ndarray | None]] = {}
        for c in p.cards:
            if c.node is not None and c.node.op is not None and c.array("value") is not None:
                self._add_tables(c.node)

    def _add_tables(self, y: Node) -> None:
        for i, x in enumerate(y.operands):
            if isinstance(x, Node) and x.array.size <= entries.MOST_TRACED:
                self.tables[y.index, i] = entries.jacobian(y, i), entries.reads(y, i)

    def _tables(self, y: Node, i: int) -> tuple[np.ndarray | None, np.ndarray | None]:
        return self.tables.get((y.index, i), (None, None))

    def values(self, c: Card) -> list[dict[str, Any]]:
        """The derivations of a card's values."""
        y = c.node
        if y is None or y.op is None or c.array("value") is None:
            return []
        reads = [self._tables(y, i)[1] for i in range(len(y.operands))]
        return [
            {"text": entries.value(y, k, reads, self.p.words), "from": self._read_by(y, k, reads)}
            for k in range(y.array.size)
        ]

    def _read_by(self, y: Node, k: int, reads: list[np.ndarray | None]) -> list[Origin]:
        """The values that entry k of y was computed from, where they are written out."""
        origins: list[Origin] = []
        for x, table in zip(y.operands, reads, strict=True):
            card = self.card_of.get(x.index) if isinstance(x, Node) else None
            if table is None or card is None or card.array("value") is None:
                continue
            origins += [[card.key, "value", int(j)] for j in np.flatnonzero(table[k])]
        return origins

    def gradients(self, c: Card) -> list[dict[str, Any]]:
        """The derivations of a card's gradient; none where a part of it is not written out."""
        x, g = c.node, c.array("gradient")
        if x is None or g is None:
            return []
        uses: list[entries.Chain] = []
        readers: list[tuple[str, np.ndarray]] = []
        for e in self.p.edges:
            if e.source != c.key or not e.returns:
                continue
            if e.use is None:
                return []
            outer = self.cards[e.target].array("gradient")
            slopes, read = self._tables(e.use.y, e.use.operand)
            if outer is None or slopes is None or read is None:
                return []
            uses.append(entries.Chain(e.use.y, outer, slopes, read))
            readers.append((e.target, read))
        if not uses:
            return []
        of = self.p.gradients.of or "L"
        return [
            {
                "text": entries.gradient(x, k, of, uses, g.reshape(-1)[k]),
                "from": [
                    [key, "gradient", int(j)]
                    for key, read in readers
                    for j in np.flatnonzero(read[:, k])
                ],
            }
            for k in range(g.size)
        ]
