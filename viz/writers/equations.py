"""The picture as numbered equations, for a terminal: forward in the order of computation, backward
against it."""

from __future__ import annotations

from ..model import Card, Picture


def equations(p: Picture) -> str:
    """A line an operation, then a line a gradient that comes back, each with its numbers.

    Equations of the two passes are numbered through, so that a lecturer can say "by (7)".
    """
    words = p.words
    forward = [(c.title, _said(c, "value")) for c in p.cards if " = " in c.title or c.lines]
    order = {c.key: k for k, c in enumerate(p.cards)}
    cards = {c.key: c for c in p.cards}
    back = [
        (e.rule, _said(cards[e.source], "gradient"))
        for e in sorted(
            (e for e in p.edges if e.rule), key=lambda e: (-order[e.target], p.edges.index(e))
        )
    ]
    if not forward:
        forward = [(c.title, _said(c, "value")) for c in p.cards]
    lines: list[str] = []
    wide = min(56, max((len(t) for t, _ in [*forward, *back]), default=0))
    number = 0
    for head, rows in ((words["forward pass"], forward), (words["backward pass"], back)):
        if not rows:
            continue
        lines += ([""] if lines else []) + [head]
        for text, said in rows:
            number += 1
            lines.append(f"{f'({number})':>5}  {text:{wide}}  {said}".rstrip())
    return "\n".join(
        [*([p.title] if p.title else []), *([p.formula] if p.formula else []), *p.notes, *lines]
    )


def _said(c: Card, kind: str) -> str:
    """The numbers of a card in a line; of a folded one, what it holds."""
    for column in c.columns:
        if column.kind == kind:
            # What earlier passes left in .grad is in the number, and not in the equation.
            return (
                f"{column.head}: {column.said}"
                if kind == "gradient" and column.added
                else column.said
            )
    return "; ".join(c.lines) if kind == "value" else ""
