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

from ..model import Card, Edge, Picture, edge_suffixes
from ..palette import LIGHT, Look, Palette
from ..text import clean
from .cards import heading, height, label
from .layout import graphviz_package

DEEPEST = 8
"""Frames inside frames are drawn to this depth."""

LONGEST_LABEL = 48
"""A label on an arrow with more letters is cut; the whole of it is in the tooltip."""

# Where edges leave and arrive: forward from, forward to, the side of the gradient, and where the
# gradient comes from; between cards of the row, and between a leaf and the operation it stands
# above (beside, from top to bottom).
_PORTS = {
    "LR": {"row": ("t:e", "t:w", "e", "v:w"), "host": ("v:s", "a:n", "s", "b:n")},
    "TB": {"row": ("v:s", "a:n", "s", "b:n"), "host": ("t:e", "t:w", "e", "v:w")},
}


Style = Callable[[Card], Look | None]
"""What `viz.graph(style=)` takes: the look of a card, or None for that of its kind."""


QUICK = {"nslimit": "2", "nslimit1": "2", "mclimit": "0.3"}
"""Bounds on what Graphviz spends on short arrows and few crossings."""


@dataclass(frozen=True)
class Plan:
    """How a picture is laid out. Graphviz' router fails on some graphs; each plan asks less of it
    than the last."""

    splines: str = "true"
    # no ports, no labels on arrows, no frames, no leaf above its operation
    simplified: bool = False


PLANS = (Plan(), Plan("line"), Plan("line", simplified=True))

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
    """The DOT text of a picture.

    `direction` is "LR" or "TB"; `style` may give a card another look than its kind's; without a
    `plan`, the finest of `plans(picture)`.
    """
    plan = plan or plans(picture)[0]
    return _Writer(picture, direction, palette, style, plan).write()


