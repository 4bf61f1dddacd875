"""What others remember about a tensor: one typed place for each of them.

    frames     the pictures': which modules returned it
    buffer     an optimizer's: where its gradient is to be written
    exposed    the versions': its data as it was when `.data` was handed out
    behind     the costs': the logits behind probabilities

A new tensor shares `NOTHING`; `attach(x)` gives it a place of its own to write to.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import ref

import numpy as np


class Behind(NamedTuple):
    """The logits behind probabilities: what an output unit was given, and what was done with its
    result since."""

    unit: Any  # the operation: softmax, sigmoid
    logits: Any  # its input, a tensor
    # what a cost has to repeat on the logits
    since: tuple[tuple[Any, dict[str, Any]], ...] = ()


class Attached:
    """What is remembered about one tensor."""

    __slots__ = ("behind", "buffer", "exposed", "frames")

    frames: tuple[tuple[Any, int], ...]  # modules, innermost first, each with its first step
    buffer: np.ndarray | None
    exposed: tuple[np.ndarray | None, ref[np.ndarray]] | None  # the data as it was; who may write
    behind: Behind | None

    def __init__(self) -> None:
        self.frames = ()
        self.buffer = self.exposed = self.behind = None


class _Nothing(Attached):
    __slots__ = ("full",)

    full: bool

    def __init__(self) -> None:
        super().__init__()
        self.full = True

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self, "full"):
            raise AttributeError("nothing is attached here; write attach(x).name = value")
        super().__setattr__(name, value)


NOTHING = _Nothing()


def attach(x: Any) -> Attached:
    """The place where something about x can be written down."""
    if x.attached is NOTHING:
        x.attached = Attached()
    found: Attached = x.attached
    return found


def known_logits(op: Any, inputs: tuple[Any, ...], params: dict[str, Any]) -> Behind | None:
    """What is known of the logits behind the result of an operation on `inputs`."""
    x = inputs[0]
    if not hasattr(x, "attached"):
        return None
    if op.output_unit:
        return Behind(op, x) if params.get("axis", -1) in (-1, x.ndim - 1) else None
    b = x.attached.behind
    return None if b is None else Behind(b.unit, b.logits, (*b.since, (op, params)))
