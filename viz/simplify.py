"""A formula's syntax tree made shorter: helpers written out, shapes and parameters put in as numbers."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from .mathtext import Symbol

# What the catalogue's helpers compute, as one would write it: each becomes Python, which then becomes mathematics.
_HELPERS: dict[str, ast.Lambda] = {name: ast.parse(text, mode="eval").body for name, text in {   # type: ignore[misc]
    "_same_shape": "lambda p, t, name: p",
    "_logistic": "lambda x: sigmoid(x)",
    "_log_one_plus_exp": "lambda x: log(1 + exp(x))",
    "_softmax": "lambda x, axis: softmax(x)",
    "_log_sum_exp": "lambda x, axis, keepdims: _log_sum_exp_(x)",
    "_log_softmax": "lambda x, axis: log(softmax(x))",
    "_restored": "lambda v, shape, axis: v",
    "_part": "lambda t, loss: t * loss",
    "_ties": "lambda x, y, axis: x == y",
    "_lower": "lambda a, b: b * a ** (b - 1)",
    "_log_or_zero": "lambda a, b: log(a)",
    "_pick": "lambda z, t: z[t]",
    "_one_hot": "lambda t, z: onehot(t)",
    "softmax": "lambda x: _softmax_(x)",
}.items()}


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
            return ast.IfExp(test, body, other)
        if name == "_within" and len(node.args) == 3:
            x, low, high = (self.visit(a) for a in node.args)
            parts = [b for b in (low, high) if not (isinstance(b, ast.Constant) and b.value is None)]
            if len(parts) == 2:
                return ast.Compare(low, [ast.LtE(), ast.LtE()], [x, high])
            return ast.Compare(x, [ast.GtE() if parts and parts[0] is low else ast.LtE()], parts or [x])
        helper = _HELPERS.get(name)
        if helper is not None and len(node.args) >= len(helper.args.args):
            named = dict(zip((a.arg for a in helper.args.args), node.args, strict=False))
            return self.visit(_put(helper.body, named))
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

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node = self.generic_visit(node)                          # type: ignore[assignment]
        test = constant(node.test)
        return node if test is None else node.body if test else node.orelse

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
