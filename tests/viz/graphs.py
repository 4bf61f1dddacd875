"""Random graphs of the kinds that people draw: shared leaves, recurrences, residual blocks,
concatenations, several losses, frozen and shared modules, batched products, and every operation of
the catalogue's random programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as tg
from tests.programs.program import CATALOGUE, programs
from tinygrad_edu import nn


@dataclass
class Example:
    """What is drawn: the results, and which of them are differentiated."""

    kind: str
    roots: list[Any]
    seeded: list[Any]
    options: dict[str, Any] = field(default_factory=dict)

    def backward(self):
        for r in self.seeded:
            r.backward() if r.size == 1 else r.backward(np.ones(r.shape, r.dtype))


class Leaves:
    """Parameters by name, of numbers that no two pictures share by chance."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def __call__(self, name, *shape):
        return tg.tensor(self.rng.normal(size=shape), requires_grad=True, name=name)

    def data(self, *shape):
        return self.rng.normal(size=shape)


def shared(new, n, k):
    w, b = new("w", 2), new("b", 2)
    terms = [new.data(2) * w + b for _ in range(n)]
    return sum(terms[1:], terms[0]), None


def polynomial(new, n, k):
    x, leaves = new("x"), [new(f"a{j % 2}") for j in range(2)]
    return sum((leaves[j % 2] * x**j for j in range(1, n + 1)), leaves[0]), None


def recurrence(new, n, k):
    U, W, b = new("U", 2, 3), new("W", 3, 3), new("b", 3)
    h, out = new.data(2, 3), []
    for _ in range(n):
        h = tg.tanh(new.data(2, 2) @ U + h @ W + b)
        out.append(h)
    return (out[-1] if k % 2 else tg.concatenate(out, axis=1)), None


def residual(new, n, k):
    h = new("x", 2, 3)
    W = new("W", 3, 3)
    for j in range(n):
        h = h + tg.relu(h @ (W if k % 2 else new(f"W{j}", 3, 3)))
    return h, None


def joined(new, n, k):
    parts = [new("x", 2, 2)]
    for j in range(n):
        together = tg.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        parts.append(tg.tanh(together @ new(f"W{j}", together.shape[1], 2)))
    return tg.concatenate(parts, axis=k % 2), None


def batched(new, n, k):
    a, w, b = new("A", 2, 3, 4), new("W", 4, 4), new("b", 4)
    for _ in range(n):
        steps = (
            lambda x: x @ w + b,
            lambda x: tg.einsum("ijk,kl->ijl", x, w),
            lambda x: tg.softmax(x),
            lambda x: x * b,
        )
        a = steps[k % 4](a)
        k += 1
    return a, None


def two_losses(new, n, k):
    w = new("w", 3)
    one, other = (w * new.data(3)).sum(), (w**2).mean()
    return [one, other], [[one], [other], [one, other]][k % 3]


class Shared(nn.Module):
    """A layer used n times, a second one beside it, the first of them frozen or not."""

    def __init__(self, n, frozen):
        self.first = nn.Dense(3, "tanh", input_size=3, seed=0, dtype=float)
        self.second = nn.Dense(3, "relu", input_size=3, seed=1, dtype=float)
        self.n = n
        for p in self.first.parameters() if frozen else ():
            p.requires_grad = False

    def forward(self, x):
        h = (x - np.mean(x, axis=0)) / 2
        for _ in range(self.n):
            h = self.first(h)
        return self.second(h) + self.second(self.first(h))


def modules(new, n, k):
    model = Shared(n, k % 2 == 0)
    return model(tg.tensor(new.data(2, 3), name="X")), None


def penalty(new, n, k):
    W, c = new("W", 3, 3), new("c", 3)
    f = tg.sigmoid(new.data(2, 3) @ W + c)
    loss = tg.mse(f, new.data(2, 3)) + 0.1 * (W**2).sum() + 0.1 * tg.abs(c).sum()
    return loss, None


KINDS = [shared, polynomial, recurrence, residual, joined, batched, two_losses, modules, penalty]


@st.composite
def graphs(draw):
    """An example, made anew each time it is called: graphs before and after backward() are two."""
    if draw(st.integers(0, 2)) == 0:
        program = draw(programs())

        def random_program():
            leaves = [
                tg.tensor(a, requires_grad=True, name=f"x{k}") for k, a in enumerate(program.arrays)
            ]
            with np.errstate(all="ignore"):
                loss, _ = program.run(CATALOGUE, leaves)
            return Example("program", [loss], [loss])

        return random_program
    make, seed = draw(st.sampled_from(KINDS)), draw(st.integers(0, 99))
    n, k = draw(st.integers(1, 4)), draw(st.integers(0, 11))
    reduce = draw(st.booleans())

    def example():
        result, seeded = make(Leaves(seed), n, k)
        if isinstance(result, list):
            return Example(make.__name__, result, seeded)
        result = (result**2).mean() if reduce and result.ndim else result
        return Example(make.__name__, [result], [result])

    return example
