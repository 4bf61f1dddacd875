"""Pieces of a formula: a text, how tightly it holds together, and what is known of its array."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..words import Words

CHOICE, COMPARE, SUM, PRODUCT, PREFIX, POWER, ATOM = range(7)
"""How tightly a piece of text holds together: a looser one gets parentheses in a tighter one."""


@dataclass(frozen=True)
class Symbol:
    """What a name in a formula stands for."""

    text: str
    hold: int = ATOM  # one of the levels above
    shape: tuple[int, ...] | None = None  # None where it is not known
    value: Any = None  # of a number, or of a parameter of the operation

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.shape == () or isinstance(self.value, (int, float))

    @property
    def has_literal(self) -> bool:
        """Whether its value is a number, a text, or a tuple of them, which a tree can write out."""
        return self.text == "None" if self.value is None else _is_literal(self.value)


def _is_literal(v: Any) -> bool:
    if isinstance(v, tuple):
        return all(e is None or _is_literal(e) for e in v)
    return isinstance(v, (str, np.integer)) or (isinstance(v, (int, float)) and math.isfinite(v))


@dataclass(frozen=True)
class Piece:
    """A part of a formula as text.

    >>> Piece("a + b", SUM).within(PRODUCT), Piece("a", ATOM).within(PRODUCT)
    ('(a + b)', 'a')
    """

    text: str
    hold: int = ATOM
    scalar: bool = False  # it is one number, so `·` cannot be mistaken for a matrix product

    def within(self, hold: int) -> str:
        """The text as it stands where `hold` is needed: in parentheses if it holds less tightly."""
        return self.text if self.hold >= hold else f"({self.text})"


def number(v: float) -> str:
    """A number inside a formula, with a true minus sign.

    >>> number(-3.0), number(0.25)
    ('−3', '0.25')
    """
    text = str(int(v)) if v == int(v) and abs(v) < 1e6 else f"{v:.6g}"
    return text.replace("-", "−")


def number_symbol(x: Any) -> Symbol:
    """The symbol of a number, which stands in a formula for itself."""
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return Symbol(str(x), shape=())
    return Symbol(number(x), ATOM if x >= 0 else SUM, (), x)


def axes_text(axes: tuple[int, ...], rank: int, words: Words) -> str:
    """The axes of a sum: ` rows` (it runs along axis 0 of a matrix), ` columns`, ` axis 0, 2`;
    nothing where it runs over all `rank` axes.

    >>> axes_text((0,), 2, Words("en")), axes_text((0, 2), 3, Words("en"))
    (' rows', ' axis 0, 2')
    """
    if len(axes) == rank:
        return ""
    if rank == 2:
        return f" {words['rows' if axes == (0,) else 'columns']}"
    return f" {words['axis']} {', '.join(map(str, axes))}"
