"""Plots for the lecture's two networks: images, predictions, training curves, and what a hidden layer does to a plane.

Each function returns a matplotlib Figure, changes no global state of matplotlib, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

VALUE, GRADIENT, GOOD, BAD, MUTED = "#0B4F7D", "#D55E00", "#00795A", "#B03A00", "#6B7280"
_SURFACE = LinearSegmentedColormap.from_list("surface", ["#0877BD", "#E8EAEB", "#F59322"])
_MARKERS = "os^DvP*Xhp"


def images(pictures: ArrayLike, titles: Sequence[str] | None = None, *, columns: int = 5, title: str = "") -> Figure:
    """A grid of grey images (n, height, width), black on white as in the lecture, each under its title.

    >>> len(images(np.zeros((7, 28, 28)), list("abcdefg")).axes)
    7
    """
    pictures = np.asarray(pictures)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = Figure(figsize=(1.75 * columns, 1.95 * rows + (0.5 if title else 0)), layout="constrained")
    for k, picture in enumerate(pictures):
        ax = figure.add_subplot(rows, columns, k + 1)
        _image(ax, picture)
        if titles is not None:
            ax.set_title(titles[k], fontsize=12)
    if title:
        figure.suptitle(title, fontsize=15)
    return figure


def image(picture: ArrayLike, *, title: str = "") -> Figure:
    """One grey image with its pixel axes and the scale of its values.

    >>> image(np.eye(28)).axes[0].get_title()
    ''
    """
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    ax = figure.add_subplot()
    shown = ax.imshow(np.asarray(picture), cmap="gray_r")
    ax.set_title(title, fontsize=14)
    figure.colorbar(shown, label="value of the pixel")
    return figure


def predictions(pictures: ArrayLike, probabilities: ArrayLike, labels: ArrayLike, names: Sequence[str], *,
                columns: int = 3, title: str = "") -> Figure:
    """Images beside what the model makes of each: a bar a class, the true class marked, right and wrong told in words.

    `pictures` (n, height, width), `probabilities` (n, classes), `labels` (n,) the true classes.

    >>> len(predictions(np.zeros((2, 8, 8)), np.full((2, 3), 1 / 3), [0, 1], "abc").axes)
    4
    """
    pictures, probabilities, labels = np.asarray(pictures), np.asarray(probabilities), np.asarray(labels)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = Figure(figsize=(4.3 * columns, 2.3 * rows + 0.5), layout="constrained")
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[1, 1.15] * columns)
    for k, (picture, row, label) in enumerate(zip(pictures, probabilities, labels, strict=True)):
        guess = int(row.argmax())
        right = guess == label
        left = figure.add_subplot(grid[k // columns, 2 * (k % columns)])
        _image(left, picture)
        said = f"{names[guess]} {row[guess]:.0%}"
        left.set_title(f"{said} ✓" if right else f"{said} ✗\nis {names[label]}", fontsize=11,
                       color=GOOD if right else BAD)
        bars = figure.add_subplot(grid[k // columns, 2 * (k % columns) + 1])
        colors = [GOOD if j == label else BAD if j == guess else "#C3C8D0" for j in range(len(row))]
        bars.barh(range(len(row)), row, color=colors)
        bars.set_yticks(range(len(row)), names, fontsize=8)
        bars.set_xlim(0, 1)
        bars.set_xticks([0, 1], ["0", "1"], fontsize=8)
        bars.invert_yaxis()
        bars.spines[["top", "right"]].set_visible(False)
    if title:
        figure.suptitle(title, fontsize=15)
    return figure


def training_curves(history: dict[str, Sequence[float]], *, test: dict[str, float] | None = None,
                    title: str = "") -> Figure:
    """Each quantity of a History over the epochs, validation dashed beside it, the last value at the end of its curve;
    `test` adds the value on the test set, a diamond after the last epoch.

    >>> len(training_curves({"loss": [0.5, 0.4], "accuracy": [0.8, 0.9]}).axes)
    2
    """
    names = [n for n in history if not n.startswith("val_")]
    figure = Figure(figsize=(5.4 * len(names), 4.0), layout="constrained")
    for k, name in enumerate(names):
        ax = figure.add_subplot(1, len(names), k + 1)
        ends: list[tuple[float, float, str, str]] = []
        for key, style, color, label in ((name, "o-", VALUE, "training"), (f"val_{name}", "s--", BAD, "validation")):
            if key in history:
                x = np.arange(1, len(history[key]) + 1)
                ax.plot(x, history[key], style, color=color)
                ends.append((x[-1], history[key][-1], f"{label} {history[key][-1]:.4f}", color))
        if test and name in test:
            last = len(history[name])
            ax.plot([last], [test[name]], "D", color=GOOD, markersize=8)
            ends.append((last, test[name], f"test {test[name]:.4f}", GOOD))
        for (x_end, y_end, text, color), y_text in zip(ends, _apart([e[1] for e in ends], ax), strict=True):
            ax.annotate(text, (x_end, y_end), xytext=(x_end + 0.12 + 0.02 * x_end, y_text), color=color, fontsize=11,
                        va="center")
        ax.set_xlim(0.8, len(history[name]) * 1.38 + 0.2)
        ax.set_xticks(range(1, len(history[name]) + 1))
        ax.set_xlabel("epoch", fontsize=12)
        ax.set_title(name, fontsize=14)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    if title:
        figure.suptitle(title, fontsize=15)
    return figure


def decision_boundary(predict: Callable[[np.ndarray], np.ndarray], X: ArrayLike, y: ArrayLike, *,
                      hidden: Callable[[np.ndarray], np.ndarray] | None = None, threshold: float = 0.5,
                      margin: float = 0.35, title: str = "") -> Figure:
    """The plane coloured by the model's output, with the line where it crosses `threshold`; beside it, for a hidden
    layer of two units, the same grid bent into the space in which the output layer sees it, where a straight line
    now separates.

    X (n, 2), y (n,) or (n, 1) of 0 and 1; `predict` maps (m, 2) to (m,) or (m, 1), `hidden` (m, 2) to (m, 2).

    >>> figure = decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1])
    >>> len(figure.axes)
    2
    """
    X, y = np.asarray(X, float), np.asarray(y).reshape(-1)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    side = [np.linspace(low[k], high[k], 161) for k in range(2)]
    plane = np.stack(np.meshgrid(*side), axis=-1)
    z = np.asarray(predict(plane.reshape(-1, 2))).reshape(plane.shape[:2])
    # Colours end a little beyond the examples' own outputs: far corners would else wash out all that matters.
    at_examples = np.asarray(predict(X)).reshape(-1)
    reach = 1.3 * float(np.abs(at_examples - threshold).max()) or 1.0
    levels = np.linspace(threshold - reach, threshold + reach, 21)
    figure = Figure(figsize=(11.0 if hidden else 6.0, 5.0), layout="constrained")
    ax = figure.add_subplot(1, 2 if hidden else 1, 1)
    shown = ax.contourf(*side, z, levels=levels, cmap=_SURFACE, extend="both")
    _boundary(ax, side[0], side[1], z, threshold)
    _points(ax, X, y, [f"({a:g}, {b:g})" for a, b in X])
    ax.set_xlabel("x₁", fontsize=12)
    ax.set_ylabel("x₂", fontsize=12)
    ax.set_title("input space", fontsize=13)
    if hidden is not None:
        bent = np.asarray(hidden(plane.reshape(-1, 2))).reshape(plane.shape)
        right = figure.add_subplot(1, 2, 2)
        for k in range(0, 161, 10):
            right.plot(bent[k, :, 0], bent[k, :, 1], color="#B8BFC9", lw=0.8, zorder=1)
            right.plot(bent[:, k, 0], bent[:, k, 1], color="#B8BFC9", lw=0.8, zorder=1)
        _hidden_line(right, bent, z, threshold)
        _points(right, np.asarray(hidden(X)), y, [f"({a:g}, {b:g})" for a, b in X])
        right.set_xlabel("h₁", fontsize=12)
        right.set_ylabel("h₂", fontsize=12)
        right.set_title("hidden space: the same grid, bent", fontsize=13)
    ticks = [threshold - reach, threshold, threshold + reach]
    figure.colorbar(shown, ax=ax, label="output of the model", ticks=ticks, format="%.2g")
    if title:
        figure.suptitle(title, fontsize=15)
    return figure


def _hidden_line(ax: Axes, bent: np.ndarray, z: np.ndarray, threshold: float) -> None:
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
        ax.plot(xs[keep], ys[keep], color="black", lw=1.8, label=f"output = {threshold:g}")
    ax.set_xlim(low[0] - pad[0], high[0] + pad[0])
    ax.set_ylim(low[1] - pad[1], high[1] + pad[1])


def _boundary(ax: Axes, x: np.ndarray, y: np.ndarray, z: np.ndarray, threshold: float) -> None:
    if z.min() < threshold < z.max():
        ax.contour(x, y, z, levels=[threshold], colors="black", linewidths=1.8)


def _points(ax: Axes, at: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    """The examples: classes told by shape and colour; where several fall together, their names share the place."""
    for k, value in enumerate(np.unique(y)):
        here = y == value
        ax.scatter(at[here, 0], at[here, 1], s=130, marker=_MARKERS[k % len(_MARKERS)], edgecolor="black",
                   linewidth=1.3, color=["#0877BD", "#F59322"][k % 2], label=f"y = {value:g}", zorder=3)
    if len(at) <= 8:
        places: dict[tuple[float, float], list[str]] = {}
        for point, name in zip(np.round(at, 3), names, strict=True):
            places.setdefault((float(point[0]), float(point[1])), []).append(name)
        for place, together in places.items():
            ax.annotate(" ".join(together), place, xytext=(9, 9), textcoords="offset points", fontsize=11, zorder=4)
    ax.legend(loc="best", fontsize=10)


def _image(ax: Axes, picture: Any) -> None:
    ax.imshow(picture, cmap="gray_r")
    ax.set_xticks([])
    ax.set_yticks([])


def _apart(values: Sequence[float], ax: Axes) -> list[float]:
    """Heights for labels near `values` that do not cover each other."""
    low, high = ax.get_ylim()
    gap = 0.07 * (high - low)
    places = list(values)
    order = sorted(range(len(places)), key=places.__getitem__)
    for below, above in zip(order, order[1:], strict=False):
        places[above] = max(places[above], places[below] + gap)
    return places
