"""The proof of a picture: every card computed again from its operands by its own formula, every
gradient from the rules on its arrows; what differs is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff import walk
from tinygrad_edu.formula import OPS

from .gradients import Gradients, changed_since, goes_back, product, ran_on
from .model import Picture
from .numbers import is_full
from .walk import Node


class Differs(AssertionError):
    """A number in a picture is not what its formula gives."""


def verify(p: Picture) -> str:
    """Computes a picture again. Returns what was found in a sentence. Errors: Differs, with a line
    for each card."""
    wrong: list[str] = []
    left_out: list[str] = []
    shown = {c.node.index: c for c in p.cards if c.node is not None}
    values = gradients = 0
    for y in p.walk.nodes:
        if y.op is None:
            continue
        if not _replayable(y):
            left_out.append(y.name)
            continue
        again = np.asarray(y.op.forward(*ran_on(y), **y.params))
        values += 1
        wrong += _compare(f"{y.name} = {y.op.formula}", again, y.array)
    for index, card in shown.items():
        for column in card.columns:
            if column.kind == "value" and column.array is not None:
                wrong += _compare(
                    f"the card of {card.node.name if card.node else index}",
                    p.walk.nodes[index].array,
                    column.array,
                )
    if p.found.ran and not p.found.stale:
        worked_out = _backward(p.walk.nodes, p.found, p.walk.roots)
        for index in shown:
            known = p.found.fresh.get(index, p.found.known.get(index))
            if known is None or index not in worked_out:
                continue
            gradients += 1
            wrong += _compare(
                f"the gradient of {p.walk.nodes[index].name}", worked_out[index], known
            )
    if wrong:
        late = ", ".join(n.name for n in changed_since(p.walk.nodes))
        why = f"\n{p.words['changed note'].format(names=late)}" if late else ""
        raise Differs(
            "what the picture shows is not what its formulas give:\n" + "\n".join(wrong[:20]) + why
        )
    text = p.words["verified"].format(values=values, gradients=gradients)
    return (
        f"{text} {p.words['not verified'].format(names=', '.join(left_out))}" if left_out else text
    )


def _replayable(y: Node) -> bool:
    """Whether the formula gives the same numbers again: a random draw does not, and a compiled run
    is no formula."""
    return (
        y.op.name in OPS
        and not any(isinstance(v, np.random.Generator) for v in y.params.values())
        or (
            bool(getattr(y.op, "_text", ""))
            and not any(isinstance(v, np.random.Generator) for v in y.params.values())
        )
    )


def _backward(
    nodes: Sequence[Node], found: Gradients, roots: Sequence[Node]
) -> dict[int, np.ndarray]:
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
    if shown.dtype.kind != "f" and again.dtype.kind != "f":
        return (
            []
            if np.array_equal(again, shown)
            else [f"{what}: {_said(again)}, shown {_said(shown)}"]
        )
    near = (
        1e-3 if min(a.dtype.itemsize for a in (again, shown) if a.dtype.kind == "f") < 8 else 1e-9
    )
    size = float(np.abs(shown[np.isfinite(shown)]).max(initial=0.0))
    if np.allclose(again, shown, rtol=near, atol=near * size, equal_nan=True):
        return []
    return [f"{what}: {_said(again)}, shown {_said(shown)}"]


def _said(a: np.ndarray) -> str:
    return str(a.tolist()) if is_full(a) else f"{a.shape} array of mean {a.mean():.6g}"
