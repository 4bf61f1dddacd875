"""The primitives: the named steps that a program is a list of.

A step is known by its name, whatever way a formula wrote it: `a + b`, `np.add(a, b)` are both
`add`. For each primitive the table says how many arrays it takes and what is known of its result,
so that a target needs to know no formula and no NumPy: it writes each name in its own language, and
says by name which it cannot write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...ops.primitive import PRIMITIVES as HELPERS

MANY = -1
"""The arity of what takes a list of arrays."""


@dataclass(frozen=True)
class Primitive:
    """One named step.

    `arity` is how many arrays it takes, `MANY` for a list. `shape` says what the result's shape is:
    "broadcast" of the arrays' shapes, that of the first ("same"), or what the parameters say
    ("moved", "reduced", "other"). `dtype`: "joined" from the arrays' dtypes, that of the first
    ("same"), "bool", "int", or "other". `known` is False for a call that is on no list: NumPy can
    make it, other targets cannot.
    """

    name: str
    arity: int
    shape: str = "other"
    dtype: str = "other"
    known: bool = True


_OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "**": "power",
    "@": "matmul",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    ">>": "right_shift",
}
_UNARY = {"-": "negative", "~": "invert", "+": "positive"}

# arity, shape, dtype: names
_TABLE = """
2 broadcast joined: add subtract multiply divide floor_divide remainder power maximum minimum
2 broadcast joined: bitwise_and bitwise_or bitwise_xor left_shift right_shift
2 broadcast joined: arctan2 hypot logaddexp
2 broadcast bool: less less_equal greater greater_equal equal not_equal
2 broadcast bool: logical_and logical_or logical_xor
3 broadcast other: where
1 same same: negative positive invert absolute sign square reciprocal exp exp2 expm1 log log2 log10
1 same same: log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh
1 same same: floor ceil trunc rint round clip copy normal_cdf
1 same bool: logical_not isnan isinf isfinite
1 same other: astype asarray
1 same same: cumsum cumprod flip roll sort tril triu ones_like zeros_like
1 same int: argsort sorted_numbers
1 moved same: reshape ravel squeeze expand_dims transpose matrix_transpose swapaxes moveaxis
1 moved same: broadcast_to getitem diagonal repeat tile pad item
1 reduced same: max min
1 reduced other: sum mean prod var std norm
1 reduced bool: all any
1 reduced int: argmax argmin
2 other joined: matmul outer solve
1 same same: inv cholesky
1 other same: det det_sign log_abs_det
-1 other joined: concatenate stack einsum
2 other same: take take_along_axis pick labelled_loss
1 other same: scatter_add
2 other same: scatter_to_numbers
2 other other: one_hot
4 other same: take_x
"""


def _table() -> dict[str, Primitive]:
    found: dict[str, Primitive] = {}
    for line in _TABLE.strip().splitlines():
        facts, _, names = line.partition(": ")
        arity, shape, dtype = facts.split()
        for name in names.split():
            found[name] = Primitive(name, int(arity), shape, dtype)
    return found


PRIMITIVES = _table()
"""Every primitive by its name."""

_ATTRIBUTES = {"mT": "matrix_transpose", "T": "transpose"}
_ALIASES = {"abs": "absolute", "amax": "max", "amin": "min", "true_divide": "divide"}


def _numpy_functions() -> dict[Any, str]:
    """The name of each of NumPy's functions that is a primitive."""
    found: dict[Any, str] = {}
    for name in PRIMITIVES:
        for module in (np.linalg, np):
            f = getattr(module, name, None)
            if f is not None:
                found[f] = name
    return found


_FUNCTIONS: dict[Any, str] = _numpy_functions()


def primitive_of(kind: str, function: Any) -> Primitive:
    """The primitive that a call is, by its kind and its function; one that is not `known` where it
    is on no list."""
    name = _name(kind, function)
    return PRIMITIVES.get(name) or Primitive(name, MANY, known=False)


def _name(kind: str, function: Any) -> str:
    if kind == "binary":
        return _OPERATORS[function]
    if kind == "unary":
        return _UNARY[function]
    if kind == "attribute":
        return str(_ATTRIBUTES.get(function, function))
    if kind == "item":
        return "getitem"
    if kind == "method":
        return str(_ALIASES.get(function, function))
    if function in HELPERS:
        return HELPERS[function]
    if function in _FUNCTIONS:
        return _FUNCTIONS[function]
    return getattr(function, "__name__", "call")


def is_library_formula(function: Callable[..., Any]) -> bool:
    """Whether a function is a formula, a rule or a helper of this library's catalogue."""
    module = getattr(function, "__globals__", {}).get("__name__", "")
    return str(module).startswith(f"{__name__.partition('.')[0]}.ops")
