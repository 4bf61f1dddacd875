"""Forward-mode differentiation with dual numbers, written without the catalogue: what random programs are held to.

A `Dual` is a value and its tangents, one for each entry of each leaf, along a new first axis: the whole Jacobian is
carried forward. Values may be complex (choices look at real parts), so that a complex step through a dual gives second
derivatives to the last digit.

The rules here are derivatives of what the functions mean, in the other direction: nothing is shared with `ops/`.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

margins: list[float] = []
"""How far each choice was from going the other way; exact ties are left out."""


def side(gap: np.ndarray) -> np.ndarray:
    """-1, 0 or 1: on which side a choice falls. What a complex step leaves in real parts is a tie still."""
    gap = np.asarray(gap)
    margins.extend(np.abs(gap[gap != 0]).ravel().tolist())
    return np.sign(np.where(np.abs(gap) < 1e-40, 0, gap))


class Dual:
    def __init__(self, value: Any, tangents: np.ndarray) -> None:
        self.value, self.tangents = np.asarray(value), tangents
        assert tangents.shape[1:] == self.value.shape

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)


def leaves(arrays: list[np.ndarray]) -> list[Dual]:
    """Each array with the unit tangents of its own entries, zero for the others'."""
    total = int(np.sum([a.size for a in arrays]))
    out, start = [], 0
    for a in arrays:
        tangents = np.zeros((total, a.size), np.result_type(*arrays))
        tangents[start:start + a.size] = np.eye(a.size)
        out.append(Dual(a, tangents.reshape((total, *a.shape))))
        start += a.size
    return out


