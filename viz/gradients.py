"""Gradients of results, which the engine does not keep: worked out again from the seed that `backward()` left.

A picture never invents a number. Where `backward()` has not run, nothing is known; where data changed since, what was
true then cannot be found any more, and the picture says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tinygrad_edu import StaleGraphError, Tensor, engine

from .walk import Node


@dataclass
class Gradients:
    """What is known of the gradients of the nodes asked for."""
    of: str | None = None                        # the name of the one number differentiated; None for several or none
    ran: bool = False                            # backward() was called on a root
    stale: bool = False                          # its interior can no longer be worked out
    known: dict[int, np.ndarray] = field(default_factory=dict)     # node index -> gradient
    accumulated: set[int] = field(default_factory=set)             # leaves whose .grad holds more than this pass

    def head(self, node: Node) -> str | None:
        """∂L/∂Z; None where it is not the derivative of one named thing."""
        return None if self.of is None or node.index in self.accumulated else f"∂{self.of}/∂{node.name}"


def gradients(nodes: Sequence[Node], roots: Sequence[Node]) -> Gradients:
    """The gradients of `nodes`, as the last `backward()` from `roots` had them."""
    differentiable = [r for r in roots if getattr(r.obj, "requires_grad", False)]
    seeded = [r for r in differentiable if r.obj.grad is not None]
    found = Gradients(ran=bool(seeded))
    if len(seeded or differentiable) == 1 and (seeded or differentiable)[0].array.size == 1:
        found.of = (seeded or differentiable)[0].name
    asked = {n.obj.step: n for n in nodes if isinstance(n.obj, Tensor) and n.obj.requires_grad}
    fresh: dict[int, np.ndarray] = {}
    if seeded:
        try:
            # Gradients are asked for by the step at which their tensor was written, which the engine knows them by.
            done = engine.backward([(r.obj, r.obj.grad) for r in seeded], wanted=set(asked))
            fresh = {asked[step].index: g for step, (_, g) in done.items()}
        except StaleGraphError:
            found.stale = True
    for n in asked.values():
        if n.op is None or n in seeded:
            if n.obj.grad is None:
                continue
            found.known[n.index] = n.obj.grad
            if not found.stale and not (n.index in fresh and np.allclose(fresh[n.index], n.obj.grad, rtol=1e-4,
                                                                         atol=1e-12, equal_nan=True)):
                found.accumulated.add(n.index)
        elif n.index in fresh:
            found.known[n.index] = fresh[n.index]
    return found


def changed_since(nodes: Sequence[Node]) -> list[Node]:
    """Leaves written after a result was computed from them: the values shown do not follow from one another."""
    late: dict[int, Node] = {}
    for y in nodes:
        if y.op is not None:
            for x in y.inputs:
                if x.op is None and getattr(x.obj, "step", 0) > y.obj.step:
                    late.setdefault(x.index, x)
    return list(late.values())
