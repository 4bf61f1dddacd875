"""Colours, fonts and sizes, in one place. Okabe-Ito hues; contrast and colour-blind distances were computed.

No meaning is carried by colour alone: a kind is a word on the card too, forward edges are solid, backward ones dashed.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Look:
    """How one kind of card looks."""
    stroke: str
    fill: str
    border: int = 2


@dataclass(frozen=True)
class Palette:
    """Everything a picture takes its looks from."""
    page: str = "#FFFFFF"
    card: str = "#FFFFFF"
    text: str = "#111827"
    muted: str = "#4B5563"
    faint: str = "#757D8A"           # zeros, which say "no gradient here", and the frame's neighbours
    value: str = "#0B4F7D"
    value_fill: str = "#EEF5FA"
    gradient: str = "#D55E00"
    gradient_text: str = "#B03A00"
    gradient_fill: str = "#FDEDE2"
    frame: str = "#9CA3AF"
    # Exactly one family each: graphviz-pure takes Times' widths for a list.
    font: str = "Helvetica"
    mono: str = "Courier"            # ASCII only: both engines mismeasure anything else in it
    kinds: dict[str, Look] = field(default_factory=lambda: {
        "input": Look("#3B8DC4", "#DCEEFA"),
        "target": Look("#3B8DC4", "#DCEEFA"),
        "parameter": Look("#CC79A7", "#F6E3EE", 3),
        "operation": Look("#6B7280", "#ECEFF3"),
        "output": Look("#00795A", "#D3F0E5"),
        "loss": Look("#00795A", "#D3F0E5", 3),
        "layer": Look("#6B7280", "#ECEFF3"),
        "folded": Look("#6B7280", "#F7F8FA", 1)})


LIGHT = Palette()
