"""A network as the lecture draws it: circles for neurons, lines for weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from tinygrad_edu.autodiff.conversions import array_of

from ..numbers import short
from ..words import Words
from .base import GOOD, GRADIENT, INPUT, MUTED, VALUE, Figure, axes, styled, subscript
from .words import words_of_plots

MOST_WRITTEN = 12
"""Up to so many links between two layers have their weight written on them."""

RADIUS = 0.3
SPACING = 2.6
"""Of a neuron, and from one layer to the next."""

Places = dict[int, tuple[float, float]]


class DenseLayer(NamedTuple):
    """What is drawn of a dense layer."""

    weight: np.ndarray  # (d, units)
    bias: np.ndarray | None  # (units,)
    activation: str  # its name; "" for none


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
    """A multilayer perceptron: each layer is a column of neurons, each weight w a link.

    A link is as wide as |w|, on one scale for all layers; blue and solid where w is positive,
    orange and dashed where it is negative. The number in a neuron is its bias.

    - `model`: a model with dense layers, or a list of weight matrices W (d, units), or of pairs
      (W, b).
    - `most`: of a layer with more neurons, the first ones and the last one are drawn, and under
      the column stands how many there are.
    - `inputs`, `outputs`: names for the neurons of the first and of the last column.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure. Errors: ValueError for a model without dense layers, for one that has not seen
    data yet, and for matrices whose shapes do not follow each other. Source: lecture 07,
    "Multilayer Perceptrons".

    >>> figure = network([np.ones((2, 3)), np.ones((3, 1))])
    >>> sum(type(p).__name__ == "Circle" for p in figure.axes[0].patches)
    6
    """
    words = words_of_plots(lang)
    layers = _dense_layers(model)
    sizes = [layers[0].weight.shape[0], *(layer.weight.shape[1] for layer in layers)]
    shown = [_shown_neurons(n, most) for n in sizes]
    tall = max(len(rows) for rows in shown)
    figure, ax = axes(ax, (SPACING * len(sizes) + 1.6, max(3.2, 0.95 * tall + 1.4)))
    places = [_places(column, rows) for column, rows in enumerate(shown)]
    largest = max(float(np.abs(layer.weight).max(initial=0.0)) for layer in layers) or 1.0
    for layer, left, right in zip(layers, places, places[1:], strict=False):
        _links(ax, layer.weight, left, right, largest)
    for column, rows in enumerate(shown):
        last = column == len(sizes) - 1
        computed_by = layers[column - 1] if column else None
        names = inputs if column == 0 else None
        if last:
            names = outputs
        _neurons(ax, column, places[column], computed_by, names, last)
        _dots(ax, column, rows)
        text = _caption(words, sizes[column], computed_by, last)
        ax.text(SPACING * column, -tall / 2 - 0.35, text, ha="center", va="top", fontsize=11.5)
    _legend(ax, words, any(layer.bias is not None for layer in layers))
    ax.set_xlim(-0.8, SPACING * (len(sizes) - 1) + 0.8)
    ax.set_ylim(-tall / 2 - 0.95, tall / 2 + 0.05)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(title, fontsize=15)
    return figure


def _shown_neurons(n: int, most: int) -> list[int | None]:
    """Which neurons of n are drawn, from top to bottom; None where some are left out."""
    if n <= most:
        return list(range(n))
    return [*range(most - 2), None, n - 1]


def _places(column: int, rows: Sequence[int | None]) -> Places:
    """Where the neurons of a column stand, by their number."""
    return {
        k: (SPACING * column, (len(rows) - 1) / 2 - row)
        for row, k in enumerate(rows)
        if k is not None
    }


def sign_style(w: float) -> tuple[str, Any]:
    """The colour and the dash of a weight: blue and solid where it is not negative."""
    return (VALUE, "-") if w >= 0 else (GRADIENT, (0, (4, 2)))


def _links(ax: Axes, W: np.ndarray, left: Places, right: Places, largest: float) -> None:
    """The weights between two columns; `largest` is the greatest |w| of the network."""
    written = len(left) * len(right) <= MOST_WRITTEN
    for order, (a, (x0, y0)) in enumerate(left.items()):
        # The numbers of one neuron stand side by side in a column, another one for each neuron, so
        # that none covers another.
        at = 0.36 + 0.34 * order / max(1, len(left) - 1)
        for b, (x1, y1) in right.items():
            w = float(W[a, b])
            color, dash = sign_style(w)
            ax.plot(
                [x0 + RADIUS, x1 - RADIUS],
                [y0, y1],
                ls=dash,
                color=color,
                zorder=1,
                lw=0.4 + 3.0 * abs(w) / largest,
                alpha=0.85 if written else 0.6,
            )
            if written:
                ax.text(
                    x0 + RADIUS + at * (x1 - x0 - 2 * RADIUS),
                    y0 + at * (y1 - y0),
                    short(w),
                    fontsize=10,
                    color=color,
                    ha="center",
                    va="center",
                    zorder=2,
                    bbox={"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.9},
                )


def _neurons(
    ax: Axes,
    column: int,
    places: Places,
    layer: DenseLayer | None,
    names: Sequence[str] | None,
    last: bool,
) -> None:
    """The neurons of a column; `layer` computes them, None for the inputs."""
    fill, edge = ("#D3F0E5", GOOD) if last else ("#ECEFF3", MUTED)
    if column == 0:
        fill, edge = "#DCEEFA", INPUT
    bias = None if layer is None else layer.bias
    for k, (x, y) in places.items():
        ax.add_patch(Circle((x, y), RADIUS, facecolor=fill, edgecolor=edge, lw=2, zorder=3))
        name = names[k] if names is not None and k < len(names) else None
        inside = "" if bias is None else _narrow(bias[k])
        if column == 0:
            inside = name or f"x{subscript(k)}"
        elif name is not None and bias is None:
            inside = name
        elif name is not None:
            ax.text(x + RADIUS + 0.1, y, name, ha="left", va="center", fontsize=11)
        size = 10.5 if len(inside) < 4 else 13 - len(inside)
        ax.text(x, y, inside, ha="center", va="center", zorder=4, fontsize=size)


def _dots(ax: Axes, column: int, rows: Sequence[int | None]) -> None:
    """Three dots where neurons are left out."""
    for row, k in enumerate(rows):
        if k is None:
            ax.text(
                SPACING * column,
                (len(rows) - 1) / 2 - row,
                "⋮",
                ha="center",
                va="center",
                fontsize=20,
                color=MUTED,
            )


def _caption(words: Words, size: int, layer: DenseLayer | None, last: bool) -> str:
    """What stands under a column: which layer it is, how many neurons, its activation."""
    if layer is None:
        return f"{words['input layer']}\n{size}"
    name = words["output layer" if last else "hidden layer"]
    return f"{name}\n{size}, {layer.activation}" if layer.activation else f"{name}\n{size}"


def _legend(ax: Axes, words: Words, with_bias: bool) -> None:
    ax.plot([], [], color=VALUE, lw=2.5, label=words["positive"])
    ax.plot([], [], color=GRADIENT, lw=2.5, ls=(0, (4, 2)), label=words["negative"])
    if with_bias:
        ax.plot([], [], "o", label=words["bias"], mfc="#ECEFF3", mec=MUTED, ms=11)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, fontsize=10.5, frameon=False)


def _dense_layers(model: Any) -> list[DenseLayer]:
    """The dense layers of a model, or of a list of matrices. Errors: those of `network`."""
    if isinstance(model, (list, tuple)):
        layers = [_from_arrays(item) for item in model]
    else:
        layers = _of_model(model)
    if not layers or any(layer.weight.ndim != 2 for layer in layers):
        raise ValueError(
            "a network is drawn from its dense layers, and there are none; pass a model of "
            "nn.Dense layers, or a list of weight matrices (d, units)"
        )
    for a, b in zip(layers, layers[1:], strict=False):
        if a.weight.shape[1] != b.weight.shape[0]:
            raise ValueError(
                f"matrices {a.weight.shape} and {b.weight.shape} do not follow each other"
            )
    return layers


def _from_arrays(item: Any) -> DenseLayer:
    W, b = item if isinstance(item, tuple) else (item, None)
    bias = None if b is None else np.asarray(array_of(b), float).reshape(-1)
    return DenseLayer(np.asarray(array_of(W), float), bias, "")


def _of_model(model: Any) -> list[DenseLayer]:
    layers: list[DenseLayer] = []
    for layer in getattr(model, "layers", [model]):
        activation = getattr(getattr(layer, "activation", None), "name", "")
        if hasattr(layer, "weight"):
            if layer.weight is None:
                raise ValueError(
                    f"{layer!r} does not know its inputs yet; call the model on data first"
                )
            bias = None if layer.bias is None else np.asarray(array_of(layer.bias), float)
            layers.append(DenseLayer(np.asarray(array_of(layer.weight), float), bias, activation))
        elif layers and hasattr(layer, "activation"):  # a layer of its own, after the dense one
            layers[-1] = layers[-1]._replace(activation=activation)
    return layers


def _narrow(x: float) -> str:
    """A number that fits into a circle: as many of its three digits as four characters and a sign
    hold."""
    texts = [short(x), *(short(float(f"{x:.{n}g}")) for n in (2, 1))]
    return next((t for t in texts if len(t.lstrip("-")) <= 4), texts[-1])
