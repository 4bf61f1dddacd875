"""The picture as data: cards, edges and frames, in words and numbers, before anything is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .mathematics import notation
from .mathematics.notation import COMPARE, Piece, Symbol
from .numbers import in_words, is_full, shape_text, summary
from .recording.fold import LIMIT, Group, fold, period
from .recording.gradients import (
    Gradients,
    changed_since,
    goes_back,
    gradients,
    product,
    summed_axes,
)
from .recording.walk import TRAINED, Frame, Node, Walk, walk
from .text import MOST_TEXT, clean, keys_of, number_symbol, visible
from .words import Words, grouped


@dataclass(eq=False)
class Column:
    """Numbers under a heading, or words where there are none. A copy: what happens to the array
    later does not show."""

    kind: str  # value or gradient
    head: str
    # the numbers, or why there are none, in a line of text
    said: str
    array: np.ndarray | None = None  # where it is small enough to be written out
    # else its least, mean and greatest
    stats: list[tuple[str, str]] = field(default_factory=list)
    added: bool = False  # a gradient that holds more than one pass

    @classmethod
    def of(cls, kind: str, head: str, array: np.ndarray, words: Words) -> Column:
        """The column of an array."""
        if is_full(array):
            return cls(kind, head, in_words(array, words), array.copy())
        return cls(kind, head, in_words(array, words), stats=summary(array, words))


@dataclass(eq=False)
class Card:
    """One box of the picture."""

    # its name in DOT and SVG: ours, the same in every run
    key: str
    kind: str  # a key of palette.kinds
    title: str
    note: str
    columns: list[Column] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    frame: int = -1
    host: str | None = None  # the card it stands above
    tip: str = ""
    node: Node | None = None  # what it shows, where that is one tensor or array


@dataclass(eq=False)
class Edge:
    """A use of one card's array by another, and the gradient that comes back along it."""

    source: str
    target: str
    size: int
    tip: str
    label: str = ""  # what the gradient is multiplied by
    back_tip: str = ""
    rule: str = ""  # the gradient rule with names put in: an equation
    total: str = ""  # the sum in it that undoes broadcasting
    count: int = 1  # of a folded card: how many uses it stands for
    returns: bool = False  # a gradient comes back
    use: tuple[Node, Node, int] | None = None  # x, y and the number of the operand of y that x is


@dataclass(eq=False)
class Picture:
    cards: list[Card]
    edges: list[Edge]
    frames: list[Frame]
    words: Words
    title: str
    formula: str
    notes: list[str]
    names: str  # of the results drawn
    walk: Walk
    found: Gradients


def picture(
    roots: Sequence[Any],
    *,
    detail: str,
    words: Words,
    names: Mapping[str, Any] | None,
    layers: Mapping[str, Iterable[Any]] | None,
    title: str | None,
    with_gradients: bool,
    limit: int = LIMIT,
    with_values: bool = True,
    model: Any = None,
) -> Picture:
    """Everything there is to draw about `roots`; what `model` returned, if that is what is
    drawn."""
    graph = walk(roots, names, layers, model)
    groups, done = fold(graph, detail, limit)
    visible = [g.nodes[0] for g in groups if g.kind == "single"]
    found = gradients(visible, graph.roots, graph.nodes) if with_gradients else Gradients()
    build = _Builder(graph, groups, found, words, with_gradients, with_values)
    notes = []
    if done == "folded":
        hidden = len(graph.nodes) - len(visible)
        notes.append(
            words["folded note"].format(hidden=grouped(hidden), total=grouped(len(graph.nodes)))
        )
    elif done in ("layers", "model"):
        notes.append(words[f"as {done}"])
    if late := changed_since(graph.nodes):
        shown = ", ".join(n.name for n in late[:4]) + (" …" if len(late) > 4 else "")
        notes.append(words["changed note"].format(names=shown))
    notes += _not_recorded(graph, words)
    return Picture(
        build.cards(),
        build.edges(),
        graph.frames,
        words,
        clean(title or "", 120),
        _whole(graph, words),
        notes,
        ", ".join(r.name for r in graph.roots),
        graph,
        found,
    )