class _Writer:
    """One DOT text: what all its parts need to know."""

    def __init__(
        self,
        picture: Picture,
        direction: str,
        palette: Palette,
        style: Style | None,
        plan: Plan,
    ) -> None:
        self.picture = _simplified(picture) if plan.simplified else picture
        self.direction, self.palette, self.style, self.plan = direction, palette, style, plan
        self.graphviz = graphviz_package()
        self.whole = self.graphviz.Digraph("tinygrad_edu")
        self.cards = {c.key: c for c in self.picture.cards}
        self.box_of = self._frame_of_frame()
        self.boxes = self._boxes()
        in_row = [height(c) for c in self.picture.cards if c.host is None]
        self.row_height = max(in_row, default=31)

    def write(self) -> str:
        self._settings()
        above: dict[str, list[Card]] = {}
        for c in self.picture.cards:
            if c.host is not None:
                above.setdefault(c.host, []).append(c)
        for c in self.picture.cards:
            if c.host is None:
                self._column(c, above.get(c.key, []))
        self._nest_boxes()
        suffixes = edge_suffixes(self.picture)
        for e in self.picture.edges:
            self._edge(e, suffixes[id(e)])
        text: str = self.whole.source
        return text

    def _settings(self) -> None:
        """What holds for the whole drawing, with title, formula, legend and notes above it."""
        p, palette = self.picture, self.palette
        gradients = any(e.returns for e in p.edges) or any(
            col.kind == "gradient" for c in p.cards for col in c.columns
        )
        kinds = [k for k in palette.kinds if any(c.kind == k for c in p.cards)]
        self.whole.attr(
            "graph",
            rankdir=self.direction,
            fontname=palette.font,
            bgcolor=palette.page,
            pad="0.25",
            ranksep="0.5",
            nodesep="0.45",
            splines=self.plan.splines,
            **({} if self.plan == PLANS[0] else QUICK),
            labelloc="t",
            id="picture",
            tooltip=self._tooltip(p.heading),
            label=heading(p.title, p.formula, kinds, gradients, p.notes, palette, p.words),
        )
        self.whole.attr("node", shape="plain", fontname=palette.font)
        self.whole.attr("edge", fontname=palette.font, fontsize="12", arrowsize="0.8")

    # Frames

    def _frame_of_frame(self) -> dict[int, int]:
        """By frame: the frame that is drawn for it, since those too deep inside others are not."""
        depth: dict[int, int] = {}
        drawn: dict[int, int] = {}
        for f in self.picture.frames:  # outer before inner
            depth[f.index] = depth.get(f.parent, 0) + 1
            drawn[f.index] = f.index if depth[f.index] <= DEEPEST else drawn[f.parent]
        return drawn

    def _boxes(self) -> dict[int, Any]:
        """A cluster for each frame that holds a card."""
        used: set[int] = set()
        for c in self.picture.cards:
            k = self._frame(c)
            while k >= 0 and k not in used:
                used.add(k)
                k = self.picture.frames[k].parent
        boxes = {}
        for f in self.picture.frames:
            if f.index not in used:
                continue
            boxes[f.index] = self.graphviz.Digraph(f"cluster_{f.index}")
            boxes[f.index].attr(
                "graph",
                label=self._text(clean(f.label)),
                labelloc="t",
                labeljust="l",
                style="rounded,dashed",
                color=self.palette.frame,
                fontcolor=self.palette.muted,
                fontsize="14",
                margin="14",
                id=f"frame-{f.index}",
                tooltip=self._tooltip(f.label),
            )
        return boxes

    def _nest_boxes(self) -> None:
        """Put each box into the one around it: inner before outer, since a box is copied."""
        for k in [*reversed(self.boxes), -1]:
            for f in self.picture.frames:
                if f.index in self.boxes and self.box_of.get(f.parent, -1) == k:
                    self.boxes.get(k, self.whole).subgraph(self.boxes[f.index])

    def _frame(self, c: Card) -> int:
        """The frame that a card is drawn in; -1 for none."""
        return self.box_of.get(c.frame, -1)

    # Cards

    def _column(self, c: Card, hosted: list[Card]) -> None:
        """A card of the row, with the leaves that stand above it."""
        box = self.boxes.get(self._frame(c), self.whole)
        if not hosted:
            self._card(box, c, self.row_height)
            return
        # What is above but not of the frame (data, targets) must stay outside its box, and so
        # cannot share the column.
        inside = [h for h in hosted if self._frame(h) == self._frame(c)]
        with box.subgraph() as column:
            column.attr(rank="same")
            for h in inside:
                self._card(column, h, height(h))
            self._card(column, c, self.row_height)
        stack = [*inside, c]
        for upper, lower in zip(stack, stack[1:], strict=False):
            turned = c.frame >= 0 and self.direction == "LR"
            first, second = (lower, upper) if turned else (upper, lower)
            self.whole.edge(first.key, second.key, style="invis", weight="5")
        for h in hosted:
            if h not in inside:
                self._card(self.whole, h, height(h))

    def _card(self, box: Any, c: Card, room: int) -> None:
        look = self.style(c) if self.style is not None else None
        box.node(
            c.key,
            label=label(c, room, self.palette, look),
            id=f"node-{c.key}",
            tooltip=self._tooltip(c.tip),
        )

    # Arrows

    def _edge(self, e: Edge, suffix: str) -> None:
        forward, back = self._forward(e, suffix), self._back(e, suffix)
        if self.plan.simplified:
            self.whole.edge(e.source, e.target, **forward)
            if e.returns:
                self.whole.edge(e.source, e.target, dir="back", **back)
            return
        source, target = self.cards[e.source], self.cards[e.target]
        stacked = source.host == target.key and self._frame(source) == self._frame(target)
        kind, weight = ("host", "0") if stacked else ("row", "8")
        tail, head, back_tail, back_head = _PORTS[self.direction][kind]
        self.whole.edge(f"{e.source}:{tail}", f"{e.target}:{head}", weight=weight, **forward)
        if not e.returns:
            return
        mine = f"{e.source}:{_gradient_port(source)}:{back_tail}"
        theirs = f"{e.target}:{back_head}"
        if stacked:
            self.whole.edge(theirs, mine, weight=weight, **back)
        else:
            self.whole.edge(mine, theirs, weight=weight, dir="back", **back)

    def _forward(self, e: Edge, suffix: str) -> dict[str, str]:
        """The attributes of the arrow that carries values."""
        attributes = {
            "color": self.palette.value,
            "penwidth": f"{_width(e):.2f}",
            "id": f"forward-{e.source}-{e.target}{suffix}",
            "tooltip": self._tooltip(e.tip),
        }
        if e.count > 1:
            attributes["label"] = f" × {e.count} "
            attributes["fontcolor"] = self.palette.value
            attributes["labeltooltip"] = attributes["tooltip"]
        return attributes

    def _back(self, e: Edge, suffix: str) -> dict[str, str]:
        """The attributes of the arrow that carries the gradient."""
        attributes = {
            "color": self.palette.gradient,
            "fontcolor": self.palette.gradient_text,
            "style": "dashed",
            "penwidth": f"{0.85 * _width(e):.2f}",
            "id": f"backward-{e.target}-{e.source}{suffix}",
            "tooltip": self._tooltip(e.back_tip),
            "labeltooltip": self._tooltip(e.back_tip or e.label),
        }
        if e.label:
            attributes["label"] = self._text(f" {_shortened(e.label)} ")
        return attributes

    # Text

    def _text(self, text: str) -> str:
        """Text in a label: it is no HTML, and neither entities nor backslashes mean anything in
        it."""
        escaped: str = self.graphviz.escape(text.replace("&", "&amp;"))
        return escaped

    def _tooltip(self, text: str) -> str:
        """A tooltip: backslashes and entities mean themselves, lines stay lines."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        escaped: str = self.graphviz.escape(text)
        return escaped.replace("\n", "\\n")


def _simplified(p: Picture) -> Picture:
    """All cards and arrows, each as simple as it can be; and a note that says so."""
    return replace(
        p,
        cards=[replace(c, host=None, frame=-1) for c in p.cards],
        edges=[replace(e, label="") for e in p.edges],
        notes=[*p.notes, p.words["plainer"]],
    )


def _width(e: Edge) -> float:
    """How thick an arrow is: by the logarithm of how many numbers go along it."""
    return min(4.5, 1.4 + 0.5 * math.log10(max(1, e.size)))


def _gradient_port(c: Card) -> str:
    """The port of a card's gradients: of its only column, where it has one."""
    return "g" if len(c.columns) == 2 else "v"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
