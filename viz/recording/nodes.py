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

    index: int
    obj: Any
    array: np.ndarray
    op: Any = None  # None for a leaf
    operands: tuple[Any, ...] = ()  # nodes, and numbers as they are
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    # the name as it was given, where the picture's is shorter
    full: str = ""
    # or input, target, parameter, frozen, unrecorded, output, loss
    role: str = "operation"
    frame: int = -1  # the innermost frame it is in; -1 for none
    users: list[Node] = field(default_factory=list)  # operations that read it, once each
    host: Node | None = None  # a leaf that stands above an operation: which one
    given: bool = False  # the user named it

    @property
    def inputs(self) -> list[Node]:
        return [x for x in self.operands if isinstance(x, Node)]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape


@dataclass(eq=False, slots=True)
class Frame:
    """A layer: what a module made, or what the user says belongs together."""

    index: int
    label: str
    parent: int = -1
    module: Any = None


@dataclass(eq=False, slots=True)
class Walk:
    nodes: list[Node]  # inputs before results
    roots: list[Node]
    frames: list[Frame]  # outer before inner
