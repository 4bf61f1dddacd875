"""NumPy's printer: a step as an expression of Python, a method a kind. Both NumPy texts are made
with it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ...autodiff.captions import NOTATION
from ...autodiff.messages import describe, harmless
from ..ir.node import Node
from .base import Printer
from .names import Names

_WITH_DEFAULTS = (np.sum, np.mean, np.max, np.min, np.prod, np.argmax, np.argmin)


class NumpyPrinter(Printer[ast.expr]):
    """Writes with these names. A node in `folded` is written inside what reads it."""

    names: Names

    target = "numpy_expressions"

    def __init__(self, names: Names) -> None:
        self.names = names
        self.folded: set[int] = set()

    # A method a kind

    def binary(self, node: Node) -> ast.expr:
        left, right = self.argument(node.args[0], node), self.argument(node.args[1], node)
        if _raises_an_array(node):
            left = ast.Call(_parsed("np.asarray"), [left], [])
        return _parsed(f"({ast.unparse(left)}) {node.function} ({ast.unparse(right)})")

    def unary(self, node: Node) -> ast.expr:
        return _parsed(f"{node.function}({ast.unparse(self.argument(node.args[0], node))})")

    def attribute(self, node: Node) -> ast.expr:
        return ast.Attribute(self.argument(node.args[0], node), node.function, ast.Load())

    def item(self, node: Node) -> ast.expr:
        return ast.Subscript(
            self.argument(node.args[0], node), self._index(node.args[1], node), ast.Load()
        )

    def method(self, node: Node) -> ast.expr:
        owner, *args = (self.argument(a, node) for a in node.args)
        return ast.Call(ast.Attribute(owner, node.function, ast.Load()), args, self._keywords(node))

    def call(self, node: Node) -> ast.expr:
        args = [self.argument(a, node) for a in node.args]
        return ast.Call(self.function(node.function), args, self._keywords(node))

    helper = call

    def _keywords(self, node: Node) -> list[ast.keyword]:
        return [
            ast.keyword(k, self.argument(v, node))
            for k, v in node.kwargs.items()
            if not _is_default(node.function, k, v)
        ]

    # What stands in a call

    def argument(self, x: Any, node: Node | None) -> ast.expr:
        """An argument of a call: a name, a number, or what holds them."""
        if isinstance(x, Node):
            return self.write(x) if id(x) in self.folded else _name(self.names.of[id(x)])
        if isinstance(x, list):
            return ast.List([self.argument(part, node) for part in x], ast.Load())
        if isinstance(x, tuple):
            return ast.Tuple([self.argument(part, node) for part in x], ast.Load())
        if isinstance(x, (np.ndarray, np.generic)):
            return self._constant(x, node)
        if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
            return _parsed("np.bool_" if x is np.bool_ else f"np.{np.dtype(x).name}")
        if x is None or isinstance(x, (bool, int, float, str)):
            return _literal(x)
        if callable(x) and hasattr(x, "__name__"):
            return self.function(x)
        return self._bound(x, "c")

    def _constant(self, x: np.ndarray | np.generic, node: Node | None) -> ast.expr:
        number = _number(x, node)
        if number is not None:
            return _literal(number)
        if isinstance(x, np.generic) and self.names.inline:
            return _literal(x)
        return self._bound(x, "c")

    def _index(self, index: Any, node: Node | None) -> ast.expr:
        if isinstance(index, tuple):
            return ast.Tuple([self._place(part, node) for part in index], ast.Load())
        return self._place(index, node)

    def _place(self, part: Any, node: Node | None) -> ast.expr:
        if isinstance(part, slice):
            ends = (part.start, part.stop, part.step)
            return ast.Slice(*(None if end is None else _literal(end) for end in ends))
        return ast.Constant(...) if part is Ellipsis else self.argument(part, node)

    def function(self, f: Callable[..., Any]) -> ast.expr:
        """np.tanh, or a helper by its name."""
        name = getattr(f, "__name__", "f")
        for prefix, module in (("np.", np), ("np.linalg.", np.linalg)):
            if getattr(module, name, None) is f:
                return _parsed(prefix + name)
        return self._bound(f, name)

    def _bound(self, x: Any, wish: str) -> ast.expr:
        return _name(self.names.object_name(x, wish))

    # As text

    def text(self, node: Node) -> str:
        """The expression that a node is."""
        return ast.unparse(self.write(node))

    def value(self, x: Any) -> str:
        """A value as an expression."""
        return self.names.of[id(x)] if isinstance(x, Node) else ast.unparse(self.argument(x, None))

    def index(self, index: Any) -> str:
        """What stands between brackets."""
        return ast.unparse(self._index(index, None))

    def remarks(self, text: str) -> list[str]:
        """What a reader of the text cannot know: helpers in the mathematics' words, and
        constants."""
        used = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
        found = []
        for name, x in self.names.scope.items():
            if name not in used:
                continue
            if getattr(x, "__name__", None) in NOTATION:
                arguments, paper = NOTATION[x.__name__]
                found.append(harmless(f"# {name}({', '.join(arguments)}): {paper}"))
            elif isinstance(x, np.ndarray) and name.partition("_")[0] == "c":
                found.append(f"# {name}: {_shown(x)}")
        return found


def _shown(x: np.ndarray) -> str:
    if x.size > 8:
        return f"a constant {describe(x).split()[-1]}"
    return np.array2string(x, separator=", ").replace("\n", "")


def _raises_an_array(node: Node) -> bool:
    """Whether NumPy must be told that what is raised to a power is an array: it raises a number and
    an array of no axes by different code, a last digit apart."""
    base, exponent = node.args
    squares = type(exponent) is int and exponent == 2
    return node.function == "**" and node.boxed and base.kind != "input" and not squares


def _number(x: Any, node: Node | None) -> Any:
    """The Python number that stands for a constant without changing the result's dtype; None if
    there is none."""
    if np.ndim(x) or node is None or node.kind not in ("binary", "unary"):
        return None
    if x.dtype != node.dtype or x.dtype.kind != "f":
        return None
    others = [a for a in node.args if isinstance(a, Node)]
    return x.item() if all(a.dtype == x.dtype for a in others) else None


def _literal(x: Any) -> ast.expr:
    if not isinstance(x, float) or np.isfinite(x):
        return _parsed(repr(x))
    if x != x:
        return _parsed("np.nan")
    return _parsed("np.inf" if x > 0 else "-np.inf")


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _is_default(f: Any, key: str, value: Any) -> bool:
    """Whether a keyword says what NumPy does without it."""
    if f not in _WITH_DEFAULTS:
        return False
    return (key == "axis" and value is None) or (key == "keepdims" and value is False)
