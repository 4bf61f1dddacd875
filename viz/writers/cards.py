"""One card as Graphviz' HTML-like label: a title row, headings, and numbers in columns.

Ports: `t` the title row, `a` and `b` its left and right half, `v` the values, `g` the gradients.
Forward edges run along `t`, backward edges along the numbers.
"""

from __future__ import annotations

from html import escape

import numpy as np

from ..model import Card, Column
from ..numbers import grid
from ..palette import Look, Palette
from ..text import cut
from ..words import Words

TITLE, NOTE, HEAD, NUMBERS = 15, 11, 11, 14
"""Sizes of type, in points."""

LINE = 1.2 * NUMBERS
"""Height of a line of numbers, in both engines."""

SUMMARY, HEADINGS = 76, 23
"""Height of min, mean and max; of the row of headings that a card without columns lacks."""


def text(
    content: str, *, size: int, color: str, bold: bool = False, italic: bool = False, face: str = ""
) -> str:
    """A run of text. Graphviz drops a tag around nothing, so there is always something in it."""
    # A backslash is doubled, or Graphviz would put the name of the node in for \\N.
    body = escape(content, quote=False).replace("\\", "\\\\").replace("\n", " ") or " "
    if bold:
        body = f"<B>{body}</B>"
    elif italic:
        body = f"<I>{body}</I>"
    family = f' FACE="{face}"' if face else ""
    return f'<FONT{family} POINT-SIZE="{size}" COLOR="{color}">{body}</FONT>'


def cell(content: str, **attributes: object) -> str:
    """A <TD> with its attributes."""
    written = "".join(f' {k.upper()}="{v}"' for k, v in attributes.items())
    return f"<TD{written}>{content}</TD>"


def height(card: Card) -> int:
    """The room that the numbers of a card, or its lines, need, in points."""
    needs = [17 * len(card.lines) - 8]
    for c in card.columns:
        if c.array is not None:
            needs.append(round(LINE) * len(np.atleast_2d(c.array)) + 14)
        elif c.stats:
            needs.append(SUMMARY)
    return max(needs)


def label(card: Card, room: int, palette: Palette, look: Look | None = None) -> str:
    """The card as a table whose numbers take `room` points, so that cards in a row are equally
    high."""
    look = look or palette.kinds[card.kind]
    wide = max(1, len(card.columns))
    name = text(cut(card.title), size=TITLE, color=palette.text, bold=True)
    note = text(card.note, size=NOTE, color=palette.muted)
    title = (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4"><TR>'
        + cell(name, port="a", align="LEFT")
        + cell(note, port="b", align="RIGHT")
        + "</TR></TABLE>"
    )
    out = ["<TR>" + cell(title, port="t", colspan=wide, bgcolor=look.fill, cellpadding=1) + "</TR>"]
    if card.columns:
        out.append("<TR>" + "".join(_head(c, palette) for c in card.columns) + "</TR>")
        ports = ["v", "g"] if wide == 2 else ["v"]
        out.append(
            "<TR>"
            + "".join(
                cell(_numbers(c, palette), port=p, height=room, cellpadding=5, bgcolor=palette.card)
                for p, c in zip(ports, card.columns, strict=True)
            )
            + "</TR>"
        )
    elif card.lines:
        body = "<BR/>".join(text(cut(line), size=13, color=palette.text) for line in card.lines)
        out.append(
            "<TR>"
            + cell(body, port="v", height=room + HEADINGS, cellpadding=7, bgcolor=palette.card)
            + "</TR>"
        )
    return (
        f'<<TABLE BORDER="{look.border}" CELLBORDER="1" CELLSPACING="0" COLOR="{look.stroke}" '
        f'BGCOLOR="{palette.card}">{"".join(out)}</TABLE>>'
    )


def _head(c: Column, palette: Palette) -> str:
    value = c.kind == "value"
    return cell(
        text(c.head, size=HEAD, color=palette.value if value else palette.gradient_text),
        cellpadding=4,
        bgcolor=palette.value_fill if value else palette.gradient_fill,
    )


def _numbers(c: Column, palette: Palette) -> str:
    color = palette.value if c.kind == "value" else palette.gradient_text
    if c.array is None and not c.stats:
        # a line for each part keeps the card narrow
        return "<BR/>".join(text(p, size=HEAD, color=palette.muted, italic=True) for p in c.reason)
    if c.array is not None:
        # A cell each: a line of text in two colours would be set closer than one in one colour.
        body = "".join(
            "<TR>"
            + "".join(
                _number(v, k, k + 1 == len(row), c.kind == "gradient", color, palette)
                for k, v in enumerate(row)
            )
            + "</TR>"
            for row in grid(c.array)
        )
        return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{body}</TABLE>'
    body = "".join(
        "<TR>"
        + cell(text(k, size=HEAD, color=palette.muted) + " ", align="LEFT")
        + cell(text(v, size=NUMBERS, color=color, face=palette.mono), align="RIGHT")
        + "</TR>"
        for k, v in c.stats
    )
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{body}</TABLE>'


def _number(
    number: str, column: int, last: bool, gradient: bool, color: str, palette: Palette
) -> str:
    """One number; where no gradient comes through, the 0 is faint."""
    shade = palette.faint if gradient and number.strip() == "0" else color
    spaced = (" " if column else "") + number + ("" if last else " ")
    return cell(text(spaced, size=NUMBERS, color=shade, face=palette.mono), height=round(LINE))


def heading(
    title: str,
    formula: str,
    kinds: list[str],
    backward: bool,
    notes: list[str],
    palette: Palette,
    words: Words,
) -> str:
    """What stands above the picture: title and formula, the legend, and what was left out."""
    # Empty cells beside each line take up the width that another line is wider by.
    aside = cell(" ")
    lines = []
    first = ""
    if title:
        first += text(title + (": " if formula else ""), size=19, color=palette.text, bold=True)
    if formula:
        first += text(("  " if title else "") + formula, size=19, color=palette.text)
    if first:
        lines.append(cell(first, cellpadding=4, colspan=3))
    legend = "".join([*_legend_of_kinds(kinds, palette, words), *_arrows(backward, palette, words)])
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="8" CELLPADDING="2">'
    lines.append(aside + cell(f"{table}<TR>{legend}</TR></TABLE>") + aside)
    lines += [
        cell(text(note, size=12, color=palette.muted, italic=True), colspan=3) for note in notes
    ]
    rows = "".join(f"<TR>{line}</TR>" for line in lines)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>>'


def _legend_of_kinds(kinds: list[str], palette: Palette, words: Words) -> list[str]:
    """A small box for each kind of card, in its colours."""
    boxes = []
    for kind in kinds:
        look = palette.kinds[kind]
        name = text(words[kind], size=12, color=palette.text)
        colours = {"border": look.border, "color": look.stroke, "bgcolor": look.fill}
        boxes.append(cell(name, **colours, cellpadding=4))
    return boxes


def _arrows(backward: bool, palette: Palette, words: Words) -> list[str]:
    """What the two kinds of arrows carry."""
    arrows = [
        cell(
            text(f"{words['value']}: ", size=13, color=palette.value, bold=True)
            + text(f"{words['forward']} →", size=13, color=palette.value)
        )
    ]
    if backward:
        arrows.append(
            cell(
                text(f"{words['gradient']}: ", size=13, color=palette.gradient_text, bold=True)
                + text(f"← {words['backward']}", size=13, color=palette.gradient_text)
            )
        )
    return arrows
