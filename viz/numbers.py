"""Numbers as a card shows them: three digits, short, never -0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .words import Words

FULL = 4
"""Arrays of at most this many rows and columns are written in full."""


def short(x: Any) -> str:
    """Three digits and no more: .25, -.5, 12, 1500, 1e-5.

    >>> [short(v) for v in (0.25, -0.5, -0.0, 3.0, 1234.5, 1e-5, 123456789.0)]
    ['.25', '-.5', '0', '3', '1235', '1e-5', '1.23e8']
    """
    if isinstance(x, (bool, np.bool_)):
        return str(int(x))
    x = float(x)
    if not math.isfinite(x):
        return str(x)
    size = abs(x)
    if x == 0:
        return "0"
    if 100 <= size < 99_999.5:
        return str(math.floor(size + 0.5) * (1 if x > 0 else -1))
    text = f"{x:.2e}" if size < 1e-3 else f"{x:.3g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return (
            f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"
        )
    return text.replace("0.", ".", 1) if size < 1 else text


def is_full(array: np.ndarray) -> bool:
    """Whether the array is written out, number by number."""
    return array.ndim <= 2 and array.size > 0 and all(n <= FULL for n in array.shape)


def grid(array: np.ndarray) -> list[list[str]]:
    """The rows of a small array, each number padded to its column."""
    rows = np.atleast_2d(array)
    texts = [[short(v) for v in row] for row in rows.tolist()]
    wide = [max(len(row[k]) for row in texts) for k in range(rows.shape[1])]
    return [[t.rjust(w) for t, w in zip(row, wide, strict=True)] for row in texts]


def summary(array: np.ndarray, words: Words) -> list[tuple[str, str]]:
    """min, mean and max of a large array: of its finite part, with the rest counted."""
    if array.size == 0:
        return [(words["empty"], "")]
    if array.dtype.kind == "b":
        array = array.astype(np.float64)
    good = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    rows = []
    if good.size:
        rows = [
            (words["min"], short(good.min())),
            (words["mean"], short(good.mean(dtype=np.float64))),
            (words["max"], short(good.max())),
        ]
    if array.size > good.size:
        nans = int(np.isnan(array).sum())
        rows += [(words["nan"], str(nans))] if nans else []
        rows += (
            [("inf", str(array.size - good.size - nans))] if array.size - good.size > nans else []
        )
    return rows


def in_words(array: np.ndarray, words: Words) -> str:
    """An array in a line of text: `[0 1; 1 0]`, or its least, mean and greatest number."""
    if not is_full(array):
        return ", ".join(f"{k} {v}".strip() for k, v in summary(array, words))
    rows = ["  ".join(t.strip() for t in row).replace("  ", " ") for row in grid(array)]
    return rows[0] if array.ndim == 0 else f"[{'; '.join(rows)}]"


def shape_text(shape: tuple[int, ...], words: Words) -> str:
    """4×2; a vector of 2 is `2`; no axes, `scalar`."""
    return "×".join(map(str, shape)) if shape else words["number"]
