"""An SVG for people and machines: tooltips that browsers show, a role, a title, and the whole
picture in words."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from html import escape

from ..model import Picture
from ..palette import DARK, LIGHT, SCOPE

Columns = Mapping[str, Sequence[tuple[str, int]]]
"""By the key of a card: its columns, each with the number of its texts."""

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def accessible(
    svg: bytes,
    name: str,
    description: str,
    lang: str = "en",
    style: str = "",
    columns: Columns | None = None,
) -> bytes:
    """Graphviz' SVG with `role`, `lang`, `aria-label`, <title> and <desc>, a style sheet where one
    is given, its tooltips where browsers look for them, and a class on every number.

    `columns` says for the key of each card which columns it has, and how many numbers each: the
    text of a number gets the classes `number value` or `number gradient`.

    Graphviz writes a tooltip as xlink:title, which browsers no longer show, and the name of a node
    as <title>, which they do: the first takes the place of the second.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg)
    root.set("role", "img")
    root.set("aria-label", name)
    root.set("lang", lang)
    root.set("class", SCOPE)
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        if title is None:
            continue
        link = group.find(f".//{{{_SVG}}}a[@{{{_XLINK}}}title]")
        if group.get("class") == "graph":
            group.remove(title)
        elif link is not None and group.get("class") != "graph":
            title.text = link.get(f"{{{_XLINK}}}title")
    background = next(root.iter(f"{{{_SVG}}}polygon"), None)
    if background is not None:
        background.set("class", "page")
    for key, kinds in (columns or {}).items():
        _name_numbers(root, key, kinds)
    title, desc = ET.Element(f"{{{_SVG}}}title"), ET.Element(f"{{{_SVG}}}desc")
    title.text, desc.text = name, description
    root.insert(0, title)
    root.insert(1, desc)
    if style:
        sheet = ET.Element(f"{{{_SVG}}}style")
        sheet.text = style
        root.insert(2, sheet)
    whole: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _name_numbers(root: ET.Element, key: str, columns: Sequence[tuple[str, int]]) -> None:
    """Give each number of a card its classes. Graphviz can set no class on a text; but in a card
    only numbers are written in the palette's font for numbers, column by column, so that they are
    told from the other texts here, where the drawing is made, and by their class ever after."""
    group = root.find(f".//{{{_SVG}}}g[@id='node-{key}']")
    if group is None:
        return
    texts = iter(
        t for t in group.iter(f"{{{_SVG}}}text") if t.get("font-family", "").startswith(LIGHT.mono)
    )
    for kind, count in columns:
        for text in itertools.islice(texts, count):
            text.set("class", f"number {kind}")


def scrolling(svg: str) -> str:
    """A drawing in a page's column: as wide as that, but never too small to be read; what is wider
    scrolls."""
    drawing = svg[svg.index("<svg") :]
    found = re.search(r'<svg[^>]*?\bwidth="([\d.]+)pt"', drawing, re.S)
    least = round(0.6 * 4 / 3 * float(found[1])) if found else 0
    drawing = drawing.replace(
        "<svg", f'<svg style="max-width:100%;min-width:{least}px;height:auto"', 1
    )
    return f'<div style="overflow-x:auto">{drawing}</div>'


def page(svg: str, name: str, description: str, lang: str, theme: str) -> str:
    """A web page of its own: the picture, as wide as the window at most, and below it the words."""
    drawing = svg[svg.index("<svg") :]
    dark = f"background:{DARK.page};color:{DARK.text}"
    schemes = {
        "dark": f"body{{{dark}}}",
        "auto": f"@media (prefers-color-scheme: dark){{body{{{dark}}}}}",
    }
    scheme = schemes.get(theme, "")
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta '
        f'charset="utf-8"><title>{escape(name)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<style>body{font:16px/1.5 "
        f"Helvetica,Arial,sans-serif;margin:1.5rem;background:#fff;color:#111827}}svg{{max-width:100%;height:auto}}pre{{white-space:pre-wrap}}{scheme}</style></head>\n"
        f"<body><main>{drawing}\n<pre>{escape(description)}</pre></main></body></html>\n"
    )


def columns_of(p: Picture) -> Columns:
    """The columns of each card of a picture, as `accessible` takes them. Rows of a matrix are
    drawn one after the other, the values before the gradients.

    >>> import tinygrad_edu as tg, viz
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    >>> columns_of(viz.graph(x.sum()).picture)["x"]
    [('value', 2), ('gradient', 0)]
    """
    return {
        c.key: [
            (col.kind, len(col.stats) if col.array is None else col.array.size) for col in c.columns
        ]
        for c in p.cards
    }
