"""Cards to DOT: the same text in every run, and laid out alike by both engines.

Three things make the straight row of the pictures. Edges between results run from the title row to
the title row, and a backward edge is declared forwards, with `dir=back`, so that the ranks hold.
Cards in the row are equally high. A leaf above its operation shares its rank; an invisible edge
orders the two, while the edges that are seen weigh nothing, which exempts them from the ordering:
so both are declared the way their arrow points (Graphviz 2.43 puts the head of `dir=back` at the
wrong end within a rank). Inside a cluster rankdir=LR turns that order round; hence the two cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..model import Card, Edge, Picture
from ..palette import LIGHT, Look, Palette
from ..text import clean
from .cards import heading, height, label
from .layout import graphviz_package

DEEPEST = 8
"""Frames inside frames are drawn to this depth."""

# Where edges leave and arrive: forward from, forward to, the side of the gradient, and where the
# gradient comes from; between cards of the row, and between a leaf and the operation it stands
# above (beside, from top to bottom).
_PORTS = {
    "LR": {"row": ("t:e", "t:w", "e", "v:w"), "host": ("v:s", "a:n", "s", "b:n")},
    "TB": {"row": ("v:s", "a:n", "s", "b:n"), "host": ("t:e", "t:w", "e", "v:w")},
}


Style = Callable[[Card], Look | None]


QUICK = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.3"}
"""Bounds on what Graphviz spends on short arrows and few crossings."""


@dataclass(frozen=True)
class Plan:
    """How a picture is laid out. Graphviz' router fails on some graphs; each plan asks less of it
    than the last."""

    splines: str = "true"
    # no ports, no labels on arrows, no frames, no leaf above its operation
    plain: bool = False


PLANS = (Plan(), Plan("line"), Plan("line", plain=True))

CROSSED = 30
"""From so many arrows beyond one a card on, curves around the cards take the layout minutes: lines
are drawn."""


def plans(p: Picture) -> tuple[Plan, ...]:
    """The plans for a picture, the finest first."""
    pairs = {(e.source, e.target) for e in p.edges}
    return PLANS if len(pairs) - len(p.cards) <= CROSSED else PLANS[1:]


def dot(
    picture: Picture,
    direction: str = "LR",
    palette: Palette = LIGHT,
    style: Style | None = None,
    plan: Plan | None = None,
) -> str:
    """The DOT text of a picture. `style` may give a card another look than its kind's."""
    plan = plan or plans(picture)[0]
    if plan.plain:
        picture = _plainer(picture)
    graphviz = graphviz_package()
    whole = graphviz.Digraph("tinygrad_edu")
    kinds = [k for k in palette.kinds if any(c.kind == k for c in picture.cards)]
    backward = any(e.returns for e in picture.edges)
    gradients = backward or any(col.kind == "gradient" for c in picture.cards for col in c.columns)
    whole.attr(
        "graph",
        rankdir=direction,
        fontname=palette.font,
        bgcolor=palette.page,
        pad="0.25",
        ranksep="0.5",
        nodesep="0.45",
        splines=plan.splines,
        **({} if plan == PLANS[0] else QUICK),
        labelloc="t",
        id="picture",
        tooltip=_tip(graphviz, picture.title or picture.names),
        label=heading(
            picture.title, picture.formula, kinds, gradients, picture.notes, palette, picture.words
        ),
    )
    whole.attr("node", shape="plain", fontname=palette.font)
    whole.attr("edge", fontname=palette.font, fontsize="12", arrowsize="0.8")
    boxes, home = _frames(whole, graphviz, picture, palette)
    cards = {c.key: c for c in picture.cards}
    above: dict[str, list[Card]] = {}
    for c in picture.cards:
        if c.host is not None:
            above.setdefault(c.host, []).append(c)
    room = max((height(c) for c in picture.cards if c.host is None), default=31)
    for c in picture.cards:
        if c.host is not None:
            continue
        box = boxes.get(home.get(c.frame, -1), whole)
        hosted = above.get(c.key, [])
        if not hosted:
            _card(box, c, room, graphviz, palette, style)
            continue
        # What is above but not of the frame (data, targets) must stay outside its box, and so
        # cannot share the column.
        with box.subgraph() as column:
            column.attr(rank="same")
            for h in hosted:
                if home.get(h.frame, -1) == home.get(c.frame, -1):
                    _card(column, h, height(h), graphviz, palette, style)
            _card(column, c, room, graphviz, palette, style)
        inside = c.frame >= 0
        stack = [h for h in hosted if home.get(h.frame, -1) == home.get(c.frame, -1)] + [c]
        for upper, lower in zip(stack, stack[1:], strict=False):
            order = (lower, upper) if inside and direction == "LR" else (upper, lower)
            whole.edge(order[0].key, order[1].key, style="invis", weight="5")
        for h in hosted:
            if home.get(h.frame, -1) != home.get(c.frame, -1):
                _card(whole, h, height(h), graphviz, palette, style)
    # inner before outer: a box is copied into the one around it
    for k in [*reversed(boxes), -1]:
        for f in picture.frames:
            if f.index in boxes and home.get(f.parent, -1) == k:
                boxes.get(k, whole).subgraph(boxes[f.index])
    counts: dict[tuple[str, str], int] = {}
    for e in picture.edges:
        k = counts[e.source, e.target] = counts.get((e.source, e.target), 0) + 1
        _edges(whole, e, cards, home, f"-{k}" if k > 1 else "", direction, graphviz, palette, plan)
    return whole.source


