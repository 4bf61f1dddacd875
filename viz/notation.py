"""What an operation says of itself, as mathematics: its formula, and what its rule multiplies a gradient by.

The text comes from the operation (`op.caption`, `op.rule_caption`): it is what ran. Here it is only put into the
notation of the lecture, through its syntax tree. Names go in as placeholders, so any text can be a name.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .mathtext import COMPARE, PREFIX, PRODUCT, Piece, Printer, Symbol, number
from .numbers import shape_text
from .simplify import Simplify, constant
from .words import Words


class _Written:
    """A parameter's value on its way through `op.caption`, which asks for its repr."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


def formula(op: Any, operands: Sequence[Symbol], params: dict[str, Any], words: Words) -> Piece:
    """The formula of an operation, its inputs named: X·W, max{0, Z}, mean (f − y)².

    >>> from tinygrad_edu import ops
    >>> formula(ops.relu, [Symbol("Z", shape=(4, 2))], {}, Words("en")).text
    'max{0, Z}'
    """
    operands = _few(op, operands)
    symbols, given = _symbols(op, operands, params)
    text = op.caption(*_names(operands), **given)
    tree = _tree(text, symbols)
    return Piece(_plain(text, symbols)) if tree is None else Printer(symbols, words)(tree)


def multiplier(op: Any, index: int, operands: Sequence[Symbol], output: Symbol, params: dict[str, Any],
               words: Words) -> str:
    """What the gradient is multiplied by on its way to input `index`, with the sum that undoes broadcasting.

    >>> from tinygrad_edu import ops
    >>> X, W, U = Symbol("X", shape=(4, 2)), Symbol("W", shape=(2, 2)), Symbol("U", shape=(4, 2))
    >>> multiplier(ops.matmul, 0, [X, W], U, {}, Words("en")), multiplier(ops.matmul, 1, [X, W], U, {}, Words("en"))
    ('· Wᵀ', 'Xᵀ ·')
    """
    operands = _few(op, operands)
    symbols, given = _symbols(op, operands, params)
    symbols |= {"_g": Symbol("g", shape=output.shape), "_y": output}
    text = op.rule_caption(index, *_names(operands), g="_g", y="_y", **given)
    tree = _tree(text, symbols)
    label = _plain(text, symbols) if tree is None else _as_multiplier(tree, symbols, index, words)
    total = _broadcast_sum(op, index, operands, output.shape, words)
    if not total:
        return label
    return total if label == "· 1" else f"{label}, {total}"


def rule(op: Any, index: int, operands: Sequence[Symbol], output: Symbol, gradient: str, params: dict[str, Any],
         words: Words) -> str:
    """The whole gradient rule, the incoming gradient written `gradient`."""
    operands = _few(op, operands)
    symbols, given = _symbols(op, operands, params)
    symbols |= {"_g": Symbol(gradient, shape=output.shape), "_y": output}
    text = op.rule_caption(index, *_names(operands), g="_g", y="_y", **given)
    tree = _tree(text, symbols)
    return _plain(text, symbols) if tree is None else Printer(symbols, words)(tree).text


def _few(op: Any, operands: Sequence[Symbol]) -> Sequence[Symbol]:
    """Of very many joined arrays the first and the last: nobody reads a formula of hundreds of names."""
    return [*operands[:4], Symbol("…"), operands[-1]] if op.variadic and len(operands) > 9 else operands


def _names(operands: Sequence[Symbol]) -> list[str]:
    return [f"_v{i}" for i in range(len(operands))]


def _symbols(op: Any, operands: Sequence[Symbol], params: dict[str, Any]) -> tuple[dict[str, Symbol], dict[str, Any]]:
    """The table for the printer, and the parameters as placeholders; a default stays, so that caption() drops it."""
    symbols = dict(zip(_names(operands), operands, strict=True))
    given: dict[str, Any] = {}
    for key, value in params.items():
        if key in op.params and repr(value) != repr(op.params[key]):
            given[key] = _Written(f"_p_{key}")
            text = _param_text(value)
            symbols[f"_p_{key}"] = Symbol(text if key == "index" or not isinstance(value, tuple) else f"({text})",
                                          value=value)
    return symbols, given


def _param_text(value: Any) -> str:
    if isinstance(value, slice):
        ends = ["" if v is None else number(v) for v in (value.start, value.stop)]
        return ":".join(ends + ([number(value.step)] if value.step is not None else []))
    if isinstance(value, tuple):
        return ", ".join(map(_param_text, value))
    if value is Ellipsis:
        return "…"
    if isinstance(value, np.ndarray):
        return f"[{', '.join(map(str, value.tolist()))}]" if value.ndim == 1 and value.size <= 4 else "[…]"
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return number(float(value))
    try:
        return np.dtype(value).name if isinstance(value, (type, np.dtype)) else str(value)
    except TypeError:
        return str(value)


