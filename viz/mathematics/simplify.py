"""A formula's syntax tree made shorter without changing what it computes: helpers written out,
shapes and parameters put in as numbers, axes that broadcasting adds by itself left out.

What a tree says here it says in NumPy's sense; `tests/viz/reading.py` reads the printed text back
and computes it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff.captions import NOTATION
from tinygrad_edu.ops.subscripts import letters

from .pieces import Symbol
from .shapes import axes_of, shape_of
from .trees import (
    called_name,
    index_parts,
    is_constant,
    is_whole_axis,
    joined,
    literal,
    number_in,
    substitute,
    truth_in,
    value_in,
)

_HOW = ("kind", "optimize")  # keywords that say how, not what
# these work along the last axis where none is given
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
    """Makes a formula's tree shorter: helpers are written out, shapes and parameters become
    numbers, and sums and products of numbers are worked out.

    `symbols` says what the names stand for, `operands` are those of the operation, in order;
    `usual` are keywords that need not be written, with the values they have without it.

    >>> tree = ast.parse("sum(x, axis=0, keepdims=True)", mode="eval").body
    >>> ast.unparse(Simplify({"x": Symbol("x", shape=(4, 2))}).visit(tree))
    'sum(x, axis=0)'
    """

    def __init__(
        self,
        symbols: Mapping[str, Symbol],
        operands: Sequence[Symbol] = (),
        usual: Mapping[str, Any] | None = None,
    ) -> None:
        self.symbols: Mapping[str, Symbol] = symbols
        self.operands: Sequence[Symbol] = operands
        # keywords that need not be written, with their values
        self.usual: dict[str, Any] = {**_USUAL, **(usual or {})}

    def _visited(self, node: ast.AST) -> ast.expr:
        """`visit` with its type: every node that an expression is made of becomes an expression."""
        result: ast.expr = self.visit(node)
        return result

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """The shape of what a tree computes, or None."""
        return shape_of(node, self.symbols)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name whose value can be written out becomes that value."""
        s = self.symbols.get(node.id)
        return node if s is None or not s.has_literal else literal(s.value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """`x.size`, `x.ndim` and `x.shape` become numbers; the module before a name goes."""
        if isinstance(node.value, ast.Name) and node.value.id in ("math", "linalg", "np"):
            # math.log, np.linalg.inv: the module is not said
            return ast.Name(node.attr)
        value = self._visited(node.value)
        shape = self.shape(value)
        if shape is not None and node.attr in ("size", "ndim", "shape"):
            return literal(
                {"size": math.prod(shape), "ndim": len(shape), "shape": tuple(shape)}[node.attr]
            )
        return ast.Attribute(value, node.attr, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call of a helper, or one with keywords that need not be written."""
        name = called_name(node.func)
        special = getattr(self, f"call_{name.strip('_')}", None)
        written: ast.AST | None = None if special is None else special(node)
        if written is not None:
            return written
        helper = _helper(name)
        if helper is not None and len(node.args) <= len(helper[0]):
            named = dict(zip(helper[0], node.args, strict=False))
            named |= {k.arg: k.value for k in node.keywords if k.arg}
            return self._visited(substitute(helper[1], named))
        node.keywords = [k for k in node.keywords if k.arg not in _HOW]
        node = self.generic_visit(node)  # type: ignore[assignment]
        return _without_cast(node) or self._reduced(node)

    def _reduced(self, node: ast.Call) -> ast.AST:
        """A call without what is as usual; `keepdims=True` said by the axes it puts back."""
        name, known = called_name(node.func), {k.arg: k.value for k in node.keywords}
        keep = truth_in(known.get("keepdims"))
        shape = self.shape(node.args[0]) if node.args else None
        if shape is not None and keep is not None:
            node.keywords = [k for k in node.keywords if k.arg != "keepdims"]
        node.keywords = [k for k in node.keywords if not self._is_usual(k, name)]
        while name not in _BY_AXIS and node.args and is_constant(node.args[-1], None):
            node.args = node.args[:-1]  # an axis that was not given
        if keep and shape is not None:
            return _with_axes(node, shape, value_in(known.get("axis")))
        if name == "softmax" and shape is not None and "axis" in known:
            axis = value_in(known["axis"])
            if axis in (-1, len(shape) - 1) or (axis is None and len(shape) < 2):
                node.keywords = []
        return node

    def _is_usual(self, keyword: ast.keyword, name: str) -> bool:
        """Whether a keyword need not be written: it says what holds without it."""
        if keyword.arg not in self.usual or not isinstance(keyword.value, ast.Constant):
            return False
        given, usual = keyword.value.value, self.usual[keyword.arg]
        if name in _BY_AXIS and given is None:
            return False
        return given == usual and type(given) is type(usual)

    # Calls that are written another way

    def call_softmax(self, node: ast.Call) -> ast.AST | None:
        """`_softmax(x, axis)` as softmax(x), with the axis where it is not the last."""
        if len(node.args) == 2:  # the helper _softmax(x, axis)
            return self._visited(
                ast.Call(ast.Name("softmax"), node.args[:1], [ast.keyword("axis", node.args[1])])
            )
        if node.keywords:
            node = ast.Call(
                ast.Name("softmax"),
                [self._visited(node.args[0])],
                [ast.keyword("axis", self._visited(node.keywords[0].value))],
            )
            return self._reduced(node)
        return None

    def call_restored(self, node: ast.Call) -> ast.AST | None:
        """Reduced axes put back: `[:, None]`, or nothing where they are still there."""
        v, shape, axis = (self._visited(a) for a in node.args)
        mine, full = self.shape(v), value_in(shape)
        if mine is None or full is None:
            return None
        return v if len(mine) == len(full) else _with_axes(v, full, value_in(axis))

    def call_count(self, node: ast.Call) -> ast.AST | None:
        """How many numbers a reduction takes together."""
        shape, axis = (value_in(self._visited(a)) for a in node.args)
        return ast.Constant(math.prod(shape[a] for a in axes_of(len(shape), axis)))

    def call_size(self, node: ast.Call) -> ast.AST | None:
        """The number of entries."""
        shape = self.shape(self._visited(node.args[0])) if len(node.args) == 1 else None
        return None if shape is None else ast.Constant(math.prod(shape))

    def call_where(self, node: ast.Call) -> ast.AST | None:
        """where(test, a, b) as `a if test else b`."""
        if len(node.args) != 3:
            return None
        test, body, other = (self._visited(a) for a in node.args)
        return self.visit_IfExp(ast.IfExp(test, body, other), visited=True)

    def call_within(self, node: ast.Call) -> ast.AST | None:
        """low ≤ x ≤ high, with the bounds that are given."""
        x, low, high = (self._visited(a) for a in node.args)
        parts: list[ast.expr] = [b for b in (low, high) if not is_constant(b, None)]
        if len(parts) == 2:
            return ast.Compare(low, [ast.LtE(), ast.LtE()], [x, high])
        if not parts:
            return ast.Constant(True)
        return ast.Compare(x, [ast.GtE() if parts[0] is low else ast.LtE()], parts)

    def call_shaped(self, node: ast.Call) -> ast.AST | None:
        """The numbers stay the same in another shape."""
        return self._visited(node.args[0])

    def call_inverse(self, node: ast.Call) -> ast.AST | None:
        """The transposition that undoes another, as numbers."""
        axes = value_in(self._visited(node.args[0]))
        if axes is None:
            return literal(None)
        return literal(tuple(np.argsort([a % len(axes) for a in axes])))

    def call_back(self, node: ast.Call) -> ast.AST | None:
        """The shift that undoes another, as a number."""
        shift = value_in(self._visited(node.args[0]))
        return literal(-shift if isinstance(shift, int) else tuple(-s for s in shift))

    def call_home(self, node: ast.Call) -> ast.AST | None:
        """Each entry of g back to where the formula took it from: `_numbers(x.shape)` stands for x
        there."""
        g, source = (self._visited(a) for a in node.args[:2])
        if isinstance(source, ast.Call):  # the number of no entry, where padding was put
            source.keywords = [k for k in source.keywords if k.arg != "constant_values"]
        return ast.Call(ast.Name("_back_into"), [g, source], [])

    def call_scatter(self, node: ast.Call) -> ast.AST | None:
        """Entries added at an index: back to where the formula took them from."""
        known = {k.arg: k.value for k in node.keywords}
        shape = known.get("shape")
        if not isinstance(shape, ast.Attribute):
            return None
        place = ast.Subscript(shape.value, known["index"], ast.Load())
        return ast.Call(
            ast.Name("_back_into"), [self._visited(node.args[0]), self._visited(place)], []
        )

    def call_numbers(self, node: ast.Call) -> ast.AST | None:
        """The numbers of entries: they stand for the array."""
        return node.args[0].value if isinstance(node.args[0], ast.Attribute) else None

    def call_piece(self, node: ast.Call) -> ast.AST | None:
        """The part of g that came from the i-th of the arrays joined along an axis."""
        g, i, axis = (
            self._visited(node.args[0]),
            value_in(self._visited(node.args[2])),
            value_in(self._visited(node.args[3])),
        )
        shapes: list[tuple[int, ...]] = [s.shape or () for s in self.operands]
        sizes = [math.prod(s) if axis is None else s[axis] for s in shapes]
        start = sum(sizes[:i])
        part = ast.Slice(ast.Constant(start), ast.Constant(start + sizes[i]))
        place = 0 if axis is None else axis % len(shapes[i])
        return ast.Subscript(g, joined([*[ast.Slice()] * place, part]), ast.Load())

    def call_layer(self, node: ast.Call) -> ast.AST | None:
        """The part of g that came from the i-th of the arrays stacked along an axis."""
        g, i, axis = node.args[0], *(value_in(self._visited(a)) for a in node.args[1:])
        shape = self.shape(g)
        place = axis % len(shape) if shape else axis
        return ast.Subscript(g, joined([*[ast.Slice()] * place, ast.Constant(i)]), ast.Load())

    def call_contracted_back(self, node: ast.Call) -> ast.AST | None:
        """The contraction that the rule makes: its subscripts, with ones and identities where it
        puts them."""
        i, subscripts = (value_in(self._visited(a)) for a in node.args[2:])
        shapes = [s.shape or () for s in self.operands]
        terms, out, free = letters(subscripts, [len(s) for s in shapes])
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
        """Sums and differences of numbers, and products with 1."""
        node = self.generic_visit(node)  # type: ignore[assignment]
        a, b = number_in(node.left), number_in(node.right)
        if a is not None and b is not None and isinstance(node.op, (ast.Add, ast.Sub)):
            return ast.Constant(a + b if isinstance(node.op, ast.Add) else a - b)
        if b == 1 and isinstance(node.op, (ast.Pow, ast.Mult, ast.Div)):
            return node.left
        return node.right if a == 1 and isinstance(node.op, ast.Mult) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Minus a number."""
        node = self.generic_visit(node)  # type: ignore[assignment]
        a = number_in(node.operand)
        return ast.Constant(-a) if a is not None and isinstance(node.op, ast.USub) else node

    def visit_IfExp(self, node: ast.IfExp, visited: bool = False) -> ast.AST:
        """A choice whose test is known."""
        node = node if visited else self.generic_visit(node)  # type: ignore[assignment]
        if not isinstance(node.test, ast.Constant):
            return node
        return node.body if node.test.value else node.orelse

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """An index that only adds axes, without those that broadcasting adds by itself."""
        node = self.generic_visit(node)  # type: ignore[assignment]
        shape, parts = self.shape(node.value), index_parts(node.slice)
        if shape is None:
            return node
        if all(is_constant(p, None) or is_constant(p, ...) or is_whole_axis(p) for p in parts):
            return _indexed(node.value, _written_out(parts, len(shape)))
        column = _of_column(node)
        if column is not None and len(self.shape(column[1]) or ()) == 2:
            return column[0]  # (A @ v[:, None])[:, 0] is A @ v
        return node


def _without_cast(node: ast.Call) -> ast.expr | None:
    """x of `x.astype(y.dtype)`: the numbers are the same. None for other calls."""
    if (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "astype"
        and not isinstance(node.func.value, ast.Compare)
        and isinstance(node.args[0], ast.Attribute)
    ):
        return node.func.value
    return None


def _of_column(node: ast.Subscript) -> tuple[ast.expr, ast.expr] | None:
    """f(A, v) of `f(A, v[..., None])[..., 0]`, and A."""
    parts = index_parts(node.slice)
    if len(parts) != 2 or not is_constant(parts[0], ...) or not is_constant(parts[1], 0):
        return None
    inner = node.value
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.MatMult):
        a, column = inner.left, inner.right
    elif isinstance(inner, ast.Call) and called_name(inner.func) == "solve":
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
    axes = axes_of(len(full), axis)
    return _indexed(v, [ast.Constant(None) if k in axes else ast.Slice() for k in range(len(full))])


def _indexed(v: ast.expr, parts: list[ast.expr]) -> ast.expr:
    """v[parts], without the axes that broadcasting adds in front by itself, and the `:` at the
    end."""
    parts = list(parts)
    while parts and is_constant(parts[0], None):
        parts = parts[1:]
    return (
        ast.Subscript(v, joined(parts), ast.Load())
        if any(is_constant(p, None) for p in parts)
        else v
    )


def _written_out(parts: list[ast.expr], ndim: int) -> list[ast.expr]:
    said = sum(1 for p in parts if not is_constant(p, None) and not is_constant(p, ...))
    rest: list[ast.expr] = [ast.Slice()] * (ndim - said)
    if not any(is_constant(p, ...) for p in parts):
        return [*parts, *rest]
    return [q for p in parts for q in (rest if is_constant(p, ...) else [p])]
