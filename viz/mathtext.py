"""From Python's syntax tree to a line of mathematics: `X @ W` to X·W, `maximum(Z, 0)` to max{0, Z}, `x ** 2` to x².

The printer knows syntax and a few functions by name; everything else passes through readable. It is given a tree whose
names are looked up in a table of symbols, so that a name may be any text, and a symbol may itself be a formula.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .words import Words

# How tightly a piece of text holds together; looser pieces get parentheses inside tighter ones.
CHOICE, COMPARE, SUM, PRODUCT, PREFIX, POWER, ATOM = range(7)

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_COMPARE = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}
# Entry by entry, beside `·` for the matrix product: NumPy's own sign, since graphviz-pure's PNG has neither ⊙ nor ∗.
TIMES = " * "


@dataclass(frozen=True)
class Symbol:
    """What a name stands for: its text, how tightly that holds, and what is known of the array."""
    text: str
    hold: int = ATOM
    shape: tuple[int, ...] | None = None
    value: Any = None                    # a plain number, or the value of a parameter

    @property
    def scalar(self) -> bool:
        return self.shape == () or isinstance(self.value, (int, float))


@dataclass(frozen=True)
class Piece:
    text: str
    hold: int = ATOM
    scalar: bool = False

    def within(self, hold: int) -> str:
        return self.text if self.hold >= hold else f"({self.text})"


class Printer:
    """Prints trees whose names are in `symbols`."""

    def __init__(self, symbols: Mapping[str, Symbol], words: Words) -> None:
        self.symbols, self.words = symbols, words

    def __call__(self, node: ast.AST) -> Piece:
        method = getattr(self, f"_{type(node).__name__}", None)
        return method(node) if method else Piece(self._raw(node))

    def _raw(self, node: ast.AST) -> str:
        """Python's own text, symbols put in: what nothing here knows better."""
        symbols = self.symbols

        class Put(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.AST:
                return ast.Name(symbols[node.id].text if node.id in symbols else node.id.lstrip("_"))
        return ast.unparse(Put().visit(node))

    def _Name(self, node: ast.Name) -> Piece:
        symbol = self.symbols.get(node.id)
        if symbol is None:
            return Piece(node.id.lstrip("_"))
        return Piece(symbol.text, symbol.hold, symbol.scalar)

    def _Constant(self, node: ast.Constant) -> Piece:
        v = node.value
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            return Piece(number(v), ATOM if v >= 0 else SUM, True)
        return Piece("…" if v is ... else str(v), scalar=True)

    def _UnaryOp(self, node: ast.UnaryOp) -> Piece:
        x = self(node.operand)
        if isinstance(node.op, ast.USub):
            return Piece("−" + x.within(PRODUCT), SUM, x.scalar)
        sign = "not " if isinstance(node.op, (ast.Not, ast.Invert)) else "+"
        return Piece(sign + x.within(POWER), PREFIX, x.scalar)

    def _BinOp(self, node: ast.BinOp) -> Piece:
        op = node.op
        if isinstance(op, (ast.Mult, ast.Div)):
            return self._product(node)
        left, right = self(node.left), self(node.right)
        scalar = left.scalar and right.scalar
        if isinstance(op, (ast.Add, ast.Sub)):
            sign = "+" if isinstance(op, ast.Add) else "−"
            return Piece(f"{left.within(SUM)} {sign} {right.within(PRODUCT)}", SUM, scalar)
        if isinstance(op, ast.MatMult):
            return Piece(f"{left.within(PRODUCT)}·{right.within(PREFIX)}", PRODUCT)
        if isinstance(op, ast.Pow):
            n = _number_of(node.right)
            if n == 0.5:
                return Piece("√" + left.within(ATOM), POWER, scalar)
            if isinstance(n, (int, float)) and n == int(n):
                return Piece(left.within(ATOM) + str(int(n)).translate(_SUPERSCRIPT), POWER, scalar)
            return Piece(f"{left.within(ATOM)}^{right.within(ATOM)}", POWER, scalar)
        if isinstance(op, ast.FloorDiv):
            return Piece(f"floor({left.within(PRODUCT)}/{right.within(PREFIX)})", scalar=scalar)
        if isinstance(op, ast.Mod):
            return Piece(f"{left.within(PRODUCT)} mod {right.within(PREFIX)}", PRODUCT, scalar)
        joint = {ast.BitAnd: " and ", ast.BitOr: " or "}.get(type(op))
        return Piece(f"{left.within(SUM)}{joint}{right.within(SUM)}", CHOICE) if joint else Piece(self._raw(node))

    def _product(self, node: ast.BinOp) -> Piece:
        """a·b/c, the numbers first; what is multiplied entry by entry stands apart from what is not."""
        above: list[ast.AST] = []
        below: list[ast.AST] = []
        rest: ast.AST = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, (ast.Mult, ast.Div)):
            (above if isinstance(rest.op, ast.Mult) else below).append(rest.right)
            rest = rest.left
        above = [rest, *above[::-1]]
        below = below[::-1]
        # A quotient on the left ends up below: only where all of it is a product, so nothing changes its value.
        above.sort(key=lambda n: _number_of(n) is None)
        negative = len(above) > 1 and (_number_of(above[0]) or 0) < 0
        if negative:                                     # the sign stands before the whole product
            above[0] = ast.Constant(-_number_of(above[0]))
        if len(above) > 1 and _number_of(above[0]) == 1:
            above = above[1:]
        pieces = [self._factor(n) for n in above]
        text, scalar = pieces[0].within(PRODUCT), pieces[0].scalar
        for k, p in enumerate(pieces[1:]):
            right = p.within(PREFIX)
            if _number_of(above[k]) is not None and right.startswith("("):
                text += right
            else:
                text += ("·" if scalar or p.scalar else TIMES) + right
            scalar = scalar and p.scalar
        for n in below:
            p = self._factor(n)
            text, scalar = f"{text}/{p.within(PREFIX)}", scalar and p.scalar
        return Piece(f"−{text}", SUM, scalar) if negative else Piece(text, PRODUCT, scalar)

    def _factor(self, node: ast.AST) -> Piece:
        p = self(node)
        return Piece(f"[{p.text}]") if isinstance(node, ast.Compare) else p       # 1 where it holds, 0 elsewhere

    def _Compare(self, node: ast.Compare) -> Piece:
        text = self(node.left).within(SUM)
        for op, right in zip(node.ops, node.comparators, strict=True):
            text += f" {_COMPARE.get(type(op), '?')} {self(right).within(SUM)}"
        return Piece(text, COMPARE)

    def _IfExp(self, node: ast.IfExp) -> Piece:
        text = f"{self(node.body).within(COMPARE)} {self.words['if']} {self(node.test).within(COMPARE)}"
        if _number_of(node.orelse) != 0:
            text += f" {self.words['else']} {self(node.orelse).text}"
        return Piece(text, CHOICE)

    def _Attribute(self, node: ast.Attribute) -> Piece:
        x = self(node.value)
        return Piece(x.within(ATOM) + ("ᵀ" if node.attr in ("T", "mT") else f".{node.attr}"))

    def _Subscript(self, node: ast.Subscript) -> Piece:
        x = self(node.value)
        if _only_axes(node.slice):
            return x                     # [..., None] turns a vector into a column: on paper it is the same vector
        return Piece(f"{x.within(ATOM)}[{self._index(node.slice)}]")

    def _index(self, node: ast.AST) -> str:
        if isinstance(node, ast.Tuple):
            return ", ".join(self._index(e) for e in node.elts)
        if isinstance(node, ast.Name) and node.id in self.symbols:
            return self.symbols[node.id].text
        return self._raw(node)

    def _Starred(self, node: ast.Starred) -> Piece:
        inside = self(node.value)
        return Piece(inside.text[1:-1] if isinstance(node.value, ast.List) else inside.text)

    def _List(self, node: ast.List) -> Piece:
        return Piece(f"[{', '.join(self(e).text for e in node.elts)}]")

    def _Tuple(self, node: ast.Tuple) -> Piece:
        return Piece(f"({', '.join(self(e).text for e in node.elts)})")

    def _Call(self, node: ast.Call) -> Piece:
        while node.args and isinstance(node.args[-1], ast.Constant) and node.args[-1].value is None:
            node.args = node.args[:-1]                           # an axis that was not given
        args = [self(a) for a in node.args]
        known = {k.arg: k.value for k in node.keywords}
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, args)
        name = node.func.id.lstrip("_") if isinstance(node.func, ast.Name) else self(node.func).text
        if name in _REDUCE and args:
            axis = self._axis(args[1] if len(args) > 1 else self(known["axis"]) if "axis" in known else None)
            return Piece(f"{_REDUCE[name].format(**_TABLE_WORDS(self.words))}{axis} {args[0].within(POWER)}", PREFIX,
                         not axis)
        write = _CALLS.get(name)
        if write is not None and (text := write(args)) is not None:
            return text
        extra = [f"{k}={self(v).text}" for k, v in known.items() if k != "keepdims"]
        return Piece(f"{name}({', '.join([a.text for a in args] + extra)})", scalar=all(a.scalar for a in args))

    def _method(self, func: ast.Attribute, args: list[Piece]) -> Piece:
        x = self(func.value)
        if func.attr == "astype" and isinstance(func.value, ast.Compare):
            return Piece(f"[{x.text}]")                          # 1 where it holds, 0 elsewhere
        if func.attr == "astype":
            return Piece(f"{args[0].text}({x.text})", scalar=x.scalar)
        return Piece(f"{func.attr}({', '.join([x.text, *(a.text for a in args)])})", scalar=x.scalar)

    def _axis(self, axis: Piece | None) -> str:
        if axis is None or axis.text == "None":
            return ""
        word = {"0": "rows", "1": "columns", "−1": "columns"}.get(axis.text)
        return " " + (self.words[word] if word else f"{self.words['axis']} {axis.text}")


