"""The picture as data: cards, edges and frames, in words and numbers, before anything is drawn.

`assembly/` makes it, `writers/` and `explorer/` read it. No text has to be taken apart again: a
card holds its name, its equation and its shape one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from .numbers import in_words, is_full, summary
from .recording.gradients import Gradients
from .recording.nodes import Frame, Node, Walk
from .words import Words


@dataclass(eq=False)
class Column:
    """Numbers under a heading, or the reason why there are none.

    The numbers are a copy: a later change of the array does not show.
    """

    kind: str  # "value" or "gradient"
    head: str  # the heading: "value", "∂L/∂Z"
    text: str  # the numbers, or the reason, in one line
    array: np.ndarray | None = None  # where it is small enough to be written out
    stats: list[tuple[str, str]] = field(default_factory=list)  # else min, mean and max
    reason: tuple[str, ...] = ()  # where there are no numbers: why, in short lines
    added: bool = False  # a gradient that more than one backward() was added to

    @classmethod
    def of(cls, kind: str, head: str, array: np.ndarray, words: Words) -> Column:
        """The column of an array: its numbers, or of a large one min, mean and max.

        >>> Column.of("value", "W", np.eye(2), Words("en")).text
        '[1 0; 0 1]'
        """
        text = in_words(array, words)
        if is_full(array):
            return cls(kind, head, text, array.copy())
        return cls(kind, head, text, stats=summary(array, words))

    @classmethod
    def without(cls, kind: str, head: str, *reason: str) -> Column:
        """A column that says why it has no numbers: `not computed`."""
        return cls(kind, head, ": ".join(reason), reason=reason)


@dataclass(eq=False)
class Card:
    """One box of the picture: an operation and its result, a leaf, a layer, or several of them.

    `viz.graph(style=...)` is asked about each.

    - `key`: its identifier in DOT and SVG, the same in every run; `kind`: a key of `Palette.kinds`.
    - `name`, `equation`: the two sides of its title; `note` stands at the right of it.
    - `shape`: the shape of the result, "4×2" for one.
    - `columns`: its numbers and gradients; `lines` stand in their place on a layer's card.
    - `frame`: the number of the frame that it stands in, -1 for none.
    - `host`: the key of the card that it stands above, or None.
    - `tip`: its tooltip; `node`: the tensor or array, where it is one.

    >>> import tinygrad_edu as tg, viz
    >>> x = tg.tensor(3.0, requires_grad=True, name="x")
    >>> [(card.kind, card.title) for card in viz.graph(x * x).picture.cards]
    [('parameter', 'x'), ('output', 'f = x·x')]
    """

    key: str  # its identifier in DOT and SVG, the same in every run
    kind: str  # "parameter", "operation", "loss"...: a key of Palette.kinds
    name: str  # what the title begins with: "Z", "hidden layer", "12 operations"
    equation: str = ""  # what stands after the = of the title: "U + c"
    shape: str = ""  # of the result: "4×2", "scalar"
    note: str = ""  # what stands at the right of the title
    columns: list[Column] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # instead of columns, of a layer
    frame: int = -1  # the frame it stands in; -1 for none
    host: str | None = None  # the key of the card that it stands above
    tip: str = ""  # its tooltip
    node: Node | None = None  # the tensor or array, where it is one

    @property
    def title(self) -> str:
        """The name and the equation: `Z = U + c`."""
        return f"{self.name} = {self.equation}" if self.equation else self.name

    def column(self, kind: str) -> Column | None:
        """Its "value" or its "gradient" column, if it has one."""
        return next((c for c in self.columns if c.kind == kind), None)

    def array(self, kind: str) -> np.ndarray | None:
        """The numbers of that column, where they are written out."""
        column = self.column(kind)
        return None if column is None else column.array


class Use(NamedTuple):
    """Node y reads node x as its operand number `operand`."""

    x: Node
    y: Node
    operand: int


@dataclass(eq=False)
class Edge:
    """One card's array is used by another, and its gradient may come back along the same way."""

    source: str  # the keys of the cards
    target: str
    size: int  # how many numbers go along
    heading: str  # the first line of its tooltip: "c → Z = U + c"
    detail: str = ""  # the second: "c: 2"
    label: str = ""  # what the gradient is multiplied by
    rule: str = ""  # the gradient rule with names put in: an equation
    result: str = ""  # the gradient that it gives, as text
    total: str = ""  # the sum in the rule that undoes broadcasting
    count: int = 1  # of a folded card: how many uses it stands for
    returns: bool = False  # a gradient comes back
    use: Use | None = None  # where it stands for a single one

    @property
    def tip(self) -> str:
        """The tooltip of the forward arrow."""
        if self.count > 1:
            return f"{self.heading} × {self.count}"
        return f"{self.heading}\n{self.detail}" if self.detail else self.heading

    @property
    def back_tip(self) -> str:
        """The tooltip of the backward arrow."""
        return f"{self.rule}\n{self.result}" if self.result else self.rule


@dataclass(eq=False)
class Picture:
    """Everything there is to draw, in one language."""

    cards: list[Card]  # in topological order
    edges: list[Edge]
    frames: list[Frame]  # outer before inner
    words: Words
    title: str
    formula: str  # of the whole function, where it is one line
    notes: list[str]  # what was folded, what is not known
    names: str  # of the results drawn
    walk: Walk
    gradients: Gradients

    @property
    def heading(self) -> str:
        """A short name for the whole picture: its title, or the results' names."""
        return self.title or self.names


def edge_suffixes(p: Picture) -> dict[int, str]:
    """The end of each edge's identifier, by `id(edge)`: the second edge between the same two cards
    ends in `-2`."""
    counts: dict[tuple[str, str], int] = {}
    suffixes = {}
    for e in p.edges:
        k = counts[e.source, e.target] = counts.get((e.source, e.target), 0) + 1
        suffixes[id(e)] = f"-{k}" if k > 1 else ""
    return suffixes
