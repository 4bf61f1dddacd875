"""The recorded graph as data: nodes, the frames of layers around them, and all of it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TRAINED = ("parameter", "frozen")
"""The roles of a weight: one that is trained, and one that is not any more."""


@dataclass(eq=False, slots=True)
class Node:
    """One tensor or array of the graph."""

    index: int  # its place in `Walk.nodes`
    obj: Any  # the tensor or array itself
    array: np.ndarray  # its numbers, read-only
    op: Any = None  # what computed it; None for a leaf
    operands: tuple[Any, ...] = ()  # what that read: nodes, and numbers as they are
    params: Mapping[str, Any] = field(default_factory=dict)  # and its parameters
    name: str = ""  # as it stands in the picture
    full: str = ""  # as it was given, where the picture's is shorter
    # or input, target, parameter, frozen, unrecorded, output, loss
    role: str = "operation"
    frame: int = -1  # the innermost frame it is in; -1 for none
    users: list[Node] = field(default_factory=list)  # operations that read it, once each
    host: Node | None = None  # of a leaf: the operation that it stands above
    given: bool = False  # the user named it

    @property
    def inputs(self) -> list[Node]:
        """The nodes among its operands."""
        return [x for x in self.operands if isinstance(x, Node)]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its array."""
        return self.array.shape


@dataclass(eq=False, slots=True)
class Frame:
    """A layer: what a module made, or what the user says belongs together."""

    index: int  # its place in `Walk.frames`
    label: str
    parent: int = -1  # the frame around it; -1 for none
    module: Any = None  # which made it; None for a frame that the user named


@dataclass(eq=False, slots=True)
class Walk:
    """The whole recorded graph."""

    nodes: list[Node]  # inputs before results
    roots: list[Node]  # what is drawn
    frames: list[Frame]  # outer before inner
