"""Images: of the data, of what a model makes of them, and of what its hidden units look for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from tinygrad_edu.autodiff.conversions import array_of
from tinygrad_edu.tensor import Tensor

from .base import BAD, GOOD, Figure, axes, headline, show_image, styled
from .words import words_of_plots


@styled
def images(
    pictures: ArrayLike, titles: Sequence[str] | None = None, *, columns: int = 5, title: str = ""
) -> Figure:
    """Grey images in a grid, black on white as in the lecture, each under its title.

    - `pictures`: (n, height, width) numbers; 0 is white, the greatest is black.
    - `titles`: n texts; `columns`: how many images stand in a row; `title`: above all.

    Returns a Figure.

    >>> len(images(np.zeros((7, 28, 28)), list("abcdefg")).axes)
    7
    """
    pictures = np.asarray(pictures)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = Figure(
        figsize=(1.75 * columns, 1.95 * rows + (0.5 if title else 0)), layout="constrained"
    )
    for k, picture in enumerate(pictures):
        ax = figure.add_subplot(rows, columns, k + 1)
        show_image(ax, picture)
        if titles is not None:
            ax.set_title(titles[k], fontsize=12)
    headline(figure, title)
    return figure


@styled
def image(
    picture: ArrayLike, *, title: str = "", lang: str = "en", ax: Axes | None = None
) -> Figure:
    """One grey image with its pixels numbered along the axes, beside the scale of its values.

    - `picture`: (height, width) numbers; the least is white, the greatest black.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure.

    >>> image(np.eye(28)).axes[0].get_title()
    ''
    """
    figure, ax = axes(ax, (5.2, 4.4))
    shown = ax.imshow(np.asarray(picture), cmap="gray_r")
    ax.set_title(title, fontsize=14)
    figure.colorbar(shown, ax=ax, label=words_of_plots(lang)["pixel"])
    return figure


@styled
def predictions(
    pictures: ArrayLike,
    probabilities: ArrayLike,
    labels: ArrayLike,
    names: Sequence[str],
    *,
    columns: int = 3,
    title: str = "",
    lang: str = "en",
) -> Figure:
    """Images, each beside the probabilities that a model gives its classes.

    The bar of the true class is green; a wrong guess is red, and the title says what it is.

    - `pictures`: (n, height, width); `probabilities`: (n, classes); `labels`: the true classes,
      (n,) whole numbers; `names`: of the classes.
    - `columns`: how many images stand in a row; `title`, `lang` ("en" or "es"): as in every plot.

    Returns a Figure.

    >>> len(predictions(np.zeros((2, 8, 8)), np.full((2, 3), 1 / 3), [0, 1], "abc").axes)
    4
    """
    words = words_of_plots(lang)
    pictures, probabilities, labels = (
        np.asarray(pictures),
        np.asarray(probabilities),
        np.asarray(labels),
    )
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = Figure(figsize=(4.3 * columns, 2.3 * rows + 0.5), layout="constrained")
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[1, 1.15] * columns)
    for k, (picture, row, label) in enumerate(zip(pictures, probabilities, labels, strict=True)):
        guess = int(row.argmax())
        right = guess == label
        left = figure.add_subplot(grid[k // columns, 2 * (k % columns)])
        show_image(left, picture)
        guessed = f"{names[guess]} {row[guess]:.0%}"
        left.set_title(
            f"{guessed} ✓" if right else f"{guessed} ✗\n{words['is']} {names[label]}",
            fontsize=11,
            color=GOOD if right else BAD,
        )
        bars = figure.add_subplot(grid[k // columns, 2 * (k % columns) + 1])
        colors = ["#C3C8D0"] * len(row)
        colors[guess] = BAD
        colors[int(label)] = GOOD
        bars.barh(range(len(row)), row, color=colors)
        bars.set_yticks(range(len(row)), names, fontsize=8)
        bars.set_xlim(0, 1)
        bars.set_xticks([0, 1], ["0", "1"], fontsize=8)
        bars.invert_yaxis()
        bars.spines[["top", "right"]].set_visible(False)
    headline(figure, title)
    return figure


@styled
def hidden_weights(
    weights: ArrayLike | Tensor,
    shape: tuple[int, int],
    *,
    columns: int = 8,
    most: int = 64,
    title: str = "",
    lang: str = "en",
) -> Figure:
    """W[:, j] as an image for each hidden unit j: what the unit looks for in its input.

    White is 0, blue negative, orange positive, on one scale for all units.

    - `weights`: W (d, units), an array or a tensor; `shape`: (height, width) of an input, with
      height · width = d.
    - `most`: so many units are drawn; `columns`: how many stand in a row.
    - `title`, `lang` ("en" or "es"): as in every plot.

    Returns a Figure. Errors: ValueError for a shape with another number of pixels than d.

    >>> len(hidden_weights(np.ones((4, 3)), (2, 2)).axes)
    4
    """
    words = words_of_plots(lang)
    W = array_of(weights)
    if W.ndim != 2 or W.shape[0] != shape[0] * shape[1]:
        raise ValueError(
            f"weights of shape {W.shape} are no images of {shape[0]}×{shape[1]} pixels; pass "
            "shape= with as many pixels as the layer has inputs"
        )
    n = min(W.shape[1], most)
    columns = min(columns, n)
    rows = -(-n // columns)
    figure = Figure(figsize=(1.25 * columns + 1.2, 1.4 * rows + 0.6), layout="constrained")
    reach = float(np.abs(W[:, :n]).max()) or 1.0
    shown = None
    for k in range(n):
        ax = figure.add_subplot(rows, columns, k + 1)
        shown = show_image(ax, W[:, k].reshape(shape), cmap="PuOr_r", vmin=-reach, vmax=reach)
        ax.set_title(f"{words['unit']} {k + 1}" if columns <= 4 else str(k + 1), fontsize=10)
    if shown is not None:
        figure.colorbar(
            shown,
            ax=figure.axes,
            label=words["weight"],
            shrink=0.8,
            ticks=[-reach, 0, reach],
            format="%.2g",
        )
    headline(figure, title)
    return figure
