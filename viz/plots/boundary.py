"""The plane as a classifier sees it: coloured by the output, and bent into the hidden space."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .base import MARKERS, SURFACE, Said, axes, headline


def decision_boundary(predict: Callable[[np.ndarray], np.ndarray], X: ArrayLike, y: ArrayLike, *,
                      hidden: Callable[[np.ndarray], np.ndarray] | None = None, threshold: float = 0.5,
                      margin: float = 0.35, title: str = "", lang: str = "en",
                      ax: Axes | None = None) -> Figure:
    """The plane coloured by the model's output, with the line where it crosses `threshold`; beside it, for a hidden
    layer of two units, the same grid bent into the space in which the output layer sees it, where a straight line
    now separates.

    X (n, 2), y (n,) or (n, 1) of 0 and 1; `predict` maps (m, 2) to (m,) or (m, 1), `hidden` (m, 2) to (m, 2). With `ax`
    only the input space is drawn.

    >>> figure = decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1])
    >>> len(figure.axes)
    2
    """
    words = Said(lang)
    X, y = np.asarray(X, float), np.asarray(y).reshape(-1)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    side = [np.linspace(low[k], high[k], 161) for k in range(2)]
    plane = np.stack(np.meshgrid(*side), axis=-1)
    z = np.asarray(predict(plane.reshape(-1, 2))).reshape(plane.shape[:2])
    # Colours end a little beyond the examples' own outputs: far corners would else wash out all that matters.
    at_examples = np.asarray(predict(X)).reshape(-1)
    reach = 1.3 * float(np.abs(at_examples - threshold).max()) or 1.0
    levels = np.linspace(threshold - reach, threshold + reach, 21)
    right: Axes | None = None
    if ax is None and hidden is not None:
        figure = Figure(figsize=(11.0, 5.0), layout="constrained")
        ax, right = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    else:
        figure, ax = axes(ax, (6.0, 5.0))
    shown = ax.contourf(*side, z, levels=levels, cmap=SURFACE, extend="both")
    _boundary(ax, side[0], side[1], z, threshold)
    _points(ax, X, y, [f"({a:g}, {b:g})" for a, b in X])
    ax.set_xlabel("x₁", fontsize=12)
    ax.set_ylabel("x₂", fontsize=12)
    ax.set_title(words["input space"], fontsize=13)
    if hidden is not None and right is not None:
        bent = np.asarray(hidden(plane.reshape(-1, 2))).reshape(plane.shape)
        for k in range(0, 161, 10):
            right.plot(bent[k, :, 0], bent[k, :, 1], color="#B8BFC9", lw=0.8, zorder=1)
            right.plot(bent[:, k, 0], bent[:, k, 1], color="#B8BFC9", lw=0.8, zorder=1)
        _hidden_line(right, bent, z, threshold, f"{words['boundary']} = {threshold:g}")
        _points(right, np.asarray(hidden(X)), y, [f"({a:g}, {b:g})" for a, b in X])
        right.set_xlabel("h₁", fontsize=12)
        right.set_ylabel("h₂", fontsize=12)
        right.set_title(words["hidden space"], fontsize=13)
    ticks = [threshold - reach, threshold, threshold + reach]
    figure.colorbar(shown, ax=ax, label=words["output"], ticks=ticks, format="%.2g")
    headline(figure, title)
    return figure


def _hidden_line(ax: Axes, bent: np.ndarray, z: np.ndarray, threshold: float, label: str) -> None:
    """The output layer's boundary in hidden space: the line z = threshold of z = h·w + b, fitted to the plane's points,
    which lie on it exactly."""
    h = bent.reshape(-1, 2)
    a = np.column_stack([h, np.ones(len(h))])
    w1, w2, b = np.linalg.lstsq(a, z.reshape(-1), rcond=None)[0]
    low, high = h.min(axis=0), h.max(axis=0)
    pad = 0.06 * (high - low) + 1e-9
    xs = np.linspace(low[0] - pad[0], high[0] + pad[0], 50)
    if abs(w2) > 1e-9:
        ys = (threshold - b - w1 * xs) / w2
        keep = (ys > low[1] - pad[1]) & (ys < high[1] + pad[1])
        ax.plot(xs[keep], ys[keep], color="black", lw=1.8, label=label)
    ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
    ax.set_ylim(low[1] - pad[1], high[1] + pad[1])


def _boundary(ax: Axes, x: np.ndarray, y: np.ndarray, z: np.ndarray, threshold: float) -> None:
    if z.min() < threshold < z.max():
        ax.contour(x, y, z, levels=[threshold], colors="black", linewidths=1.8)


def _points(ax: Axes, at: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    """The examples: classes told by shape and colour; where several fall together, their names share the place."""
    for k, value in enumerate(np.unique(y)):
        here = y == value
        ax.scatter(at[here, 0], at[here, 1], s=130, marker=MARKERS[k % len(MARKERS)], edgecolor="black",
                   linewidth=1.3, color=["#0877BD", "#F59322"][k % 2], label=f"y = {value:g}", zorder=3)
    if len(at) <= 8:
        places: dict[tuple[float, float], list[str]] = {}
        for point, name in zip(np.round(at, 3), names, strict=True):
            places.setdefault((float(point[0]), float(point[1])), []).append(name)
        for place, together in places.items():
            ax.annotate(" ".join(together), place, xytext=(9, 9), textcoords="offset points", fontsize=11, zorder=4)
    ax.legend(loc="best", fontsize=10)
