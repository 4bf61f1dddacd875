"""Names and numbers made fit for a picture: visible characters on one line, and identifiers that
are ours."""

from __future__ import annotations

import re

MOST_TEXT = 44
"""A title longer than this is cut; the whole of it is in the tooltip."""


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
