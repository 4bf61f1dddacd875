"""The plane as a classifier sees it: coloured by the output, and bent into the hidden space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from tinygrad_edu.autodiff.conversions import array_of

from .base import (
    COLOURS,
    MARKERS,
    SURFACE,
    Figure,
    axes,
    drawable,
    headline,
    say_in_the_middle,
    styled,
)
from .words import words_of_plots

GRID = 161
"""The plane is computed on a grid of so many points along each side."""


@styled
def decision_boundary(
    predict: Callable[[np.ndarray], Any],
    X: ArrayLike,
    y: ArrayLike,
    *,
    hidden: Callable[[np.ndarray], Any] | None = None,
    threshold: float = 0.5,
    margin: float = 0.35,
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """The plane of the inputs, coloured by what a model makes of each point.

    A line shows where the output is `threshold`. With `hidden`, the same points stand beside it in
    the space of the hidden layer, where a straight line separates them.

    - `predict`: a function of points (m, 2). It returns (m,) or (m, 1) outputs, or (m, classes) as
      a softmax does: of two classes the second one's number counts, of more the plane is coloured
      by the class that wins.
    - `X`: the examples, (n, 2); `y`: their classes, (n,) or (n, 1) numbers or names, or one-hot.
    - `hidden`: a function from points (m, 2) to the outputs of a hidden layer of two units, (m, 2).
    - `threshold`: where the boundary is; `margin`: how far the plane goes on around the examples.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot; with `ax`, only the input space is
      drawn.

    Returns a Figure; where the output is not finite, the plane stays white.

    >>> figure = decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1])
    >>> len(figure.axes)
    2
    """
    words = words_of_plots(lang)
    points, classes_of = np.asarray(array_of(X), float), targets(y)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    side = [np.linspace(low[k], high[k], GRID) for k in range(2)]
    plane = np.stack(np.meshgrid(*side), axis=-1)
    z, classes = output(predict(plane.reshape(-1, 2)))
    z = z.reshape(plane.shape[:2])
    # Colours end a little beyond the examples' own outputs: far corners would else wash out all
    # that matters.
    at_examples = np.abs(output(predict(points))[0] - threshold)
    reach = 1.3 * float(np.nanmax(at_examples, initial=0.0)) or 1.0
    right: Axes | None = None
    if ax is None and hidden is not None:
        figure = Figure(figsize=(11.0, 5.0), layout="constrained")
        ax, right = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    else:
        figure, ax = axes(ax, (6.0, 5.0))
    shown = paint(ax, side, z, threshold, reach, classes)
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    if shown is None:
        say_in_the_middle(ax, words["not finite"])
    names = [f"({a:g}, {b:g})" for a, b in points]
    _points(ax, points, classes_of, names)
    ax.set_xlabel("x₁", fontsize=12)
    ax.set_ylabel("x₂", fontsize=12)
    ax.set_title(words["input space"], fontsize=13)
    if hidden is not None and right is not None:
        bent = np.asarray(array_of(hidden(plane.reshape(-1, 2)))).reshape(plane.shape)
        _bent_grid(right, bent)
        if not classes:
            _hidden_line(right, bent, z, threshold, f"{words['boundary']} = {threshold:g}")
        _points(right, np.asarray(array_of(hidden(points))), classes_of, names)
        right.set_xlabel("h₁", fontsize=12)
        right.set_ylabel("h₂", fontsize=12)
        right.set_title(words["hidden space"], fontsize=13)
    if shown is not None and not classes:
        ticks = [threshold - reach, threshold, threshold + reach]
        figure.colorbar(shown, ax=ax, label=words["output"], ticks=ticks, format="%.2g")
    headline(figure, title)
    return figure


def _bent_grid(ax: Axes, bent: np.ndarray) -> None:
    """Every tenth line of the input space's grid, where the hidden layer takes it."""
    for k in range(0, GRID, 10):
        ax.plot(bent[k, :, 0], bent[k, :, 1], color="#B8BFC9", lw=0.8, zorder=1)
        ax.plot(bent[:, k, 0], bent[:, k, 1], color="#B8BFC9", lw=0.8, zorder=1)


