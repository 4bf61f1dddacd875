"""The activation functions and their derivatives, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.nn import Activation
from tinygrad_edu.tensor import Tensor

from .base import GRADIENT, VALUE, Figure, headline, styled, tidy
from .words import words_of_plots

CATALOGUE = (
    "threshold",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "hard_tanh",
    "silu",
    "gelu",
    "log_sigmoid",
    "sin",
    "cos",
    "exp",
)
"""The functions of one number, in the order in which they are drawn."""


@styled
def activations(
    names: Sequence[str | Callable[[Any], Any]] | None = None,
    *,
    low: float = -4.0,
    high: float = 4.0,
    columns: int = 5,
    title: str = "",
    lang: str = "en",
) -> Figure:
    """f(x) solid and f'(x) dashed for several activation functions, side by side on one scale.

    The derivatives are the engine's own.

    - `names`: names that `nn.Activation` knows, or functions of a tensor; all of CATALOGUE without
      it. (rbf, which has weights of its own, and the softmaxes, which are no functions of one
      number, are not among them.)
    - `low`, `high`: the ends of the x axis; `columns`: how many functions stand in a row.
    - `title`, `lang` ("en" or "es"): as in every plot.

    Returns a Figure. Errors: ValueError for an unknown name. Source: lecture 07, "Activation
    Functions" and "Otras funciones de activación".

    >>> figure = activations(["relu", "tanh"])
    >>> [ax.get_title() for ax in figure.axes]
    ['relu', 'tanh']
    """
    words = words_of_plots(lang)
    chosen = list(CATALOGUE if names is None else names)
    columns = min(columns, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(2.7 * columns, 2.5 * rows + 0.7), layout="constrained")
    # A kink at a point of the grid is drawn as the jump it is: one point just left of it, one just
    # right.
    grid = np.sort(np.concatenate([np.linspace(low, high, 401), np.array([-1.0, 0.0, 1.0]) + 1e-9]))
    for k, name in enumerate(chosen):
        f = Activation(name)
        x = Tensor(grid, requires_grad=True)
        y = f(x)
        if y.requires_grad:
            y.backward(np.ones_like(grid))
        ax = figure.add_subplot(rows, columns, k + 1)
        ax.axhline(0, color="#C3C8D0", lw=0.8)
        ax.axvline(0, color="#C3C8D0", lw=0.8)
        ax.plot(grid, y.numpy(), color=VALUE, lw=2.2, label="f")
        ax.plot(
            grid,
            np.zeros_like(grid) if x.grad is None else x.grad,
            "--",
            color=GRADIENT,
            lw=2,
            label="f'",
        )
        ax.set_xlim(low, high)
        ax.set_ylim(-1.6, 2.6)
        ax.set_title(
            name
            if isinstance(name, str)
            else getattr(name, "__name__", getattr(name, "name", "f")),
            fontsize=13,
        )
        tidy(ax)
        ax.label_outer()
    figure.axes[0].legend(loc="upper left", fontsize=11)
    headline(figure, title or words["activations"])
    return figure
