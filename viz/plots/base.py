"""What all plots share: colours, words, and the axes to draw in."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib import figure as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap

from tinygrad_edu.files import replace_whole

VALUE, GRADIENT, GOOD, BAD, MUTED = "#0B4F7D", "#D55E00", "#00795A", "#B03A00", "#6B7280"
INPUT = "#3B8DC4"
LINES = [
    ("#0B4F7D", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#00795A", "-.", "^"),
    ("#CC79A7", ":", "D"),
    ("#6B7280", "-", "v"),
]
"""Curves that stand together, told label_heights by colour, dash and marker."""

SURFACE = LinearSegmentedColormap.from_list("surface", ["#0877BD", "#E8EAEB", "#F59322"])
MARKERS = "os^DvP*Xhp"

COLOURS = ["#0877BD", "#F59322", "#00795A", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#6B7280"]
"""Of classes, by number."""

MOST_SIZE = 1e30
"""Numbers beyond this are as good as infinite: no axis holds them beside others."""

_STYLE: Any = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": "#111827",
    "axes.labelcolor": "#111827",
    "axes.edgecolor": "#111827",
    "axes.titlecolor": "auto",
    "xtick.color": "#111827",
    "ytick.color": "#111827",
    "xtick.labelcolor": "inherit",
    "ytick.labelcolor": "inherit",
    "grid.color": "#b0b0b0",
    "legend.facecolor": "inherit",
    "legend.edgecolor": "0.8",
    "legend.labelcolor": "None",
    "axes.grid": False,
}

F = TypeVar("F", bound=Callable[..., Any])


def styled(plot: F) -> F:
    """A plot in colours of its own, whatever style the user has chosen: with half of each, text is
    white on white. In axes that the user gives, the user's style holds."""

    @functools.wraps(plot)
    def with_style(*args: Any, **options: Any) -> Any:
        if options.get("ax") is not None:
            return plot(*args, **options)
        with matplotlib.rc_context(_STYLE):
            return plot(*args, **options)

    return with_style  # type: ignore[return-value]


class Figure(mpl.Figure):
    """matplotlib's Figure, which a notebook shows as a picture, and which is saved on the ground it
    was drawn on."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save to a path, whole or not at all, or into a file that is open; options as
        matplotlib's."""
        options = {"facecolor": self.get_facecolor(), **options}
        if hasattr(fname, "write"):
            out = fname
            super().savefig(out, **options)
            return
        path = Path(fname)
        options.setdefault("format", path.suffix[1:] or str(matplotlib.rcParams["savefig.format"]))
        with replace_whole(path if path.suffix else f"{path}.{options['format']}") as file:
            super().savefig(file, **options)

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        canvas: Any = FigureCanvasAgg(self)
        canvas.print_png(out)
        return out.getvalue()


def drawable(values: Any) -> np.ndarray:
    """Numbers as a plot can hold them: NaN for what is none, or beyond all others."""
    a = np.array(values, float)
    a[~(np.abs(a) <= MOST_SIZE)] = np.nan
    return a


def axes(ax: Axes | None, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The axes given and their figure, or new ones of this size in inches."""
    if ax is None:
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.add_subplot()
    owner: Any = ax.figure
    return getattr(owner, "figure", owner), ax  # of a subfigure, the figure around it


def headline(figure: mpl.Figure, title: str) -> None:
    """A title over all axes."""
    if title:
        figure.suptitle(title, fontsize=15)


def tidy(ax: Axes) -> None:
    """Axes without a frame at the top and the right, on a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)


def label_heights(values: Sequence[float], ax: Axes) -> list[float]:
    """Heights for labels near `values` that do not cover each other, on a logarithmic axis too."""
    # matplotlib scales late: only what asks for the limits sets them
    ax.get_ylim()
    scale = ax.transData.transform
    heights = [float(scale((0, v))[1]) for v in values]
    gap = 0.07 * (ax.bbox.height or 1)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    for below, above in zip(order, order[1:], strict=False):
        heights[above] = max(heights[above], heights[below] + gap)
    back = ax.transData.inverted().transform
    return [float(back((0, h))[1]) for h in heights]


def show_image(ax: Axes, picture: Any, **options: Any) -> Any:
    """An image without ticks."""
    shown = ax.imshow(picture, **{"cmap": "gray_r", **options})
    ax.set_xticks([])
    ax.set_yticks([])
    return shown


def subscript(k: int) -> str:
    """The number of an input or a weight, counted from 1, as a subscript.

    >>> subscript(0), subscript(11)
    ('₁', '₁₂')
    """
    return str(k + 1).translate(_SUBSCRIPTS)


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def say_in_the_middle(ax: Axes, text: str, *, size: float = 13, color: str | None = None) -> None:
    """A text in the middle of axes that have nothing else to show."""
    options: Any = {} if color is None else {"color": color}
    ax.text(
        0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, fontsize=size, **options
    )
