"""Every operation on tensors passes here: it is computed, and noted on its result."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..formula import Op
from . import anomaly, versions
from .attached import NOTHING, attach, known_logits
from .messages import describe
from .modes import mode
from .operands import as_floats, as_inputs, in_one_dtype
from .snapshots import keep
from .versions import tick

Tensor: Any = None  # tensor.py puts its class here: neither can do without the other

NO_PARAMS: dict[str, Any] = {}
# the params of a result that does not know how it was made: pictures say so
UNRECORDED: dict[str, Any] = {}
# the params of a transform's own input: `x *= 2` in a function makes a new tensor
LENT: dict[str, Any] = {}
TRAINED = "fdg"  # the characters of the dtypes that can have a gradient
HALF = ". float16 holds data, not gradients, which underflow in it; write .astype(np.float32)"


def record(op: Op, inputs: tuple[Any, ...], params: dict[str, Any] = NO_PARAMS) -> Any:
    """Compute an operation, and note it on the result if a gradient may be asked of it."""
    arrays: list[Any] = []
    dtype, tracked, mixed, raw = None, False, False, False
    for x in inputs:
        kind = type(x)
        if kind is Tensor:
            array = x._data
            tracked = tracked or x._requires_grad
        elif kind is float or kind is int or kind is bool:
            arrays.append(x)
            continue
        elif kind is np.ndarray and x.dtype.kind in "biufc" and x.dtype.isnative:
            array, raw = x, True
        else:
            tape = mode.tape
            if tape is not None and any(map(tape.watches, inputs)):
                return tape.operation(op, inputs, params)
            return record(op, as_inputs(op, inputs), params)
        arrays.append(array)
        mixed = mixed or (dtype is not None and dtype is not array.dtype)
        dtype = array.dtype
    if (
        op.real
        and dtype is not None
        and dtype.kind in "biu"
        and (floats := as_floats(op, inputs)) is not None
    ):
        return record(op, floats, params)
    if versions.any_exposed:
        for x in inputs:
            versions.last_change(x)
    try:
        array = op.forward(*(in_one_dtype(op, inputs) if mixed else arrays), **params)
    except Exception as error:
        error.add_note(
            f"in {op.name}: {op.formula} with "
            + ", ".join(
                f"{n} = {describe(x)}"
                for n, x in zip(op.inputs * len(inputs), inputs, strict=False)
            )
        )
        raise
    y = object.__new__(Tensor)
    y._data = array = array if type(array) is np.ndarray else np.asarray(array)
    y.step, y.retains, y.attached = tick(), False, NOTHING
    y._grad = y.name = None
    if op.hands_on and (behind := known_logits(op, inputs, params)) is not None:
        attach(y).behind = behind
    # the usual case, ahead of all others
    if tracked and mode.plain and op.rules and array.dtype.char in TRAINED:
        y._requires_grad, y.op, y.params = True, op, params
        y.inputs = tuple(keep(x) if type(x) is np.ndarray else x for x in inputs) if raw else inputs
        return y
    if mode.watching:
        anomaly.check_forward(op, inputs, params, y)
    y._requires_grad = (
        tracked and mode.recording and bool(op.rules or op.unruled) and is_tracked(op, array)
    )
    if (
        y._requires_grad
        or mode.everything
        or op.output_unit
        or (op.view and getattr(inputs[0], "op", None))
    ):
        y.op, y.params = op, params
        y.inputs = tuple(keep(x) if type(x) is np.ndarray else x for x in inputs)
    else:
        y.op, y.inputs, y.params = None, (), UNRECORDED
        if op.view:
            # Nothing remembers whose memory a view is; were either written into, the other's graph
            # would not know.
            y._data = y._data.copy()
            y._data.flags.writeable = False
    if mode.tape is not None:
        mode.tape.did(op, inputs, params, y)
    return y


def is_tracked(op: Op, y: np.ndarray) -> bool:
    """Whether a result that depends on a tracked tensor is tracked itself: floats are, integers are
    constants."""
    if y.dtype.kind == "c":
        raise TypeError(
            f"{op.name} of a tensor that requires a gradient gave {y.dtype}: complex numbers have "
            "no gradient here; keep real and imaginary part as two tensors"
        )
    if y.dtype.char == "e":
        raise TypeError(f"{op.name} of a tensor that requires a gradient gave float16{HALF}")
    return y.dtype.kind == "f"
