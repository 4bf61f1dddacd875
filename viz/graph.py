"""`viz.graph`: what was computed, and what backward() found, as one picture."""

from __future__ import annotations

import base64
import os
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from tinygrad_edu import Tensor
from tinygrad_edu.autodiff import modes
from tinygrad_edu.files import write_whole

from . import engine as layout
from .describe import describe
from .dot import Style, dot, plans
from .equations import equations
from .fold import LIMIT
from .model import Picture, picture
from .palette import THEMES, dark_style
from .pdf import from_svg, warn_of_boxes
from .svg import accessible, page, scrolling
from .verify import verify
from .words import Words

SUFFIXES = (".png", ".svg", ".pdf", ".dot", ".gv", ".html", ".txt")
DETAILS = ("auto", "model", "layers", "ops")


def graph(
    root: Any,
    *inputs: Any,
    detail: str = "auto",
    direction: str = "LR",
    lang: str = "en",
    names: Mapping[str, Any] | None = None,
    layers: Mapping[str, Iterable[Any]] | None = None,
    title: str | None = None,
    limit: int = LIMIT,
    theme: str = "auto",
    values: bool = True,
    gradients: bool = True,
    style: Style | None = None,
) -> Graph:
    """Draw what `root` was computed from: a card an operation, with its equation, its numbers and
    its gradients.

    `root` is a tensor, a list of tensors, or a model followed by its inputs, which is then run on
    them.

    - `detail`: "ops" draws every operation, "layers" one card a layer, "model" one for each
      outermost module; "auto" draws layers where the parameters are too many to be written out.
      Past `limit` cards the picture folds, and says so.
    - `direction`: "LR", left to right as on a slide, or "TB".
    - `lang`: "en" or "es".
    - `names`: what tensors and arrays are called, by identity: `names=locals()` does. Else `.name`,
    else u1, u2...
    - `layers`: frames for a network written by hand: `{"hidden layer": [U, Z, H]}`. Modules bring
    their own.
    - `title`: stands above, before the formula.
    - `theme`: "light", "dark", "print" (black ink), or "auto": light, and an SVG follows its
    reader's setting.
    - `values`, `gradients`: False leaves the numbers out, or the whole backward pass.
    - `style`: a function of a card (its `kind`, `title`, `key`...) that returns a `viz.Look` for
      those that are to look otherwise, None for the others.

    Gradients are those of the last `root.backward()`; before it the cards say "not computed". The
    formulas, and the rules on the edges, are those that ran, and every number is the engine's; the
    picture is of this moment. Errors: what is no tensor or model is refused, with the line to write
    instead. Lecture 07, "Worked Example".

    >>> import tinygrad_edu as tg, viz
    >>> w = tg.tensor([1.0, -2.0], requires_grad=True, name="w")
    >>> print(viz.graph((w * w).sum()).describe())
    Computation graph of L: 3 cards, 3 forward edges.
    w: parameter, 2. value [1 -2]. ∂L/∂w not computed. is used by u1, u1.
    u1 = w * w: operation, 2, from w, w. value [1 4]. ∂L/∂u1 not computed. is used by L.
    L = Σ u1: loss, scalar, from u1. value 5. ∂L/∂L not computed.
    """
    words = Words(lang)
    if detail not in DETAILS:
        raise ValueError(f"detail={detail!r} is unknown; known: {_listed(DETAILS)}")
    if theme not in THEMES:
        raise ValueError(f"theme={theme!r} is unknown; known: {_listed(THEMES)}")
    if direction not in ("LR", "TB"):
        raise ValueError(
            f'direction={direction!r} is unknown; known: "LR" (left to right), "TB" (top to bottom)'
        )
    is_model = not isinstance(root, (Tensor, list, tuple, np.ndarray)) and callable(root)
    if is_model and title is None and getattr(root, "name", None):
        title = str(root.name)
    roots = _run(root, inputs, names) if is_model else _roots(root, inputs)
    return Graph(
        picture(
            roots,
            detail=detail,
            words=words,
            names=names,
            layers=layers,
            title=title,
            with_gradients=gradients and not is_model,
            limit=limit,
            with_values=values,
            model=root if is_model else None,
        ),
        direction,
        theme,
        style,
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _roots(root: Any, inputs: tuple) -> list[Tensor]:
    if inputs:
        raise TypeError(
            "inputs are for a model: viz.graph(model, x). A tensor is drawn alone, "
            "viz.graph(loss), several as a list, viz.graph([a, b])"
        )
    roots = list(root) if isinstance(root, (list, tuple)) else [root]
    if not roots:
        raise TypeError("there is nothing to draw in an empty list")
    for r in roots:
        if not isinstance(r, Tensor):
            raise TypeError(
                f"viz.graph draws tensors and models, not {type(r).__name__}: write "
                "viz.graph(loss), or viz.graph(model, x)"
            )
    return roots


def _run(model: Any, inputs: tuple, names: Mapping[str, Any] | None) -> list[Tensor]:
    """The model's outputs for these inputs, all that it does recorded, whatever the mode and
    whatever is trained."""
    if not inputs:
        raise TypeError("a model is drawn as it runs on data; write viz.graph(model, x)")
    called = {
        id(v): k
        for k, v in (names or {}).items()
        if isinstance(v, np.ndarray) and not k.startswith("_")
    }
    # As tensors, so that their names and identity outlive a change of dtype inside the model.
    name = lambda x: called.get(id(x), ("X" if x.ndim else "x") if len(inputs) == 1 else None)
    given = [
        Tensor(x, name=name(x), copy=False)
        if isinstance(x, np.ndarray) and x.dtype.kind in "biuf"
        else x
        for x in inputs
    ]
    with modes.recorded(), modes.record_everything():
        return _roots(model(*given), ())


class Graph:
    """A drawn graph: `.source` is its DOT text, `.save(path)` writes it, `.describe()` says it in
    words.

    >>> import tinygrad_edu as tg, viz
    >>> x = tg.tensor(3.0, requires_grad=True, name="x")
    >>> viz.graph(x * x).source.splitlines()[0]
    'digraph tinygrad_edu {'
    """

    def __init__(
        self,
        picture: Picture,
        direction: str = "LR",
        theme: str = "auto",
        style: Style | None = None,
    ) -> None:
        self.picture, self.direction, self.theme, self.style = picture, direction, theme, style
        self._source: str | None = None
        self._laid_out: dict[str, tuple[str, bytes]] = {}

    @property
    def source(self) -> str:
        """The DOT text; the same, byte for byte, in every run."""
        if self._source is None:
            self._source = dot(self.picture, self.direction, THEMES[self.theme], self.style)
        return self._source

    def describe(self) -> str:
        """The picture in words, a line a card: the text alternative."""
        return describe(self.picture)

    def equations(self) -> str:
        """The picture as numbered equations with their numbers: forward, then backward; for a
        terminal."""
        return equations(self.picture)

    def verify(self) -> str:
        """Compute every card again from its operands by its own formula, and every gradient from
        the rules on its arrows. Returns what was found, in a sentence; what differs is an error
        that names it.

        >>> import tinygrad_edu as tg, viz
        >>> x = tg.tensor(3.0, requires_grad=True, name="x")
        >>> y = x * x; y.backward()
        >>> viz.graph(y).verify()
        'Computed again, all alike: 1 values, 2 gradients.'
        """
        return verify(self.picture)

    def svg(self, engine: str | None = None, timeout: float | None = None) -> str:
        """The picture as SVG text, with tooltips, a role and a description."""
        return self._svg_of(layout.find(engine), timeout).decode("utf-8")

    def save(
        self,
        path: str | os.PathLike[str] | BinaryIO,
        *,
        format: str | None = None,
        dpi: float = 150,
        engine: str | None = None,
        timeout: float | None = None,
    ) -> str:
        """Write the picture; its suffix says as what, or `format`. Returns the path.

        .png, .svg, .pdf; .html, a page with the picture and its words; .dot, the DOT text; .txt,
        the equations and the words, the last two without any layout engine. `path` may be a binary
        file, with a `format` ("png").

        `dpi` is for .png, and lowered, with a warning, where the bitmap would be too large.
        `engine` is "pure" (graphviz-pure) or "dot" (the system's), else the first that is there.
        The file is written whole or not at all. Letters that a PNG or PDF has no shape for are
        named in a warning; an .svg has them all. Errors: a suffix that is unknown; a folder that is
        missing; EngineMissing; LayoutError, also after `timeout` seconds.
        """
        file = path if hasattr(path, "write") else None
        name = str(getattr(path, "name", "a file")) if file is not None else os.fspath(path)  # type: ignore[arg-type]
        suffix = f".{format.lstrip('.').lower()}" if format else os.path.splitext(name)[1].lower()
        if suffix not in SUFFIXES:
            raise ValueError(
                f"{name!r} ends in {suffix or 'no suffix'!r}; a graph is saved as "
                f"{', '.join(SUFFIXES)}, "
                'or with format="png"'
            )
        if suffix == ".png" and not dpi > 0:
            raise ValueError(f"dpi={dpi} is no resolution; write dpi=150")
        if file is None:
            layout.there(name)
        content = self._content(suffix, dpi, engine, timeout)
        if file is not None:
            file.write(content)  # type: ignore[union-attr]
        else:
            write_whole(name, content)
        return name

    def _content(self, suffix: str, dpi: float, engine: str | None, timeout: float | None) -> bytes:
        """The picture as a file of that suffix."""
        if suffix in (".dot", ".gv"):
            return self.source.encode("utf-8")
        if suffix == ".txt":
            return f"{self.equations()}\n\n{self.describe()}\n".encode()
        program = layout.find_for_pdf(engine) if suffix == ".pdf" else layout.find(engine)
        if suffix == ".svg":
            return self._svg_of(program, timeout)
        if suffix == ".html":
            return page(
                self._svg_of(program, timeout).decode("utf-8"),
                *self._said(),
                self.picture.words.lang,
                self.theme,
            ).encode("utf-8")
        source, svg = self._layout(program, timeout)
        if suffix == ".png":
            warn_of_boxes(svg, program.name)
            return layout.png(program, source, svg, dpi, timeout)
        return (
            program.draw(source, "pdf", timeout=timeout) if program.name == "dot" else from_svg(svg)
        )

    def _layout(self, program: layout.Engine, timeout: float | None) -> tuple[str, bytes]:
        """The DOT text that this engine could lay out, and the SVG: of the first plan that
        succeeds."""
        if program.name not in self._laid_out:
            limit = layout.TIME_LIMIT if timeout is None else timeout
            start = time.monotonic()
            ways = plans(self.picture)
            for k, plan in enumerate(ways):
                last = k + 1 == len(ways)
                left = limit - (time.monotonic() - start)
                source = (
                    self.source
                    if k == 0
                    else dot(self.picture, self.direction, THEMES[self.theme], self.style, plan)
                )
                try:
                    # A plan that takes too long leaves time for a simpler one.
                    svg = program.draw(
                        source, "svg", timeout=max(left if last else left / 2, limit / 8)
                    )
                except layout.TooLong:
                    if last:
                        raise layout.TooLong(limit) from None
                except layout.LayoutError:
                    if last:
                        raise
                else:
                    self._laid_out[program.name] = source, svg
                    break
        return self._laid_out[program.name]

    def _svg_of(self, program: layout.Engine, timeout: float | None) -> bytes:
        return accessible(
            self._layout(program, timeout)[1],
            *self._said(),
            self.picture.words.lang,
            dark_style() if self.theme == "auto" else "",
        )

    def _said(self) -> tuple[str, str]:
        text = self.describe()
        return self.picture.title or text.split("\n", 1)[0], text

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the picture where it can be laid out, as HTML that holds the SVG
        and scrolls where it is wider than the column, and as PNG for what knows no HTML; the words
        everywhere. (Not as image/svg+xml: an export to LaTeX would need Inkscape to turn that into
        a PDF, though the PNG stands beside it.)"""
        bundle: dict[str, Any] = {"text/plain": self.describe()}
        try:
            bundle["text/html"] = scrolling(self.svg())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a lowered resolution is right here
                bundle["image/png"] = base64.b64encode(
                    self._content(".png", 100, None, None)
                ).decode()
        except (layout.EngineMissing, layout.LayoutError) as error:
            bundle["text/plain"] = f"{error}\n\n{bundle['text/plain']}"
        return bundle

    def __repr__(self) -> str:
        return f"<Graph of {self.picture.names}: {len(self.picture.cards)} cards; .save('graph.png'), .describe()>"
