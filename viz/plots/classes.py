"""Which classes a classifier takes for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from .base import Figure, axes, styled
from .words import words_of_plots


@styled
def confusion_matrix(
    labels: ArrayLike,
    guesses: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    title: str = "",
    lang: str = "en",
    ax: Axes | None = None,
) -> Figure:
    """C[i, j] = how many examples of class i were taken for class j.

    The true classes are the rows, the predicted ones the columns. A number is a count; the colour
    says which part of its row it is.

    - `labels`: the true classes, (n,) or (n, 1) whole numbers.
    - `guesses`: the predicted ones: (n,) whole numbers; or (n, classes) scores, of which the
      greatest counts; or (n,) or (n, 1) probabilities of class 1, as a sigmoid gives them, where
      1/2 and more is class 1.
    - `names`: of the classes.
    - `title`, `lang` ("en" or "es"), `ax`: as in every plot.

    Returns a Figure. Errors: ValueError for labels and guesses of different length, for what is no
    class, and for too few names.

    >>> figure = confusion_matrix([0, 0, 1], [0, 1, 1])
    >>> [t.get_text() for t in figure.axes[0].texts]
    ['1', '1', '0', '1']
    """
    words = words_of_plots(lang)
    predicted, classes = _predicted(np.asarray(guesses))
    true = _true(np.asarray(labels))
    if true.shape != predicted.shape:
        raise ValueError(
            f"{len(true)} labels and {len(predicted)} guesses; write one of each an example"
        )
    greatest = max(true.max(initial=-1), predicted.max(initial=-1))
    classes = max(classes, len(names or ()), 1 + int(greatest))
    shown = [str(k) for k in range(classes)] if names is None else list(names)
    if len(shown) < classes:
        raise ValueError(f"{len(shown)} names for {classes} classes")
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (true, predicted), 1)
    figure, ax = axes(ax, (1.9 + 0.72 * classes, 1.5 + 0.62 * classes))
    _cells(ax, counts)
    turned = max(map(len, shown), default=0) > 3
    ax.set_xticks(
        range(classes), shown, rotation=40 if turned else 0, ha="right" if turned else "center"
    )
    ax.set_yticks(range(classes), shown)
    ax.set_xlabel(words["predicted"], fontsize=12)
    ax.set_ylabel(words["true"], fontsize=12)
    right, n = int(np.trace(counts)), len(true)
    ax.set_title(title or f"{words['right']}: {right} / {n} ({right / max(1, n):.1%})", fontsize=14)
    return figure


def _cells(ax: Axes, counts: np.ndarray) -> None:
    """The counts, each on the colour of its part of the row; right ones are bold."""
    part = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    ax.imshow(part, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        color = "#757D8A" if count == 0 else "#111827"
        ax.text(
            j,
            i,
            str(count),
            ha="center",
            va="center",
            fontsize=11,
            fontweight="bold" if i == j else "normal",
            color="white" if part[i, j] > 0.5 else color,
        )


def _true(labels: np.ndarray) -> np.ndarray:
    """The true classes in a row."""
    if labels.ndim != 2 or labels.shape[1] == 1:
        labels = labels.reshape(-1)
    return _classes("labels", labels)


def _predicted(guesses: np.ndarray) -> tuple[np.ndarray, int]:
    """The predicted classes in a row, and how many classes there are scores for, or 0."""
    if guesses.ndim == 2 and guesses.shape[1] > 1:
        return guesses.argmax(axis=1), guesses.shape[1]
    return _classes("guesses", guesses.reshape(-1), probabilities=True), 0


def _classes(name: str, values: np.ndarray, probabilities: bool = False) -> np.ndarray:
    """Classes by number; of probabilities, 1 from 1/2 on. What is neither is refused."""
    if values.ndim == 2 or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} are whole numbers from 0 on, not {values.dtype} {values.shape}; for one-hot "
            f"rows write {name}.argmax(axis=1), for names np.unique(names, return_inverse=True)[1]"
        )
    if values.dtype.kind == "f" and np.any(values != np.round(values)):
        if not probabilities:
            raise ValueError(
                f"{name} are whole numbers from 0 on; for one-hot rows write labels.argmax(axis=1)"
            )
        if not np.all((values >= 0) & (values <= 1)):
            raise ValueError(
                f"{name} are whole numbers from 0 on, or probabilities from 0 to 1; for logits "
                "write guesses > 0"
            )
        return (values >= 0.5).astype(int)
    if values.size and not values.min() >= 0:
        raise ValueError(f"{name} are whole numbers from 0 on, and {values.min():g} is among them")
    return values.astype(int)
