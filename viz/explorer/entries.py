"""Single entries: which numbers a number came from, and the sum or formula that gives it.

The structure is not guessed from names: an operation is run with a NaN in one entry, and where NaN
comes out that entry was read; its gradient rule is run for one entry of the output at a time, which
gives the Jacobian's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.autodiff import walk

from ..mathematics import notation
from ..mathematics.pieces import ATOM, SUM, Symbol, number_symbol
from ..numbers import short
from ..recording.gradients import ran_on
from ..recording.nodes import Node
from ..text import clean
from ..words import Words

MOST_TERMS = 8
"""A sum of more terms than this is cut in the text; the numbers it came from are still marked."""

MOST_TRACED = 64
"""An array of more entries than this is not traced entry by entry."""

_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PRODUCTS = ("matmul", "matvec", "vecmat", "inner")


class Chain(NamedTuple):
    """One use of x, for the chain rule."""

    result: Node  # y, which was computed from x
    gradient: np.ndarray  # ∂L/∂y
    slopes: np.ndarray  # ∂y/∂x, (y.size, x.size)
    reads: np.ndarray  # which entries of y read which of x, (y.size, x.size)


def label(name: str, shape: tuple[int, ...], k: int) -> str:
    """The name of entry k, counted from 1 as in mathematics: Z₂₁, c₁, L.

    >>> label("Z", (4, 2), 2), label("L", (), 0)
    ('Z₂₁', 'L')
    """
    index = [int(i) + 1 for i in np.unravel_index(k, shape)] if shape else []
    return clean(name) + "".join(map(str, index)).translate(_SUB)


def jacobian(y: Node, i: int) -> np.ndarray | None:
    """∂y/∂x for the i-th operand, (y.size, x.size), row by row from the gradient rule; None where
    it has none."""
    rule = y.op.gradients[0 if y.op.variadic else i]
    if rule is None:
        return None
    params = {**y.params, "i": i} if y.op.variadic else y.params
    arrays = ran_on(y)
    shape = np.shape(arrays[i])
    rows = np.empty((y.array.size, int(np.prod(shape))))
    with np.errstate(all="ignore"):
        for k in range(y.array.size):
            g = np.zeros(y.array.shape, y.array.dtype)
            g.reshape(-1)[k] = 1
            r = np.asarray(rule(g, y.array, *arrays, **params))
            rows[k] = np.asarray(walk.unbroadcast(r, shape)).reshape(-1)
    return rows


def reads(y: Node, i: int) -> np.ndarray:
    """Which entries of y (rows) read which entries of the i-th operand (columns)."""
    arrays = ran_on(y)
    x = np.asarray(arrays[i])
    found = np.zeros((y.array.size, x.size), bool)
    if x.dtype.kind == "f":
        with np.errstate(all="ignore"):
            for k in range(x.size):
                other = x.copy()
                other.reshape(-1)[k] = np.nan
                try:
                    out = np.asarray(y.op.forward(*arrays[:i], other, *arrays[i + 1 :], **y.params))
                except (ValueError, TypeError, ArithmeticError, IndexError):
                    continue
                if out.shape == y.array.shape and out.dtype.kind == "f":
                    found[:, k] = (np.isnan(out) & ~np.isnan(y.array)).reshape(-1)
    slopes = jacobian(y, i)
    return found if slopes is None else found | (slopes != 0)


def value(y: Node, k: int, table: Sequence[np.ndarray | None], words: Words) -> str:
    """How entry k of a result was computed: with the entries' names, and with their numbers."""
    me, result = label(y.name, y.shape, k), short(y.array.reshape(-1)[k])
    nodes = [(i, x) for i, x in enumerate(y.operands) if isinstance(x, Node)]
    rows = {i: np.flatnonzero(t[k]) for i, x in nodes if (t := table[i]) is not None}
    if len(rows) == len(nodes) and all(len(r) == 1 for r in rows.values()):
        with_names, with_numbers = [], []
        for i, x in enumerate(y.operands):
            if isinstance(x, Node):
                j = int(rows[i][0])
                v = float(x.array.reshape(-1)[j])
                with_names.append(Symbol(label(x.name, x.shape, j), ATOM, ()))
                with_numbers.append(Symbol(short(v), ATOM if v >= 0 else SUM, ()))
            else:
                with_names.append(number_symbol(x))
                with_numbers.append(with_names[-1])
        texts = [
            notation.formula(y.op, s, dict(y.params), words).text
            for s in (with_names, with_numbers)
        ]
        return " = ".join([me, *dict.fromkeys([*texts, result])])
    if y.op.name in PRODUCTS and len(rows) == 2 and len({len(r) for r in rows.values()}) == 1:
        (a, ra), (b, rb) = ((y.operands[i], rows[i]) for i in sorted(rows))
        pairs = list(zip(ra.tolist(), rb.tolist(), strict=True))
        return " = ".join(
            [
                me,
                _sum(
                    [f"{label(a.name, a.shape, p)}·{label(b.name, b.shape, q)}" for p, q in pairs]
                ),
                _sum([_times(a.array.reshape(-1)[p], b.array.reshape(-1)[q]) for p, q in pairs]),
                result,
            ]
        )
    operands = [
        Symbol(clean(x.name), shape=x.shape) if isinstance(x, Node) else number_symbol(x)
        for x in y.operands
    ]
    whole = notation.formula(y.op, operands, dict(y.params), words).text
    return (
        f"{me} = {whole} = {result}"
        if y.array.size == 1
        else f"{me}: {clean(y.name)} = {whole}; {me} = {result}"
    )


def gradient(
    x: Node,
    k: int,
    of: str,
    uses: Sequence[Chain],
    total: float,
) -> str:
    """∂L/∂x_k as the chain rule has it, a term for every entry of every result that read x_k:
    `uses` are the result, its gradient, ∂y/∂x, and which entries read which."""
    me = label(x.name, x.shape, k)
    with_names, with_numbers = [], []
    for y, g, slopes, read in uses:
        for j in np.flatnonzero(read[:, k]):
            there = label(y.name, y.shape, int(j))
            with_names.append(f"∂{of}/∂{there}·∂{there}/∂{me}")
            with_numbers.append(_times(g.reshape(-1)[j], slopes[j, k]))
    parts = [f"∂{of}/∂{me}"]
    parts += [_sum(with_names), _sum(with_numbers)] if with_names else []
    return " = ".join([*parts, short(total)])


def _times(a: Any, b: Any) -> str:
    return "·".join(f"({x})" if x.startswith("-") else x for x in (short(a), short(b)))


def _sum(terms: Sequence[str]) -> str:
    return " + ".join(terms if len(terms) <= MOST_TERMS else [*terms[: MOST_TERMS - 1], "…"])
