"""Names for the values of a program, from parameters, layers and operations."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from typing import Any

import numpy as np

from ...autodiff.messages import describe, harmless
from ...formula import Op
from ...optim.update import own_classes
from ..ir.node import Node
from ..ir.program import Program

LONGEST = 80
"""Letters of a user's name that a text shows."""

LOSSES = {"mse", "bce_with_logits", "cross_entropy"}


_PRODUCTS: dict[str, str] = dict.fromkeys(("matmul", "matvec", "vecmat", "inner"), "product")
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
    "flush",
}
"""What a text for reading may mean by itself, before any name of a user is given out."""


class Names:
    """One name a value, for reading: `g_W` is the gradient of W, a layer's result has the layer's
    name."""

    used: set[str]
    inline: bool  # whether NumPy's scalars are written out, not bound to a name
    of: dict[int, str]
    comments: dict[int, str]
    scope: dict[str, Any]
    spans: list[tuple[int, int, Any, Any]]  # calls of layers: first and last step, layer, result
    outside: dict[tuple[str, int], str]  # the parameters of the program, by where they come from

    def __init__(self, program: Program, used: set[str]) -> None:
        self.used = RESERVED | used
        self.inline = True
        self.of, self.comments = {}, {}
        self.scope = {"np": np}
        tape = program.tape
        assert tape is not None  # names are given while the run is there
        self.spans = [
            (first, e.step, module, e.out)
            for e in tape.entries
            if e.kind == "op"
            for module, first in e.out.attached.frames
        ]
        self.outside = {}
        by_array: dict[int, str] = {}  # names by the array
        for node in (n for n in program.graph.nodes if n.kind == "input"):
            kind, x = program.sources[id(node)]
            key = kind, x if kind == "argument" else id(x)
            if key not in self.outside:
                self.outside[key] = self.fresh(identifier(node.function))
            self.of[id(node)] = by_array[id(node.value)] = self.outside[key]
        results = [(e, id(e.out._data)) for e in tape.entries if e.kind in ("op", "rule", "copy")]
        labels = tape.labels
        for entry, array in results:
            found = program.env.get(array)
            if isinstance(found, Node) and array not in labels:
                name, layer = self._result(entry)
                by_array[array] = self._head(
                    found, self.of.get(id(found)) or self.fresh(name), layer
                )
        wanted: dict[str, list[Node]] = {}
        for array, whose in ((a, labels[a]) for _, a in results if a in labels):
            found = program.env.get(array)
            if isinstance(found, Node) and id(found) not in self.of:
                of = by_array.get(id(whose._data)) or identifier(whose.name or "x")
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
            return identifier(y.name or _word_of(op)), ""
        first, _, module, _ = max(inside, key=lambda s: s[0])
        of_layer = [s for s in self.spans if s[2] is module and s[0] == first]
        last = max(of_layer, key=lambda s: s[1])[3]
        cls = type(module).__name__
        layer = getattr(module, "name", None) or cls.lower()
        kind = layer if layer == cls.lower() else f"{layer} ({cls})"
        part = "_product" if op and op.name in _PRODUCTS else "_z"
        return identifier(y.name or (layer if last is y else layer + part)), kind

    def fresh(self, name: str) -> str:
        """The name, or with a number where it is taken."""
        k, found = 1, name
        while found in self.used:
            k += 1
            found = f"{name}_{k}"
        self.used.add(found)
        return found

    def object_name(self, x: Any, wish: str) -> str:
        """The name of an object that the program uses."""
        for known, value in self.scope.items():
            if value is x:
                return known
        name = self.fresh(wish)
        self.scope[name] = x
        return name

    def setting(self, owner: Any, me: str, key: str) -> str:
        """A setting of an optimizer, which is called `me`, as an expression."""
        return f"{me}.{key}"

    def tensor_name(self, x: Any, argument: int | None) -> str:
        """The name of a tensor's memory."""
        if argument is not None:
            return self.outside["argument", argument]
        return self.outside.get(("tensor", id(x))) or self.object_name(
            x._data, identifier(x.name or "w")
        )


class Numbered(Names):
    """Names for what runs: v1, v2, ... for every value and object, so that no name of a user can
    mean anything."""

    used: set[str]
    inline: bool
    of: dict[int, str]
    comments: dict[int, str]
    scope: dict[str, Any]
    outside: dict[tuple[str, int], str]

    count: int

    def __init__(self, program: Program) -> None:
        self.used, self.inline, self.count = set(), False, 0
        self.of, self.comments, self.outside = {}, {}, {}
        self.scope = {"np": np}
        for node in (n for n in program.graph.nodes if n.kind == "input"):
            kind, x = program.sources[id(node)]
            key = kind, x if kind == "argument" else id(x)
            if key not in self.outside:
                self.outside[key] = self.fresh("")
            self.of[id(node)] = self.outside[key]

    def fresh(self, name: str) -> str:
        self.count += 1
        return f"v{self.count}"

    def setting(self, owner: Any, me: str, key: str) -> str:
        if not own_classes(type(owner)):
            return f"{me}.{key}"
        return f"getattr({me}, {self.object_name(key, key)})"


def _word_of(op: Op | None) -> str:
    """What the result of an operation is called, which has no name of its own."""
    if op is None:
        return "copy"
    return "loss" if op.name in LOSSES else _PRODUCTS.get(op.name, op.name)


def identifier(name: str) -> str:
    """A name as an identifier, in ASCII letters: hidden.weight -> hidden_weight, W₁ -> W1.

    >>> [identifier(name) for name in ("W⁽¹⁾", "capa①", "sum", "lambda", "")]
    ['W_1', 'capa1', 'total', 'lambda_', 'x']
    """
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    name = unicodedata.normalize("NFKC", name[:LONGEST]).strip("<>")
    name = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST].strip("_") or "x"
    name = f"x_{name}" if name[0].isdigit() else name
    return (
        f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) or name == "np" else name
    )
