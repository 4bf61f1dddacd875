"""Names for the values of a program, from parameters, layers and operations; and expressions
written with them."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import unicodedata
from typing import Any

import numpy as np

from ...autodiff.captions import NOTATION
from ...autodiff.messages import describe, harmless
from ..ir.node import Node
from ..ir.program import Program

LONGEST = 80
"""Letters of a user's name that a text shows."""

LOSSES = {"mse", "bce_with_logits", "cross_entropy"}


_PRODUCTS = dict.fromkeys(("matmul", "matvec", "vecmat", "inner"), "product")
_OTHERWISE = {
    "max": "largest",
    "min": "smallest",
    "sum": "total",
    "abs": "magnitude",
    "absolute": "magnitude",
}


RESERVED = {
    *keyword.kwlist,
    *keyword.softkwlist,
    *dir(builtins),
    "np",
    "calm",
    "FLUSH_EVERY",
    "flush",
}
"""What a text for reading may mean by itself, before any name of a user is given out."""


class Names:
    """One name a value, for reading: `g_W` is the gradient of W, a layer's result has the layer's
    name."""

    def __init__(self, program: Program, taken: set[str]) -> None:
        self.taken = RESERVED | taken
        # NumPy's scalars are written out, not bound to a name
        self.inline = True
        self.of: dict[int, str] = {}
        self.comments: dict[int, str] = {}
        self.scope: dict[str, Any] = {"np": np}
        self.spans = [
            (first, e.step, module, e.out)
            for e in program.tape.entries
            if e.kind == "op"
            for module, first in e.out.attached.frames
        ]
        # the parameters of the program, by where they come from
        self.outside: dict[tuple[str, int], str] = {}
        called: dict[int, str] = {}  # names by the array
        for node in (n for n in program.graph.nodes if n.kind == "input"):
            kind, x = program.sources[id(node)]
            key = kind, x if kind == "argument" else id(x)
            if key not in self.outside:
                self.outside[key] = self.fresh(plain(node.function))
            self.of[id(node)] = called[id(node.value)] = self.outside[key]
        results = [
            (e, id(e.out._data)) for e in program.tape.entries if e.kind in ("op", "rule", "copy")
        ]
        labels = program.tape.labels
        for entry, array in results:
            found = program.env.get(array)
            if isinstance(found, Node) and array not in labels:
                name, layer = self._result(entry)
                called[array] = self._head(found, self.of.get(id(found)) or self.fresh(name), layer)
        wanted: dict[str, list[Node]] = {}
        for array, whose in ((a, labels[a]) for _, a in results if a in labels):
            found = program.env.get(array)
            if isinstance(found, Node) and id(found) not in self.of:
                of = called.get(id(whose._data)) or plain(whose.name or "x")
                wanted.setdefault(f"g_{of}", []).append(found)
                self._head(found, "", f"dL/d{of}")
        # of several parts the last is the whole
        for name, nodes in wanted.items():
            for k, node in enumerate(nodes[::-1]):
                self.of[id(node)] = self.fresh(name if k == 0 else f"{name}_{len(nodes) - k}")

    def _head(self, node: Node, name: str, remark: str) -> str:
        """Give a node a line of its own, with a comment."""
        self.of[id(node)] = name
        if node.kind != "input":
            self.comments.setdefault(
                id(node), f"{harmless(remark)} {describe(node.value).split()[-1]}".strip()
            )
        return name

    def _result(self, entry: Any) -> tuple[str, str]:
        """The name of an operation's result, and the layer it is in."""
        y, op = entry.out, entry.op
        inside = [s for s in self.spans if s[0] < y.step <= s[1] or s[3] is y]
        if not inside:
            return plain(
                y.name
                or (
                    "copy"
                    if op is None
                    else "loss"
                    if op.name in LOSSES
                    else _PRODUCTS.get(op.name, op.name)
                )
            ), ""
        first, _, module, _ = max(inside, key=lambda s: s[0])
        last = max((s for s in self.spans if s[2] is module and s[0] == first), key=lambda s: s[1])[
            3
        ]
        layer = getattr(module, "name", None) or type(module).__name__.lower()
        kind = (
            f"{layer} ({type(module).__name__})"
            if layer != type(module).__name__.lower()
            else layer
        )
        part = "_product" if op and op.name in _PRODUCTS else "_z"
        return plain(y.name or (layer if last is y else layer + part)), kind

    def fresh(self, name: str) -> str:
        """The name, or with a number where it is taken."""
        k, found = 1, name
        while found in self.taken:
            k += 1
            found = f"{name}_{k}"
        self.taken.add(found)
        return found

    def expression(self, node: Node, whole: Any = None) -> ast.expr:
        """The call that a node is, with names, or deeper calls, for what it reads. `whole` writes
        an argument."""
        put = lambda x: self.argument(x, node, whole)
        kind, f, args = node.kind, node.function, node.args
        if kind == "binary":
            left, right = put(args[0]), put(args[1])
            if (
                f == "**"
                and node.boxed
                and args[0].kind != "input"
                and not (type(args[1]) is int and args[1] == 2)
            ):
                # NumPy raises a number and an array of no axes to a power by different code, a last
                # digit apart.
                left = ast.Call(ast.parse("np.asarray", mode="eval").body, [left], [])
            return ast.parse(f"({ast.unparse(left)}) {f} ({ast.unparse(right)})", mode="eval").body
        if kind == "unary":
            return ast.parse(f"{f}({ast.unparse(put(args[0]))})", mode="eval").body
        if kind == "attribute":
            return ast.Attribute(put(args[0]), f, ast.Load())
        if kind == "item":
            return ast.Subscript(put(args[0]), self._index(args[1], node, whole), ast.Load())
        keywords = [
            ast.keyword(k, put(v)) for k, v in node.kwargs.items() if not _is_default(f, k, v)
        ]
        if kind == "method":
            return ast.Call(
                ast.Attribute(put(args[0]), f, ast.Load()), [put(a) for a in args[1:]], keywords
            )
        return ast.Call(self.function(f), [put(a) for a in args], keywords)

    def argument(self, x: Any, node: Node | None, whole: Any = None) -> ast.expr:
        """An argument of a call: a name, a number, or what holds them."""
        if isinstance(x, Node):
            return whole(x, node) if whole is not None else ast.Name(self.of[id(x)], ast.Load())
        if isinstance(x, (list, tuple)):
            parts = [self.argument(part, node, whole) for part in x]
            return (
                ast.List(parts, ast.Load()) if isinstance(x, list) else ast.Tuple(parts, ast.Load())
            )
        if isinstance(x, (np.ndarray, np.generic)):
            number = _number(x, node)
            if number is None and isinstance(x, np.generic) and self.inline:
                return _literal(x)
            return self._bound(x, "c") if number is None else _literal(number)
        if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
            return ast.parse(
                f"np.{np.dtype(x).name if x is not np.bool_ else 'bool_'}", mode="eval"
            ).body
        if x is None or isinstance(x, (bool, int, float, str)):
            return _literal(x)
        if callable(x) and hasattr(x, "__name__"):
            return self.function(x)
        return self._bound(x, "c")

    def _index(self, index: Any, node: Node | None, whole: Any) -> ast.expr:
        parts = index if isinstance(index, tuple) else (index,)
        found: list[ast.expr] = []
        for part in parts:
            if isinstance(part, slice):
                ends = [
                    None if v is None else _literal(v) for v in (part.start, part.stop, part.step)
                ]
                found.append(ast.Slice(*ends))
            elif part is Ellipsis:
                found.append(ast.Constant(...))
            else:
                found.append(self.argument(part, node, whole))
        return ast.Tuple(found, ast.Load()) if isinstance(index, tuple) else found[0]

    def function(self, f: Any) -> ast.expr:
        """np.tanh, or a helper by its name."""
        name = getattr(f, "__name__", "f")
        for prefix, module in (("np.", np), ("np.linalg.", np.linalg)):
            if getattr(module, name, None) is f:
                return ast.parse(prefix + name, mode="eval").body
        return self._bound(f, name)

    def value(self, x: Any) -> str:
        """A value as an expression."""
        return self.of[id(x)] if isinstance(x, Node) else ast.unparse(self.argument(x, None))

    def index(self, index: Any) -> str:
        """What stands between brackets."""
        return ast.unparse(self._index(index, None, None))

    def remarks(self, text: str) -> list[str]:
        """What a reader of the text cannot know: helpers in the mathematics' words, and
        constants."""
        used = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
        found = []
        for name, x in self.scope.items():
            if name in used and getattr(x, "__name__", None) in NOTATION:
                arguments, paper = NOTATION[x.__name__]
                found.append(harmless(f"# {name}({', '.join(arguments)}): {paper}"))
            elif name in used and isinstance(x, np.ndarray) and name.partition("_")[0] == "c":
                found.append(
                    f"# {name}: "
                    + (
                        np.array2string(x, separator=", ").replace("\n", "")
                        if x.size <= 8
                        else f"a constant {describe(x).split()[-1]}"
                    )
                )
        return found

    def object_name(self, x: Any, wish: str) -> str:
        """The name of an object that the program uses."""
        return self._bound(x, wish).id  # type: ignore[attr-defined]

    def tensor_name(self, x: Any, argument: int | None) -> str:
        """The name of a tensor's memory."""
        if argument is not None:
            return self.outside["argument", argument]
        return self.outside.get(("tensor", id(x))) or self.object_name(
            x._data, plain(x.name or "w")
        )

    def _bound(self, x: Any, name: str) -> ast.expr:
        for known, value in self.scope.items():
            if value is x:
                return ast.Name(known, ast.Load())
        name = self.fresh(name)
        self.scope[name] = x
        return ast.Name(name, ast.Load())


