"""What the page knows of cards and of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model import Card, Picture
from ..numbers import grid, in_words, is_full, shape_text


def matrix(array: np.ndarray, head: str, kind: str, p: Picture) -> dict[str, Any]:
    """A matrix for the page, under a heading: written out, or in words where it is too large.

    `kind` is "value", "gradient" or "local", by which the page colours it.
    """
    out: dict[str, Any] = {"head": head, "kind": kind}
    if is_full(array):
        out["rows"] = [[number.strip() for number in row] for row in grid(array)]
    else:
        out["text"] = f"{shape_text(array.shape, p.words)}: {in_words(array, p.words)}"
    return out


def card_data(c: Card, p: Picture) -> dict[str, Any]:
    """A card for the page: its title, its tooltip, and how many numbers each column shows."""
    columns = [
        {
            "kind": col.kind,
            "head": col.head,
            "text": col.text,
            "n": len(col.stats) if col.array is None else col.array.size,
            "full": col.array is not None,
            "wide": 1 if col.array is None or not col.array.ndim else col.array.shape[-1],
        }
        for col in c.columns
    ]
    return {
        "title": c.title,
        "kind": c.kind,
        "word": p.words[c.kind],
        "tip": c.tip,
        "columns": columns,
    }
