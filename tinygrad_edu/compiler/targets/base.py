"""What all targets share: a printer writes the steps of a program, one expression a step.

A target is a printer with a `table`, by the names of the primitives, of how each is written; a step
that is in no table is written by the method of its kind, where the target has one, and refused by
name where it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from ...autodiff.messages import describe
from ..ir.node import Node

Piece = TypeVar("Piece")
"""What a printer writes expressions as: text, or a syntax tree."""


class Unsupported(NotImplementedError):
    """A target has no way to write a primitive; `primitive` is its name."""

    primitive: str

    def __init__(self, target: str, node: Node) -> None:
        self.primitive = node.primitive.name
        super().__init__(
            f"{target} cannot write the primitive {self.primitive}, of which "
            f"{describe(node.value)} comes; compute that part with NumPy, or write its line in the "
            f"table of compiler/targets/{target}.py"
        )


class Printer(Generic[Piece]):
    """Writes nodes. Kinds that a target knows are its methods: binary, unary, call, helper, method,
    attribute, item."""

    target: ClassVar[str] = ""
    table: ClassVar[Mapping[str, Callable[[Any, Node], Any]]] = {}

    def write(self, node: Node) -> Piece:
        """The expression that a node is, with names for what it reads."""
        rule = self.table.get(node.primitive.name)
        if rule is not None:
            return rule(self, node)
        by_kind = getattr(self, node.kind, None)
        if by_kind is None:
            raise Unsupported(self.target, node)
        return by_kind(node)


class NamingPrinter(Printer[str]):
    """Writes expressions as text, and gives each value a name: v1, v2, ... in their order."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def named(self, node: Node) -> str:
        """The name of a node's value."""
        return self.names.setdefault(id(node), f"v{len(self.names) + 1}")
