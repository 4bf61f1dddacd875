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
    """C[i, j] = how many examples of class i were taken for class j: the true classes down, the
    predicted across.

    `labels` (n,) whole numbers; `guesses` (n,) whole numbers, (n, classes) scores, of which the
    greatest counts, or (n,) or (n, 1) probabilities of class 1, as a sigmoid gives them: 1 from 1/2
    on. Colour is the part of the row; the numbers are counts. Errors: lengths that differ, labels
    and guesses that are no classes.

    >>> figure = confusion_matrix([0, 0, 1], [0, 1, 1])
    >>> [t.get_text() for t in figure.axes[0].texts]
    ['1', '1', '0', '1']
    """
    words = words_of_plots(lang)
    guesses = np.asarray(guesses)
    classes = guesses.shape[1] if guesses.ndim == 2 and guesses.shape[1] > 1 else 0
    guesses = (
        guesses.argmax(axis=1)
        if classes
        else _classes("guesses", guesses.reshape(-1), probabilities=True)
    )
    labels = _classes(
        "labels",
        np.asarray(labels).reshape(-1)
        if np.ndim(labels) != 2 or np.shape(labels)[1] == 1
        else np.asarray(labels),
    )
    if labels.shape != guesses.shape:
        raise ValueError(
            f"{len(labels)} labels and {len(guesses)} guesses; write one of each an example"
        )
    classes = max(
        classes, len(names or ()), 1 + max(labels.max(initial=-1), guesses.max(initial=-1))
    )
    names = [str(k) for k in range(classes)] if names is None else list(names)
    if len(names) < classes:
        raise ValueError(f"{len(names)} names for {classes} classes")
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, guesses), 1)
    part = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure, ax = axes(ax, (1.9 + 0.72 * classes, 1.5 + 0.62 * classes))
    ax.imshow(part, cmap="Blues", vmin=0, vmax=1)
    for i in range(classes):
        for j in range(classes):
            ax.text(
                j,
                i,
                str(counts[i, j]),
                ha="center",
                va="center",
                fontsize=11,
                fontweight="bold" if i == j else "normal",
                color="white"
                if part[i, j] > 0.5
                else "#757D8A"
                if counts[i, j] == 0
                else "#111827",
            )
    ax.set_xticks(
        range(classes),
        names,
        rotation=40 if max(map(len, names), default=0) > 3 else 0,
        ha="right" if max(map(len, names), default=0) > 3 else "center",
    )
    ax.set_yticks(range(classes), names)
    ax.set_xlabel(words["predicted"], fontsize=12)
    ax.set_ylabel(words["true"], fontsize=12)
    right = int(np.trace(counts))
    ax.set_title(
        title or f"{words['right']}: {right} / {len(labels)} ({right / max(1, len(labels)):.1%})",
        fontsize=14,
    )
    return figure


def _classes(what: str, values: np.ndarray, probabilities: bool = False) -> np.ndarray:
    """Classes by number; of probabilities, 1 from 1/2 on. What is neither is refused."""
    if values.ndim == 2 or values.dtype.kind not in "biuf":
        raise ValueError(
            f"{what} are whole numbers from 0 on, not {values.dtype} {values.shape}; for one-hot "
            f"rows write {what}.argmax(axis=1), for names np.unique(names, return_inverse=True)[1]"
        )
    if values.dtype.kind == "f" and np.any(values != np.round(values)):
        if not probabilities or not np.all((values >= 0) & (values <= 1)):
            raise ValueError(
                f"{what} are whole numbers from 0 on"
                + (
                    ", or probabilities from 0 to 1; for logits write guesses > 0"
                    if probabilities
                    else "; for one-hot rows write labels.argmax(axis=1)"
                )
            )
        return (values >= 0.5).astype(int)
    if values.size and not values.min() >= 0:
        raise ValueError(f"{what} are whole numbers from 0 on, and {values.min():g} is among them")
    return values.astype(int)
