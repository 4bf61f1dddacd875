"""The whole picture: cards, edges, its formula, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tinygrad_edu.tensor import Tensor

from ..model import Picture
from ..recording.fold import LIMIT, fold
from ..recording.gradients import Gradients, changed_since, gradients
from ..recording.nodes import Node, Walk
from ..recording.walk import walk
from ..text import clean
from ..words import Words, grouped
from .cards import CardMaker
from .composed import whole_formula
from .context import Context
from .edges import EdgeMaker

MOST_NAMED = 4
"""A note lists so many names at most."""


def picture(
    roots: Sequence[Tensor],
    *,
    detail: str,
    words: Words,
    names: Mapping[str, Any] | None = None,
    layers: Mapping[str, Iterable[Any]] | None = None,
    title: str | None = None,
    with_gradients: bool = True,
    limit: int = LIMIT,
    with_values: bool = True,
    model: Any = None,
) -> Picture:
    """Everything there is to draw about `roots`; `model` is what returned them, where it is known.

    The other arguments are those of `viz.graph`.
    """
    graph = walk(roots, names, layers, model)
    groups, folding = fold(graph, detail, limit)
    singles = [g.nodes[0] for g in groups if g.kind == "single"]
    found = gradients(singles, graph.roots, graph.nodes) if with_gradients else Gradients()
    context = Context(graph, groups, found, words, with_gradients, with_values)
    return Picture(
        cards=CardMaker(context).cards(),
        edges=EdgeMaker(context).edges(),
        frames=graph.frames,
        words=words,
        title=clean(title or "", 120),
        formula=whole_formula(graph, words),
        notes=[
            *_of_folding(folding, len(graph.nodes), len(singles), words),
            *_of_changes(graph, words),
            *_of_what_was_not_recorded(graph, words),
        ],
        names=", ".join(r.name for r in graph.roots),
        walk=graph,
        gradients=found,
    )


def _of_folding(folding: str, total: int, shown: int, words: Words) -> list[str]:
    """Which nodes the picture does not show one by one."""
    if folding == "folded":
        hidden = grouped(total - shown)
        return [words["folded note"].format(hidden=hidden, total=grouped(total))]
    return [words[f"as {folding}"]] if folding in ("layers", "model") else []


def _of_changes(graph: Walk, words: Words) -> list[str]:
    """Which data changed after results were computed from it."""
    changed = changed_since(graph.nodes)
    return [words["changed note"].format(names=_listed(changed))] if changed else []


def _of_what_was_not_recorded(graph: Walk, words: Words) -> list[str]:
    """Which results came about in a way that nobody recorded."""
    notes = []
    if lost := [n for n in graph.nodes if n.role == "unrecorded"]:
        if all(r.role == "unrecorded" for r in graph.roots):
            notes.append(words["nothing recorded"])
        notes.append(words["unrecorded note"].format(names=_listed(lost)))
    if compiled := [n for n in graph.nodes if n.op is not None and "run" in n.params]:
        shown = ", ".join(n.name for n in compiled[:MOST_NAMED])
        notes.append(words["compiled note"].format(names=shown))
    return notes


def _listed(nodes: Sequence[Node]) -> str:
    names = ", ".join(n.name for n in nodes[:MOST_NAMED])
    return f"{names} …" if len(nodes) > MOST_NAMED else names
