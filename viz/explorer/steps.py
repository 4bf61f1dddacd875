"""The picture as data for the page: what each card holds, and the steps of the two passes, in one
language."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.autodiff import walk

from ..gradients import product
from ..model import Card, Column, Edge, Picture
from ..numbers import grid, in_words, is_full, shape_text
from ..text import clean
from ..walk import Node
from . import entries

_SIGNS = {"add": "+", "sub": "−", "mul": "*", "div": "/", **dict.fromkeys(entries.PRODUCTS, "·")}


def data(p: Picture) -> dict[str, Any]:
    """Cards by key, edges by the id they have in the SVG, and the steps in order."""
    names = _ids(p)
    cards = {c.key: _card(c, p) for c in p.cards}
    _trace(p, cards)
    order = {c.key: k for k, c in enumerate(p.cards)}
    steps = [
        _forward(c, p, names)
        for c in p.cards
        if (c.node is None and c.lines) or (c.node and c.node.op)
    ]
    returning = sorted((e for e in p.edges if e.returns), key=lambda e: -order[e.target])
    seeds = [
        c
        for c in p.cards
        if _array(c, "gradient") is not None
        and not any(e.source == c.key and e.returns for e in p.edges)
        and c.node is not None
        and c.node.op is not None
    ]
    steps += [_seed(c, p) for c in seeds]
    seen: dict[str, int] = {}
    for e in returning:
        seen[e.source] = seen.get(e.source, 0) + 1
        steps.append(_backward(e, p, names, seen[e.source]))
    return {"cards": cards, "steps": steps}


def _ids(p: Picture) -> dict[int, str]:
    """The end of the ids that the drawing gives an edge's two arrows."""
    counts: dict[tuple[str, str], int] = {}
    names = {}
    for e in p.edges:
        k = counts[e.source, e.target] = counts.get((e.source, e.target), 0) + 1
        names[id(e)] = f"-{k}" if k > 1 else ""
    return names


def _column(c: Card, kind: str) -> Column | None:
    return next((col for col in c.columns if col.kind == kind), None)


def _array(c: Card, kind: str) -> np.ndarray | None:
    column = _column(c, kind)
    return column.array if column is not None else None


def matrix(array: np.ndarray, head: str, kind: str, p: Picture) -> dict[str, Any]:
    """A matrix for the page: written out, or in words where it is too large."""
    out: dict[str, Any] = {"head": head, "kind": kind}
    if is_full(array):
        out["rows"] = [[t.strip() for t in row] for row in grid(array)]
    else:
        out["said"] = f"{shape_text(array.shape, p.words)}: {in_words(array, p.words)}"
    return out


def _card(c: Card, p: Picture) -> dict[str, Any]:
    """What the page knows of a card; how many numbers of each column its drawing shows."""
    out: dict[str, Any] = {
        "title": c.title,
        "kind": c.kind,
        "word": p.words[c.kind],
        "tip": c.tip,
        "columns": [],
    }
    for col in c.columns:
        n = col.array.size if col.array is not None else len(col.stats)
        out["columns"].append(
            {
                "kind": col.kind,
                "head": col.head,
                "said": col.said,
                "n": n,
                "full": col.array is not None,
                "wide": 1 if col.array is None or not col.array.ndim else col.array.shape[-1],
            }
        )
    return out


def _trace(p: Picture, cards: dict[str, Any]) -> None:
    """For every number written out: its derivation, and the numbers it came from, as [card, column,
    entry]."""
    keys = {c.node.index: c.key for c in p.cards if c.node is not None}
    shown = {c.key: c for c in p.cards}
    slopes: dict[tuple[int, int], tuple[np.ndarray | None, np.ndarray | None]] = {}
    for c in p.cards:
        y = c.node
        if y is None or y.op is None or _array(c, "value") is None:
            continue
        table: list[np.ndarray | None] = []
        for i, x in enumerate(y.operands):
            small = isinstance(x, Node) and x.array.size <= entries.MOST_TRACED
            table.append(entries.reads(y, i) if small else None)
            slopes[y.index, i] = entries.jacobian(y, i) if small else None, table[i]
        column = next(col for col in cards[c.key]["columns"] if col["kind"] == "value")
        column["entries"] = [
            {
                "text": entries.value(y, k, table, p.words),
                "from": [
                    [keys[x.index], "value", int(j)]
                    for i, x in enumerate(y.operands)
                    if isinstance(x, Node)
                    and (t := table[i]) is not None
                    and x.index in keys
                    and _array(shown[keys[x.index]], "value") is not None
                    for j in np.flatnonzero(t[k])
                ],
            }
            for k in range(y.array.size)
        ]
    for c in p.cards:
        x, g = c.node, _array(c, "gradient")
        if x is None or g is None:
            continue
        uses: list[tuple[Node, np.ndarray, np.ndarray, np.ndarray]] = []
        places: list[list[Any]] = []
        whole = True
        for e in p.edges:
            if e.source == c.key and e.returns:
                up = _array(shown[e.target], "gradient")
                slope, read = (
                    slopes.get((e.use[1].index, e.use[2]), (None, None)) if e.use else (None, None)
                )
                if e.use is None or up is None or slope is None or read is None:
                    whole = False
                    continue
                uses.append((e.use[1], up, slope, read))
                places.append([e.target, "gradient", read])
        if not uses or not whole:
            continue
        column = next(col for col in cards[c.key]["columns"] if col["kind"] == "gradient")
        of = _of(column["head"])
        column["entries"] = [
            {
                "text": entries.gradient(x, k, of, uses, g.reshape(-1)[k]),
                "from": [
                    [key, kind, int(j)]
                    for key, kind, read in places
                    for j in np.flatnonzero(read[:, k])
                ],
            }
            for k in range(g.size)
        ]


