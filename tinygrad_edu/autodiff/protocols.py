"""NumPy's two protocols: `np.exp(tensor)` and `np.sum(tensor, axis=0)` come here, and go on to the
catalogue.

Arguments are matched by NumPy's own signatures, so that what means one thing to NumPy cannot mean
another here. What has no gradient rule is NumPy's own function of the data where no tensor requires
a gradient, and refused by name where one does: nothing is detached silently.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np

from ..formula import BY_NUMPY, Op
from .modes import mode

# What depends on no entry's gradient: facts of an array, comparisons as a whole.
_FACTS = {
    np.shape,
    np.ndim,
    np.size,
    np.result_type,
    np.iscomplexobj,
    np.isrealobj,
    np.array_equal,
    np.allclose,
    np.isclose,
    np.array_equiv,
    np.shares_memory,
    np.may_share_memory,
    np.array_repr,
    np.array_str,
    np.array2string,
}
# Whole numbers and places: they stay as they are nearby, so that no gradient is lost.
_PLACES = {
    np.count_nonzero,
    np.nonzero,
    np.flatnonzero,
    np.argwhere,
    np.searchsorted,
    np.digitize,
    np.argpartition,
    np.isin,
    np.linalg.matrix_rank,
}
_LIKE = {np.zeros_like, np.ones_like, np.full_like, np.empty_like}
# Said though it changes nothing that a tensor has.
_HARMLESS = {
    "where": True,
    "casting": "same_kind",
    "order": ("C", "K", "A"),
    "subok": (True, False),
    "mode": "raise",
    "kind": ("quicksort", "stable", "mergesort", "heapsort"),
    "stable": (True, False),
    "copy": True,
}


# What SciPy's functions are called here.
_SPECIAL = {
    "expit": "tg.sigmoid(x)",
    "log_expit": "tg.log_sigmoid(x)",
    "ndtr": "tg.normal_cdf(x)",
    "erf": "2 * tg.normal_cdf(2 ** 0.5 * x) - 1",
    "erfc": "2 * tg.normal_cdf(-2 ** 0.5 * x)",
    "xlogy": "tg.multiply_no_nan(tg.log(y), x)",
    "xlog1py": "tg.multiply_no_nan(tg.log1p(y), x)",
}


def ufunc(
    function: np.ufunc, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    ruled = (
        method == "__call__"
        and function in BY_NUMPY
        and all(map(_changes_nothing, keywords, keywords.values()))
    )
    # into read-only memory as well
    writes = method == "at" and hasattr(type(inputs[0]), "__record__")
    if not ruled and not writes and _constant((inputs, keywords)):
        return getattr(function, method)(*_plain(inputs), **_plain(keywords))
    if keywords.get("out") is not None:
        raise TypeError(
            f"an array cannot take the result of np.{function.__name__} with a tensor in place: "
            "the graph would be lost. Write a = a + x instead of a += x"
        )
    if method != "__call__":
        raise TypeError(
            f"np.{function.__name__}.{method} has no gradient rule; write np.sum or np.max, or "
            ".numpy()"
        )
    ours = _ours(function)
    keywords = {k: v for k, v in keywords.items() if not _changes_nothing(k, v)}
    if keywords:
        raise TypeError(
            f"np.{function.__name__} of a tensor has no keyword {', '.join(map(repr, keywords))}: "
            "no gradient rule covers it; write tg.where for a choice, .astype for a dtype"
        )
    if function is np.power and getattr(type(inputs[0]), "__record__", None):
        return inputs[0] ** inputs[1]  # whose exponent may be a plain number
    return ours(*inputs)


def function(function: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if function in _FACTS:
        return function(*map(_array, args), **{k: _array(v) for k, v in keywords.items()})
    if function is np.where and len(args) == 1 and not keywords:
        function = np.nonzero  # NumPy's other meaning of the name
    if function in _PLACES and mode.tape is None:
        return function(*_plain(args), **_plain(keywords))
    if function in _LIKE:
        return function(_array(args[0]), *map(np.asarray, args[1:]), **keywords)
    if function not in BY_NUMPY and _constant((args, keywords)):
        return function(*_plain(args), **_plain(keywords))
    ours = _ours(function)
    return (
        _bound(function, ours, args, keywords) if isinstance(ours, Op) else ours(*args, **keywords)
    )


def _bound(function: Any, op: Op, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call an operation with a NumPy function's arguments: the first ones are its inputs, the
    others go by name."""
    signature = _signature(function)
    if signature is None:
        return op(*args, **keywords)
    given = dict(signature.bind(*args, **keywords).arguments)
    given |= given.pop("kwargs", {})
    first = list(signature.parameters)[: len(op.inputs)]
    inputs = [given.pop(name) for name in first if name in given]
    for name in [n for n, v in given.items() if n not in op.params]:
        if not _changes_nothing(name, given.pop(name)):
            if _constant((args, keywords)):
                return function(*_plain(args), **_plain(keywords))
            raise TypeError(
                f"np.{function.__name__} of a tensor has no keyword {name!r}: no gradient rule "
                f"covers it. Known: {', '.join(op.params) or 'none'}"
            )
    return op(*inputs, **{k: v for k, v in given.items() if v is not np._NoValue})


def _changes_nothing(name: str, value: Any) -> bool:
    if value is None or value is np._NoValue:
        return True
    harmless = _HARMLESS.get(name, ())
    return isinstance(value, (bool, str)) and value in (
        harmless if isinstance(harmless, tuple) else (harmless,)
    )


@cache
def _signature(function: Any) -> Any:
    import inspect  # here: it takes longer to import than all of this package

    try:
        return inspect.signature(function)
    except ValueError:  # older NumPy, of what is written in C
        return None


def _array(x: Any) -> Any:
    return getattr(x, "_data", x)


def _constant(x: Any) -> bool:
    """Whether no tensor in x requires a gradient, and nobody writes down what is done with them."""
    if isinstance(x, (list, tuple)):
        return all(map(_constant, x))
    if isinstance(x, dict):
        return all(map(_constant, x.values()))
    return mode.tape is None and not getattr(x, "requires_grad", False)


def _plain(x: Any) -> Any:
    """Arguments with arrays in the place of tensors: read-only ones, since nothing would tell the
    graph of a write."""
    if hasattr(type(x), "__record__"):
        array = x._data.view()
        array.flags.writeable = False
        return array
    if isinstance(x, (list, tuple)) and not hasattr(x, "_fields"):
        return type(x)(map(_plain, x))
    if isinstance(x, dict):
        return {k: _plain(v) for k, v in x.items()}
    return x


def _ours(function: Any) -> Any:
    ours = BY_NUMPY.get(function)
    if ours is None:
        from ..habits.numpy import LINES  # here: only an error reads it

        name = function.__name__
        module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
        line = LINES.get(f"{module}.{name}".removeprefix("np."))
        cure = "write " + (line or "it with the operations of tinygrad_edu")
        if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
            special = getattr(sys.modules.get("scipy.special"), name, None) is function
            module = "scipy.special" if special else "the ufunc"
            cure = f"write {_SPECIAL[name]}" if special and name in _SPECIAL else cure
        raise TypeError(
            f"{module}.{name} has no gradient rule here; {cure}, or take the numbers out with "
            ".numpy()"
        )
    return ours
