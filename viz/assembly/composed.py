"""Several operations as one formula: max{0, X·W + c} for a matrix product, a sum and a relu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..mathematics import notation
from ..mathematics.pieces import Piece, Symbol, number_symbol
from ..recording.nodes import Node, Walk
from ..text import clean
from ..words import Words

LONGEST_PART = 120
"""A formula with more letters is not put into another one."""

LONGEST_WHOLE = 80
"""A formula of the whole picture with more letters is left out."""

MOST_OPERATIONS = 12
"""Of more operations no whole formula is tried."""


def compose(
    operations: Sequence[Node], words: Words, inline: Callable[[Node], bool]
) -> dict[int, Piece]:
    """Each operation's formula, by the node's index. An input for which `inline(node)` holds
    stands in it as a formula itself."""
    pieces: dict[int, Piece] = {}

    def symbol(x: Any) -> Symbol:
        if not isinstance(x, Node):
            return number_symbol(x)
        piece = pieces.get(x.index)
        if piece is not None and inline(x) and len(piece.text) < LONGEST_PART:
            return Symbol(piece.text, piece.hold, x.shape)
        return Symbol(clean(x.name), shape=x.shape)

    for n in operations:
        symbols = [symbol(x) for x in n.operands]
        pieces[n.index] = notation.formula(n.op, symbols, dict(n.params), words)
    return pieces


def whole_formula(graph: Walk, words: Words) -> str:
    """The function that is drawn, in one line: f(X) = max{0, X·W + c}·w + b. Empty where one line
    cannot hold it."""
    operations = [n for n in graph.nodes if n.op is not None]
    if not 2 <= len(operations) <= MOST_OPERATIONS or len(graph.roots) != 1:
        return ""
    top = next((n for n in reversed(operations) if n.role == "output"), graph.roots[0])
    pieces = compose(operations, words, lambda n: True)
    text = pieces[top.index].text
    if any(len(p.text) > LONGEST_PART for p in pieces.values()) or len(text) > LONGEST_WHOLE:
        return ""
    data = [n for n in graph.nodes if n.role == "input"]
    argument = f"({clean(data[0].name)})" if len(data) == 1 and top.role == "output" else ""
    return f"{clean(top.name)}{argument} = {text}"
