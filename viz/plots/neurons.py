"""Networks as the lecture draws them: circles for neurons, lines for weights; and a single neuron
with its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import ArrayLike

from ..numbers import short
from .base import GOOD, GRADIENT, INPUT, MUTED, VALUE, Figure, axes, styled
from .words import words_of_plots

_WRITTEN = 12
"""Up to so many links of two layers have their weight written on them."""


@styled
def network(
    model: Any,
    *,
    most: int = 8,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """A multilayer perceptron: a column of neurons a layer, a link a weight, its width |w|, its
    colour and dash the sign (blue solid: positive; orange dashed: negative). The bias stands in the
    neuron.

    `model` is a model with dense layers, or a list of weight matrices W (d, units), or of pairs (W,
    b). Of more than `most` neurons the first and the last are drawn, with the number of all.
    Errors: a model without dense layers, or one that has not seen data yet. Lecture 07, "Multilayer
    Perceptrons".

    >>> figure = network([np.ones((2, 3)), np.ones((3, 1))])
    >>> sum(type(p).__name__ == "Circle" for p in figure.axes[0].patches)
    6
    """
    words = words_of_plots(lang)
    layers = _layers(model)
    sizes = [layers[0][0].shape[0], *(W.shape[1] for W, _, _ in layers)]
    shown = [_few(n, most) for n in sizes]
    tall = max(len(s) for s in shown)
    figure, ax = axes(ax, (2.6 * len(sizes) + 1.6, max(3.2, 0.95 * tall + 1.4)))
    places = [
        {k: (2.6 * column, (len(s) - 1) / 2 - row) for row, k in enumerate(s) if k is not None}
        for column, s in enumerate(shown)
    ]
    radius = 0.3
    for (W, _, _), left, right in zip(layers, places, places[1:], strict=False):
        reach = float(np.abs(W).max()) or 1.0
        written = len(left) * len(right) <= _WRITTEN
        for order, (a, (x0, y0)) in enumerate(left.items()):
            for b, (x1, y1) in right.items():
                w = float(W[a, b])
                color, dash = (VALUE, "-") if w >= 0 else (GRADIENT, (0, (4, 2)))
                ax.plot(
                    [x0 + radius, x1 - radius],
                    [y0, y1],
                    ls=dash,
                    color=color,
                    zorder=1,
                    lw=0.4 + 3.0 * abs(w) / reach,
                    alpha=0.85 if written else 0.6,
                )
                if written:
                    # Those of one neuron side by side in a column, a column a neuron, so that none
                    # covers another.
                    at = 0.36 + 0.34 * order / max(1, len(left) - 1)
                    ax.text(
                        x0 + radius + at * (x1 - x0 - 2 * radius),
                        y0 + at * (y1 - y0),
                        short(w),
                        fontsize=10,
                        color=color,
                        ha="center",
                        va="center",
                        zorder=2,
                        bbox={
                            "boxstyle": "round,pad=0.12",
                            "fc": "white",
                            "ec": "none",
                            "alpha": 0.9,
                        },
                    )
    for column, (spots, s) in enumerate(zip(places, shown, strict=True)):
        last = column == len(sizes) - 1
        fill, edge = (
            ("#DCEEFA", INPUT) if column == 0 else ("#D3F0E5", GOOD) if last else ("#ECEFF3", MUTED)
        )
        bias = layers[column - 1][1] if column else None
        for k, (x, y) in spots.items():
            ax.add_patch(Circle((x, y), radius, facecolor=fill, edgecolor=edge, lw=2, zorder=3))
            given = inputs if column == 0 else outputs if last else None
            text = (
                given[k]
                if given is not None and k < len(given)
                else f"x{_sub(k)}"
                if column == 0
                else _narrow(bias[k])
                if bias is not None
                else ""
            )
            out = given is not None and last and bias is not None
            inside = _narrow(bias[k]) if out and bias is not None else text
            ax.text(
                x,
                y,
                inside,
                ha="center",
                va="center",
                zorder=4,
                fontsize=10.5 if len(inside) < 4 else 13 - len(inside),
            )
            if out:
                ax.text(x + radius + 0.1, y, text, ha="left", va="center", fontsize=11)
        for row, j in enumerate(s):
            if j is None:
                ax.text(
                    2.6 * column,
                    (len(s) - 1) / 2 - row,
                    "⋮",
                    ha="center",
                    va="center",
                    fontsize=20,
                    color=MUTED,
                )
        name = words["input layer" if column == 0 else "output layer" if last else "hidden layer"]
        under = f"{name}\n{sizes[column]}" + (
            f", {layers[column - 1][2]}" if column and layers[column - 1][2] else ""
        )
        ax.text(2.6 * column, -tall / 2 - 0.35, under, ha="center", va="top", fontsize=11.5)
    ax.plot([], [], color=VALUE, lw=2.5, label=words["positive"])
    ax.plot([], [], color=GRADIENT, lw=2.5, ls=(0, (4, 2)), label=words["negative"])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, fontsize=10.5, frameon=False)
    ax.set_xlim(-0.8, 2.6 * (len(sizes) - 1) + 0.8)
    ax.set_ylim(-tall / 2 - 0.95, tall / 2 + 0.05)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(title, fontsize=15)
    return figure


@styled
def perceptron(
    weights: ArrayLike,
    bias: float = 0.0,
    inputs: ArrayLike | None = None,
    *,
    activation: str | Callable[[Any], Any] = "relu",
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """One neuron, y = σ(Σ wᵢxᵢ + b): inputs, weighted links, the sum, the activation, the output;
    with the numbers in it where `inputs` are given.

    `weights` (d,). Lecture 07, "From Linear to Neural".

    >>> figure = perceptron([1.0, -2.0], 0.5, [3.0, 1.0])
    >>> [t.get_text() for t in figure.axes[0].texts][-1]
    'y = 1.5'
    """
    import tinygrad_edu as tg

    # signs and numbers only; the language is checked all the same
    words_of_plots(lang)
    w = np.asarray(getattr(weights, "_data", weights), float).reshape(-1)
    x = None if inputs is None else np.asarray(inputs, float).reshape(-1)
    if x is not None and x.shape != w.shape:
        raise ValueError(f"{len(x)} inputs for {len(w)} weights")
    name = activation if isinstance(activation, str) else getattr(activation, "name", "σ")
    figure, ax = axes(ax, (9.0, max(3.2, 0.9 * (len(w) + 1) + 0.8)))
    rows = [*range(len(w)), None]  # the bias is the last input, a constant 1
    height = lambda k: (len(rows) - 1) / 2 - k
    for k, i in enumerate(rows):
        value = w[i] if i is not None else bias
        color, dash = (VALUE, "-") if value >= 0 else (GRADIENT, (0, (4, 2)))
        ax.add_patch(
            FancyArrowPatch(
                (0.4, height(k)),
                (2.95, 0.18 * height(k)),
                arrowstyle="-|>",
                mutation_scale=14,
                color=color,
                lw=1.2 + min(3.0, abs(value)),
                ls=dash,
                zorder=1,
            )
        )
        ax.add_patch(
            Circle(
                (0, height(k)),
                0.38,
                facecolor="#DCEEFA" if i is not None else "#F6E3EE",
                edgecolor=INPUT if i is not None else "#CC79A7",
                lw=2,
                zorder=3,
            )
        )
        said = "1" if i is None else f"x{_sub(i)}" if x is None else f"x{_sub(i)}={short(x[i])}"
        ax.text(
            0,
            height(k),
            said,
            ha="center",
            va="center",
            fontsize=11 if x is None else 9.5,
            zorder=4,
        )
        label = f"b = {short(bias)}" if i is None else f"w{_sub(i)} = {short(w[i])}"
        ax.text(
            1.5,
            height(k) * 0.72,
            label,
            ha="center",
            va="center",
            fontsize=11,
            color=color,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
            zorder=2,
        )
    z = None if x is None else float(w @ x + bias)
    with tg.no_grad():
        y = None if z is None else tg.nn.Activation(activation)(tg.tensor([z])).item()
    for at, sign, under in (
        (3.4, "Σ", "z" if z is None else f"z = {short(z)}"),
        (5.2, "σ" if name == "σ" else name, ""),
    ):
        ax.add_patch(
            Circle(
                (at, 0),
                0.45 if sign == "Σ" else 0.62,
                facecolor="#ECEFF3",
                edgecolor=MUTED,
                lw=2,
                zorder=3,
            )
        )
        ax.text(
            at, 0, sign, ha="center", va="center", fontsize=18 if len(sign) == 1 else 11, zorder=4
        )
        ax.text(at, -0.8, under, ha="center", va="center", fontsize=12)
    for x0, x1 in ((3.85, 4.58), (5.82, 6.6)):
        ax.add_patch(
            FancyArrowPatch(
                (x0, 0), (x1, 0), arrowstyle="-|>", mutation_scale=14, color=VALUE, lw=2
            )
        )
    ax.text(
        6.7,
        0,
        "y" if y is None else f"y = {short(y)}",
        ha="left",
        va="center",
        fontsize=14,
        color=GOOD,
        fontweight="bold",
    )
    ax.set_xlim(-0.7, 8.0)
    ax.set_ylim(-len(rows) / 2 - 0.1, len(rows) / 2 + 0.1)
    ax.set_aspect("equal")
    ax.axis("off")
    formula = f"y = {name}(Σ wᵢ·xᵢ + b)"
    ax.set_title(f"{title}: {formula}" if title else formula, fontsize=14)
    return figure


def _layers(model: Any) -> list[tuple[np.ndarray, np.ndarray | None, str]]:
    """(W, b, activation) of each dense layer."""
    found: list[tuple[np.ndarray, np.ndarray | None, str]] = []
    data = lambda t: None if t is None else np.asarray(getattr(t, "_data", t), float)
    if isinstance(model, (list, tuple)):
        for item in model:
            W, b = item if isinstance(item, tuple) else (item, None)
            found.append(
                (np.asarray(data(W)), None if b is None else np.asarray(data(b)).reshape(-1), "")
            )
    else:
        for layer in getattr(model, "layers", [model]):
            if hasattr(layer, "weight"):
                if layer.weight is None:
                    raise ValueError(
                        f"{layer!r} does not know its inputs yet; call the model on data first"
                    )
                activation = getattr(layer, "activation", None)
                found.append(
                    (
                        np.asarray(data(layer.weight)),
                        data(layer.bias),
                        getattr(activation, "name", "") if activation is not None else "",
                    )
                )
            elif found and hasattr(layer, "activation"):
                W, b, _ = found[-1]
                found[-1] = (W, b, getattr(layer.activation, "name", ""))
    if not found or any(W.ndim != 2 for W, _, _ in found):
        raise ValueError(
            "a network is drawn from its dense layers, and there are none; pass a model of "
            "nn.Dense layers, or a list of weight matrices (d, units)"
        )
    for (a, _, _), (b, _, _) in zip(found, found[1:], strict=False):
        if a.shape[1] != b.shape[0]:
            raise ValueError(f"matrices {a.shape} and {b.shape} do not follow each other")
    return found


def _few(n: int, most: int) -> list[int | None]:
    """Which neurons of n are drawn; None where some are left out."""
    if n <= most:
        return list(range(n))
    return [*range(most - 2), None, n - 1]


def _narrow(x: float) -> str:
    """A number that fits into a circle: as many of its three digits as four characters and a sign
    hold."""
    texts = [short(x), *(short(float(f"{x:.{n}g}")) for n in (2, 1))]
    return next((t for t in texts if len(t.lstrip("-")) <= 4), texts[-1])


def _sub(k: int) -> str:
    return str(k + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
