"""A formula's syntax tree made shorter: helpers written out, shapes and parameters put in as numbers."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from tinygrad_edu.formula import NOTATION

from .mathtext import Symbol


def _helper(name: str) -> tuple[tuple[str, ...], ast.expr] | None:
    """What a helper of the catalogue computes, as one would write it, and the names of its arguments."""
    # Inside this one the name means itself: it would be expanded again.
    found = NOTATION.get(name) or {"softmax": (("x",), "_softmax_(x)")}.get(name)
    return (found[0], ast.parse(found[1], mode="eval").body) if found else None


class Simplify(ast.NodeTransformer):
    """Expands helpers, puts in the numbers that shapes and parameters are, and does the arithmetic among them."""

    def __init__(self, symbols: dict[str, Symbol]) -> None:
        self.symbols = symbols

    def visit_Name(self, node: ast.Name) -> ast.AST:
        s = self.symbols.get(node.id)
        if s is not None and (s.value is None or isinstance(s.value, (int, float))):
            if isinstance(s.value, (int, float)) and not isinstance(s.value, bool) and math.isfinite(s.value):
                return ast.Constant(s.value)
            if s.value is None and s.text == "None":
                return ast.Constant(None)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in ("math", "linalg"):
            return ast.Name(node.attr)                           # math.log, np.linalg.inv: the module is not said
        s = self.symbols.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if s is not None and s.shape is not None and node.attr in ("size", "ndim"):
            return ast.Constant(math.prod(s.shape) if node.attr == "size" else len(s.shape))
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "_count" and len(node.args) == 2:
            shape = self._shape(node.args[0].value) if isinstance(node.args[0], ast.Attribute) else None
            axis = self._value(node.args[1])
            if shape is not None:
                axes = range(len(shape)) if axis is None else np.atleast_1d(axis).tolist()
                return ast.Constant(math.prod(shape[a] for a in axes))
        if name == "size" and len(node.args) == 1 and (shape := self._shape(node.args[0])) is not None:
            return ast.Constant(math.prod(shape))
        if name == "where" and len(node.args) == 3:
            test, body, other = (self.visit(a) for a in node.args)
            return self.visit_IfExp(ast.IfExp(test, body, other), visited=True)
        if name == "_within" and len(node.args) == 3:
            x, low, high = (self.visit(a) for a in node.args)
            parts = [b for b in (low, high) if not (isinstance(b, ast.Constant) and b.value is None)]
            if len(parts) == 2:
                return ast.Compare(low, [ast.LtE(), ast.LtE()], [x, high])
            return ast.Compare(x, [ast.GtE() if parts[0] is low else ast.LtE()], parts) if parts else ast.Constant(True)
        helper = _helper(name)
        if helper is not None and len(node.args) <= len(helper[0]):
            named = dict(zip(helper[0], node.args, strict=False))
            return self.visit(_put(helper[1], named))
        node.keywords = [k for k in node.keywords if k.arg not in ("kind", "optimize")]    # how, not what
        if isinstance(node.func, ast.Name):
            node.func.id = {"_log_sum_exp_": "_log_sum_exp", "_softmax_": "softmax"}.get(node.func.id, node.func.id)
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        node = self.generic_visit(node)                          # type: ignore[assignment]
        a, b = constant(node.left), constant(node.right)
        if a is not None and b is not None and isinstance(node.op, (ast.Add, ast.Sub)):
            return ast.Constant(a + b if isinstance(node.op, ast.Add) else a - b)
        if b == 1 and isinstance(node.op, (ast.Pow, ast.Mult, ast.Div)):
            return node.left
        return node.right if a == 1 and isinstance(node.op, ast.Mult) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        node = self.generic_visit(node)                          # type: ignore[assignment]
        a = constant(node.operand)
        return ast.Constant(-a) if a is not None and isinstance(node.op, ast.USub) else node

    def visit_IfExp(self, node: ast.IfExp, visited: bool = False) -> ast.AST:
        node = node if visited else self.generic_visit(node)     # type: ignore[assignment]
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def _shape(self, node: ast.AST) -> tuple[int, ...] | None:
        s = self.symbols.get(node.id) if isinstance(node, ast.Name) else None
        return s.shape if s is not None else None

    def _value(self, node: ast.AST) -> Any:
        s = self.symbols.get(node.id) if isinstance(node, ast.Name) else None
        return s.value if s is not None else getattr(node, "value", None)


def _put(body: ast.expr, named: dict[str, ast.expr]) -> ast.expr:
    """The helper's body, its arguments put in."""
    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return named.get(node.id, node)
    return Put().visit(ast.parse(ast.unparse(body), mode="eval").body)


def constant(node: ast.AST) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None
