"""What a compiled function may call without being looked into: functions that read their arguments
and nothing else.

What is on no list here and is not written in Python is refused: a small closed world that is surely
right.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from ... import losses, metrics, transforms
from ...autodiff import modes
from ...formula import BY_NUMPY

LIBRARY = __name__.partition(".")[0]

_BUILTINS = """abs all any bool bytes callable complex dict divmod enumerate filter float format
    frozenset getattr hasattr hash int isinstance issubclass iter len list map max min next
    object pow property range repr reversed round set slice sorted staticmethod classmethod
    str sum super tuple vars zip NotImplemented Ellipsis __build_class__ __debug__"""

_NUMPY = """all allclose amax amin any append arange argmax argmin argsort array array_equal
    array_split asarray ascontiguousarray atleast_1d atleast_2d atleast_3d average block
    broadcast_arrays broadcast_shapes broadcast_to can_cast clip column_stack concat
    concatenate convolve copy corrcoef correlate count_nonzero cov cross cumprod cumsum
    cumulative_prod cumulative_sum delete diag diagflat diagonal diff dot dsplit dstack
    einsum errstate expand_dims eye finfo flatnonzero flip fliplr flipud full full_like
    geomspace gradient histogram hsplit hstack identity iinfo imag indices inner insert
    interp isclose iscomplexobj isin isrealobj isscalar issubdtype kron linspace logspace
    matrix_transpose max mean median meshgrid min moveaxis nan_to_num nanmax nanmean nanmin
    nanstd nansum nanvar ndim nonzero ones ones_like outer pad percentile permute_dims prod
    promote_types ptp quantile ravel real repeat reshape result_type roll rollaxis rot90
    round searchsorted select shape size sort split squeeze stack std sum swapaxes take
    take_along_axis tensordot tile trace transpose trapezoid tri tril triu unique vander var
    vdot vsplit vstack where zeros zeros_like dtype array2string array_repr"""

# Of the standard library: modules that keep nothing to themselves. copy and pickle are none: they
# make tensors.
_MODULES = {
    "math",
    "cmath",
    "operator",
    "_operator",
    "itertools",
    "functools",
    "_functools",
    "typing",
    "collections",
    "_collections",
    "collections.abc",
    "dataclasses",
    "enum",
    "types",
    "abc",
    "numbers",
    "contextlib",
    "bisect",
    "_bisect",
    "string",
}
_NOT = {"lru_cache", "cache", "attrgetter", "itemgetter", "methodcaller"}

DYNAMIC: set[Callable[..., Any]] = {getattr, hasattr, vars}
"""What reads attributes whose names do not stand in the code."""

_named = {*(getattr(np, n) for n in _NUMPY.split() if hasattr(np, n)), *BY_NUMPY}
_named |= {
    f for part in (np.linalg, np.fft) for n in part.__all__ if callable(f := getattr(part, n))
}
_named -= {f for f in (getattr(np, n, None) for n in ("empty", "empty_like", "nditer")) if f}
_PURE = {
    id(f): f
    for f in [
        *_named,
        *(getattr(builtins, n) for n in _BUILTINS.split()),
        modes.no_grad,
        modes.learning,
        modes.recorded,
    ]
}
_CURES = {
    "print": "print what the function returns, outside",
    "type": "write isinstance(x, ...), or pass a setting as an argument",
    "open": "read the file outside, and pass what is in it",
    "input": "pass it as an argument",
    "id": "pass a number of your own as an argument",
    "setattr": "return the value instead",
    "empty": "write np.zeros, or pass it as an argument",
    "empty_like": "write np.zeros_like, or pass it as an argument",
}


def trusted_module(name: str | None) -> bool:
    """Whether code of this module is not looked into."""
    top = (name or "").partition(".")[0]
    return top in (LIBRARY, "numpy") or name in _MODULES


def is_pure(x: Any) -> bool:
    """Whether a function, or a class, of those that are not looked into reads its arguments
    only."""
    if id(x) in _PURE:
        return True
    module = getattr(x, "__module__", None) or ""
    if isinstance(x, FunctionType):  # where it was written: `functools.wraps` lends another's name
        module = x.__globals__.get("__name__") or ""
    if isinstance(x, type):
        if issubclass(x, (BaseException, np.generic, np.dtype, np.ndarray)) or x in (
            np.ufunc,
            ModuleType,
        ):
            return x.__module__ in ("builtins", "numpy") or trusted_module(x.__module__)
        if module.partition(".")[0] == LIBRARY:
            from ...optim.base import Optimizer

            return not issubclass(x, Optimizer)
        return module in _MODULES and x.__name__ not in _NOT
    if isinstance(x, np.ufunc):
        return getattr(np, x.__name__, None) is x or x in BY_NUMPY
    if isinstance(x, FunctionType) and module.partition(".")[0] == LIBRARY:
        parts = (
            losses.__name__,
            metrics.__name__,
            transforms.__name__,
            f"{LIBRARY}.ops",
            f"{LIBRARY}.tensor",
            f"{LIBRARY}.compiler",
            f"{LIBRARY}.nn",
        )
        return module.startswith(parts)
    if isinstance(x, (BuiltinFunctionType, FunctionType)):
        of_module = isinstance(getattr(x, "__self__", None), (ModuleType, type(None)))
        return of_module and module in _MODULES and x.__name__ not in _NOT and not _writes(x)
    return False


def cure_of(x: Any) -> str:
    """What to write instead of something that is refused."""
    name = getattr(x, "__name__", type(x).__name__)
    module = getattr(x, "__module__", None) or type(x).__module__
    if isinstance(x, (np.random.Generator, np.random.RandomState)) or "random" in str(module):
        return "draw outside and pass the numbers as an argument, or use nn.Dropout"
    return _CURES.get(name, "compute it outside, and pass it as an argument")


def _writes(x: Any) -> bool:
    return getattr(x, "__module__", "") in ("_operator", "operator") and (
        x in (operator.setitem, operator.delitem)
        or x.__name__.startswith("i")
        and hasattr(operator, x.__name__[1:])
    )
