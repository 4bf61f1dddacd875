"""The picture in words: a line a card. For who cannot see it, for a terminal, and for tests."""

from __future__ import annotations

from ..model import Card, Picture


def describe(p: Picture) -> str:
    """A heading, then a line a card: its equation, what it is, where it comes from, its numbers."""
    words = p.words
    names = {c.key: c.name for c in p.cards}
    sources: dict[str, list[str]] = {}
    users: dict[str, list[str]] = {}
    for e in p.edges:
        sources.setdefault(e.target, []).append(names[e.source])
        users.setdefault(e.source, []).append(names[e.target])
    lines = [
        words["graph of"].format(
            names=p.names,
            cards=words.count(len(p.cards), "cards"),
            edges=words.count(len(p.edges), "forward edges"),
        ),
        *p.notes,
    ]
    lines += [_card(c, sources.get(c.key, []), users.get(c.key, []), p) for c in p.cards]
    return "\n".join(lines)


def _card(c: Card, sources: list[str], users: list[str], p: Picture) -> str:
    words = p.words
    text = f"{c.title}: {words[c.kind]}"
    if c.shape:
        text += f", {c.shape}"
    if sources:
        text += f", {words['from']} {_few(sources)}"
    for col in c.columns:
        text += f". {col.head} {col.text}"
    if c.lines:
        text += ". " + "; ".join(c.lines)
    if users:
        text += f". {words['used by']} {_few(users)}"
    return text + "."


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" … ({len(names)})" if len(names) > 8 else "")
