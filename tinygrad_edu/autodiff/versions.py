"""Which data is newer: one clock for all tensors, and how a change is found that nobody told of.

Every tensor carries `step`, the tick at which its data was last written. An input that is newer
than the output made from it was changed in place in between: the graph is stale there.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import numpy as np

from .snapshots import same

tick = itertools.count(1).__next__

sealed = False  # whether any tensor ever gave its array out
last_write = 0  # the tick at which any tensor's data was last written in place
edits = [0]  # grows whenever what models and parameters are made of may have changed


def written(x: Any) -> int:
    """The step at which the memory behind x was last written, seen through views, and through
    arrays given out."""
    step = getattr(x, "step", 0)
    while step:
        if x.seal is not None:
            step = max(step, _examined(x))
        if x.op is None or not x.op.view:
            break
        base = x.inputs[0]
        if not getattr(base, "step", 0) or not np.may_share_memory(x._data, base._data):
            break
        x, step = base, max(step, base.step)
    return step


def rewritten(*tensors: Any) -> None:
    """Note that the data of these has changed: every result computed from it before is stale."""
    global last_write
    for x in tensors:
        x.step = tick()
        if x.seal is not None:
            # nothing was computed from the new data yet: its next use takes the copy
            x.seal = None, x.seal[1]
    last_write = tick()


def give_out(x: Any) -> np.ndarray:
    """The data of x for the user to read and to write: from here on x knows what it was, until the
    array given out, and all views of it, are gone."""
    global sealed
    sealed = True
    array = before = None
    # what was written into the array given out before must not pass unseen
    if x.seal is not None:
        array, before = x.seal[1](), _confirmed(x)
    if array is None:
        # Over a memoryview NumPy keeps this array as the base of its views, so that it lives as
        # long as any of them.
        array = np.asarray(memoryview(x._data))
    x.seal = x._data.copy(order="K") if before is None else before, weakref.ref(array)
    return array.view()


def _examined(x: Any) -> int:
    """The step of x, a new one if its data is not what it was."""
    given_out = x.seal[1]
    gone = given_out() is None
    before = _confirmed(x)
    x.seal = None if gone else (x._data.copy(order="K") if before is None else before, given_out)
    return x.step


def _confirmed(x: Any) -> np.ndarray | None:
    """What the data of x was, if it is so still; None where it was written since."""
    before = x.seal[0]
    if before is None or same(before, x._data):
        return before
    rewritten(x)
    return None
