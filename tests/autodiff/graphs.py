"""What the tests of the engine build: leaves, a small network, and graphs whose gradients are
views."""

from __future__ import annotations

import numpy as np

import tinygrad_edu as tg


def leaf(*values, **kw):
    return tg.tensor(values[0] if len(values) == 1 else values, float, requires_grad=True, **kw)


def build(a, b):
    h = tg.tanh(a @ b)
    return (h * h + tg.relu(h) * h[::-1]).sum()


def every_graph():
    """Graphs whose rules hand their gradient on as it is, or as a view of it."""
    yield lambda a, b: a + b
    yield lambda a, b: a + a
    yield lambda a, b: (a + b) + (b + a)
    yield lambda a, b: a.reshape(-1).reshape(2, 2) + b.T.T
    yield lambda a, b: tg.broadcast_to(a, (2, 2)) - b
    yield lambda a, b: tg.broadcast_to(a[0], (2, 2)) + b.sum()
    yield lambda a, b: np.concatenate([a, b])
    yield lambda a, b: np.stack([a, b, a])
    yield lambda a, b: a[:] + b[...]
    yield lambda a, b: a.astype(float) + b.astype("float64").swapaxes(0, 0)
    yield lambda a, b: tg.where(np.ones((2, 2), bool), a, b)
    yield lambda a, b: a.sum() + b.mean()
    yield lambda a, b: a.sum(axis=0, keepdims=True) + b
    yield lambda a, b: a.max(axis=()) + b.clip()
    yield lambda a, b: tg.maximum(a, b) * 1
    yield lambda a, b: a * 1 + a.T + b
    yield lambda a, b: a @ b
    yield lambda a, b: (a[0] @ b) @ a[1]
    yield lambda a, b: tg.logsumexp(a, axis=1) + b[0, 0] + b[0, 0]
    yield lambda a, b: a.reshape(4)[0] + b.reshape(4)[1]
    yield lambda a, b: a


GRAPHS = list(every_graph())


def arrays_of(y):
    """The data of a graph's tensors."""
    seen, stack = {}, [y]
    while stack:
        x = stack.pop()
        if isinstance(x, tg.Tensor) and id(x) not in seen:
            seen[id(x)] = x
            stack += x.inputs
    return list(seen.values())
