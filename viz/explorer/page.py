"""`viz.explore`: the page itself, from its parts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from typing import Any

from tinygrad_edu.files import write_whole

from ..graph import Graph, graph
from ..palette import DARK, LIGHT, Palette
from ..recording.fold import LIMIT
from ..words import LANGUAGES, Words
from ..writers import layout
from .steps import data
from .words import PAGE


def explore(
    root: Any,
    *inputs: Any,
    path: str | os.PathLike[str] = "graph.html",
    lang: str = "en",
    detail: str = "auto",
    direction: str = "LR",
    names: Mapping[str, Any] | None = None,
    layers: Mapping[str, Iterable[Any]] | None = None,
    title: str | None = None,
    limit: int = LIMIT,
    engine: str | None = None,
) -> str:
    """Write one HTML file in which the picture of `viz.graph` can be stepped through.

    Forward operation by operation, then backward gradient by gradient, with keys, a slider or a
    play button. The card of the step is marked; below stands its formula with the numbers put in,
    and for a gradient the chain rule: outer gradient, local derivative, their product, the sum over
    what was broadcast, and what other uses add. A number under the pointer shows which numbers it
    was computed from. There are search, zoom, keyboard and screen reader, English and Spanish,
    light and dark. The file needs no network and no server.

    - `path`: where the file is written, a name that ends in .html.
    - `lang`: the language it opens in, "en" or "es".
    - `engine`: "pure" or "dot", as in `Graph.save`.
    - `root`, `detail`, `direction`, `names`, `layers`, `title`, `limit`: as in `viz.graph`.

    Returns the path. Errors: those of `viz.graph`, ValueError for another suffix,
    FileNotFoundError for a missing folder, EngineMissing, LayoutError.

    >>> import os, tempfile, tinygrad_edu as tg, viz
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> loss = (x * x).sum(); loss.backward()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.path.basename(viz.explore(loss, path=os.path.join(folder, "squares.html")))
    'squares.html'
    """
    path = os.fspath(path)
    if not path.lower().endswith((".html", ".htm")):
        raise ValueError(f"{path!r} is no page; an explorer is written as .html")
    Words(lang)  # an unknown language is refused before the work begins
    layout.require_folder(path)
    drawn = {
        key: graph(
            root,
            *inputs,
            detail=detail,
            direction=direction,
            lang=key,
            names=names,
            layers=layers,
            title=title,
            limit=limit,
            theme="light",
        )
        for key in LANGUAGES
    }
    write_whole(path, _page(drawn, lang, engine))
    return path


def _page(drawn: Mapping[str, Graph], lang: str, engine: str | None) -> str:
    content: dict[str, Any] = {"lang": lang}
    for key, picture in drawn.items():
        svg = picture.svg(engine)
        content[key] = {
            **data(picture.picture),
            "svg": svg[svg.index("<svg") :],
            "description": picture.describe(),
            "title": picture.picture.title or picture.picture.names,
            "texts": Words(key, PAGE).all(),
        }
    # Inside a script element nothing may look like its end.
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    here = resources.files(__name__.rpartition(".")[0])
    light, dark = f":root{{{_variables(LIGHT)}}}", f":root[data-theme=dark]{{{_variables(DARK)}}}"
    colours = f"{light}\n{dark}\n{_recoloured()}"
    parts = {
        "lang": lang,
        "title": escape(content[lang]["title"]),
        "data": text,
        "style": colours + here.joinpath("page.css").read_text("utf-8"),
        "script": here.joinpath("page.js").read_text("utf-8"),
    }
    page = here.joinpath("page.html").read_text("utf-8")
    for name, part in parts.items():
        head, mark, tail = page.partition(f"<!--{name}-->")
        page = head + part + tail if mark else page
    return page.replace("{lang}", lang, 1)


def _variables(palette: Palette) -> str:
    return "".join(
        f"--{name.replace('_', '-')}:{getattr(palette, name)};"
        for name in (
            "page",
            "card",
            "text",
            "muted",
            "faint",
            "value",
            "value_fill",
            "gradient",
            "gradient_text",
            "gradient_fill",
            "frame",
        )
    )


def _recoloured() -> str:
    """The drawing's colours in the dark theme, by the light ones that Graphviz wrote."""
    rules = ["#stage polygon.page{fill:none!important}"]
    pairs = {
        getattr(LIGHT, n): getattr(DARK, n)
        for n in (
            "faint",
            "muted",
            "text",
            "value",
            "value_fill",
            "gradient",
            "gradient_text",
            "gradient_fill",
            "frame",
            "card",
        )
    }
    for kind, look in LIGHT.kinds.items():
        pairs.setdefault(look.stroke, DARK.kinds[kind].stroke)
        pairs.setdefault(look.fill, DARK.kinds[kind].fill)
    for light, dark in pairs.items():
        for part in ("fill", "stroke"):
            names = [light.lower(), "white"] if light == LIGHT.card else [light.lower()]
            rules += [
                f':root[data-theme=dark] #stage [{part}="{name}"]{{{part}:{dark}}}'
                for name in names
            ]
    return "\n".join(rules) + "\n"
