"""`viz.graph`: what was computed, and what backward() found, as one picture."""

from __future__ import annotations

import base64
import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO, cast

import numpy as np

from tinygrad_edu.autodiff import modes
from tinygrad_edu.files import write_whole
from tinygrad_edu.tensor import Tensor

from .assembly import picture
from .model import Picture
from .palette import THEMES, dark_style
from .recording.fold import LIMIT
from .verify import verify
from .words import Words
from .writers import layout
from .writers.describe import describe
from .writers.dot import Plan, Style, dot, plans
from .writers.equations import equations
from .writers.pdf import from_svg, warn_of_boxes
from .writers.svg import accessible, columns_of, page, scrolling

SUFFIXES = (".png", ".svg", ".pdf", ".dot", ".gv", ".html", ".txt")
DETAILS = ("auto", "model", "layers", "ops")


def graph(
    root: Tensor | Sequence[Tensor] | Callable[..., Any],
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
    """Draw what `root` was computed from: one card for each operation, with its equation, its
    numbers and its gradients.

    - `root`: a tensor, a list of tensors, or a model followed by its `inputs` (tensors or arrays),
      on which it is then run.
    - `detail`: "ops" draws every operation, "layers" one card for each layer, "model" one for each
      outermost module. "auto" draws layers where the parameters are too many to be written out.
    - `direction`: "LR", from left to right as on a slide, or "TB", from top to bottom.
    - `lang`: "en" or "es".
    - `names`: names for tensors and arrays: `names=locals()`. Other tensors are called by their
      `.name`, or u1, u2, ...
    - `layers`: frames for a network written by hand: `{"hidden layer": [U, Z, H]}`. Modules bring
      their own.
    - `title`: stands above the picture, before the formula.
    - `limit`: a picture of more cards is folded, and says so.
    - `theme`: "light", "dark", "print" (black ink), or "auto": light, but an SVG is dark where the
      reader's system is.
    - `values`, `gradients`: False leaves out the numbers, or the whole backward pass.
    - `style`: a function that takes a card (with `.kind`, `.name`, `.title`, `.key`) and returns a
      `viz.Look`, or None for the usual one.

    Returns a Graph. The formulas, and the rules on the arrows, are those that ran, and every number
    is the engine's. Gradients are those of the last `root.backward()`; before it the cards say "not
    computed". Later changes of the tensors do not show. Errors: TypeError for a root that is no
    tensor and no model, ValueError for an unknown option. Source: lecture 07, "Worked Example".

    >>> import tinygrad_edu as tg, viz
    >>> w = tg.tensor([1.0, -2.0], requires_grad=True, name="w")
    >>> print(viz.graph((w * w).sum()).describe())
    Computation graph of L: 3 cards, 3 forward edges.
    w: parameter, 2. value [1 -2]. ∂L/∂w not computed. is used by u1, u1.
    u1 = w * w: operation, 2, from w, w. value [1 4]. ∂L/∂u1 not computed. is used by L.
    L = Σ u1: loss, scalar, from u1. value 5. ∂L/∂L not computed.
    """
    words = Words(lang)
    _refuse_unknown("detail", detail, DETAILS)
    _refuse_unknown("theme", theme, THEMES)
    if direction not in ("LR", "TB"):
        raise ValueError(
            f'direction={direction!r} is unknown; known: "LR" (left to right), "TB" (top to bottom)'
        )
    model: Any = root if is_model(root) else None
    if model is not None and title is None and getattr(model, "name", None):
        title = str(model.name)
    roots = as_roots(root, inputs) if model is None else _run(model, inputs, names)
    drawn = picture(
        roots,
        detail=detail,
        words=words,
        names=names,
        layers=layers,
        title=title,
        with_gradients=gradients and model is None,
        limit=limit,
        with_values=values,
        model=model,
    )
    return Graph(drawn, direction, theme, style)


def _refuse_unknown(option: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        listed = ", ".join(f'"{name}"' for name in known)
        raise ValueError(f"{option}={value!r} is unknown; known: {listed}")


def is_model(root: object) -> bool:
    """Whether it is drawn by being run: a module, or any function of tensors."""
    return callable(root) and not isinstance(root, (Tensor, list, tuple, np.ndarray))


def as_roots(root: Any, inputs: Sequence[Any] = ()) -> list[Tensor]:
    """The tensors to draw, as a list. Errors: TypeError for what is no tensor, with the line to
    write instead."""
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


def _run(
    model: Callable[..., Any], inputs: Sequence[Any], names: Mapping[str, Any] | None
) -> list[Tensor]:
    """The model's outputs for these inputs. Every operation is recorded, inside no_grad() and of
    constants too."""
    if not inputs:
        raise TypeError("a model is drawn as it runs on data; write viz.graph(model, x)")
    by_caller = {
        id(value): name
        for name, value in (names or {}).items()
        if isinstance(value, np.ndarray) and not name.startswith("_")
    }
    tensors = []
    for x in inputs:
        # A tensor keeps its name and identity when the model changes its dtype.
        if isinstance(x, np.ndarray) and x.dtype.kind in "biuf":
            letter = "X" if x.ndim else "x"
            name = by_caller.get(id(x), letter if len(inputs) == 1 else None)
            x = Tensor(x, name=name, copy=False)
        tensors.append(x)
    with modes.recorded(), modes.record_everything():
        return as_roots(model(*tensors))


class Graph:
    """A drawn graph: `.source` is its DOT text, `.save(path)` writes it to a file, `.describe()`
    says it in words.

    `viz.graph` makes it. A notebook shows it as a picture. `.picture` holds cards and edges as
    data; `.direction`, `.theme` and `.style` are those of `viz.graph`.

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
        self.picture: Picture = picture
        self.direction: str = direction
        self.theme: str = theme
        self.style: Style | None = style
        self._source: str | None = None
        self._laid_out: dict[str, tuple[str, bytes]] = {}

    @property
    def source(self) -> str:
        """The DOT text; the same, byte for byte, in every run.

        >>> import tinygrad_edu as tg, viz
        >>> print(viz.graph(tg.tensor(1.0, name="x")).source[:7])
        digraph
        """
        if self._source is None:
            self._source = self._dot(None)
        return self._source

    def _dot(self, plan: Plan | None) -> str:
        return dot(self.picture, self.direction, THEMES[self.theme], self.style, plan)

    def describe(self) -> str:
        """The picture in words, one line for each card: for a terminal, and for who cannot see it.

        >>> import tinygrad_edu as tg, viz
        >>> print(viz.graph(tg.tensor(3.0, name="x"), lang="es").describe())
        Grafo de cómputo de x: 1 tarjeta, 0 flechas hacia delante.
        x: entrada, escalar. valor (dato fijo) 3.
        """
        return describe(self.picture)

    def equations(self) -> str:
        """The picture as numbered equations with their numbers: forward, then backward.

        >>> import tinygrad_edu as tg, viz
        >>> x = tg.tensor(3.0, requires_grad=True, name="x")
        >>> y = x * x; y.backward()
        >>> print(viz.graph(y).equations())
        Forward
          (1)  f = x·x           9
        <BLANKLINE>
        Backward
          (2)  ∂f/∂x += ∂f/∂f·x  6
          (3)  ∂f/∂x += ∂f/∂f·x  6
        """
        return equations(self.picture)

    def verify(self) -> str:
        """Compute every card again from its operands by its own formula, and every gradient by the
        rules on its arrows.

        Returns what was found, in a sentence. Errors: Differs, an AssertionError that names every
        card that shows something else.

        >>> import tinygrad_edu as tg, viz
        >>> x = tg.tensor(3.0, requires_grad=True, name="x")
        >>> y = x * x; y.backward()
        >>> viz.graph(y).verify()
        'Computed again, all alike: 1 value, 2 gradients.'
        """
        return verify(self.picture)

    def svg(self, engine: str | None = None, timeout: float | None = None) -> str:
        """The picture as SVG text, with tooltips, a role and a description.

        `engine` and `timeout` are those of `save`. Errors: EngineMissing, LayoutError.

        >>> import tinygrad_edu as tg, viz
        >>> "<svg" in viz.graph(tg.tensor(1.0, name="x")).svg()
        True
        """
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
        """Write the picture to a file, whole or not at all. Returns the path.

        - `path`: its suffix says what is written: .png, .svg or .pdf; .html, a page with the
          picture and its words; .dot or .gv, the DOT text; .txt, the equations and the words. The
          last three need no layout engine. Or a file open for bytes, with a `format`.
        - `format`: "png", "svg"... in place of a suffix.
        - `dpi`: of a .png; it is lowered, with a warning, where the bitmap would be too large.
        - `engine`: "pure" (graphviz-pure) or "dot" (the system's); without one, the first that is
          there.
        - `timeout`: seconds that the layout may take.

        A warning names letters that a PNG or PDF has no shape for; an .svg has them all. Errors:
        ValueError for an unknown suffix or no resolution, FileNotFoundError for a missing folder,
        EngineMissing, LayoutError.

        >>> import tinygrad_edu as tg, viz
        >>> viz.graph(tg.tensor(1.0, name="x")).save("x.dot")
        'x.dot'
        """
        file: Any = path if hasattr(path, "write") else None
        name = str(getattr(path, "name", "a file")) if file else os.fspath(cast(str, path))
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
            layout.require_folder(name)
        content = self._content(suffix, dpi, engine, timeout)
        if file is not None:
            file.write(content)
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
                *self._name_and_words(),
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
                source = self.source if k == 0 else self._dot(plan)
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
            *self._name_and_words(),
            self.picture.words.lang,
            dark_style() if self.theme == "auto" else "",
            columns_of(self.picture),
        )

    def _name_and_words(self) -> tuple[str, str]:
        """What a screen reader says: the title, or the first line of the words; and all words."""
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
        p = self.picture
        return f"<Graph of {p.names}: {len(p.cards)} cards; .save('graph.png'), .describe()>"
