"""What a gradient rule multiplies by: the text on a backward arrow, `· Wᵀ` or `· 1 if Z > 0`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..numbers import shape_text
from ..words import Words
from .pieces import PREFIX, PRODUCT, Symbol
from .printer import Printer
from .trees import index_parts, is_constant, is_whole_axis, number_in

GRADIENT = "_g"
"""The name that stands in a rule's tree for the incoming gradient."""


def multiplier_text(tree: ast.expr, symbols: Mapping[str, Symbol], index: int, words: Words) -> str:
    """What a rule's tree does to the incoming gradient on its way to input `index`."""
    show = Printer(symbols, words)
    factor = coefficient(tree)
    if factor is not None:
        return _times(factor, show, words)
    while isinstance(tree, ast.Subscript) and _adds_axes(tree):
        tree = tree.value
    match tree:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right) if _is_gradient(left):
            return f"· {show(right).within(PREFIX)}"
        case ast.BinOp(left=left, op=ast.MatMult(), right=right) if _is_gradient(right):
            return f"{show(left).within(PREFIX)} ·"
        case ast.Subscript(value=value) if _is_gradient(value):
            return f"{words['part']} {index + 1}"
        case ast.Call():
            return _of_call(tree, show, symbols, words)
    return show(tree).text


def _times(factor: ast.expr, show: Printer, words: Words) -> str:
    """`· 2·A`, `· 1 if Z > 0`."""
    piece = show(factor)
    if isinstance(factor, ast.Compare):
        return f"· 1 {words['if']} {piece.text}"
    return f"· {piece.text if isinstance(factor, ast.IfExp) else piece.within(PRODUCT)}"


def _of_call(tree: ast.Call, show: Printer, symbols: Mapping[str, Symbol], words: Words) -> str:
    """A rule that moves the gradient's numbers to other places."""
    func = tree.func
    match func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", ""):
        case "reshape":
            return f"{words['reshape']} {shape_text(symbols['_v0'].shape or (), words)}"
        case "transpose" | "swapaxes":
            return words["transpose"]
        case "_back_into":
            return f"{words['place']} {show(tree.args[1]).text}"
        case "einsum":
            return f"Σ g · {words['others']}"
    return show(tree).text


def coefficient(node: ast.AST) -> ast.expr | None:
    """c where the rule is c times g, entry by entry; None where it is not."""
    match node:
        case ast.Name(id=name):
            return ast.Constant(1) if name == GRADIENT else None
        case ast.Constant():
            return node if node.value == 0 else None
        case ast.UnaryOp(op=ast.USub()):
            return _negative(coefficient(node.operand))
        case ast.IfExp() if not _has_gradient(node.test):
            a, b = coefficient(node.body), coefficient(node.orelse)
            return None if a is None or b is None else ast.IfExp(node.test, a, b)
        case ast.Subscript() if _has_gradient(node.value):
            return coefficient(node.value) if _adds_axes(node) else None
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return _of_product(node)
    return None


def _negative(c: ast.expr | None) -> ast.expr | None:
    if c is None:
        return None
    return ast.Constant(-1) if number_in(c) == 1 else ast.UnaryOp(ast.USub(), c)


def _of_product(node: ast.BinOp) -> ast.expr | None:
    """The coefficient of `rule * factor`, `rule / factor` or `factor * rule`."""
    left, right = _has_gradient(node.left), _has_gradient(node.right)
    times = isinstance(node.op, ast.Mult)
    if left and not right:
        c = coefficient(node.left)
        if c is None:
            return None
        if times and number_in(c) == 1:
            return node.right
        if times and number_in(c) == -1:
            return ast.UnaryOp(ast.USub(), node.right)
        return ast.BinOp(c, node.op, node.right)
    if right and not left and times:
        c = coefficient(node.right)
        if c is None:
            return None
        return node.left if number_in(c) == 1 else ast.BinOp(node.left, node.op, c)
    return None


def _adds_axes(node: ast.Subscript) -> bool:
    """Whether it is g[:, None], the same numbers in a column."""
    return all(
        is_constant(p, None) or is_constant(p, ...) or is_whole_axis(p)
        for p in index_parts(node.slice)
    )


def _has_gradient(node: ast.AST) -> bool:
    return any(_is_gradient(n) for n in ast.walk(node))


def _is_gradient(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == GRADIENT
