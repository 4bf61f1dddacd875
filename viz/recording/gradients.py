"""Gradients of results, which the engine does not keep: worked out again from the seed that
`backward()` left.

A picture never invents a number. Where `backward()` has not run, nothing is known; where data
changed since, what was true then cannot be found any more, and the picture says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_edu.autodiff import walk
from tinygrad_edu.autodiff.operands import in_one_dtype
from tinygrad_edu.autodiff.walk import StaleGraphError
from tinygrad_edu.tensor import Tensor

from .nodes import Node


@dataclass
class Gradients:
    """What is known of the gradients of the nodes asked for, by the node's index."""

    of: str | None = None  # the name of the number differentiated; None for several or none
    ran: bool = False  # backward() was called on a root
    stale: bool = False  # data changed since, so those of results cannot be worked out any more
    known: dict[int, np.ndarray] = field(default_factory=dict)  # what the picture shows
    fresh: dict[int, np.ndarray] = field(default_factory=dict)  # what the last backward() gave
    accumulated: set[int] = field(default_factory=set)  # leaves whose .grad holds more than that
    reached: set[int] = field(default_factory=set)  # results that a gradient came to

    def head(self, node: Node) -> str | None:
        """The heading `∂L/∂Z`; None where it is not the derivative of one named number."""
        if self.of is None or node.index in self.accumulated:
            return None
        return f"∂{self.of}/∂{node.name}"


def gradients(
    nodes: Sequence[Node], roots: Sequence[Node], everything: Sequence[Node]
) -> Gradients:
    """The gradients of `nodes`, as the last `backward()` from `roots` gave them.

    `everything` are all nodes of the graph, inputs before results.
    """
    differentiable = [r for r in roots if getattr(r.obj, "requires_grad", False)]
    seeded = [r for r in differentiable if r.obj.grad is not None]
    found = Gradients(ran=bool(seeded), reached=_reached(seeded, everything))
    start = seeded or differentiable
    if len(start) == 1 and start[0].array.size == 1:
        found.of = start[0].name
    asked = [n for n in nodes if isinstance(n.obj, Tensor) and n.obj.requires_grad]
    if seeded:
        _work_out(found, asked, seeded)
    for n in asked:
        if n.op is not None and n not in seeded:
            if n.index in found.fresh:
                found.known[n.index] = found.fresh[n.index]
        elif n.obj.grad is not None:
            found.known[n.index] = n.obj.grad
            if not found.stale and not _is_near(n.obj.grad, found.fresh.get(n.index)):
                found.accumulated.add(n.index)
    return found


def _work_out(found: Gradients, asked: Sequence[Node], seeded: Sequence[Node]) -> None:
    """Go back through the graph again, from the seeds that backward() left on the roots."""
    # The engine knows a tensor by the step at which it was written.
    nodes = {n.obj.step: n for n in asked}
    try:
        done = walk.backward([(r.obj, r.obj.grad) for r in seeded], wanted=set(nodes))
    except StaleGraphError:
        found.stale = True
        return
    found.fresh = {nodes[step].index: g for step, (_, g) in done.items()}


def _is_near(grad: np.ndarray, fresh: np.ndarray | None) -> bool:
    """Whether a leaf's .grad is what the last backward() alone gave."""
    return fresh is not None and np.allclose(fresh, grad, rtol=1e-4, atol=1e-12, equal_nan=True)


def changed_since(nodes: Sequence[Node]) -> list[Node]:
    """Leaves written after a result was computed from them: the values shown do not follow from one
    another."""
    late: dict[int, Node] = {}
    for y in nodes:
        if y.op is not None:
            for x in y.inputs:
                if x.op is None and getattr(x.obj, "step", 0) > y.obj.step:
                    late.setdefault(x.index, x)
    return list(late.values())


def _reached(seeded: Sequence[Node], nodes: Sequence[Node]) -> set[int]:
    """The results from which a gradient goes on: those of another loss are not among them."""
    found = {n.index for n in seeded}
    for y in reversed(nodes):  # results come after what they were made from
        if y.index in found:
            found |= {
                x.index
                for i, x in enumerate(y.operands)
                if isinstance(x, Node) and goes_back(x, y, i)
            }
    return found


def goes_back(x: Node, y: Node, i: int) -> bool:
    """Whether operation y hands a gradient to its operand x, number i."""
    return (
        bool(getattr(x.obj, "requires_grad", False))
        and y.op.gradients[0 if y.op.variadic else i] is not None
    )


def ran_on(y: Node) -> list[Any]:
    """What the formula of y ran on."""
    return list(
        in_one_dtype(y.op, tuple(x.array if isinstance(x, Node) else x for x in y.operands))
    )


def product(y: Node, i: int, g: np.ndarray) -> np.ndarray:
    """What the gradient rule of y gives for its operand i, before what was broadcast is summed."""
    rule: Any = y.op.gradients[0 if y.op.variadic else i]
    params = {**y.params, "i": i} if y.op.variadic else y.params
    with np.errstate(all="ignore"):
        return np.asarray(rule(g, y.array, *ran_on(y), **params))


class _ShapeOnly:
    """Stands for an array in the engine's `unbroadcast`, and notes the axes that are summed."""

    def __init__(
        self, shape: tuple[int, ...], summed: list[int], at: Sequence[int] | None = None
    ) -> None:
        self.shape, self.ndim, self.summed = shape, len(shape), summed
        # the axes as they were at first
        self.at = tuple(range(len(shape))) if at is None else tuple(at)

    def sum(self, axis: tuple[int, ...], keepdims: bool = False) -> _ShapeOnly:
        self.summed += [self.at[k] for k in axis]
        if keepdims:
            return _ShapeOnly(
                tuple(1 if k in axis else n for k, n in enumerate(self.shape)), self.summed, self.at
            )
        kept = [k for k in range(self.ndim) if k not in axis]
        return _ShapeOnly(
            tuple(self.shape[k] for k in kept), self.summed, [self.at[k] for k in kept]
        )

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> _ShapeOnly:
        return self  # np.broadcast_to: nothing is summed


def summed_axes(of: tuple[int, ...], to: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of a gradient of one shape that the engine sums to bring it to another: asked of
    its own `unbroadcast`.

    >>> summed_axes((2, 4, 3), (1, 3))
    (0, 1)
    """
    if of == to:
        return ()
    summed: list[int] = []
    walk.unbroadcast(_ShapeOnly(of, summed), to)
    return tuple(sorted(summed))