def number(v: float) -> str:
    """A number inside a formula, with a true minus."""
    text = str(int(v)) if v == int(v) and abs(v) < 1e6 else f"{v:.6g}"
    return text.replace("-", "−")


def _number_of(node: ast.AST) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None


def _only_axes(node: ast.AST) -> bool:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return all((isinstance(p, ast.Constant) and p.value in (None, ...)) or
               (isinstance(p, ast.Slice) and p.lower is None and p.upper is None) for p in parts) or (
        [ast.unparse(p) for p in parts] == ["...", "0"])


def _TABLE_WORDS(words: Words) -> dict[str, str]:
    return {"mean": words["mean"]}


_REDUCE = {"sum": "Σ", "mean": "{mean}", "max": "max", "min": "min", "log_sum_exp": "log Σ exp"}


def _extreme(name: str) -> Callable[[list[Piece]], Piece | None]:
    def write(args: list[Piece]) -> Piece | None:
        if len(args) != 2:
            return None
        a, b = args
        first, second = (b, a) if b.scalar and not a.scalar else (a, b)     # max{0, Z}, as the lecture writes it
        return Piece(f"{name}{{{first.text}, {second.text}}}", scalar=a.scalar and b.scalar)
    return write


def _clip(args: list[Piece]) -> Piece | None:
    x, low, high = (*args, *[Piece("None")] * (3 - len(args)))
    if low.text == high.text == "None":
        return x
    bounds = [b.text != "None" for b in (low, high)]
    return None if all(bounds) else _extreme("max" if bounds[0] else "min")([x, low if bounds[0] else high])


_CALLS: dict[str, Callable[[list[Piece]], Piece | None]] = {
    "maximum": _extreme("max"), "minimum": _extreme("min"),
    "clip": _clip,
    "sqrt": lambda a: Piece("√" + a[0].within(ATOM), POWER, a[0].scalar),
    "abs": lambda a: Piece(f"|{a[0].text}|", scalar=a[0].scalar),
    "normal_cdf": lambda a: Piece(f"Phi({a[0].text})", scalar=a[0].scalar),
    "normal_pdf": lambda a: Piece(f"phi({a[0].text})", scalar=a[0].scalar),
    "sigmoid": lambda a: Piece(f"σ({a[0].text})", scalar=a[0].scalar),
    "transpose": lambda a: Piece(a[0].within(ATOM) + "ᵀ") if len(a) == 1 or a[1].text == "None" else None,
    "swapaxes": lambda a: Piece(a[0].within(ATOM) + "ᵀ") if [p.text for p in a[1:]] == ["−2", "−1"] else None,
}
