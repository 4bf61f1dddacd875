"""NumPy's two protocols: `np.exp(tensor)` and `np.sum(tensor, axis=0)` come here, and go on to the catalogue.

Arguments are matched by NumPy's own signatures, so that what means one thing to NumPy cannot mean another here. What
has no gradient rule is refused by name: nothing is detached silently.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .formula import BY_NUMPY, Op

# What depends on no entry's gradient: facts of an array, comparisons as a whole.
_FACTS = {np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.array_equal, np.allclose,
          np.isclose, np.array_equiv, np.shares_memory, np.may_share_memory, np.array_repr, np.array_str,
          np.array2string}
_LIKE = {np.zeros_like, np.ones_like, np.full_like, np.empty_like}
# Said though it changes nothing that a tensor has.
_HARMLESS = {"where": True, "casting": "same_kind", "order": ("C", "K", "A"), "subok": (True, False), "mode": "raise",
             "kind": ("quicksort", "stable", "mergesort", "heapsort"), "stable": (True, False), "copy": True}


def ufunc(function: np.ufunc, method: str, inputs: tuple, keywords: dict[str, Any]) -> Any:
    if keywords.get("out") is not None:
        raise TypeError(f"an array cannot take the result of np.{function.__name__} with a tensor in place: the graph "
                        "would be lost. Write a = a + x instead of a += x")
    if method != "__call__":
        raise TypeError(f"np.{function.__name__}.{method} has no gradient rule; write np.sum or np.max, or .numpy()")
    ours = _ours(function)
    keywords = {k: v for k, v in keywords.items() if not _changes_nothing(k, v)}
    if keywords:
        raise TypeError(f"np.{function.__name__} of a tensor has no keyword {', '.join(map(repr, keywords))}: no "
                        "gradient rule covers it; write tg.where for a choice, .astype for a dtype")
    if function is np.power and getattr(type(inputs[0]), "__record__", None):
        return inputs[0] ** inputs[1]                # whose exponent may be a plain number
    return ours(*inputs)


def function(function: Any, args: tuple, keywords: dict[str, Any]) -> Any:
    if function in _FACTS:
        return function(*map(_array, args), **{k: _array(v) for k, v in keywords.items()})
    if function in _LIKE:
        return function(_array(args[0]), *map(np.asarray, args[1:]), **keywords)
    ours = _ours(function)
    return _bound(function, ours, args, keywords) if isinstance(ours, Op) else ours(*args, **keywords)


def _bound(function: Any, op: Op, args: tuple, keywords: dict[str, Any]) -> Any:
    """Call an operation with a NumPy function's arguments: the first ones are its inputs, the others go by name."""
    signature = _signature(function)
    if signature is None:
        return op(*args, **keywords)
    given = dict(signature.bind(*args, **keywords).arguments)
    given |= given.pop("kwargs", {})
    first = list(signature.parameters)[: len(op.inputs)]
    inputs = [given.pop(name) for name in first if name in given]
    for name in [n for n, v in given.items() if n not in op.params]:
        if not _changes_nothing(name, given.pop(name)):
            raise TypeError(f"np.{function.__name__} of a tensor has no keyword {name!r}: no gradient rule covers it. "
                            f"Known: {', '.join(op.params) or 'none'}")
    return op(*inputs, **{k: v for k, v in given.items() if v is not np._NoValue})


def _changes_nothing(name: str, value: Any) -> bool:
    if value is None or value is np._NoValue:
        return True
    harmless = _HARMLESS.get(name, ())
    return isinstance(value, (bool, str)) and value in (harmless if isinstance(harmless, tuple) else (harmless,))


@cache
def _signature(function: Any) -> Any:
    import inspect  # here: it takes longer to import than all of this package
    try:
        return inspect.signature(function)
    except ValueError:                               # older NumPy, of what is written in C
        return None


def _array(x: Any) -> Any:
    return getattr(x, "_data", x)


def _ours(function: Any) -> Any:
    ours = BY_NUMPY.get(function)
    if ours is None:
        module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
        raise TypeError(f"{module}.{function.__name__} has no gradient rule here; write it with the operations of "
                        "tinygrad_edu, or take the numbers out with .numpy()")
    return ours
