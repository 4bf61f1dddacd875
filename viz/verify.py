"""The proof of a picture: every card computed again from its operands by its own formula, every
gradient from the rules on its arrows; what differs is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff import walk

from .model import Picture
from .numbers import is_full
from .recording.gradients import changed_since, goes_back, product, ran_on
from .recording.nodes import Node


class Differs(AssertionError):
    """A number in a picture is not what its formula gives: `Graph.verify` raises it.

    >>> import viz
    >>> issubclass(viz.Differs, AssertionError)
    True
    """


def verify(p: Picture) -> str:
    """Compute a picture again. Returns what was found, in a sentence. Errors: Differs, with a line
    for each number that is another one."""
    computed = [y for y in p.walk.nodes if y.op is not None]
    repeated = [y for y in computed if _can_be_repeated(y)]
    left_out = [y.name for y in computed if not _can_be_repeated(y)]
    wrong: list[str] = []
    for y in repeated:
        again = np.asarray(y.op.forward(*ran_on(y), **y.params))
        wrong += _compare(f"{y.name} = {y.op.formula}", again, y.array)
    for c in p.cards:
        shown = c.array("value")
        if c.node is not None and shown is not None:
            wrong += _compare(f"the card of {c.node.name}", c.node.array, shown)
    count, differing = _gradients(p)
    wrong += differing
    if wrong:
        changed = ", ".join(n.name for n in changed_since(p.walk.nodes))
        why = f"\n{p.words['changed note'].format(names=changed)}" if changed else ""
        raise Differs(
            "what the picture shows is not what its formulas give:\n" + "\n".join(wrong[:20]) + why
        )
    text = p.words["verified"].format(
        values=p.words.count(len(repeated), "values"), gradients=p.words.count(count, "gradients")
    )
    if left_out:
        text += " " + p.words["not verified"].format(names=", ".join(left_out))
    return text


def _gradients(p: Picture) -> tuple[int, list[str]]:
    """How many gradients were worked out again, and which of them differ."""
    if not p.gradients.ran or p.gradients.stale:
        return 0, []
    again = _backward(p.walk.nodes, p.walk.roots)
    count, wrong = 0, []
    for c in p.cards:
        if c.node is None:
            continue
        index = c.node.index
        known = p.gradients.fresh.get(index, p.gradients.known.get(index))
        if known is not None and index in again:
            count += 1
            wrong += _compare(f"the gradient of {c.node.name}", again[index], known)
    return count, wrong


def _can_be_repeated(y: Node) -> bool:
    """Whether the formula gives the same numbers again: a random draw does not, and a compiled run
    has no formula."""
    random = any(isinstance(v, np.random.Generator) for v in y.params.values())
    return not random and "run" not in y.params


def _backward(nodes: Sequence[Node], roots: Sequence[Node]) -> dict[int, np.ndarray]:
    """All gradients by the rules, newest first, from the seeds that backward() left."""
    grads: dict[int, Any] = {
        r.index: r.obj.grad
        for r in roots
        if getattr(r.obj, "grad", None) is not None and r.op is not None
    }
    for y in reversed(nodes):
        g = grads.get(y.index)
        if g is None or y.op is None:
            continue
        for i, x in enumerate(y.operands):
            if isinstance(x, Node) and goes_back(x, y, i):
                r = np.asarray(walk.unbroadcast(product(y, i, g), x.array.shape)).astype(
                    x.array.dtype
                )
                grads[x.index] = grads[x.index] + r if x.index in grads else r
    return grads


def _compare(what: str, again: np.ndarray, shown: np.ndarray) -> list[str]:
    if again.shape != shown.shape:
        return [f"{what}: shape {again.shape}, shown {shown.shape}"]
    if not _alike(again, shown):
        return [f"{what}: {_as_text(again)}, shown {_as_text(shown)}"]
    return []


def _alike(again: np.ndarray, shown: np.ndarray) -> bool:
    """Whether two arrays are equal, up to rounding where they are floats."""
    floats = [a.dtype.itemsize for a in (again, shown) if a.dtype.kind == "f"]
    if not floats:
        return np.array_equal(again, shown)
    tolerance = 1e-3 if min(floats) < 8 else 1e-9
    size = float(np.abs(shown[np.isfinite(shown)]).max(initial=0.0))
    return np.allclose(again, shown, rtol=tolerance, atol=tolerance * size, equal_nan=True)


def _as_text(a: np.ndarray) -> str:
    return str(a.tolist()) if is_full(a) else f"{a.shape} array of mean {a.mean():.6g}"