@lru_cache(maxsize=1024)
def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _tree(text: str, symbols: dict[str, Symbol]) -> ast.expr | None:
    tree = _parse(text)
    return None if tree is None else Simplify(symbols).visit(ast.parse(ast.unparse(tree), mode="eval").body)


def _plain(text: str, symbols: dict[str, Symbol]) -> str:
    for name in sorted(symbols, key=len, reverse=True):
        text = text.replace(name, symbols[name].text)
    return text


def _has_g(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "_g" for n in ast.walk(node))


def _coefficient(node: ast.AST) -> ast.expr | None:
    """c where the rule is c times g, entry by entry; None where it is not."""
    if isinstance(node, ast.Name) and node.id == "_g":
        return ast.Constant(1)
    if isinstance(node, ast.Constant) and node.value == 0:
        return node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        c = _coefficient(node.operand)
        return None if c is None else ast.Constant(-1) if constant(c) == 1 else ast.UnaryOp(node.op, c)
    if isinstance(node, ast.IfExp) and not _has_g(node.test):
        a, b = _coefficient(node.body), _coefficient(node.orelse)
        return None if a is None or b is None else ast.IfExp(node.test, a, b)
    if isinstance(node, ast.Subscript) and _has_g(node.value):
        return _coefficient(node.value) if Printer({}, Words("en"))(node).text == "g" else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        left, right = _has_g(node.left), _has_g(node.right)
        if left and not right:
            c = _coefficient(node.left)
            if c is None or (isinstance(node.op, ast.Mult) and constant(c) == 1):
                return None if c is None else node.right
            if isinstance(node.op, ast.Mult) and constant(c) == -1:
                return ast.UnaryOp(ast.USub(), node.right)
            return ast.BinOp(c, node.op, node.right)
        if right and not left and isinstance(node.op, ast.Mult):
            c = _coefficient(node.right)
            return None if c is None else node.left if constant(c) == 1 else ast.BinOp(node.left, node.op, c)
    return None


def _as_multiplier(tree: ast.expr, symbols: dict[str, Symbol], index: int, words: Words) -> str:
    show = Printer(symbols, words)
    c = _coefficient(tree)
    if c is not None:
        if isinstance(c, ast.Compare):
            return f"· 1 {words['if']} {show(c).text}"
        piece = show(c)
        return f"· {piece.text if piece.hold >= PRODUCT or isinstance(c, ast.IfExp) else piece.within(PRODUCT)}"
    while isinstance(tree, ast.Subscript) and show(tree) == show(tree.value):
        tree = tree.value
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult):
        if show(tree.left).text == "g":
            return f"· {show(tree.right).within(PREFIX)}"
        if show(tree.right).text == "g":
            return f"{show(tree.left).within(PREFIX)} ·"
    if isinstance(tree, ast.Call):
        func = tree.func.attr if isinstance(tree.func, ast.Attribute) else getattr(tree.func, "id", "")
        if func == "reshape":
            return f"{words['reshape']} {shape_text(symbols['_v0'].shape or (), words)}"
        if func in ("transpose", "swapaxes"):
            return words["transpose"]
        if func == "scatter":
            where = symbols["_p_index"].text if "_p_index" in symbols else "…"
            return f"{words['place']} {symbols['_v0'].text}[{where}]"
        if func == "_home":
            return f"{words['place']} {symbols['_v0'].text}"
        if func == "_contracted_back":
            return f"Σ g · {words['others']}"
        if func in ("_piece", "_layer"):
            return f"{words['part']} {index + 1}"
    return show(tree).text


def _broadcast_sum(op: Any, index: int, operands: Sequence[Symbol], shape: tuple[int, ...] | None,
                   words: Words) -> str:
    """`Σ rows` where the engine sums the gradient back over what broadcasting added, from the shapes alone."""
    if op.variadic:
        return ""
    shapes = [s.shape or () for s in operands]
    mine, out = shapes[index], shape or ()
    if op.name == "matmul":
        mine, out = mine[:-2], out[:-2]
    elif "@" in op.formula or (len(shapes) < 2 and op.name != "broadcast_to"):
        return ""
    elif op.name != "broadcast_to":
        try:
            if np.broadcast_shapes(*shapes) != out:
                return ""
        except ValueError:
            return ""
    extra = len(out) - len(mine)
    axes = [k for k, n in enumerate(out) if k < extra or (mine[k - extra] == 1 and n != 1)]
    if not axes:
        return ""
    if len(axes) == len(out):
        return f"Σ {words['all']}" if len(out) > 1 or not mine else "Σ"
    if len(out) == 2:
        return f"Σ {words['rows' if axes == [0] else 'columns']}"
    return f"Σ {words['axis']} {', '.join(map(str, axes))}"


__all__ = ["COMPARE", "Piece", "Symbol", "formula", "multiplier", "rule"]
