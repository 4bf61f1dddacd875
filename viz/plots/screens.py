"""Where a figure is shown while training runs: in a notebook, or in matplotlib's window."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from matplotlib import get_backend

from .base import Figure
from .film import pixels_of, png


def in_notebook() -> Callable[[Figure], Any] | None:
    """A function that shows a figure in the notebook, each in place of the last; None without a
    notebook."""
    try:
        ipython: Any = importlib.import_module("IPython")
        shown: Any = importlib.import_module("IPython.display")
    except ImportError:
        return None
    shell = ipython.get_ipython()
    if shell is None or "IPKernelApp" not in shell.config:
        return None
    handle: list[Any] = []

    def show(figure: Figure) -> None:
        picture = shown.Image(png(pixels_of(figure, 80)))
        if handle:
            handle[0].update(picture)
        else:
            handle.append(shown.display(picture, display_id=True))

    return show


def in_window() -> Callable[[Figure], Any] | None:
    """A function that shows a figure in matplotlib's window; None where its backend has none."""
    if get_backend().lower() in ("agg", "pdf", "svg", "ps", "cairo", "template"):
        return None
    from matplotlib import pyplot

    window: list[Any] = []

    def show(figure: Figure) -> None:
        pixels = pixels_of(figure, 80)
        if not window or not pyplot.fignum_exists(window[0].number):
            window[:] = [
                pyplot.figure(figsize=(pixels.shape[1] / 80, pixels.shape[0] / 80), dpi=80)
            ]
        window[0].clear()
        window[0].figimage(pixels)
        window[0].canvas.draw_idle()
        pyplot.pause(0.001)

    return show
