"""From Python's syntax tree to a line of mathematics: `X @ W` to X·W, `maximum(Z, 0)` to max{0, Z},
`x ** 2` to x².

The printer knows syntax and a few functions by name; everything else passes through readable. It is
given a tree whose names are looked up in a table of symbols, so that a name may be any text, and a
symbol may itself be a formula.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from ..words import Words
from .pieces import (
    ATOM,
    CHOICE,
    COMPARE,
    POWER,
    PREFIX,
    PRODUCT,
    SUM,
    Piece,
    Symbol,
    axes_text,
    number,
)
from .shapes import shape_of
from .trees import Substitution, number_in, value_in

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_COMPARE = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}

# Entry by entry, beside `·` for the matrix product: NumPy's own sign, since graphviz-pure's PNG has
# neither ⊙ nor ∗.
TIMES = " * "

_REDUCE = {"sum": "Σ", "mean": "mean", "max": "max", "min": "min"}


class Printer:
    """Writes trees as mathematics, a method for each kind of node.

    `symbols` says what the names in a tree stand for.

    >>> show = Printer({"W": Symbol("W₁")}, Words("en"))
    >>> show(ast.parse("maximum(0, X @ W)", mode="eval").body).text
    'max{0, X·W₁}'
    """

    def __init__(self, symbols: Mapping[str, Symbol], words: Words) -> None:
        self.symbols: Mapping[str, Symbol] = symbols
        self.words: Words = words

    def __call__(self, node: ast.AST) -> Piece:
        method = getattr(self, f"_{type(node).__name__}", None)
        return method(node) if method else Piece(self._raw(node))

    def _raw(self, node: ast.AST) -> str:
        """Python's own text, symbols put in: what nothing here knows better."""
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        texts = {
            name: self.symbols[name].text if name in self.symbols else name.lstrip("_")
            for name in names
        }
        named = Substitution({name: ast.Name(text) for name, text in texts.items()})
        return ast.unparse(named.visit(node))

    def _Name(self, node: ast.Name) -> Piece:
        symbol = self.symbols.get(node.id)
        if symbol is None:
            return Piece(node.id.lstrip("_"))
        return Piece(symbol.text, symbol.hold, symbol.scalar)

    def _Constant(self, node: ast.Constant) -> Piece:
        v = node.value
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            return Piece(number(v), ATOM if v >= 0 else SUM, True)
        if isinstance(v, str):
            return Piece(f'"{v}"', scalar=True)
        return Piece("…" if v is ... else str(v), scalar=True)

    def _UnaryOp(self, node: ast.UnaryOp) -> Piece:
        x = self(node.operand)
        if isinstance(node.op, ast.USub):
            return Piece("−" + x.within(PRODUCT), SUM, x.scalar)
        sign = {ast.Not: "not ", ast.Invert: "~"}.get(type(node.op), "+")
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
            n = number_in(node.right)
            if n == 0.5:
                return Piece("√" + left.within(ATOM), POWER, scalar)
            if isinstance(n, (int, float)) and n == int(n):
                return Piece(left.within(ATOM) + str(int(n)).translate(_SUPERSCRIPT), POWER, scalar)
            return Piece(f"{left.within(ATOM)}^{right.within(ATOM)}", POWER, scalar)
        if isinstance(op, ast.FloorDiv):
            return Piece(f"floor({left.within(PRODUCT)}/{right.within(PREFIX)})", scalar=scalar)
        if isinstance(op, ast.Mod):
            return Piece(f"{left.within(PRODUCT)} mod {right.within(PREFIX)}", PRODUCT, scalar)
        joint = {ast.BitAnd: " & ", ast.BitOr: " | "}.get(type(op))
        return (
            Piece(f"{left.within(SUM)}{joint}{right.within(SUM)}", CHOICE)
            if joint
            else Piece(self._raw(node))
        )

    def _product(self, node: ast.BinOp) -> Piece:
        """a·b/c, the numbers first; what is multiplied entry by entry stands apart from what is
        not."""
        above: list[ast.AST] = []
        below: list[ast.AST] = []
        rest: ast.AST = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, (ast.Mult, ast.Div)):
            (above if isinstance(rest.op, ast.Mult) else below).append(rest.right)
            rest = rest.left
        minus = isinstance(rest, ast.UnaryOp) and isinstance(rest.op, ast.USub)
        above = [rest.operand if isinstance(rest, ast.UnaryOp) and minus else rest, *above[::-1]]
        below = below[::-1]
        # A quotient on the left ends up below: only where all of it is a product, so nothing
        # changes its value.
        above.sort(key=lambda n: number_in(n) is None)
        negative = len(above) > 1 and (number_in(above[0]) or 0) < 0
        if negative:  # the sign stands before the whole product
            above[0] = ast.Constant(-number_in(above[0]))
        negative = negative != minus
        if len(above) > 1 and number_in(above[0]) == 1:
            above = above[1:]
        pieces = [self._factor(n) for n in above]
        text, scalar = pieces[0].within(PRODUCT), pieces[0].scalar
        for k, p in enumerate(pieces[1:]):
            right = p.within(PREFIX)
            if number_in(above[k]) is not None and right.startswith("("):
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
        # 1 where it holds, 0 elsewhere
        return Piece(f"[{p.text}]") if isinstance(node, ast.Compare) else p

    def _Compare(self, node: ast.Compare) -> Piece:
        text = self(node.left).within(SUM)
        for op, right in zip(node.ops, node.comparators, strict=True):
            text += f" {_COMPARE.get(type(op), '?')} {self(right).within(SUM)}"
        return Piece(text, COMPARE)

    def _IfExp(self, node: ast.IfExp) -> Piece:
        body, test = self(node.body).within(COMPARE), self(node.test).within(COMPARE)
        text = f"{body} {self.words['if']} {test}"
        if number_in(node.orelse) != 0:
            text += f" {self.words['else']} {self(node.orelse).text}"
        return Piece(text, CHOICE)

    def _Attribute(self, node: ast.Attribute) -> Piece:
        x = self(node.value)
        if node.attr == "mT" or (node.attr == "T" and self._rank(node.value) <= 2):
            return Piece(x.within(ATOM) + "ᵀ")
        return Piece(
            f"transpose({x.text})" if node.attr == "T" else f"{x.within(ATOM)}.{node.attr}"
        )

    def _rank(self, node: ast.AST) -> int:
        """How many axes, as far as that is known; else 2, a matrix."""
        shape = shape_of(node, self.symbols)
        return 2 if shape is None else len(shape)

    def _Subscript(self, node: ast.Subscript) -> Piece:
        return Piece(f"{self(node.value).within(ATOM)}[{self._index(node.slice)}]")

    def _index(self, node: ast.AST) -> str:
        if isinstance(node, ast.Tuple):
            return ", ".join(self._index(e) for e in node.elts)
        if isinstance(node, ast.Slice):
            ends = ["" if e is None else self(e).text for e in (node.lower, node.upper)]
            return ":".join(ends + ([self(node.step).text] if node.step is not None else []))
        return self(node).text

    def _Starred(self, node: ast.Starred) -> Piece:
        inside = self(node.value)
        return Piece(inside.text[1:-1] if isinstance(node.value, ast.List) else inside.text)

    def _List(self, node: ast.List) -> Piece:
        # Of very many joined arrays the first and the last: nobody reads a formula of hundreds of
        # names.
        texts = [self(e).text for e in node.elts]
        return Piece(f"[{', '.join(texts if len(texts) <= 9 else [*texts[:4], '…', texts[-1]])}]")

    def _Tuple(self, node: ast.Tuple) -> Piece:
        return Piece(
            f"({', '.join(self(e).text for e in node.elts)}{',' if len(node.elts) == 1 else ''})"
        )

    def _Call(self, node: ast.Call) -> Piece:
        args = [self(a) for a in node.args]
        known = {k.arg: k.value for k in node.keywords if k.arg}
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, args)
        name = node.func.id.lstrip("_") if isinstance(node.func, ast.Name) else self(node.func).text
        if name in _REDUCE and len(args) == 1 and not known.keys() - {"axis"}:
            inside = self._factor(node.args[0])
            word = self.words["mean"] if name == "mean" else _REDUCE[name]
            axis = (
                self._axes_text(known["axis"], self._rank(node.args[0])) if "axis" in known else ""
            )
            return Piece(f"{word}{axis} {inside.within(POWER)}", PREFIX, not axis)
        if name == "back_into":
            return Piece(f"{args[0].within(COMPARE)} {self.words['place']} {args[1].text}", CHOICE)
        if (
            name in ("transpose", "swapaxes")
            and (len(args) == 1 or [a.text for a in args[1:]] == ["−2", "−1"])
            and (len(args) > 1 or self._rank(node.args[0]) <= 2)
        ):
            return Piece(args[0].within(ATOM) + "ᵀ")
        write = _CALLS.get(name)
        if write is not None and not known and (text := write(args)) is not None:
            return text
        extra = [
            f"{k}={self.words['all'] if _all_axes(k, v) else self(v).text}"
            for k, v in known.items()
        ]
        return Piece(
            f"{name}({', '.join([a.text for a in args] + extra)})",
            scalar=bool(args) and all(a.scalar for a in args) and not known,
        )

    def _axes_text(self, node: ast.AST, rank: int) -> str:
        axes = value_in(node)
        axis = axes if isinstance(axes, tuple) else (axes,)
        if not axis or any(not isinstance(a, int) for a in axis):
            return f" {self.words['axis']} {self(node).text}"
        return axes_text(tuple(a % rank for a in axis), rank, self.words) if rank else ""

    def _method(self, func: ast.Attribute, args: list[Piece]) -> Piece:
        x = self(func.value)
        if func.attr == "astype" and isinstance(func.value, ast.Compare):
            return Piece(f"[{x.text}]")  # 1 where it holds, 0 elsewhere
        if func.attr == "astype":
            return Piece(f"{args[0].text}({x.text})", scalar=x.scalar)
        if func.attr == "random":
            return Piece(self.words["random"])  # a generator's draw
        return Piece(
            f"{func.attr}({', '.join([x.text, *(a.text for a in args)])})", scalar=x.scalar
        )


