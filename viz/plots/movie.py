"""A training run as a film: the boundary, the curve and the weights together, frame by frame."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import ArrayLike

import tinygrad_edu as tg
from tinygrad_edu.callbacks import Callback
from tinygrad_edu.files import write_whole

from .. import engine as layout
from .base import BAD, VALUE, Figure, Said, drawable, plain, styled
from .boundary import dots, output, paint, targets
from .neurons import network


class Recorder(Callback):
    """Watches a run of `fit`, and draws it: what the model makes of the plane, its loss so far, its
    weights.

        film = plots.Recorder(X, y, every=20)
        model.fit(X, y, epochs=500, callbacks=[film])
        film.save("xor.gif"); film.save("xor.html")

    X (n, 2) and y (n,) or (n, 1) of 0 and 1 are drawn into the plane. `every` is the number of
    epochs between two frames; the state before the first epoch and after the last are frames too.

    >>> model = tg.nn.Sequential([tg.nn.Dense(3, "tanh"), tg.nn.Dense(1)], seed=0)
    >>> model.compile("sgd", "mse")
    >>> film = Recorder([[0, 0], [1, 1]], [0, 1], every=2)
    >>> _ = model.fit(np.eye(2), [[0], [1]], epochs=5, verbose=0, callbacks=[film])
    >>> len(film.frames)
    4
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        every: int = 1,
        threshold: float = 0.5,
        margin: float = 0.35,
        points: int = 61,
        title: str = "",
        lang: str = "en",
    ) -> None:
        self.X, self.y = np.asarray(X, float), targets(y)
        if self.X.ndim != 2 or self.X.shape[1] != 2:
            raise ValueError(f"a film shows the plane, so X is (n, 2), not {self.X.shape}")
        if every < 1:
            raise ValueError(
                f"every={every} is no number of epochs; write every=1 for a frame an epoch"
            )
        self.every, self.threshold, self.title, self.words, self.lang = (
            every,
            threshold,
            title,
            Said(lang),
            lang,
        )
        low, high = self.X.min(axis=0) - margin, self.X.max(axis=0) + margin
        self.sides = [np.linspace(low[k], high[k], points) for k in range(2)]
        self.plane = np.stack(np.meshgrid(*self.sides), axis=-1).reshape(-1, 2)
        self.frames: list[tuple[int, np.ndarray, list[tuple[np.ndarray, np.ndarray | None]]]] = []
        self.losses: list[float] = []
        # of a model of more than two: the plane is coloured by class
        self.classes = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self.frames, self.losses = [], []
        self._frame(0)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.losses.append(logs["loss"])
        if (epoch + 1) % self.every == 0:
            self._frame(epoch + 1)

    def on_train_end(self, logs: Any = None) -> None:
        if self.frames and self.frames[-1][0] != len(self.losses):
            self._frame(len(self.losses))

    def _frame(self, epoch: int) -> None:
        with tg.no_grad():
            out = self.model(self.plane.astype(np.float32))
        z, self.classes = output(out)
        data = z.reshape(len(self.sides[1]), len(self.sides[0]))
        dense = [
            layer
            for layer in getattr(self.model, "layers", ())
            if getattr(layer, "weight", None) is not None
        ]
        self.frames.append(
            (
                epoch,
                data,
                [(d.weight.numpy(), None if d.bias is None else d.bias.numpy()) for d in dense],
            )
        )

    @styled
    def figure(self, k: int = -1) -> Figure:
        """Frame number k as a figure."""
        if not self.frames:
            raise RuntimeError(
                "nothing is recorded yet; pass the recorder to fit: callbacks=[recorder]"
            )
        epoch, z, layers = self.frames[k]
        words = self.words
        figure = Figure(figsize=(13.0 if layers else 9.0, 4.4), layout="constrained")
        spread = figure.add_gridspec(
            1, 3 if layers else 2, width_ratios=[1, 1, 1.15][: 3 if layers else 2]
        )
        ax = figure.add_subplot(spread[0])
        # One scale in all frames, or colours would mean something else in each.
        spreads = [
            np.abs(np.nanquantile(f[1], [0.1, 0.9]) - self.threshold).max()
            for f in self.frames
            if np.isfinite(f[1]).any()
        ]
        reach = 1.3 * max([0.25, *(float(v) for v in spreads)])
        if paint(ax, self.sides, z, self.threshold, reach, self.classes) is None:
            ax.text(
                0.5,
                0.5,
                words["not finite"],
                ha="center",
                va="center",
                transform=ax.transAxes,
                fontsize=13,
            )
        dots(ax, self.X, self.y, 90)
        ax.set_title(f"{words['epoch']} {epoch}", fontsize=14)
        curve = figure.add_subplot(spread[1])
        if self.losses:
            epochs = np.arange(1, len(self.losses) + 1)
            losses = drawable(self.losses)
            curve.plot(epochs, losses, color="#C3C8D0", lw=1.5)
            curve.plot(epochs[:epoch], losses[:epoch], color=VALUE, lw=2.2)
            if epoch:
                curve.plot([epoch], [losses[epoch - 1]], "o", color=BAD, ms=8)
                curve.set_title(f"{words['loss']} {self.losses[epoch - 1]:.4f}", fontsize=14)
            curve.set_xlim(0, len(self.losses) * 1.03 + 1)
            most = float(np.nanmax(losses, initial=0.0))
            curve.set_ylim(
                min(0.0, float(np.nanmin(losses, initial=0.0))), 1.05 * most if most > 0 else 1
            )
        curve.set_xlabel(words["epoch"], fontsize=12)
        plain(curve)
        if layers:
            network(layers, ax=figure.add_subplot(spread[2]), lang=self.lang, most=6)
        if self.title:
            figure.suptitle(self.title, fontsize=16)
        return figure

    def save(self, path: str | os.PathLike[str], *, fps: float = 8.0, dpi: float = 80) -> str:
        """Write the film: .gif, an animation; .html, a page with a slider that needs no network.
        The file is written whole or not at all; a long film says on stderr, in a terminal, how far
        it is. Returns the path.

        A GIF shows a frame for 20 ms at least: past 50 frames a second some are left out, so that
        the speed is right.
        """
        path = os.fspath(path)
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in (".gif", ".html"):
            raise ValueError(
                f"{path!r} ends in {suffix or 'no suffix'!r}; a film is saved as .gif or .html"
            )
        if not fps > 0:
            raise ValueError(f"fps={fps} is no speed; write fps=8")
        layout.there(path)
        pictures = self._pictures(range(len(self.frames)), dpi)
        write_whole(path, _gif(pictures, fps) if suffix == ".gif" else self._page(pictures, fps))
        return path

    def _pictures(self, which: Sequence[int], dpi: float) -> list[np.ndarray]:
        """The frames as pixels; in a terminal, with a line that counts them."""
        if not self.frames:
            self.figure()  # says what to do
        pictures: list[np.ndarray] = []
        for k in which:
            pictures.append(_pixels(self.figure(k), dpi))
            if sys.stderr is not None and sys.stderr.isatty() and len(which) > 5:
                end = "\n" if len(pictures) == len(which) else ""
                print(
                    f"\r{self.words['frame']} {len(pictures)}/{len(which)}",
                    end=end,
                    file=sys.stderr,
                    flush=True,
                )
        return pictures

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the film, of thirty frames at most, and its last frame where
        nothing moves."""
        if not self.frames:
            return {"text/plain": repr(self)}
        which = np.unique(
            np.linspace(0, len(self.frames) - 1, min(30, len(self.frames))).round().astype(int)
        ).tolist()
        pictures = self._pictures(which, 60)
        gif = base64.b64encode(_gif(pictures, 8.0)).decode()
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(_png(pictures[-1])).decode(),
            "text/html": f'<img alt="{escape(self.title or self.words["movie"])}" '
            'style="max-width:100%" '
            f'src="data:image/gif;base64,{gif}">',
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.frames)} frames; .save('film.gif'), .figure(-1))"

    def _page(self, pictures: list[np.ndarray], fps: float) -> str:
        words = self.words
        sources = ["data:image/png;base64," + base64.b64encode(_png(p)).decode() for p in pictures]
        labels = [
            f"{words['epoch']} {epoch}"
            + (f", {words['loss']} {self.losses[epoch - 1]:.4f}" if epoch else "")
            for epoch, *_ in self.frames
        ]
        title = escape(self.title or words["movie"])
        said = json.dumps(
            {
                "play": words["play"],
                "stop": words["stop"],
                "ms": 1000 / fps,
                "labels": labels,
                "frames": sources,
            },
            ensure_ascii=False,
        ).replace("<", "\\u003c")
        parts = {
            "{lang}": self.lang,
            "{title}": title,
            "{label}": escape(words["epoch"]),
            "{play}": escape(words["play"]),
            "{data}": said,
        }
        # In one go: what is put in is not looked through again.
        return re.sub("|".join(map(re.escape, parts)), lambda found: parts[found[0]], _PAGE)


class Live(Recorder):
    """A Recorder that shows each frame while `fit` runs: in a notebook in place, else in
    matplotlib's window.

    `show` is a function of the figure, for another place. Without a notebook, a window, or a `show`
    of yours, frames are only recorded.

    >>> shown = []
    >>> live = Live([[0, 0], [1, 1]], [0, 1], show=shown.append)
    >>> model = tg.nn.Sequential([tg.nn.Dense(1)], seed=0); model.compile("sgd", "mse")
    >>> _ = model.fit(np.eye(2), [[0], [1]], epochs=2, verbose=0, callbacks=[live])
    >>> len(shown)
    3
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        show: Callable[[Figure], Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(X, y, **options)
        self.show = show

    def _frame(self, epoch: int) -> None:
        super()._frame(epoch)
        if self.show is None:
            self.show = _notebook() or _window() or (lambda figure: None)
        self.show(self.figure())


def _notebook() -> Callable[[Figure], Any] | None:
    try:
        from IPython import get_ipython  # type: ignore[import-not-found, unused-ignore]
        from IPython.display import Image, display  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    if get_ipython() is None or "IPKernelApp" not in get_ipython().config:
        return None
    handle: list[Any] = []

    def show(figure: Figure) -> None:
        picture = Image(_png(_pixels(figure, 80)))
        if handle:
            handle[0].update(picture)
        else:
            handle.append(display(picture, display_id=True))

    return show


def _window() -> Callable[[Figure], Any] | None:
    import matplotlib

    if matplotlib.get_backend().lower() in ("agg", "pdf", "svg", "ps", "cairo", "template"):
        return None
    from matplotlib import pyplot

    window: list[Any] = []

    def show(figure: Figure) -> None:
        pixels = _pixels(figure, 80)
        if not window or not pyplot.fignum_exists(window[0].number):
            window[:] = [
                pyplot.figure(figsize=(pixels.shape[1] / 80, pixels.shape[0] / 80), dpi=80)
            ]
        window[0].clear()
        window[0].figimage(pixels)
        window[0].canvas.draw_idle()
        pyplot.pause(0.001)

    return show


def _pixels(figure: Figure, dpi: float) -> np.ndarray:
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def _gif(pictures: list[np.ndarray], fps: float) -> bytes:
    from PIL import Image

    # Browsers show a frame of less than 20 ms for 100: rather than slow, a fast film leaves some
    # out.
    skip = math.ceil(fps / 50)
    pictures, fps = [*pictures[:-1:skip], pictures[-1]], fps / skip
    # One palette for all frames, from the last, which has every colour: else each frame would
    # flicker in its own.
    last = Image.fromarray(pictures[-1]).quantize(128, method=Image.Quantize.MEDIANCUT)
    frames = [Image.fromarray(p).quantize(palette=last, dither=Image.Dither.NONE) for p in pictures]
    out = io.BytesIO()
    durations = [10 * max(2, round(100 / fps))] * (len(frames) - 1) + [2000]
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, disposal=1
    )
    return out.getvalue()


_PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src
 'unsafe-inline'; img-src data:"><link rel="icon" href="data:,">
<style>body{font:17px/1.5 Helvetica,Arial,sans-serif;margin:1rem;background:#fff;color:#111827}
img{max-width:100%;display:block}nav{display:flex;gap:.8rem;align-items:center}
input{flex:1;height:2rem;accent-color:#D55E00}button{font:inherit;min-height:2.4rem;padding:.2rem
.9rem}</style></head> <body><main><h1>{title}</h1><img id="frame" alt=""> <nav><button id="play"
type="button">{play}</button><input id="slider" type="range" min="0" value="0"
 aria-label="{label}"></nav><p id="said" aria-live="off"></p></main>
<script type="application/json" id="data">{data}</script><script>
"use strict";
const film = JSON.parse(document.getElementById("data").textContent), $ = (id) => document.getElementById(id);
let timer = null;
const show = (k) => { $("slider").value = k; $("frame").src = film.frames[k];
  $("frame").alt = $("said").textContent = film.labels[k];
  $("slider").setAttribute("aria-valuetext", film.labels[k]); };
const stop = () => { clearInterval(timer); timer = null; $("play").textContent = film.play; };
$("slider").max = film.frames.length - 1;
$("slider").oninput = () => { stop(); show(Number($("slider").value)); };
$("play").onclick = () => { if (timer) { stop(); return; }
  let k = Number($("slider").value); if (k >= film.frames.length - 1) k = -1;
  $("play").textContent = film.stop;
  timer = setInterval(() => { k += 1; show(k); if (k >= film.frames.length - 1) stop(); }, film.ms); };
show(0);
</script></body></html>
"""
