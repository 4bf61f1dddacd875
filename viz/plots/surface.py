"""The loss over a plane through parameter space, and the way down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from tinygrad_edu.autodiff.conversions import array_of
from tinygrad_edu.autodiff.modes import no_grad
from tinygrad_edu.tensor import Tensor

from ..words import Words
from .base import BAD, GOOD, MOST_SIZE, MUTED, Figure, axes, drawable, say_in_the_middle, styled
from .words import words_of_plots

LEVELS = 22
"""So many level lines, each with the same number of points of the plane between it and the next."""


@styled
def loss_surface(
    loss: Callable[[], Any],
    parameters: Iterable[Tensor],
    *,
    path: Sequence[Any] | None = None,
    directions: tuple[Any, Any] | None = None,
    seed: int = 0,
    points: int = 41,
    span: float | None = None,
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """L(θ + a·d₁ + b·d₂): level lines of the loss on a plane through θ, with the way of training.

    θ is the last point of `path`, or else the parameters as they are.

    - `loss`: a function without arguments that computes the loss from `parameters`.
    - `parameters`: the tensors to vary. They are changed while the plane is drawn, and put back.
    - `path`: the points of the way, each a list of the parameters' arrays
      (`[p.numpy() for p in parameters]`) or one flat vector. It is projected onto the plane.
    - `directions`: d₁ and d₂, two points as in `path`. Without them: the two directions in which
      the path goes furthest (its principal components); without a path, two random ones, in which
      each parameter's part is as long as the parameter. `seed` is for these.
    - `points`: the loss is computed on a grid of points × points.
    - `span`: how far to look without a path, in units of d₁ and d₂; 1 if not given.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure; where the loss is not finite, the plane stays white. Errors: ValueError for
    directions or a path of another size than the parameters. Source: Li et al. 2018, "Visualizing
    the Loss Landscape of Neural Nets".

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> d1, d2 = [1.0, 0.0], [0.0, 1.0]
    >>> figure = loss_surface(lambda: (w * w).sum(), [w], directions=(d1, d2), points=5)
    >>> w.numpy()
    array([1., 2.])
    """
    words = words_of_plots(lang)
    tensors = list(parameters)
    start = np.concatenate([p.numpy().reshape(-1) for p in tensors]).astype(float)
    steps = _finite_part(path, start.size)
    center = np.nan_to_num(start, posinf=0, neginf=0) if steps is None else steps[-1]
    d1, d2 = _directions(directions, steps, center, tensors, seed)
    basis = np.stack([d1, d2], axis=1)
    along = None if steps is None else np.linalg.lstsq(basis, (steps - center).T, rcond=None)[0].T
    low, high = _window(along, 1.0 if span is None else span)
    a, b = np.linspace(low[0], high[0], points), np.linspace(low[1], high[1], points)
    z = _losses(loss, tensors, start, center, (d1, d2), (a, b))
    figure, ax = axes(ax, (7.2, 5.4))
    shown = _levels(ax, a, b, z)
    if shown is None:
        say_in_the_middle(ax, words["not finite"])
    if along is not None:
        _way(ax, along, words)
    if shown is not None:
        figure.colorbar(shown, ax=ax, label=words["loss"], format="%.3g")
    ax.set_xlabel(f"{words['direction']} 1", fontsize=12)
    ax.set_ylabel(f"{words['direction']} 2", fontsize=12)
    ax.set_title(title, fontsize=14)
    return figure


def _finite_part(path: Sequence[Any] | None, size: int) -> np.ndarray | None:
    """The points of a path up to the first that is not finite, (n, size); None for no point."""
    if path is None or not len(path):
        return None
    steps = np.array([_vector(p, size) for p in path])
    good = np.all(np.abs(steps) <= MOST_SIZE, axis=1)
    steps = steps if good.all() else steps[: int(np.argmin(good))]
    return steps if len(steps) else None


def _window(along: np.ndarray | None, span: float) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper corner of the part of the plane that is drawn."""
    if along is None:
        return np.array([-span, -span]), np.array([span, span])
    low, high = along.min(axis=0), along.max(axis=0)
    margin = 0.25 * np.maximum(high - low, 0.3 * float((high - low).max()) or 1.0)
    return low - margin, high + margin


