"""What every picture must hold: its drawing has every card and arrow of it, and what it writes is
what was computed."""

from __future__ import annotations

import numpy as np
from reading import Reader, Unread, fitted
from viz_xor import Drawing

from viz.text import clean


def close(a, b, dtype):
    tolerance = 2e-3 if np.dtype(dtype).itemsize < 8 else 1e-5
    scale = max(1.0, float(np.nanmax(np.abs(b), initial=0.0)))
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


def drawn_whole(graph, engine=None):
    """The drawing, which has every card and every arrow."""
    p = graph.picture
    d = Drawing(graph.svg(engine))
    assert sorted(d.nodes) == sorted(f"node-{c.key}" for c in p.cards)
    counts, expected = {}, []
    for e in p.edges:
        k = counts[e.source, e.target] = counts.get((e.source, e.target), 0) + 1
        number = f"-{k}" if k > 1 else ""
        expected += [f"forward-{e.source}-{e.target}{number}"]
        expected += [f"backward-{e.target}-{e.source}{number}"] if e.returns else []
    assert sorted(d.edges) == sorted(expected)
    return d


def reads_back(graph):
    """Computes every equation of a picture from its text. Returns (read, too long to be
    written)."""
    p, found = graph.picture, graph.picture.gradients
    nodes = {n.index: n for c in p.cards if (n := c.node) is not None}
    named = {clean(n.name): np.asarray(n.array) for n in nodes.values()}
    assert len(named) == len(nodes), "two cards of one name"
    read, unread = 0, 0
    for n in nodes.values():
        if n.op is None or any(isinstance(v, np.random.Generator) for v in n.params.values()):
            continue
        card = next(c for c in p.cards if c.node is n)
        left, _, text = card.title.partition(" = ")
        assert left == clean(n.name)
        try:
            value = Reader(named, p.words, n.shape)(text)
        except Unread:
            unread += 1
            continue
        assert close(
            fitted(value, n.shape), n.array, n.array.dtype if n.array.dtype.kind == "f" else float
        ), card.title
        read += 1
    seed = "" if found.of is None else clean(found.of)
    outer = {
        f"∂{seed}/∂{clean(n.name)}": found.fresh.get(n.index, found.known.get(n.index))
        for n in nodes.values()
    }
    outer = {k: np.asarray(v) for k, v in outer.items() if v is not None}
    sums, whole = {}, {}
    for e in p.edges:
        if e.use is None or not e.returns:
            continue
        x, y, _ = e.use
        left, sign, text = e.rule.partition(" += " if " += " in e.rule else " = ")
        assert left == f"∂{seed}/∂{clean(x.name)}"
        whole.setdefault(x.index, True)
        if y.index not in found.known and y.index not in found.fresh:
            whole[x.index] = False
            continue
        try:
            term = Reader({**named, **outer}, p.words, x.shape)(text)
        except Unread:
            unread, whole[x.index] = unread + 1, False
            continue
        sums[x.index] = sums.get(x.index, 0) + fitted(term, x.shape)
        read += 1
    for index, total in sums.items():
        x = nodes[index]
        uses = sum(1 for u in x.users for v in u.operands if v is x)
        shown = sum(1 for e in p.edges if e.use and e.use[0] is x)
        if whole[index] and uses == shown:
            g = found.fresh.get(index, found.known.get(index))
            if x.index in {r.index for r in p.walk.roots}:
                continue  # its own seed is added to what comes back
            assert g is not None and close(total, g, np.asarray(g).dtype), (
                x.name,
                [e.rule for e in p.edges if e.use and e.use[0] is x],
                total,
                g,
            )
    return read, unread
