"""Names and numbers made fit for a picture: visible characters on one line, and identifiers that
are ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .mathematics.mathtext import ATOM, SUM, Symbol, number

if TYPE_CHECKING:
    from .recording.fold import Group

MOST_TEXT = 44
"""A title longer than this is cut; the whole of it is in the tooltip."""


def number_symbol(x: Any) -> Symbol:
    """A number inside a formula."""
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return Symbol(str(x), shape=())
    return Symbol(number(x), ATOM if x >= 0 else SUM, (), x)


def visible(text: str) -> str:
    """Any text as one line of visible characters: XML and DOT have no place for the others."""
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]+", " ", str(text)
    ).strip()


def clean(text: str, most: int = 40) -> str:
    """A name as it stands in a picture: visible, and cut in the middle, since long names differ at
    their ends.

    >>> clean("encoder.block.0.attention.projection.weight", 20)
    'encoder.bl…on.weight'
    """
    text = visible(text)
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"


def cut(text: str) -> str:
    """A title that fits."""
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"


def keys_of(groups: Iterable[Group]) -> dict[int, str]:
    """A readable identifier for each card: its name in ASCII, numbered where that is taken."""
    keys: dict[int, str] = {}
    taken: dict[str, int] = {}
    for g in groups:
        stem = re.sub(r"[^A-Za-z0-9]+", "_", g.label or g.last.name).strip("_") or "node"
        stem = f"n{stem}" if stem[0].isdigit() else stem
        taken[stem] = taken.get(stem, 0) + 1
        while (
            key := stem if taken[stem] == 1 else f"{stem}_{taken[stem]}"
        ) != stem and key in taken:
            taken[stem] += 1
        taken.setdefault(key, 1)
        keys[id(g)] = key
    return keys
