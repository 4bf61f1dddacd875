"""The cards: what is written on each, and in its tooltip."""

from __future__ import annotations

from collections import Counter

from ..mathematics import notation
from ..mathematics.pieces import COMPARE
from ..model import Card, Column
from ..numbers import in_words, shape_text
from ..recording.fold import Group, period
from ..recording.nodes import TRAINED, Node
from ..text import MOST_TEXT, clean, visible
from ..words import Words, grouped
from .composed import compose
from .context import Context

MOST_COMPOSED = 8
"""A layer of more operations is not written as one formula."""

MOST_LISTED = 12
"""A layer's tooltip lists so many parameters."""


class CardMaker:
    """Makes the card of every group."""

    def __init__(self, context: Context) -> None:
        self.context: Context = context
        self.words: Words = context.words

    def cards(self) -> list[Card]:
        """The cards in topological order."""
        return [self._card(g) for g in self.context.groups]

    def _card(self, g: Group) -> Card:
        if g.kind == "single":
            return self._single(g)
        return self._layer(g) if g.kind in ("layer", "layers") else self._folded(g)

    # A tensor or an array

    def _single(self, g: Group) -> Card:
        n, words = g.nodes[0], self.words
        shape = shape_text(n.shape, words)
        card = Card(
            self.context.key(g),
            n.role,
            clean(n.name),
            self._equation(n),
            shape,
            note=self._note(n, shape),
            columns=self._columns(n),
            frame=n.frame,
            node=n,
        )
        if n.host is not None and (host := self.context.group_of(n.host)).kind == "single":
            card.host = self.context.key(host)
        card.tip = self._tip(card, n)
        return card

    def _equation(self, n: Node) -> str:
        if n.op is None:
            return ""
        operands = self.context.operands(n)
        piece = notation.formula(n.op, operands, dict(n.params), self.words)
        return piece.within(COMPARE + 1)

    def _note(self, n: Node, shape: str) -> str:
        """The kind of card and the shape: of an operation the shape alone, of a number the kind
        alone."""
        if n.role == "operation":
            return shape
        word = self.words[n.role]
        return f"{word} {shape}" if n.shape else word

    def _tip(self, card: Card, n: Node) -> str:
        words = self.words
        full_name = visible(getattr(n.obj, "name", None) or n.full)
        in_code = f" ({full_name})" if full_name and full_name != card.name else ""
        lines = [
            card.title,
            f"{words[n.role]}{in_code} {card.shape}",
            f"{words['value']}: {in_words(n.array, words)}",
        ]
        gradient = card.column("gradient")
        if gradient is not None:
            lines.append(f"{gradient.head}: {gradient.text}")
        return "\n".join(lines)

    def _columns(self, n: Node) -> list[Column]:
        context, words = self.context, self.words
        tracked = bool(getattr(n.obj, "requires_grad", False))
        columns = []
        if context.with_values:
            head = words["value" if tracked or n.op is not None else "fixed"]
            columns.append(Column.of("value", head, n.array, words))
        if context.with_gradients and tracked:
            columns.append(self._gradient(n))
        return columns

    def _gradient(self, n: Node) -> Column:
        gradients, words = self.context.gradients, self.words
        added = n.index in gradients.accumulated
        head = clean(gradients.head(n) or words["accumulated" if added else "gradient"])
        if n.index in gradients.known:
            column = Column.of("gradient", head, gradients.known[n.index], words)
            column.added = added
            return column
        if gradients.stale and n.op is not None:
            return Column.without("gradient", head, words["stale"], words["data changed"])
        return Column.without("gradient", head, words["not computed"])

    # A layer

    def _layer(self, g: Group) -> Card:
        words, last = self.words, g.last
        parameters = [n for n in g.nodes if n.role in TRAINED]
        formula = self._composed(g) if g.kind == "layer" else ""
        name = clean(g.label) + (f" × {g.count}" if g.kind == "layers" else "")
        kind = last.role if last.role in ("output", "loss") else "layer"
        shape = shape_text(last.shape, words) if last.shape else ""
        note = f"{words[kind]} {shape}" if shape else words[kind]
        lines = [*self._features(g), *self._count(parameters)]
        tip = [name, formula, note, *lines]
        tip += [
            f"{clean(n.name)}: {words['parameter']} {shape_text(n.shape, words)}"
            for n in parameters[:MOST_LISTED]
        ]
        fits = bool(formula) and len(formula) <= MOST_TEXT
        return Card(
            self.context.key(g),
            kind,
            name,
            shape=shape,
            note=note,
            lines=[formula, *lines] if fits else lines,
            frame=g.frame,
            tip="\n".join(line for line in tip if line),
        )

    def _features(self, g: Group) -> list[str]:
        """`784 → 128`: the features of an example that a layer reads, and those it returns."""
        inside = {n.index for n in g.nodes}
        data = [
            x
            for n in g.operations
            for x in n.inputs
            if x.index not in inside and x.role not in TRAINED
        ]
        return [f"{_features(data[0].shape)} → {_features(g.last.shape)}"] if data else []

    def _count(self, parameters: list[Node]) -> list[str]:
        """How many parameters a card stands for, and how many of them are frozen."""
        if not parameters:
            return []
        frozen = sum(n.array.size for n in parameters if n.role == "frozen")
        lines = [self.words.count(sum(n.array.size for n in parameters), "parameters")]
        return [*lines, f"{grouped(frozen)} {self.words['of them frozen']}"] if frozen else lines

    def _composed(self, g: Group) -> str:
        """The layer as one formula: a result that only the layer reads, once, is written where it
        is read."""
        if len(g.operations) > MOST_COMPOSED:
            return ""
        inside = {n.index for n in g.nodes}

        def inline(n: Node) -> bool:
            return len(n.users) == 1 and n.users[0].index in inside and n is not g.last

        pieces = compose(g.operations, self.words, inline)
        return f"{clean(g.last.name)} = {pieces[g.last.index].text}"

    # Several operations

    def _folded(self, g: Group) -> Card:
        operations = g.operations
        lines = self._pattern(g) + self._count([n for n in g.nodes if n.role in TRAINED])
        if operations:
            first, last = clean(operations[0].name), clean(g.last.name)
            lines.append(first if first == last else f"{first} … {last}")
        name = self._count_of_operations(g)
        return Card(
            self.context.key(g),
            "folded",
            name,
            note=self.words["folded"],
            lines=lines,
            frame=g.frame,
            tip="\n".join([name, *lines]),
        )

    def _count_of_operations(self, g: Group) -> str:
        n = len(g.operations)
        if g.kind == "repeat":
            return f"{self.words.count(n // g.count, 'operations')} × {g.count}"
        return self.words.count(n, "operations") if n else f"{grouped(len(g.nodes))} × …"

    def _pattern(self, g: Group) -> list[str]:
        """Which operations: a pattern that repeats, `(mul, add) × 12`, or how many of each."""
        names = [n.op.name for n in g.operations]
        if g.kind == "chain" and period(names) <= 6:
            return [_repeated(names)]
        if g.kind == "repeat":
            names = names[: len(names) // g.count]
            if len(names) <= 6:
                return [", ".join(names)]
        return [f"{name} × {grouped(k)}" for name, k in Counter(names).most_common(4)]


def _repeated(names: list[str]) -> str:
    """`(mul, add) × 12, mul`: the shortest pattern, how often it comes, and what is left."""
    p = period(names)
    pattern = ", ".join(names[:p])
    left = names[: len(names) % p]
    return ", ".join(
        [f"{f'({pattern})' if p > 1 else pattern} × {grouped(len(names) // p)}", *left]
    )


def _features(shape: tuple[int, ...]) -> str:
    """The features of one example: the axes after the first, or a vector's only one."""
    if len(shape) > 1:
        return "×".join(map(str, shape[1:]))
    return str(shape[0]) if shape else "1"