def gradients(y: Dual, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The tangents of a scalar, cut into one gradient a leaf."""
    cuts = np.cumsum([a.size for a in arrays])[:-1]
    return [g.reshape(a.shape) for g, a in zip(np.split(y.tangents, cuts), arrays, strict=True)]


def lift(x: Any, like: Dual) -> Dual:
    if isinstance(x, Dual):
        return x
    x = np.asarray(x)
    return Dual(x, np.zeros((len(like.tangents), *x.shape)))


def both(a: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """The two values, and the two tangents with their axes aligned to broadcast as the values do."""
    a, b = lift(a, b), lift(b, a)
    n = builtins.max(a.ndim, b.ndim)
    da, db = (d.tangents.reshape((len(d.tangents),) + (1,) * (n - d.ndim) + d.shape) for d in (a, b))
    return a.value, b.value, da, db


def made(value: Any, tangents: Any) -> Dual:
    value = np.asarray(value)
    return Dual(value, np.broadcast_to(tangents, (len(tangents), *value.shape)))


def add(a, b):
    x, y, dx, dy = both(a, b)
    return made(x + y, dx + dy)


def sub(a, b):
    x, y, dx, dy = both(a, b)
    return made(x - y, dx - dy)


def mul(a, b):
    x, y, dx, dy = both(a, b)
    return made(x * y, dx * y + x * dy)


def div(a, b):
    x, y, dx, dy = both(a, b)
    return made(x / y, (dx * y - x * dy) / (y * y))


def choose(a, b, sign):
    x, y, dx, dy = both(a, b)
    first = (1 + sign * side(x.real - y.real)) / 2                         # ties count half and half
    return made(first * x + (1 - first) * y, first * dx + (1 - first) * dy)


def maximum(a, b):
    return choose(a, b, 1)


def minimum(a, b):
    return choose(a, b, -1)


def where(condition, a, b):
    x, y, dx, dy = both(a, b)
    return made(np.where(condition, x, y), np.where(condition, dx, dy))


def entrywise(x, value, slope):
    return Dual(value, x.tangents * slope)


def neg(x):
    return entrywise(x, -x.value, -1)


def exp(x):
    return entrywise(x, np.exp(x.value), np.exp(x.value))


def log(x):
    return entrywise(x, np.log(x.value), 1 / x.value)


def sqrt(x):
    return entrywise(x, np.sqrt(x.value), 0.5 * x.value ** -0.5)


def sin(x):
    return entrywise(x, np.sin(x.value), np.cos(x.value))


def cos(x):
    return entrywise(x, np.cos(x.value), -np.sin(x.value))


def tanh(x):
    return entrywise(x, np.tanh(x.value), np.cosh(x.value) ** -2)


def sigmoid(x):
    return entrywise(x, (1 + np.tanh(x.value / 2)) / 2, 0.25 * np.cosh(x.value / 2) ** -2)


def softplus(x):
    on = x.value.real > 0
    tail = np.where(on, -x.value, x.value)
    return entrywise(x, np.where(on, x.value, 0) + np.log(1 + np.exp(tail)), (1 + np.tanh(x.value / 2)) / 2)


def relu(x):
    on = side(x.value.real) > 0
    return entrywise(x, np.where(on, x.value, 0), on)


def abs(x):
    sign = side(x.value.real)
    return entrywise(x, sign * x.value, sign)


def power_of(x, n):
    return entrywise(x, x.value ** n, n * x.value ** (n - 1))


def power(a, b):
    """For a > 0, as exp(b log a)."""
    x, y, dx, dy = both(a, b)
    return made(x ** y, x ** y * (dy * np.log(x) + y * dx / x))


def clip(x, low, high):
    inside = (side(x.value.real - low) >= 0) & (side(x.value.real - high) <= 0)
    return entrywise(x, np.where(inside, x.value, np.clip(x.value.real, low, high)), inside)


def axes(x, axis):
    axis = range(x.ndim) if axis is None else np.atleast_1d(axis)
    return tuple(int(a) % x.ndim for a in axis)


def sum(x, axis=None, keepdims=False):
    k = axes(x, axis)
    return Dual(np.sum(x.value, axis=k, keepdims=keepdims),
                np.sum(x.tangents, axis=tuple(a + 1 for a in k), keepdims=keepdims))


def mean(x, axis=None, keepdims=False):
    total = sum(x, axis, keepdims)
    count = np.prod([x.shape[a] for a in axes(x, axis)])
    return Dual(total.value / count, total.tangents / count)


def extreme(x, axis, keepdims, sign):
    k = axes(x, axis)
    peak = sign * np.max(sign * x.value.real, axis=k, keepdims=True)
    hit = side(x.value.real - peak) == 0
    share = hit / np.sum(hit, axis=k, keepdims=True)
    weigh = lambda v, extra: np.sum(v * share, axis=tuple(a + extra for a in k), keepdims=keepdims)
    value = np.where(np.iscomplexobj(x.value), weigh(x.value, 0), peak if keepdims else np.squeeze(peak, axis=k))
    return Dual(value if np.iscomplexobj(x.value) else value.real, weigh(x.tangents, 1))


def max(x, axis=None, keepdims=False):
    return extreme(x, axis, keepdims, 1)


def min(x, axis=None, keepdims=False):
    return extreme(x, axis, keepdims, -1)


def logsumexp(x, axis=None, keepdims=False):
    k = axes(x, axis)
    peak = np.max(x.value.real, axis=k, keepdims=True)
    e = np.exp(x.value - peak)
    total = np.sum(e, axis=k, keepdims=True)
    value, p = np.log(total) + peak, e / total
    return Dual(value if keepdims else np.squeeze(value, axis=k),
                np.sum(p * x.tangents, axis=tuple(a + 1 for a in k), keepdims=keepdims))


def softmax(x, axis=-1):
    k = axes(x, axis)
    e = np.exp(x.value - np.max(x.value.real, axis=k, keepdims=True))
    p = e / np.sum(e, axis=k, keepdims=True)
    inner = np.sum(p * x.tangents, axis=tuple(a + 1 for a in k), keepdims=True)
    return Dual(p, p * (x.tangents - inner))


def log_softmax(x, axis=-1):
    return sub(x, logsumexp(x, axis, True))


def reshape(x, shape):
    value = x.value.reshape(shape)
    return Dual(value, x.tangents.reshape((len(x.tangents), *value.shape)))


def transpose(x):
    return Dual(x.value.T, np.transpose(x.tangents, (0, *range(x.ndim, 0, -1))))


def getitem(x, index):
    place = np.arange(x.value.size).reshape(x.shape)[index]
    return Dual(x.value[index], x.tangents.reshape(len(x.tangents), -1)[:, place.ravel()].reshape(
        (len(x.tangents), *place.shape)))


def broadcast_to(x, shape):
    return add(x, np.zeros(shape))


def concatenate(xs, axis=0):
    axis %= xs[0].ndim
    return Dual(np.concatenate([x.value for x in xs], axis), np.concatenate([x.tangents for x in xs], axis + 1))


def stack(xs, axis=0):
    axis %= xs[0].ndim + 1
    return Dual(np.stack([x.value for x in xs], axis), np.stack([x.tangents for x in xs], axis + 1))


def matmul(a, b):
    """Of matrices and vectors."""
    letters = ("ij"[2 - a.ndim:], "jk"[:b.ndim])
    out = letters[0][:-1] + letters[1][1:]
    product = lambda s, t, x, y: np.einsum(f"{s},{t}->{'n' * ('n' in s + t)}{out}", x, y)
    return Dual(product(*letters, a.value, b.value),
                product("n" + letters[0], letters[1], a.tangents, b.value)
                + product(letters[0], "n" + letters[1], a.value, b.tangents))
