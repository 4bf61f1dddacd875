"""PDF where the engine makes none: from the SVG, through svglib. Text stays text, lines stay lines."""

from __future__ import annotations

import io
from typing import Any

_INSTALL = 'pip install "tinygrad_edu[pdf]"'


def from_svg(svg: bytes) -> bytes:
    """A vector PDF of an SVG."""
    try:
        from reportlab.graphics import renderPDF  # type: ignore[import-untyped]
        from svglib.svglib import svg2rlg
    except ImportError:
        from .engine import EngineMissing
        raise EngineMissing(f"a PDF needs svglib, or the dot of Graphviz; write {_INSTALL}. An .svg needs neither"
                            ) from None
    drawing: Any = svg2rlg(io.BytesIO(_printable(svg)))
    out = io.BytesIO()
    renderPDF.drawToFile(drawing, out, autoCrop=False)
    return out.getvalue()


# What a PDF's own fonts lack, written as on a keyboard.
_PLAIN = {"ᵀ": ".T", "⁻": "^-", **{d: f"^{i}" for i, d in zip("0456789", "⁰⁴⁵⁶⁷⁸⁹", strict=True)}}


def _printable(svg: bytes) -> bytes:
    text = svg.decode("utf-8").replace(",sans-Serif", "").replace(",monospace", "")      # one family, as measured
    for sign, plain in _PLAIN.items():
        text = text.replace(sign, plain)
    return text.replace("^-^", "^-").encode("utf-8")
