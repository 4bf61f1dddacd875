"""The program as it runs: the same calls as in the readable one, each into memory that is used
again.

A large result goes into a buffer whose last reader is done (`out=`), a gradient straight into its
place in the optimizer's buffer, and NumPy's Python wrappers are left out where a ufunc says the
same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..ir.node import Node, inputs_of, nodes_in
from ..ir.program import Effect, Program
from .names import Names
from .numpy_expressions import NumpyPrinter
from .numpy_readable import definition, returned
from .updates import effect_lines

LARGE = 4096
"""Bytes from which on a buffer is worth its keyword: below, NumPy finds memory faster than it reads
`out=`."""

UFUNCS: dict[str, np.ufunc] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.true_divide,
    "//": np.floor_divide,
    "%": np.remainder,
    "@": np.matmul,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
}
REDUCTIONS: dict[Callable[..., Any], str] = {
    np.sum: "add",
    np.max: "maximum",
    np.min: "minimum",
    np.prod: "multiply",
}


class Fast:
    """Writes one function; `saved` are values that it returns too, for a walk back later."""

    program: Program
    names: Names
    items: list[Node | Effect]
    results: list[Any]
    printer: NumpyPrinter
    memory: dict[int, int]
    kept: set[int]
    buffers: int
    stores: list[tuple[np.ndarray, Any]]

    def __init__(
        self,
        program: Program,
        names: Names,
        items: list[Node | Effect],
        results: list[Any],
        early: list[tuple[np.ndarray, Any]],
        stores: list[tuple[np.ndarray, Any]],
    ) -> None:
        self.program, self.names, self.items, self.results = program, names, items, results
        self.printer = NumpyPrinter(names)
        # buffers, and the gradients that belong there;
        self.stores = stores
        # and where those are computed straight away
        self.places: dict[int, np.ndarray] = {}
        for view, value in early:
            if isinstance(value, Node) and value.value.dtype == view.dtype:
                self.places.setdefault(id(value), view)
        # the warnings that are off, and the line
        self.lines: list[tuple[tuple[str, ...], str]] = []
        self.memory = self._memory()
        # the last item that reads a piece of memory
        self.last: dict[int, int] = {}
        for k, item in enumerate(items):
            for n in (
                inputs_of(item) if isinstance(item, Node) else nodes_in([*item.values, item.index])
            ):
                self.last[self.memory[id(n)]] = k
        for n in nodes_in([*results, *(v for _, v in stores)]):
            self.memory.setdefault(id(n), id(n))
        self.kept = {self.memory[id(n)] for n in nodes_in([*results, *(v for _, v in stores)])}
        self.free: dict[tuple[Any, ...], list[str]] = {}
        # memory -> the kind and name of its buffer
        self.held: dict[int, tuple[tuple[Any, ...], str]] = {}
        self.buffer_of: dict[int, str] = {}
        self.buffers = 0
        self.placed: set[int] = set()

    def _memory(self) -> dict[int, int]:
        """The piece of memory that a node's value lies in: its own, or that of what it is a view
        of."""
        memory: dict[int, int] = {}
        for item in self.items:
            for x in (
                inputs_of(item) if isinstance(item, Node) else nodes_in([*item.values, item.index])
            ):
                memory.setdefault(id(x), id(x))  # what an earlier program computed
            if isinstance(item, Node):
                memory[id(item)] = id(item)
                for x in inputs_of(item):
                    if np.may_share_memory(x.value, item.value):
                        memory[id(item)] = memory[id(x)]
        return memory

    def text(self, name: str, parameters: list[str]) -> str:
        """The source of the function."""
        for k, item in enumerate(self.items):
            if isinstance(item, Effect):
                self._effect(item)
            elif item.kind != "input":
                self._node(k, item)
            self._release(k)
        if not any(isinstance(x, Effect) and x.kind == "update" for x in self.items):
            self._store()
        self.lines.append(((), returned(self.results, self.printer)))
        body: list[str] = []
        quiet: tuple[str, ...] = ()
        for off, line in self.lines:
            if off != quiet and off:
                state = f"np.errstate({', '.join(f'{k}=' + repr('ignore') for k in off)})"
                body.append(f"    with {f'calm or {state}' if off == ('under',) else state}:")
            quiet = off
            body += [("        " if off else "    ") + part for part in line.splitlines()]
        # NumPy ignores underflow unless told otherwise: ask once
        if sum("calm or" in line for line in body) > 1:
            calm = self.names.object_name(nullcontext(), "nothing")
            body.insert(0, f"    calm = {calm} if np.geterr()['under'] == 'ignore' else None")
        else:
            body = [line.replace("calm or ", "") for line in body]
        return definition(name, parameters, body, self.names)

    def _node(self, k: int, node: Node) -> None:
        name = self.names.of[id(node)] = self.names.of.get(id(node)) or self.names.fresh("v")
        place = self.places.get(id(node))
        if place is not None and self._takes_out(node) and self.memory[id(node)] == id(node):
            self.placed.add(id(node))
            self._say(node, self._call(node, name, self.names.object_name(place, f"{name}_place")))
            return
        if (
            self._takes_out(node)
            and node.value.nbytes >= LARGE
            and self.memory[id(node)] not in self.kept
        ):
            if (
                node.function is not np.matmul
                and node.function != "@"
                and node.function not in REDUCTIONS
            ):
                # entry by entry: into what it reads last
                self._release(k)
            kind = (node.value.shape, node.value.dtype.str)
            if self.free.get(kind):
                buffer = self.free[kind].pop()
            else:
                self.buffers += 1
                buffer = self.names.object_name(np.empty(*kind), f"buffer_{self.buffers}")
            self.held[id(node)] = kind, self.buffer_of.setdefault(id(node), buffer)
            self._say(node, self._call(node, name, buffer))
            return
        self._say(node, self._call(node, name, None))

    def _release(self, k: int) -> None:
        for memory, (kind, buffer) in list(self.held.items()):
            if self.last.get(memory, -1) <= k and memory not in self.kept:
                self.free.setdefault(kind, []).append(buffer)
                del self.held[memory]

    def _takes_out(self, node: Node) -> bool:
        f = node.function
        if node.value.ndim == 0:
            return False
        if node.kind == "binary":
            return f in UFUNCS or _squares(node)
        if node.kind == "unary":
            return f in ("-", "~")
        if node.kind == "call":
            return (
                (isinstance(f, np.ufunc) and f.nout == 1)
                or _reduces(node)
                or _sums_or_means(node)
                or _chooses(node)
            )
        return False

    def _call(self, node: Node, name: str, out: str | None) -> str:
        """The line, or lines, that compute a node."""
        if _reduces(node) or _sums_or_means(node):
            return self._reduction(node, name, out)
        if _dots(node):  # the same product to the bit, by a shorter way into NumPy
            a, b = (self._operand(x, node) for x in node.args)
            return f"{name} = {a}.dot({b}{f', {out}' if out else ''})"
        if out is None:
            return self._plainly(node, name)
        if _chooses(node):
            return self._choice(node, name, out)
        return self._into(node, name, out)

    def _operand(self, x: Any, node: Node) -> str:
        return ast.unparse(self.printer.argument(_as_float(x, node), node))

    def _reduction(self, node: Node, name: str, out: str | None) -> str:
        """A sum or the like, by the ufunc that NumPy's function calls in the end."""
        f, x = node.function, node.args[0]
        options = {k: v for k, v in node.kwargs.items() if not (k == "keepdims" and v is False)}
        options.setdefault("axis", None)
        words = [f"{k}={self._operand(v, node)}" for k, v in options.items()]
        if f is np.mean and x.dtype.kind == "b":
            if options == {"axis": None}:
                return f"{name} = np.count_nonzero({self._operand(x, node)}) / {x.size}"
            words.append("dtype=np.float64")
        given = ", ".join([self._operand(x, node), *words])
        end = f", out={out})" if out else ")"
        line = f"{name} = np.{REDUCTIONS.get(f, 'add')}.reduce({given}{end}"
        if f is np.mean:
            count = x.size // max(1, node.size)
            line += f"\n{name} /= {count}" if out else f"\n{name} = {name} / {count}"
        return line

    def _plainly(self, node: Node, name: str) -> str:
        if _squares(node):
            return f"{name} = np.square({self._operand(node.args[0], node)})"
        if node.kind == "binary" and node.function in "+-*/":
            a, b = (self._operand(x, node) for x in node.args)
            return f"{name} = {a} {node.function} {b}"
        return f"{name} = {self.printer.text(node)}"

    def _choice(self, node: Node, name: str, out: str) -> str:
        """np.where into a buffer: to the bit what it gives, several times as fast."""

        def say(x: Any) -> str:
            return self._operand(x, node)

        mask, a, b = node.args
        if _masks(node):
            bits = f"np.int{8 * node.value.itemsize}"
            masked = f"{say(a)}.view({bits}), {say(mask)}, out={out}.view({bits})"
            return f"np.multiply({masked})\n{name} = {out}"
        # in place, but for the rest
        if isinstance(a, Node) and self.buffer_of.get(self.memory[id(a)]) == out:
            return f"np.copyto({out}, {say(b)}, where=~{say(mask)})\n{name} = {out}"
        chosen = f"np.copyto({out}, {say(a)}, where={say(mask)})"
        return f"np.copyto({out}, {say(b)})\n{chosen}\n{name} = {out}"

    def _into(self, node: Node, name: str, out: str) -> str:
        """A ufunc's call into a buffer."""
        if _squares(node):
            return f"{name} = np.square({self._operand(node.args[0], node)}, out={out})"
        if node.kind == "unary":
            word = "negative" if node.function == "-" else "invert"
            return f"{name} = np.{word}({self._operand(node.args[0], node)}, out={out})"
        called = UFUNCS[node.function] if node.kind == "binary" else node.function
        operands = ", ".join(self._operand(a, node) for a in node.args)
        word = ast.unparse(self.printer.function(called))
        return f"{name} = {word}({operands}, out={out})"

    def _say(self, node: Node, line: str) -> None:
        self.lines.append((node.quiet, line))

    def _store(self) -> None:
        """Bring the gradients that were not computed in their places there."""
        for view, value in self.stores:
            if id(value) not in self.placed or self.places[id(value)] is not view:
                place = self.names.object_name(view, "place")
                self.lines.append(((), f"{place}[...] = {self.printer.value(value)}"))

    def fresh(self) -> set[int]:
        """The results that lie in memory of their own: no view, no input, no buffer, and none
        twice."""
        often = Counter(self.memory[id(n)] for n in nodes_in(self.results))
        return {
            id(n)
            for n in nodes_in(self.results)
            if n.kind != "input"
            and self.memory[id(n)] == id(n)
            and often[id(n)] == 1
            and id(n) not in self.placed
        }

    def _effect(self, effect: Effect) -> None:
        if effect.kind == "grad":
            return
        if effect.kind == "update":
            self._store()
        self.lines += [((), "\n".join(effect_lines(effect, self.program, self.printer)))]


