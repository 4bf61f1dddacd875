"""Curves: of training over the epochs, and of the gradient through the layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .base import BAD, GOOD, LINES, VALUE, Said, apart, axes, headline, plain


def training_curves(history: dict[str, Sequence[float]], *, test: dict[str, float] | None = None,
                    title: str = "", lang: str = "en") -> Figure:
    """Each quantity of a History over the epochs, validation dashed beside it, the last value at the end of its curve;
    `test` adds the value on the test set, a diamond after the last epoch.

    >>> len(training_curves({"loss": [0.5, 0.4], "accuracy": [0.8, 0.9]}).axes)
    2
    """
    words = Said(lang)
    names = [n for n in history if not n.startswith("val_")]
    figure = Figure(figsize=(5.4 * len(names), 4.0), layout="constrained")
    for k, name in enumerate(names):
        ax = figure.add_subplot(1, len(names), k + 1)
        ends: list[tuple[float, float, str, str]] = []
        for key, style, color, label in ((name, "o-", VALUE, "training"), (f"val_{name}", "s--", BAD, "validation")):
            if key in history:
                x = np.arange(1, len(history[key]) + 1)
                # Beyond some dozens of epochs the markers would be a band of their own.
                ax.plot(x, history[key], style if len(x) <= 30 else style[1:], color=color, lw=2)
                ends.append((x[-1], history[key][-1], f"{words[label]} {history[key][-1]:.4f}", color))
        if test and name in test:
            last = len(history[name])
            ax.plot([last], [test[name]], "D", color=GOOD, markersize=8)
            ends.append((last, test[name], f"{words['test']} {test[name]:.4f}", GOOD))
        for (x_end, y_end, text, color), y_text in zip(ends, apart([e[1] for e in ends], ax), strict=True):
            ax.annotate(text, (x_end, y_end), xytext=(x_end + 0.12 + 0.02 * x_end, y_text), color=color, fontsize=11,
                        va="center")
        ax.set_xlim(0.8, len(history[name]) * 1.38 + 0.2)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel(words["epoch"], fontsize=12)
        ax.set_title(words[name], fontsize=14)
        plain(ax)
    headline(figure, title)
    return figure


def gradient_flow(models: Mapping[str, Any], *, title: str = "", lang: str = "en", ax: Axes | None = None) -> Figure:
    """How large the gradient is that reaches each layer: √mean (∂L/∂W)² of every weight matrix, from the input layer to
    the output layer, on a logarithmic scale, a curve a model. With sigmoids it vanishes towards the input: every layer
    multiplies it by σ' ≤ 1/4.

    `models` maps a label to a model, or to a list of parameters, after `backward()`; matrices count, biases do not.
    Errors: parameters without a gradient. Lecture 07, "Activation Functions".

    >>> import tinygrad_edu as tg
    >>> model = tg.nn.MLP(2, 3, 1, seed=0)
    >>> tg.mse(model(np.ones((4, 2))), np.ones((4, 1))).backward()
    >>> len(gradient_flow({"relu": model}).axes[0].lines)
    1
    """
    words = Said(lang)
    figure, ax = axes(ax, (7.5, 4.6))
    ends = []
    for k, (label, model) in enumerate(models.items()):
        matrices = [p for p in (model.parameters() if hasattr(model, "parameters") else model) if p.ndim >= 2]
        if not matrices or any(p.grad is None for p in matrices):
            raise ValueError(f"{label!r} has weight matrices without a gradient; call loss.backward() first")
        sizes = [float(np.sqrt(np.mean(np.square(p.grad, dtype=float)))) for p in matrices]
        color, dash, marker = LINES[k % len(LINES)]
        ax.plot(range(1, len(sizes) + 1), sizes, dash, marker=marker, color=color, label=label)
        ends.append((len(sizes), sizes[-1] or max(sizes), label, color))
    if any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines):
        ax.set_yscale("log", nonpositive="mask")         # a gradient that is 0 has no place on it
    ax.set_xlabel(words["layer"], fontsize=12)
    ax.set_ylabel(words["gradient of the weights"], fontsize=12)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    longest = max(e[0] for e in ends)
    ax.set_xlim(0.7, longest * 1.28 + 0.3)
    for (x, y, text, color), height in zip(ends, apart([e[1] for e in ends], ax), strict=True):
        ax.annotate(text, (x, y), xytext=(x + 0.02 * longest + 0.1, height), color=color, fontsize=13, va="center")
    plain(ax)
    ax.set_title(title, fontsize=14)
    return figure
