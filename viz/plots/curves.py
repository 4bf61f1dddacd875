"""Curves: of training over the epochs, and of the gradient through the layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, Locator, MaxNLocator

from ..words import Words
from .base import (
    BAD,
    GOOD,
    LINES,
    VALUE,
    Figure,
    axes,
    drawable,
    headline,
    label_heights,
    say_in_the_middle,
    styled,
    tidy,
)
from .words import words_of_plots


class End(NamedTuple):
    """The end of a curve, and what is written there."""

    x: float
    y: float
    text: str
    color: str


@styled
def training_curves(history: Any, *, test: Any = None, title: str = "", lang: str = "en") -> Figure:
    """The loss and each metric over the epochs: training solid, validation dashed.

    The last value stands at the end of its curve. Where training diverged, the curve ends, and says
    from which epoch on it is not finite.

    - `history`: what `fit` returned, or its dict: `{"loss": [...], "val_loss": [...]}`.
    - `test`: the values on the test set, as diamonds after the last epoch: what `evaluate` returned
      (a number, or the loss and the metrics in order), or a dict.
    - `title`, `lang` ("en" or "es"): as in every plot.

    Returns a Figure with axes for each quantity. Errors: TypeError for a history that is none,
    ValueError for a `test` of more numbers than there are quantities.

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
        _quantity(ax, name, numbers, tested.get(name), words)
        tidy(ax)
    headline(figure, title)
    return figure


def _quantity(
    ax: Axes,
    name: str,
    numbers: Mapping[str, Sequence[float]],
    tested: float | None,
    words: Words,
) -> None:
    """One quantity: its curves, and its value on the test set."""
    training, validation = numbers.get(name, ()), numbers.get(f"val_{name}", ())
    last = max(len(training), len(validation))
    ends: list[End] = []
    if len(training):
        ends.append(_curve(ax, training, "o-", VALUE, words["training"], words))
    if len(validation):
        ends.append(_curve(ax, validation, "s--", BAD, words["validation"], words))
    if tested is not None:
        ax.plot([max(last, 1)], [tested], "D", color=GOOD, markersize=8)
        ends.append(End(last, tested, f"{words['test']} {tested:.4f}", GOOD))
    if not ends:
        say_in_the_middle(ax, words["nothing"], size=12)
    finite = [e for e in ends if np.isfinite(e.y)]
    for end, height in zip(finite, label_heights([e.y for e in finite], ax), strict=True):
        ax.annotate(
            end.text,
            (end.x, end.y),
            xytext=(end.x + 0.12 + 0.02 * end.x, height),
            color=end.color,
            fontsize=11,
            va="center",
        )
    ax.set_xlim(0.8, max(last, 1) * 1.38 + 0.2)
    ax.xaxis.set_major_locator(_whole_ticks(last, 8))
    ax.set_xlabel(words["epoch"], fontsize=12)
    ax.set_title(words.get(name), fontsize=14)


def _whole_ticks(last: int, most: int) -> Locator:
    """Ticks at whole numbers from 1 to the last one: beyond it only labels stand."""
    if last <= 1:
        return FixedLocator([1])
    ticks = MaxNLocator(most, integer=True).tick_values(1, last)
    return FixedLocator([t for t in ticks if 1 <= t <= last])


def _curve(
    ax: Axes, values: Sequence[float], style: str, color: str, label: str, words: Words
) -> End:
    """Draw a curve as far as it is finite. Returns its end, and what stands there."""
    y = drawable(values)
    x = np.arange(1, len(y) + 1)
    # Beyond some dozens of epochs the markers would be a band of their own.
    ax.plot(x, y, style if len(x) <= 30 else style[1:], color=color, lw=2)
    good = np.flatnonzero(np.isfinite(y))
    if len(good) == len(y):
        return End(float(x[-1]), float(y[-1]), f"{label} {y[-1]:.4f}", color)
    first = int(np.flatnonzero(~np.isfinite(y))[0]) + 1
    text = f"{label}: {words['diverged']} {first}"
    if not len(good):
        say_in_the_middle(ax, text, size=11, color=color)
        return End(float(x[-1]), float("nan"), text, color)
    return End(float(x[good[-1]]), float(y[good[-1]]), text, color)


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
    """√mean (∂L/∂W)² of every weight matrix: how large the gradient is that reaches each layer.

    A curve for each model, from the input layer to the output layer, on a logarithmic scale. With
    sigmoids it vanishes towards the input: every layer multiplies it by σ' ≤ 1/4.

    - `models`: by label, a model or a list of parameters, after `backward()`. Matrices count,
      biases do not.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure. Errors: ValueError for parameters without a gradient. Source: lecture 07,
    "Activation Functions".

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
        sizes = _gradient_sizes(label, model)
        color, dash, marker = LINES[k % len(LINES)]
        layers = range(1, len(sizes) + 1)
        ax.plot(layers, sizes, dash, marker=marker, color=color, label=label)
        ends.append(_last_seen(sizes, label, color))
    if any(np.any(np.asarray(line.get_ydata()) > 0) for line in ax.lines):
        ax.set_yscale("log", nonpositive="mask")  # a gradient that is 0 has no place on it
    ax.set_xlabel(words["layer"], fontsize=12)
    ax.set_ylabel(words["gradient of the weights"], fontsize=12)
    longest = max(e.x for e in ends)
    ax.set_xlim(0.7, longest * 1.28 + 0.3)
    ax.xaxis.set_major_locator(_whole_ticks(int(longest), 10))
    for end, height in zip(ends, label_heights([e.y for e in ends], ax), strict=True):
        ax.annotate(
            end.text,
            (end.x, end.y),
            xytext=(end.x + 0.02 * longest + 0.1, height),
            color=end.color,
            fontsize=13,
            va="center",
        )
    tidy(ax)
    ax.set_title(title, fontsize=14)
    return figure


def _gradient_sizes(label: str, model: Any) -> list[float]:
    """The root mean square of each weight matrix's gradient."""
    parameters = model.parameters() if hasattr(model, "parameters") else model
    matrices = [p for p in parameters if p.ndim >= 2]
    if not matrices or any(p.grad is None for p in matrices):
        raise ValueError(
            f"{label!r} has weight matrices without a gradient; call loss.backward() first"
        )
    with np.errstate(all="ignore"):
        squares = [np.sqrt(np.mean(np.square(p.grad, dtype=float))) for p in matrices]
    sizes: list[float] = drawable(squares).tolist()
    return sizes


def _last_seen(sizes: list[float], label: str, color: str) -> End:
    """Where a curve's name stands: at its last finite point, or, where that is 0 and so has no
    place on the scale, as high as the highest."""
    seen = [(j + 1, v) for j, v in enumerate(sizes) if np.isfinite(v)] or [(1, 0.0)]
    x, y = seen[-1]
    return End(x, y or max(v for _, v in seen), label, color)