def _losses(
    loss: Callable[[], Any],
    tensors: Sequence[Tensor],
    start: np.ndarray,
    center: np.ndarray,
    directions: tuple[np.ndarray, np.ndarray],
    grid: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """The loss at every point of the grid; the parameters are then what they were at `start`."""
    a, b = grid
    z = np.empty((len(b), len(a)))
    try:
        with no_grad(), np.errstate(all="ignore"):
            for i in range(len(b)):
                for j in range(len(a)):
                    _set(tensors, center + a[j] * directions[0] + b[i] * directions[1])
                    z[i, j] = float(loss())
    finally:
        _set(tensors, start)
    return z


def _levels(ax: Axes, a: np.ndarray, b: np.ndarray, z: np.ndarray) -> Any:
    """The plane in colours with level lines; None where no loss is finite."""
    finite = np.ma.masked_invalid(drawable(z))
    if not finite.count():
        return None
    levels: Any = np.unique(np.quantile(finite.compressed(), np.linspace(0, 1, LEVELS)))
    levels = levels if len(levels) > 2 else 10
    shown = ax.contourf(a, b, finite, levels=levels, cmap="viridis_r")
    ax.contour(a, b, finite, levels=levels, colors="white", linewidths=0.4, alpha=0.6)
    return shown


def _way(ax: Axes, along: np.ndarray, words: Words) -> None:
    """The path on the plane, with its start and its end."""
    ax.plot(along[:, 0], along[:, 1], "-", color="white", lw=4, zorder=2)
    ax.plot(along[:, 0], along[:, 1], ".-", color=BAD, lw=1.8, ms=5, zorder=3)
    ends = [(along[0], words["start"], "o", "white"), (along[-1], words["end"], "D", GOOD)]
    for point, text, marker, color in ends:
        ax.plot(*point, marker, color=color, markeredgecolor="black", ms=10, zorder=4)
        ax.annotate(
            text,
            tuple(point),
            xytext=(9, 9),
            textcoords="offset points",
            fontsize=12,
            zorder=5,
            color="#111827",
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": MUTED, "alpha": 0.9},
        )


def _vector(point: Any, size: int) -> np.ndarray:
    """A point of parameter space as one flat vector."""
    if isinstance(point, (list, tuple)) and any(np.ndim(array_of(p)) for p in point):
        point = np.concatenate([np.asarray(array_of(p), float).reshape(-1) for p in point])
    vector = np.asarray(array_of(point), float).reshape(-1)
    if vector.size != size:
        raise ValueError(f"a point of {vector.size} numbers, and the parameters have {size}")
    return vector


def _directions(
    given: tuple[Any, Any] | None,
    steps: np.ndarray | None,
    center: np.ndarray,
    tensors: Sequence[Tensor],
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """d₁ and d₂: as given, the principal components of the path, or random ones."""
    if given is not None:
        return _vector(given[0], center.size), _vector(given[1], center.size)
    if steps is not None and len(steps) > 2:
        _, sizes, rows = np.linalg.svd(steps - center, full_matrices=False)
        if len(sizes) > 1 and sizes[1] > 1e-9 * sizes[0]:
            return rows[0], rows[1]
    rng = np.random.default_rng(seed)
    first, second = _random_direction(center, tensors, rng), _random_direction(center, tensors, rng)
    if steps is not None and len(steps) > 1 and np.linalg.norm(steps[0] - center) > 0:
        first = steps[0] - center  # a straight path: the plane holds it
    return first, second


def _random_direction(
    center: np.ndarray, tensors: Sequence[Tensor], rng: np.random.Generator
) -> np.ndarray:
    """A random direction in which each parameter's part is as long as the parameter."""
    ends = np.cumsum([p.size for p in tensors])[:-1]
    parts = [
        d * (np.linalg.norm(parameter) or 1.0) / (np.linalg.norm(d) or 1.0)
        for parameter, d in zip(
            np.split(center, ends), np.split(rng.normal(size=center.size), ends), strict=True
        )
    ]
    return np.concatenate(parts)


def _set(tensors: Sequence[Tensor], vector: np.ndarray) -> None:
    """Write a point of parameter space into the parameters."""
    start = 0
    for p in tensors:
        p.overwrite(vector[start : start + p.size].reshape(p.shape))
        start += p.size
