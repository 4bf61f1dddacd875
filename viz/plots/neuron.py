"""A single neuron with its parts: inputs, weights, sum, activation, output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import ArrayLike

from tinygrad_edu.autodiff.conversions import array_of
from tinygrad_edu.autodiff.modes import no_grad
from tinygrad_edu.nn import Activation
from tinygrad_edu.tensor import Tensor

from ..numbers import short
from .base import GOOD, INPUT, MUTED, VALUE, Figure, axes, styled, subscript
from .network import sign_style
from .words import words_of_plots


@styled
def perceptron(
    weights: ArrayLike | Tensor,
    bias: float = 0.0,
    inputs: ArrayLike | None = None,
    *,
    activation: str | Callable[[Any], Any] = "relu",
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """One neuron, y = σ(Σ wᵢ·xᵢ + b), from its inputs to its output.

    - `weights`: w (d,); `bias`: the number b, drawn as the weight of an input that is always 1.
    - `inputs`: x (d,). With them, the numbers of the sum z and of y are written too.
    - `activation`: σ, a name that `nn.Activation` knows, or a function of a tensor.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure. Errors: ValueError for inputs that are not as many as the weights, and for an
    unknown activation. Source: lecture 07, "From Linear to Neural".

    >>> figure = perceptron([1.0, -2.0], 0.5, [3.0, 1.0])
    >>> [t.get_text() for t in figure.axes[0].texts][-1]
    'y = 1.5'
    """
    words_of_plots(lang)  # only signs and numbers are drawn, but an unknown language is refused
    w = np.asarray(array_of(weights), float).reshape(-1)
    x = None if inputs is None else np.asarray(array_of(inputs), float).reshape(-1)
    if x is not None and x.shape != w.shape:
        raise ValueError(f"{len(x)} inputs for {len(w)} weights")
    name = activation if isinstance(activation, str) else getattr(activation, "name", "σ")
    figure, ax = axes(ax, (9.0, max(3.2, 0.9 * (len(w) + 1) + 0.8)))
    for k in range(len(w)):
        text = f"x{subscript(k)}" if x is None else f"x{subscript(k)}={short(x[k])}"
        _input(ax, _height(k, len(w)), text, f"w{subscript(k)}", w[k], x is not None)
    _input(ax, _height(len(w), len(w)), "1", "b", bias, x is not None, of_bias=True)
    z = None if x is None else float(w @ x + bias)
    with no_grad():
        y = None if z is None else Activation(activation)(Tensor([z])).item()
    _step(ax, 3.4, 0.45, "Σ", "z" if z is None else f"z = {short(z)}")
    _step(ax, 5.2, 0.62, "σ" if name == "σ" else name, "")
    for start, end in ((3.85, 4.58), (5.82, 6.6)):
        _arrow(ax, (start, 0), (end, 0), color=VALUE, lw=2)
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
    ax.set_ylim(-(len(w) + 1) / 2 - 0.1, (len(w) + 1) / 2 + 0.1)
    ax.set_aspect("equal")
    ax.axis("off")
    formula = f"y = {name}(Σ wᵢ·xᵢ + b)"
    ax.set_title(f"{title}: {formula}" if title else formula, fontsize=14)
    return figure


def _height(k: int, d: int) -> float:
    """Of input k of d inputs and the bias, which stands below them."""
    return d / 2 - k


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], **options: Any) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, **options))


def _input(
    ax: Axes,
    height: float,
    text: str,
    weight: str,
    value: float,
    with_numbers: bool,
    of_bias: bool = False,
) -> None:
    """One input, and its weight on the arrow to the sum."""
    color, dash = sign_style(value)
    width = 1.2 + min(3.0, abs(value))
    _arrow(ax, (0.4, height), (2.95, 0.18 * height), color=color, lw=width, ls=dash, zorder=1)
    fill, edge = ("#F6E3EE", "#CC79A7") if of_bias else ("#DCEEFA", INPUT)
    ax.add_patch(Circle((0, height), 0.38, facecolor=fill, edgecolor=edge, lw=2, zorder=3))
    size = 9.5 if with_numbers else 11
    ax.text(0, height, text, ha="center", va="center", fontsize=size, zorder=4)
    ax.text(
        1.5,
        height * 0.72,
        f"{weight} = {short(value)}",
        ha="center",
        va="center",
        fontsize=11,
        color=color,
        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
        zorder=2,
    )


def _step(ax: Axes, x: float, radius: float, sign: str, below: str) -> None:
    """A circle with what is computed there, and the result below it."""
    ax.add_patch(Circle((x, 0), radius, facecolor="#ECEFF3", edgecolor=MUTED, lw=2, zorder=3))
    size = 18 if len(sign) == 1 else 11
    ax.text(x, 0, sign, ha="center", va="center", fontsize=size, zorder=4)
    ax.text(x, -0.8, below, ha="center", va="center", fontsize=12)
