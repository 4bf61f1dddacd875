"""Curves: of training over the epochs, and of the gradient through the layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from ..words import Words
from .base import (
    BAD,
    GOOD,
    LINES,
    VALUE,
    Figure,
    apart,
    axes,
    drawable,
    headline,
    plain,
    styled,
)
from .words import words_of_plots


@styled
def training_curves(history: Any, *, test: Any = None, title: str = "", lang: str = "en") -> Figure:
    """Each quantity of a History over the epochs, validation dashed beside it, the last value at
    the end of its curve; `test` adds the value on the test set, a diamond after the last epoch.

    `history` is what `fit` returned, or its dict; `test` what `evaluate` returned (a number, or the
    loss and the metrics in order), or a dict. Where training diverged, the curve ends, and says
    when. Errors: a `test` of more numbers than there are curves.

    >>> len(training_curves({"loss": [0.5, 0.4], "accuracy": [0.8, 0.9]}).axes)
    2
    """
    words = words_of_plots(lang)
    numbers: Mapping[str, Sequence[float]] = getattr(history, "history", history)
    if not isinstance(numbers, Mapping):
        raise TypeError(
            "training_curves draws what fit() returned, or a dict of lists, not "
            f"{type(history).__name__}"
        )
    names = [n for n in numbers if not n.startswith("val_")] or ["loss"]
    tested = _tested(test, names)
    figure = Figure(figsize=(5.4 * len(names), 4.0), layout="constrained")
    for k, name in enumerate(names):
        ax = figure.add_subplot(1, len(names), k + 1)
        ends: list[tuple[float, float, str, str]] = []
        last = max((len(numbers.get(key, ())) for key in (name, f"val_{name}")), default=0)
        for key, style, color, label in (
            (name, "o-", VALUE, "training"),
            (f"val_{name}", "s--", BAD, "validation"),
        ):
            if len(numbers.get(key, ())):
                ends.append(_curve(ax, numbers[key], style, color, words[label], words))
        if name in tested:
            ax.plot([max(last, 1)], [tested[name]], "D", color=GOOD, markersize=8)
            ends.append((last, tested[name], f"{words['test']} {tested[name]:.4f}", GOOD))
        if not ends:
            ax.text(
                0.5,
                0.5,
                words["nothing"],
                ha="center",
                va="center",
                transform=ax.transAxes,
                fontsize=12,
            )
        finite = [e for e in ends if np.isfinite(e[1])]
        for (x_end, y_end, text, color), y_text in zip(
            finite, apart([e[1] for e in finite], ax), strict=True
        ):
            ax.annotate(
                text,
                (x_end, y_end),
                xytext=(x_end + 0.12 + 0.02 * x_end, y_text),
                color=color,
                fontsize=11,
                va="center",
            )
        ax.set_xlim(0.8, max(last, 1) * 1.38 + 0.2)
        ax.xaxis.set_major_locator(FixedLocator([1]) if last <= 1 else MaxNLocator(8, integer=True))
        ax.set_xlabel(words["epoch"], fontsize=12)
        ax.set_title(words.get(name), fontsize=14)
        plain(ax)
    headline(figure, title)
    return figure


def _curve(
    ax: Axes, values: Sequence[float], style: str, color: str, label: str, words: Words
) -> tuple[float, float, str, str]:
    """Draw a curve as far as it is finite. Returns its end, and what stands there."""
    y = drawable(values)
    x = np.arange(1, len(y) + 1)
    # Beyond some dozens of epochs the markers would be a band of their own.
    ax.plot(x, y, style if len(x) <= 30 else style[1:], color=color, lw=2)
    good = np.flatnonzero(np.isfinite(y))
    if len(good) == len(y):
        return float(x[-1]), float(y[-1]), f"{label} {y[-1]:.4f}", color
    first = int(np.flatnonzero(~np.isfinite(y))[0]) + 1
    text = f"{label}: {words['diverged']} {first}"
    if not len(good):
        ax.text(
            0.5,
            0.5,
            text,
            ha="center",
            va="center",
            transform=ax.transAxes,
            fontsize=11,
            color=color,
        )
        return float(x[-1]), float("nan"), text, color
    return float(x[good[-1]]), float(y[good[-1]]), text, color


def _tested(test: Any, names: Sequence[str]) -> dict[str, float]:
    """The numbers of the test set, by name."""
    if test is None:
        return {}
    if isinstance(test, Mapping):
        return {str(k): float(v) for k, v in test.items()}
    values = [float(v) for v in np.atleast_1d(np.asarray(test, float))]
    if len(values) > len(names):
        raise ValueError(
            f"test has {len(values)} numbers for the curves {', '.join(names)}; write "
            "test={'loss': ...}"
        )
    return dict(zip(names, values, strict=False))


@styled
def gradient_flow(
    models: Mapping[str, Any], *, title: str = "", lang: str = "en", ax: Axes | None = None
) -> Figure:
    """How large the gradient is that reaches each layer: √mean (∂L/∂W)² of every weight matrix,
    from the input layer to the output layer, on a logarithmic scale, a curve a model. With sigmoids
    it vanishes towards the input: every layer multiplies it by σ' ≤ 1/4.

    `models` maps a label to a model, or to a list of parameters, after `backward()`; matrices
    count, biases do not. Errors: parameters without a gradient. Lecture 07, "Activation Functions".

    >>> import tinygrad_edu as tg
    >>> model = tg.nn.MLP(2, 3, 1, seed=0)
    >>> tg.mse(model(np.ones((4, 2))), np.ones((4, 1))).backward()
    >>> len(gradient_flow({"relu": model}).axes[0].lines)
    1
    """
    words = words_of_plots(lang)
    figure, ax = axes(ax, (7.5, 4.6))
    ends = []
    for k, (label, model) in enumerate(models.items()):
        matrices = [
            p
            for p in (model.parameters() if hasattr(model, "parameters") else model)
            if p.ndim >= 2
        ]
        if not matrices or any(p.grad is None for p in matrices):
            raise ValueError(
                f"{label!r} has weight matrices without a gradient; call loss.backward() first"
            )
        with np.errstate(all="ignore"):
            sizes = drawable(
                [np.sqrt(np.mean(np.square(p.grad, dtype=float))) for p in matrices]
            ).tolist()
        color, dash, marker = LINES[k % len(LINES)]
        ax.plot(range(1, len(sizes) + 1), sizes, dash, marker=marker, color=color, label=label)
        seen = [(j + 1, v) for j, v in enumerate(sizes) if np.isfinite(v)] or [(1, 0.0)]
        ends.append(
            (*max(seen), label, color)
            if seen[-1][1]
            else (seen[-1][0], max(v for _, v in seen), label, color)
        )
    if any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines):
        ax.set_yscale("log", nonpositive="mask")  # a gradient that is 0 has no place on it
    ax.set_xlabel(words["layer"], fontsize=12)
    ax.set_ylabel(words["gradient of the weights"], fontsize=12)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    longest = max(e[0] for e in ends)
    ax.set_xlim(0.7, longest * 1.28 + 0.3)
    for (x, y, text, color), height in zip(ends, apart([e[1] for e in ends], ax), strict=True):
        ax.annotate(
            text,
            (x, y),
            xytext=(x + 0.02 * longest + 0.1, height),
            color=color,
            fontsize=13,
            va="center",
        )
    plain(ax)
    ax.set_title(title, fontsize=14)
    return figure
