"""Where weights start, with Keras' names. An initializer maps (shape, rng) to an array; randomness
comes only from the generator it is given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

# in quotes: not imported before use
Initializer = Callable[[tuple[int, ...], "np.random.Generator"], np.ndarray]


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """U(-a, a), a = √(6 / (d + h)) for a weight (d, h): keeps the variance of values and gradients
    from layer to layer.

    Source: Glorot and Bengio (2010), eq. 16. Keras' default.

    >>> bool(np.abs(glorot_uniform((3, 3), np.random.default_rng(0))).max() <= 1)
    True
    """
    limit = math.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """N(0, 2 / (d + h)), cut off at two standard deviations as Keras does. Source: Glorot and
    Bengio (2010)."""
    return _truncated(shape, math.sqrt(2 / sum(_fans(shape))), rng)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """U(-a, a), a = √(6 / d) for a weight (d, h). Source: He et al. (2015), for relu."""
    limit = math.sqrt(6 / _fans(shape)[0])
    return rng.uniform(-limit, limit, shape)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """N(0, 2 / d) for a weight (d, h), cut off at two standard deviations. Source: He et al.
    (2015), eq. 10."""
    return _truncated(shape, math.sqrt(2 / _fans(shape)[0]), rng)


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """All 0: right for biases; weights that are all alike would stay alike."""
    return np.zeros(shape)


def ones(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """All 1."""
    return np.ones(shape)


def normal(shape: tuple[int, ...], rng: np.random.Generator, stddev: float = 0.05) -> np.ndarray:
    """N(0, stddev²); for another spread write `functools.partial(normal, stddev=1.0)`."""
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
    """The initializer of a name; a function of (shape, rng) is itself."""
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


def _truncated(shape: tuple[int, ...], stddev: float, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal(shape)
    while (far := np.abs(x) > 2).any():
        x[far] = rng.standard_normal(np.count_nonzero(far))
    return x * (stddev / 0.87962566103423978)  # the standard deviation that the cut leaves
