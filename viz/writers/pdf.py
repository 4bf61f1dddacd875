"""PDF where the engine makes none: from the SVG, through svglib. Text stays text, lines stay
lines."""

from __future__ import annotations

import functools
import html
import io
import os
import re
import warnings
from typing import Any

from .layout import EngineMissing

_INSTALL = 'pip install "tinygrad_edu[pdf]"'


def from_svg(svg: bytes) -> bytes:
    """A vector PDF of an SVG."""
    try:
        from reportlab.graphics import renderPDF  # type: ignore[import-untyped]
        from svglib.svglib import svg2rlg
    except ImportError:
        raise EngineMissing(
            f"a PDF needs svglib, or the dot of Graphviz; write {_INSTALL}. An .svg needs neither"
        ) from None
    warn_of_boxes(svg, "pdf")
    _register()
    drawing: Any = svg2rlg(io.BytesIO(_printable(svg)))
    out = io.BytesIO()
    renderPDF.drawToFile(drawing, out, autoCrop=False)
    return out.getvalue()


FONT = "DejaVuSans"
"""The font for what a PDF's own fonts lack: it comes with matplotlib, and is embedded."""


@functools.cache
def _register() -> str:
    """Tell both libraries where the font is. Returns its path."""
    from matplotlib import get_data_path
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
    from svglib.fonts import register_font

    path = os.path.join(get_data_path(), "fonts", "ttf", f"{FONT}.ttf")
    pdfmetrics.registerFont(TTFont(FONT, path))
    register_font(FONT, path)
    return path


@functools.cache
def _letters_of_font() -> frozenset[int]:
    """The letters that the font has."""
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    return frozenset(
        FT2Font(os.path.join(get_data_path(), "fonts", "ttf", f"{FONT}.ttf")).get_charmap()
    )


_NARROWER = {"bold": 0.82, "": 0.88}
"""By how much the embedded font is wider than Helvetica, in which the drawing was measured."""


def _printable(svg: bytes) -> bytes:
    """The SVG with each text in a font that has its letters: Helvetica as it was measured, or the
    embedded one."""
    text = svg.decode("utf-8").replace(",sans-Serif", "").replace(",monospace", "")

    def in_font(found: re.Match[str]) -> str:
        if all(_has_own_letter(c) for c in html.unescape(found[2])):
            return found[0]
        smaller = _NARROWER["bold" if 'font-weight="bold"' in found[1] else ""]
        tag = re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', found[1])
        tag = re.sub(
            r'font-size="([\d.]+)"', lambda m: f'font-size="{float(m[1]) * smaller:.2f}"', tag
        )
        return tag + found[2]

    return re.sub(r"(<text[^>]*>)([^<]*)", in_font, text).encode("utf-8")


@functools.cache
def _has_own_letter(letter: str) -> bool:
    """Whether Helvetica, or Symbol in its place, has a letter."""
    from reportlab.pdfbase import pdfmetrics

    font = pdfmetrics.getFont("Helvetica")
    found = pdfmetrics.unicode2T1(letter, [font, *font.substitutionFonts])
    return all(f.fontName != "ZapfDingbats" for f, _ in found)


def warn_of_boxes(svg: bytes, kind: str) -> None:
    """Name the texts with letters that come out as empty boxes, in a PDF of ours or a bitmap of
    graphviz-pure."""
    if kind not in ("pdf", "pure"):
        return  # the system's dot takes the system's fonts
    try:
        known = _letters_of_font()
    except ImportError:
        return
    lost: dict[str, None] = {}
    for text in re.findall(r"<text[^>]*>([^<]*)", svg.decode("utf-8")):
        said = html.unescape(text)
        if any(ord(c) not in known and not c.isspace() for c in said):
            lost[said] = None
    if lost:
        warnings.warn(
            f"no font here has all letters of {', '.join(map(repr, list(lost)[:5]))}: they are "
            "empty boxes. "
            'An .svg shows them, and so does the system\'s dot, engine="dot"',
            stacklevel=5,
        )