def _plainer(p: Picture) -> Picture:
    """All cards and arrows, each as simple as it can be; and a note that says so."""
    return replace(
        p,
        cards=[replace(c, host=None, frame=-1) for c in p.cards],
        edges=[replace(e, label="") for e in p.edges],
        notes=[*p.notes, p.words["plainer"]],
    )


def _frames(
    whole: Any, graphviz: Any, picture: Picture, palette: Palette
) -> tuple[dict[int, Any], dict[int, int]]:
    """A cluster for each frame that holds a card, and for each frame the one that stands for it."""
    used: set[int] = set()
    depth: dict[int, int] = {}
    home: dict[int, int] = {}
    for f in picture.frames:  # outer before inner
        depth[f.index] = depth.get(f.parent, 0) + 1
        home[f.index] = f.index if depth[f.index] <= DEEPEST else home[f.parent]
    for c in picture.cards:
        k = home.get(c.frame, -1)
        while k >= 0 and k not in used:
            used.add(k)
            k = picture.frames[k].parent
    boxes = {}
    for f in picture.frames:
        if f.index in used:
            box = boxes[f.index] = graphviz.Digraph(f"cluster_{f.index}")
            box.attr(
                "graph",
                label=_label(graphviz, clean(f.label)),
                labelloc="t",
                labeljust="l",
                style="rounded,dashed",
                color=palette.frame,
                fontcolor=palette.muted,
                fontsize="14",
                margin="14",
                id=f"frame-{f.index}",
                tooltip=_tip(graphviz, f.label),
            )
    return boxes, home


def _card(
    box: Any, c: Card, room: int, graphviz: Any, palette: Palette, style: Style | None
) -> None:
    look = style(c) if style is not None else None
    box.node(
        c.key,
        label=label(c, room, palette, look),
        id=f"node-{c.key}",
        tooltip=_tip(graphviz, c.tip),
    )


def _edges(
    whole: Any,
    e: Edge,
    cards: dict[str, Card],
    home: dict[int, int],
    number: str,
    direction: str,
    graphviz: Any,
    palette: Palette,
    plan: Plan,
) -> None:
    p = _PORTS[direction]
    source, target = cards[e.source], cards[e.target]
    width = min(4.5, 1.4 + 0.5 * math.log10(max(1, e.size)))
    stacked = source.host == target.key and home.get(source.frame, -1) == home.get(target.frame, -1)
    forward = {
        "color": palette.value,
        "penwidth": f"{width:.2f}",
        "id": f"forward-{e.source}-{e.target}{number}",
        "tooltip": _tip(graphviz, e.tip),
    }
    back = {
        "color": palette.gradient,
        "fontcolor": palette.gradient_text,
        "style": "dashed",
        "penwidth": f"{0.85 * width:.2f}",
        "id": f"backward-{e.target}-{e.source}{number}",
        "tooltip": _tip(graphviz, e.back_tip),
        "labeltooltip": _tip(graphviz, e.back_tip or e.label),
    }
    if e.label:
        back["label"] = _label(graphviz, f" {_short(e.label)} ")
    if e.count > 1:
        forward |= {
            "label": f" × {e.count} ",
            "fontcolor": palette.value,
            "labeltooltip": forward["tooltip"],
        }
    kind, weight = ("host", "0") if stacked else ("row", "8")
    tail, head, back_tail, back_head = p[kind]
    if plan.plain:
        whole.edge(e.source, e.target, **forward)
        if e.returns:
            whole.edge(e.source, e.target, dir="back", **back)
        return
    whole.edge(f"{e.source}:{tail}", f"{e.target}:{head}", weight=weight, **forward)
    if e.returns:
        mine, theirs = f"{e.source}:{_gradient(source)}:{back_tail}", f"{e.target}:{back_head}"
        if stacked:
            whole.edge(theirs, mine, weight=weight, **back)
        else:
            whole.edge(mine, theirs, weight=weight, dir="back", **back)


def _gradient(c: Card) -> str:
    return "g" if len(c.columns) == 2 else "v"


def _short(text: str, most: int = 48) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _label(graphviz: Any, text: str) -> str:
    """Plain text in a label: it is no HTML, and neither entities nor backslashes mean anything in
    it."""
    return graphviz.escape(text.replace("&", "&amp;"))


def _tip(graphviz: Any, text: str) -> str:
    """A tooltip: backslashes and entities mean themselves, lines stay lines."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return graphviz.escape(text).replace("\n", "\\n")
