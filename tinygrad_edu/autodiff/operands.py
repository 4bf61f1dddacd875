"""The operands of an operation: what comes in as what a graph keeps, and in one dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inputs import numbers

_NUMBERS = (bool, int, float)


def numbers_of(x: Any) -> Any:
    """The array inside a tensor, to be read and not kept; anything else as it is. The rest of the
    package reads tensors through it, so that only the core knows how they hold their data."""
    return getattr(x, "_data", x)


def in_one_dtype(op: Any, inputs: tuple[Any, ...]) -> list[Any]:
    """The arrays that an operation computes with, in one floating dtype.

    Where floating dtypes meet, NumPy's rule decides among the arrays with at least one axis; what
    has none (a 0-d array, like a Python number) takes its partners' dtype, and so do integers and
    booleans: float32 stays float32. Inputs without a gradient rule (labels, conditions) are left as
    they are.
    """
    arrays = [numbers_of(x) for x in inputs]
    joined = [
        i
        for i, (a, rule) in enumerate(zip(arrays, _rules(op, inputs), strict=True))
        if type(a) is np.ndarray and rule is not None
    ]
    floats = [arrays[i] for i in joined if arrays[i].dtype.kind in "fc"]
    if floats and any(arrays[i].dtype is not arrays[joined[0]].dtype for i in joined):
        leading = [a.dtype for a in floats if a.ndim or a.dtype.kind == "c"]
        target = np.result_type(*(leading or [a.dtype for a in floats]))
        for i in joined:
            arrays[i] = arrays[i].astype(target, copy=False)
    return arrays


def as_inputs(op: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Inputs as a graph keeps them: plain arrays, numbers and tensors. NumPy's scalars take their
    partners' dtype as Python's numbers do, and keep their own where no floating array is among
    them."""
    kept = [x if hasattr(type(x), "__record__") else _number(x, op) for x in inputs]
    floating = any(
        rule is not None and not isinstance(x, (np.generic, *_NUMBERS)) and x.dtype.kind in "fc"
        for x, rule in zip(kept, _rules(op, inputs), strict=True)
    )
    for i, x in enumerate(kept):
        if isinstance(x, np.generic):
            number = x.item() if floating and x.dtype.kind != "c" else None
            fits = isinstance(number, _NUMBERS) and not isinstance(number, np.generic)
            kept[i] = number if fits else np.asarray(x)
    return tuple(kept)


def _number(x: Any, op: Any) -> Any:
    """An input that is no tensor: a plain number, a scalar of NumPy's, or an array."""
    if type(x) in _NUMBERS or isinstance(x, np.generic) or not isinstance(x, _NUMBERS):
        return x if type(x) in _NUMBERS else numbers(x, op.name)
    return int(x) if isinstance(x, int) else float(x)  # an IntEnum, a tensor's size


def as_floats(op: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The inputs with integers brought to float64, for a formula that would wrap around in them;
    None where a floating array is among them, whose dtype they take anyway."""
    dtypes = [
        getattr(x, "dtype", None) if rule is not None else None
        for x, rule in zip(inputs, op.gradients, strict=True)
    ]
    if any(d is not None and d.kind in "fc" for d in dtypes) or not any(dtypes):
        return None
    return tuple(
        x if d is None else x.astype(np.float64) for x, d in zip(inputs, dtypes, strict=True)
    )


def _rules(op: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradient rule for each input; None where it has none."""
    rules: tuple[Any, ...] = op.gradients
    return rules * len(inputs) if op.variadic else rules
