"""One run of a program whose results are differentiated outside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autodiff import modes, walk
from ..tensor import Tensor
from .trace.plain import wrap


class Run:
    """One run whose results are differentiated outside: what its walk back reads."""

    compiled: Any
    leaves: tuple[Any, ...]
    arrays: tuple[Any, ...]
    saved: tuple[Any, ...]

    def __init__(
        self,
        compiled: Any,
        leaves: tuple[Any, ...],
        arrays: tuple[Any, ...],
        saved: tuple[Any, ...],
    ) -> None:
        self.compiled, self.leaves, self.arrays, self.saved = compiled, leaves, arrays, saved
        self.done: dict[int, tuple[Any, list[Any]]] = {}

    def attach(self, results: list[Tensor]) -> None:
        """Tell the results how they were made."""
        compiled, trace = self.compiled, self.compiled.trace
        inputs = tuple(
            self.leaves[t] if isinstance(t, int) else t
            for t in [*trace.inputs, *compiled.constants]
        )
        for k, n in enumerate(trace.differentiable):
            y = results[n]
            y.op, y.inputs, y.params = compiled.operations[k], inputs, {"run": self}
            y._requires_grad = True

    def gradient(self, k: int, i: int, g: Any, inputs: tuple[Any, ...]) -> Any:
        """dL/d(input i), given dL/d(differentiable result k)."""
        before = self.done.get(k)
        if before is None or before[0] is not g:
            found = self._again(k, g) if isinstance(g, Tensor) else self._walk(k, g)
            before = self.done[k] = g, found
        return before[1][i]

    def _walk(self, k: int, g: np.ndarray) -> list[Any]:
        c = self.compiled
        n, width = len(c.trace.backs), len(c.trace.inputs)
        seeds = [
            g if j == k else np.zeros(seed.shape, seed.dtype)
            for j, (seed, _) in enumerate(c.trace.backs)
        ]
        with c.lock:
            found = c.backward(*self.arrays, *seeds, *self.saved)
        if n * width == 1:
            found = (found,)
        part = slice(k * width, (k + 1) * width)
        return [
            np.array(v) if copy else v
            for v, copy in zip(found[part], c.back_copied[part], strict=True)
        ]

    def _again(self, k: int, g: Tensor) -> list[Any]:
        """The gradient of a gradient: the function itself is run, and recorded."""
        c, trace = self.compiled, self.compiled.trace
        outside = [p for kind, p in c.sources if kind == "place"]
        as_used = self.arrays[len(self.arrays) - len(c.sources) :]
        same = all(
            np.array_equal(p.now(), a, equal_nan=a.dtype.kind == "f")
            for p, a in zip(
                outside,
                [a for (kind, _), a in zip(c.sources, as_used, strict=True) if kind == "place"],
                strict=True,
            )
        )
        if not same or not all(guard.holds() for guard in c.guards):
            raise walk.StaleGraphError(
                f"what {c.name} reads outside has changed since it was called, so a gradient "
                "of its gradient would be that of other numbers; call it again"
            )
        with modes.recorded():
            outputs = trace.flat(trace.call(trace.f, list(self.leaves)))
            root = trace.root(outputs, k)
            inputs = [self.leaves[t] if isinstance(t, int) else t for t in trace.inputs]
            found = walk.backward([(root, g)], wanted={x.step for x in inputs}, create_graph=True)
        return [
            found[x.step][1] if x.step in found else wrap(np.zeros(x.shape, x.dtype))
            for x in inputs
        ]
