"""What an operation says of itself, as mathematics: its formula, and what its rule multiplies a
gradient by.

The text comes from the operation (`op.formula`, `op.rules`): it is what ran. Here it is only put
into the notation of the lecture, through its syntax tree. Names go in as placeholders, so any text
can be a name. What is written can be read back and computed: `tests/viz` does, for the catalogue
and for random programs.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..words import Words
from .multiplier import GRADIENT, multiplier_text
from .pieces import POWER, Piece, Symbol, axes_text, number
from .printer import Printer
from .simplify import Simplify
from .trees import Substitution

MOST_WRITTEN = 16
"""An index of more entries is not written out."""


def formula(op: Any, operands: Sequence[Symbol], params: dict[str, Any], words: Words) -> Piece:
    """The formula of an operation, its inputs named: X·W, max{0, Z}, mean (f − y)².

    >>> from tinygrad_edu import ops
    >>> formula(ops.relu, [Symbol("Z", shape=(4, 2))], {}, Words("en")).text
    'max{0, Z}'
    """
    text = getattr(op, "formula", "")
    symbols = _symbols(op, operands, params)
    tree = _tree(text, op, 0, symbols, operands)
    if tree is None:  # compiled: it is a whole program
        return Piece(f"{op.name}({', '.join(s.text for s in operands)})")
    return Printer(symbols, words)(tree)


def multiplier(
    op: Any,
    index: int,
    operands: Sequence[Symbol],
    output: Symbol,
    params: dict[str, Any],
    words: Words,
    summed: tuple[int, ...] = (),
    rank: int = 0,
) -> str:
    """What the gradient is multiplied by on its way to input `index`, and the sum over the axes
    `summed`, of `rank`, that undoes broadcasting.

    >>> from tinygrad_edu import ops
    >>> X, W, U = Symbol("X", shape=(4, 2)), Symbol("W", shape=(2, 2)), Symbol("U", shape=(4, 2))
    >>> [multiplier(ops.matmul, i, [X, W], U, {}, Words("en")) for i in (0, 1)]
    ['· Wᵀ', 'Xᵀ ·']
    """
    symbols = _symbols(op, operands, params) | {
        GRADIENT: Symbol("g", shape=output.shape),
        "_y": output,
    }
    tree = _tree(_rule_text(op, index), op, index, symbols, operands)
    label = words["by itself"] if tree is None else multiplier_text(tree, symbols, index, words)
    total = sum_text(summed, rank, words)
    if not total:
        return label
    return total if label == "· 1" else f"{label}, {total}"


def rule(
    op: Any,
    index: int,
    operands: Sequence[Symbol],
    output: Symbol,
    gradient: str,
    params: dict[str, Any],
    words: Words,
    summed: tuple[int, ...] = (),
    rank: int = 0,
) -> str:
    """The whole gradient rule, the incoming gradient written `gradient`, summed as the engine sums
    it."""
    # A fraction: ∂L/∂Z·W needs no parentheses, (∂L/∂Z)ᵀ does.
    symbols = _symbols(op, operands, params) | {
        GRADIENT: Symbol(gradient, POWER, output.shape),
        "_y": output,
    }
    tree = _tree(_rule_text(op, index), op, index, symbols, operands)
    if tree is None:
        return f"{op.name}: {words['by itself']}"
    piece = Printer(symbols, words)(tree)
    # 0 is 0 however often
    total = "" if isinstance(tree, ast.Constant) else sum_text(summed, rank, words)
    return f"{total} {piece.within(POWER)}" if total else piece.text


def sum_text(summed: tuple[int, ...], rank: int, words: Words) -> str:
    """`Σ rows`: the axes that the engine summed the gradient over, of an array of so many."""
    if not summed:
        return ""
    if len(summed) == rank:
        return f"Σ {words['all']}" if rank > 1 else "Σ"
    return f"Σ{axes_text(summed, rank, words)}"


def _rule_text(op: Any, index: int) -> str:
    """The gradient rule of an operation for input `index`; "" where it has none."""
    if not op.inputs:
        return ""
    text: str = getattr(op, "rules", {}).get(op.inputs[0 if op.variadic else index], "")
    return text


def _symbols(op: Any, operands: Sequence[Symbol], params: dict[str, Any]) -> dict[str, Symbol]:
    """The table for the printer: inputs as _v0, _v1..., and every parameter's value, given or not,
    as _p_name."""
    symbols = {f"_v{k}": s for k, s in enumerate(operands)}
    for key, value in {**getattr(op, "params", {}), **params}.items():
        if value is inspect.Parameter.empty:
            continue
        if isinstance(value, list):
            value = np.array(value) if key == "index" else tuple(value)
        value = np.dtype(value) if key == "dtype" else value
        text = value.name if isinstance(value, np.dtype) else _param_text(value)
        symbols[f"_p_{key}"] = Symbol(
            f"({text})" if isinstance(value, tuple) and key != "index" else text, value=value
        )
    return symbols


def _tree(
    text: str, op: Any, index: int, symbols: dict[str, Symbol], operands: Sequence[Symbol]
) -> ast.expr | None:
    """The syntax tree of a formula or rule of `op`, with placeholders for its names, simplified."""
    tree = _parse(text) if text else None
    if tree is None:
        return None
    names: dict[str, ast.expr] = {k: ast.Name(f"_p_{k}") for k in getattr(op, "params", {})}
    names |= {"g": ast.Name(GRADIENT), "y": ast.Name("_y")}
    if op.variadic:
        names |= {
            op.inputs[0]: ast.List([ast.Name(f"_v{k}") for k in range(len(operands))], ast.Load()),
            "i": ast.Constant(index),
        }
    else:
        names |= {n: ast.Name(f"_v{k}") for k, n in enumerate(op.inputs)}

    usual = getattr(op, "params", {}) if text == getattr(op, "formula", "") else {}
    named = _Placeholders(names).visit(ast.parse(text, mode="eval").body)
    simple: ast.expr = Simplify(symbols, operands, usual).visit(named)
    return simple


class _Placeholders(Substitution):
    """Puts placeholders in place of names, and writes np.exp as exp."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "np":
            return ast.Name(node.attr)
        return self.generic_visit(node)


def _param_text(value: Any) -> str:
    if isinstance(value, slice):
        ends = ["" if v is None else number(v) for v in (value.start, value.stop)]
        return ":".join(ends + ([number(value.step)] if value.step is not None else []))
    if isinstance(value, tuple):
        return ", ".join(
            f"({_param_text(v)})" if isinstance(v, tuple) else _param_text(v) for v in value
        )
    if value is Ellipsis:
        return "…"
    if isinstance(value, np.ndarray):
        return _nested(value.tolist()) if value.size <= MOST_WRITTEN else "[…]"
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return number(float(value))
    if isinstance(value, str):
        return f'"{value}"'
    return "…" if isinstance(value, np.random.Generator) else str(value)


def _nested(value: Any) -> str:
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, list) else _param_text(value)


@lru_cache(maxsize=1024)
def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