def _of(head: str) -> str:
    return head[1:].split("/∂")[0] if head.startswith("∂") else "L"


def _forward(c: Card, p: Picture, names: dict[int, str]) -> dict[str, Any]:
    words = p.words
    into = [e for e in p.edges if e.target == c.key]
    step: dict[str, Any] = {
        "pass": "forward",
        "card": c.key,
        "edges": [f"forward-{e.source}-{e.target}{names[id(e)]}" for e in into],
    }
    step["title"] = f"{words['forward pass']}: {c.title}"
    y = c.node
    if y is None:
        step["parts"] = [*c.lines]
        return step
    parts: list[Any] = []
    for x in y.inputs if y.op.name in _SIGNS else dict.fromkeys(y.inputs):
        parts += [_SIGNS.get(y.op.name, ",")] if parts else []
        parts.append(matrix(x.array, clean(x.name), "value", p))
    parts += ["→", matrix(y.array, clean(y.name), "value", p)]
    step["formula"], step["parts"] = c.title, parts
    return step


def _seed(c: Card, p: Picture) -> dict[str, Any]:
    column = _column(c, "gradient")
    array = _array(c, "gradient")
    head = column.head if column is not None else ""
    return {
        "pass": "backward",
        "card": c.key,
        "edges": [],
        "title": f"{p.words['backward pass']}: {head}",
        "formula": f"{head} = 1"
        if array is not None and array.size == 1 and float(array.reshape(-1)[0]) == 1
        else head,
        "parts": [matrix(array, head, "gradient", p)] if array is not None else [],
        "text": p.words["seed"],
        "reveals": c.key,
    }


def _backward(e: Edge, p: Picture, names: dict[int, str], which: int) -> dict[str, Any]:
    """One gradient on its way back over one edge: outer gradient, local derivative, product, sum
    over what was broadcast, and what other uses add."""
    words = p.words
    cards = {c.key: c for c in p.cards}
    source, target = cards[e.source], cards[e.target]
    uses = sum(1 for o in p.edges if o.source == e.source and o.returns)
    step: dict[str, Any] = {
        "pass": "backward",
        "card": e.source,
        "from": e.target,
        "edges": [f"backward-{e.target}-{e.source}{names[id(e)]}"],
        "title": f"{words['backward pass']}: {target.title.split(' = ')[0]} → "
        f"{source.title.split(' = ')[0]}",
    }
    if which == uses:
        step["reveals"] = e.source
    column = _column(source, "gradient")
    head = column.head if column is not None else words["gradient"]
    outer = _array(target, "gradient")
    if e.use is None:
        step["text"] = e.tip
        return step
    x, y, i = e.use
    step["formula"] = e.rule
    if outer is None:
        # too large to be written out: in words
        step["text"] = e.back_tip.removeprefix(e.rule).strip()
        return step
    outer_column = _column(target, "gradient")
    outer_head = outer_column.head if outer_column is not None else ""
    parts: list[Any] = [matrix(outer, outer_head, "gradient", p)]
    local = _local(y, i)
    others = [
        o
        for j, o in enumerate(y.operands)
        if isinstance(o, Node) and not y.op.variadic and j in y.op.reads[i]
    ]
    if local is not None:
        parts += ["*", matrix(local, f"∂{clean(y.name)}/∂{clean(x.name)}", "local", p)]
    elif y.op.name == "matmul" and all(o.array.ndim == 2 for o in (*others, x)):
        turned = matrix(others[0].array.T, f"{clean(others[0].name)}ᵀ", "value", p)
        parts = [*parts, "·", turned] if i == 0 else [turned, "·", *parts]
    else:
        parts += [m for o in others for m in (",", matrix(o.array, clean(o.name), "value", p))]
    ran = product(y, i, outer)
    if ran.shape != x.array.shape:
        parts += ["=", matrix(ran, "", "gradient", p)]
        total = walk.unbroadcast(ran, x.array.shape)
        parts += [e.total or "→", matrix(total, head if uses == 1 else "", "gradient", p)]
    else:
        parts += ["=", matrix(ran, head if uses == 1 else "", "gradient", p)]
    if uses > 1:
        mine = _array(source, "gradient")
        step["text"] = words["use of"].format(k=which, n=uses, name=clean(x.name))
        if which == uses and mine is not None:
            parts += [words["in all"], matrix(mine, head, "gradient", p)]
    step["parts"] = parts
    return step


def _local(y: Node, i: int) -> np.ndarray | None:
    """The local derivative, number by number, where it is as many numbers as the result or the
    operand has: of an operation entry by entry, and of one with a single number as its result. Else
    None: there is no such matrix, only the one that the rule multiplies by."""
    x = y.operands[i]
    if (
        x.array.size > entries.MOST_TRACED
        or y.array.size > entries.MOST_TRACED
        or y.op.name in entries.PRODUCTS
    ):
        return None
    slopes = entries.jacobian(y, i)
    if slopes is None:
        return None
    if y.array.size == 1:
        return slopes.reshape(x.array.shape)
    return (
        slopes.sum(axis=1).reshape(y.array.shape)
        if (entries.reads(y, i).sum(axis=1) <= 1).all()
        else None
    )
