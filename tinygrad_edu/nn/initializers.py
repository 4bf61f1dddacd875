"""The first numbers of the weights, with Keras' names.

An initializer is a function of (shape, rng) that returns an array of that shape; randomness comes
only from the generator it is given. Below a weight W (d, h) joins d inputs to h outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
# in quotes: not imported before use
Initializer = Callable[[tuple[int, ...], "np.random.Generator"], Array]


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """U(-a, a), a = √(6 / (d + h)): keeps the variance of values and gradients from layer to layer.

    Returns an array of `shape` (d, h), drawn by `rng`. Source: Glorot and Bengio 2010, eq. 16.
    Keras' default.

    >>> W = glorot_uniform((3, 3), np.random.default_rng(0))
    >>> W.shape, bool(np.abs(W).max() <= 1)               # a = √(6 / 6)
    ((3, 3), True)
    """
    limit = math.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """N(0, 2 / (d + h)), cut off at two standard deviations as in Keras.

    Returns an array of `shape` (d, h), drawn by `rng`. Source: Glorot and Bengio 2010, eq. 12.

    >>> W = glorot_normal((100, 100), np.random.default_rng(0))
    >>> round(float(W.std()), 2)                          # √(2 / 200) = 0.1
    0.1
    """
    return _truncated(shape, math.sqrt(2 / sum(_fans(shape))), rng)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """U(-a, a), a = √(6 / d): for layers with relu, which sets half of the values to 0.

    Returns an array of `shape` (d, h), drawn by `rng`. Source: He et al. 2015, eq. 10, as a uniform
    distribution.

    >>> W = he_uniform((6, 50), np.random.default_rng(0))
    >>> 0.9 < np.abs(W).max() <= 1                        # a = √(6 / 6)
    np.True_
    """
    limit = math.sqrt(6 / _fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """N(0, 2 / d), cut off at two standard deviations: for layers with relu.

    Returns an array of `shape` (d, h), drawn by `rng`. Source: He et al. 2015, eq. 10.

    >>> W = he_normal((200, 100), np.random.default_rng(0))
    >>> round(float(W.std()), 2)                          # √(2 / 200) = 0.1
    0.1
    """
    return _truncated(shape, math.sqrt(2 / _fans(shape)[0]), rng)


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """All 0: for biases. Weights that all begin alike get the same gradients and stay alike.

    Returns an array of `shape`; `rng` is not used.

    >>> zeros((2,), np.random.default_rng(0))
    array([0., 0.])
    """
    return np.zeros(shape)


def ones(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """All 1.

    Returns an array of `shape`; `rng` is not used.

    >>> ones((2,), np.random.default_rng(0))
    array([1., 1.])
    """
    return np.ones(shape)


def normal(shape: tuple[int, ...], rng: np.random.Generator, stddev: float = 0.05) -> Array:
    """N(0, stddev²); for another spread write `functools.partial(normal, stddev=1.0)`.

    Returns an array of `shape`, drawn by `rng`.

    >>> W = normal((100, 100), np.random.default_rng(0))
    >>> round(float(W.std()), 2)
    0.05
    """
    return rng.normal(0, stddev, shape)


INITIALIZERS: dict[str, Initializer] = {
    "glorot": glorot_uniform,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he": he_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "zeros": zeros,
    "ones": ones,
    "normal": normal,
    "random_normal": normal,
}


def get_initializer(initializer: str | Initializer) -> Initializer:
    """The initializer of a name; a function of (shape, rng) is returned as it is.

    Errors: ValueError for an unknown name; it lists the known ones.

    >>> get_initializer("he_normal") is he_normal
    True
    """
    if callable(initializer):
        return initializer
    if initializer not in INITIALIZERS:
        raise ValueError(
            f"unknown initializer {initializer!r}; known: {', '.join(INITIALIZERS)}, or a function "
            "of (shape, rng)"
        )
    return INITIALIZERS[initializer]


def _fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs and outputs a weight of that shape joins; at least 1, for empty layers."""
    return (max(1, shape[0]), max(1, shape[-1])) if shape else (1, 1)


def _truncated(shape: tuple[int, ...], stddev: float, rng: np.random.Generator) -> Array:
    x = rng.standard_normal(shape)
    while (far := np.abs(x) > 2).any():
        x[far] = rng.standard_normal(np.count_nonzero(far))
    return x * (stddev / 0.87962566103423978)  # the standard deviation that the cut leaves