class Numbered(Names):
    """Names for what runs: v1, v2, ... for every value and object, so that no name of a user can
    mean anything."""

    def __init__(self, program: Program) -> None:
        self.taken, self.inline, self.count = set(), False, 0
        self.of, self.comments, self.outside = {}, {}, {}
        self.scope: dict[str, Any] = {"np": np}
        for node in (n for n in program.graph.nodes if n.kind == "input"):
            kind, x = program.sources[id(node)]
            key = kind, x if kind == "argument" else id(x)
            if key not in self.outside:
                self.outside[key] = self.fresh("")
            self.of[id(node)] = self.outside[key]

    def fresh(self, name: str) -> str:
        self.count += 1
        return f"v{self.count}"


def plain(name: str) -> str:
    """A name as an identifier, in ASCII letters: hidden.weight -> hidden_weight, W₁ -> W1.

    >>> plain("W⁽¹⁾"), plain("capa①"), plain("sum"), plain("lambda"), plain("")
    ('W_1', 'capa1', 'total', 'lambda_', 'x')
    """
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    name = unicodedata.normalize("NFKC", name[:LONGEST]).strip("<>")
    name = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST].strip("_") or "x"
    name = f"x_{name}" if name[0].isdigit() else name
    return (
        f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) or name == "np" else name
    )


def _number(x: Any, node: Node | None) -> Any:
    """The Python number that stands for a constant without changing the result's dtype; None if
    there is none."""
    if np.ndim(x) or node is None or node.kind not in ("binary", "unary"):
        return None
    if x.dtype != node.value.dtype or x.dtype.kind != "f":
        return None
    others = [a for a in node.args if isinstance(a, Node)]
    return x.item() if all(a.value.dtype == x.dtype for a in others) else None


def _literal(x: Any) -> ast.expr:
    if isinstance(x, float) and not np.isfinite(x):
        return ast.parse("np.nan" if x != x else "np.inf" if x > 0 else "-np.inf", mode="eval").body
    return ast.parse(repr(x), mode="eval").body


def _is_default(f: Any, key: str, value: Any) -> bool:
    return f in (np.sum, np.mean, np.max, np.min, np.prod, np.argmax, np.argmin) and (
        (key == "axis" and value is None) or (key == "keepdims" and value is False)
    )
