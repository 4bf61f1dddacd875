"""The picture as numbered equations, for a terminal: forward in the order of computation, backward
against it."""

from __future__ import annotations

from ..model import Card, Picture

WIDEST = 56
"""Numbers stand after an equation of so many letters at most."""


def equations(p: Picture) -> str:
    """A line for each operation, then a line for each gradient that comes back, with its numbers.

    The equations of the two passes are numbered through, so that a lecturer can say "by (7)".
    """
    passes = [(p.words["forward pass"], _forward(p)), (p.words["backward pass"], _backward(p))]
    width = min(WIDEST, max((len(text) for _, rows in passes for text, _ in rows), default=0))
    lines: list[str] = []
    number = 0
    for head, rows in passes:
        if not rows:
            continue
        lines += ["", head] if lines else [head]
        for text, numbers in rows:
            number += 1
            lines.append(f"{f'({number})':>5}  {text:{width}}  {numbers}".rstrip())
    return "\n".join([*filter(None, [p.title, p.formula]), *p.notes, *lines])


def _forward(p: Picture) -> list[tuple[str, str]]:
    """The cards that were computed; where nothing was, all cards."""
    computed = [c for c in p.cards if c.equation or c.lines]
    return [(c.title, _values(c)) for c in computed or p.cards]


def _backward(p: Picture) -> list[tuple[str, str]]:
    """The gradient rules, from the last result to the first input."""
    cards = {c.key: c for c in p.cards}
    order = {c.key: k for k, c in enumerate(p.cards)}
    returning = sorted((e for e in p.edges if e.rule), key=lambda e: -order[e.target])
    return [(e.rule, _gradient(cards[e.source])) for e in returning]


def _values(c: Card) -> str:
    """The numbers of a card in a line; of a folded one, what it holds."""
    column = c.column("value")
    return "; ".join(c.lines) if column is None else column.text


def _gradient(c: Card) -> str:
    column = c.column("gradient")
    if column is None:
        return ""
    # What earlier passes left in .grad is in the number, but not in the equation.
    return f"{column.head}: {column.text}" if column.added else column.text