def _not_recorded(graph: Walk, words: Words) -> list[str]:
    """What the picture cannot know: how a result was made that nobody recorded."""
    notes = []
    if lost := [n for n in graph.nodes if n.role == "unrecorded"]:
        if all(r.role == "unrecorded" for r in graph.roots):
            notes.append(words["nothing recorded"])
        shown = ", ".join(n.name for n in lost[:4]) + (" …" if len(lost) > 4 else "")
        notes.append(words["unrecorded note"].format(names=shown))
    if inside := [n for n in graph.nodes if n.op is not None and "run" in n.params]:
        notes.append(words["compiled note"].format(names=", ".join(n.name for n in inside[:4])))
    return notes


class _Builder:
    def __init__(
        self,
        graph: Walk,
        groups: list[Group],
        found: Gradients,
        words: Words,
        with_gradients: bool,
        with_values: bool,
    ) -> None:
        self.graph, self.groups, self.found, self.words = graph, groups, found, words
        self.with_gradients, self.with_values = with_gradients, with_values
        self.home = {n.index: g for g in groups for n in g.nodes}
        self.keys = keys_of(groups)
        self.symbols: dict[int, Symbol] = {}

    def key(self, node: Node) -> str:
        return self.keys[id(self.home[node.index])]

    def symbol(self, x: Any) -> Symbol:
        if not isinstance(x, Node):
            return number_symbol(x)
        if x.index not in self.symbols:
            self.symbols[x.index] = Symbol(clean(x.name), shape=x.shape)
        return self.symbols[x.index]

    def operands(self, n: Node) -> list[Symbol]:
        return [self.symbol(x) for x in n.operands]

    # Cards

    def cards(self) -> list[Card]:
        return [
            self.single(g)
            if g.kind == "single"
            else self.layer(g)
            if g.kind in ("layer", "layers")
            else self.run(g)
            for g in self.groups
        ]

    def single(self, g: Group) -> Card:
        n, words = g.nodes[0], self.words
        name, shape = clean(n.name), shape_text(n.shape, words)
        title = name
        if n.op is not None:
            piece = notation.formula(n.op, self.operands(n), dict(n.params), words)
            title = f"{name} = {piece.within(COMPARE + 1)}"
        plain = n.role == "operation"
        note = shape if plain else words[n.role] if not n.shape else f"{words[n.role]} {shape}"
        card = Card(self.key(n), n.role, title, note, self.columns(n), frame=n.frame, node=n)
        if n.host is not None and self.home[n.host.index].kind == "single":
            card.host = self.key(n.host)
        own = visible(getattr(n.obj, "name", None) or n.full)
        called = f" ({own})" if own and own != name else ""
        lines = [
            title,
            f"{words[n.role]}{called} {shape}",
            f"{words['value']}: {in_words(n.array, words)}",
        ]
        lines += [f"{c.head}: {c.said}" for c in card.columns if c.kind == "gradient"]
        card.tip = "\n".join(lines)
        return card

    def columns(self, n: Node) -> list[Column]:
        words, found = self.words, self.found
        tracked = getattr(n.obj, "requires_grad", False)
        head = words["value" if tracked or n.op is not None else "fixed"]
        columns = [Column.of("value", head, n.array, words)] if self.with_values else []
        if not self.with_gradients or not tracked:
            return columns
        head = found.head(n) or (
            words["accumulated"] if n.index in found.accumulated else words["gradient"]
        )
        if n.index in found.known:
            columns.append(Column.of("gradient", clean(head), found.known[n.index], words))
            columns[-1].added = n.index in found.accumulated
        else:
            text = words["stale"] if found.stale and n.op is not None else words["not computed"]
            columns.append(Column("gradient", clean(head), text))
        return columns

    def layer(self, g: Group) -> Card:
        words, last = self.words, g.last
        inside = {n.index for n in g.nodes}
        data = [
            x
            for n in g.operations
            for x in n.inputs
            if x.index not in inside and x.role not in TRAINED
        ]
        parameters = [n for n in g.nodes if n.role in TRAINED]
        lines = []
        if data:
            a, b = data[0].shape, last.shape
            lines.append(f"{_features(a)} → {_features(b)}")
        lines += self.counted(parameters)
        formula = self.composed(g) if g.kind == "layer" else ""
        title = clean(g.label) + (f" × {g.count}" if g.kind == "layers" else "")
        role = last.role if last.role in ("output", "loss") else "layer"
        note = f"{words[role]} {shape_text(last.shape, words)}" if last.shape else words[role]
        tip = "\n".join(
            [
                title,
                *([formula] if formula else []),
                note,
                *lines,
                *(
                    f"{clean(n.name)}: {words['parameter']} {shape_text(n.shape, words)}"
                    for n in parameters[:12]
                ),
            ]
        )
        shown = [formula] if formula and len(formula) <= MOST_TEXT else []
        return Card(
            self.keys[id(g)], role, title, note, lines=shown + lines, frame=g.frame, tip=tip
        )

    def counted(self, parameters: list[Node]) -> list[str]:
        """How many parameters a card stands for, and how many of them are frozen."""
        sizes = {role: sum(n.array.size for n in parameters if n.role == role) for role in TRAINED}
        lines = [self.words.count(sum(sizes.values()), "parameters")] if parameters else []
        return lines + (
            [f"{grouped(sizes['frozen'])} {self.words['of them frozen']}"]
            if sizes["frozen"]
            else []
        )

    def composed(self, g: Group) -> str:
        """The layer as one formula: what is read once, and inside, is written where it is read."""
        if len(g.operations) > 8:
            return ""
        inside = {n.index for n in g.nodes}
        pieces = compose(
            g.operations,
            self.words,
            lambda n: len(n.users) == 1 and n.users[0].index in inside and n is not g.last,
        )
        return f"{clean(g.last.name)} = {pieces[g.last.index].text}"

    def run(self, g: Group) -> Card:
        words, operations = self.words, g.operations
        names = [n.op.name for n in operations]
        parameters = [n for n in g.nodes if n.role in TRAINED]
        title = (
            words.count(len(operations), "operations")
            if operations
            else f"{grouped(len(g.nodes))} × …"
        )
        if g.kind == "repeat":
            names = names[: len(names) // g.count]
            title = f"{words.count(len(names), 'operations')} × {g.count}"
        if g.kind == "chain" and (p := period(names)) <= 6:
            pattern, times, left = (
                ", ".join(names[:p]),
                grouped(len(names) // p),
                names[: len(names) % p],
            )
            lines = [
                (f"({pattern})" if p > 1 else pattern)
                + f" × {times}"
                + "".join(f", {name}" for name in left)
            ]
        elif g.kind == "repeat" and len(names) <= 6:
            lines = [", ".join(names)]
        else:
            lines = [f"{name} × {grouped(k)}" for name, k in Counter(names).most_common(4)]
        lines += self.counted(parameters)
        if operations:
            first, last = clean(operations[0].name), clean(g.last.name)
            lines.append(first if first == last else f"{first} … {last}")
        return Card(
            self.keys[id(g)],
            "folded",
            title,
            words["folded"],
            lines=lines,
            frame=g.frame,
            tip="\n".join([title, *lines]),
        )

    # Edges

    def edges(self) -> list[Edge]:
        """An edge for every use by a card of one operation; of and to a folded card, one for all
        uses."""
        out: list[Edge] = []
        pairs: dict[tuple[int, int], Edge] = {}
        for g in self.groups:
            for y in g.operations:
                for i, x in enumerate(y.operands):
                    if not isinstance(x, Node) or (source := self.home[x.index]) is g:
                        continue
                    if g.kind == source.kind == "single":
                        out.append(self.edge(x, y, i))
                        continue
                    e = pairs.get((id(source), id(g)))
                    if e is None:
                        e = (
                            self.edge(x, y, i)
                            if g.kind == "single"
                            else Edge(
                                self.key(x),
                                self.keys[id(g)],
                                x.array.size,
                                f"{clean(x.name)} → {clean(g.label or y.name)}: "
                                f"{shape_text(x.shape, self.words)}",
                                returns=self.returns(x, y, i),
                            )
                        )
                        pairs[id(source), id(g)] = e
                        out.append(e)
                    else:
                        self.one_more(e, x, y, i)
        return out

    def one_more(self, e: Edge, x: Node, y: Node, i: int) -> None:
        """Another use along an edge of a folded card: what is said of a single one no longer
        holds."""
        e.count, e.size = e.count + 1, max(e.size, x.array.size)
        e.returns = e.returns or self.returns(x, y, i)
        e.use, e.label, e.rule, e.total, e.back_tip = None, "", "", "", ""
        e.tip = f"{e.tip.splitlines()[0].split(' × ')[0]} × {e.count}"

    def returns(self, x: Node, y: Node, i: int) -> bool:
        return y.index in self.found.reached and goes_back(x, y, i)

    def edge(self, x: Node, y: Node, i: int) -> Edge:
        words, operands = self.words, self.operands(y)
        formula = notation.formula(y.op, operands, dict(y.params), words).text
        edge = Edge(
            self.key(x),
            self.key(y),
            x.array.size,
            f"{clean(x.name)} → {self.symbol(y).text} = {formula}\n{clean(x.name)}: "
            f"{shape_text(x.shape, words)}",
            use=(x, y, i),
        )
        if self.returns(x, y, i):
            self.backward(edge, x, y, i)
        return edge

    def backward(self, edge: Edge, x: Node, y: Node, i: int) -> None:
        """What comes back along an edge: the rule that ran, and the sum that the engine made of
        it."""
        words, operands, out, of = self.words, self.operands(y), self.symbol(y), self.found.of
        g = self.found.known.get(y.index)
        ran = product(y, i, np.zeros(y.array.shape, y.array.dtype) if g is None else g).shape
        summed = summed_axes(ran, x.array.shape)
        edge.returns, edge.total = True, notation.sum_said(summed, len(ran), words)
        edge.label = notation.multiplier(
            y.op, i, operands, out, dict(y.params), words, summed, len(ran)
        )
        outer, mine = (f"∂{clean(of or '')}/∂{n.text}" for n in (out, self.symbol(x)))
        rule = notation.rule(y.op, i, operands, out, outer, dict(y.params), words, summed, len(ran))
        once = (
            sum(v is x for u in x.users for v in u.operands) == 1
            and x.index not in self.found.accumulated
        )
        edge.rule = edge.back_tip = f"{mine} {'=' if once else '+='} {rule}"
        if x.index in self.found.known:
            head = words["accumulated"] if x.index in self.found.accumulated else mine
            edge.back_tip += f"\n{head} = {in_words(self.found.known[x.index], words)}"


def compose(operations: Sequence[Node], words: Words, inline: Any) -> dict[int, Piece]:
    """Each operation's formula, with those inputs put in as formulas for which `inline(node)`
    holds."""
    pieces: dict[int, Piece] = {}
    for n in operations:
        symbols = []
        for x in n.operands:
            if (
                isinstance(x, Node)
                and x.index in pieces
                and inline(x)
                and len(pieces[x.index].text) < 120
            ):
                symbols.append(Symbol(pieces[x.index].text, pieces[x.index].hold, x.shape))
            else:
                symbols.append(
                    Symbol(clean(x.name), shape=x.shape)
                    if isinstance(x, Node)
                    else number_symbol(x)
                )
        pieces[n.index] = notation.formula(n.op, symbols, dict(n.params), words)
    return pieces


def _whole(graph: Walk, words: Words) -> str:
    """The function that is drawn, in one line: f(X) = max{0, X·W + c}·w + b. Empty where it would
    not be one line."""
    operations = [n for n in graph.nodes if n.op is not None]
    if not 2 <= len(operations) <= 12 or len(graph.roots) != 1:
        return ""
    top = next((n for n in reversed(operations) if n.role == "output"), graph.roots[0])
    pieces = compose(operations, words, lambda n: True)
    text = pieces[top.index].text
    if any(len(p.text) > 120 for p in pieces.values()):
        return ""
    data = [n for n in graph.nodes if n.role == "input"]
    argument = f"({clean(data[0].name)})" if len(data) == 1 and top.role == "output" else ""
    return f"{clean(top.name)}{argument} = {text}" if len(text) <= 80 else ""


def _features(shape: tuple[int, ...]) -> str:
    return (
        str(shape[-1])
        if len(shape) == 2
        else "×".join(map(str, shape[1:]))
        if len(shape) > 2
        else str(shape[0])
        if shape
        else "1"
    )
