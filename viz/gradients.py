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

from tinygrad_edu import StaleGraphError, Tensor
from tinygrad_edu.autodiff import walk
from tinygrad_edu.autodiff.operands import in_one_dtype

from .walk import Node


@dataclass
class Gradients:
    """What is known of the gradients of the nodes asked for."""

    # the name of the one number differentiated; None for several or none
    of: str | None = None
    ran: bool = False  # backward() was called on a root
    stale: bool = False  # its interior can no longer be worked out
    known: dict[int, np.ndarray] = field(default_factory=dict)  # node index -> gradient
    # what this pass alone gives, leaves included
    fresh: dict[int, np.ndarray] = field(default_factory=dict)
    # leaves whose .grad holds more than this pass
    accumulated: set[int] = field(default_factory=set)
    reached: set[int] = field(default_factory=set)  # results that a gradient came to

    def head(self, node: Node) -> str | None:
        """∂L/∂Z; None where it is not the derivative of one named thing."""
        return (
            None
            if self.of is None or node.index in self.accumulated
            else f"∂{self.of}/∂{node.name}"
        )


def gradients(
    nodes: Sequence[Node], roots: Sequence[Node], everything: Sequence[Node]
) -> Gradients:
    """The gradients of `nodes`, some of `everything`, as the last `backward()` from `roots` had
    them."""
    differentiable = [r for r in roots if getattr(r.obj, "requires_grad", False)]
    seeded = [r for r in differentiable if r.obj.grad is not None]
    found = Gradients(ran=bool(seeded), reached=_reached(seeded, everything))
    if len(seeded or differentiable) == 1 and (seeded or differentiable)[0].array.size == 1:
        found.of = (seeded or differentiable)[0].name
    asked = {n.obj.step: n for n in nodes if isinstance(n.obj, Tensor) and n.obj.requires_grad}
    fresh: dict[int, np.ndarray] = {}
    if seeded:
        try:
            # Gradients are asked for by the step at which their tensor was written, which the
            # engine knows them by.
            done = walk.backward([(r.obj, r.obj.grad) for r in seeded], wanted=set(asked))
            fresh = found.fresh = {asked[step].index: g for step, (_, g) in done.items()}
        except StaleGraphError:
            found.stale = True
    for n in asked.values():
        if n.op is None or n in seeded:
            if n.obj.grad is None:
                continue
            found.known[n.index] = n.obj.grad
            if not found.stale and not (
                n.index in fresh
                and np.allclose(fresh[n.index], n.obj.grad, rtol=1e-4, atol=1e-12, equal_nan=True)
            ):
                found.accumulated.add(n.index)
        elif n.index in fresh:
            found.known[n.index] = fresh[n.index]
    return found


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


class _Watched:
    """An array's shape, which notes the axes that the engine's un-broadcast sums over."""

    def __init__(
        self, shape: tuple[int, ...], summed: list[int], at: Sequence[int] | None = None
    ) -> None:
        self.shape, self.ndim, self.summed = shape, len(shape), summed
        # the axes as they were at first
        self.at = tuple(range(len(shape))) if at is None else tuple(at)

    def sum(self, axis: tuple[int, ...], keepdims: bool = False) -> _Watched:
        self.summed += [self.at[k] for k in axis]
        if keepdims:
            return _Watched(
                tuple(1 if k in axis else n for k, n in enumerate(self.shape)), self.summed, self.at
            )
        kept = [k for k in range(self.ndim) if k not in axis]
        return _Watched(tuple(self.shape[k] for k in kept), self.summed, [self.at[k] for k in kept])

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> _Watched:
        return self  # np.broadcast_to: nothing is summed


def summed_axes(of: tuple[int, ...], to: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of a gradient of one shape that the engine sums to bring it to another: told by its
    own un-broadcast.

    >>> summed_axes((2, 4, 3), (1, 3))
    (0, 1)
    """
    if of == to:
        return ()
    summed: list[int] = []
    walk.unbroadcast(_Watched(of, summed), to)
    return tuple(sorted(summed))
