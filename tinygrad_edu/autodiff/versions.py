"""Which data is newer: one clock for all tensors, and how a change is found that nobody told of.

Every tensor carries `step`, the tick at which its data was last written. An input that is newer
than the output made from it was changed in place in between: the graph is stale there.

A write through the array that `.data` handed out tells nobody. So from then on the tensor keeps a
copy of its data, and compares it whenever the tensor is used.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .attached import attach
from .snapshots import same

tick: Callable[[], int] = itertools.count(1).__next__

any_exposed: bool = False  # whether any tensor ever handed its array out
last_write: int = 0  # the tick at which any tensor's data was last written in place
structure_version: int = 0  # grows when what models and parameters are made of may have changed


def structure_changed() -> None:
    """Note that a module may have got other parts, or a tensor another `requires_grad`."""
    global structure_version
    structure_version += 1


def last_change(x: Any) -> int:
    """The step at which the memory behind x was last written: also through the tensor that x is a
    view of, and through arrays handed out."""
    step: int = getattr(x, "step", 0)
    while step:
        if x.attached.exposed is not None:
            step = max(step, _compared(x))
        if x.op is None or not x.op.view:
            break
        base = x.inputs[0]
        if not getattr(base, "step", 0) or not np.may_share_memory(x._data, base._data):
            break
        x, step = base, max(step, base.step)
    return step


def mark_changed(*tensors: Any) -> None:
    """Note that the data of these has changed: every result computed from it before is stale."""
    global last_write
    for x in tensors:
        x.step = tick()
        if x.attached.exposed is not None:
            # nothing was computed from the new data yet: its next use takes the copy
            x.attached.exposed = None, x.attached.exposed[1]
    last_write = tick()


def expose(x: Any) -> np.ndarray:
    """The data of x for the user to read and to write. Until that array and all its views are gone,
    x knows what its data was."""
    global any_exposed
    any_exposed = True
    exposed = attach(x).exposed
    array = before = None
    if exposed is not None:
        # what was written into the array handed out before must not pass unseen
        array, before = exposed[1](), _unchanged(x)
    if array is None:
        # Over a memoryview NumPy keeps this array as the base of its views, so that it lives as
        # long as any of them.
        array = np.asarray(memoryview(x._data))
    if before is None:
        before = x._data.copy(order="K")
    x.attached.exposed = before, weakref.ref(array)
    view: np.ndarray = array.view()
    return view


def _compared(x: Any) -> int:
    """The step of x, a new one if its data is not what it was."""
    holder = x.attached.exposed[1]
    gone = holder() is None
    before = _unchanged(x)
    if gone:
        x.attached.exposed = None
    elif before is None:
        x.attached.exposed = x._data.copy(order="K"), holder
    step: int = x.step
    return step


def _unchanged(x: Any) -> np.ndarray | None:
    """The copy of x's data, if it is true still; None where x was written since."""
    before: np.ndarray | None = x.attached.exposed[0]
    if before is None or same(before, x._data):
        return before
    mark_changed(x)
    return None
