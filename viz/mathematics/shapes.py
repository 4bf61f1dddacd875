"""The shape of what a formula's tree computes, from the shapes of the names in it.

Every function returns None where the shape is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .pieces import Symbol
from .trees import index_parts, is_constant, is_whole_axis, value_in

Shape = tuple[int, ...]
Symbols = Mapping[str, Symbol]

REDUCTIONS = ("sum", "mean", "max", "min")

SAME_SHAPE = frozenset(
    """exp log log1p sigmoid softmax abs sign sqrt sin cos sinh cosh tanh softplus normal_pdf
    normal_cdf Phi phi log_softmax""".split()
)
"""Functions whose result has the shape of their first argument."""


def axes_of(ndim: int, axis: Any) -> Shape:
    """The axes that `axis=` names, counted from 0; all of them for None.

    >>> axes_of(3, -1), axes_of(2, None)
    ((2,), (0, 1))
    """
    if axis is None or ndim == 0:
        return tuple(range(ndim))
    return normalize_axis_tuple(axis, ndim)


def shape_of(node: ast.AST, symbols: Symbols) -> Shape | None:
    """The shape of what a tree computes, or None.

    >>> tree = ast.parse("X @ W", mode="eval").body
    >>> shape_of(tree, {"X": Symbol("X", shape=(4, 2)), "W": Symbol("W", shape=(2, 3))})
    (4, 3)
    """
    match node:
        case ast.Name():
            return symbols[node.id].shape if node.id in symbols else None
        case ast.Constant():
            return () if isinstance(node.value, (int, float)) else None
        case ast.UnaryOp():
            return shape_of(node.operand, symbols)
        case ast.Starred():
            return shape_of(node.value, symbols)
        case ast.Attribute():
            return _of_transpose(node, symbols)
        case ast.Call():
            return _of_call(node, symbols)
        case ast.Subscript():
            return _of_subscript(node, symbols)
        case ast.BinOp(op=ast.MatMult()):
            return _of_product(shape_of(node.left, symbols), shape_of(node.right, symbols))
        case ast.BinOp():
            return _broadcast([node.left, node.right], symbols)
        case ast.Compare():
            return _broadcast([node.left, *node.comparators], symbols)
        case ast.IfExp():
            return _broadcast([node.test, node.body, node.orelse], symbols)
    return None


def _broadcast(parts: Sequence[ast.AST], symbols: Symbols) -> Shape | None:
    shapes: list[Shape] = []
    for part in parts:
        shape = shape_of(part, symbols)
        if shape is None:
            return None
        shapes.append(shape)
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def _of_product(a: Shape | None, b: Shape | None) -> Shape | None:
    """(..., n, k) @ (..., k, m) is (..., n, m); a vector has no axis n, or m."""
    if not a or not b:
        return None
    if a[-1] != b[-2:][0]:
        return None
    try:
        stack = np.broadcast_shapes(a[:-2], b[:-2])
    except ValueError:
        return None
    return (*stack, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _of_transpose(node: ast.Attribute, symbols: Symbols) -> Shape | None:
    shape = shape_of(node.value, symbols)
    if shape is None or node.attr not in ("T", "mT"):
        return None
    return shape[::-1] if node.attr == "T" else (*shape[:-2], shape[-1], shape[-2])


def _of_call(node: ast.Call, symbols: Symbols) -> Shape | None:
    name = node.func.id.lstrip("_") if isinstance(node.func, ast.Name) else ""
    shape = shape_of(node.args[0], symbols) if node.args else None
    if shape is None or name in SAME_SHAPE:
        return shape
    if name not in REDUCTIONS:
        return None
    axis = next((value_in(k.value) for k in node.keywords if k.arg == "axis"), "all")
    if axis == "all":
        return ()
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(a, int) for a in axes):
        return None
    reduced = [a % len(shape) for a in axes]
    return tuple(n for k, n in enumerate(shape) if k not in reduced)


def _of_subscript(node: ast.Subscript, symbols: Symbols) -> Shape | None:
    """Of x[:, None] and the like, which only add axes."""
    shape = shape_of(node.value, symbols)
    parts = index_parts(node.slice)
    if shape is None or not all(is_constant(p, None) or is_whole_axis(p) for p in parts):
        return None
    left, result = list(shape), []
    for part in parts:
        result.append(left.pop(0) if isinstance(part, ast.Slice) else 1)
    return (*result, *left)
