"""Small data to learn from, drawn anew: points of the plane in classes, and a curve with noise.

    moons, circles    two classes, y (n, 1) of 0. and 1.: a sigmoid unit, "binary_crossentropy"
    spirals, blobs    several, y (n,) of 0, 1, ...: softmax, "sparse_categorical_crossentropy"
    regression_1d     y (n, 1), one number for each point: a linear unit, loss="mse"

Floats are float32, as in layers. A seed gives the same numbers each time; `seed=None` draws new
ones, and a Generator of yours continues where it is. Rows come in random order, and the classes are
as equal in size as `n` allows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import habits

Seed = int | np.random.SeedSequence | np.random.Generator | None
Data = tuple[NDArray[np.float32], NDArray[np.float32]]
Classes = tuple[NDArray[np.float32], NDArray[np.int64]]


@habits.words
def moons(n: int = 200, *, noise: float = 0.1, seed: Seed = 0) -> Data:
    """(cos t, sin t) and (1 - cos t, 1/2 - sin t), t in [0, π]: two half circles, one inside the
    other.

    Returns X (n, 2) and y (n, 1), 0 for the upper moon and 1 for the lower, float32. `noise`: the
    standard deviation of what is added to both coordinates. `seed`: see above. No straight line
    separates the two; a hidden layer of a few units does.

    Errors: ValueError for too few rows, or a negative noise. Source: scikit-learn's make_moons,
    except for the order of rows, and its y (n,).

    >>> X, y = moons(100, seed=0)
    >>> X.shape, y.shape, X.dtype, float(y.sum())
    ((100, 2), (100, 1), dtype('float32'), 50.0)
    """
    rng, label = _begin(n, 2, noise, seed)
    t = rng.uniform(0, np.pi, n)
    upper = label == 0
    X = np.stack(
        [np.where(upper, np.cos(t), 1 - np.cos(t)), np.where(upper, np.sin(t), 0.5 - np.sin(t))],
        axis=1,
    )
    return _noisy(X, noise, rng), _column(label)


@habits.words
def circles(n: int = 200, *, noise: float = 0.1, factor: float = 0.5, seed: Seed = 0) -> Data:
    """r (cos t, sin t) with r = 1 and r = `factor`, t in [0, 2π]: a circle around a smaller one.

    Returns X (n, 2) and y (n, 1), 0 outside and 1 inside, float32. `noise`, `seed`: see `moons`.
    The feature x₁² + x₂² separates the two; a hidden layer finds it by itself. Errors: ValueError
    for a factor outside (0, 1); those of `moons`. Source: scikit-learn's make_circles.

    >>> X, y = circles(noise=0)
    >>> bool(np.allclose((X ** 2).sum(axis=1), np.where(y[:, 0] == 1, 0.25, 1)))
    True
    """
    if not 0 < factor < 1:
        raise ValueError(
            f"factor={factor} is the inner circle's radius, between 0 and 1; write factor=0.5"
        )
    rng, label = _begin(n, 2, noise, seed)
    t = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(label == 0, 1, factor)
    X = np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)
    return _noisy(X, noise, rng), _column(label)


@habits.words
def spirals(
    n: int = 300, *, classes: int = 3, turns: float = 0.65, noise: float = 0.05, seed: Seed = 0
) -> Classes:
    """r (cos a, sin a), r in [0, 1], a = 2π (turns·r + k/classes) for class k: arms that wind
    around the origin.

    Returns X (n, 2), float32, and y (n,), integers 0 ... classes - 1. `turns` are those of each
    arm; more of them are harder to learn. `noise`, `seed`: see `moons`. Errors: those of `moons`.
    Source: A. Karpathy's minimal network, https://cs231n.github.io/neural-networks-case-study/.

    >>> X, y = spirals(9, classes=3)
    >>> X.shape, np.bincount(y).tolist()
    ((9, 2), [3, 3, 3])
    """
    rng, label = _begin(n, _at_least_one(classes), noise, seed)
    r = rng.uniform(0, 1, n)
    angle = 2 * np.pi * (turns * r + label / classes)
    return _noisy(np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1), noise, rng), label


@habits.words
def blobs(
    n: int = 300, *, classes: int = 3, features: int = 2, std: float = 0.6, seed: Seed = 0
) -> Classes:
    """x = c_k + std·z, z standard normal, the centre c_k of class k uniform in [-3, 3]: round
    clouds.

    Returns X (n, features), float32, and y (n,), integers 0 ... classes - 1. Easy data, to try a
    classifier on first. The centres are random too, so two of them may lie close together. `seed`:
    see `moons`. Errors: those of `moons`. Source: scikit-learn's make_blobs.

    >>> X, y = blobs(60, classes=2, features=5)
    >>> X.shape, sorted(set(y.tolist()))
    ((60, 5), [0, 1])
    """
    if features < 1:
        raise ValueError(f"features={features} leaves nothing to learn from; write features=2")
    rng, label = _begin(n, _at_least_one(classes), std, seed, noise_name="std")
    centres = rng.uniform(-3, 3, (classes, features))
    return _noisy(centres[label], std, rng), label


@habits.words
def regression_1d(n: int = 100, *, noise: float = 0.1, seed: Seed = 0) -> Data:
    """y = sin(πx) + noise·z, z standard normal, x uniform in [-1, 1] and ascending.

    Returns X (n, 1) and y (n, 1), float32; X is in order, so that it can be drawn as a line (`fit`
    shuffles). With few points and many units it shows overfitting. `noise`, `seed`: see `moons`.
    Errors: those of `moons`. Source: C. Bishop, "Pattern Recognition and Machine Learning", 2006,
    section 1.1, whose x in [0, 1] is centred here, because units begin around 0.

    >>> X, y = regression_1d(50, noise=0)
    >>> X.shape, y.shape, bool(np.allclose(y, np.sin(np.pi * X), atol=1e-6))
    ((50, 1), (50, 1), True)
    """
    rng, _ = _begin(n, 1, noise, seed)
    x = np.sort(rng.uniform(-1, 1, n))[:, None]
    return x.astype(np.float32), _noisy(np.sin(np.pi * x), noise, rng)


def _begin(
    n: int, classes: int, noise: float, seed: Seed, noise_name: str = "noise"
) -> tuple[np.random.Generator, NDArray[np.int64]]:
    """What draws, and the class of each row: as even as n allows, in random order."""
    if n < classes:
        raise ValueError(
            f"n={n} is fewer rows than there are classes; write n={max(classes, 1) * 100}"
        )
    if not (np.isfinite(noise) and noise >= 0):
        raise ValueError(
            f"{noise_name}={noise} is no standard deviation; write {noise_name}=0.1, or 0 for none"
        )
    rng = np.random.default_rng(seed)
    return rng, rng.permutation(np.arange(n, dtype=np.int64) % classes)


def _at_least_one(classes: int) -> int:
    if classes < 1:
        raise ValueError(f"classes={classes} leaves nothing to tell apart; write classes=3")
    return classes


def _noisy(exact: np.ndarray, noise: float, rng: np.random.Generator) -> NDArray[np.float32]:
    return (exact + noise * rng.normal(size=exact.shape)).astype(np.float32)


def _column(label: NDArray[np.int64]) -> NDArray[np.float32]:
    """A row a label, as a unit's outputs are: (n,) beside (n, 1) would be broadcast to (n, n)."""
    return label.astype(np.float32)[:, None]
