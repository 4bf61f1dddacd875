"""The loss over a plane through parameter space, and the way down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

import tinygrad_edu as tg

from .base import BAD, GOOD, MOST_SIZE, MUTED, Figure, axes, drawable, styled
from .words import words_of_plots


@styled
def loss_surface(
    loss: Callable[[], Any],
    parameters: Iterable[Any],
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
    """L(θ + a·d₁ + b·d₂): level lines of the loss on the plane through θ, the last point of `path`
    or the parameters as they are, with the path projected onto it.

    `loss()` computes the loss from `parameters`, which are changed for it and put back. `path` is a
    list of points, each the list of the parameters' arrays (`[p.numpy() for p in parameters]`) or
    one flat vector. `directions` are two such points; without them, those in which the path goes
    furthest (its principal components), and without a path two random ones, each parameter's part
    as long as the parameter. `span` is how far to look, in units of d. Errors: directions or path
    of another size. Source: Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets".

    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> figure = loss_surface(lambda: (w * w).sum(), [w], directions=([1.0, 0.0], [0.0, 1.0]), points=5)
    >>> w.numpy()
    array([1., 2.])
    """
    words = words_of_plots(lang)
    tensors = list(parameters)
    size = sum(p.size for p in tensors)
    flat = lambda point: _flat(point, size)
    steps = np.array([flat(p) for p in path]) if path is not None and len(path) else None
    # a path that left the finite numbers is drawn up to there
    if steps is not None:
        good = np.all(np.abs(steps) <= MOST_SIZE, axis=1)
        steps = steps[: int(np.argmin(good))] if not good.all() else steps
        steps = steps if len(steps) else None
    start = np.concatenate([p.numpy().reshape(-1) for p in tensors]).astype(float)
    center = np.nan_to_num(start, posinf=0, neginf=0) if steps is None else steps[-1]
    d1, d2 = _directions(directions, steps, center, tensors, flat, seed)
    basis = np.stack([d1, d2], axis=1)
    along = None if steps is None else np.linalg.lstsq(basis, (steps - center).T, rcond=None)[0].T
    if span is None:
        span = 1.0
    low, high = np.array([-span, -span]), np.array([span, span])
    if along is not None:
        low, high = along.min(axis=0), along.max(axis=0)
        room = 0.25 * np.maximum(high - low, 0.3 * float((high - low).max()) or 1.0)
        low, high = low - room, high + room
    a, b = np.linspace(low[0], high[0], points), np.linspace(low[1], high[1], points)
    z = np.empty((points, points))
    try:
        with tg.no_grad(), np.errstate(all="ignore"):
            for i in range(points):
                for j in range(points):
                    _put(tensors, center + a[j] * d1 + b[i] * d2)
                    z[i, j] = float(loss())
    finally:
        _put(tensors, start)
    figure, ax = axes(ax, (7.2, 5.4))
    # where the loss is not finite, the plane stays bare
    z = np.ma.masked_invalid(drawable(z))
    shown = None
    if z.count():
        levels = np.unique(np.quantile(z.compressed(), np.linspace(0, 1, 22)))
        shown = ax.contourf(a, b, z, levels=levels if len(levels) > 2 else 10, cmap="viridis_r")
        ax.contour(
            a,
            b,
            z,
            levels=levels if len(levels) > 2 else 10,
            colors="white",
            linewidths=0.4,
            alpha=0.6,
        )
    else:
        ax.text(
            0.5,
            0.5,
            words["not finite"],
            ha="center",
            va="center",
            transform=ax.transAxes,
            fontsize=13,
        )
    if along is not None:
        ax.plot(along[:, 0], along[:, 1], "-", color="white", lw=4, zorder=2)
        ax.plot(along[:, 0], along[:, 1], ".-", color=BAD, lw=1.8, ms=5, zorder=3)
        for point, text, marker, color in (
            (along[0], words["start"], "o", "white"),
            (along[-1], words["end"], "D", GOOD),
        ):
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
    if shown is not None:
        figure.colorbar(shown, ax=ax, label=words["loss"], format="%.3g")
    ax.set_xlabel(f"{words['direction']} 1", fontsize=12)
    ax.set_ylabel(f"{words['direction']} 2", fontsize=12)
    ax.set_title(title, fontsize=14)
    return figure


def _flat(point: Any, size: int) -> np.ndarray:
    if isinstance(point, (list, tuple)) and any(
        np.ndim(np.asarray(getattr(p, "_data", p))) for p in point
    ):
        point = np.concatenate(
            [np.asarray(getattr(p, "_data", p), float).reshape(-1) for p in point]
        )
    vector = np.asarray(getattr(point, "_data", point), float).reshape(-1)
    if vector.size != size:
        raise ValueError(f"a point of {vector.size} numbers, and the parameters have {size}")
    return vector


def _directions(
    given: tuple[Any, Any] | None,
    steps: np.ndarray | None,
    center: np.ndarray,
    tensors: Sequence[Any],
    flat: Callable[[Any], np.ndarray],
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    if given is not None:
        return flat(given[0]), flat(given[1])
    rng = np.random.default_rng(seed)
    if steps is not None and len(steps) > 2:
        _, sizes, rows = np.linalg.svd(steps - center, full_matrices=False)
        if len(sizes) > 1 and sizes[1] > 1e-9 * sizes[0]:
            return rows[0], rows[1]
    ends, found = np.cumsum([p.size for p in tensors])[:-1], []
    for _ in range(2):
        parts = []
        for own, d in zip(
            np.split(center, ends), np.split(rng.normal(size=center.size), ends), strict=True
        ):
            parts.append(d * (np.linalg.norm(own) or 1.0) / (np.linalg.norm(d) or 1.0))
        found.append(np.concatenate(parts))
    if steps is not None and len(steps) > 1 and np.linalg.norm(steps[0] - center) > 0:
        found[0] = steps[0] - center  # a straight path: the plane holds it
    return found[0], found[1]


def _put(tensors: Sequence[Any], vector: np.ndarray) -> None:
    at = 0
    for p in tensors:
        p.overwrite(vector[at : at + p.size].reshape(p.shape))
        at += p.size
