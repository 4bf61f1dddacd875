"""Bounds on gradients, in place: what an optimizer's `clipnorm=`, `global_clipnorm=` and
`clipvalue=` do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np


def clip_value(gradients: Iterable[np.ndarray], bound: float) -> None:
    """g ← min(max(g, -bound), bound), entry by entry; NaN stays NaN.

    >>> g = np.array([-3.0, 0.5])
    >>> clip_value([g], 1.0)
    >>> g
    array([-1. ,  0.5])
    """
    for g in gradients:
        np.clip(g, -bound, bound, out=g)


def clip_norm(gradients: Sequence[np.ndarray], bound: float) -> None:
    """g ← g·bound/max(‖g‖, bound), where ‖g‖ is the 2-norm of all the gradients together;
    contiguous arrays.

    A norm that is no finite number makes every gradient NaN, as in Keras: a step by the rest of
    them would hide it.

    >>> g = np.array([3.0, 4.0])
    >>> clip_norm([g], 1.0)
    >>> g
    array([0.6, 0.8])
    """
    norm = math.hypot(*map(_norm, gradients))
    if norm <= bound:
        return
    scale = bound / norm if math.isfinite(norm) else math.nan
    with np.errstate(invalid="ignore"):
        for g in gradients:
            g *= scale


def _norm(g: np.ndarray) -> float:
    flat = g.reshape(-1)
    with np.errstate(all="ignore"):
        squares = float(np.dot(flat, flat))
    if 1e-30 < squares < math.inf:
        return math.sqrt(squares)
    # The squares leave the dtype's range where the norm itself does not: divide by the largest
    # first.
    largest = float(np.abs(flat).max(initial=0.0))
    if not largest or not math.isfinite(largest):
        return largest
    rest = flat.astype(np.float64) / largest
    return largest * math.sqrt(float(np.dot(rest, rest)))