def _as_float(x: Any, node: Node) -> Any:
    """1 as 1.0 among floats: NumPy takes longer to make a float of an integer."""
    if (
        type(x) is int
        and node.kind == "binary"
        and node.value.dtype.kind == "f"
        and node.function in "+-*/"
        and all(a.dtype == node.value.dtype for a in node.args if isinstance(a, Node))
    ):
        return float(x) if abs(x) < 2**53 else x
    return x


def _dots(node: Node) -> bool:
    """A product of two small matrices of floats."""
    return (
        node.function == "@"
        and node.value.nbytes < LARGE
        and all(
            isinstance(x, Node)
            and x.ndim == 2
            and x.dtype == node.dtype
            and x.dtype.str in ("<f4", "<f8")
            for x in node.args
        )
    )


def _reduces(node: Node) -> bool:
    return node.kind == "call" and node.function in REDUCTIONS and len(node.args) == 1


def _squares(node: Node) -> bool:
    return (
        node.kind == "binary"
        and node.function == "**"
        and type(node.args[1]) is int
        and node.args[1] == 2
        and isinstance(node.args[0], Node)
        and node.args[0].value.dtype.kind == "f"
    )


def _sums_or_means(node: Node) -> bool:
    if (
        node.kind != "call"
        or node.function is not np.mean
        or len(node.args) != 1
        or not isinstance(node.args[0], Node)
    ):
        return False
    x = node.args[0].value
    return (
        x.dtype.str in ("<f4", "<f8", "|b1")
        and set(node.kwargs) <= {"axis", "keepdims"}
        and 0 < x.size < 2**24
    )


def _masks(node: Node) -> bool:
    """np.where(mask, x, 0)."""
    _, a, b = node.args
    return (
        isinstance(a, Node)
        and a.value.shape == node.value.shape
        and type(b) is int
        and b == 0
        and node.value.dtype.str in ("<f4", "<f8")
    )


def _chooses(node: Node) -> bool:
    """np.where with a mask, of the result's own shape, and branches of its dtype."""
    if node.kind != "call" or node.function is not np.where or not isinstance(node.args[0], Node):
        return False
    mask, *rest = node.args
    return (
        mask.value.dtype == bool
        and mask.value.shape == node.value.shape
        and all(
            type(x) in (int, float) or getattr(x, "dtype", None) == node.value.dtype for x in rest
        )
        and any(isinstance(x, Node) for x in rest)
    )
