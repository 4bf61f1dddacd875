"""Inputs that operations are tried on, and what a row of the table is.

Every reference is a plain NumPy function that also takes complex arrays, choosing by real parts
where it has to choose: then the complex step, Im f(x + ih)/h, gives its derivative to the last
digit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHAPES = [(), (1,), (4,), (2, 3), (0,), (2, 0, 3)]
PAIRS = [((3, 1), (1, 4)), ((), (4,)), ((4,), ()), ((1,), (4,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 3)),
         ((), ()), ((0,), (1,)), ((0, 3), (3,)), ((2, 1, 3), (4, 1))]
REDUCTIONS = [((), {}), ((4,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1, "keepdims": True}),
              ((2, 3), {"axis": -2}), ((2, 3, 4), {"axis": (0, 2)}), ((2, 3, 4), {"axis": (-1, 0), "keepdims": True}),
              ((2, 3, 4), {"axis": (2, 1, 0)}), ((2, 3, 4), {"axis": (1,)}), ((2, 3), {"keepdims": True}),
              ((1, 3), {"axis": 0}), ((0, 3), {"axis": 1}), ((2, 3), {"axis": ()}),
              ((2, 3), {"axis": (), "keepdims": True})]
INDICES = [((4,), 2), ((4,), -1), ((4,), np.int64(1)), ((4,), slice(None, None, -1)), ((4,), slice(1, 1)),
           ((4,), [0, 0, 3]), ((4,), np.array([[0, -1], [3, 3]])), ((4,), np.array([True, False, True, False])),
           ((4,), np.zeros(4, bool)), ((4,), np.array(2)), ((), ()), ((), Ellipsis), ((), None), ((2, 3), 1),
           ((2, 3), (slice(None), None, slice(0, 2))), ((2, 3), (..., 0)), ((2, 3), (1, 2)),
           ((2, 3), (np.array([0, 0, 1]), np.array([2, 2, 0]))), ((2, 3), (slice(None), [2, 2])),
           ((2, 3), np.array([[True, False, True], [False, True, True]])), ((2, 3), np.ix_([1, 1], [0, 2])),
           ((2, 3, 4), ([0, 1], slice(None), [3, 3])), ((2, 3), True), ((0, 3), slice(None)),
           ((3,), np.array([], int))]


def real(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Both signs, no two entries within 0.1 of each other, of another salt's, or of 0."""
    n = int(np.prod(shape, dtype=int))
    values = 0.37 * (np.arange(n) - n // 2 + 0.3) + 0.11 * salt
    return np.random.default_rng(zlib.crc32(repr((shape, salt)).encode())).permutation(values).reshape(shape)


def positive(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    return np.abs(real(shape, salt)) + 0.3


def nonzero(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Both signs, away from 0."""
    x = real(shape, salt)
    return x + np.sign(x)


def unit(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Inside (0, 1)."""
    return 1 / (1 + np.exp(-real(shape, salt)))


def inside(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Inside (-1, 1)."""
    return np.tanh(real(shape, salt))


def beyond(shape: tuple[int, ...], salt: int = 0) -> np.ndarray:
    """Beyond 1."""
    return positive(shape, salt) + 1


@dataclass
class Case:
    inputs: tuple
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Row:
    reference: Callable[..., Any]
    cases: list[Case]
    analytic: bool = True       # whether the formula itself takes complex arrays


def unary(domain: Callable = real) -> list[Case]:
    return [Case((domain(s),)) for s in SHAPES]


def binary(first: Callable = real, second: Callable = real) -> list[Case]:
    return [Case((first(s, 0), second(t, 1))) for s, t in PAIRS]


def reductions(skip_empty: bool = False) -> list[Case]:
    return [Case((real(s),), p) for s, p in REDUCTIONS] + ([] if skip_empty else [Case((real((0, 3)),), {"axis": 0})])


def booleans(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).random(shape) < 0.5