def _hidden_line(ax: Axes, bent: np.ndarray, z: np.ndarray, threshold: float, label: str) -> None:
    """The output layer's boundary in hidden space: the line z = threshold of z = h·w + b, fitted to
    the plane's points, which lie on it exactly."""
    h = bent.reshape(-1, 2)
    good = np.isfinite(z.reshape(-1)) & np.isfinite(h).all(axis=1)
    if not good.any():
        return
    h, z = h[good], z.reshape(-1)[good]
    a = np.column_stack([h, np.ones(len(h))])
    w1, w2, b = np.linalg.lstsq(a, z, rcond=None)[0]
    low, high = h.min(axis=0), h.max(axis=0)
    pad = 0.06 * (high - low) + 1e-9
    xs = np.linspace(low[0] - pad[0], high[0] + pad[0], 50)
    if abs(w2) > 1e-9:
        ys = (threshold - b - w1 * xs) / w2
        keep = (ys > low[1] - pad[1]) & (ys < high[1] + pad[1])
        ax.plot(xs[keep], ys[keep], color="black", lw=1.8, label=label)
    ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
    ax.set_ylim(low[1] - pad[1], high[1] + pad[1])


def targets(y: ArrayLike) -> np.ndarray:
    """One class an example, from labels in a row or a column, or from one-hot rows."""
    classes = array_of(y)
    one_hot = classes.ndim == 2 and classes.shape[1] > 1
    return classes.argmax(axis=1) if one_hot else classes.reshape(-1)


def output(scores: Any) -> tuple[np.ndarray, int]:
    """A number a point, of what a model gave for each: its own, or the second class' of two; of
    more classes the number of the greatest, and how many classes there are."""
    a = array_of(scores)
    if a.ndim != 2 or a.shape[1] == 1:
        return drawable(a.reshape(-1)), 0
    if a.shape[1] == 2:
        return drawable(a[:, 1]), 0
    return np.where(np.isfinite(a).all(axis=1), a.argmax(axis=1), np.nan), a.shape[1]


def paint(
    ax: Axes,
    sides: Sequence[np.ndarray],
    z: np.ndarray,
    threshold: float,
    reach: float,
    classes: int,
) -> Any:
    """The plane in colours, with its boundary; None where no number of it is finite."""
    good = np.ma.masked_invalid(z)
    if not good.count():
        return None
    if classes:
        shown = ax.contourf(
            *sides,
            good,
            levels=np.arange(classes + 1) - 0.5,
            colors=COLOURS * (classes // 8 + 1),
            alpha=0.35,
        )
        ax.contour(
            *sides, good, levels=np.arange(classes - 1) + 0.5, colors="black", linewidths=1.2
        )
        return shown
    shown = ax.contourf(
        *sides,
        good,
        levels=np.linspace(threshold - reach, threshold + reach, 21),
        cmap=SURFACE,
        extend="both",
    )
    if good.min() < threshold < good.max():
        ax.contour(*sides, good, levels=[threshold], colors="black", linewidths=1.8)
    return shown


def dots(ax: Axes, at: np.ndarray, y: np.ndarray, size: float) -> None:
    """The examples: classes told by shape and colour; many are drawn small."""
    size = max(8.0, size * min(1.0, 60 / max(1, len(at))))
    for k, value in enumerate(np.unique(y)):
        here = y == value
        name = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
        ax.scatter(
            at[here, 0],
            at[here, 1],
            s=size,
            marker=MARKERS[k % len(MARKERS)],
            edgecolor="black",
            linewidth=1.3 if size > 30 else 0.4,
            color=COLOURS[k % len(COLOURS)],
            label=f"y = {name}",
            zorder=3,
        )


def _points(ax: Axes, at: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    """The examples; where several fall together, their names share the place."""
    dots(ax, at, y, 130)
    if len(at) <= 8:
        places: dict[tuple[float, float], list[str]] = {}
        for point, name in zip(np.round(at, 3), names, strict=True):
            places.setdefault((float(point[0]), float(point[1])), []).append(name)
        for place, together in places.items():
            ax.annotate(
                " ".join(together),
                place,
                xytext=(9, 9),
                textcoords="offset points",
                fontsize=11,
                zorder=4,
            )
    ax.legend(loc="best", fontsize=10)
