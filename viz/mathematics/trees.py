"""Syntax trees of formulas: what a node is, and how a new one is made."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np


def number_in(node: ast.AST | None) -> Any:
    """The number that a node writes out; None where it is none.

    >>> number_in(ast.parse("2.5", mode="eval").body), number_in(ast.parse("x", mode="eval").body)
    (2.5, None)
    """
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return None
    return node.value if isinstance(node.value, (int, float)) else None


def truth_in(node: ast.AST | None) -> bool | None:
    """True or False where a node writes it out, else None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def value_in(node: ast.AST | None) -> Any:
    """The Python value that a node writes out: a number, a text, None, or a tuple of them."""
    if isinstance(node, ast.Tuple):
        return tuple(value_in(e) for e in node.elts)
    return getattr(node, "value", None)


def literal(value: Any) -> ast.expr:
    """The node that writes out a value, the opposite of `value_in`."""
    if isinstance(value, (tuple, list)):
        return ast.Tuple([literal(v) for v in value], ast.Load())
    return ast.Constant(value.item() if isinstance(value, np.generic) else value)


def index_parts(node: ast.expr) -> list[ast.expr]:
    """The parts of an index, which is a tuple or one part: `:` and `0` of x[:, 0]."""
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def joined(parts: list[ast.expr]) -> ast.expr:
    """An index from its parts, the opposite of `index_parts`."""
    return parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())


def is_constant(node: ast.AST, value: Any) -> bool:
    """Whether a node writes out this value: None, `...` or 0."""
    if not isinstance(node, ast.Constant):
        return False
    if value == 0:
        return node.value == 0 and node.value is not False
    return node.value is value


def is_whole_axis(node: ast.AST) -> bool:
    """Whether it is `:`, all of an axis."""
    return isinstance(node, ast.Slice) and node.lower is node.upper is node.step is None


def called_name(func: ast.AST) -> str:
    """The name of a function of NumPy or of a helper: "exp" for both exp and np.exp, "" for a
    method."""
    if isinstance(func, ast.Name):
        return func.id
    if (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id in ("np", "linalg")
    ):
        return func.attr
    return ""


def substitute(body: ast.expr, named: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of a tree with other trees in place of some names."""
    copied = ast.parse(ast.unparse(body), mode="eval").body
    result: ast.expr = Substitution(named).visit(copied)
    return result


class Substitution(ast.NodeTransformer):
    """Puts trees in place of names."""

    def __init__(self, named: Mapping[str, ast.expr]) -> None:
        self.named: Mapping[str, ast.expr] = named

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The tree for a name, or the name itself."""
        return self.named.get(node.id, node)
