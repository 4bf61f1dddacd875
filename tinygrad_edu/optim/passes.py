"""From the lines of an update rule to passes over whole buffers, each in place.

`m = beta * m + g` is two passes, `m *= beta` and `m += g`, where evaluating it as it stands would
take two new arrays. A term that is no plain buffer is computed in one scratch buffer, `change`, and
added; numbers that are the same for all entries are brought together first, so that they cost one
pass.

A moment may be *kept* divided by a positive number, m/(1 - β₁) for m: then a factor of its line
falls away, and another one comes into the line that reads it, where it joins the numbers there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .lines import Line, moments, names_in

SCRATCH = "change"
_SYMBOLS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}


class Factors:
    """A product of powers of numbers, by their text: {"rate": 1, "1 - beta": -1}."""

    def __init__(self, powers: Mapping[str, float] | None = None, sign: int = 1) -> None:
        self.powers: dict[str, float] = {k: p for k, p in (powers or {}).items() if p}
        self.sign: int = sign

    def __mul__(self, other: Factors) -> Factors:
        powers = dict(self.powers)
        for text, power in other.powers.items():
            powers[text] = powers.get(text, 0) + power
        return Factors(powers, self.sign * other.sign)

    def __pow__(self, power: float) -> Factors:
        sign = 1 if power % 2 == 0 else self.sign
        return Factors({k: p * power for k, p in self.powers.items()}, sign)

    def __truediv__(self, other: Factors) -> Factors:
        return self * other**-1

    def text(self, signed: bool = False) -> str:
        """The product: "rate / (1 - beta)", and "1" where there is nothing; without its sign unless
        it is asked for."""
        above = [_power(k, p) for k, p in self.powers.items() if p > 0]
        below = [_power(k, -p) for k, p in self.powers.items() if p < 0]
        product = " / ".join([" * ".join(above) or "1", *below])
        return f"-({product})" if signed and self.sign < 0 else product

    def only(self, texts: Iterable[str]) -> Factors:
        """The part of these numbers."""
        kept = set(texts)
        return Factors({k: p for k, p in self.powers.items() if k in kept})


class Term(NamedTuple):
    """`factors` times an array; None stands for no array: the number itself."""

    factors: Factors
    array: ast.expr | None


class Passes:
    """The passes of some lines. `kept` says by what number a moment is divided where it is kept."""

    def __init__(self, lines: tuple[Line, ...], kept: Mapping[str, str]) -> None:
        self.lines = lines
        self.moments: tuple[str, ...] = moments(lines)
        self.scale: dict[str, str] = {
            m: _text(ast.parse(c, mode="eval").body) for m, c in kept.items()
        }
        self.arrays: set[str] = {"w", "g", *self.moments}
        for line in lines:  # a value of this step is an array where it is made of one
            if line.reads() & self.arrays:
                self.arrays.add(line.target)
        self.statements: list[str] = []
        self.holds: tuple[str, set[str]] = ("", set())  # what is in the scratch buffer
        self.of: list[tuple[Line, list[str]]] = []
        for line in lines:
            self.statements = []
            self._assign(line)
            self.of.append((line, self.statements))

    # Terms

    def _is_number(self, node: ast.expr) -> bool:
        return self.arrays.isdisjoint(names_in(node))

    def _terms(self, node: ast.expr) -> list[Term]:
        """The terms that an expression is the sum of."""
        if self._is_number(node):
            return [Term(self._number(node), None)]
        if isinstance(node, ast.Name):
            return [Term(_factor(self.scale.get(node.id, "1")), node)]
        if isinstance(node, ast.UnaryOp):
            return [_times(Factors(sign=-1), term) for term in self._terms(node.operand)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = Factors(sign=-1 if isinstance(node.op, ast.Sub) else 1)
            return self._terms(node.left) + [_times(sign, t) for t in self._terms(node.right)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            return self._product(node)
        if isinstance(node, ast.BinOp):
            return [self._raised(node)]
        return [self._called(node)]

    def _number(self, node: ast.expr) -> Factors:
        """A number as the product that it is written as."""
        if isinstance(node, ast.UnaryOp):
            return Factors(sign=-1) * self._number(node.operand)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self._number(node.left) * self._number(node.right)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._number(node.left) / self._number(node.right)
        if isinstance(node, ast.Call) and _text(node.func) == "sqrt":
            return Factors({_called_by_numpy(node.args[0]): 0.5})
        return _factor(_called_by_numpy(node))

    def _product(self, node: ast.BinOp) -> list[Term]:
        divides = isinstance(node.op, ast.Div)
        if self._is_number(node.right):
            by = self._number(node.right)
            return [_times(by**-1 if divides else by, t) for t in self._terms(node.left)]
        if not divides and self._is_number(node.left):
            return [_times(self._number(node.left), t) for t in self._terms(node.right)]
        a, b = self._single(node.left), self._single(node.right)
        factors = a.factors / b.factors if divides else a.factors * b.factors
        if a.array is None and not divides:
            return [Term(factors, b.array)]
        left = ast.Constant(1) if a.array is None else a.array
        return [Term(factors, ast.BinOp(left, node.op, _array(b)))]

    def _raised(self, node: ast.BinOp) -> Term:
        base, power = self._single(node.left), node.right
        if isinstance(power, ast.Constant) and isinstance(power.value, int):
            return Term(base.factors**power.value, ast.BinOp(_array(base), ast.Pow(), power))
        return Term(Factors(), ast.BinOp(self._joined(node.left), ast.Pow(), self._joined(power)))

    def _called(self, node: ast.expr) -> Term:
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "sqrt":
            inside = self._single(node.args[0])
            out = inside.factors.only(self.scale.values())  # those are positive
            rest = _expression([Term(inside.factors / out, inside.array)])
            return Term(out**0.5, ast.Call(node.func, [rest], []))
        return Term(Factors(), ast.Call(node.func, [self._joined(a) for a in node.args], []))

    def _single(self, node: ast.expr) -> Term:
        """An expression as one term. From a sum only what moments are divided by is taken out."""
        terms = self._terms(node)
        if len(terms) == 1:
            return terms[0]
        out = next(
            (
                found
                for t in terms
                if t.array is not None and (found := t.factors.only(self.scale.values())).powers
            ),
            Factors(),
        )
        return Term(out, _expression([_times(out**-1, t) for t in terms]))

    def _joined(self, node: ast.expr) -> ast.expr:
        return _expression(self._terms(node))

    # Passes

    def _assign(self, line: Line) -> None:
        target = line.target
        if target not in self.arrays:
            self._say(f"{target} = {self._number(line.value).text(True)}", target)
            return
        if target not in ("w", *self.moments):
            value = self._joined(line.value)
            copied = ".copy()" if isinstance(value, ast.Name) else ""  # w is written in place
            self._say(f"{target} = {_called_by_numpy(value)}{copied}", target)
            return
        scale = _factor(self.scale.get(target, "1"))
        terms = [_times(scale**-1, t) for t in self._terms(line.value)]
        own = [t for t in terms if isinstance(t.array, ast.Name) and t.array.id == target]
        rest = [t for t in terms if not any(t is o for o in own)]
        # What reads the old value is computed before it goes.
        if any(t.array is not None and target in names_in(t.array) for t in rest) or not own:
            self._into_scratch(_expression(terms))
            self._say(f"{target}[...] = {SCRATCH}", target)
            return
        factor = _text(_expression([Term(t.factors, None) for t in own]))
        if factor != "1":
            self._say(f"{target} *= {factor}", target)
        for term in rest:
            self._add(target, term)

    def _add(self, target: str, term: Term) -> None:
        """target += term, or -= where its sign is less."""
        symbol, factor = "-" if term.factors.sign < 0 else "+", term.factors.text()
        if term.array is None:
            self._say(f"{target} {symbol}= {factor}", target)
            return
        if factor == "1" and isinstance(term.array, ast.Name):
            self._say(f"{target} {symbol}= {term.array.id}", target)
            return
        key = f"{factor} * {_text(term.array)}"
        if self.holds[0] != key:
            if isinstance(term.array, ast.Name):
                self._say(f"np.multiply({term.array.id}, {factor}, out={SCRATCH})", SCRATCH)
            else:
                self._into_scratch(term.array)
                if factor != "1":
                    self._say(f"{SCRATCH} *= {factor}", SCRATCH)
            self.holds = key, {*names_in(term.array), *names_in(ast.parse(factor))}
        self._say(f"{target} {symbol}= {SCRATCH}", target)

    def _into_scratch(self, node: ast.expr) -> None:
        """Compute an expression into the scratch buffer, pass by pass."""
        if isinstance(node, ast.Name) or self._is_number(node):
            self._say(f"{SCRATCH}[...] = {_called_by_numpy(node)}", SCRATCH)
            return
        name, parts = _ufunc(node)
        # One operand that is an expression itself comes into the buffer first.
        deep = next((k for k, p in enumerate(parts) if self._is_deep(p)), None)
        if deep is not None:
            self._into_scratch(parts[deep])
        words = [SCRATCH if k == deep else _called_by_numpy(p) for k, p in enumerate(parts)]
        self._say(f"np.{name}({', '.join(words)}, out={SCRATCH})", SCRATCH)

    def _is_deep(self, node: ast.expr) -> bool:
        return not isinstance(node, ast.Name) and not self._is_number(node)

    def _say(self, statement: str, changes: str) -> None:
        if changes == SCRATCH or changes in self.holds[1]:
            self.holds = "", set()
        self.statements.append(statement)


def renamed(statement: str, name: Callable[[str], str]) -> str:
    """A statement with other names for what it reads and writes; NumPy's stay."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id == "np":
                return node
            return ast.copy_location(ast.parse(name(node.id), mode="eval").body, node)

    return ast.unparse(ast.fix_missing_locations(Put().visit(ast.parse(statement))))


