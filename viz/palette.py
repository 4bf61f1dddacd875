"""Colours, fonts and sizes, in one place. Okabe-Ito hues; contrast and colour-blind distances were
computed.

No meaning is carried by colour alone: a kind is a word on the card too, forward edges are solid,
backward ones dashed.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Look:
    """How a card looks: `stroke`, the colour of its border, `fill`, of its title row, and the width
    of the border.

    Colours are written as in HTML, `#RRGGBB`; `border` is in points, 0 for none.
    `viz.graph(style=)` takes a function that returns one.

    >>> import tinygrad_edu as tg, viz
    >>> red = viz.Look("#B03A00", "#FDEDE2", border=3)
    >>> x = tg.tensor(1.0, name="x")
    >>> "#B03A00" in viz.graph(x, style=lambda card: red if card.name == "x" else None).source
    True
    """

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
    # zeros, which say "no gradient here", and the frame's neighbours
    faint: str = "#6B7280"
    value: str = "#0B4F7D"
    value_fill: str = "#EEF5FA"
    gradient: str = "#D55E00"
    gradient_text: str = "#B03A00"
    gradient_fill: str = "#FDEDE2"
    frame: str = "#9CA3AF"
    # Exactly one family each: graphviz-pure takes Times' widths for a list.
    font: str = "Helvetica"
    mono: str = "Courier"  # ASCII only: both engines mismeasure anything else in it
    kinds: dict[str, Look] = field(
        default_factory=lambda: {
            "input": Look("#3B8DC4", "#DCEEFA"),
            "target": Look("#3B8DC4", "#DCEEFA"),
            "parameter": Look("#CC79A7", "#F6E3EE", 3),
            "frozen": Look("#CC79A7", "#F6E3EE", 1),
            "unrecorded": Look("#3B8DC4", "#ECEFF3", 1),
            "operation": Look("#6B7280", "#ECEFF3"),
            "output": Look("#00795A", "#D3F0E5"),
            "loss": Look("#00795A", "#D3F0E5", 3),
            "layer": Look("#6B7280", "#ECEFF3"),
            "folded": Look("#6B7280", "#F7F8FA", 1),
        }
    )


LIGHT = Palette()

DARK = Palette(
    page="#111827",
    card="#1F2937",
    text="#E5E7EB",
    muted="#9CA3AF",
    faint="#8B93A1",
    value="#7FC8F8",
    value_fill="#17283C",
    gradient="#FF9A57",
    gradient_text="#FFB27A",
    gradient_fill="#3A2417",
    frame="#6B7280",
    kinds={
        "input": Look("#3B8DC4", "#17354D"),
        "target": Look("#3B8DC4", "#17354D"),
        "parameter": Look("#CC79A7", "#472B3B", 3),
        "frozen": Look("#CC79A7", "#472B3B", 1),
        "unrecorded": Look("#3B8DC4", "#2B3544", 1),
        "operation": Look("#7B8493", "#2B3544"),
        "output": Look("#34D399", "#10402F"),
        "loss": Look("#34D399", "#10402F", 3),
        "layer": Look("#7B8493", "#2B3544"),
        "folded": Look("#7B8493", "#242E3C", 1),
    },
)

# For black ink: kinds differ by their word and border, values by upright black, gradients by dashes
# and grey.
PRINT = Palette(
    text="#000000",
    muted="#333333",
    faint="#707070",
    value="#000000",
    value_fill="#FFFFFF",
    gradient="#555555",
    gradient_text="#333333",
    gradient_fill="#F2F2F2",
    frame="#777777",
    kinds={
        "input": Look("#000000", "#FFFFFF", 1),
        "target": Look("#000000", "#FFFFFF", 1),
        "parameter": Look("#000000", "#FFFFFF", 3),
        "frozen": Look("#000000", "#FFFFFF", 2),
        "unrecorded": Look("#000000", "#FFFFFF", 1),
        "operation": Look("#000000", "#E9E9E9", 1),
        "output": Look("#000000", "#D6D6D6", 2),
        "loss": Look("#000000", "#D6D6D6", 3),
        "layer": Look("#000000", "#E9E9E9", 2),
        "folded": Look("#000000", "#F7F7F7", 1),
    },
)

THEMES = {"auto": LIGHT, "light": LIGHT, "dark": DARK, "print": PRINT}
"""By the name that `theme=` takes. "auto" is light, and dark where an SVG's reader has asked for
dark."""


SCOPE = "computation-graph"
"""The class of every drawing: its style sheet must not recolour the page around it."""


def dark_style() -> str:
    """CSS that shows an SVG in the light palette in the dark one, where the reader has set that.
    Graphviz writes each colour as an attribute, which a style sheet outdoes; so the colours
    themselves are the class names."""
    turned: dict[str, str] = {}
    for light, dark in [
        *(
            (getattr(LIGHT, n), getattr(DARK, n))
            for n in (
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
        ),
        *(
            (getattr(LIGHT.kinds[k], part), getattr(DARK.kinds[k], part))
            for k in LIGHT.kinds
            for part in ("stroke", "fill")
        ),
    ]:
        turned.setdefault(light.lower(), dark)
    # only in the drawing: the page around it has colours of its own
    scope = f".{SCOPE}"
    rules = [
        f'{scope} [fill="{LIGHT.card.lower()}"],{scope} [fill="white"]{{fill:{DARK.card}}}',
        f"{scope} polygon.page{{fill:{DARK.page};stroke:none}}",
    ]
    for light, dark in turned.items():
        rules += [
            f'{scope} [fill="{light}"]{{fill:{dark}}}',
            f'{scope} [stroke="{light}"]{{stroke:{dark}}}',
        ]
    return "@media (prefers-color-scheme: dark){" + "".join(rules) + "}"
