"""A formula's syntax tree made shorter without changing what it computes: helpers written out,
shapes and parameters put in as numbers, axes that broadcasting adds by itself left out.

What a tree says here it says in NumPy's sense; `tests/viz/reading.py` reads the printed text back
and computes it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff.captions import NOTATION
from tinygrad_edu.ops.linear import _letters
from tinygrad_edu.ops.shape import _axes, _back, _inverse

from .mathtext import Symbol, shape_of

REDUCTIONS = ("sum", "mean", "max", "min")
_HOW = ("kind", "optimize")  # keywords that say how, not what
# work along the last axis where none is given
_BY_AXIS = ("sort", "argsort", "softmax", "take_along_axis")
_USUAL = {
    "axis": None,
    "ddof": 0,
    "keepdims": False,
    "decimals": 0,
    "k": 0,
    "offset": 0,
    "mode": "constant",
    "constant_values": 0,
}
_HELPERS = {
    # Shorter here than in the catalogue, since a picture says axes in its own way.
    "_log_sum_exp": (("x", "axis", "keepdims"), "log(sum(exp(x), axis=axis, keepdims=keepdims))"),
    "_log_softmax": (("x", "axis"), "log(_softmax(x, axis))"),
    "_suffix_sums": (("g", "axis", "shape"), "sum_from_the_end(g, axis=axis)"),
    "_running_others": (("g", "x", "axis"), "cumprod_backward(g, x, axis=axis)"),
    "_others": (("x", "axis"), "product_of_others(x, axis=axis)"),
    "_order": (("x", "axis"), "sort(x, axis=axis)"),
    "_padded": (
        ("x", "pad_width", "mode", "constant_values"),
        "pad(x, pad_width, mode=mode, constant_values=constant_values)",
    ),
    "_add_at": (("v", "index", "shape"), "_back_into(v, zeros(shape)[index])"),
    "scatter": (("v", "index", "shape"), "_back_into(v, zeros(shape)[index])"),
}


def _helper(name: str) -> tuple[tuple[str, ...], ast.expr] | None:
    """What a helper of the catalogue computes, as one would write it, and the names of its
    arguments."""
    found = None if name == "_softmax" else _HELPERS.get(name) or NOTATION.get(name)
    return (found[0], ast.parse(found[1], mode="eval").body) if found else None


class Simplify(ast.NodeTransformer):
    """Expands helpers, puts in the numbers that shapes and parameters are, and does the arithmetic
    among them."""

    def __init__(
        self, symbols: dict[str, Symbol], operands: Sequence[Symbol] = (), usual: Any = None
    ) -> None:
        self.symbols, self.operands = symbols, operands
        # keywords that need not be said, with their values
        self.usual = {**_USUAL, **(usual or {})}

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        return shape_of(node, self.symbols)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        s = self.symbols.get(node.id)
        return node if s is None or not s.plain else _literal(s.value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in ("math", "linalg", "np"):
            # math.log, np.linalg.inv: the module is not said
            return ast.Name(node.attr)
        value = self.visit(node.value)
        shape = self.shape(value)
        if shape is not None and node.attr in ("size", "ndim", "shape"):
            return _literal(
                {"size": math.prod(shape), "ndim": len(shape), "shape": tuple(shape)}[node.attr]
            )
        return ast.Attribute(value, node.attr, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _named(node.func)
        special = getattr(self, f"call_{name.strip('_')}", None)
        if special is not None and (found := special(node)) is not None:
            return found
        helper = _helper(name)
        if helper is not None and len(node.args) <= len(helper[0]):
            named = dict(zip(helper[0], node.args, strict=False))
            return self.visit(
                _put(helper[1], named | {k.arg: k.value for k in node.keywords if k.arg})
            )
        node.keywords = [k for k in node.keywords if k.arg not in _HOW]
        node = self.generic_visit(node)  # type: ignore[assignment]
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "astype"
            and not isinstance(node.func.value, ast.Compare)
            and isinstance(node.args[0], ast.Attribute)
        ):
            return node.func.value  # .astype(x.dtype)
        return self._reduced(node)

    def _reduced(self, node: ast.Call) -> ast.AST:
        """A call without what is as usual; `keepdims=True` said by the axes it puts back."""
        name, known = _named(node.func), {k.arg: k.value for k in node.keywords}
        keep = constant(known.get("keepdims"), bool)
        shape = self.shape(node.args[0]) if node.args else None
        if shape is not None and keep is not None:
            node.keywords = [k for k in node.keywords if k.arg != "keepdims"]
        node.keywords = [
            k
            for k in node.keywords
            if not (
                k.arg in self.usual
                and isinstance(k.value, ast.Constant)
                and not (name in _BY_AXIS and k.value.value is None)
                and k.value.value == self.usual[k.arg]
                and type(k.value.value) is type(self.usual[k.arg])
            )
        ]
        while (
            name not in _BY_AXIS
            and node.args
            and isinstance(node.args[-1], ast.Constant)
            and (node.args[-1].value is None)
        ):
            node.args = node.args[:-1]  # an axis that was not given
        if keep and shape is not None:
            return _with_axes(node, shape, _value(known.get("axis")))
        if name == "softmax" and shape is not None and "axis" in known:
            axis = _value(known["axis"])
            if axis in (-1, len(shape) - 1) or (axis is None and len(shape) < 2):
                node.keywords = []
        return node

    # Calls that are written another way

    def call_softmax(self, node: ast.Call) -> ast.AST | None:
        if len(node.args) == 2:  # the helper _softmax(x, axis)
            return self.visit(
                ast.Call(ast.Name("softmax"), node.args[:1], [ast.keyword("axis", node.args[1])])
            )
        if node.keywords:
            node = ast.Call(
                ast.Name("softmax"),
                [self.visit(node.args[0])],
                [ast.keyword("axis", self.visit(node.keywords[0].value))],
            )
            return self._reduced(node)
        return None

    def call_restored(self, node: ast.Call) -> ast.AST | None:
        v, shape, axis = (self.visit(a) for a in node.args)
        mine, full = self.shape(v), _value(shape)
        if mine is None or full is None:
            return None
        return v if len(mine) == len(full) else _with_axes(v, full, _value(axis))

    def call_count(self, node: ast.Call) -> ast.AST | None:
        shape, axis = (_value(self.visit(a)) for a in node.args)
        return ast.Constant(math.prod(shape[a] for a in _axes(len(shape), axis)))

    def call_size(self, node: ast.Call) -> ast.AST | None:
        shape = self.shape(self.visit(node.args[0])) if len(node.args) == 1 else None
        return None if shape is None else ast.Constant(math.prod(shape))

    def call_where(self, node: ast.Call) -> ast.AST | None:
        if len(node.args) != 3:
            return None
        test, body, other = (self.visit(a) for a in node.args)
        return self.visit_IfExp(ast.IfExp(test, body, other), visited=True)

    def call_within(self, node: ast.Call) -> ast.AST | None:
        x, low, high = (self.visit(a) for a in node.args)
        parts = [b for b in (low, high) if not (isinstance(b, ast.Constant) and b.value is None)]
        if len(parts) == 2:
            return ast.Compare(low, [ast.LtE(), ast.LtE()], [x, high])
        return (
            ast.Compare(x, [ast.GtE() if parts[0] is low else ast.LtE()], parts)
            if parts
            else ast.Constant(True)
        )

    def call_shaped(self, node: ast.Call) -> ast.AST | None:
        return self.visit(node.args[0])

    def call_inverse(self, node: ast.Call) -> ast.AST | None:
        return _literal(_inverse(_value(self.visit(node.args[0]))))

    def call_back(self, node: ast.Call) -> ast.AST | None:
        return _literal(_back(_value(self.visit(node.args[0]))))

    def call_home(self, node: ast.Call) -> ast.AST | None:
        """Each entry of g back to where the formula took it from: `_numbers(x.shape)` stands for x
        there."""
        g, source = (self.visit(a) for a in node.args[:2])
        if isinstance(source, ast.Call):  # the number of no entry, where padding was put
            source.keywords = [k for k in source.keywords if k.arg != "constant_values"]
        return ast.Call(ast.Name("_back_into"), [g, source], [])

    def call_scatter(self, node: ast.Call) -> ast.AST | None:
        known = {k.arg: k.value for k in node.keywords}
        shape = known.get("shape")
        if not isinstance(shape, ast.Attribute):
            return None
        place = ast.Subscript(shape.value, known["index"], ast.Load())
        return ast.Call(ast.Name("_back_into"), [self.visit(node.args[0]), self.visit(place)], [])

    def call_numbers(self, node: ast.Call) -> ast.AST | None:
        return node.args[0].value if isinstance(node.args[0], ast.Attribute) else None

    def call_piece(self, node: ast.Call) -> ast.AST | None:
        g, i, axis = (
            self.visit(node.args[0]),
            _value(self.visit(node.args[2])),
            _value(self.visit(node.args[3])),
        )
        shapes = [s.shape or () for s in self.operands]
        sizes = [math.prod(s) if axis is None else s[axis] for s in shapes]
        start = sum(sizes[:i])
        part = ast.Slice(ast.Constant(start), ast.Constant(start + sizes[i]))
        place = 0 if axis is None else axis % len(shapes[i])
        return ast.Subscript(g, _tuple([*[ast.Slice()] * place, part]), ast.Load())

    def call_layer(self, node: ast.Call) -> ast.AST | None:
        g, i, axis = node.args[0], *(_value(self.visit(a)) for a in node.args[1:])
        shape = self.shape(g)
        place = axis % len(shape) if shape else axis
        return ast.Subscript(g, _tuple([*[ast.Slice()] * place, ast.Constant(i)]), ast.Load())

    def call_contracted_back(self, node: ast.Call) -> ast.AST | None:
        """The contraction that the rule makes: its subscripts, with ones and identities where it
        puts them."""
        i, subscripts = (_value(self.visit(a)) for a in node.args[2:])
        shapes = [s.shape or () for s in self.operands]
        terms, out, free = _letters(subscripts, [len(s) for s in shapes])
        args: list[ast.expr] = [
            node.args[0],
            *(ast.Name(f"_v{k}") for k in range(len(shapes)) if k != i),
        ]
        names, target = [out] + [t for k, t in enumerate(terms) if k != i], ""
        for letter, n in zip(terms[i], shapes[i], strict=True):
            if letter in target:
                twin, free = free[0], free[1:]
                args.append(ast.Call(ast.Name("eye"), [ast.Constant(n)], []))
                names, letter = names + [letter + twin], twin
            elif not any(letter in t for t in names):
                args.append(ast.Call(ast.Name("ones"), [ast.Constant(n)], []))
                names = names + [letter]
            target += letter
        return ast.Call(
            ast.Name("einsum"), [ast.Constant(f"{','.join(names)}->{target}"), *args], []
        )

    # Operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        node = self.generic_visit(node)  # type: ignore[assignment]
        a, b = constant(node.left), constant(node.right)
        if a is not None and b is not None and isinstance(node.op, (ast.Add, ast.Sub)):
            return ast.Constant(a + b if isinstance(node.op, ast.Add) else a - b)
        if b == 1 and isinstance(node.op, (ast.Pow, ast.Mult, ast.Div)):
            return node.left
        return node.right if a == 1 and isinstance(node.op, ast.Mult) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        node = self.generic_visit(node)  # type: ignore[assignment]
        a = constant(node.operand)
        return ast.Constant(-a) if a is not None and isinstance(node.op, ast.USub) else node

    def visit_IfExp(self, node: ast.IfExp, visited: bool = False) -> ast.AST:
        node = node if visited else self.generic_visit(node)  # type: ignore[assignment]
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node = self.generic_visit(node)  # type: ignore[assignment]
        shape, parts = self.shape(node.value), _parts(node.slice)
        if shape is None:
            return node
        if all(_is(p, None) or _is(p, ...) or _is_all(p) for p in parts):
            return _indexed(node.value, _written_out(parts, len(shape)))
        column = _of_column(node)
        if column is not None and len(self.shape(column[1]) or ()) == 2:
            return column[0]  # (A @ v[:, None])[:, 0] is A @ v
        return node


def _of_column(node: ast.Subscript) -> tuple[ast.expr, ast.expr] | None:
    """f(A, v) of `f(A, v[..., None])[..., 0]`, and A."""
    parts = _parts(node.slice)
    if len(parts) != 2 or not _is(parts[0], ...) or not _is(parts[1], 0):
        return None
    inner = node.value
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.MatMult):
        a, column = inner.left, inner.right
    elif isinstance(inner, ast.Call) and _named(inner.func) == "solve":
        a, column = inner.args
    else:
        return None
    if not isinstance(column, ast.Subscript):
        return None
    if isinstance(inner, ast.BinOp):
        return ast.BinOp(a, ast.MatMult(), column.value), a
    return ast.Call(inner.func, [a, column.value], []), a


def _with_axes(v: ast.expr, full: tuple[int, ...], axis: Any) -> ast.expr:
    """v with the reduced axes of an array of shape `full` put back."""
    axes = _axes(len(full), axis)
    return _indexed(v, [ast.Constant(None) if k in axes else ast.Slice() for k in range(len(full))])


def _indexed(v: ast.expr, parts: list[ast.expr]) -> ast.expr:
    """v[parts], without the axes that broadcasting adds in front by itself, and the `:` at the
    end."""
    parts = list(parts)
    while parts and _is(parts[0], None):
        parts = parts[1:]
    return ast.Subscript(v, _tuple(parts), ast.Load()) if any(_is(p, None) for p in parts) else v


def _written_out(parts: list[ast.expr], ndim: int) -> list[ast.expr]:
    said = sum(1 for p in parts if not _is(p, None) and not _is(p, ...))
    rest: list[ast.expr] = [ast.Slice()] * (ndim - said)
    if not any(_is(p, ...) for p in parts):
        return [*parts, *rest]
    return [q for p in parts for q in (rest if _is(p, ...) else [p])]


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _tuple(parts: list[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())


def _is(node: ast.AST, value: Any) -> bool:
    return (
        isinstance(node, ast.Constant)
        and node.value is value
        or (
            isinstance(node, ast.Constant)
            and value == 0
            and node.value == 0
            and node.value is not False
        )
    )


def _is_all(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Slice)
        and node.lower is None
        and node.upper is None
        and node.step is None
    )


def _literal(value: Any) -> ast.expr:
    if isinstance(value, (tuple, list)):
        return ast.Tuple([_literal(v) for v in value], ast.Load())
    return ast.Constant(value.item() if isinstance(value, np.generic) else value)


def _value(node: ast.AST | None) -> Any:
    if isinstance(node, ast.Tuple):
        return tuple(_value(e) for e in node.elts)
    return getattr(node, "value", None)


def _named(func: ast.AST) -> str:
    return (
        func.id
        if isinstance(func, ast.Name)
        else func.attr
        if isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id in ("np", "linalg")
        else ""
    )


def _put(body: ast.expr, named: dict[str, ast.expr]) -> ast.expr:
    """The helper's body, its arguments put in."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return named.get(node.id, node)

    return Put().visit(ast.parse(ast.unparse(body), mode="eval").body)


def constant(node: ast.AST | None, kind: Any = (int, float)) -> Any:
    """The number that a node is, or None."""
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, kind)
        and (kind is bool or not isinstance(node.value, bool))
    ):
        return node.value
    return None
