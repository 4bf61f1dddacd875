"""Dual numbers: a value and its tangents, one for each entry of each leaf, along a new first axis.

The whole Jacobian is carried forward. Values may be complex (choices look at real parts), so that a
complex step through a dual gives second derivatives to the last digit.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np


class Choices:
    """How the choices of a run fell."""

    # how far the closest was from going the other way; exact ties are left out
    margin = np.inf
    ties = 0  # exact ties, where derivatives are by convention
    tips = 0  # those of cones, which have no second derivative

    def clear(self) -> None:
        self.margin, self.ties, self.tips = np.inf, 0, 0


choices = Choices()


def side(gap: np.ndarray) -> np.ndarray:
    """-1, 0 or 1: on which side a choice falls. What a complex step leaves in real parts is a tie
    still."""
    gap = np.asarray(gap)
    far = np.abs(gap[gap != 0])
    choices.margin = builtins.min(choices.margin, np.min(far, initial=np.inf))
    choices.ties += gap.size - far.size
    return np.sign(np.where(np.abs(gap) < 1e-40, 0, gap))


def tip(size: np.ndarray) -> np.ndarray:
    """Where a size is 0: at the tip of a cone."""
    still = side(size) == 0
    choices.tips += int(np.sum(still))
    return still


def real(x: np.ndarray) -> np.ndarray:
    """Real parts, without what a complex step leaves in them."""
    return np.where(np.abs(x.real) < 1e-40, 0, x.real)


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
        tangents[start : start + a.size] = np.eye(a.size)
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
    """The two values, and the two tangents with their axes aligned to broadcast as the values
    do."""
    a, b = lift(a, b), lift(b, a)
    n = builtins.max(a.ndim, b.ndim)
    da, db = (
        d.tangents.reshape((len(d.tangents),) + (1,) * (n - d.ndim) + d.shape) for d in (a, b)
    )
    return a.value, b.value, da, db


def made(value: Any, tangents: Any) -> Dual:
    value = np.asarray(value)
    return Dual(value, np.broadcast_to(tangents, (len(tangents), *value.shape)))