def _all_axes(key: str, node: ast.AST) -> bool:
    return key == "axis" and isinstance(node, ast.Constant) and node.value is None


def _extreme(name: str) -> Callable[[list[Piece]], Piece | None]:
    def write(args: list[Piece]) -> Piece | None:
        if len(args) != 2:
            return None
        a, b = args
        # max{0, Z}, as the lecture writes it
        first, second = (b, a) if b.scalar and not a.scalar else (a, b)
        return Piece(f"{name}{{{first.text}, {second.text}}}", scalar=a.scalar and b.scalar)

    return write


def _clip(args: list[Piece]) -> Piece | None:
    x, low, high = (*args, *[Piece("None")] * (3 - len(args)))
    if low.text == high.text == "None":
        return x
    if low.text == "None":
        return _extreme("min")([x, high])
    return _extreme("max")([x, low]) if high.text == "None" else None


_CALLS: dict[str, Callable[[list[Piece]], Piece | None]] = {
    "maximum": _extreme("max"),
    "minimum": _extreme("min"),
    "clip": _clip,
    "sqrt": lambda a: Piece("√" + a[0].within(ATOM), POWER, a[0].scalar),
    "abs": lambda a: Piece(f"|{a[0].text}|", scalar=a[0].scalar),
    "normal_cdf": lambda a: Piece(f"Phi({a[0].text})", scalar=a[0].scalar),
    "normal_pdf": lambda a: Piece(f"phi({a[0].text})", scalar=a[0].scalar),
    "sigmoid": lambda a: Piece(f"σ({a[0].text})", scalar=a[0].scalar),
}
