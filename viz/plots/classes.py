"""Which classes a classifier takes for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .base import Said, axes


def confusion_matrix(labels: ArrayLike, guesses: ArrayLike, names: Sequence[str] | None = None, *, title: str = "",
                     lang: str = "en", ax: Axes | None = None) -> Figure:
    """C[i, j] = how many examples of class i were taken for class j: the true classes down, the predicted across.

    `labels` (n,) integers; `guesses` (n,) integers, or (n, classes) scores, of which the greatest counts. Colour is the
    part of the row; the numbers are counts. Errors: lengths that differ, labels that are no classes.

    >>> figure = confusion_matrix([0, 0, 1], [0, 1, 1])
    >>> [t.get_text() for t in figure.axes[0].texts]
    ['1', '1', '0', '1']
    """
    words = Said(lang)
    labels, guesses = np.asarray(labels).reshape(-1), np.asarray(guesses)
    classes = guesses.shape[1] if guesses.ndim == 2 else 0
    guesses = guesses.argmax(axis=1) if guesses.ndim == 2 else guesses.reshape(-1)
    if labels.shape != guesses.shape:
        raise ValueError(f"{len(labels)} labels and {len(guesses)} guesses; write one of each an example")
    if labels.dtype.kind not in "iu" or (labels.size and labels.min() < 0):
        raise ValueError(f"labels are whole numbers from 0 on, not {labels.dtype}; for one-hot rows write "
                         "labels.argmax(axis=1)")
    labels, guesses = labels.astype(int), guesses.astype(int)
    classes = max(classes, len(names or ()), 1 + max(labels.max(initial=-1), guesses.max(initial=-1)))
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
            ax.text(j, i, str(counts[i, j]), ha="center", va="center", fontsize=11,
                    fontweight="bold" if i == j else "normal",
                    color="white" if part[i, j] > 0.5 else "#757D8A" if counts[i, j] == 0 else "#111827")
    ax.set_xticks(range(classes), names, rotation=40 if max(map(len, names), default=0) > 3 else 0, ha="right" if max(
        map(len, names), default=0) > 3 else "center")
    ax.set_yticks(range(classes), names)
    ax.set_xlabel(words["predicted"], fontsize=12)
    ax.set_ylabel(words["true"], fontsize=12)
    right = int(np.trace(counts))
    ax.set_title(title or f"{words['right']}: {right} / {len(labels)} ({right / max(1, len(labels)):.1%})", fontsize=14)
    return figure
