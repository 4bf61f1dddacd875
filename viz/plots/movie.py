"""A training run as a film: the boundary, the curve and the weights together, frame by frame."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tinygrad_edu.autodiff.modes import no_grad
from tinygrad_edu.callbacks import Callback
from tinygrad_edu.files import write_whole

from ..words import Words
from ..writers import layout
from .base import BAD, VALUE, Figure, drawable, say_in_the_middle, styled, tidy
from .boundary import dots, output, paint, targets
from .film import gif, page, pixels_of, png
from .network import network
from .screens import in_notebook, in_window
from .words import words_of_plots


class Frame(NamedTuple):
    """One moment of a training run."""

    epoch: int  # how many epochs are done
    output: np.ndarray  # of the model, on the grid of the plane
    layers: list[tuple[np.ndarray, np.ndarray | None]]  # weight and bias of each dense layer


class Recorder(Callback):
    """A callback for `fit` that keeps a frame of the model every few epochs, as a film.

        film = plots.Recorder(X, y, every=20)
        model.fit(X, y, epochs=500, callbacks=[film])
        film.save("xor.gif"); film.save("xor.html")

    A frame shows the plane coloured by the model's output, the loss so far, and the weights. The
    states before the first epoch and after the last are frames too.

    - `X`: the examples, (n, 2); `y`: their classes, (n,) or (n, 1) of 0 and 1, or one-hot.
    - `every`: the number of epochs from one frame to the next.
    - `threshold`, `margin`: as in `decision_boundary`; `points`: the plane is computed on a grid of
      points × points.
    - `title`, `lang` ("en" or "es"): as in every plot.

    `.frames` are the frames, `.losses` the loss after each epoch. Errors: ValueError for examples
    that are not in the plane, and for `every` less than 1.

    >>> import tinygrad_edu as tg
    >>> model = tg.nn.Sequential([tg.nn.Dense(3, "tanh"), tg.nn.Dense(1)], seed=0)
    >>> model.compile("sgd", "mse")
    >>> film = Recorder([[0, 0], [1, 1]], [0, 1], every=2)
    >>> _ = model.fit(np.eye(2), [[0], [1]], epochs=5, verbose=0, callbacks=[film])
    >>> len(film.frames)
    4
    >>> film.figure(0).axes[0].get_title()
    'epoch 0'
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
        self.X: np.ndarray = np.asarray(X, float)
        self.y: np.ndarray = targets(y)
        if self.X.ndim != 2 or self.X.shape[1] != 2:
            raise ValueError(f"a film shows the plane, so X is (n, 2), not {self.X.shape}")
        if every < 1:
            raise ValueError(
                f"every={every} is no number of epochs; write every=1 for a frame an epoch"
            )
        self.every: int = every
        self.threshold: float = threshold
        self.title: str = title
        self.lang: str = lang
        self.words: Words = words_of_plots(lang)
        low, high = self.X.min(axis=0) - margin, self.X.max(axis=0) + margin
        self.sides: list[np.ndarray] = [np.linspace(low[k], high[k], points) for k in range(2)]
        self.plane: np.ndarray = np.stack(np.meshgrid(*self.sides), axis=-1).reshape(-1, 2)
        self.frames: list[Frame] = []
        self.losses: list[float] = []
        self.classes: int = 0  # of a model of more than two: the plane is coloured by class

    def on_train_begin(self, logs: Any = None) -> None:
        """`fit` begins: a new film, with the state before the first epoch."""
        self.frames, self.losses = [], []
        self._frame(0)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """An epoch is over: its loss, and a frame where one is due."""
        self.losses.append(logs["loss"])
        if (epoch + 1) % self.every == 0:
            self._frame(epoch + 1)

    def on_train_end(self, logs: Any = None) -> None:
        """`fit` ends: the last state is a frame too."""
        if self.frames and self.frames[-1][0] != len(self.losses):
            self._frame(len(self.losses))

    def _frame(self, epoch: int) -> None:
        with no_grad():
            out = self.model(self.plane.astype(np.float32))
        z, self.classes = output(out)
        data = z.reshape(len(self.sides[1]), len(self.sides[0]))
        dense = [
            layer
            for layer in getattr(self.model, "layers", ())
            if getattr(layer, "weight", None) is not None
        ]
        weights = [(d.weight.numpy(), None if d.bias is None else d.bias.numpy()) for d in dense]
        self.frames.append(Frame(epoch, data, weights))

    @styled
    def figure(self, k: int = -1) -> Figure:
        """Frame number k as a figure; -1 is the last. Errors: RuntimeError before anything is
        recorded, IndexError for another frame."""
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
            say_in_the_middle(ax, words["not finite"])
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
        tidy(curve)
        if layers:
            network(layers, ax=figure.add_subplot(spread[2]), lang=self.lang, most=6)
        if self.title:
            figure.suptitle(self.title, fontsize=16)
        return figure

    def save(self, path: str | os.PathLike[str], *, fps: float = 8.0, dpi: float = 80) -> str:
        """Write the film, whole or not at all. Returns the path.

        - `path`: ends in .gif, an animation, or in .html, a page with a slider that needs no
          network.
        - `fps`: frames a second. A GIF shows a frame for 20 ms at least: past 50 a second some are
          left out, so that the speed is right.
        - `dpi`: dots an inch; a frame is 13 inches wide, 9 without dense layers.

        In a terminal, a long film says on stderr how far it is. Errors: ValueError for another
        suffix and for a speed of 0, FileNotFoundError for a missing folder.
        """
        path = os.fspath(path)
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in (".gif", ".html"):
            raise ValueError(
                f"{path!r} ends in {suffix or 'no suffix'!r}; a film is saved as .gif or .html"
            )
        if not fps > 0:
            raise ValueError(f"fps={fps} is no speed; write fps=8")
        layout.require_folder(path)
        pictures = self._pictures(range(len(self.frames)), dpi)
        write_whole(path, gif(pictures, fps) if suffix == ".gif" else self._page(pictures, fps))
        return path

    def _pictures(self, which: Sequence[int], dpi: float) -> list[np.ndarray]:
        """The frames as pixels; in a terminal, with a line that counts them."""
        if not self.frames:
            self.figure()  # says what to do
        pictures: list[np.ndarray] = []
        for k in which:
            pictures.append(pixels_of(self.figure(k), dpi))
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
        animation = base64.b64encode(gif(pictures, 8.0)).decode()
        return {
            "text/plain": repr(self),
            "image/png": base64.b64encode(png(pictures[-1])).decode(),
            "text/html": f'<img alt="{escape(self.title or self.words["movie"])}" '
            'style="max-width:100%" '
            f'src="data:image/gif;base64,{animation}">',
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.frames)} frames; .save('film.gif'), .figure(-1))"

    def _page(self, pictures: list[np.ndarray], fps: float) -> str:
        words = self.words
        labels = [
            f"{words['epoch']} {epoch}"
            + (f", {words['loss']} {self.losses[epoch - 1]:.4f}" if epoch else "")
            for epoch, *_ in self.frames
        ]
        return page(pictures, labels, self.title or words["movie"], fps, words)


class Live(Recorder):
    """A Recorder that shows each frame while `fit` runs.

    In a notebook each frame takes the place of the last; else they are shown in matplotlib's
    window. Without either, frames are only recorded.

    - `show`: a function of the figure, to show it in another place.
    - `X`, `y` and the options: as in Recorder.

    >>> import tinygrad_edu as tg
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
        self.show: Callable[[Figure], Any] | None = show

    def _frame(self, epoch: int) -> None:
        super()._frame(epoch)
        if self.show is None:
            self.show = in_notebook() or in_window() or (lambda figure: None)
        self.show(self.figure())
