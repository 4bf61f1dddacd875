"""Where the first NaN or inf came from: the checks that `detect_anomaly()` turns on."""

from __future__ import annotations

from typing import Any

import numpy as np

from .messages import describe


class AnomalyError(FloatingPointError):
    """An operation or a gradient rule made the first NaN or inf.

    Raised inside `with tg.detect_anomaly():` alone. The message names what made it, with its
    formula, its inputs and the first place.

    >>> import tinygrad_edu as tg
    >>> with tg.detect_anomaly():
    ...     try:
    ...         tg.log(tg.tensor([1.0, -1.0]))
    ...     except AnomalyError as error:
    ...         print(str(error).partition(" (")[0])
    log made the first nan at [1]
    """


def check_forward(op: Any, inputs: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
    """Refuse a result that is not finite, naming what made it, or the input that brought it in."""
    if not _strange(y._data):
        return
    carriers = [x for x in inputs if _strange(getattr(x, "_data", x))]
    if carriers:
        raise AnomalyError(
            f"{op.name} was given {_first(carriers[0])} by its input {describe(carriers[0])}: it "
            "was in "
            "the data before any operation" + _step(carriers[0]) + ". Look at where that came from"
        )
    raise AnomalyError(
        f"{op.name} made the first {_first(y)} (step {y.step}): {op.formula}{_params(params)} with "
        + ", ".join(
            f"{n} = {describe(x)}{_where(x, y._data)}"
            for n, x in zip(op.inputs * len(inputs), inputs, strict=False)
        )
    )


def check_backward(y: Any, k: int, x: Any, g: Any, r: Any) -> None:
    """Refuse a gradient that is not finite, naming the rule that made it, or the seed that brought
    it in."""
    if not _strange(getattr(r, "_data", r)):
        return
    op, given = y.op, getattr(g, "_data", g)
    if _strange(given):
        raise AnomalyError(f"the gradient given for {describe(y)} holds {_first(given)}")
    raise AnomalyError(
        f"the gradient rule of {op.name} made the first {_first(r)}: dL/d{op.inputs[k]} = "
        f"{op.rules[op.inputs[k]]}, for {describe(x)}{_where(x, getattr(r, '_data', r))}, of "
        f"{describe(y)}{_step(y)}"
    )


def _strange(array: Any) -> bool:
    array = np.asarray(array)
    return array.dtype.kind in "fc" and not np.isfinite(array).all()


def _first(x: Any) -> str:
    """`nan at [1, 0]`"""
    array = np.asarray(getattr(x, "_data", x))
    index = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
    return f"{array[index]}" + (f" at {list(index)}" if index else "")


def _where(x: Any, y: np.ndarray) -> str:
    """The entry of x that lies where y's first NaN or inf does, where the two have one shape."""
    array = np.asarray(getattr(x, "_data", x))
    if array.ndim == 0:
        return f" = {array}"
    if array.shape != np.shape(y):
        return ""
    index = tuple(np.argwhere(~np.isfinite(y))[0])
    return f" ({array[index]} there)"


def _params(params: dict[str, Any]) -> str:
    return "".join(f", {k}={v!r}" for k, v in params.items())


def _step(x: Any) -> str:
    return f" (step {x.step})" if getattr(x, "step", 0) else ""
