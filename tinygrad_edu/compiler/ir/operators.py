"""The calls that a node can be: Python's operators by their symbols, and how each kind of call is
made."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

BINARY: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&": operator.and_,
    "|": operator.or_,
}
BINARY |= {"^": operator.xor, "<<": operator.lshift, ">>": operator.rshift}
IN_PLACE: dict[str, Callable[..., Any]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
    "<<": operator.ilshift,
    ">>": operator.irshift,
}
UNARY: dict[str, Callable[..., Any]] = {"-": operator.neg, "~": operator.invert, "+": operator.pos}
TRUTHS: tuple[str, ...] = ("<", "<=", ">", ">=", "==", "!=")
"""Operators that compare: swapped, they have another symbol."""

NAMES: dict[str, str] = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "lshift",
    ">>": "rshift",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "==": "eq",
    "!=": "ne",
}
"""What Python calls the operators: `+` is `__add__`."""

SYMBOLS: dict[np.ufunc, str] = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.true_divide: "/",
    np.matmul: "@",
}
REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.maximum: np.max,
    np.minimum: np.min,
    np.multiply: np.prod,
}
STATIC: dict[Any, Callable[..., Any]] = {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
}


def run_call(kind: str, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Make the call that a node is."""
    if kind == "binary":
        return BINARY[function](*args)
    if kind == "in place":
        return IN_PLACE[function](*args)
    if kind == "unary":
        return UNARY[function](*args)
    if kind == "attribute":
        return getattr(args[0], function)
    if kind == "method":
        return getattr(args[0], function)(*args[1:], **kwargs)
    if kind == "item":
        return args[0][args[1]]
    return function(*args, **kwargs)