def _times(factors: Factors, term: Term) -> Term:
    return Term(factors * term.factors, term.array)


def _factor(text: str) -> Factors:
    return Factors({} if text in ("1", "1.0") else {text: 1})


def _array(term: Term) -> ast.expr:
    return ast.Constant(1) if term.array is None else term.array


def _power(text: str, power: float) -> str:
    atom = text if text.isidentifier() else f"({text})"
    return atom if power == 1 else f"{atom} ** {power:g}"


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def _expression(terms: list[Term]) -> ast.expr:
    """Terms as one expression again."""
    found: ast.expr | None = None
    for term in terms:
        factor = term.factors.text()
        number = ast.parse(factor, mode="eval").body
        part = number if term.array is None else term.array
        if term.array is not None and factor != "1":
            part = ast.BinOp(number, ast.Mult(), term.array)
        if found is None:
            found = ast.UnaryOp(ast.USub(), part) if term.factors.sign < 0 else part
        else:
            found = ast.BinOp(found, ast.Sub() if term.factors.sign < 0 else ast.Add(), part)
    assert found is not None
    return found


def _ufunc(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The NumPy function that an expression's outermost step is, and what it takes."""
    if isinstance(node, ast.UnaryOp):
        return "negative", [node.operand]
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return node.func.id, node.args
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.Pow):
        square = isinstance(node.right, ast.Constant) and node.right.value == 2
        if square and isinstance(node.left, ast.Name):
            return "multiply", [node.left, node.left]
        return "power", [node.left, node.right]
    return _SYMBOLS[type(node.op)], [node.left, node.right]


def _called_by_numpy(node: ast.expr) -> str:
    """An expression with np. before its functions; a root of a number as its power 1/2."""

    class Call(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            assert isinstance(node.func, ast.Name)
            return ast.Call(ast.Attribute(ast.Name("np"), node.func.id), node.args, [])

    return _text(Call().visit(ast.parse(_text(node), mode="eval").body))
