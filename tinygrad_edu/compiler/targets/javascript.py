"""A program in JavaScript: a plain function over {shape, data}, for a page or for node. It calls
the functions of `runtime.js`, one for each primitive, and knows no page.

What only moves entries (transposes, slices, padding, ...) needs no function of its own: NumPy moves
the numbers 0, 1, 2, ... in its place, and where they go is written out, as strides where it can be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from itertools import chain
from typing import Any

import numpy as np

from ..ir.node import Node, nodes_in
from ..ir.operators import run_call
from .base import NamingPrinter, Unsupported

MOVES = frozenset(
    "reshape ravel squeeze expand_dims transpose matrix_transpose swapaxes moveaxis broadcast_to "
    "getitem diagonal repeat tile pad flip roll tril triu item copy asarray".split()
)
REDUCTIONS = frozenset("sum mean prod max min var std norm all any argmax argmin".split())
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def runtime() -> str:
    """The text of the functions that programs call."""
    return (
        resources.files(__name__.rpartition(".")[0])
        .joinpath("runtime.js")
        .read_text(encoding="utf-8")
    )


def function_text(
    name: str, nodes: Iterable[Node], inputs: Iterable[Node], outputs: Iterable[Any]
) -> str:
    """A function of the inputs that computes the nodes, in order, and returns the outputs."""
    printer = JavascriptPrinter()
    given = [printer.named(node) for node in inputs]
    lines = []
    for node in nodes:
        if node.kind != "input":
            expression = printer.line(node)  # before its name: it reads others
            shape = "x".join(map(str, node.shape)) or "a number"
            lines.append(f"  const {printer.named(node)} = {expression}; // {shape}")
    returned = ", ".join(printer.operand(x) for x in outputs)
    return "\n".join(
        [f"function {name}({', '.join(given)}) {{", *lines, f"  return [{returned}].map(A);", "}\n"]
    )


class JavascriptPrinter(NamingPrinter):
    """Writes a node as a call of the runtime's function of its primitive's name."""

    target = "javascript"

    def line(self, node: Node) -> str:
        """The expression of a node, rounded to float32 where that is its dtype."""
        text = self.write(node)
        return f"fround({text})" if node.dtype == np.float32 else text

    def write(self, node: Node) -> str:
        name = node.primitive.name
        if not node.primitive.known or name in ("left_shift", "right_shift"):
            raise Unsupported(self.target, node)
        if node.dtype.kind not in "biuf":
            raise Unsupported(self.target, node)
        if name in MOVES:
            return self._moved(node)
        if name in REDUCTIONS:
            return self._reduced(node)
        return super().write(node)

    def by_name(self, node: Node) -> str:
        """The function of the primitive's name, on all that the call says."""
        return self.called(node.primitive.name, *node.args, *node.kwargs.values())

    binary = by_name
    unary = by_name
    call = by_name
    helper = by_name

    def called(self, name: str, *args: Any) -> str:
        return f"{name}({', '.join(map(self.operand, args))})"

    def operand(self, x: Any) -> str:
        """An argument: a name, a number, an array, a list."""
        if isinstance(x, Node):
            return self.names[id(x)]
        if isinstance(x, (list, tuple)):
            return f"[{', '.join(map(self.operand, x))}]"
        if isinstance(x, np.ndarray):
            return self._constant(x)
        if isinstance(x, np.generic):
            x = x.item()
        if x is None or isinstance(x, bool):
            return json.dumps(x if x is None else int(x))
        if isinstance(x, (int, float)):
            return _number(float(x)) if isinstance(x, float) else str(x)
        raise TypeError(f"javascript has no {type(x).__name__}")

    def _constant(self, x: np.ndarray) -> str:
        shape, flat = list(x.shape), x.ravel().astype(float)
        if x.ndim == 0:
            return _number(flat[0])
        if flat.size and (flat == flat[0]).all():
            return f"filled({_number(flat[0])}, {shape})"
        return f"array([{', '.join(map(_number, flat))}], {shape})"

    # Moves

    def _moved(self, node: Node) -> str:
        x, *rest = node.args
        if not isinstance(x, Node) or next(nodes_in([rest, node.kwargs]), None) is not None:
            raise Unsupported(self.target, node)
        name, numbers = node.primitive.name, np.arange(x.size).reshape(x.shape)
        fill, kwargs = 0.0, dict(node.kwargs)
        if name == "asarray":
            rest, kwargs = [], {}
        elif name in ("tril", "triu"):  # where nothing stays is a 0
            numbers = numbers + 1
        elif name == "pad":
            fill = float(kwargs.pop("constant_values", 0))
            if (kwargs.get("mode") or rest[1]) == "constant":
                kwargs["constant_values"] = -1
        moved = np.asarray(run_call(node.kind, node.function, [numbers, *rest], kwargs))
        if name in ("tril", "triu"):
            moved = moved - 1
        source, shape = self.operand(x), list(moved.shape)
        if np.array_equal(moved.ravel(), np.arange(x.size)):
            return f"reshaped({source}, {shape})"
        if np.may_share_memory(moved, numbers) and moved.size > 8:
            strides = [s // moved.itemsize for s in moved.strides]
            return f"strided({source}, {shape}, {strides}, {moved.ravel()[0]})"
        return f"picked({source}, {moved.ravel().tolist()}, {shape}, {_number(fill)})"

    # Along axes

    def _reduced(self, node: Node) -> str:
        x, name, options = node.args[0], node.primitive.name, node.kwargs
        axis = options.get("axis", node.args[1] if len(node.args) > 1 else None)
        ndim = np.ndim(getattr(x, "value", x))
        axes = range(ndim) if axis is None else np.atleast_1d(axis) % max(1, ndim)
        keep = bool(options.get("keepdims", False))
        rest: list[Any] = []
        if name in ("var", "std"):
            rest = [options.get("ddof", 0)]
        elif name in ("max", "min"):
            rest = [options.get("initial")]
        name = "variance_over" if name == "var" else name
        return self.called(name, x, [int(a) for a in axes] if ndim else [], keep, *rest)


def _along(printer: JavascriptPrinter, node: Node) -> str:
    """What runs along one axis: all entries in a row where that is None."""
    x, axis = node.args[0], node.kwargs.get("axis", -1)
    name, size, ndim = node.primitive.name, np.size(x.value), x.ndim
    if len(node.args) > 1:
        axis = node.args[1]
    if axis is None and name != "sorted_numbers":
        return f"{name}(reshaped({printer.operand(x)}, [{size}]), 0)"
    if ndim == 0:
        return "reshaped(0, [])" if name == "argsort" else f"reshaped({printer.operand(x)}, [])"
    return f"{name}({printer.operand(x)}, {'null' if axis is None else axis % ndim})"


def _taken(printer: JavascriptPrinter, node: Node) -> str:
    x, indices = node.args[:2]
    axis = node.args[2] if len(node.args) > 2 else node.kwargs.get("axis")
    axis = axis if axis is None else axis % max(1, np.ndim(getattr(x, "value", x)))
    return printer.called(node.primitive.name, x, indices, axis)


def _take_x(printer: JavascriptPrinter, node: Node) -> str:
    g, _, x, indices = node.args
    axis = node.kwargs.get("axis")
    axis = axis if axis is None else axis % x.ndim
    return printer.called("take_x", g, indices, axis, list(x.shape))


def _scatter_add(printer: JavascriptPrinter, node: Node) -> str:
    """The numbers of the places say where each entry goes."""
    v, index, shape = [*node.args, *node.kwargs.values()]
    if next(nodes_in([index]), None) is not None:
        raise Unsupported(printer.target, node)
    table = np.arange(int(np.prod(shape))).reshape(shape)[index]
    spread = f"picked({printer.operand(v)}, {[0] * table.size}, {list(table.shape)}, 0)"
    source = printer.operand(v) if np.size(getattr(v, "value", v)) == table.size else spread
    return f"scattered({source}, {np.ravel(table).tolist()}, {list(shape)})"


def _joined(printer: JavascriptPrinter, node: Node) -> str:
    parts, axis = node.args[0], node.kwargs.get("axis", 0)
    ndim = parts[0].ndim + (node.primitive.name == "stack")
    return printer.called(node.primitive.name, parts, axis if axis is None else axis % ndim)


def _einsum(printer: JavascriptPrinter, node: Node) -> str:
    """The subscripts, written out: a letter for each axis of `...`, the letters of the result."""
    subscripts, *xs = node.args
    terms, arrow, out = subscripts.replace(" ", "").partition("->")
    ranks = [np.ndim(getattr(x, "value", x)) for x in xs]
    free = [c for c in LETTERS if c not in subscripts]
    words = terms.split(",")
    widths = [n - len(w.replace("...", "")) for w, n in zip(words, ranks, strict=True)]
    dots = "".join(
        free[: max([k for w, k in zip(words, widths, strict=True) if "..." in w] or [0])]
    )
    words = [w.replace("...", dots[len(dots) - k :]) for w, k in zip(words, widths, strict=True)]
    letters = list(chain.from_iterable(words))
    once = sorted({c for c in letters if letters.count(c) == 1 and c not in dots})
    out = out.replace("...", dots) if arrow else dots + "".join(once)
    return f"einsum({json.dumps(words)}, {json.dumps(out)}, {', '.join(map(printer.operand, xs))})"


def _invert(printer: JavascriptPrinter, node: Node) -> str:
    if node.dtype.kind == "u":
        return printer.called("subtract", int(np.iinfo(node.dtype).max), *node.args)
    return printer.called("logical_not" if node.dtype == bool else "invert", *node.args)


def _add(printer: JavascriptPrinter, node: Node) -> str:
    return printer.called("bitwise_or" if node.dtype == bool else "add", *node.args)


def _astype(printer: JavascriptPrinter, node: Node) -> str:
    if node.dtype == bool:
        return printer.called("truth", node.args[0])
    return printer.called("trunc" if node.dtype.kind in "iu" else "positive", node.args[0])


def _like(printer: JavascriptPrinter, node: Node) -> str:
    return f"filled({int(node.primitive.name == 'ones_like')}, {list(node.shape)})"


JavascriptPrinter.table = {
    **dict.fromkeys(("cumsum", "cumprod", "sort", "argsort", "sorted_numbers"), _along),
    **dict.fromkeys(("take", "take_along_axis"), _taken),
    **dict.fromkeys(("concatenate", "stack"), _joined),
    **dict.fromkeys(("ones_like", "zeros_like"), _like),
    "take_x": _take_x,
    "scatter_add": _scatter_add,
    "einsum": _einsum,
    "invert": _invert,
    "add": _add,
    "astype": _astype,
}


def _number(x: float) -> str:
    if x != x:
        return "NaN"
    if x in (np.inf, -np.inf):
        return "Infinity" if x > 0 else "-Infinity"
    return (
        repr(int(x))
        if x == int(x) and abs(x) < 2**53 and (x or str(x)[0] != "-")
        else repr(float(x))
    )
